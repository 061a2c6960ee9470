"""What is known by column: a tuple of d, None where a number is not known."""

Number = int | float
Numbers = tuple[float | None, ...]
Counts = tuple[int, ...]
Table = tuple[tuple[float, ...], ...]
Gaps = tuple[Numbers, ...]

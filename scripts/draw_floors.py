"""Draws docs/floors.svg: the floors of the house, and which room opens into which, from the imports.

    python scripts/draw_floors.py

The floors are those of the contract in pyproject.toml that import-linter holds; what a room says of itself is the first
sentence of its ``__init__.py``; an arrow leads to a room whose files are imported, where no other arrow leads there
already.  tests/house/test_floors.py fails when the picture is not the one that this script would draw.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "floors.svg"
WIDTH, GAP, PADDING = 800, 16, 12
LINE, BETWEEN = 17, 34
LETTER = 6.3  # width of a letter of the small text, a little more than it is

STYLE = """
  .ground { fill: #fcfcfa } .room { fill: #f1efe8; stroke: #8a877c } .way { fill: none; stroke: #8a877c }
  .tip { fill: #8a877c } text { font: 12px system-ui, sans-serif; fill: #33322d }
  .name { font-size: 15px; font-weight: 600 } .uses { fill: #6b685e; font-style: italic }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #16171a } .room { fill: #24262b; stroke: #7f838c } .way { stroke: #7f838c }
    .tip { fill: #7f838c } text { fill: #e3e4e6 } .uses { fill: #a5a9b1 }
  }
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A room as it is drawn: its name, the lines below that, and where."""

    name: str
    purpose: tuple[str, ...]
    uses: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def floors() -> list[list[str]]:
    """Rooms from the uppermost floor to the ground, as the contract of import-linter has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(each for each in contracts["contracts"] if each["type"] == "layers")["layers"]
    return [[room.strip() for room in layer.replace(":", "|").split("|")] for layer in layers]


def imports_between(plan: Sequence[Sequence[str]]) -> dict[str, set[str]]:
    """For every room the rooms on lower floors whose files its own import."""
    floor_of = {room: i for i, floor in enumerate(plan) for room in floor}
    graph = grimp.build_graph("fairpool", exclude_type_checking_imports=True, cache_dir=None)
    uses: dict[str, set[str]] = {room: set() for room in floor_of}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            above, below = room_of(module), room_of(imported)
            if above in uses and below in uses and floor_of[above] < floor_of[below]:
                uses[above].add(below)
    return uses


def room_of(module: str) -> str:
    return (*module.split("."), "")[1]


def without_detours(uses: Mapping[str, set[str]], rooms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of rooms that are joined by no longer way."""
    reached: dict[str, set[str]] = {}
    for room in reversed(rooms):
        reached[room] = uses[room].union(*(reached[below] for below in uses[room]))
    for room in rooms:
        further = set().union(*(reached[below] for below in uses[room]))
        yield from ((room, below) for below in rooms if below in uses[room] - further)


def purpose(room: str) -> str:
    """The first sentence of a room's docstring."""
    path = ROOT / "src" / "fairpool" / room / "__init__.py"
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


def used(room: str, order: Sequence[str], uses: Mapping[str, set[str]]) -> str:
    names = [below for below in order if below in uses[room]]
    return f"imports {', '.join(names)}" if names else ""


def boxes(plan: Sequence[Sequence[str]], uses: Mapping[str, set[str]]) -> Iterator[Box]:
    top = GAP
    order = [room for floor in plan for room in floor]
    for floor in plan:
        width = (WIDTH - GAP * (len(floor) + 1)) / len(floor)
        letters = int((width - 2 * PADDING) / LETTER)
        texts = {
            room: (
                tuple(textwrap.wrap(purpose(room), letters)),
                tuple(textwrap.wrap(used(room, order, uses), letters)),
            )
            for room in floor
        }
        height = PADDING * 2 + LINE * (1 + max(len(said) + len(below) for said, below in texts.values()))
        for i, room in enumerate(floor):
            yield Box(room, *texts[room], GAP + i * (width + GAP), top, width, height)
        top += height + BETWEEN


def way(above: Box, below: Box) -> str:
    """An arrow from the lower edge of a room to the upper edge of another."""
    shift = (below.middle - above.middle) / WIDTH
    x, y = above.middle + shift * above.width * 0.7, above.top + above.height
    to_x, to_y = below.middle - shift * below.width * 0.7, below.top - 5
    bend = min(to_y - y, 2 * BETWEEN) / 2
    path = f"M{x:.0f} {y:.0f} C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
    return f'<path class="way" d="{path}" marker-end="url(#tip)"/>'


def drawn(box: Box) -> str:
    lines = [
        ("name", box.name),
        *(("", line) for line in box.purpose),
        *(("uses", line) for line in box.uses),
    ]
    x, y = box.left + PADDING, box.top + PADDING + LINE * 0.75
    texts = "".join(
        f'<text class="{kind}" x="{x:.0f}" y="{y + LINE * i:.0f}">{escape(line)}</text>'
        for i, (kind, line) in enumerate(lines)
    )
    place = f'x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
    return f'<g><rect class="room" {place} rx="6"/>{texts}</g>'


def picture() -> str:
    plan = floors()
    rooms = [room for floor in plan for room in floor]
    uses = imports_between(plan)
    placed = {box.name: box for box in boxes(plan, uses)}
    ways = [way(placed[above], placed[below]) for above, below in without_detours(uses, rooms)]
    height = max(box.top + box.height for box in placed.values()) + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">',
            "<title>The floors of fairpool: which room imports from which</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
            f'<rect class="ground" width="{WIDTH}" height="{height:.0f}" rx="8"/>',
            *ways,
            *(drawn(box) for box in placed.values()),
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")

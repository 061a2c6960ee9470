"""When something happened, as the market's file says it: ISO 8601 in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime

from fairpool.ground.errors import InputError


def written_moment(at: datetime) -> str:
    """``2026-03-01T12:00:00Z``; InputError for a time without a time zone."""
    if at.tzinfo is None:
        raise InputError(f"time: got {at.isoformat()} without a time zone, expected one, like UTC")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

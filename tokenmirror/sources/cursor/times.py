"""Times as Cursor writes them: milliseconds, or ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

from tokenmirror.sources.editors import number_at


def instant_ms(told: object) -> int | None:
    """UTC milliseconds of a number or an ISO 8601 text; ``None`` for anything else."""
    if not isinstance(told, str):
        return number_at([told], 0) or None
    try:
        moment = datetime.fromisoformat(told)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None

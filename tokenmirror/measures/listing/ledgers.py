"""The ledgers of an archive as rows: recounts, and facts that contradict themselves."""

from __future__ import annotations

from tokenmirror.measures import recounts as told
from tokenmirror.measures.listing.rows import Reader, Row, instant
from tokenmirror.store import oddities


def recounts(db: Reader) -> list[Row]:
    """One row per past figure that moved and cause, the newest first.

    ``old``, ``new`` and ``difference`` are in the figure's unit; ``null`` where it is unknown.
    """
    return [
        {
            "at": instant(each.one.at_ms),
            "figure": each.one.measure,
            "title": each.title,
            "month": each.one.month,
            "old": each.one.old,
            "new": each.one.new,
            "difference": each.difference,
            "unit": each.one.unit,
            "why": each.one.why,
            "detail": each.one.detail or None,
            "words": each.why,
            "missing": {
                name: "unknown" for name in ("old", "new") if getattr(each.one, name) is None
            },
        }
        for each in told.told(db)
    ]


def contradictions(db: Reader) -> list[Row]:
    """One row per fact and way in which it contradicts itself, by tool and time; no text."""
    return [
        {
            "tool": one.source,
            "session": one.session,
            "at": instant(one.at_ms),
            "kind": one.kind,
            "what": one.what,
            "file": one.file,
            "missing": {} if one.session else {"session": "day_total"},
        }
        for one in oddities.oddities(db)
    ]

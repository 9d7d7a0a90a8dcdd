"""What is said of facts that contradict themselves: kept, marked, and left out of a figure."""

from __future__ import annotations

from tokenmirror import language, sources
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.scoped import values
from tokenmirror.store import oddities
from tokenmirror.store.oddities import Oddity, What

WHAT: dict[What, str] = {
    "ends_before_start": mark("ends before it begins"),
    "negative": mark("a number below zero"),
    "future": mark("dated in the future"),
    "impossible_total": mark("a part larger than the whole"),
}
KIND = {
    "prompts": mark("prompt"),
    "turns": mark("turn"),
    "suggestions": mark("edit"),
    "tool_calls": mark("tool call"),
    "usage": mark("tokens"),
    "compactions": mark("cut conversation"),
    "day_totals": mark("day total"),
}


def left_out(db: Reader, scope: Scope, kind: str, what: What | None = None) -> str:
    """A sentence on the facts of the period that a figure leaves out; empty without any."""
    bound = values(scope)
    n = oddities.count(db, kind, int(str(bound["from_ms"])), int(str(bound["until_ms"])), what)
    words = tr_n(
        mark("{n} record contradicts itself and is left out."),
        mark("{n} records contradict themselves and are left out."),
        n,
    )
    return words if n else ""


def all_of_them(db: Reader) -> str:
    """A sentence on all facts that contradict themselves; empty without any."""
    n = len(oddities.oddities(db))
    words = tr_n(
        mark("{n} fact contradicts itself: it is kept, marked, and left out of rates."),
        mark("{n} facts contradict themselves: they are kept, marked, and left out of rates."),
        n,
    )
    return words if n else ""


def listed(db: Reader, scope: Scope) -> list[str]:
    """Each fact that contradicts itself in a sentence, without its text."""
    return [_said(one, scope) for one in oddities.oddities(db)]


def _said(one: Oddity, scope: Scope) -> str:
    known = sources.by_key(one.source)
    day = None if one.at_ms is None else scope.days.day_of(one.at_ms)
    return tr(
        mark("{tool}, {day}, {kind}: {what}."),
        tool=known.name if known else one.source,
        day=language.day(day, year=True) if day else tr(mark("without a time")),
        kind=tr(KIND[one.kind]),
        what=tr(WHAT[one.what]),
    )

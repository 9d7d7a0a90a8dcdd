"""Dated marks for charts over time: the person's notes, and where usual ranges begin anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import history
from tokenmirror.measures.measure import Reader, Scope

MARKS = """
select day, words, 'note' as kind from notes where day >= :first and day <= :last
union all
select day, why, 'baseline' from baselines where day >= :first and day <= :last
order by day, kind
"""


@dataclass(frozen=True)
class Mark:
    """A day with words; ``baseline`` marks where the usual range begins anew."""

    day: date
    words: str
    kind: Literal["note", "baseline"]

    @property
    def said(self) -> str:
        """The mark as a sentence for the line under a chart."""
        words = {
            "note": mark("Note, {day}: {words}"),
            "baseline": mark("Usual range begins anew, {day}: {words}"),
        }
        ended = self.words if self.words.endswith((".", "?", "\u2026")) else f"{self.words}."
        return tr(words[self.kind], day=language.day(self.day), words=ended)


def of_weeks(db: Reader, scope: Scope) -> tuple[Mark, ...]:
    """The marks of the twelve weeks that charts show, by day."""
    weeks = history.shown_weeks(scope)
    bounds = {
        "first": weeks[0].isoformat(),
        "last": (weeks[-1] + timedelta(days=6)).isoformat(),
    }
    return tuple(
        Mark(date.fromisoformat(day), words, kind) for day, words, kind in db.execute(MARKS, bounds)
    )

"""Landed lines of suggestions that repeat code which the repository held already (J6)."""

from __future__ import annotations

from dataclasses import dataclass

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, phrases
from tokenmirror.measures.events import Dated, dated
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting

LINES = """
select q.session_id, c.placed_ms, c.id, max(q.copied is not null),
  sum(iif(q.copied is null, 0, q.lines)), sum(coalesce(q.copied, 0)),
  sum(iif(q.copied is null, q.lines, 0))
from commits c join claims q on q.commit_id = c.id
where c.on_chain = 1
group by c.id, q.session_id order by c.placed_ms
"""
READ = """
select count(*) from repos
where state in ('ok', 'shallow', 'partial') and scanned_ms is not null
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """Lines of suggestions that landed in a period: looked at, of these copied, and others.

    ``followed`` is false where no repository was read; ``unknown`` lines were not looked at.
    """

    followed: bool
    landings: int
    lines: int
    copied: int
    unknown: int

    @property
    def known(self) -> bool:
        """Whether anything can be said."""
        return self.followed and (self.lines > 0 or not self.unknown)

    @property
    def parts(self) -> dict[str, float | None]:
        """The numbers by key; ``None`` where nothing can be said."""
        return {
            "copied_lines": self.copied if self.known else None,
            "landed_lines": self.lines if self.known else None,
            "landings": self.landings if self.known else None,
        }

    @property
    def sentence(self) -> str:
        """What there is to say; empty where no lines landed."""
        if not self.followed:
            return tr(mark("No repository was read, so copies of code are not known."))
        if not self.known:
            return tr(
                mark(
                    "Copies of code are not known: the lines were read before copies were looked"
                    " for, or their repository could not be read whole."
                )
            )
        landed = language.number(self.lines)
        words = tr_n(
            mark("Of the landed lines ({landed}), {n} repeats code that was there before."),
            mark("Of the landed lines ({landed}), {n} repeat code that was there before."),
            self.copied,
            landed=landed,
        )
        none = tr(
            mark("Of the landed lines ({landed}), none repeats code that was there before."),
            landed=landed,
        )
        rest = tr_n(
            mark("{n} more could not be looked at."),
            mark("{n} more could not be looked at."),
            self.unknown,
        )
        return phrases.joined(
            (words if self.copied else none) if self.lines else "", rest if self.unknown else ""
        )


def copied(db: Reader, scope: Scope) -> Copied:
    """Landed lines of the scope's sessions, by the days of their commits."""
    import numpy as np  # late: 100 ms

    followed = db.execute(READ).fetchone()[0] > 0
    found = _landings(db).within(scope, chosen.sessions(db, scope))
    commit, told, *lines = found.values
    landings = len(np.unique(commit[told > 0]))
    return Copied(followed, landings, *(int(column.sum()) for column in lines))


@lasting
def _landings(db: Reader) -> Dated:
    """Landed lines by commit and session: the commit, if looked at, and lines as ``Copied``."""
    return dated(db, db.execute(LINES), 5)

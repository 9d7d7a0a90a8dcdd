"""Landed lines of suggestions that repeat code which the repository held already (J6)."""

from __future__ import annotations

from dataclasses import dataclass

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import phrases
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.scoped import of_sessions, values

LINES = f"""
select count(distinct iif(q.copied is null, null, c.id)),
  coalesce(sum(iif(q.copied is null, 0, q.lines)), 0), coalesce(sum(q.copied), 0),
  coalesce(sum(iif(q.copied is null, q.lines, 0)), 0)
from commits c indexed by commits_by_time
join claims q on q.commit_id = c.id {of_sessions("q")}
  and c.on_chain = 1 and c.placed_ms >= :from_ms and c.placed_ms < :until_ms
"""  # noqa: S608 (constant parts)
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
    followed = db.execute(READ).fetchone()[0] > 0
    return Copied(followed, *db.execute(LINES, values(scope)).fetchone())

"""Lines on the main line that a scope is about, with what became of them (rows behind E)."""

from __future__ import annotations

from datetime import date

from tokenmirror.language import mark, tr
from tokenmirror.measures import chosen, columns, lines
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.lines import Kind
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, no_repository

FOLLOWED = "select exists (select 1 from births)"


def kind_of(scope: Scope) -> Kind:
    """How AI lines are asked for: file by file where the language of the file is asked."""
    return "claimed" if scope.languages is None else "files"


@shared
def landed(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Ints:
    """The places among ``lines.lives`` of the AI lines that reached the main line in the period."""
    import numpy as np  # late: 100 ms

    kind = kind_of(scope)
    every, sessions = lines.lives(db, kind), chosen.sessions(db, scope)
    from_ms, until_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    found = np.flatnonzero(
        (every.born_ms >= from_ms) & (every.born_ms < until_ms) & (every.session != lines.NONE)
    )
    found = found[sessions[every.session[found]]]
    if every.language is not None and scope.languages is not None:
        found = found[every.language.among(scope.languages)[found]]
    return found


@shared
def others(db: Reader, scope: Scope) -> Ints:
    """The places of other lines of the person's that landed in the period: not recognised as AI.

    They belong to no tool: a choice of tools leaves them as they are.
    """
    import numpy as np  # late: 100 ms

    every = lines.lives(db, "other")
    from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
    some = every.mine & (every.born_ms >= from_ms) & (every.born_ms < until_ms)
    projects, repositories = columns.repositories(db)
    if scope.projects is not None:
        repositories = repositories[np.isin(projects, list(scope.projects))]
    return np.flatnonzero(some & np.isin(every.repo, repositories))


def unknown(db: Reader, scope: Scope) -> Unknown | None:
    """Why nothing can be known of lines on the main line, if that is so."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    if db.execute(FOLLOWED).fetchone()[0]:
        return None
    return Unknown(
        "no_activity", tr(mark("No lines of yours have reached a main line that was read."))
    )

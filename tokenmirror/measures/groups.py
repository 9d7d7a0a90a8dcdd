"""Parts of a question, by time or by name: what ``measures --by`` gives one answer each for.

Parts by tool, project, repository, outcome and origin do not overlap, so what can be added
up adds up to the whole; a session with several models is in the part of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Literal

from tokenmirror.language import mark, tr
from tokenmirror.measures import columns, listing
from tokenmirror.measures.figures import Figure, Unknown
from tokenmirror.measures.measure import Measure, Reader, Scope
from tokenmirror.measures.registry import MEASURES, ask
from tokenmirror.measures.tasks import OUTCOMES, SET_ASIDE
from tokenmirror.store.days import Step, add_months

By = Literal[
    "day", "week", "month", "quarter", "tool", "model", "project", "repository", "outcome",
    "origin",
]  # fmt: skip
STEPS: dict[str, Step] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter"}
TIMELESS = frozenset({"now", "all", "per source"})
NO_PROJECT = 0
NONE = "none"
ORIGINS = ("own", "unknown", "unattended")
HOMELESS = {
    "project": "select exists (select 1 from sessions where project_id is null)",
    "repository": "select exists (select 1 from sessions where project_id is null)"
    " or exists (select 1 from projects where repo_id is null)",
}
WITHOUT_REPOSITORY = "select id from projects where repo_id is null"


def parts(db: Reader, scope: Scope, by: By) -> Iterator[tuple[str, Scope]]:
    """The parts of a scope with their keys, in order; parts of time are cut at its edges.

    The part of unattended runs takes them in whether the whole does or not.
    """
    if by in STEPS:
        for first in scope.days.firsts(scope.first, scope.last, STEPS[by]):
            last = min(scope.days.last_of(first, STEPS[by]), scope.last)
            key = _time_key(first, by, scope.year_start)
            yield key, replace(scope, first=max(first, scope.first), last=last)
    elif by in {"project", "repository"}:
        for name, members in _projects(db, by):
            inside = members if scope.projects is None else members & scope.projects
            if inside:
                yield name, replace(scope, projects=inside)
    else:
        yield from _named(db, scope, by)


def _named(db: Reader, scope: Scope, by: By) -> Iterator[tuple[str, Scope]]:
    if by == "tool":
        for key in sorted(listing.read_so_far(db)):
            if scope.sources is None or key in scope.sources:
                yield key, replace(scope, sources=frozenset({key}))
    elif by == "model":
        for name in sorted(set(columns.models_of(db)[1].words)):
            yield name, replace(scope, models=frozenset({name}))
    elif by == "outcome":
        for key in (*(key for key in OUTCOMES if key != SET_ASIDE), SET_ASIDE):
            yield key, replace(scope, outcomes=frozenset({key}))
    else:
        for origin in ORIGINS:
            driven = scope.unattended or origin == "unattended"
            yield origin, replace(scope, origins=frozenset({origin}), unattended=driven)


def _projects(db: Reader, by: By) -> list[tuple[str, frozenset[int]]]:
    """Projects by name, those of one name together; last what lies in none."""
    found = sorted(listing.projects_by_name(db, by).items())
    if not db.execute(HOMELESS[by]).fetchone()[0]:
        return found
    bare = frozenset({NO_PROJECT})
    if by == "repository":
        bare |= {row[0] for row in db.execute(WITHOUT_REPOSITORY)}
    return [*found, (NONE, bare)]


def _time_key(first: date, by: str, year_start: int) -> str:
    """2026-10-05, 2026-10, 2026-Q4; a quarter of a fiscal year 2026/27-Q1."""
    if by == "month":
        return f"{first:%Y-%m}"
    if by != "quarter":
        return first.isoformat()
    began = add_months(first, -((first.month - year_start) % 12))
    number = (first.month - year_start) % 12 // 3 + 1
    year = f"{began.year}" if year_start == 1 else f"{began.year}/{(began.year + 1) % 100:02}"
    return f"{year}-Q{number}"


def answers(db: Reader, scope: Scope, by: By | None = None) -> dict[str, Figure]:
    """All figures of a scope by id; ``by`` says by what it was parted, if it was.

    A figure that speaks of now or of all time has no part of time.
    """
    found = ask(db, scope)
    if by in STEPS:
        for measure in MEASURES:
            if TIMELESS & set(measure.windows):
                found[measure.id] = _timeless(measure, str(by))
    return found


def _timeless(measure: Measure, by: str) -> Unknown:
    said = mark("{title} speaks of all there is, not of a part of the time.")
    return Unknown(f"not_by_{by}", tr(said, title=tr(measure.title)))

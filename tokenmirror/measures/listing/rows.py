"""Which rows are asked for, and how instants, sums and unknown values are written in them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tokenmirror.measures.measure import Scope
from tokenmirror.store.days import DAY, Days

Reader = sqlite3.Connection
Row = dict[str, Any]  # by column or field name; the fields of cli.md are checked by tests

# why a field is null, beside the reasons of figures.Unknown
NOT_RECORDED = "not_recorded"
NO_REPOSITORY = "no_repository"
NO_PRICES = "no_prices"
NOT_WATCHED = "not_watched"  # shipped, and whether the lines are still there is not known
NOT_COMPLETED = "not_completed"
NO_LANDING = "no_landing"


@dataclass(frozen=True)
class Rows:
    """Which rows: instants from ``since_ms`` up to, not including, ``until_ms``.

    ``None`` is no bound, or all of them.  A row without an instant is in only when there
    is no bound at all.  ``days`` says which civil day an instant lies in.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    sources: frozenset[str] | None = None
    projects: frozenset[int] | None = None
    days: Days = field(default_factory=Days)

    def values(self) -> dict[str, object]:
        """The named parameters of a query."""
        return {
            "since": self.since_ms,
            "until": self.until_ms,
            "sources": _json(self.sources),
            "projects": _json(self.projects),
        }


def _json(members: Collection[str] | Collection[int] | None) -> str | None:
    return None if members is None else json.dumps(sorted(members))


ALL = Rows()


def between(
    since: date | None,
    until: date | None,
    days: Days,
    sources: frozenset[str] | None = None,
    projects: frozenset[int] | None = None,
) -> Rows:
    """The rows of civil days ``since`` to ``until``, both inclusive."""
    return Rows(
        None if since is None else days.begin_ms(since),
        None if until is None else days.begin_ms(until + DAY),
        sources,
        projects,
        days,
    )


def of_scope(scope: Scope) -> Rows:
    """The rows of a scope."""
    days = Days(scope.zone, scope.day_start_min, scope.week_start)
    return between(scope.first, scope.last, days, scope.sources, scope.projects)


def instant(at_ms: object) -> str | None:
    """ISO 8601 in UTC with milliseconds and ``Z``; ``None`` stays unknown."""
    if not isinstance(at_ms, int):
        return None
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def projects_named(db: Reader, names: Collection[str]) -> frozenset[int]:
    """The projects that bear one of these names; empty when none does."""
    found = db.execute(
        "select id from projects where name in (select value from json_each(?))",
        (json.dumps(sorted(names)),),
    )
    return frozenset(int(row[0]) for row in found)


def projects_by_name(db: Reader, by: str) -> dict[str, frozenset[int]]:
    """Projects by their name, or with ``by`` "repository" by that of their repository.

    Names that are alike stand for all of them; a folder in no repository has none.
    """
    query = {
        "project": "select name, id from projects",
        "repository": "select r.name, p.id from projects p join repos r on r.id = p.repo_id",
    }[by]
    found: dict[str, frozenset[int]] = {}
    for name, project in db.execute(query):
        found[name] = found.get(name, frozenset()) | {project}
    return found


# of followed projects; a line that is gone was watched, one never seen on the main line was not
SURVIVING = """
  sum(case when followed then min(coalesce(living, 0), shipped) end) as surviving,
  sum(case when followed and living is null then shipped else 0 end) as unwatched"""


def surviving(found: Row | None) -> tuple[int | None, str | None]:
    """Lines still there, or why that is unknown; of no proposal there are none."""
    if found is None:
        return 0, None
    if found["surviving"] is None:
        return None, NO_REPOSITORY
    return (None, NOT_WATCHED) if found["unwatched"] else (found["surviving"], None)


def missing(reasons: Mapping[str, str | None]) -> dict[str, str]:
    """The fields that are unknown, each with its reason; ``None`` reasons are left out."""
    return {name: reason for name, reason in reasons.items() if reason is not None}


def dicts(db: Reader, query: str, values: Mapping[str, object]) -> list[Row]:
    """Rows of a query by column name."""
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]

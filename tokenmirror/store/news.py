"""What following changed in a repository, until it is related.

Relating looks at that alone.  Where a reading was cut short in between, or more moved than can
be told one by one, it looks at all of the repository.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field


@dataclass(slots=True)
class News:
    """Landings (rows of ``commits``) whose lines fared otherwise, and edits that did.

    ``whole``: anything may be otherwise.
    """

    whole: bool = False
    landings: set[int] = field(default_factory=set)
    suggestions: set[int] = field(default_factory=set)


def begin(db: sqlite3.Connection, repo_id: int, late_ms: int | None) -> News:
    """Note that a repository is going to change; edits since ``late_ms`` are new to it."""
    row = db.execute("select related from repos where id = ?", (repo_id,)).fetchone()
    db.execute("update repos set related = 0 where id = ?", (repo_id,))
    begun = News(whole=not row[0])
    if late_ms is not None:
        late = db.execute(
            "select f.suggestion_id from follows f join suggestions s on s.id = f.suggestion_id"
            " where f.repo_id = ? and coalesce(s.at_ms, ?) >= ?",
            (repo_id, late_ms, late_ms),
        )
        begun.suggestions.update(suggestion for (suggestion,) in late)
    return begun


def unrelated(db: sqlite3.Connection) -> set[int]:
    """Repositories that changed since they were related."""
    return {row[0] for row in db.execute("select id from repos where not related")}


def end(db: sqlite3.Connection) -> None:
    """Note that all repositories are related."""
    db.execute("update repos set related = 1 where not related")

"""How well logs are understood: by version of the tool that wrote them, by kind, by reason."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from dataclasses import dataclass

# The versions of a file are those of the sessions it holds; a file that holds sessions of
# several is counted as such, because its records are not counted apart.
BY_VERSION = """
select source, several, version, count(*), sum(records), sum(understood)
from (
  select files.source, records, understood,
    coalesce(versions.n, 0) > 1 as several,
    case when versions.n = 1 then versions.version end as version
  from files
  left join (
    select file_id, count(distinct tool_version) as n, min(tool_version) as version
    from sessions
    group by file_id
  ) as versions on versions.file_id = files.id
  where records > 0
)
group by source, several, version
"""
UNKNOWN = """
select source, kind, sum(count) as n
from unknown_kinds
join files on files.id = file_id
group by source, kind
order by n desc, kind
"""
REASONS = """
select source, reason, count(*)
from problems
join files on files.id = file_id
group by source, reason
"""
FAILED = """
select source, reason, count(distinct file_id)
from problems
join files on files.id = file_id
where problems.offset is null and reason in ('locked', 'encrypted', 'unreadable', 'bug', 'too_long')
group by source, reason
"""
OLDEST = "select source, min(mtime_ns) / 1000000 from files where not gone group by source"


@dataclass(frozen=True)
class VersionReading:
    """What was read of the logs of one version; ``None`` where no log states one.

    ``several`` marks files that hold sessions of more than one version.
    """

    version: str | None
    several: bool
    files: int
    records: int
    understood: int


def by_version(db: sqlite3.Connection) -> dict[str, tuple[VersionReading, ...]]:
    """The versions of each source in order, then files of several, then unstated ones."""
    found: dict[str, list[VersionReading]] = defaultdict(list)
    for source, several, version, files, records, understood in db.execute(BY_VERSION):
        found[source].append(VersionReading(version, bool(several), files, records, understood))
    return {source: tuple(sorted(rows, key=_order)) for source, rows in found.items()}


def _order(row: VersionReading) -> tuple[bool, bool, list[tuple[int, str]]]:
    parts = re.findall(r"\d+|[^\d.]+", row.version or "")
    numbered = [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
    return row.version is None, not row.several, numbered


def unknown_kinds(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Kinds of record that a source does not know, by source, most frequent first."""
    return _nested(db, UNKNOWN)


def problems(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """How many places could not be read, by source and reason."""
    return _nested(db, REASONS)


def failed(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """How many whole files could not be read at the last try, by source and reason."""
    return _nested(db, FAILED)


def oldest_ms(db: sqlite3.Connection) -> dict[str, int]:
    """When the oldest log that is still on disk was written to last, by source."""
    return {source: int(at) for source, at in db.execute(OLDEST)}


def _nested(db: sqlite3.Connection, query: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for source, name, count in db.execute(query):
        found[source][str(name)] = int(count)
    return dict(found)

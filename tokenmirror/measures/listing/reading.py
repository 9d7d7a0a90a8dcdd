"""What has been read so far, by source: for ``sources`` and ``doctor``."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from tokenmirror.measures.listing.rows import Reader

FILES = """
select source, count(*), sum(records), sum(understood), min(first_ms), max(last_ms),
  max(read_ms), sum(gone)
from files
group by source
"""
SESSIONS = "select source, count(*) from sessions group by source"
UNKNOWN = """
select f.source, u.kind, sum(u.count)
from unknown_kinds u join files f on f.id = u.file_id
group by f.source, u.kind
order by f.source, u.kind
"""
PROBLEMS = """
select f.source, p.reason, count(*)
from problems p join files f on f.id = p.file_id
group by f.source, p.reason
"""
REPOSITORIES = "select state, count(*) from repos group by state order by state"


FILES_READ = "select source, path, size, mtime_ns, stamp, version from files"


@dataclass(frozen=True)
class ReadSoFar:
    """One source in the archive: counts over all its files, instants of its events.

    ``unknown_kinds`` and ``problems`` count records by name and by reason.
    """

    files: int
    gone: int
    records: int
    understood: int
    sessions: int
    first_ms: int | None
    last_ms: int | None
    read_ms: int
    unknown_kinds: dict[str, int]
    problems: dict[str, int]


def read_so_far(db: Reader) -> dict[str, ReadSoFar]:
    """What the archive has of each source that was ever read, by key."""
    sessions = dict(db.execute(SESSIONS).fetchall())
    unknown: dict[str, dict[str, int]] = defaultdict(dict)
    for source, kind, count in db.execute(UNKNOWN):
        unknown[source][kind] = count
    problems: dict[str, Counter[str]] = defaultdict(Counter)
    for source, reason, count in db.execute(PROBLEMS):
        problems[source][reason] += count
    return {
        source: ReadSoFar(
            files=files,
            gone=gone,
            records=records,
            understood=understood,
            sessions=sessions.get(source, 0),
            first_ms=first_ms,
            last_ms=last_ms,
            read_ms=read_ms,
            unknown_kinds=unknown.get(source, {}),
            problems=dict(problems.get(source, {})),
        )
        for source, files, records, understood, first_ms, last_ms, read_ms, gone in db.execute(
            FILES
        )
    }


def repositories_by_state(db: Reader) -> dict[str, int]:
    """How many repositories are in which state (ok, empty, missing, not_yours …)."""
    return dict(db.execute(REPOSITORIES).fetchall())


def files_read(db: Reader) -> dict[tuple[str, str], tuple[int, ...]]:
    """How each file stood when it was last read, by source and path.

    Size, time of change in nanoseconds, stamp of its companions, version of its source.
    """
    return {(row[0], row[1]): tuple(row[2:]) for row in db.execute(FILES_READ)}


def is_sound(db: Reader) -> bool:
    """Whether SQLite finds the file whole."""
    return bool(db.execute("pragma quick_check(1)").fetchone()[0] == "ok")

"""What the archive says of its own reading: sources, files, repositories, activity."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One reading: when it began and ended, and how (running, done, stopped, failed)."""

    started_ms: int
    ended_ms: int | None
    state: str


@dataclass(frozen=True)
class SourceReading:
    """What was read of one source, over all files ever seen.

    ``first_ms`` and ``last_ms`` bound its records, ``read_ms`` is the last reading of any of
    its files; ``gone`` files are no longer on disk, what they gave is kept.
    """

    source: str
    files: int
    gone: int
    bytes: int
    records: int
    understood: int
    problem_files: int
    problems: int
    sessions: int
    versions: tuple[str, ...]
    first_ms: int | None
    last_ms: int | None
    read_ms: int | None


@dataclass(frozen=True)
class FileProblem:
    """A place in a file that could not be read; ``offset`` in bytes."""

    path: str
    offset: int | None
    reason: str
    at_ms: int


@dataclass(frozen=True)
class Repository:
    """A repository as last looked at; ``state`` and ``reason`` as in ``repos``.

    ``followed`` is 0 where the person said no.
    """

    name: str
    common_dir: str
    state: str
    reason: str | None
    landing_ref: str | None
    landing_from: str | None
    commits_mine: int
    last_commit_ms: int | None
    scanned_ms: int | None
    followed: int


@dataclass(frozen=True)
class Known:
    """What may be filtered by: projects as (id, name) by name, and sources with sessions.

    ``first_ms`` is the earliest session or prompt, ``None`` when there is none.
    """

    projects: tuple[tuple[int, str], ...]
    sources: tuple[str, ...]
    first_ms: int | None = None


def last_run(db: sqlite3.Connection) -> Run | None:
    """The last reading that ended, whole or stopped; ``None`` before the first."""
    row = db.execute(
        "select started_ms, ended_ms, state from runs where ended_ms is not null"
        " order by ended_ms desc limit 1"
    ).fetchone()
    return Run(*row) if row else None


def source_readings(db: sqlite3.Connection) -> dict[str, SourceReading]:
    """By source; a source of which no file was ever seen is not there."""
    rows = db.execute(
        """
        select source, count(*), sum(gone), sum(case when gone then 0 else size end),
          sum(records), sum(understood), min(first_ms), max(last_ms), max(read_ms)
        from files
        group by source
        """
    ).fetchall()
    problems = {
        source: (files, count)
        for source, files, count in db.execute(
            "select source, count(distinct file_id), count(*) from problems"
            " join files on files.id = problems.file_id where reason != 'torn' group by source"
        )
    }
    sessions = dict(db.execute("select source, count(*) from sessions group by source"))
    found = {}
    for source, files, gone, size, records, understood, first, last, read in rows:
        problem_files, count = problems.get(source, (0, 0))
        found[source] = SourceReading(
            source=source,
            files=files,
            gone=gone,
            bytes=size,
            records=records,
            understood=understood,
            problem_files=problem_files,
            problems=count,
            sessions=sessions.get(source, 0),
            versions=_versions(db, source),
            first_ms=first,
            last_ms=last,
            read_ms=read,
        )
    return found


def _versions(db: sqlite3.Connection, source: str) -> tuple[str, ...]:
    rows = db.execute(
        "select tool_version from sessions where source = ? and tool_version is not null"
        " group by tool_version order by max(started_ms)",
        (source,),
    )
    return tuple(row[0] for row in rows)


def file_problems(db: sqlite3.Connection, source: str, most: int = 500) -> tuple[FileProblem, ...]:
    """The latest problems of a source, newest reading first."""
    rows = db.execute(
        """
        select path, problems.offset, reason, at_ms
        from problems
        join files on files.id = problems.file_id
        where source = ? and reason != 'torn'
        order by at_ms desc, path, problems.offset
        limit ?
        """,
        (source, most),
    )
    return tuple(FileProblem(*row) for row in rows)


def unknown_kinds(db: sqlite3.Connection, source: str) -> tuple[tuple[str, int], ...]:
    """Kinds of record that the source does not know, most frequent first."""
    rows = db.execute(
        "select kind, sum(count) as n from unknown_kinds join files on files.id = file_id"
        " where source = ? group by kind order by n desc, kind",
        (source,),
    )
    return tuple((str(kind), int(n)) for kind, n in rows)


def repositories(db: sqlite3.Connection) -> tuple[Repository, ...]:
    """All repositories by name."""
    rows = db.execute(
        """
        select repos.name, repos.common_dir, state, reason, repos.landing_ref, landing_from,
          (select count(*) from commits where repo_id = repos.id and mine),
          (select max(committed_ms) from commits where repo_id = repos.id),
          scanned_ms, coalesce(followed, 1)
        from repos
        left join repo_choices on repo_choices.common_dir = repos.common_dir
        order by repos.name, repos.common_dir
        """
    )
    return tuple(Repository(*row) for row in rows)


def identities(db: sqlite3.Connection) -> tuple[tuple[str, bool], ...]:
    """Addresses that commits may carry, each with whether it is the person's, by name."""
    rows = db.execute("select email, is_me from identities order by email")
    return tuple((str(email), bool(mine)) for email, mine in rows)


def known(db: sqlite3.Connection) -> Known:
    """Projects and sources that hold anything."""
    projects = db.execute(
        "select id, name from projects where exists"
        " (select 1 from sessions where project_id = projects.id) order by name, id"
    ).fetchall()
    sources = db.execute("select distinct source from sessions order by source")
    first = db.execute(
        "select min(at) from (select min(at_ms) as at from prompts"
        " union all select min(started_ms) from sessions)"
    ).fetchone()
    return Known(tuple(projects), tuple(row[0] for row in sources), first[0])


def nearest_activity_ms(db: sqlite3.Connection, first_ms: int, last_ms: int) -> int | None:
    """The prompt nearest to a stretch without one; ``None`` when there is none at all."""
    before = db.execute("select max(at_ms) from prompts where at_ms < ?", (first_ms,)).fetchone()
    after = db.execute("select min(at_ms) from prompts where at_ms >= ?", (last_ms,)).fetchone()
    near = [(first_ms - at, at) for (at,) in (before,) if at is not None]
    near += [(at - last_ms, at) for (at,) in (after,) if at is not None]
    return min(near)[1] if near else None


def has_activity(
    db: sqlite3.Connection,
    first_ms: int,
    until_ms: int,
    sources: frozenset[str] | None = None,
    projects: frozenset[int] | None = None,
) -> bool:
    """Whether any prompt or session lies in a stretch, whoever began it."""
    found = db.execute(
        """
        select exists(
          select 1 from prompts join sessions on sessions.id = session_id
          where prompts.at_ms >= :first and prompts.at_ms < :until
            and (:sources is null or source in (select value from json_each(:sources)))
            and (:projects is null or project_id in (select value from json_each(:projects))))
        or exists(
          select 1 from sessions
          where started_ms >= :first and started_ms < :until
            and (:sources is null or source in (select value from json_each(:sources)))
            and (:projects is null or project_id in (select value from json_each(:projects))))
        """,
        {
            "first": first_ms,
            "until": until_ms,
            "sources": None if sources is None else json.dumps(sorted(sources)),
            "projects": None if projects is None else json.dumps(sorted(projects)),
        },
    ).fetchone()
    return bool(found[0])


def allowed(db: sqlite3.Connection) -> dict[str, int | None]:
    """Sources the person decided on: since when each is allowed, ``None`` when it is not."""
    rows = db.execute("select source, allowed, edited_ms from consents order by source")
    return {source: since if yes else None for source, yes, since in rows}


def complete_from_ms(db: sqlite3.Connection) -> int | None:
    """During the first reading: the instant from which on all is read, newest files first.

    ``None`` when an earlier reading was whole, or nothing was read yet.
    """
    if db.execute("select exists(select 1 from runs where state = 'done')").fetchone()[0]:
        return None
    oldest: int | None = db.execute("select min(mtime_ns) from files").fetchone()[0]
    return None if oldest is None else oldest // 1_000_000


def is_empty(db: sqlite3.Connection) -> bool:
    """Whether nothing has been read yet."""
    return not db.execute("select exists(select 1 from sessions)").fetchone()[0]

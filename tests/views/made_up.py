"""Makers for window tests: a desk without an archive of its own, tasks, sources, places."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from PySide6.QtGui import QUndoStack

from tokenmirror.ingest.preview import FoundSource
from tokenmirror.measures.listing.detail import (
    TaskCheck,
    TaskCommit,
    TaskDetail,
    TaskPrompt,
    TaskSession,
    TaskTurn,
)
from tokenmirror.measures.listing.tasks import Hours, Lines, TaskRow
from tokenmirror.measures.periods import Period
from tokenmirror.settings import Settings
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import schema
from tokenmirror.store.formats import VersionReading
from tokenmirror.store.own import Own
from tokenmirror.store.readings import FileProblem, Repository, SourceReading
from tokenmirror.views.desk import Desk, Options
from tokenmirror.views.frame.history import Filters, Place
from tokenmirror.views.import_run import ImportRun
from tokenmirror.views.jobs import Jobs
from tokenmirror.views.pages.source_words import SourceState
from tokenmirror.views.widgets.marks import Days

NOW = datetime(2026, 11, 20, 14, 1, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
OCTOBER = Period("last_month", date(2026, 10, 1), date(2026, 10, 31))
HERE = Place("tasks", Filters(OCTOBER))
MINUTE = 60_000


def at(day: int, hour: int = 9, minute: int = 40, month: int = 10) -> int:
    """An instant of autumn 2026, in milliseconds."""
    return round(datetime(2026, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def a_source(key: str = "claude-code", name: str = "Claude Code") -> Source:
    """A source whose places are the home folder itself, and which has no files."""
    return Source(
        key=key,
        name=name,
        version=1,
        full=frozenset({"S1", "S2", "S3", "S5", "S6", "S7"}),
        partly=frozenset({"S4"}),
        places=lambda machine: (machine.home,),
        find=lambda machine: iter(()),
        read=lambda file, cursor: iter(()),
        keeps_days=30,
    )


SOURCES = (a_source(), a_source("codex-cli", "Codex CLI"))


def a_desk(folder: Path, *, sample: bool = False, program: tuple[str, ...] = ("none",)) -> Desk:
    """A desk over a new, empty archive in that folder."""
    path = folder / "mirror.db"
    schema.create(path)
    return Desk(
        jobs=Jobs(lambda: connected(path)),
        own=Own(path),
        run=ImportRun(lambda: program),
        options=Options(Settings(), None),
        undo=QUndoStack(),
        machine=Machine(folder, ("linux",)),
        load_sources=lambda: SOURCES,
        zone="UTC",
        clock_ms=lambda: NOW_MS,
        sample=sample,
    )


def connected(path: Path) -> sqlite3.Connection:
    """A connection as the reader gives it."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def close(desk: Desk) -> None:
    """Take a desk apart."""
    desk.run.close()
    desk.jobs.close()


def a_task(key: str = "claude-code:s1", **changes: object) -> TaskRow:
    """A shipped task of Wed 21 Oct."""
    task = TaskRow(
        key=key,
        title="Retry uploads on timeout",
        title_from="subject",
        project_id=1,
        project="api",
        tools=("claude-code",),
        sessions=("s1",),
        began_ms=at(21),
        ended_ms=at(21, 10, 55),
        outcome="shipped",
        why="landed",
        stated=None,
        unattended=False,
        intended=True,
        own_prompts=5,
        lines=Lines(220, 212, 195, 190, 177, 195),
        commits=("a" * 40,),
        cost_nusd=2_100_000_000,
        has_usage=True,
        hours=Hours(50 * MINUTE, 65 * MINUTE, 22 * MINUTE),
        checks=2,
        last_check="passed",
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def tasks() -> tuple[TaskRow, ...]:
    """One task of each outcome, oldest first."""
    outcomes = ("no_lasting_change", "no_code", "on_branch", "in_progress", "unknown", "shipped")
    return tuple(
        a_task(
            f"claude-code:s{number}",
            title=f"Task {number}",
            outcome=outcome,
            began_ms=at(number + 1),
            lines=Lines(10, 10 * number, 5, number, 4, 5),
        )
        for number, outcome in enumerate(outcomes)
    )


def a_detail(key: str = "claude-code:s1") -> TaskDetail:
    """Two prompts, two turns of which one was stopped, a check, a commit that landed."""
    return TaskDetail(
        key=key,
        outcome="shipped",
        why="landed",
        stated=None,
        sessions=(TaskSession("s1", "claude-code", "/src/api", at(21), at(21, 10, 55)),),
        prompts=(
            TaskPrompt(at(21), 42, "own", None),
            TaskPrompt(at(21, 10, 5), 7, "own", "Now the tests, please"),
        ),
        turns=(
            TaskTurn(at(21), at(21, 9, 50), "finished", "claude-code"),
            TaskTurn(at(21, 10, 5), at(21, 10, 8), "interrupted", "claude-code"),
        ),
        checks=(TaskCheck(at(21, 10, 20), "test", ok=True, duration_ms=900),),
        commits=(
            TaskCommit(
                oid="b" * 40,
                repository="api",
                at_ms=at(21, 10, 30),
                subject="Retry uploads on timeout",
                mine=True,
                on_main=True,
                landed_ms=at(21, 10, 52),
            ),
        ),
        evidence={"exact": 177, "near": 18},
    )


def a_reading(key: str = "claude-code", **changes: object) -> SourceReading:
    """Two files of a source, almost all understood."""
    reading = SourceReading(
        source=key,
        files=2,
        gone=0,
        bytes=310_000_000,
        records=1_000,
        understood=998,
        problem_files=0,
        problems=0,
        sessions=4,
        versions=("2.1.0", "2.1.4"),
        first_ms=at(2, month=9),
        last_ms=at(20, month=11),
        read_ms=at(20, 14, 0, month=11),
    )
    return replace(reading, **changes)  # type: ignore[arg-type]


def a_state(source: Source = SOURCES[0], **changes: object) -> SourceState:
    """A source that is read."""
    state = SourceState(
        source=source,
        since_ms=at(14, month=8),
        reading=a_reading(source.key),
        days=Days(("read", "nothing") * 15),
        places=("/home/x/.claude",),
    )
    return replace(state, **changes)  # type: ignore[arg-type]


def a_find(source: Source, **changes: object) -> FoundSource:
    """What lies in the places of a source: some files, the oldest of the 1st of November."""
    found = FoundSource(
        key=source.key,
        name=source.name,
        places=(Path("/home/x/.logs"),),
        files=12,
        bytes=310_000_000,
        oldest_ms=at(1, month=11),
        newest_ms=at(20, month=11),
        keeps_days=source.keeps_days,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def many_states() -> tuple[SourceState, ...]:
    """Every built-in source: some read, some with faults, some not allowed, most not found."""
    states = []
    for nth, source in enumerate(built_in()):
        if nth % 3 and source.key not in SPECIAL:
            nowhere = {"places": (), "missed": ("/home/x/.nowhere",), "reading": None}
            states.append(a_state(source, since_ms=None, days=NO_DAYS, **nowhere))
            continue
        special = {"found": a_find(source), **SPECIAL.get(source.key, {})}
        states.append(a_state(source, **special))
    return tuple(states)


NO_DAYS = Days(("not_allowed",) * 30)
NOT_YET: dict[str, object] = {"since_ms": None, "reading": None, "days": NO_DAYS}
SPECIAL: dict[str, dict[str, object]] = {
    "claude-code": {
        "versions": (
            VersionReading("2.1.197", False, 3, 900, 900),
            VersionReading("2.1.330", False, 4, 1_200, 1_180),
            VersionReading(None, True, 1, 40, 40),
        ),
        "missed": ("/home/x/.config/claude",),
        "unknown": (("hologram", 18), ("beam", 2)),
    },
    "codex-cli": {"failed": {"locked": 1}},
    "gemini-cli": NOT_YET,
    "cursor": {"failed": {"encrypted": 2}},
    "zed": NOT_YET,
}


def a_problem(**changes: object) -> FileProblem:
    """A line that is not JSON."""
    problem = FileProblem("/home/x/.claude/projects/a/session.jsonl", 1_204, "not_json", at(1))
    return replace(problem, **changes)  # type: ignore[arg-type]


def a_repository(name: str = "api", **changes: object) -> Repository:
    """A readable repository."""
    repository = Repository(
        name=name,
        common_dir=f"/home/x/{name}/.git",
        state="ok",
        reason=None,
        landing_ref="refs/heads/main",
        landing_from="local_name",
        commits_mine=42,
        last_commit_ms=at(19, month=11),
        scanned_ms=at(20, month=11),
        followed=1,
    )
    return replace(repository, **changes)  # type: ignore[arg-type]

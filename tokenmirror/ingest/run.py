"""One reading from end to end: look, read, repositories, relate, close."""

from __future__ import annotations

import json
import platform
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenmirror import paths
from tokenmirror.ingest import lock, pump
from tokenmirror.ingest.folders import Folders
from tokenmirror.ingest.follow import Follower, git_of
from tokenmirror.ingest.relate import Relater
from tokenmirror.ingest.report import Report, RepositoryReport, Say, Stopped
from tokenmirror.repos import discover
from tokenmirror.settings import Settings
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import connection, copies, facts, following, keys, runs
from tokenmirror.store.connection import immediately
from tokenmirror.store.writer import Writer

RELATE_AGAIN_MS = 3_600_000  # outcomes ripen with the days, also where nothing was read


@dataclass(frozen=True)
class Request:
    """What is asked of a reading.

    ``home`` is set when a copied home is read; ``others`` are further homes that the person
    named; ``repos`` are repositories named by hand;
    ``full`` reads every file again without losing what only the archive still has.
    """

    machine: Machine
    sources: Sequence[Source]
    home: Path | None = None
    others: tuple[Machine, ...] = ()
    repos: tuple[Path, ...] = ()
    full: bool = False


def run(
    request: Request,
    settings: Settings,
    places: paths.Places,
    say: Say,
    stopped: Stopped,
    now_ms: int | None = None,
) -> Report:
    """Read what is new into the archive and follow it into git; gives what was done.

    Ends early, with all that is complete kept, once ``stopped()``.  ``now_ms`` is the time
    by which outcomes are told.  Raises ``UserError`` for the archive's sake only: logs and
    repositories that cannot be read are named in the report.
    """
    began = time.monotonic()
    report = Report()
    with lock.held(places.import_lock):
        db = connection.connect(places.database)
        try:
            _run(db, request, settings, places, report, say, stopped, now_ms or _now_ms())
        finally:
            report.seconds = time.monotonic() - began
            db.close()
    return report


def _run(
    db: sqlite3.Connection,
    request: Request,
    settings: Settings,
    places: paths.Places,
    report: Report,
    say: Say,
    stopped: Stopped,
    now_ms: int,
) -> None:
    say({"state": "looking"})
    with immediately(db):
        told_ms = runs.last_told_ms(db)
        run_id = runs.start_run(db, now_ms)
        machine_id = keys.machine(db, places, platform.node() or "this machine")
    sealer = keys.sealer(places)
    writer = Writer(db, machine_id, sealer, settings.keep)
    touched = _read(writer, request, report, say, stopped)
    follower = _follower(writer, request, settings, places, report, say, stopped)
    if not report.stopped:
        follower.run(read=bool(touched))
    stale = told_ms is None or abs(now_ms - told_ms) > RELATE_AGAIN_MS
    if not report.stopped and (touched or follower.changed or stale):
        relater = Relater(
            db=db,
            sealer=sealer,
            patterns=settings.excluded,
            trees=follower.trees,
            locate=follower.locate,
            committed=follower.committed,
            now_ms=now_ms,
        )
        relater.run(touched, follower.changed)
        report.tables |= {"tasks", "proposals", "deliveries", "origins"}
    if follower.changed:
        report.tables |= {"repos", "commits"}
    with immediately(db):
        state = "stopped" if report.stopped else "done"
        runs.end_run(db, run_id, state, json.dumps(report.document()), _now_ms())
    db.execute("pragma optimize")


def _read(writer: Writer, request: Request, report: Report, say: Say, stopped: Stopped) -> set[int]:
    """Read the logs; gives the sessions that were touched."""
    for source in request.sources:
        report.source(source.key)
    machines = (request.machine, *request.others)
    work = pump.look(
        writer.db, writer.machine_id, machines, request.sources, report, full=request.full
    )
    pump.Pump(writer, report, say, stopped, full=request.full).read(work)
    if not work:
        return facts.untold_sessions(writer.db)
    with immediately(writer.db):
        touched = copies.settle(writer.db, writer.touched)
    report.tables |= {"sessions", "prompts", "suggestions", "usage", "files"}
    return touched | facts.untold_sessions(writer.db)


def _follower(
    writer: Writer,
    request: Request,
    settings: Settings,
    places: paths.Places,
    report: Report,
    say: Say,
    stopped: Stopped,
) -> Follower:
    git, no_git = git_of(places, request.home)
    named = []
    for folder in request.repos:
        place = discover.repository_of(folder)
        if place is None:  # named, and the rest goes on
            report.repositories.append(RepositoryReport(folder, problem="no_repository"))
        else:
            named.append(place)
    folders = Folders(
        home=request.machine.home,
        copied=request.home is not None,
        others=tuple(other.home for other in request.others),
        named=tuple(named),
        roots=following.roots(writer.db),
    )
    return Follower(
        db=writer.db,
        machine_id=writer.machine_id,
        sealer=writer.sealer,
        folders=folders,
        report=report,
        say=say,
        stopped=stopped,
        git=git,
        no_git=no_git,
        titles=settings.keep != "figures",
        window_days=settings.landing_days,
        patterns=settings.excluded,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""One reading from end to end: look, read, repositories, relate, close."""

from __future__ import annotations

import json
import platform
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenmirror import paths
from tokenmirror.ingest import lock, pump
from tokenmirror.ingest.folders import Folders, absolute
from tokenmirror.ingest.follow import Follower, few_collections, git_of
from tokenmirror.ingest.reckoned import Ledger, NoLedger
from tokenmirror.ingest.relate import Relater
from tokenmirror.ingest.report import Report, RepositoryReport, Say, Stopped
from tokenmirror.repos import discover
from tokenmirror.settings import Settings
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import (
    connection,
    copies,
    facts,
    following,
    keys,
    moved,
    relabel,
    runs,
)
from tokenmirror.store.connection import immediately
from tokenmirror.store.writer import Writer
from tokenmirror.tasks.origins import thresholds

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
    ledger: Ledger | None = None,
) -> Report:
    """Read what is new into the archive and follow it into git; gives what was done.

    Ends early, with all that is complete kept, once ``stopped()``.  ``now_ms`` is the time
    by which outcomes are told.  ``ledger`` tells what moved of past figures.  Raises
    ``UserError`` for the archive's sake only: logs and repositories that cannot be read are
    named in the report.
    """
    began = time.monotonic()
    report = Report()
    with lock.held(places.import_lock):
        db = connection.connect(places.database)
        try:
            reading = _Reading(db, request, settings, places, say, stopped, now_ms or _now_ms())
            reading.run(report, ledger or NoLedger())
        finally:
            report.seconds = time.monotonic() - began
            db.close()
    return report


@dataclass(frozen=True)
class _Reading:
    """One reading: what it was asked for, and by which settings and time."""

    db: sqlite3.Connection
    request: Request
    settings: Settings
    places: paths.Places
    say: Say
    stopped: Stopped
    now_ms: int

    def run(self, report: Report, ledger: Ledger) -> None:
        """Read, follow, relate, reckon; what was done is counted in the report."""
        db, say, stopped = self.db, self.say, self.stopped
        say({"state": "looking"})
        with immediately(db):
            told_ms = runs.last_told_ms(db)
            run_id = runs.start_run(db, self.now_ms)
            machine_id = keys.machine(db, self.places, platform.node() or "this machine")
        writer = Writer(db, machine_id, keys.sealer(self.places), self.settings.keep)
        folders = _folders(writer, self.request, report)
        recounted = ledger.settle(db, self.now_ms, "said")
        if ledger.rules_moved(db):
            recounted |= self._by_new_rules(writer, folders, ledger)
        touched = _read(writer, self.request, folders, report, say, stopped)
        follower = self._follow(writer, folders, report, read=bool(touched))
        limits = thresholds(self.settings)
        stale = told_ms is None or abs(self.now_ms - told_ms) > RELATE_AGAIN_MS
        stale = stale or relabel.thresholds_moved(db, limits)
        if not report.stopped and (touched or follower.changed or stale):
            self._relate(writer, follower, touched)
            report.tables |= {"tasks", "proposals", "deliveries", "origins"}
        if follower.changed:
            report.tables |= {"repos", "commits"}
        if not report.stopped:
            recounted |= ledger.settle(db, self.now_ms, "read")
        if recounted:
            report.tables.add("recounts")
        with immediately(db):
            state = "stopped" if report.stopped else "done"
            runs.end_run(db, run_id, state, json.dumps(report.document()), _now_ms())
        db.execute("pragma optimize")

    def _follow(self, writer: Writer, folders: Folders, report: Report, *, read: bool) -> Follower:
        """Follow edits into the repositories, and note from when on that may tell otherwise."""
        follower = _follower(
            writer,
            self.request,
            folders,
            self.settings,
            self.places,
            report,
            self.say,
            self.stopped,
        )
        if not report.stopped:
            before = moved.followed(self.db)
            follower.run(read=read)
            with immediately(self.db):
                moved.note_followed(self.db, before)
        return follower

    def _relate(self, writer: Writer, follower: Follower, touched: set[int]) -> None:
        relater = Relater(
            db=self.db,
            sealer=writer.sealer,
            patterns=self.settings.excluded,
            trees=follower.trees,
            locate=follower.locate,
            committed=follower.committed,
            now_ms=self.now_ms,
            thresholds=thresholds(self.settings),
        )
        with few_collections():
            relater.run(touched, follower.changed)

    def _by_new_rules(self, writer: Writer, folders: Folders, ledger: Ledger) -> bool:
        """Relate the facts as they stand by the rules there are now, before any new fact.

        Says whether that moved a past figure.
        """
        apart = Report()  # the repositories are told of once, by the reading itself
        follower = self._follow(writer, folders, apart, read=True)
        if apart.stopped:
            return False
        self._relate(writer, follower, facts.all_sessions(self.db))
        return ledger.settle(self.db, self.now_ms, "rule")


def _read(
    writer: Writer,
    request: Request,
    folders: Folders,
    report: Report,
    say: Say,
    stopped: Stopped,
) -> set[int]:
    """Read the logs; gives the sessions that were touched.

    Logs in work trees come last, when all folders are known that the other logs name.
    """
    for source in request.sources:
        report.source(source.key)
    machines: tuple[Machine, ...] = (request.machine, *request.others)
    reader = pump.Pump(writer, report, say, stopped, full=request.full)
    found = False
    for in_trees in (False, True):
        sources = [source for source in request.sources if source.work_trees == in_trees]
        if in_trees and sources:
            machines = (_with_work_trees(writer.db, machines[0], folders), *machines[1:])
        work = pump.look(writer.db, writer.machine_id, machines, sources, report, full=request.full)
        reader.read(work)
        found = found or bool(work)
    if not found:
        return facts.untold_sessions(writer.db)
    with immediately(writer.db):
        touched = copies.settle(writer.db, writer.touched)
    report.tables |= {"sessions", "prompts", "suggestions", "usage", "files"}
    return touched | facts.untold_sessions(writer.db)


def _with_work_trees(db: sqlite3.Connection, machine: Machine, folders: Folders) -> Machine:
    """The machine with the work trees known by now: named, met before, or told by a session."""
    named = [place.root for place in folders.named if place.root is not None]
    met = [Path(root) for root in folders.roots]
    known = dict.fromkeys([*machine.folders, *named, *met])
    for folder in following.folders_named(db):
        path = absolute(folder, None)
        lies_in = folders.repository(path) if path else None
        if lies_in is not None and lies_in[0].root is not None:
            known[lies_in[0].root] = None
        elif path is not None and "://" not in path:
            known[Path(path)] = None
    return replace(machine, folders=tuple(known))


def _folders(writer: Writer, request: Request, report: Report) -> Folders:
    """Looks up the folders that logs name, repositories that the person named included."""
    named = []
    for folder in request.repos:
        place = discover.repository_of(folder)
        if place is None:  # named, and the rest goes on
            report.repositories.append(RepositoryReport(folder, problem="no_repository"))
        else:
            named.append(place)
    return Folders(
        home=request.machine.home,
        copied=request.home is not None,
        others=tuple(other.home for other in request.others),
        named=tuple(named),
        roots=following.roots(writer.db),
    )


def _follower(
    writer: Writer,
    request: Request,
    folders: Folders,
    settings: Settings,
    places: paths.Places,
    report: Report,
    say: Say,
    stopped: Stopped,
) -> Follower:
    git, no_git = git_of(places, request.home)
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

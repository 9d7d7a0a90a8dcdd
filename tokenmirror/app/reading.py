"""A reading as the command line runs it: with a bar, on trial, or watched by the window."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from tokenmirror.app import sources
from tokenmirror.app.ledger import Ledger
from tokenmirror.app.start import Started, added, archive, days, machine
from tokenmirror.errors import UserError
from tokenmirror.ingest import preview
from tokenmirror.ingest.report import Report
from tokenmirror.ingest.run import Request, run
from tokenmirror.language import tr
from tokenmirror.sources import homes
from tokenmirror.sources.source import Source
from tokenmirror.store import files

Say = Callable[[dict[str, Any]], None]
BAR_CELLS = 24


def request(
    started: Started,
    chosen: Sequence[Source],
    repos: Sequence[Path] = (),
    *,
    also: Sequence[Path] = (),
    full: bool = False,
) -> Request:
    """What to read: the sources chosen, with what was named now or in the window.

    ``also`` are exports of chats and further homes that count for this run.  Homes that the
    person added are read with the layouts of all systems.
    """
    named = [folder.absolute() for folder in repos]
    kept = added(started)
    named += [Path(path) for path, kind in kept.items() if kind == "repository"]
    kept |= {str(path): "home" if path.is_dir() else "export" for path in also}
    home = started.wanted.home
    here, *others = homes.machines(machine(home, named), kept)
    return Request(
        machine=here,
        sources=chosen,
        home=home,
        others=tuple(others),
        repos=tuple(dict.fromkeys(named)),
        full=full,
    )


def read(
    started: Started,
    wanted: Request,
    say: Say,
    stop: threading.Event,
    now: datetime | None = None,
) -> Report:
    """Run the pump; outcomes are told as of ``now``, or of the clock.

    Raises ``UserError`` when the archive cannot be written.
    """
    now_ms = None if now is None else round(now.timestamp() * 1000)
    ledger = Ledger(started.settings)
    return run(wanted, started.settings, started.places, say, stop.is_set, now_ms, ledger)


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl+C stop after the batch in hand; a second one stops at once."""

    def once(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Bar:
    """Progress in one line of a terminal; says nothing where there is none."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._shown = not quiet and stream.isatty()
        self._width = 0

    def say(self, line: dict[str, Any]) -> None:
        """Draw what the pump says."""
        if not self._shown:
            return
        done, total = int(line.get("done") or 0), int(line.get("total") or 0)
        share = min(1.0, done / total) if total else 0.0
        bar = "#" * round(share * BAR_CELLS)
        words = {"looking": tr("Looking"), "reading": tr("Reading"), "relating": tr("Following")}
        verb = words.get(str(line.get("state")), "")
        self._draw(f"{verb} [{bar:<{BAR_CELLS}}] {share:4.0%} {line.get('source') or ''}")

    def close(self) -> None:
        """Take the line away."""
        if self._width:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


def on_trial(started: Started, wanted: Request) -> dict[str, Any]:
    """What a reading would read, in the shape of its document; nothing is opened or written."""
    began = time.monotonic()
    known = _known(started)
    parts: list[dict[str, Any]] = []
    found = read_bytes = 0
    for source in wanted.sources:
        news = 0
        machines = (wanted.machine, *wanted.others)
        for file in preview.log_files(machines, source):
            found += 1
            stands = (file.size, file.mtime_ns, file.stamp, source.version)
            if wanted.full or known.get((source.key, files.path_text(file.path))) != stands:
                news += 1
                read_bytes += file.size
        parts.append({"id": source.key, "files_read": news, "problems": []})
    news = sum(part["files_read"] for part in parts)
    return {
        "dry_run": True,
        "files": {"found": found, "read": news, "unchanged": found - news, "failed": 0},
        "bytes_read": read_bytes,
        "records": None,
        "seconds": round(time.monotonic() - began, 3),
        "sources": sorted(parts, key=lambda part: str(part["id"])),
        "repositories": [],
    }


def _known(started: Started) -> dict[tuple[str, str], tuple[int, ...]]:
    if not started.places.database.exists():
        return {}
    from tokenmirror.measures.listing import files_read  # late: a reading does without

    with archive(started) as db:
        return files_read(db)


def watched(started: Started, keys: Sequence[str], *, every: bool, full: bool) -> int:
    """Read as the window's child: one JSON object a line, until done or asked to stop.

    The end of standard input asks to stop: the window closed it, or died.
    """
    stop = threading.Event()
    threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    try:
        chosen = sources.allowed(started, keys, every=every)
        report = read(started, request(started, chosen, full=full), _line, stop)
    except UserError as error:
        _line({"state": "failed", "reason": error.what, "advice": error.advice})
        return 1
    _line(_end(started, report))
    return 0


def _end(started: Started, report: Report) -> dict[str, Any]:
    return {
        "state": "stopped" if report.stopped else "done",
        "tables": sorted(report.tables),
        "first": _day(started, report.first_ms),
        "last": _day(started, report.last_ms),
        "report": report.document(),
    }


def _day(started: Started, at_ms: int | None) -> str | None:
    """The civil day of an instant; by the computer's clock where no zone is chosen."""
    if at_ms is None:
        return None
    if started.settings.zone:
        return days(started.settings).day_of(at_ms).isoformat()
    # not by the zone's name: that takes Babel, which a reading does without
    wall = datetime.fromtimestamp(at_ms / 1000).astimezone().replace(tzinfo=None)
    return (wall - timedelta(minutes=started.settings.day_start_min)).date().isoformat()


def _line(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _wait_for_end(stop: threading.Event) -> None:
    # os.read, not sys.stdin.buffer: that one holds a lock at which the interpreter
    # aborts when it ends
    while os.read(0, 1):
        pass
    stop.set()

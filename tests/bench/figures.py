"""Figures of years timed: what a page costs, in CPU, once the period or a filter changed.

``python -m tests.bench --figures``; the archive is made in a temporary folder unless
``--archive`` names one made before (it is kept there).  Everything is asked within one process
whose caches are warm, as in an open window; each question is new to it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.bench import archive
from tokenmirror import paths
from tokenmirror.measures.chain import chain
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import kept
from tokenmirror.measures.registry import MEASURES, by_id
from tokenmirror.store import facts, reader, schema, slots, sums

EVENTS = 5_000_000
LIMIT_S = {"day": 0.050, "rest": 0.200}
# sums and counts of days; every other figure asks for tasks, sessions, changes or lines
DAY_LEVEL = frozenset({"A1", "B1", "B2", "B3", "C1", "C3", "C4", "C9", "D5", "G1", "H5", "J5"})
PAGES: Mapping[str, tuple[str, ...]] = {
    "overview": ("F3", "F4", "G3", "F2", "B1", "C4", "D5"),
    "tasks": ("F",),
    "chain": ("B1", "C", "D", "A3"),
    "held up": ("E",),
    "cost": ("G",),
    "time": ("H",),
    "habits": ("I", "J", "K", "B4", "B5"),
    "sources": ("A",),
}
WEEKLY = frozenset({"overview", "held up", "cost"})  # pages with charts by week
Question = Callable[[Reader, Scope], object]


def figures_of(page: str) -> list[str]:
    """The ids of a page's figures; a letter stands for all that begin with it."""
    found = [
        measure.id
        for wanted in PAGES[page]
        for measure in MEASURES
        if measure.id == wanted or (len(wanted) == 1 and measure.id[0] == wanted)
    ]
    return list(dict.fromkeys(found))


def questions(page: str) -> dict[str, list[Question]]:
    """What the page asks, apart for day-level figures and the rest."""
    asked: dict[str, list[Question]] = {"day": [], "rest": []}
    for measure in map(by_id, figures_of(page)):
        kind = "day" if measure.id in DAY_LEVEL else "rest"
        asked[kind].append(measure.answer)
        if measure.weekly and page in WEEKLY:
            asked[kind].append(measure.series)
    if page == "overview":
        asked["rest"].append(chain)
    return asked


def scopes() -> dict[str, Scope]:
    """The questions after each change; the last day of the archive is yesterday."""
    today = archive.LAST + timedelta(days=1)
    month = Scope(archive.LAST.replace(day=1), archive.LAST, today)
    years = replace(month, first=archive.LAST - timedelta(days=archive.DAYS - 1))
    return {
        "month": month,
        "two years": years,
        "one tool": replace(years, sources=frozenset({"codex-cli"})),
        "one project": replace(years, projects=frozenset({3})),
        "one model": replace(years, models=frozenset({"gpt-5"})),
    }


def _week() -> Scope:
    month = scopes()["month"]
    return replace(month, first=month.last - timedelta(days=6))


def cpu_s(db: Reader, scope: Scope, asked: list[Question]) -> float:
    """CPU seconds of these questions, asked at once as a page does."""
    began = time.process_time()
    with kept(db):
        for question in asked:
            question(db, scope)
    return time.process_time() - began


@contextmanager
def made(folder: Path | None, events: int) -> Iterator[Path]:
    """The archive's database, made where it is missing; with progress on standard error."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        database = paths.places(place).database
        if not database.exists():
            built = archive.make(place, events, say=_progress)
            print(
                f"\n{built.events:,} events of {built.sessions:,} sessions:"
                f" rows {built.rows_s:.0f} s, derived {built.relate_s:.0f} s",
                file=sys.stderr,
            )
        schema.create(database)  # one that is kept may be of an earlier version
        yield database


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of:
        print(f"\rsession {done:,} of {of:,}", end="", file=sys.stderr, flush=True)


def rebuilt(database: Path) -> tuple[float, float]:
    """CPU seconds to make the sums of one touched session again, and of all; nothing is kept."""
    db = sqlite3.connect(database, isolation_level=None)
    every = facts.all_sessions(db)
    one = {max(every)}
    found = []
    for some in (one, every):
        db.execute("begin")
        began = time.process_time()
        slots.refresh(db, some)
        sums.refresh_changes(db, some)
        found.append(time.process_time() - began)
        db.execute("rollback")
    db.close()
    return found[0], found[1]


def report(
    folder: Path | None, events: int, rounds: int, out: Path | None, only: str | None
) -> bool:
    """Print each page's CPU and its ratio to the limit; true if all limits are held."""
    found: dict[str, list[float]] = {}
    worst = 0.0
    with made(folder, events) as database:
        db = reader.connect(database)
        # what is loaded late, and what is remembered of the archive, is loaded once
        first = {
            page: sum(cpu_s(db, _week(), asked) for asked in questions(page).values())
            for page in PAGES
        }
        print(f"{'CPU ms (x limit)':18}" + "".join(f"{name:>15}" for name in scopes()))
        for page in [only] if only else PAGES:
            for kind, asked in questions(page).items():
                if asked:
                    taken = _page(db, asked, rounds)
                    worst = max(worst, _print(f"{page}, {kind}", taken, LIMIT_S[kind]))
                    found |= {f"{page}, {kind}, {name}": runs for name, runs in taken.items()}
        db.close()
        one, every = rebuilt(database)
    print(f"limits: 50 ms for day-level figures, 200 ms for the rest; worst ratio {worst:.1f}")
    pages = ", ".join(f"{page} {taken:.1f}" for page, taken in first.items())
    print(f"first questions after the archive changed, CPU s: {pages}")
    print(f"sums of one touched session made again: {one * 1000:.1f} ms; of all: {every:.1f} s")
    if out is not None:
        said = {"python": sys.version, "load": os.getloadavg(), "cpu_s": found}
        out.write_text(json.dumps(said | {"one_s": one, "all_s": every}, indent=1))
    return worst <= 1


def _page(db: Reader, asked: list[Question], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each round, by what changed."""
    found: dict[str, list[float]] = {name: [] for name in scopes()}
    for _round in range(rounds):
        for name, scope in scopes().items():
            found[name].append(cpu_s(db, scope, asked))
    return found


def _print(name: str, taken: Mapping[str, list[float]], limit_s: float) -> float:
    """Print a row; gives its worst ratio."""
    medians = [statistics.median(runs) for runs in taken.values()]
    cells = "".join(f"{cell * 1000:8.0f} ({cell / limit_s:4.1f})" for cell in medians)
    print(f"{name:18}{cells}", flush=True)
    return max(medians) / limit_s

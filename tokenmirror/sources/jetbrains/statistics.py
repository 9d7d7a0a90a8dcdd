"""The editors' own statistics: completions shown, and taken, while the files last.

A line is one event.  ``shown`` is written when a completion went away, with the reason:
``SELECTED`` alone means that it was taken; ``TYPED`` that the person wrote the same by hand.
Files are sent and removed within hours, and events are sampled: a part of all, never more.
Each event is a total of its own, so that nothing is lost when its file goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.events import DayCount, DayTotal, Problem
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.editors import at, decoded, list_at, number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

GROUP = "inline.completion"
MAKERS = ("JetBrains", "Google")
MAX_LINES = 10_000


def places(machine: Machine) -> tuple[Path, ...]:
    """Folders of cached files with a folder for each product."""
    homes: list[Path] = []
    if "linux" in machine.platforms:
        homes.append(machine.variable("XDG_CACHE_HOME") or machine.home / ".cache")
    if "macos" in machine.platforms:
        homes.append(machine.home / "Library" / "Caches")
    if "windows" in machine.platforms:
        homes.append(machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local")
    return tuple(home / maker for home in homes for maker in MAKERS)


def find(machine: Machine) -> Iterator[LogFile]:
    """The files of events, of every product."""
    for root in places(machine):
        try:
            products = sorted(path for path in root.iterdir() if not path.is_symlink())
        except OSError:
            continue
        for product in products:
            yield from lines.walk(product / "event-log-data" / "logs", (".log",), depth=2)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New events of a file; raises ``Unreadable``."""
    now, texts = lines.appended(file, cursor)
    events: list[DayTotal] = []
    problems: list[Problem] = []
    records = 0
    end = now.offset
    for line in texts:
        end = line.end
        if line.problem is None and not line.text.strip():
            continue
        records += 1
        told = None if line.problem else decoded(line.text)
        if isinstance(told, dict):
            events += _totals(told)
        else:
            reason = "not_json" if told is None else "bad_type"
            problems.append(line.problem or Problem(line.offset, reason))  # type: ignore[arg-type]
        if len(events) >= BATCH_EVENTS:
            done = Cursor(end, now.size, now.mtime_ns, now.head)
            yield Batch(tuple(events), done, tuple(problems), records, records - len(problems))
            events, problems, records = [], [], 0
    done = Cursor(end, now.size, now.mtime_ns, now.head)
    yield Batch(tuple(events), done, tuple(problems), records, records - len(problems))


def _totals(told: dict[str, object]) -> Iterator[DayTotal]:
    moment, name = number_at(told, "time"), text_at(told, "event", "id")
    if text_at(told, "group", "id") != GROUP or moment is None:
        return
    if name not in ("shown", "inline.shown"):
        return
    facts = at(told, "event", "data")
    request = at(facts, "request_id")
    known = isinstance(request, str | int) and not isinstance(request, bool)
    key = f"{text_at(told, 'session') or ''}/{request if known else moment}/{moment}"
    taken = text_at(facts, "finish_type") == "SELECTED" or text_at(facts, "decision") == "ACCEPT"
    times = min(number_at(told, "event", "count") or 1, MAX_LINES)
    counted = [number_at([count], 0) for count in list_at(facts, "lines")]
    size = min(sum(count or 0 for count in counted), MAX_LINES)
    whats: list[tuple[DayCount, int]] = [("shown", times)]
    whats += [("lines_shown", size * times)] if size else []
    whats += [("accepted", times)] if taken else []
    whats += [("lines_accepted", size * times)] if taken and size else []
    for what, count in whats:
        yield DayTotal(session="", key=f"{key}/{what}", at_ms=moment, what=what, count=count)


SOURCE = Source(
    key="jetbrains-ai",
    name="Completions in JetBrains editors",
    version=1,
    full=frozenset(),
    partly=frozenset({"S4"}),
    places=places,
    find=find,
    read=read,
    keeps_days=1,
    unsaid=(
        mark("Statistics are written only if you allow them, and are removed within hours."),
        mark("The chats of AI Assistant and Junie are in no form that can be read."),
        mark("Tokens are not written down."),
    ),
)

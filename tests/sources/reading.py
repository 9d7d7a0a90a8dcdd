"""Reads a made-up home as the pump would, with a plain twin of the archive's rules.

``read_home`` gives a ``Read``: the events of all files, merged.  ``summary`` counts them in
the shape of ``expected.json``.  ``steps`` feeds a file piece by piece, as it grew.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.shared import LOGS, shared
from tokenmirror.events import (
    AnyEvent,
    DayTotal,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    Usage,
)
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

EVERYWHERE = ("linux", "macos", "windows")
TOKENS = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}

Order = Callable[[list[LogFile]], Sequence[LogFile]]


@dataclass
class Read:
    """What reading gave: events as they came, and counts over all batches."""

    events: list[AnyEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def take(self, batch: Batch) -> None:
        self.events.extend(batch.events)
        self.problems.extend(batch.problems)
        self.records += batch.records
        self.understood += batch.understood
        self.unknown.update(batch.unknown)

    def rows(self, kind: type[msgspec.Struct]) -> list[AnyEvent]:
        """The rows of one table, sorted by key."""
        return [row for (name, _), row in sorted(self.merged().items()) if name == kind.__name__]

    def merged(self) -> dict[tuple[str, str], AnyEvent]:
        return merged(self.events)


def machine(home: Path, platforms: tuple[str, ...] = EVERYWHERE, **environ: str) -> Machine:
    """A made-up machine, as a copied home is read; ``environ`` are the tools' variables.

    The folders under ``work`` in its home are the work trees that are known.
    """
    trees = tuple(sorted(path for path in home.glob("work/*") if path.is_dir()))
    return Machine(home, platforms, environ, trees, named=(home,))  # type: ignore[arg-type]


def in_order(files: list[LogFile]) -> Sequence[LogFile]:
    return files


def read_home(source: Source, home: Path, order: Order = in_order) -> Read:
    """Everything that a source finds under a home folder, read in one go."""
    read = Read()
    for file in order(list(source.find(machine(home)))):
        read_file(source, file, read)
    return read


def read_file(source: Source, file: LogFile, read: Read, cursor: Cursor | None = None) -> Cursor:
    """Reads on from a cursor, and gives the cursor after it."""
    at = cursor or Cursor()
    try:
        for batch in source.read(file, at):
            check_batch(batch)
            read.take(batch)
            at = batch.cursor
    except Unreadable as gone:
        read.unreadable.append(gone.reason)
    return at


def check_batch(batch: Batch) -> None:
    """The limits that every batch keeps."""
    assert len(batch.events) <= 5_100, "a batch holds about 5 000 events"
    assert len(batch.cursor.state) <= 64 * 1024, "a cursor's state holds 64 KiB"
    assert batch.records >= batch.understood >= 0
    assert all(event.key for event in batch.events), "an event without a key"


# -- growth ----------------------------------------------------------------------------------


Cursors = dict[Path, tuple[LogFile, Cursor]]


def read_growing(source: Source, home: Path, cuts: Mapping[Path, Iterable[int]]) -> Read:
    """Reads a home whose files grow: each is cut at its offsets, and read after each step.

    ``cuts`` maps paths to rising offsets.  Other files are there in full from the start.
    The files are written, so ``home`` must be a copy.
    """
    whole = {path: path.read_bytes() for path in cuts}
    for path in cuts:
        path.write_bytes(b"")
    read, cursors = Read(), {}
    read_changed(source, home, read, cursors)
    for path, offsets in cuts.items():
        written = 0
        for offset in [*offsets, len(whole[path])]:
            with path.open("ab") as file:
                file.write(whole[path][written:offset])
            written = offset
            read_changed(source, home, read, cursors)
    return read


def read_changed(source: Source, home: Path, read: Read, cursors: Cursors) -> None:
    """Reads what changed since the last time, as the pump does."""
    for file in source.find(machine(home)):
        known = cursors.get(file.path)
        if known is None or _mark(known[0]) != _mark(file):
            cursor = read_file(source, file, read, known[1] if known else None)
            cursors[file.path] = (file, cursor)


def _mark(file: LogFile) -> tuple[int, int, int]:
    return file.size, file.mtime_ns, file.stamp


def record_ends(path: Path) -> list[int]:
    """Offsets after each line of a file."""
    ends, at = [], 0
    for line in path.read_bytes().splitlines(keepends=True):
        at += len(line)
        ends.append(at)
    return ends


# -- the archive's rules, in plain Python ----------------------------------------------------


def merged(events: Iterable[AnyEvent]) -> dict[tuple[str, str], AnyEvent]:
    """One row per kind and key, by the rules of ``store.upserts`` and ``store.copies``.

    A key that several sessions gave belongs to the one whose event is no copy, else to the
    one that ended first, else to the smaller id.
    """
    rows: dict[tuple[str, str], AnyEvent] = {}
    holders: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    ends: dict[str, int] = defaultdict(int)
    for event in events:
        key = type(event).__name__, event.key
        row = rows.get(key)
        rows[key] = event if row is None else _upsert(row, event)
        copied = holders[key].get(event.session, True)
        holders[key][event.session] = copied and event.copied
        ends[event.session] = max(ends[event.session], event.at_ms or 0)
    return {key: _owned(row, holders[key], ends) for key, row in rows.items()}


def _owned(row: AnyEvent, holders: dict[str, bool], ends: dict[str, int]) -> AnyEvent:
    copied, _, owner = min((copied, ends[name], name) for name, copied in holders.items())
    return msgspec.structs.replace(row, session=owner, copied=copied)


def _upsert(row: AnyEvent, event: AnyEvent) -> AnyEvent:
    match row, event:
        case Usage(), Usage():
            facts = _usage_facts(row, event)
        case Session(), Session():
            facts = _session_facts(row, event)
        case Prompt(), Prompt():
            facts = _filled(row, event, "at_ms", "turn", "attachments")
            facts |= {"removed": row.removed or event.removed}
            if _surer(event) > _surer(row):
                facts |= {"author": event.author, "basis": event.basis}
        case Turn(), Turn():
            facts = _span(row, event)
            if event.ended != "unknown" and row.ended not in ("interrupted", "error"):
                facts |= {"ended": event.ended}
        case Suggestion(), Suggestion():
            facts = _suggestion_facts(row, event)
        case ToolCall(), ToolCall():
            facts = _filled(row, event, "ok", "duration_ms", "turn") | _span(row, event)
            facts |= {"kind": event.kind if row.kind == "other" else row.kind}
            facts |= {"commits": row.commits or event.commits}
        case _:
            facts = {"count": max(row.count, event.count)}  # type: ignore[union-attr]
    return msgspec.structs.replace(row, **facts)


def _filled(row: AnyEvent, event: AnyEvent, *names: str) -> dict[str, object]:
    """What the row lacks, from the event."""
    return {name: getattr(event, name) for name in names if getattr(row, name) is None}


def _span(row: AnyEvent, event: AnyEvent) -> dict[str, object]:
    starts = [at for at in (row.at_ms, event.at_ms) if at is not None]
    ends = [getattr(each, "ended_ms", None) for each in (row, event)]
    facts: dict[str, object] = {"at_ms": min(starts, default=None)}
    if hasattr(row, "ended_ms"):
        facts["ended_ms"] = max((at for at in ends if at is not None), default=None)
    return facts


def _session_facts(row: Session, event: Session) -> dict[str, object]:
    facts = _filled(row, event, "folder", "parent", "relation") | _span(row, event)
    for name in ("branch", "tool_version", "utc_offset_min"):
        facts[name] = getattr(row, name) if getattr(event, name) is None else getattr(event, name)
    facts["entry"] = event.entry if row.entry == "unknown" else row.entry
    facts["mode"] = row.mode if event.mode == "unknown" else event.mode
    return facts


def _usage_facts(row: Usage, event: Usage) -> dict[str, object]:
    at = _span(row, event)
    if _weight(event) < _weight(row):
        return at
    facts = {name: getattr(event, name) for name in event.__struct_fields__}
    kept = {name: getattr(row, name) for name in ("model", "cost_nusd", "credits")}
    return facts | {name: value for name, value in kept.items() if facts[name] is None} | at


def _weight(use: Usage) -> tuple[int, ...]:
    output = -1 if use.output_tokens is None else use.output_tokens
    fresh = -1 if use.input_tokens is None else use.input_tokens
    return output, -use.output_at_least, fresh


def _surer(prompt: Prompt) -> int:
    return {"stated": 2, "inferred": 1}.get(prompt.basis, 0)


def _suggestion_facts(row: Suggestion, event: Suggestion) -> dict[str, object]:
    facts = _filled(row, event, "turn", "path") | _span(row, event)
    if _lines_rank(event) > _lines_rank(row):
        facts |= {name: getattr(event, name) for name in ("added", "removed", "whole")}
    later = (event.decided_ms or -1, event.decision) >= (row.decided_ms or -1, row.decision)
    if event.decision != "undecided" and (row.decision == "undecided" or later):
        facts |= {"path": event.path or row.path}
        for name in ("kind", "how", "basis", "decided_ms", "decision"):
            facts[name] = getattr(event, name)
    return facts


def _lines_rank(event: Suggestion) -> int:
    if not event.added and not event.removed:
        return -1
    return 0 if event.decision == "undecided" else max(1, event.decided_ms or 1)


# -- expected.json ---------------------------------------------------------------------------


def summary(read: Read) -> dict[str, object]:
    """The counts of ``expected.json``, of the merged rows."""
    rows = list(read.merged().values())
    prompts = [row for row in rows if isinstance(row, Prompt)]
    counts: dict[str, object] = {
        "sessions": sum(isinstance(row, Session) for row in rows),
        "prompts": {
            author: sum(p.author == author and not p.removed for p in prompts)
            for author in ("person", "program", "agent", "unknown")
        },
        "suggestions": _suggestions([row for row in rows if isinstance(row, Suggestion)]),
        "turns": dict(sorted(Counter(row.ended for row in rows if isinstance(row, Turn)).items())),
        "tool_calls": sum(isinstance(row, ToolCall) for row in rows),
        "tokens": _tokens([row for row in rows if isinstance(row, Usage)]),
        "problems": len(read.problems) + len(read.unreadable),
    }
    if any(p.removed for p in prompts):
        counts["prompts_removed"] = sum(p.removed for p in prompts)
    days = [row for row in rows if isinstance(row, DayTotal)]
    if days:
        totals: Counter[str] = Counter()
        for day in days:
            totals[day.what] += day.count
        counts["day_totals"] = dict(sorted(totals.items()))
    return counts


def _suggestions(rows: list[Suggestion]) -> list[dict[str, object]]:
    groups: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[row.kind, row.decision, row.how or ""].update(
            count=1, lines_added=len(row.added), lines_removed=len(row.removed)
        )
    return [
        {
            "kind": kind,
            "decision": decision,
            "how": how or None,
            "count": n["count"],
            "lines_added": n["lines_added"],
            "lines_removed": n["lines_removed"],
        }
        for (kind, decision, how), n in sorted(groups.items())
    ]


def _tokens(rows: list[Usage]) -> dict[str, dict[str, int | None]]:
    models: dict[str, list[Usage]] = defaultdict(list)
    for row in rows:
        models[row.model or "unknown"].append(row)
    return {model: _sums(uses) for model, uses in sorted(models.items())}


def _sums(uses: list[Usage]) -> dict[str, int | None]:
    sums = {name: _sum(getattr(use, attr) for use in uses) for name, attr in TOKENS.items()}
    writes = [_sum((use.cache_write_5m_tokens, use.cache_write_1h_tokens)) for use in uses]
    return {**sums, "cache_write": _sum(writes), "requests": len(uses)}


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


# -- cases -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A fixture: a home folder with what a right reader finds in it."""

    tool: str
    name: str
    expected: Mapping[str, object]
    folder: Path

    def home(self) -> Path:
        """Its home; the test is skipped where it lies in the shared folder and that is gone."""
        place = self.expected.get("home")
        return shared(str(place)) if place else self.folder / "home"

    def copied_to(self, folder: Path) -> Path:
        """A writable copy of its home, links included as they are."""
        shutil.copytree(self.home(), folder, symlinks=True, copy_function=shutil.copyfile)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        return folder

    def counts(self) -> dict[str, object]:
        return {name: value for name, value in self.expected.items() if name in COUNTED}


COUNTED = {
    "sessions",
    "prompts",
    "prompts_removed",
    "suggestions",
    "turns",
    "tool_calls",
    "tokens",
    "day_totals",
    "problems",
}


def cases(tool: str | None = None) -> Iterator[Case]:
    """All fixtures with an ``expected.json``, or those of one tool."""
    for file in sorted(LOGS.glob("*/*/expected.json")):
        if tool in (None, file.parent.parent.name):
            expected = json.loads(file.read_text())
            yield Case(file.parent.parent.name, file.parent.name, expected, file.parent)

"""Pi (pi-coding-agent) and OMP, which keeps the same files: a session as appended lines.

Places, the same on every system: ``$PI_CODING_AGENT_DIR`` or ``~/.pi/agent``, and
``~/.omp/agent``; in them ``sessions/<folder>/<time>_<session>.jsonl``.

Line 1 is the session (``cwd``, for a branch also its source), the others a tree of entries; read
are ``message`` (prompts, answers with tokens, calls and results) and ``model_change``.  A fork
repeats the entries of its source with their ids and times, so that both together are the key;
entries older than the fork itself are copies.

Pi asks nobody: what ran without a fault was applied.  Nothing tells who wrote a prompt.
``usage`` counts four kinds that do not overlap; hidden output is inside the output.  The cost
is Pi's own by its price list; 0 stands for a model that it has no price of.

Checked against logs of 0.73.1 with known truth in November 2026, and a session of early 2026
that another project made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror.events import AnyEvent, CallKind, Prompt, Session, Turn, TurnEnd, Usage
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.calls import Call, Edit, Verdict, arguments_of, replaced, told, written
from tokenmirror.sources.editors import at, dict_at, list_at, text_at, tokens_at
from tokenmirror.sources.records import Record, Tally, instant_ms
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

LOG = ".jsonl"
SKIPPED = frozenset(
    [
        *("thinking_level_change", "compaction", "branch_summary", "custom", "custom_message"),
        *("label", "session_info", "model_change"),
    ]
)
READS = frozenset(["read", "grep", "find", "ls", "fetch", "web_search"])
ENDS: dict[str, TurnEnd] = {
    "stop": "finished",
    "length": "finished",
    "aborted": "interrupted",
    "error": "error",
}
_RAN = re.compile(r"Command exited with code (-?\d+)|Command (?:aborted|timed out)")


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of all sessions."""
    named = machine.variable("PI_CODING_AGENT_DIR")
    homes = [named] if named else []
    homes += [machine.home / name / "agent" for name in (".pi", ".omp")]
    return tuple(dict.fromkeys(home / "sessions" for home in homes))


def find(machine: Machine) -> Iterator[LogFile]:
    """The log of each session."""
    for place in places(machine):
        yield from lines.walk(place, (LOG,), depth=2)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a session says.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    session = _Session(file.path)
    for offset, record in tally.objects(file.path):
        tally.record(offset, session.take(record, offset))
    after = Cursor(tally.end, start.size, start.mtime_ns, start.head)
    yield from tally.batches(session.finish(), start, after)


@dataclass(frozen=True)
class _Entry:
    """Where and when an entry stands; ``key`` is the same in every copy."""

    key: str
    at_ms: int | None
    copied: bool


@dataclass
class _Course:
    """How far a turn has come."""

    entry: _Entry
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"


@dataclass
class _Session:
    """The entries of one session, in order."""

    path: Path
    events: list[AnyEvent] = field(default_factory=list)
    turns: list[_Course] = field(default_factory=list)
    open: dict[str, Call] = field(default_factory=dict)
    parent: str | None = None
    folder: str | None = None
    started_ms: int | None = None
    latest_ms: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        self.session = _session_of(self.path.name)

    def take(self, record: Record, offset: int) -> str | None:
        """Reads one entry; gives its kind where that is not known."""
        kind = text_at(record, "type") or "without a type"
        at_ms = instant_ms(text_at(record, "timestamp"))
        if kind == "session":
            self._start(record, at_ms)
        elif kind == "message":
            self._message(record, offset, at_ms)
        elif kind not in SKIPPED:
            return kind
        self.seen = True
        if at_ms is not None:
            self.latest_ms = max(at_ms, self.latest_ms or 0)
        return None

    def _start(self, record: Record, at_ms: int | None) -> None:
        self.session = text_at(record, "id") or self.session
        self.folder = text_at(record, "cwd")
        self.started_ms = at_ms
        source = text_at(record, "parentSession") or text_at(record, "branchedFrom")
        self.parent = _session_of(source) if source else None

    def _message(self, record: Record, offset: int, at_ms: int | None) -> None:
        identity, time = text_at(record, "id"), text_at(record, "timestamp")
        key = f"{identity}/{time}" if identity and time else f"{self.session}@{offset}"
        older = None not in (at_ms, self.started_ms) and (at_ms or 0) < (self.started_ms or 0)
        entry = _Entry(key, at_ms, copied=self.parent is not None and older)
        said = dict_at(record, "message")
        role = text_at(said, "role")
        if role == "user":
            self._prompt(said, entry)
        elif role == "assistant":
            self._answer(said, entry)
        elif role == "toolResult":
            self._result(said, entry)

    def _prompt(self, said: Record, entry: _Entry) -> None:
        content = said.get("content")
        parts = content if isinstance(content, list) else []
        texts = [content] if isinstance(content, str) else [text_at(p, "text") for p in parts]
        self.turns.append(_Course(entry))
        self.events.append(
            Prompt(
                session=self.session,
                key=entry.key,
                at_ms=entry.at_ms,
                copied=entry.copied,
                text="\n".join(filter(None, texts)),
                attachments=sum(text_at(part, "type") != "text" for part in parts),
                turn=entry.key,
            )
        )

    def _answer(self, said: Record, entry: _Entry) -> None:
        if self.turns:
            course = self.turns[-1]
            course.ended = ENDS.get(text_at(said, "stopReason") or "", "unknown")
            course.ended_ms = entry.at_ms
        self._use(said, entry)
        parts = list_at(said, "content")
        called = [part for part in parts if text_at(part, "type") == "toolCall"]
        for number, part in enumerate(called):
            self._call(part, number, entry)

    def _use(self, said: Record, entry: _Entry) -> None:
        used = dict_at(said, "usage")
        names = ("input", "cacheRead", "cacheWrite", "output")
        fresh, cached, made, output = (tokens_at(used, name) for name in names)
        if not any((fresh, cached, made, output)):  # an answer that was cut off
            return
        cost = at(used, "cost", "total")
        priced = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 < cost < 1e6
        self.events.append(
            Usage(
                session=self.session,
                key=entry.key,
                at_ms=entry.at_ms,
                copied=entry.copied,
                model=text_at(said, "model"),
                input_tokens=fresh,
                cache_read_tokens=cached,
                cache_write_5m_tokens=made,
                output_tokens=output,
                cost_nusd=round(float(cost) * 1e9) if priced else None,  # type: ignore[arg-type]
            )
        )

    def _call(self, part: object, number: int, entry: _Entry) -> None:
        key = f"{entry.key}/{number}"
        identity, name = text_at(part, "id") or key, text_at(part, "name") or "other"
        given, args = arguments_of(at(part, "arguments"))
        if identity in self.open:
            self.events.extend(told(self.open.pop(identity), Verdict()))
        kind: CallKind = "read" if name in READS else "other"
        self.open[identity] = Call(
            session=self.session,
            key=key,
            at_ms=entry.at_ms,
            name=name,
            turn=self.turns[-1].entry.key if self.turns else None,
            kind=kind,
            args=args,
            edits=_edits(name, given),
            command=text_at(given, "command") if name == "bash" else None,
            copied=entry.copied,
        )

    def _result(self, said: Record, entry: _Entry) -> None:
        call = self.open.pop(text_at(said, "toolCallId") or "", None)
        if call is None:
            return
        failed = said.get("isError") is True
        output = "\n".join(filter(None, (text_at(p, "text") for p in list_at(said, "content"))))
        ran = not failed or (call.command is not None and _RAN.search(output[-300:]) is not None)
        verdict = Verdict("failed", ok=False)
        if ran:
            verdict = Verdict("accepted", "applied", ok=not failed, output=output)
        self.events.extend(told(call, replace(verdict, at_ms=entry.at_ms)))

    def finish(self) -> list[AnyEvent]:
        """All events; none where nothing was understood."""
        if not self.seen:
            return []
        for call in self.open.values():
            self.events.extend(told(call, Verdict()))
        facts = Session(
            session=self.session,
            key=self.session,
            at_ms=self.started_ms,
            folder=self.folder,
            mode="auto_all",
            parent=self.parent,
            relation="fork" if self.parent else None,
            ended_ms=self.latest_ms,
        )
        turns = [
            Turn(
                session=self.session,
                key=turn.entry.key,
                at_ms=turn.entry.at_ms,
                copied=turn.entry.copied,
                ended_ms=turn.ended_ms,
                ended=turn.ended,
            )
            for turn in self.turns
        ]
        return [facts, *self.events, *turns]


def _session_of(name: str) -> str:
    """A session's id in the name or path of its file: what stands behind the time."""
    return re.split(r"[/\\]", name)[-1].removesuffix(LOG).rsplit("_", 1)[-1]


def _edits(name: str, given: Record) -> tuple[Edit, ...]:
    path = text_at(given, "path")
    if name == "write":
        text = text_at(given, "content")
        return () if text is None else (written(path, text),)
    if name != "edit":
        return ()
    parts = list_at(given, "edits") or [given]
    pairs = [
        (old, new)
        for old, new in ((text_at(p, "oldText"), text_at(p, "newText")) for p in parts)
        if old is not None and new is not None
    ]
    return (replaced(path, pairs),) if pairs else ()


SOURCE = Source(
    key="pi",
    name="Pi",
    version=1,
    full=frozenset({"S2", "S3", "S5", "S6"}),
    partly=frozenset({"S1", "S4", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether a prompt was typed or given by a program is not written down."),
        mark("Pi asks nobody before it edits, so there are no decisions, only what was applied."),
        mark("Hidden reasoning is counted inside the output, not apart."),
        mark("The branch is not written down."),
    ),
)

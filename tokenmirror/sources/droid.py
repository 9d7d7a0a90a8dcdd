"""Factory Droid: sessions as appended lines, with the totals of each in a file beside it.

Places, the same on every system: ``~/.factory/sessions/<folder>/<session>.jsonl`` (older builds
without the folder) and ``<session>.settings.json``.  ``~/.factory/settings.json`` holds keys
and is not read, so that a model of one's own stays under its alias (``custom:…``).

Read: ``session_start``, ``message`` (prompts, calls, results, by blocks) and
``agent_turn_outcome``.  A prompt is a text of role ``user`` without ``visibility`` whose id
does not begin with ``context-`` or ``__internal__``; of several texts the first was entered,
the others are attached files.  Ids are the log's own.

``droid exec`` leaves the tag ``exec`` in the settings: its prompts are a program's, stated for
the session; tags without that one stand for a terminal, which is inferred.  Who let an edit
through is not on record, only the level of autonomy as it was last.  Tokens are totals of a
session (``inclusiveTokenUsage`` and ``lastCallTokenUsage`` repeat them); a hidden part of 0
means that the server did not tell it.

Checked against logs of 0.215.0 (``droid exec`` only) with known truth in November 2026, and a
session of January 2026 that another project recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Entry,
    Mode,
    Prompt,
    Session,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.calls import (
    Call,
    Edit,
    Verdict,
    arguments_of,
    patched,
    replaced,
    told,
    written,
)
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    list_at,
    number_at,
    text_at,
    tokens_at,
)
from tokenmirror.sources.records import Record, Tally, instant_ms
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

LOG = ".jsonl"
SKIPPED = frozenset(["todo_state", "compaction_state"])
READS = frozenset(["Read", "LS", "Grep", "Glob", "WebSearch", "FetchUrl", "ToolSearch"])
MODES: dict[str, Mode] = {
    "auto-low": "auto_edits",
    "auto-medium": "auto_edits",
    "auto-high": "auto_all",
    "spec": "plan",
    "normal": "ask",
}
ENDS: dict[str, TurnEnd] = {
    "completed": "finished",
    "interrupted": "interrupted",
    "cancelled": "interrupted",
    "aborted": "interrupted",
    "error": "error",
    "failed": "error",
}
_EXIT = re.compile(r"\[Process exited with code (-?\d+)\]\s*\Z")
_HIDDEN_IDS = ("context-", "__internal__")


def places(machine: Machine) -> tuple[Path, ...]:
    """The folder of all sessions."""
    return (machine.home / ".factory" / "sessions",)


def find(machine: Machine) -> Iterator[LogFile]:
    """The log of each session, with its settings."""
    for place in places(machine):
        for file in lines.walk(place, (LOG,), depth=3):
            yield lines.log_file(file.path, _settings(file.path)) or file


def _settings(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(LOG) + ".settings.json")


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a session says.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    session = _Session(file.path)
    for offset, record in tally.objects(file.path):
        tally.record(offset, session.take(record, offset))
    after = Cursor(tally.end, start.size, start.mtime_ns, start.head)
    yield from tally.batches(session.finish(), start, after)


@dataclass
class _Course:
    """How far a turn has come; ``last`` is what was seen of it last."""

    key: str
    started_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    last: str = "prompt"


@dataclass
class _Session:
    """The records of one session, in order."""

    path: Path
    events: list[AnyEvent] = field(default_factory=list)
    turns: list[_Course] = field(default_factory=list)
    open: dict[str, Call] = field(default_factory=dict)
    folder: str | None = None
    model: str | None = None
    first_ms: int | None = None
    latest_ms: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        self.session = self.path.name.removesuffix(LOG)
        self.settings = document(_settings(self.path), lines.MAX_DOCUMENT_BYTES)
        tags = at(self.settings, "tags")
        named = [text_at(tag, "name") for tag in list_at(tags)]
        self.is_exec = "exec" in named
        self.is_typed = isinstance(tags, list) and not self.is_exec  # older builds had no tags
        self.autonomy = text_at(self.settings, "autonomyMode") or ""

    def take(self, record: Record, offset: int) -> str | None:
        """Reads one record; gives its kind where that is not known."""
        kind = text_at(record, "type") or "without a type"
        if kind not in _TAKES and kind not in SKIPPED:
            return kind
        self.seen = True
        at_ms = instant_ms(text_at(record, "timestamp"))
        if at_ms is not None:
            self.first_ms = at_ms if self.first_ms is None else min(at_ms, self.first_ms)
            self.latest_ms = max(at_ms, self.latest_ms or 0)
        if kind in _TAKES:
            _TAKES[kind](self, record, offset, at_ms)
        return None

    def start(self, record: Record, _offset: int, _at_ms: int | None) -> None:
        """The session's own line."""
        self.session = text_at(record, "id") or self.session
        self.folder = text_at(record, "cwd") or self.folder

    def outcome(self, record: Record, _offset: int, _at_ms: int | None) -> None:
        """The end of a turn."""
        turn = text_at(record, "turnId")
        for course in self.turns:
            if course.key == turn:
                course.ended = ENDS.get(text_at(record, "reason") or "", "unknown")
                course.ended_ms = self.latest_ms

    def message(self, record: Record, offset: int, at_ms: int | None) -> None:
        """A prompt, an answer, or results of calls."""
        said = dict_at(record, "message")
        place = text_at(record, "id") or f"{self.session}@{offset}"
        content = said.get("content")
        blocks = content if isinstance(content, list) else []
        results = [block for block in blocks if text_at(block, "type") == "tool_result"]
        for block in results:
            self._result(block, at_ms)
        if text_at(said, "role") == "assistant":
            self._answer(said, blocks, place, at_ms)
        elif text_at(said, "role") == "user" and not results:
            hidden = record.get("visibility") or said.get("visibility")
            if not hidden and not place.startswith(_HIDDEN_IDS):
                self._prompt(content, blocks, place, at_ms)

    def _prompt(self, content: object, blocks: list[object], place: str, at_ms: int | None) -> None:
        texts = [text for text in (text_at(block, "text") for block in blocks) if text is not None]
        text = content if isinstance(content, str) else next(iter(texts), "")
        if not text:
            return
        self.turns.append(_Course(place, at_ms))
        author: Author = "program" if self.is_exec else "unknown"
        basis: Basis = "stated" if self.is_exec else "unknown"
        if self.is_typed:
            author, basis = "person", "inferred"
        self.events.append(
            Prompt(
                session=self.session,
                key=place,
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=max(0, len(blocks) - 1),
                turn=place,
            )
        )

    def _answer(self, said: Record, blocks: list[object], place: str, at_ms: int | None) -> None:
        self.model = text_at(said, "modelId") or self.model
        called = [block for block in blocks if text_at(block, "type") == "tool_use"]
        for number, block in enumerate(called):
            self._call(block, f"{place}/{number}", at_ms)
        if self.turns:
            self.turns[-1].last = "call" if called else "answer"
            self.turns[-1].ended_ms = at_ms

    def _call(self, block: object, place: str, at_ms: int | None) -> None:
        identity, name = text_at(block, "id") or place, text_at(block, "name") or "other"
        given, args = arguments_of(at(block, "input"))
        if identity in self.open:
            self.events.extend(told(self.open.pop(identity), Verdict()))
        kind: CallKind = "read" if name in READS else "other"
        self.open[identity] = Call(
            session=self.session,
            key=place,
            at_ms=at_ms,
            name=name,
            turn=self.turns[-1].key if self.turns else None,
            kind=kind,
            args=args,
            edits=_edits(name, given),
            command=text_at(given, "command") if name == "Execute" else None,
        )

    def _result(self, block: object, at_ms: int | None) -> None:
        call = self.open.pop(text_at(block, "tool_use_id") or "", None)
        if call is None:
            return
        said = _said(at(block, "content"))
        failed = at(block, "is_error") is True
        if call.command is not None:
            found = _EXIT.search(said[-200:])
            verdict = Verdict("failed", ok=False)
            if found is not None or not failed:
                ok = found[1] == "0" if found is not None else True
                verdict = self._accepted(Verdict(ok=ok, output=said), everything=True)
        else:
            result = decoded(said.encode("utf-8", "replace")) if call.edits else None
            failed = failed or at(result, "success") is False
            shown = list_at(result, "diffLines")
            if shown and len(call.edits) == 1:
                call = replace(call, edits=(_as_shown(call.edits[0], shown),))
            verdict = Verdict("failed", ok=False)
            if not failed:
                verdict = self._accepted(Verdict(ok=True), everything=False)
        self.events.extend(told(call, replace(verdict, at_ms=at_ms)))

    def _accepted(self, verdict: Verdict, *, everything: bool) -> Verdict:
        """How a call was let through, by the level of autonomy; exec asks nobody."""
        free = self.autonomy == "auto-high" if everything else self.autonomy.startswith("auto-")
        if self.is_exec or free:
            return replace(verdict, decision="accepted", how="allowed", basis="inferred")
        return replace(verdict, decision="accepted", how="applied")

    def finish(self) -> list[AnyEvent]:
        """All events; none where nothing was understood."""
        if not self.seen:
            return []
        for call in self.open.values():
            self.events.extend(told(call, Verdict()))
        entry: Entry = "headless" if self.is_exec else "unknown"
        if self.is_typed:
            entry = "interactive"
        facts = Session(
            session=self.session,
            key=self.session,
            at_ms=self.first_ms,
            folder=self.folder,
            entry=entry,
            mode=MODES.get(self.autonomy, "unknown"),
            ended_ms=self.latest_ms,
        )
        turns = [
            Turn(
                session=self.session,
                key=turn.key,
                at_ms=turn.started_ms,
                ended_ms=turn.ended_ms,
                ended="finished"
                if (turn.ended, turn.last) == ("unknown", "answer")
                else turn.ended,
            )
            for turn in self.turns
        ]
        return [facts, *self.events, *turns, *self._usage()]

    def _usage(self) -> Iterator[Usage]:
        used = dict_at(self.settings, "tokenUsage")
        names = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
        fresh, cached, made, output = (tokens_at(used, name) for name in names)
        if not any((fresh, cached, made, output)):
            return
        spent = used.get("factoryCredits")
        counted = isinstance(spent, int | float) and not isinstance(spent, bool)
        yield Usage(
            session=self.session,
            key=self.session,
            at_ms=self.latest_ms,
            model=self.model or text_at(self.settings, "model"),
            input_tokens=fresh,
            cache_read_tokens=cached,
            cache_write_5m_tokens=made,
            output_tokens=output,
            reasoning_tokens=number_at(used, "thinkingTokens") or None,
            credits=float(spent) if counted and 0 < spent < 1e12 else None,  # type: ignore[operator, arg-type]
        )


_TAKES: dict[str, Callable[[_Session, Record, int, int | None], None]] = {
    "session_start": _Session.start,
    "message": _Session.message,
    "agent_turn_outcome": _Session.outcome,
}


def _edits(name: str, given: Record) -> tuple[Edit, ...]:
    path = text_at(given, "file_path")
    if name == "ApplyPatch":
        return patched(text_at(given, "input") or text_at(given, "patch") or "")
    if name == "Create":
        text = text_at(given, "content")
        return () if text is None else (written(path, text),)
    if name not in ("Edit", "MultiEdit"):
        return ()
    parts = list_at(given, "edits") or list_at(given, "changes") or [given]
    pairs = [
        (old, new)
        for old, new in ((text_at(p, "old_str"), text_at(p, "new_str")) for p in parts)
        if old is not None and new is not None
    ]
    return (replaced(path, pairs),) if pairs else ()


def _as_shown(edit: Edit, shown: list[object]) -> Edit:
    """An edit with the lines that the tool itself found changed."""
    changed: dict[str, list[str]] = {"added": [], "removed": []}
    for line in shown:
        changed.get(text_at(line, "type") or "", []).append(text_at(line, "content") or "")
    if not changed["added"] and not changed["removed"]:
        return edit
    return replace(edit, added=tuple(changed["added"]), removed=tuple(changed["removed"]))


def _said(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(text for text in (text_at(part, "text") for part in parts) if text)


SOURCE = Source(
    key="droid",
    name="Factory Droid",
    version=1,
    full=frozenset({"S1", "S3", "S5"}),
    partly=frozenset({"S2", "S4", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Tokens are kept as one total per session, not per answer."),
        mark("Who let an edit through is not written down, only the level of autonomy."),
        mark("The branch and the cost are not written down."),
    ),
)

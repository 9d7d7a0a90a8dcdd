"""Kimi CLI: the log of one session, or of one of its sub-agents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Mode,
    Prompt,
    Session,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources import lines
from tokenmirror.sources.calls import Call, Edit, Verdict, arguments_of, replaced, told, written
from tokenmirror.sources.changes import text_lines
from tokenmirror.sources.editors import at, dict_at, document, list_at, text_at, tokens_at
from tokenmirror.sources.kimi.typed import entry_of, typed_texts
from tokenmirror.sources.records import Record, Tally, seconds_ms
from tokenmirror.sources.source import Batch, Cursor, LogFile

SKIPPED = frozenset(
    [
        *("metadata", "ContentPart", "ToolCallPart", "ToolCallRequest", "SubagentEvent"),
        *("StepRetry", "CompactionBegin", "CompactionEnd", "MCPLoadingBegin", "MCPLoadingEnd"),
        *("QuestionRequest", "QuestionResponse", "Notification", "PlanDisplay"),
        *("HookTriggered", "HookResolved", "HookRequest", "BtwBegin", "BtwEnd"),
    ]
)
READS = frozenset(["ReadFile", "Grep", "Glob", "ReadMediaFile", "FetchURL", "SearchWeb"])
SHELLS = ("Shell", "Bash", "CMD")


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a log says.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    wire = _Wire(file.path)
    for offset, record in tally.objects(file.path):
        tally.record(offset, wire.take(record, offset))
    after = Cursor(tally.end, start.size, start.mtime_ns, start.head)
    yield from tally.batches(wire.finish(), start, after)


@dataclass
class _Course:
    """How far a turn has come."""

    key: str
    started_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    step_open: bool = False
    refused: bool = False


@dataclass
class _Wire:
    """The records of one log, in order."""

    path: Path
    events: list[AnyEvent] = field(default_factory=list)
    turns: list[_Course] = field(default_factory=list)
    open: dict[str, Call] = field(default_factory=dict)
    asked_for: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    authors: set[Author] = field(default_factory=set)
    latest_ms: int | None = None
    first_ms: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        self.is_main = self.path.parent.parent.name != "subagents"
        folder = self.path.parent if self.is_main else self.path.parents[2]
        self.session = folder.name
        self.agent = "main" if self.is_main else self.path.parent.name
        self.state = document(folder / "state.json", lines.MAX_DOCUMENT_BYTES)
        home = next((up.parent for up in folder.parents if up.name == "sessions"), None)
        self.folder = _work_folder(home, folder.parent.name) if home else None
        self.typed = typed_texts(home, folder.parent.name) if home else None
        self.asks_nobody = any(at(self.state, "approval", name) is True for name in ("yolo", "afk"))

    def take(self, record: Record, offset: int) -> str | None:
        """Reads one record; gives its kind where that is not known."""
        kind = text_at(record, "message", "type") or text_at(record, "type") or "without a type"
        if kind not in _TAKES and kind not in SKIPPED:
            return kind
        self.seen = True
        at_ms = seconds_ms(record.get("timestamp"))
        if at_ms is not None:
            self.first_ms = at_ms if self.first_ms is None else min(at_ms, self.first_ms)
            self.latest_ms = max(at_ms, self.latest_ms or 0)
        if kind in _TAKES:
            _TAKES[kind](self, dict_at(record, "message", "payload"), offset, at_ms)
        return None

    @property
    def course(self) -> _Course | None:
        """The turn under way."""
        return self.turns[-1] if self.turns else None

    def begin(self, payload: Record, offset: int, at_ms: int | None) -> None:
        """A prompt, or the task of a sub-agent."""
        self.turns.append(_Course(f"{self.session}/{self.agent}@{offset}", at_ms))
        self.steer(payload, offset, at_ms)

    def steer(self, payload: Record, offset: int, at_ms: int | None) -> None:
        """A prompt, also one that was sent into a running turn."""
        if not self.is_main:
            return
        said = payload.get("user_input")
        parts = list_at(payload, "user_input")
        texts = [said] if isinstance(said, str) else [text_at(part, "text") for part in parts]
        text = "\n".join(filter(None, texts))
        author, basis = self._author(said, text)
        self.authors.add(author)
        self.events.append(
            Prompt(
                session=self.session,
                key=f"{self.session}/{self.agent}@{offset}",
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=sum(text_at(part, "type") != "text" for part in parts),
                turn=self.course.key if self.course else None,
            )
        )

    def step(self, _payload: Record, _offset: int, _at_ms: int | None) -> None:
        """A request to the model begins, or was broken off."""
        if self.course is not None:
            self.course.step_open = True

    def ask(self, payload: Record, _offset: int, _at_ms: int | None) -> None:
        """A question that older builds kept."""
        self.asked_for[text_at(payload, "id") or ""] = text_at(payload, "tool_call_id") or ""

    def answer(self, payload: Record, _offset: int, _at_ms: int | None) -> None:
        """The answer to it."""
        call = self.asked_for.pop(text_at(payload, "request_id") or "", "")
        self.answers[call] = text_at(payload, "response") or ""

    def _author(self, said: object, text: str) -> tuple[Author, Basis]:
        """A prompt that was typed is a list of parts; the history of inputs agrees."""
        if isinstance(said, list) or (self.typed is not None and text.strip() in self.typed):
            return "person", "inferred"
        return ("program", "inferred") if isinstance(said, str) else ("unknown", "unknown")

    def status(self, payload: Record, offset: int, at_ms: int | None) -> None:
        """The end of a request, with its tokens."""
        used = payload.get("token_usage")
        if not isinstance(used, dict):
            return
        if self.course is not None:
            self.course.step_open = False
        names = ("input_other", "input_cache_read", "input_cache_creation", "output")
        fresh, cached, made, output = (tokens_at(used, name) for name in names)
        if not any((fresh, cached, made, output)):
            return
        identity = text_at(payload, "message_id") or f"@{offset}"
        self.events.append(
            Usage(
                session=self.session,
                key=f"{self.session}/{self.agent}/{identity}",
                at_ms=at_ms,
                input_tokens=fresh,
                cache_read_tokens=cached,
                cache_write_5m_tokens=made,
                output_tokens=output,
            )
        )

    def end(self, _payload: Record, _offset: int, at_ms: int | None) -> None:
        """The end of a turn; a request that was broken off leaves no other mark."""
        course = self.course
        if course is None:
            return
        course.ended_ms = at_ms
        if course.refused:
            course.ended = "asked"
        else:
            course.ended = "interrupted" if course.step_open else "finished"

    def call(self, payload: Record, offset: int, at_ms: int | None) -> None:
        """A call of a tool."""
        course = self.course
        identity = text_at(payload, "id") or f"@{offset}"
        name = text_at(payload, "function", "name") or "other"
        given, args = arguments_of(at(payload, "function", "arguments"))
        kind: CallKind = "read" if name in READS else "other"
        if identity in self.open:
            self.events.extend(told(self.open.pop(identity), Verdict()))
        if course is not None:
            course.refused = False
        self.open[identity] = Call(
            session=self.session,
            key=f"{self.session}/{self.agent}@{offset}",
            at_ms=at_ms,
            name=name,
            turn=course.key if course is not None and self.is_main else None,
            kind=kind,
            args=args,
            edits=_edits(name, given),
            command=text_at(given, "command") if name in SHELLS else None,
        )

    def result(self, payload: Record, _offset: int, at_ms: int | None) -> None:
        """What came back from it."""
        identity = text_at(payload, "tool_call_id") or ""
        call = self.open.pop(identity, None)
        if call is None:
            return
        value = dict_at(payload, "return_value")
        verdict = _verdict(call, value, self.answers.get(identity), self.asks_nobody)
        if self.course is not None and verdict.decision == "rejected":
            self.course.refused = True
        if call.edits and call.name == "WriteFile" and verdict.decision == "accepted":
            call = replace(call, edits=_shown(call.edits, value))
        self.events.extend(told(call, replace(verdict, at_ms=at_ms)))

    def finish(self) -> list[AnyEvent]:
        """All events; none where nothing was understood."""
        if not self.seen:
            return []
        for call in self.open.values():
            self.events.extend(told(call, Verdict()))
        mode: Mode = "auto_all" if self.asks_nobody else "unknown"
        if at(self.state, "plan_mode") is True:
            mode = "plan"
        facts = Session(
            session=self.session,
            key=self.session,
            at_ms=self.first_ms if self.is_main else None,
            folder=self.folder,
            entry=entry_of(self.authors),
            mode=mode,
            ended_ms=self.latest_ms,
        )
        turns = [
            Turn(
                session=self.session,
                key=turn.key,
                at_ms=turn.started_ms,
                ended_ms=turn.ended_ms,
                ended=turn.ended,
            )
            for turn in (self.turns if self.is_main else ())
        ]
        return [facts, *self.events, *turns]


_TAKES: dict[str, Callable[[_Wire, Record, int, int | None], None]] = {
    "TurnBegin": _Wire.begin,
    "TurnEnd": _Wire.end,
    "SteerInput": _Wire.steer,
    "StepBegin": _Wire.step,
    "StepInterrupted": _Wire.step,
    "StatusUpdate": _Wire.status,
    "ToolCall": _Wire.call,
    "ToolResult": _Wire.result,
    "ApprovalRequest": _Wire.ask,
    "ApprovalResponse": _Wire.answer,
    "ApprovalRequestResolved": _Wire.answer,
}


def _edits(name: str, given: Record) -> tuple[Edit, ...]:
    path = text_at(given, "path")
    if name == "StrReplaceFile":
        edit = given.get("edit")
        several = edit if isinstance(edit, list) else [edit]
        pairs = [
            (old, new)
            for old, new in ((text_at(e, "old"), text_at(e, "new")) for e in several)
            if old is not None and new is not None
        ]
        return (replaced(path, pairs),) if pairs else ()
    text = text_at(given, "content")
    if name != "WriteFile" or text is None:
        return ()
    if text_at(given, "mode") == "append":
        return (Edit(path, tuple(text_lines(text))),)
    return (written(path, text),)


def _shown(edits: tuple[Edit, ...], value: Record) -> tuple[Edit, ...]:
    """What a written file changed, from the differences that were shown for it."""
    shown = [part for part in list_at(value, "display") if text_at(part, "type") == "diff"]
    pairs = [
        (old, new)
        for old, new in ((text_at(p, "old_text"), text_at(p, "new_text")) for p in shown)
        if old is not None and new is not None
    ]
    whole = len(pairs) == len(shown) and not any(at(p, "is_summary") is True for p in shown)
    if not whole or not any(old for old, _ in pairs):
        return edits  # a new file, or nothing exact to go by
    return (replaced(edits[0].path, pairs),)


def _verdict(call: Call, value: Record, answer: str | None, asks_nobody: bool) -> Verdict:
    """What became of a call; builds before 1.5 also kept the answers to questions."""
    failed = value.get("is_error") is True
    said = text_at(value, "message") or ""
    printed = text_at(value, "output") or ""
    if (answer or "").startswith("reject") or (failed and "rejected by the user" in said):
        return Verdict("rejected", "chosen", "stated")
    ran = call.command is not None and ("exit code" in said or "timeout" in said)
    if failed and not ran:
        return Verdict("failed", ok=False)
    done = Verdict("accepted", "applied", ok=not failed, output=printed)
    if (answer or "").startswith("approve"):
        return replace(done, how="chosen", basis="stated")
    return replace(done, how="allowed", basis="inferred") if asks_nobody else done


def _work_folder(home: Path, digest: str) -> str | None:
    """The folder whose path has this MD5, of those that the program lists."""
    listed = document(home / "kimi.json", lines.MAX_DOCUMENT_BYTES)
    for entry in list_at(listed, "work_dirs"):
        path = text_at(entry, "path")
        if path is None:
            continue
        md5 = hashlib.md5(path.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        if digest == md5 or digest.endswith(f"_{md5}"):  # another machine's stands in front
            return path
    return None

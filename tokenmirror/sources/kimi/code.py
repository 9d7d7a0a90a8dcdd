"""Kimi Code: the log of one agent of a session."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Author,
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
from tokenmirror.sources.editors import (
    at,
    dict_at,
    document,
    list_at,
    number_at,
    text_at,
    tokens_at,
)
from tokenmirror.sources.kimi.typed import author_of, entry_of, typed_texts
from tokenmirror.sources.records import Record, Tally
from tokenmirror.sources.source import Batch, Cursor, LogFile

MAIN = "main"
LOOP = "context.append_loop_event"
SKIPPED = frozenset(
    [
        *("metadata", "runtime.set_binding", "profile.bind", "plugin.session_start"),
        *("context.append_message", "agent.message.appended"),
        *("agent.turn.started", "agent.turn.ended", "turn.cancel"),
        *("turn.step.interrupted", "turn.step.retrying", "prompt.completed", "prompt.aborted"),
        *("llm.tools_snapshot", "token_counting.measured", "token_counting.turn_recorded"),
        *("file_history.checkpoint", "interaction.request", "interaction.resolved"),
        *("subagent.spawned", "subagent.started", "subagent.completed"),
    ]
)
LOOP_KINDS = frozenset(["step.begin", "step.end", "content.part", "tool.call", "tool.result"])
READS = frozenset(["Read", "Grep", "Glob", "ReadMediaFile", "FetchURL", "WebSearch"])
MODES: dict[str, Mode] = {"manual": "ask", "auto": "auto_all", "yolo": "auto_all", "plan": "plan"}
ENDS: dict[str, TurnEnd] = {
    "completed": "finished",
    "cancelled": "interrupted",
    "failed": "error",
    "error": "error",
}
_RAN = ("Command failed with exit code", "timed out", "timeout")


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What an agent's log says.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    agent = _Agent(file.path)
    for offset, record in tally.objects(file.path):
        tally.record(offset, agent.take(record, offset))
    after = Cursor(tally.end, start.size, start.mtime_ns, start.head)
    yield from tally.batches(agent.finish(), start, after)


@dataclass
class _Agent:
    """The records of one log, in order."""

    path: Path
    events: list[AnyEvent] = field(default_factory=list)
    turns: dict[str, Turn] = field(default_factory=dict)
    open: dict[str, Call] = field(default_factory=dict)
    answers: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    exists: dict[str, bool] = field(default_factory=dict)
    authors: set[Author] = field(default_factory=set)
    mode: Mode = "unknown"
    model: str | None = None
    turn: str | None = None
    latest_ms: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        self.agent = self.path.parent.name
        folder = self.path.parents[2]
        self.facts = document(folder / "state.json", lines.MAX_DOCUMENT_BYTES)
        self.session = text_at(self.facts, "id") or folder.name
        self.cwd = text_at(self.facts, "cwd")
        self.is_main = self.agent == MAIN
        home = next((up.parent for up in folder.parents if up.name == "sessions"), None)
        self.typed = typed_texts(home, _md5(self.cwd)) if home and self.cwd else None
        self.copied_until_ms = _older_until_ms(home, folder.name) if home else None

    def take(self, record: Record, offset: int) -> str | None:
        """Reads one record; gives its kind where that is not known."""
        kind = text_at(record, "type") or "without a type"
        at_ms = number_at(record, "time")
        if kind == LOOP:
            unknown = self._loop(dict_at(record, "event"), offset, at_ms)
        elif kind in _TAKES:
            _TAKES[kind](self, record, offset, at_ms)
            unknown = None
        else:
            unknown = None if kind in SKIPPED else kind
        if unknown is None:
            self.seen = True
            self.latest_ms = max(filter(None, (at_ms, self.latest_ms)), default=None)
        return unknown

    def prompt(self, record: Record, offset: int, at_ms: int | None) -> None:
        """What begins a turn: a prompt, or the task of a sub-agent."""
        key = self._key(record, offset)
        self.turn = key if self._is_typed(record) else None
        if self.turn is not None:
            self.turns[key] = Turn(session=self.session, key=key, at_ms=at_ms)
            self.steer(record, offset, at_ms)

    def steer(self, record: Record, offset: int, at_ms: int | None) -> None:
        """A prompt, also one that was sent into a running turn."""
        if not self._is_typed(record):
            return
        parts = list_at(record, "input")
        text = "\n".join(filter(None, (text_at(part, "text") for part in parts)))
        author, basis = author_of(text, self.typed)
        self.authors.add(author)
        self.events.append(
            Prompt(
                session=self.session,
                key=self._key(record, offset),
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=sum(text_at(part, "type") != "text" for part in parts),
                turn=self.turn,
            )
        )

    def _key(self, record: Record, offset: int) -> str:
        return text_at(record, "promptId") or f"{self.session}/{self.agent}@{offset}"

    def _is_typed(self, record: Record) -> bool:
        return self.is_main and text_at(record, "origin", "kind") == "user"

    def request(self, record: Record, _offset: int, _at_ms: int | None) -> None:
        """A request, which names the model that others call by an alias."""
        self.model = text_at(record, "model") or self.model

    def permit(self, record: Record, _offset: int, _at_ms: int | None) -> None:
        """How much is asked for from now on."""
        self.mode = MODES.get(text_at(record, "mode") or "", "unknown")

    def answer(self, record: Record, _offset: int, at_ms: int | None) -> None:
        """What a person answered; the call itself comes behind."""
        said = text_at(record, "result", "decision") or ""
        self.answers[text_at(record, "toolCallId") or ""] = (said, at_ms)

    def track(self, record: Record, _offset: int, _at_ms: int | None) -> None:
        """Whether a file was there before it was changed first."""
        tracked = text_at(record, "path")
        if tracked:
            self.exists[tracked] = at(record, "entry", "key") is not None

    def end(self, record: Record, _offset: int, at_ms: int | None) -> None:
        """How a turn ended."""
        turn = self.turns.get(self.turn or "")
        if turn is not None:
            ended = ENDS.get(text_at(record, "reason") or "", "unknown")
            self.turns[turn.key] = Turn(
                session=turn.session, key=turn.key, at_ms=turn.at_ms, ended_ms=at_ms, ended=ended
            )

    def use(self, record: Record, offset: int, at_ms: int | None) -> None:
        """Tokens of one request."""
        used = dict_at(record, "usage")
        names = ("inputOther", "inputCacheRead", "inputCacheCreation", "output")
        fresh, cached, made, output = (tokens_at(used, name) for name in names)
        if not any((fresh, cached, made, output)):  # a request that was cut off
            return
        self.events.append(
            Usage(
                session=self.session,
                key=f"{self.session}/{self.agent}@{offset}",
                at_ms=at_ms,
                model=self.model or text_at(record, "model"),
                input_tokens=fresh,
                cache_read_tokens=cached,
                cache_write_5m_tokens=made,
                output_tokens=output,
            )
        )

    def _loop(self, event: Record, offset: int, at_ms: int | None) -> str | None:
        kind = text_at(event, "type") or "without a type"
        if kind == "tool.call":
            self._called(event, offset, at_ms)
        elif kind == "tool.result":
            identity = text_at(event, "toolCallId") or ""
            call = self.open.pop(identity, None)
            if call is not None:
                self._settle(call, identity, dict_at(event, "result"), at_ms)
        return None if kind in LOOP_KINDS else f"{LOOP}/{kind}"

    def _called(self, event: Record, offset: int, at_ms: int | None) -> None:
        identity = text_at(event, "toolCallId") or f"@{offset}"
        name = text_at(event, "name") or "other"
        given, args = arguments_of(event.get("args"))
        kind: CallKind = "read" if name in READS else "other"
        unique = text_at(event, "uuid") or f"@{offset}"
        if identity in self.open:
            self.events.extend(told(self.open.pop(identity), Verdict()))
        self.open[identity] = Call(
            session=self.session,
            key=f"{self.session}/{self.agent}/{unique}",
            at_ms=at_ms,
            name=name,
            turn=self.turn,
            kind=kind,
            args=args,
            edits=self._edits(name, given),
            command=text_at(given, "command") if name == "Bash" else None,
        )

    def _edits(self, name: str, given: Record) -> tuple[Edit, ...]:
        path = text_at(given, "path")
        if name == "Edit":
            old, new = text_at(given, "old_string"), text_at(given, "new_string")
            return () if old is None or new is None else (replaced(path, [(old, new)]),)
        text = text_at(given, "content")
        if name != "Write" or text is None:
            return ()
        plain = (path or "").replace("\\", "/")
        known = (
            there
            for name, there in self.exists.items()
            if plain == name or plain.endswith(f"/{name}")
        )
        return (written(path, text, new=not any(known)),)

    def _settle(self, call: Call, identity: str, result: Record, at_ms: int | None) -> None:
        failed = result.get("isError") is True
        verdict = _verdict(call, self.answers.get(identity), failed, _output(result))
        at_decision = self.answers.get(identity, ("", None))[1]
        self.events.extend(
            told(
                call,
                replace(
                    verdict,
                    at_ms=at_ms if at_decision is None else at_decision,
                    ok=not failed,
                    duration_ms=number_at(result, "durationMs"),
                ),
            )
        )
        for edit in call.edits if not failed else ():
            self.exists[(edit.path or "").replace("\\", "/")] = True

    def finish(self) -> list[AnyEvent]:
        """All events; none where nothing was understood."""
        if not self.seen:
            return []
        for call in self.open.values():
            self.events.extend(told(call, Verdict()))
        facts = Session(
            session=self.session,
            key=self.session,
            at_ms=number_at(self.facts, "createdAt"),
            folder=self.cwd,
            entry=entry_of(self.authors),
            mode=self.mode if self.is_main else "unknown",
            ended_ms=self.latest_ms,
        )
        until = self.copied_until_ms
        events = [*self.events, *self.turns.values()]
        if until is not None:
            events = [event for event in events if event.at_ms is None or event.at_ms > until]
        return [facts, *events]


_TAKES: dict[str, Callable[[_Agent, Record, int, int | None], None]] = {
    "turn.prompt": _Agent.prompt,
    "turn.steer": _Agent.steer,
    "turn.ended": _Agent.end,
    "llm.request": _Agent.request,
    "usage.record": _Agent.use,
    "permission.set_mode": _Agent.permit,
    "permission.record_approval_result": _Agent.answer,
    "file_history.tracked": _Agent.track,
}


def _verdict(call: Call, answer: tuple[str, int | None] | None, failed: bool, said: str) -> Verdict:
    """What became of a call: an answer is on record whenever a person was asked."""
    rejected = "rejected" in (answer or ("", None))[0]
    if rejected or (failed and "because the user rejected" in said[:400]):
        return Verdict("rejected", "chosen", "stated")
    ran = call.command is not None and any(words in said for words in _RAN)
    if failed and not ran:
        return Verdict("failed")
    if answer is not None:
        return Verdict("accepted", "chosen", "stated", output=said)
    return Verdict("accepted", "allowed", "inferred", output=said)


def _output(result: Record) -> str:
    output = result.get("output")
    if isinstance(output, str):
        return output
    return "\n".join(filter(None, (text_at(part, "text") for part in list_at(result, "output"))))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _older_until_ms(home: Path, folder: str) -> int | None:
    """Until when a session of the same id went on in Kimi CLI's home, beside this one."""
    identity = folder.removeprefix("session_")
    if Path(identity).name != identity or "*" in identity or "[" in identity:
        return None
    try:
        older = home.with_name(".kimi").glob(f"sessions/*/{identity}/wire.jsonl")
        times = [path.stat().st_mtime_ns // 1_000_000 for path in older]
    except OSError:
        return None
    return max(times, default=None)

"""Reads a chat of Qwen Code, line by line: its own log, where calls and results are lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tokenmirror.events import (
    AnyEvent,
    Entry,
    Problem,
    Prompt,
    Session,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources import lines
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    instant_at,
    list_at,
    number_at,
    text_at,
    tokens_at,
)
from tokenmirror.sources.gemini_cli import calls
from tokenmirror.sources.gemini_cli.calls import REFUSED, Fate
from tokenmirror.sources.gemini_cli.folders import hash_of
from tokenmirror.sources.gemini_cli.memory import OpenTurn
from tokenmirror.sources.gemini_cli.typed import LOG, Typed, typed_in
from tokenmirror.sources.source import Batch, Cursor, LogFile

CALLED = "qwen-code.tool_call"
QUEUED = "mid_turn_user_message"
KEPT_CALLS = 64
STATE_BYTES = 60_000
# Calls that the tool makes for itself, to keep its memory, name such an agent.
OWN_AGENT = "#managed-"
_OWN_ID = re.compile(r"(?:toolu|call)_\w{12,}")
# ``decision`` of the telemetry: what the person clicked, or that nobody was asked.
APPROVED: dict[str, Fate] = {
    "accept": Fate("accepted", "chosen", "stated"),
    "modify": Fate("accepted", "chosen", "stated"),
    "auto_accept": Fate("accepted", "allowed", "stated"),
}


class OpenCall(Struct):
    """A call that may still get an outcome; its arguments stand in the line at ``offset``."""

    key: str
    name: str
    offset: int
    at_ms: int | None
    turn: str | None
    decision: str = ""
    took_ms: int | None = None


class State(Struct):
    """What the next lines need.  ``author`` is who wrote the session's prompts, if told."""

    session: str = ""
    started_ms: int | None = None
    ended_ms: int | None = None
    folder: str | None = None
    branch: str | None = None
    version: str | None = None
    active: bool = False
    turn: OpenTurn | None = None
    calls: dict[str, OpenCall] = {}


_state_decoder = msgspec.msgpack.Decoder(State)


def _recalled(memory: bytes) -> State:
    try:
        return _state_decoder.decode(memory) if memory else State()
    except msgspec.MsgspecError:
        return State()


def _kept(state: State) -> bytes:
    encoded = msgspec.msgpack.encode(state)
    while len(encoded) > STATE_BYTES and state.calls:
        for name in list(state.calls)[: len(state.calls) // 2 + 1]:
            del state.calls[name]
        encoded = msgspec.msgpack.encode(state)
    return encoded if len(encoded) <= STATE_BYTES else b""


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New lines of a chat.  Raises ``lines.Unreadable``."""
    start, texts = lines.appended(file, cursor)
    reader = Reader(file.path, _recalled(start.state))
    tally = reader.tally
    end = start.offset
    for line in texts:
        end = line.end
        size = line.end - line.offset
        if line.problem is not None:
            tally.bad(line.problem, size)
        elif line.text and not line.text.isspace():
            record = decoded(line.text)
            if not isinstance(record, dict):
                reason = "not_json" if record is None else "bad_type"
                tally.bad(Problem(line.offset, reason), size)  # type: ignore[arg-type]
            elif reader.take(record, line.offset):
                tally.known(size)
            else:
                tally.strange(text_at(record, "type") or "", size)
        if tally.full():
            yield reader.batch(start, end)
    yield reader.batch(start, end)


class Reader:
    """The lines of one file, one after another, and the events they have given so far."""

    def __init__(self, path: Path, state: State) -> None:
        self.path = path
        self.state = state
        self.tally = lines.Tally()
        self._agent = path.parent.parent.name == "subagents"
        self._given: dict[str, object] = {}
        self._typed: Typed | None = None
        self._model: str | None = None
        state.session = state.session or (path.parent.name if self._agent else path.stem)
        if self._agent:
            told = document(path.with_suffix(".meta.json"))
            self._model = text_at(told, "model")

    def batch(self, start: Cursor, end: int) -> Batch:
        """All that was read since the last batch, with the session and turn as they stand."""
        if self.state.active:
            self._send_turn()
            self._send(self._session())
        cursor = Cursor(end, start.size, start.mtime_ns, start.head, _kept(self.state))
        return self.tally.batch(cursor)

    def take(self, record: dict[str, object], offset: int) -> bool:
        """Reads one line; false for a kind that is not known."""
        kind = text_at(record, "type")
        if kind not in ("user", "assistant", "tool_result", "system"):
            return False
        at_ms = instant_at(record, "timestamp")
        if at_ms is None and "timestamp" in record:
            self.tally.note(Problem(offset, "bad_time"))
        self._facts(record, at_ms)
        if kind == "user":
            self._said(record, at_ms, offset)
        elif kind == "assistant":
            self._answered(record, at_ms, offset)
        elif kind == "tool_result":
            self._result(record, at_ms)
        elif text_at(record, "systemPayload", "uiEvent", "event.name") == CALLED:
            self._decided(at(record, "systemPayload", "uiEvent"), at_ms)
        return True

    def _send(self, *events: AnyEvent) -> None:
        self.tally.events.extend(events)

    # -- the session ------------------------------------------------------------------------

    def _facts(self, record: dict[str, object], at_ms: int | None) -> None:
        state = self.state
        state.session = text_at(record, "sessionId") or state.session
        state.folder = state.folder or text_at(record, "cwd")
        state.branch = text_at(record, "gitBranch") or state.branch
        state.version = text_at(record, "version") or state.version
        if at_ms is not None:
            state.started_ms = min(at_ms, state.started_ms or at_ms)
            state.ended_ms = max(at_ms, state.ended_ms or at_ms)

    def _session(self) -> Session:
        """The session's facts; a sub-agent's file adds its times to those of its parent."""
        state = self.state
        entry: Entry = "unknown"
        if not self._agent:
            entry = self._entered().entry(state.session, state.started_ms)
        return Session(
            session=state.session,
            key=state.session,
            at_ms=state.started_ms,
            folder=state.folder,
            branch=None if self._agent else state.branch,
            entry=entry,
            ended_ms=state.ended_ms,
            tool_version=None if self._agent else state.version,
        )

    def _entered(self) -> Typed:
        if self._typed is None and self.state.folder is not None:
            root = next((p.parent for p in self.path.parents if p.name == "projects"), None)
            home = root or self.path.parent
            self._typed = typed_in(home / "tmp" / hash_of(self.state.folder) / LOG)
        return self._typed or Typed()

    # -- prompts and turns ------------------------------------------------------------------

    def _said(self, record: dict[str, object], at_ms: int | None, offset: int) -> None:
        state = self.state
        subtype = text_at(record, "subtype")
        parts = list_at(record, "message", "parts")
        ours = text_at(record, "provenance") in (None, "real_user")
        if self._agent or at(record, "isSidechain") is True or not ours:
            return
        if subtype not in (None, QUEUED) or any("functionResponse" in dict_at(p) for p in parts):
            return
        texts = [text_at(part, "text") for part in parts]
        text = "".join(text for text in texts if text)
        attached = sum(1 for part in parts if {"inlineData", "fileData"} & dict_at(part).keys())
        if not text.strip() and not attached:
            return
        state.active = True
        key = text_at(record, "uuid") or f"{state.session}:{offset}"
        if subtype is None or state.turn is None:
            self._send_turn()
            state.turn = OpenTurn(key, at_ms, at_ms)
        author, basis = self._entered().of(state.session, at_ms)
        self._send(
            Prompt(
                session=state.session,
                key=key,
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=attached,
                turn=state.turn.key,
            )
        )

    def _goes_on(self, at_ms: int | None, ended: TurnEnd) -> None:
        turn = self.state.turn
        if turn is None:
            return
        if at_ms is not None:
            turn.ended_ms = max(at_ms, turn.ended_ms or at_ms)
        if turn.ended not in ("interrupted", "error"):
            turn.ended = ended

    def _send_turn(self) -> None:
        turn = self.state.turn
        if turn is not None:
            self._send(
                Turn(
                    session=self.state.session,
                    key=turn.key,
                    at_ms=turn.at_ms,
                    ended_ms=turn.ended_ms,
                    ended=turn.ended,
                )
            )

    # -- answers ----------------------------------------------------------------------------

    def _answered(self, record: dict[str, object], at_ms: int | None, offset: int) -> None:
        state = self.state
        state.active = True
        used = dict_at(record, "usageMetadata")
        if used:
            self._used(record, used, at_ms, offset)
        parts = list_at(record, "message", "parts")
        made = [call for part in parts if (call := dict_at(part, "functionCall"))]
        if not self._agent:
            self._goes_on(at_ms, "unknown" if made else "finished" if used else "interrupted")
        here = text_at(record, "uuid") or f"{state.session}:{offset}"
        for n, call in enumerate(made):
            identity = text_at(call, "id") or f"{here}:{n}"
            own = _OWN_ID.fullmatch(identity) is not None
            turn = state.turn.key if state.turn else None
            name = text_at(call, "name") or ""
            known = OpenCall(identity if own else f"{here}:{identity}", name, offset, at_ms, turn)
            state.calls[identity] = known
            self._given[identity] = at(call, "args")
            if len(state.calls) > KEPT_CALLS:
                oldest = next(iter(state.calls))
                del state.calls[oldest]
                self._given.pop(oldest, None)
            self._send_change(known, self._given[identity], None, Fate(), None)
            self._send_call(known, self._given[identity], None)

    def _used(
        self, record: dict[str, object], used: dict[str, object], at_ms: int | None, offset: int
    ) -> None:
        sent, cached = (
            tokens_at(used, "promptTokenCount"),
            tokens_at(used, "cachedContentTokenCount"),
        )
        out, total = tokens_at(used, "candidatesTokenCount"), number_at(used, "totalTokenCount")
        fresh = sent
        if sent is not None and cached is not None and cached <= sent:
            fresh = sent - cached
        sound = sent is not None and sent >= 0 and (out is None or out >= 0)
        if sound and sent is not None and total is not None and total >= sent:
            out = total - sent  # some back ends leave hidden output out of the candidates
        self._send(
            Usage(
                session=self.state.session,
                key=text_at(record, "uuid") or f"{self.path.stem}:{offset}",
                at_ms=at_ms,
                model=text_at(record, "model") or self._model,
                input_tokens=fresh,
                cache_read_tokens=cached,
                output_tokens=out,
                reasoning_tokens=number_at(used, "thoughtsTokenCount"),
            )
        )

    # -- what became of calls ---------------------------------------------------------------

    def _arguments(self, identity: str, call: OpenCall) -> object:
        if identity not in self._given:
            try:
                record = decoded(lines.line_at(self.path, call.offset))
            except lines.Unreadable:
                return None
            parts = list_at(record, "message", "parts")
            made = (dict_at(part, "functionCall") for part in parts)
            ours = (call for call in made if text_at(call, "id") == identity)
            self._given[identity] = at(next(ours, None), "args")
        return self._given[identity]

    def _decided(self, told: object, at_ms: int | None) -> None:
        """The telemetry of a call: who let it through, and how long it took."""
        identity = text_at(told, "call_id")
        name = text_at(told, "function_name") or ""
        if identity is None:  # older builds do not name it: the oldest of that tool
            identity = next(
                (i for i, c in self.state.calls.items() if c.name == name and not c.decision), ""
            )
        call = self.state.calls.get(identity)
        decision = text_at(told, "decision") or ""
        if call is None:
            self._decided_elsewhere(told, identity, name, at_ms)
            return
        call.decision = decision
        if decision == "auto_accept":  # else it holds the person's time, too
            call.took_ms = number_at(told, "duration_ms")
        if decision == "reject":
            self._refused(identity, call, None, at_ms)

    def _decided_elsewhere(self, told: object, identity: str, name: str, at_ms: int | None) -> None:
        """A sub-agent's call stands in its own file; who let it through stands here."""
        agent = text_at(told, "prompt_id") or ""
        if not _OWN_ID.fullmatch(identity) or OWN_AGENT in agent:
            return
        call = OpenCall(identity, name, 0, None, None)
        fate = APPROVED.get(text_at(told, "decision") or "")
        if text_at(told, "decision") == "reject":
            fate = REFUSED
        elif at(told, "success") is False and name != calls.SHELL:
            fate = Fate("failed")
        if fate is not None:
            self._send_change(call, at(told, "function_args"), None, fate, at_ms)

    def _refused(self, identity: str, call: OpenCall, display: object, at_ms: int | None) -> None:
        self._send_change(call, self._arguments(identity, call), display, REFUSED, at_ms)
        if not self._agent:
            self._goes_on(at_ms, "asked")

    def _result(self, record: dict[str, object], at_ms: int | None) -> None:
        done = at(record, "toolCallResult")
        identity = text_at(done, "callId") or ""
        call = self.state.calls.pop(identity, None)
        if not self._agent:
            self._goes_on(at_ms, "unknown")
        if call is None:
            return
        parts = list_at(record, "message", "parts")
        output, display = calls.result_text(parts), at(done, "resultDisplay")
        status = text_at(done, "status") or _status(parts)
        given = self._arguments(identity, call)
        self._given.pop(identity, None)
        call.took_ms = call.took_ms if call.took_ms is not None else number_at(done, "durationMs")
        fate = _fate(call, status, done)
        if fate is REFUSED:
            self._given[identity] = given
            self._refused(identity, call, display, at_ms)
            self._given.pop(identity, None)
        elif fate.decision != "undecided":
            # the telemetry in the parent's file knows better who let it through
            decided_ms = None if self._agent else at_ms
            self._send_change(call, given, display, fate, decided_ms)
        elif status == "cancelled" and not self._agent:
            self._goes_on(at_ms, "interrupted")
        self._send_call(call, given, _ok(call, status, display, output), output)

    def _send_change(
        self, call: OpenCall, given: object, display: object, fate: Fate, at_ms: int | None
    ) -> None:
        change = calls.change_of(call.name, given, display)
        if change is not None:
            session = self.state.session
            row = calls.suggestion(session, call.key, call.at_ms, call.turn, change, fate, at_ms)
            self._send(row)

    def _send_call(self, call: OpenCall, given: object, ok: bool | None, output: str = "") -> None:
        self._send(
            ToolCall(
                session=self.state.session,
                key=call.key,
                at_ms=call.at_ms,
                kind=calls.kind_of_call(call.name, given),
                name=call.name,
                args=calls.args_text(given),
                ok=ok,
                duration_ms=call.took_ms,
                commits=calls.commits_of(call.name, given, output),
                turn=call.turn,
            )
        )


def _status(parts: list[object]) -> str:
    """How a call ended where only its answer tells, as in a sub-agent's file."""
    failed = any(text_at(p, "functionResponse", "response", "error") is not None for p in parts)
    return "error" if failed else "success"


def _fate(call: OpenCall, status: str, done: object) -> Fate:
    approved = APPROVED.get(call.decision, Fate("accepted", "applied"))
    if status == "success":
        return approved
    began = text_at(done, "executionStatus") not in (None, "not_started")
    if status == "cancelled":
        if call.decision == "reject" or (not call.decision and not began):
            return REFUSED
        return approved if began and call.name == calls.SHELL else Fate()
    ran = text_at(done, "errorType") == "shell_execute_error" or dict_at(done, "resultDisplay")
    return approved if call.name == calls.SHELL and ran else Fate("failed")


def _ok(call: OpenCall, status: str, display: object, output: str) -> bool | None:
    if status == "cancelled":
        return None
    code = at(display, "exitCode")
    if isinstance(code, int) and not isinstance(code, bool):
        return code == 0
    if status != "success":
        return False
    return calls.exit_ok(output) if call.name == calls.SHELL else True

"""Reads the events of one session, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Basis,
    Decision,
    How,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
)
from tokenmirror.sources import lines
from tokenmirror.sources.copilot_cli import calls, tokens
from tokenmirror.sources.copilot_cli.memory import (
    KEPT_CALLS,
    OpenCall,
    OpenTurn,
    State,
    kept,
    recalled,
)
from tokenmirror.sources.copilot_cli.people import MODES, author_of, typed_texts
from tokenmirror.sources.copilot_cli.store import EVENTS, holds_calls
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    instant_at,
    list_at,
    text_at,
)
from tokenmirror.sources.source import Batch, Cursor, LogFile

# Kinds that say nothing that is counted here, by their beginning.
SKIPPED = (
    "assistant.",
    "auto_mode",
    "capabilities.",
    "command.",
    "commands.",
    "elicitation.",
    "exit_plan_mode.",
    "external_tool.",
    "hook.",
    "mcp.",
    "pending_messages.",
    "permission.",
    "sampling.",
    "session.",
    "skill.",
    "subagent.",
    "system.",
    "tool.",
    "user_input.",
)
Fate = tuple[Decision, How | None, Basis]
UNDECIDED: Fate = ("undecided", None, "unknown")
FAILED: Fate = ("failed", None, "unknown")
REFUSED: Fate = ("rejected", "chosen", "stated")
HUMAN = "human_response"


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New events of a session.  Raises ``lines.Unreadable``."""
    start, texts = lines.appended(file, cursor)
    reader = Reader(file.path, recalled(start.state))
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


def home_of(path: Path) -> Path:
    """The folder of the tool that a session's file lies in."""
    return path.parents[2] if path.name == EVENTS else path.parents[1]


class Reader:
    """The events of one file, one after another, and what they have given so far."""

    def __init__(self, path: Path, state: State) -> None:
        self.path = path
        self.state = state
        self.tally = lines.Tally()
        self.typed: frozenset[str] | None = None
        self._arguments: dict[str, object] = {}
        self._summed: bool | None = None
        state.session = state.session or (path.parent.name if path.name == EVENTS else path.stem)
        self._takers: dict[str, Callable[[dict[str, object], int, int | None], None]] = {
            "session.start": self._started,
            "session.resume": self._resumed,
            "session.context_changed": self._moved,
            "session.model_change": self._model,
            "session.usage_record": self._used,
            "session.shutdown": self._shut,
            "session.error": self._failed,
            "user.message": self._said,
            "assistant.message": self._answered,
            "assistant.turn_end": self._answer_ended,
            "tool.execution_start": self._began,
            "tool.execution_complete": self._done,
            "permission.requested": self._asked,
            "permission.completed": self._decided,
            "abort": self._aborted,
        }

    def take(self, record: dict[str, object], offset: int) -> bool:
        """Reads one event; false for a kind that is not known."""
        kind = text_at(record, "type") or ""
        taker = self._takers.get(kind)
        if taker is None:
            return kind.startswith(SKIPPED)
        at_ms = instant_at(record, "timestamp")
        if at_ms is None and "timestamp" in record:
            self.tally.note(Problem(offset, "bad_time"))
        if at_ms is not None:
            self.state.started_ms = min(at_ms, self.state.started_ms or at_ms)
            self.state.ended_ms = max(at_ms, self.state.ended_ms or at_ms)
        taker(record, offset, at_ms)
        return True

    def batch(self, start: Cursor, end: int) -> Batch:
        """All that was read since the last batch, with the session and turn as they stand."""
        if self.state.active:
            self._send_turn()
            self.tally.events.append(self._session())
        cursor = Cursor(end, start.size, start.mtime_ns, start.head, kept(self.state))
        return self.tally.batch(cursor)

    def _send(self, *events: AnyEvent) -> None:
        self.tally.events.extend(events)

    # -- the session ------------------------------------------------------------------------

    def _started(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        state = self.state
        told = dict_at(record, "data")
        state.session = text_at(told, "sessionId") or state.session
        state.version = text_at(told, "copilotVersion") or state.version
        state.model = text_at(told, "selectedModel") or state.model
        began = instant_at(told, "startTime")
        if began is not None:
            state.started_ms = min(began, state.started_ms or began)
        self._moved(record, offset, at_ms)

    def _resumed(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        self.state.resumed = True
        self._send_turn()
        self.state.turn = None
        self._moved(record, offset, at_ms)

    def _moved(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = dict_at(record, "data")
        place = dict_at(told, "context") or told
        self.state.folder = self.state.folder or text_at(place, "cwd")
        self.state.branch = text_at(place, "branch") or self.state.branch

    def _model(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        if text_at(record, "agentId"):
            return
        told = dict_at(record, "data")
        self.state.model = text_at(told, "newModel") or self.state.model
        if text_at(told, "source") == "startup":
            self.state.terminal = True

    def _session(self) -> Session:
        state = self.state
        return Session(
            session=state.session,
            key=state.session,
            at_ms=state.started_ms,
            folder=state.folder,
            branch=state.branch,
            entry=state.entry,
            mode=state.mode,
            ended_ms=state.ended_ms,
            tool_version=state.version,
        )

    # -- prompts and turns ------------------------------------------------------------------

    def _said(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        state = self.state
        told = dict_at(record, "data")
        text = text_at(told, "content")
        if text is None or text_at(record, "agentId"):
            return
        if (text_at(told, "source") or "user") != "user":
            return
        if self.typed is None:
            self.typed = typed_texts(home_of(self.path))
        author, basis = author_of(state, told, self.typed)
        if state.entry == "unknown" and not state.resumed:
            state.entry = {"person": "interactive", "program": "headless"}.get(author, "unknown")  # type: ignore[assignment]
        state.mode = MODES.get(text_at(told, "agentMode") or "", state.mode)
        self._send_turn()
        key = text_at(record, "id") or f"{state.session}:{offset}"
        state.turn = OpenTurn(key, at_ms, at_ms)
        state.active = True
        attached = at(told, "attachments")
        self._send(
            Prompt(
                session=state.session,
                key=key,
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=len(attached) if isinstance(attached, list) else None,
                turn=key,
            )
        )

    def _goes_on(self, at_ms: int | None, ended: TurnEnd | None = None) -> None:
        turn = self.state.turn
        if turn is None:
            return
        if at_ms is not None:
            turn.ended_ms = max(at_ms, turn.ended_ms or at_ms)
        if ended is not None and turn.ended not in ("interrupted", "error"):
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

    def _failed(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        self._goes_on(at_ms, "error")

    def _aborted(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        turn, calls_open = self.state.turn, self.state.calls.values()
        refused = (turn is not None and turn.refused) or any(c.waiting for c in calls_open)
        self._goes_on(at_ms, "asked" if refused else "interrupted")

    # -- answers ----------------------------------------------------------------------------

    def _used(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        self.state.active = True
        usage = at(record, "data", "usage")
        self._send(tokens.recorded(usage, text_at(record, "agentId"), self.state, at_ms))

    def _shut(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        if not self._told_elsewhere():
            self._send(*tokens.ended(at(record, "data"), self.state, at_ms))

    def _answered(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = dict_at(record, "data")
        self.state.active = True
        if "outputTokens" in told and not self._told_elsewhere():
            self._send(*tokens.answered(told, self.state, at_ms))
        made = list_at(told, "toolRequests")
        for n, call in enumerate(made):
            name, identity = text_at(call, "name"), text_at(call, "toolCallId")
            if name and identity:
                self._proposed(identity, name, calls.arguments_of(call), offset, at_ms)
            else:
                self.tally.note(Problem(offset + n, "bad_type"))
        if not text_at(record, "agentId"):
            if self.state.turn is not None:
                self.state.turn.refused = False
            self._goes_on(at_ms, "unknown" if made else "finished")

    def _answer_ended(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        if not text_at(record, "agentId"):
            self._goes_on(at_ms)

    def _told_elsewhere(self) -> bool:
        """Whether a better layer holds this session's tokens."""
        if self.state.recorded:
            return True
        if self._summed is None:
            self._summed = holds_calls(home_of(self.path), self.state.session)
        return self._summed

    # -- calls ------------------------------------------------------------------------------

    def _proposed(
        self, identity: str, name: str, given: object, offset: int, at_ms: int | None
    ) -> OpenCall:
        state = self.state
        call = state.calls.get(identity)
        if call is not None:
            return call
        turn = state.turn.key if state.turn else None
        call = OpenCall(calls.key_of(state.session, identity), name, offset, at_ms, turn)
        state.calls[identity] = call
        if len(state.calls) > KEPT_CALLS:
            oldest = next(iter(state.calls))
            del state.calls[oldest]
            self._arguments.pop(oldest, None)
        self._arguments[identity] = given
        self._send_call(call, given)
        self._send_changes(call, given, UNDECIDED, None)
        return call

    def _given(self, identity: str, call: OpenCall) -> object:
        """The arguments of a call; of an earlier reading they are read again."""
        if identity not in self._arguments:
            try:
                told = at(decoded(lines.line_at(self.path, call.offset)), "data")
            except lines.Unreadable:
                return None
            made = [*list_at(told, "toolRequests"), told]
            ours = (c for c in made if text_at(c, "toolCallId") == identity)
            self._arguments[identity] = calls.arguments_of(next(ours, None))
        return self._arguments[identity]

    def _began(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = dict_at(record, "data")
        identity, name = text_at(told, "toolCallId"), text_at(told, "toolName")
        if not identity or not name:
            return
        self.state.active = True
        call = self._proposed(identity, name, calls.arguments_of(told), offset, at_ms)
        call.since_ms = at_ms
        self._goes_on(at_ms)

    def _asked(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = at(record, "data", "permissionRequest")
        call = self.state.calls.get(text_at(told, "toolCallId") or "")
        if call is not None:
            call.waiting = True
        self._goes_on(at_ms)

    def _decided(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = dict_at(record, "data")
        identity = text_at(told, "toolCallId") or ""
        call = self.state.calls.get(identity)
        self._goes_on(at_ms)
        if call is None:
            return
        kind, source = text_at(told, "result", "kind") or "", text_at(told, "decisionSource")
        call.waiting = False
        if kind.startswith("approved"):
            call.approved = source or ""
            call.since_ms = at_ms
        elif kind == "cancelled" or source == HUMAN or "interactively" in kind:
            self._refused(identity, call, at_ms)
        elif kind.startswith("denied"):  # by a rule: nobody was asked
            call.settled = True
            self._send_changes(call, self._given(identity, call), FAILED, at_ms)

    def _refused(self, identity: str, call: OpenCall, at_ms: int | None) -> None:
        call.settled = True
        self._send_changes(call, self._given(identity, call), REFUSED, at_ms)
        turn = self.state.turn
        if turn is not None:
            turn.refused = True
            self._goes_on(at_ms, "asked")

    def _done(self, record: dict[str, object], offset: int, at_ms: int | None) -> None:
        told = dict_at(record, "data")
        identity = text_at(told, "toolCallId") or ""
        call = self.state.calls.pop(identity, None)
        self._goes_on(at_ms)
        if call is None:
            return
        given = self._given(identity, call)
        self._arguments.pop(identity, None)
        good = calls.succeeded(told)
        if calls.was_refused(told) and not call.settled:
            self._refused(identity, call, at_ms)
        elif not call.settled:
            shown = text_at(told, "result", "detailedContent") if good else None
            self._send_changes(call, given, _fate(call, good, told), at_ms, shown)
        ok = None if calls.was_refused(told) or call.settled else good
        if ok and call.name in calls.SHELLS:
            ok = calls.exit_ok(told)
        took_ms = None
        if not call.settled and at_ms is not None and call.since_ms is not None:
            took_ms = at_ms - call.since_ms  # below zero where the log contradicts itself
        self._send_call(call, given, ok, took_ms, calls.commits_of(call.name, given, told))

    def _send_call(
        self,
        call: OpenCall,
        given: object,
        ok: bool | None = None,
        took_ms: int | None = None,
        commits: tuple[str, ...] = (),
    ) -> None:
        self._send(
            ToolCall(
                session=self.state.session,
                key=call.key,
                at_ms=call.at_ms,
                kind=calls.kind_of_call(call.name, given),
                name=call.name,
                args=calls.args_text(given),
                ok=ok,
                duration_ms=took_ms,
                commits=commits,
                turn=call.turn,
            )
        )

    def _send_changes(
        self,
        call: OpenCall,
        given: object,
        fate: Fate,
        at_ms: int | None,
        shown: str | None = None,
    ) -> None:
        decision, how, basis = fate
        for change in calls.changes_of(call.name, given, shown):
            self._send(
                Suggestion(
                    session=self.state.session,
                    key=f"{call.key}{change.part}",
                    at_ms=call.at_ms,
                    kind=change.kind,
                    path=change.path,
                    added=change.added,
                    removed=change.removed,
                    turn=call.turn,
                    decision=decision,
                    how=how,
                    basis=basis,
                    decided_ms=at_ms,
                )
            )


def _fate(call: OpenCall, good: bool | None, done: object) -> Fate:
    if good is False and (call.name not in calls.SHELLS or calls.exit_ok(done) is None):
        return FAILED
    if call.approved is None:
        return "accepted", "allowed", "inferred"
    return "accepted", "chosen" if call.approved == HUMAN else "allowed", "stated"

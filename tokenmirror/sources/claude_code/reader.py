"""Reads one transcript on from a cursor: lines in, batches of events out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    Problem,
    Prompt,
    Reason,
    Suggestion,
    ToolCall,
    Usage,
)
from tokenmirror.sources import lines
from tokenmirror.sources.claude_code import outcomes
from tokenmirror.sources.claude_code.course import Course, Here
from tokenmirror.sources.claude_code.files import end_of_copies, name_below_projects, session_of
from tokenmirror.sources.claude_code.history import Typed, typed_prompts
from tokenmirror.sources.claude_code.memory import (
    KEPT,
    OpenCall,
    kept,
    recalled,
)
from tokenmirror.sources.claude_code.records import (
    FOR_TOOL_USE,
    INTERRUPTED,
    NO_RAW,
    SKIPPED,
    Block,
    Line,
    Message,
    Tokens,
    blocks_decoder,
    content_decoder,
    entry_of,
    line_decoder,
    prompt_text,
    queued_decoder,
    stated_author,
    time_ms,
)
from tokenmirror.sources.source import BATCH_BYTES, BATCH_EVENTS, Batch, Cursor, LogFile

_OWN_ID = re.compile(r"(?:toolu|call)_\w{14,}")  # ids that do not repeat by chance
_FULL = BATCH_EVENTS - 4 * KEPT  # what is open goes out with each batch, too
_BAD = (msgspec.MsgspecError, RecursionError, ValueError)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New lines of a transcript as batches.  Raises ``lines.Unreadable``."""
    start, texts = lines.appended(file, cursor)
    reader = _Reader(file.path, start)
    began = end = start.offset
    for text in texts:
        reader.take(text)
        end = text.end
        if end - began >= BATCH_BYTES or len(reader.events) + len(reader.usage) > _FULL:
            yield reader.batch(start, end)
            began = end
    yield reader.batch(start, end)


class _Call(msgspec.Struct):
    """A call of a tool that has no result yet."""

    key: str
    name: str
    arguments: bytes
    given: outcomes.Input | None
    offset: int
    session: str
    at_ms: int | None
    copied: bool
    turn: str | None
    sent: bool = False


class _Reader:
    """The lines of one file, one after another, and the events they have given so far."""

    def __init__(self, path: Path, start: Cursor) -> None:
        self.path = path
        self.name = name_below_projects(path)
        self.state = recalled(start.state)
        self.course = Course(path, self.state)
        self.copied_until = 0 if self.state.settled else end_of_copies(path, start.offset)
        self.calls: dict[str, _Call] = {}
        self.usage: dict[str, Usage] = {}
        self.typed: Typed | None = None
        self._clear()

    def _clear(self) -> None:
        self.events: list[AnyEvent] = []
        self.problems: list[Problem] = []
        self.records = self.understood = 0
        self.unknown: Counter[str] = Counter()

    def batch(self, start: Cursor, end: int) -> Batch:
        """All that was read since the last batch; what is open goes out as open."""
        for identity, call in self.calls.items():
            self._send_open(call)
            self.state.calls[identity] = OpenCall(call.offset, call.turn, call.copied)
        self.events.extend(self.usage.values())
        self.usage.clear()
        self.events.extend(self.course.news())
        cursor = Cursor(end, start.size, start.mtime_ns, start.head, kept(self.state))
        done = Batch(
            tuple(self.events),
            cursor,
            tuple(self.problems),
            self.records,
            self.understood,
            dict(self.unknown),
        )
        self._clear()
        return done

    # -- one line ---------------------------------------------------------------------------

    def take(self, text: lines.Line) -> None:
        """Reads one line; a bad one becomes a problem."""
        if text.problem is not None:
            self.records += 1
            self.problems.append(text.problem)
        elif text.text and not text.text.isspace():
            self.records += 1
            try:
                self.understood += self._take(line_decoder.decode(text.text), text.offset)
            except _BAD as error:
                self.problems.append(Problem(text.offset, _reason(error)))

    def _take(self, line: Line, offset: int) -> bool:
        kind = line.type
        message = line.message
        if kind == "user" or kind == "assistant" or (kind is None and message is not None):
            here = self._here(line, offset)
            if not here.copied:
                self.course.note(line, here, begins=True)
            elif line.permission_mode:
                self.state.permission_mode = line.permission_mode
            if message is None:
                return True
            if kind == "user":
                self._user(line, message, here)
            else:  # some readers' fixtures hold usage lines without a type
                self._assistant(line, message, here)
            return True
        return kind in SKIPPED or self._aside(kind, line, offset)

    def _aside(self, kind: str | None, line: Line, offset: int) -> bool:
        if kind == "system" or kind == "attachment":
            here = self._here(line, offset)
            if not here.copied:
                self.course.note(line, here, begins=False)
                self.course.took(line, here)
            if b"queued_command" in bytes(line.attachment):
                self._queued_command(line, here)
        elif kind == "queue-operation":
            self._queue(line, offset)
        elif kind == "permission-mode":
            self.course.mode_is(line.permission_mode)
        else:
            self.unknown[(kind or "without a type")[:40]] += 1
            return False
        return True

    def _here(self, line: Line, offset: int) -> Here:
        state = self.state
        session = state.session = line.session_id or state.session or session_of(self.path)
        try:
            at_ms = time_ms(line.timestamp)
        except ValueError:
            at_ms = None
            self.problems.append(Problem(offset, "bad_time"))
        copied = offset < self.copied_until
        source = line.source_session
        if source and source != session:
            copied = True
            state.fork_of = source
        elif state.replay_until_ms and not state.settled:
            copied = copied or (at_ms is not None and at_ms < state.replay_until_ms)
        if copied:
            state.fork = True
        return Here(self.name, session, at_ms, offset, copied)

    def _queue(self, line: Line, offset: int) -> None:
        state = self.state
        state.queued = line.operation == "dequeue"
        # a fork by script notes its prompt first: earlier lines that follow are copies
        if not state.session and state.replay_until_ms is None:
            try:
                state.replay_until_ms = time_ms(line.timestamp)
            except ValueError:
                self.problems.append(Problem(offset, "bad_time"))

    # -- what came from outside -------------------------------------------------------------

    def _user(self, line: Line, message: Message, here: Here) -> None:
        content = content_decoder.decode(message.content or b"null")
        results = 0
        if isinstance(content, list):
            answered = [block for block in content if block.type == "tool_result"]
            results = len(answered)
            for block in answered:
                self._result(line, block, here, single=results == 1)
        inserted = line.is_meta or line.is_compact_summary or line.is_visible_in_transcript_only
        if not results and not inserted and not line.is_sidechain:
            self._said(line, content, line.origin, here)

    def _said(
        self,
        line: Line,
        content: str | list[Block] | None,
        origin: Any,  # noqa: ANN401 (any JSON)
        here: Here,
        turn: str | None = None,
    ) -> None:
        opening = _opening(content)
        if opening.startswith(INTERRUPTED):
            self.course.stopped(here, for_tool_use=opening.startswith(FOR_TOOL_USE))
            return
        text, attached = prompt_text(content)
        written_by = stated_author(line, origin, copied=here.copied)
        if text is None or written_by is None:
            if written_by is None or opening.startswith(("<command-", "<task-notification>")):
                self.course.begin_turn(line, here, row=False)
            return
        if written_by[0] == "unknown" and not here.copied:
            written_by = self._inferred_author(text, line, here)
        self.state.queued = False
        self.state.headless = None if written_by[0] == "unknown" else written_by[0] == "program"
        self.events.append(
            Prompt(
                session=here.session,
                key=line.uuid or here.place,
                at_ms=here.at_ms,
                copied=here.copied,
                text=text,
                author=written_by[0],
                basis=written_by[1],
                attachments=attached,
                turn=turn or self.course.begin_turn(line, here, row=True),
            )
        )

    def _queued_command(self, line: Line, here: Here) -> None:
        queued = queued_decoder.decode(line.attachment)
        if queued.type != "queued_command" or queued.command_mode not in {None, "prompt"}:
            return
        if not line.is_meta and not line.is_sidechain:
            turn = self.course.turn_of(here)
            origin = line.origin or queued.origin
            self._said(line, queued.prompt, origin, here, turn.key if turn else None)

    def _inferred_author(self, text: str, line: Line, here: Here) -> tuple[Author, Basis]:
        if self.typed is None:
            self.typed = typed_prompts(self.path)
        typed = self.typed
        if typed.holds(here.session, line.cwd, text, here.at_ms):
            return "person", "inferred"
        if self.state.queued and typed.reaches(here.at_ms):
            return "program", "inferred"
        return "unknown", "unknown"

    # -- answers ----------------------------------------------------------------------------

    def _assistant(self, line: Line, answer: Message, here: Here) -> None:
        self.state.queued = False
        self.state.settled = self.state.settled or not here.copied
        self.course.goes_on(line, answer, here)
        if answer.usage and not line.is_api_error_message and answer.model != "<synthetic>":
            self._used(line, answer, answer.usage, here)
        if b'"tool_use"' in bytes(answer.content):
            for block in blocks_decoder.decode(answer.content):
                if block.type == "tool_use" and block.id and block.name:
                    self._called(block, line, here)

    def _used(self, line: Line, answer: Message, tokens: Tokens, here: Here) -> None:
        key, first_ms = self._answer(line, answer, here)
        at_least = answer.stop_reason is None
        best = self.usage.get(key)
        if best is not None:
            output, known = tokens.output_tokens or 0, best.output_tokens or 0
            if output < known or (output == known and at_least == best.output_at_least):
                return
        cache = tokens.cache_creation
        total = tokens.cache_creation_input_tokens
        hour = cache.ephemeral_1h_input_tokens if cache else None
        short = cache.ephemeral_5m_input_tokens if cache else None
        if total is not None:
            short = max(0, total - (hour or 0))
        details = tokens.output_tokens_details
        self.usage[key] = Usage(
            session=here.session,
            key=key,
            at_ms=first_ms,
            copied=here.copied,
            model=answer.model,
            input_tokens=tokens.input_tokens,
            cache_read_tokens=tokens.cache_read_input_tokens,
            cache_write_5m_tokens=short,
            cache_write_1h_tokens=hour,
            output_tokens=tokens.output_tokens,
            reasoning_tokens=details.thinking_tokens if details else None,
            output_at_least=at_least,
            cost_nusd=None if line.cost is None else round(line.cost * 1e9),
        )

    def _answer(self, line: Line, answer: Message, here: Here) -> tuple[str, int | None]:
        """Key and first time of an answer, the same for all of its lines and copies.

        Without a request id the first line's own id tells answers apart whose message ids
        repeat by chance.
        """
        if not answer.id:
            return line.uuid or here.place, here.at_ms
        request = line.request_ref or line.request_id or ""
        answers = self.state.answers
        known = answers.get(f"{answer.id}:{request}")
        if known is None:
            known = (f"{answer.id}:{request or line.uuid or here.place}", here.at_ms)
            answers[f"{answer.id}:{request}"] = known
            if len(answers) > KEPT:
                del answers[next(iter(answers))]
        return known

    # -- calls and their results ------------------------------------------------------------

    def _called(self, block: Block, line: Line, here: Here) -> None:
        call = self._call_of(block, line, here)
        turn = self.course.turn_of(here)
        call.turn = turn.key if turn else None
        identity = block.id or ""
        repeated = self.calls.pop(identity, None)
        if repeated is not None:
            self._send_open(repeated)
        self.calls[identity] = call
        if len(self.calls) > KEPT:
            self._send_open(self.calls.pop(next(iter(self.calls))))

    def _call_of(self, block: Block, line: Line, here: Here) -> _Call:
        identity = block.id or ""
        name = block.name or ""
        arguments = bytes(block.input) or b"{}"
        unique = _OWN_ID.fullmatch(identity) is not None
        return _Call(
            key=identity if unique else f"{line.uuid or here.place}:{identity}",
            name=name,
            arguments=arguments,
            given=outcomes.given(name, arguments),
            offset=here.offset,
            session=here.session,
            at_ms=here.at_ms,
            copied=here.copied,
            turn=None,
        )

    def _taken_up(self, identity: str | None) -> _Call | None:
        """The open call that a result belongs to; one of an earlier reading is read again."""
        call = self.calls.pop(identity or "", None)
        known = self.state.calls.pop(identity or "", None)
        if call is not None or known is None:
            return call
        line = line_decoder.decode(lines.line_at(self.path, known.offset))
        session = line.session_id or self.state.session
        here = Here(self.name, session, time_ms(line.timestamp), known.offset, known.copied)
        for block in blocks_decoder.decode(line.message.content) if line.message else ():
            if block.id == identity:
                call = self._call_of(block, line, here)
                call.turn = known.turn
                return call
        return None

    def _result(self, line: Line, block: Block, here: Here, *, single: bool) -> None:
        call = self._taken_up(block.tool_use_id)
        if call is None:
            return
        turn = self.course.turn_of(here)
        if call.turn is None and turn is not None:
            call.turn = turn.key  # a call may be written before its prompt
        refused = False
        ok: bool | None = not block.is_error
        commits: tuple[str, ...] = ()
        if call.given is not None or block.is_error:
            headless = self.state.headless
            if headless is None:
                headless = not here.copied and entry_of(line.entrypoint) == "headless"
            mode = self.state.permission_mode
            fate = outcomes.outcome(line, block, call.name, mode, headless=headless)
            refused = fate.decision == "rejected"
            ok = None if refused else ok
            result = line.tool_use_result if single else NO_RAW
            try:
                commits = self._decided(call, fate, result, here.at_ms)
            except _BAD:  # decided all the same: what was proposed is known from the call
                self.problems.append(Problem(here.offset, "bad_type"))
                self._decided(call, fate, NO_RAW, here.at_ms)
        if not line.is_sidechain:
            self.course.decided(here, refused=refused)
        took = None
        if outcomes.was_let_through(line) and here.at_ms is not None and call.at_ms is not None:
            took = here.at_ms - call.at_ms  # below zero where the log contradicts itself
        self._send_call(call, ok=ok, took_ms=took, commits=commits)

    def _decided(
        self, call: _Call, fate: outcomes.Outcome, result: msgspec.Raw, at_ms: int | None
    ) -> tuple[str, ...]:
        given = call.given
        if given is None:
            return ()
        if call.name in outcomes.SHELLS:
            made = outcomes.commits(given.command, result)
            self._send_suggestion(call, outcomes.Proposal("command", None), fate, at_ms)
            return made
        if fate.decision != "accepted":
            change = outcomes.proposal(call.name, given)
        else:
            change, amended = outcomes.written(call.name, given, result)
            if amended:  # the person had it open and changed it
                fate = outcomes.Outcome("accepted", "chosen", "stated")
        self._send_suggestion(call, change, fate, at_ms)
        return ()

    def _send_open(self, call: _Call) -> None:
        if not call.sent:
            call.sent = True
            self._decided(call, outcomes.Outcome("undecided"), NO_RAW, None)
            self._send_call(call, ok=None, took_ms=None, commits=())

    def _send_suggestion(
        self,
        call: _Call,
        change: outcomes.Proposal,
        fate: outcomes.Outcome,
        at_ms: int | None,
    ) -> None:
        self.events.append(
            Suggestion(
                session=call.session,
                key=call.key,
                at_ms=call.at_ms,
                copied=call.copied,
                kind=change.kind,
                path=change.path,
                added=change.added,
                removed=change.removed,
                whole=change.whole,
                turn=call.turn,
                decision=fate.decision,
                how=fate.how,
                basis=fate.basis,
                decided_ms=at_ms,
            )
        )

    def _send_call(
        self, call: _Call, *, ok: bool | None, took_ms: int | None, commits: tuple[str, ...]
    ) -> None:
        self.events.append(
            ToolCall(
                session=call.session,
                key=call.key,
                at_ms=call.at_ms,
                copied=call.copied,
                kind=outcomes.call_kind(call.name, call.given),
                name=call.name,
                args=call.arguments.decode("utf-8", "replace"),
                ok=ok,
                duration_ms=took_ms,
                commits=commits,
                turn=call.turn,
            )
        )


def _reason(error: Exception) -> Reason:
    return "bad_type" if isinstance(error, msgspec.ValidationError) else "not_json"


def _opening(content: str | list[Block] | None) -> str:
    if isinstance(content, str):
        return content
    return next((block.text for block in content or () if block.text), "")

"""Reads a chat of Gemini CLI, message by message, as appended lines or one document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from tokenmirror.events import (
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
    instant_at,
    list_at,
    number_at,
    text_at,
    tokens_at,
)
from tokenmirror.sources.gemini_cli import calls
from tokenmirror.sources.gemini_cli.calls import REFUSED, Fate
from tokenmirror.sources.gemini_cli.folders import (
    folder_above,
    folder_of,
    parent_session,
    project_of,
)
from tokenmirror.sources.gemini_cli.memory import Asked, OpenTurn, State, kept, recalled
from tokenmirror.sources.gemini_cli.typed import LOG, typed_in
from tokenmirror.sources.source import Batch, Cursor, LogFile

CONTEXT = ("<session_context>", "This is the Gemini CLI. We are setting up the context")
NUDGE = "System: Please continue"
CANCELLED = "Request cancelled."
# The rewritten history carries one moment, give or take a millisecond a line.
SAME_MS = 1
MAX_LOOKS = 24


def read_lines(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New lines of a chat.  Raises ``lines.Unreadable``."""
    start, texts = lines.appended(file, cursor)
    chat = Chat(file.path, recalled(start.state))
    tally = chat.tally
    end = start.offset
    for line in texts:
        end = line.end
        size = line.end - line.offset
        if line.problem is not None:
            tally.bad(line.problem, size)
        elif line.text and not line.text.isspace():
            record = decoded(line.text)
            if isinstance(record, dict):
                chat.take(record, line.offset, size)
            else:
                reason = "not_json" if record is None else "bad_type"
                tally.bad(Problem(line.offset, reason), size)  # type: ignore[arg-type]
        if tally.full():
            yield chat.batch(start, end)
    yield chat.batch(start, end)


def read_document(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """All of a chat that older builds rewrite as one document.  Raises ``Unreadable``."""
    text = lines.whole(file)
    record = decoded(text)
    if not isinstance(record, dict):
        after = Cursor(0, file.size, file.mtime_ns)
        problems = (Problem(0, "not_json" if record is None else "bad_type"),)
        yield Batch((), after, problems if text.strip() else (), 1 if text.strip() else 0)
        return
    chat = Chat(file.path, State())
    chat.head(record)
    messages = list_at(record, "messages")
    for n, message in enumerate(messages):
        if isinstance(message, dict):
            chat.take(message, n, 0)
        else:
            chat.tally.bad(Problem(n, "bad_type"))
    chat.pause()
    last = chat.tally.batch(Cursor(len(messages), file.size, file.mtime_ns))
    # what was counted before is not counted again
    records = max(0, last.records - cursor.offset)
    last = replace(last, records=records, understood=min(last.understood, records))
    yield from lines.in_batches(list(last.events), cursor, last)


class Chat:
    """The messages of one file, one after another, and the events they have given so far."""

    def __init__(self, path: Path, state: State) -> None:
        self.path = path
        self.state = state
        self.tally = lines.Tally()
        self.typed = typed_in(project_of(path) / LOG)
        self._parent = parent_session(path)
        state.subagent = state.subagent or self._parent is not None
        state.session = state.session or path.stem
        if state.folder is None:
            state.folder = folder_of(path, state.project_hash)

    def batch(self, start: Cursor, end: int) -> Batch:
        """All that was read since the last batch."""
        self.pause()
        cursor = Cursor(end, start.size, start.mtime_ns, start.head, kept(self.state))
        return self.tally.batch(cursor)

    def pause(self) -> None:
        """Adds the session and the open turn as they stand now."""
        if self.state.messages:
            self._close_turn()
            self.tally.events.append(self._session())

    def take(self, record: dict[str, object], offset: int, size: int) -> None:
        """Reads one record; the kinds that say nothing here are passed over."""
        kind = text_at(record, "type")
        if kind in ("user", "gemini", "info", "warning", "error"):
            self.tally.known(size)
            self._message(kind, record, offset)
        elif kind is not None:
            self.tally.strange(kind, size)
        elif "$set" in record:
            self.tally.known(size)
            self.state.copying = self.state.copying and not list_at(record, "$set", "messages")
            self._named(text_at(record, "$set", "sessionId"))
        elif "$rewindTo" in record:
            self.tally.known(size)
            self._rewound(text_at(record, "$rewindTo"))
        elif "sessionId" in record:
            self.tally.known(size)
            self.head(record)
        else:
            self.tally.strange(next(iter(record), ""), size)

    # -- the session ------------------------------------------------------------------------

    def head(self, record: dict[str, object]) -> None:
        """The facts that a file begins with, again after a resume."""
        self._close_turn()
        self.state.turn = None
        self._named(text_at(record, "sessionId"))
        state = self.state
        state.project_hash = text_at(record, "projectHash") or state.project_hash
        state.subagent = state.subagent or text_at(record, "kind") == "subagent"
        began = instant_at(record, "startTime")
        if began is not None:
            state.started_ms = min(began, state.started_ms or began)
        state.folder = state.folder or folder_of(self.path, state.project_hash)
        for folder in list_at(record, "directories"):
            if isinstance(folder, str):
                self._look_for_folder(folder)

    def _named(self, session: str | None) -> None:
        if session and session != self.state.session:
            if self.state.messages:
                self.tally.events.append(self._session())
                self.state = State(
                    session=session,
                    project_hash=self.state.project_hash,
                    subagent=self.state.subagent,
                    folder=self.state.folder,
                )
            self.state.session = session

    def _look_for_folder(self, path: str | None) -> None:
        state = self.state
        if state.folder is None and state.project_hash and path and state.looks < MAX_LOOKS:
            state.looks += 1
            state.folder = folder_above(path, state.project_hash)

    def _session(self) -> Session:
        state = self.state
        return Session(
            session=state.session,
            key=state.session,
            at_ms=state.started_ms,
            folder=state.folder,
            entry="unknown"
            if state.subagent
            else self.typed.entry(state.session, state.started_ms),
            parent=self._parent,
            relation="subagent" if state.subagent else None,
            ended_ms=state.ended_ms,
        )

    # -- one message ------------------------------------------------------------------------

    def _message(self, kind: str, record: dict[str, object], offset: int) -> None:
        state = self.state
        at_ms = instant_at(record, "timestamp")
        if at_ms is None and "timestamp" in record:
            self.tally.note(Problem(offset, "bad_time"))
        copied = self._is_copy(kind, record, at_ms)
        state.last_ms = at_ms
        state.messages += 1
        if copied:
            return
        if at_ms is not None:
            state.started_ms = min(at_ms, state.started_ms or at_ms)
            state.ended_ms = max(at_ms, state.ended_ms or at_ms)
        name = text_at(record, "id") or f"{self.path.stem}:{offset}"
        if kind == "user":
            self._said(name, record, at_ms, offset)
        elif kind == "gemini":
            self._answered(name, record, at_ms)
        elif kind == "error":
            self._goes_on(at_ms, "error")
        elif kind == "info" and (_text_of(record) or "").strip() == CANCELLED:
            refused = state.turn is not None and state.turn.refused
            self._goes_on(at_ms, "asked" if refused else "interrupted")

    def _is_copy(self, kind: str, record: dict[str, object], at_ms: int | None) -> bool:
        """Whether a message belongs to the history that the tool writes a second time.

        Copies share one moment and have no tokens; the first holds the injected context
        before the first prompt, or repeats a prompt in the moment of the message before.
        """
        state = self.state
        near = (
            at_ms is not None
            and state.last_ms is not None
            and abs(at_ms - state.last_ms) <= SAME_MS
        )
        if state.copying and near and not dict_at(record, "tokens"):
            return True
        state.copying = False
        if kind == "user" and near and not _is_result(record):
            text = _text_of(record) or ""
            state.copying = bool(text) and _hash(text) in state.texts
        return state.copying

    def _said(self, name: str, record: dict[str, object], at_ms: int | None, offset: int) -> None:
        state = self.state
        if _is_result(record):
            self._goes_on(at_ms, "unknown")
            return
        text = _prompt_text(record)
        if text is None or state.subagent:
            return
        seen = _hash(text)
        count = state.texts.get(seen, 0)
        state.texts[seen] = count + 1
        sent = _hash(_text_of(record) or "")
        state.texts.setdefault(sent, 0)
        key = prompt_key(state.session, text, count)
        state.asked.append(Asked(name, key, offset))
        self._close_turn()
        state.turn = OpenTurn(key, at_ms, at_ms)
        self._send_prompt(key, record, text, at_ms, removed=False)

    def _send_prompt(
        self,
        key: str,
        record: dict[str, object],
        text: str,
        at_ms: int | None,
        *,
        removed: bool,
    ) -> None:
        author, basis = self.typed.author(self.state.session, text, at_ms)
        parts = list_at(record, "content")
        attached = sum(1 for part in parts if {"inlineData", "fileData"} & dict_at(part).keys())
        self.tally.events.append(
            Prompt(
                session=self.state.session,
                key=key,
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=attached if parts else None,
                turn=key,
                removed=removed,
            )
        )

    def _rewound(self, message: str | None) -> None:
        """The person went back to before a message: later prompts left the history."""
        asked = self.state.asked
        first = next((n for n, prompt in enumerate(asked) if prompt.message == message), None)
        for prompt in asked[first:] if first is not None else ():
            try:
                record = decoded(lines.line_at(self.path, prompt.offset))
            except lines.Unreadable:
                continue
            text = _prompt_text(record) if isinstance(record, dict) else None
            if text is not None and isinstance(record, dict):
                at_ms = instant_at(record, "timestamp")
                self._send_prompt(prompt.key, record, text, at_ms, removed=True)
        if first is not None:
            del asked[first:]

    # -- answers ----------------------------------------------------------------------------

    def _answered(self, name: str, record: dict[str, object], at_ms: int | None) -> None:
        made = list_at(record, "toolCalls")
        key = f"{self.state.session}:{name}"
        if dict_at(record, "tokens"):
            self._used(key, record, at_ms)
        self._goes_on(at_ms, "unknown" if made else "finished")
        refused = [self._called(f"{key}:{n}", call, at_ms) for n, call in enumerate(made)]
        if self.state.turn is not None:
            self.state.turn.refused = any(refused)

    def _used(self, key: str, record: dict[str, object], at_ms: int | None) -> None:
        tokens = dict_at(record, "tokens")
        read, out = tokens_at(tokens, "input"), tokens_at(tokens, "output")
        cached, thoughts = tokens_at(tokens, "cached"), tokens_at(tokens, "thoughts")
        tool, total = number_at(tokens, "tool") or 0, number_at(tokens, "total")
        fresh = read
        if read is not None:
            fresh = read - cached if cached is not None and cached <= read else read
            apart = total is None or total >= read + (out or 0) + (thoughts or 0) + tool
            fresh += tool if apart else 0
        self.tally.events.append(
            Usage(
                session=self.state.session,
                key=key,
                at_ms=at_ms,
                model=text_at(record, "model"),
                input_tokens=fresh,
                cache_read_tokens=cached,
                output_tokens=None if out is None else out + (thoughts or 0),
                reasoning_tokens=thoughts,
            )
        )

    def _called(self, key: str, call: object, at_ms: int | None) -> bool:
        """Takes a call in, and gives whether it was refused."""
        name, args = text_at(call, "name") or "", at(call, "args")
        for field in ("file_path", "dir_path", "absolute_path", "path"):
            self._look_for_folder(text_at(args, field))
        status = text_at(call, "status")
        output = calls.result_text(at(call, "result"))
        display = at(call, "resultDisplay")
        fate = _fate(status, output, display)
        ok = {"success": True, "error": False}.get(status or "")
        if ok and name == calls.SHELL:
            ok = calls.exit_ok(output)
        turn = self.state.turn.key if self.state.turn else None
        change = calls.change_of(name, args, display)
        if change is not None:
            decided_ms = None if fate.decision == "undecided" else instant_at(call, "timestamp")
            row = calls.suggestion(self.state.session, key, at_ms, turn, change, fate, decided_ms)
            self.tally.events.append(row)
        self.tally.events.append(
            ToolCall(
                session=self.state.session,
                key=key,
                at_ms=at_ms,
                kind=calls.kind_of_call(name, args),
                name=name,
                args=calls.args_text(args),
                ok=ok,
                commits=calls.commits_of(name, args, output),
                turn=turn,
            )
        )
        return fate.decision == "rejected"

    # -- the turn ---------------------------------------------------------------------------

    def _goes_on(self, at_ms: int | None, ended: TurnEnd) -> None:
        turn = self.state.turn
        if turn is None:
            return
        if at_ms is not None:
            turn.ended_ms = max(at_ms, turn.ended_ms or at_ms)
        if turn.ended not in ("interrupted", "error"):
            turn.ended = ended

    def _close_turn(self) -> None:
        turn = self.state.turn
        if turn is not None:
            self.tally.events.append(
                Turn(
                    session=self.state.session,
                    key=turn.key,
                    at_ms=turn.at_ms,
                    ended_ms=turn.ended_ms,
                    ended=turn.ended,
                )
            )


def _fate(status: str | None, output: str, display: object) -> Fate:
    if status == "success":
        # nothing says who let it through, unless the person changed it on the way
        amended = calls.amended(display)
        return Fate("accepted", "chosen", "inferred") if amended else Fate("accepted", "applied")
    if status == "cancelled" and calls.was_denied(output):
        return REFUSED
    return Fate("failed") if status == "error" else Fate()


def _is_result(record: dict[str, object]) -> bool:
    return any("functionResponse" in dict_at(part) for part in list_at(record, "content"))


def _text_of(record: dict[str, object], field: str = "content") -> str | None:
    """The text of a message without the context that the tool puts in front."""
    content = record.get(field)
    if isinstance(content, str):
        return content
    texts = [text_at(part, "text") for part in list_at(content)]
    kept = [text for text in texts if text and not text.lstrip().startswith(CONTEXT)]
    return "".join(kept) if texts else None


def _prompt_text(record: dict[str, object]) -> str | None:
    """What the person or a script sent; ``None`` for what the tool put there itself."""
    text = _text_of(record, "displayContent") or _text_of(record)
    if text is None:
        return None
    opening = text.lstrip()
    if opening.startswith(("/", "?", NUDGE, *CONTEXT)):
        return None
    pictured = any("inlineData" in dict_at(part) for part in list_at(record, "content"))
    return text if opening or pictured else None


def _hash(text: str) -> str:
    return blake2b(text.strip().encode("utf-8", "replace"), digest_size=8).hexdigest()


def prompt_key(session: str, text: str, count: int) -> str:
    """The key of a prompt: its text, and how often that was sent before in its session.

    The list of what was entered has no ids in common with a chat, and may outlive it.
    """
    return f"{session}:{_hash(text)}:{count}"

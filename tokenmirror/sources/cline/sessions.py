"""Cline's own sessions: the terminal program, and extensions on its newer core.

``<session>/<session>.messages.json`` holds the conversation, ``agent_*.messages.json``
beside it those of sub-agents, ``<session>.json`` the head: folder, branch, and whether a
person sat there (``interactive``).  The totals in the head repeat the messages.
A fork copies its parent's messages with their ids and times; these two are the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Decision,
    Entry,
    How,
    Mode,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources import commands, editors, lines
from tokenmirror.sources.changes import changed_lines, file_patches, text_lines
from tokenmirror.sources.cline.answers import fate_of, flat_text
from tokenmirror.sources.cline.edits import Proposal
from tokenmirror.sources.cline.places import MESSAGES_END, head_file
from tokenmirror.sources.cline.reader import batches
from tokenmirror.sources.cline.spending import nano_dollars
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at
from tokenmirror.sources.source import Batch, Cursor, LogFile

SHELL, PATCH, EDITOR = "run_commands", "apply_patch", "editor"
READERS = frozenset(["read_files", "search_codebase", "fetch_web_content", "list_files"])
_INPUT = re.compile(r"\s*<user_input(?:\s[^>]*)?>(.*?)(?:</user_input>|\Z)", re.DOTALL)
_INTERNAL = re.compile(r"compact|notice|reminder|summary")


@dataclass(slots=True)
class Call:
    """A call of a tool, until its result is found."""

    key: str
    name: str
    given: object
    at_ms: int | None
    copied: bool
    turn: str | None


@dataclass(frozen=True)
class Result:
    """What a call came to."""

    content: object
    is_error: bool
    at_ms: int | None

    @property
    def told(self) -> list[object]:
        """The result's parts: one a command, else one in all."""
        if isinstance(self.content, list):
            return self.content
        text = self.content if isinstance(self.content, str) else ""
        told = editors.decoded(text.encode("utf-8", "replace")) if text[:1] in "{[" else None
        return told if isinstance(told, list) else [text if told is None else told]


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one conversation; raises ``Unreadable``."""
    document = editors.decoded(lines.whole(file))
    if not isinstance(at(document, "messages"), list):
        after = lines.reread(file, cursor.offset)
        yield Batch((), after, (Problem(None, "not_json"),), 1)
        return
    head = editors.document(head_file(file.path), 8 * editors.MAX_SMALL_BYTES)
    name = file.path.name.removesuffix(MESSAGES_END)
    events = list(Conversation(document, head, name).events())
    messages = list_at(document, "messages")
    new = messages[cursor.offset :]
    bad = [Problem(None, "bad_type") for one in new if text_at(one, "role") is None]
    roles = [text_at(one, "role") for one in new]
    unknown: dict[str, int] = {}
    for role in roles:
        if role is not None and role not in ("user", "assistant"):
            unknown[role[:80]] = unknown.get(role[:80], 0) + 1
    understood = len(new) - len(bad) - sum(unknown.values())
    after = lines.reread(file, len(messages))
    whole = Batch((), after, tuple(bad), len(new), understood, unknown)
    yield from batches(events, cursor, whole)


class Conversation:
    """One file of messages with the head of its session, told as events."""

    def __init__(self, document: object, head: object, name: str) -> None:
        self._messages = list_at(document, "messages")
        self._head = head
        origin = dict_at(document, "origin")
        self._version = text_at(origin, "version")
        self._session = text_at(document, "sessionId") or text_at(origin, "sessionId") or name
        self._parent = text_at(origin, "parentThreadId")
        self._sub_agent = (
            text_at(document, "agent") == "subagent"
            or text_at(origin, "mode") == "subagent"
            or self._parent is not None
        )
        self._forked = dict_at(head, "metadata", "fork")
        self._started_ms = _instant(text_at(head, "started_at"))
        self._writes_cache = any(
            number_at(message, "metrics", "cacheWriteTokens") for message in self._messages
        )
        # Some models number their calls anew in each answer: an id is open once at a time.
        self._open: dict[str, Call] = {}
        self._ended: list[tuple[Call, Result | None]] = []

    def events(self) -> Iterator[AnyEvent]:
        """All events, the session first."""
        yield self._facts()
        turn: _Work | None = None
        for index, message in enumerate(self._messages):
            key, at_ms, copied = self._mark(index, message)
            if text_at(message, "role") == "assistant":
                yield from self._answer(message, key, at_ms, copied, turn.key if turn else None)
                if turn is not None:
                    turn.note_answer(message, at_ms)
            elif text_at(message, "role") == "user":
                self._note_results(message, at_ms)
                text = None if self._sub_agent else prompt_text(message)
                if text is not None:
                    if turn is not None:
                        yield turn.told(self._session, followed=True)
                    turn = _Work(key, at_ms, copied)
                    yield self._prompt(message, text, turn)
                elif turn is not None:
                    turn.note_results(message, at_ms)
        if turn is not None:
            yield turn.told(self._session, followed=False)
        for call, result in [*self._ended, *((call, None) for call in self._open.values())]:
            yield from outcome(self._session, call, result)

    def _mark(self, index: int, message: object) -> tuple[str, int | None, bool]:
        """Key, time and whether the message came with a fork."""
        at_ms, identity = number_at(message, "ts"), text_at(message, "id")
        early = at_ms is not None and self._started_ms is not None and at_ms < self._started_ms
        if identity and at_ms is not None:
            return f"{identity}/{at_ms}", at_ms, bool(self._forked) and early
        return f"{self._session}/{identity or index}", at_ms, False

    def _facts(self) -> Session:
        head = self._head
        times = [t for t in (number_at(m, "ts") for m in self._messages) if t is not None]
        parent = self._parent or text_at(self._forked, "forkedFromSessionId")
        metadata = dict_at(head, "metadata")
        started = [] if self._sub_agent or self._started_ms is None else [self._started_ms]
        return Session(
            session=self._session,
            key=self._session,
            at_ms=min(started or times, default=None),
            ended_ms=max(times, default=None),
            folder=text_at(head, "cwd") or text_at(head, "workspace_root"),
            branch=text_at(metadata, "git", "branch"),
            entry=_entry(at(head, "interactive")),
            mode=_mode(metadata),
            parent=parent if parent != self._session else None,
            relation="subagent" if self._sub_agent else "fork" if self._forked else None,
            tool_version=self._version or text_at(metadata, "sessionHistoryOrigin", "version"),
        )

    def _prompt(self, message: object, text: str, turn: _Work) -> Prompt:
        interactive = at(self._head, "interactive")
        author: Author = "unknown"
        if isinstance(interactive, bool):
            author = "person" if interactive else "program"
        basis: Basis = "unknown" if author == "unknown" else "stated"
        blocks = list_at(message, "content")
        return Prompt(
            session=self._session,
            key=turn.key,
            at_ms=turn.at_ms,
            copied=turn.copied,
            text=text,
            author=author,
            basis=basis,
            attachments=sum(at(b, "type") in ("image", "file", "document") for b in blocks),
            turn=turn.key,
        )

    def _answer(
        self, message: object, key: str, at_ms: int | None, copied: bool, turn: str | None
    ) -> Iterator[AnyEvent]:
        metrics = dict_at(message, "metrics")
        if number_at(metrics, "inputTokens") or number_at(metrics, "outputTokens"):
            yield self._usage(message, key, at_ms, copied)
        for number, block in enumerate(list_at(message, "content")):
            identity, name = text_at(block, "id"), text_at(block, "name")
            if at(block, "type") == "tool_use" and name:
                call = Call(
                    f"{key}/{identity or number}", name, at(block, "input"), at_ms, copied, turn
                )
                before = self._open.pop(identity or call.key, None)
                self._ended += [(before, None)] if before else []
                self._open[identity or call.key] = call

    def _usage(self, message: object, key: str, at_ms: int | None, copied: bool) -> Usage:
        """Tokens of one answer: input holds what was read from and written to the cache."""
        metrics = dict_at(message, "metrics")
        read = number_at(metrics, "cacheReadTokens")
        wrote = number_at(metrics, "cacheWriteTokens") if self._writes_cache else None
        whole = number_at(metrics, "inputTokens")
        fresh = None if whole is None else max(0, whole - (read or 0) - (wrote or 0))
        return Usage(
            session=self._session,
            key=key,
            at_ms=at_ms,
            copied=copied,
            model=text_at(message, "modelInfo", "id") or text_at(self._head, "model"),
            input_tokens=fresh,
            cache_read_tokens=read,
            cache_write_5m_tokens=wrote,
            output_tokens=number_at(metrics, "outputTokens"),
            cost_nusd=nano_dollars(at(metrics, "cost")),
        )

    def _note_results(self, message: object, at_ms: int | None) -> None:
        for block in list_at(message, "content"):
            identity = text_at(block, "tool_use_id")
            call = self._open.pop(identity, None) if identity else None
            if at(block, "type") == "tool_result" and call is not None:
                error = at(block, "is_error") is True
                self._ended.append((call, Result(at(block, "content"), error, at_ms)))


def prompt_text(message: object) -> str | None:
    """What reached the tool from outside in a message of the user role; ``None`` for nothing.

    Beside results of tools only a text in the tool's own wrapper is one.
    """
    metadata = dict_at(message, "metadata")
    internal = text_at(metadata, "displayRole") in ("system", "status")
    if internal or _INTERNAL.search(text_at(metadata, "kind") or ""):
        return None
    content = at(message, "content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list_at(content)
    texts = [text_at(block, "text") or "" for block in blocks if at(block, "type") == "text"]
    wrapped = [match[1] for match in map(_INPUT.match, texts) if match]
    if wrapped:
        return "\n".join(wrapped)
    if any(at(block, "type") == "tool_result" for block in blocks):
        return None
    return "\n".join(texts) if any(text.strip() for text in texts) else None


@dataclass(slots=True)
class _Work:
    """The work on one prompt as far as it was read."""

    key: str
    at_ms: int | None
    copied: bool
    ended_ms: int | None = None
    answered: bool = False
    calling: bool = False
    refused: bool = False

    def note_answer(self, message: object, at_ms: int | None) -> None:
        blocks = list_at(message, "content")
        self.answered, self.refused = True, False
        self.calling = any(at(block, "type") == "tool_use" for block in blocks)
        self.ended_ms = at_ms if at_ms is not None else self.ended_ms

    def note_results(self, message: object, at_ms: int | None) -> None:
        blocks = list_at(message, "content")
        self.refused = any(
            fate_of(flat_text(at(block, "content"))) == "refused" for block in blocks
        )
        self.ended_ms = at_ms if at_ms is not None else self.ended_ms

    def told(self, session: str, *, followed: bool) -> Turn:
        """The turn; one that another prompt followed without any answer was stopped."""
        ended: TurnEnd = "unknown"
        if self.refused:
            ended = "asked"
        elif self.answered and not self.calling:
            ended = "finished"
        elif followed:
            ended = "interrupted"
        return Turn(
            session=session,
            key=self.key,
            at_ms=self.at_ms,
            copied=self.copied,
            ended_ms=self.ended_ms,
            ended=ended,
        )


# -- calls -----------------------------------------------------------------------------------


def outcome(session: str, call: Call, result: Result | None) -> Iterator[AnyEvent]:
    """A call and, where it changes files or runs commands, the suggestion that it is."""
    decision, how, basis = _decided(call, result)
    decided_ms = result.at_ms if result and decision != "undecided" else None
    shell = call.name == SHELL
    changes = [Proposal("command", None)] if shell else proposals(call)
    for change in changes:
        yield Suggestion(
            session=session,
            key=call.key if shell else f"{call.key}/{change.path}",
            at_ms=call.at_ms,
            copied=call.copied,
            kind=change.kind,
            path=change.path,
            added=change.added,
            removed=change.removed,
            whole=change.whole,
            turn=call.turn,
            decision=decision,
            how=how,
            basis=basis,
            decided_ms=decided_ms,
        )
    script = "\n".join(command_lines(call.given)) if shell else ""
    yield ToolCall(
        session=session,
        key=call.key,
        at_ms=call.at_ms,
        copied=call.copied,
        kind=_kind(call, script),
        name=call.name,
        args=_arguments(call.given),
        ok=None if result is None or decision == "rejected" else _ok(result),
        commits=commands.commits_in(script, _printed(result)) if shell and result else (),
        turn=call.turn,
    )


def _decided(call: Call, result: Result | None) -> tuple[Decision, How | None, Basis]:
    if result is None:
        return "undecided", None, "unknown"
    text = result.content if isinstance(result.content, str) else flat_text(result.content)
    fate = fate_of(text, is_error=result.is_error)
    if fate == "refused":
        return "rejected", "chosen", "stated"
    if fate == "failed" or (call.name != SHELL and not _ok(result)):
        return "failed", None, "stated"
    return "accepted", "applied", "stated"


def _ok(result: Result) -> bool:
    told = [at(part, "success") for part in result.told]
    return not result.is_error and False not in told and fate_of(_printed(result)) == "done"


def _printed(result: Result | None) -> str:
    parts = result.told if result else []
    texts = [
        p if isinstance(p, str) else text_at(p, "result") or text_at(p, "error") for p in parts
    ]
    return "\n".join(text for text in texts if text)


def _arguments(given: object) -> str:
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()


def _kind(call: Call, script: str) -> CallKind:
    if call.name == SHELL:
        return commands.kind_of(script)
    if call.name in (PATCH, EDITOR):
        return "edit"
    return "read" if call.name in READERS else "other"


def command_lines(given: object) -> list[str]:
    """The command lines of a call, from any form in which a model may give them."""
    value = given
    if isinstance(given, dict):
        value = given.get("commands", given.get("cmd", given))
    items = value if isinstance(value, list) else [value]
    found: list[str] = []
    for item in items:
        if isinstance(item, str):
            found.append(item)
        elif text_at(item, "command"):
            args = [arg for arg in list_at(item, "args") if isinstance(arg, str)]
            found.append(" ".join([text_at(item, "command") or "", *args]))
    return found


def proposals(call: Call) -> list[Proposal]:
    """The files that a call changes; one that a patch names twice is joined."""
    if call.name == EDITOR:
        edit = _edit(dict_at(call.given))
        return [edit] if edit else []
    if call.name != PATCH:
        return []
    text = call.given if isinstance(call.given, str) else text_at(call.given, "input")
    found: dict[str, Proposal] = {}
    for part in file_patches(text or ""):
        known = found.get(part.path, Proposal(part.kind, part.path))
        found[part.path] = _longer(known, part.added, part.removed)
    return list(found.values())


def _longer(known: Proposal, added: tuple[str, ...], removed: tuple[str, ...]) -> Proposal:
    return known._replace(
        added=known.added + added,
        removed=known.removed + removed,
        whole=known.kind == "new_file",
    )


def _edit(given: dict[str, object]) -> Proposal | None:
    path = text_at(given, "path")
    old, new = text_at(given, "old_text"), text_at(given, "new_text")
    if path is None or new is None:
        return None
    if old:
        return Proposal("edit", path, *changed_lines(old, new))
    if number_at(given, "insert_line") is not None:
        return Proposal("edit", path, tuple(text_lines(new)))
    return Proposal("new_file", path, tuple(text_lines(new)), (), whole=True)


def _entry(interactive: object) -> Entry:
    if not isinstance(interactive, bool):
        return "unknown"
    return "interactive" if interactive else "headless"


def _mode(metadata: Mapping[str, object]) -> Mode:
    if text_at(metadata, "mode") == "plan":
        return "plan"
    return "auto_all" if at(metadata, "autoApproveTools") is True else "unknown"


def _instant(text: str | None) -> int | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        stamp = round(moment.timestamp() * 1000)
    except (OverflowError, OSError, ValueError):
        return None
    return stamp if 0 <= stamp < 253_402_300_800_000 else None

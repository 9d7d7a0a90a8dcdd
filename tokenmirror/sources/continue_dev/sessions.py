"""Chats of Continue: one document a session, without times and without ids of items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Basis,
    CallKind,
    Decision,
    EditKind,
    How,
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
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.continue_dev.acceptance import instant
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile

INDEX = "sessions.json"
SHELLS = frozenset(["Bash", "run_terminal_command", "runTerminalCommand"])
WRITERS = frozenset(["Write", "create_new_file", "builtin_create_new_file"])
EDITORS = WRITERS | {
    *["Edit", "MultiEdit", "edit_existing_file", "single_find_and_replace", "multi_edit"],
    *["search_and_replace_in_file", "builtin_edit_existing_file"],
}
READERS = frozenset(
    [
        *["Read", "List", "Search", "Fetch", "read_file", "read_currently_open_file", "ls"],
        *["read_file_range", "file_glob_search", "grep_search", "codebase", "view_diff"],
        *["view_repo_map", "view_subdirectory", "fetch_url_content", "search_web"],
    ]
)
ROLES = frozenset(["user", "assistant", "tool", "thinking", "system"])
_REFUSED = "Permission denied by user"
_EXIT = re.compile(r"Error \(exit code (\d{1,10})\)|[Ee]xit code:? (\d{1,10})")
KEPT = 600

Fate = tuple[Decision, How | None, Basis]
Change = tuple[EditKind, str | None, Changed]
_COMMAND: Change = ("command", None, ((), ()))


class Memory(msgspec.Struct):
    """Prompt and output tokens of answers told before, by key, also of answers gone since."""

    told: dict[str, tuple[int, int]] = {}


@dataclass(slots=True)
class Chat:
    """A session while its items are read in order."""

    session: str
    in_editor: bool
    logged_apart: bool
    events: list[AnyEvent] = field(default_factory=list)
    turn: str | None = None
    ended: TurnEnd = "unknown"
    answered: bool = False

    def close(self, *, followed: bool) -> None:
        """Ends the turn; one that the next prompt followed without an answer was stopped."""
        if self.turn is None:
            return
        ended: TurnEnd = "interrupted" if followed and not self.answered else self.ended
        self.events.append(Turn(session=self.session, key=self.turn, at_ms=None, ended=ended))


# -- reading ---------------------------------------------------------------------------------


def read_index(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """The list of sessions: when each began, and in which folder.  Raises ``Unreadable``."""
    document = editors.decoded(lines.whole(file))
    entries = document if isinstance(document, list) else []
    events: list[AnyEvent] = []
    for entry in entries:
        session = text_at(entry, "sessionId") or text_at(entry, "session_id")
        if session:
            events.append(
                Session(
                    session=session,
                    key=session,
                    at_ms=instant(at(entry, "dateCreated") or at(entry, "date_created")),
                    folder=_folder(entry),
                )
            )
    bad = () if isinstance(document, list) else (Problem(None, "not_json"),)
    new = max(0, len(events) - cursor.offset)
    after = lines.reread(file, max(cursor.offset, len(events)))
    yield from _batches(events, cursor, Batch((), after, bad, new + len(bad), new))


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one session; raises ``Unreadable``."""
    document = editors.decoded(lines.whole(file))
    if not isinstance(at(document, "history"), list):
        after = lines.reread(file, cursor.offset, cursor.state)
        yield Batch((), after, (Problem(None, "not_json"),), 1)
        return
    items = list_at(document, "history")
    chat = _chat(document, file.path)
    memory = _memory(cursor.state)
    chat.events.append(_facts(document, chat))
    for index, item in enumerate(items):
        _take(chat, index, item)
    chat.close(followed=False)
    if not (chat.in_editor and _data(file.path, "tokensGenerated")):
        chat.events += _tokens(document, items, chat.session, memory)
    count = _count(items, cursor.offset)
    memory.told = dict([*memory.told.items()][-KEPT:])
    after = lines.reread(file, max(cursor.offset, len(items)), msgspec.msgpack.encode(memory))
    yield from _batches(chat.events, cursor, replace(count, cursor=after))


def _batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _memory(state: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError):
        return Memory()


def _count(items: list[object], before: int) -> Batch:
    roles = [text_at(item, "message", "role") for item in items[before:]]
    bad = tuple(Problem(None, "bad_type") for role in roles if role is None)
    unknown: dict[str, int] = {}
    for role in roles:
        if role is not None and role not in ROLES:
            unknown[role[:80]] = unknown.get(role[:80], 0) + 1
    understood = len(roles) - len(bad) - sum(unknown.values())
    return Batch((), Cursor(), bad, len(roles), understood, unknown)


def _chat(document: object, path: Path) -> Chat:
    """Sessions of an editor name a mode or a model, those of the terminal program neither."""
    items = list_at(document, "history")
    marked = any(text_at(document, name) for name in ("mode", "chatModelTitle"))
    in_editor = marked or any(list_at(item, "promptLogs") for item in items)
    session = text_at(document, "sessionId") or path.stem
    return Chat(session, in_editor, in_editor and _data(path, "editOutcome"))


def _data(session: Path, name: str) -> bool:
    """Whether the acceptance log beside the sessions has a file of that kind."""
    root = session.parent.parent / "dev_data"
    return any((root / part / f"{name}.jsonl").is_file() for part in ("0.2.0", "0.1.0", "."))


def _facts(document: object, chat: Chat) -> Session:
    return Session(
        session=chat.session,
        key=chat.session,
        at_ms=None,
        folder=_folder(document),
        entry="interactive" if chat.in_editor else "unknown",
        mode="plan" if text_at(document, "mode") == "plan" else "unknown",
    )


def _folder(told: object) -> str | None:
    return editors.path_of(
        text_at(told, "workspaceDirectory") or text_at(told, "workspace_directory")
    )


# -- items -----------------------------------------------------------------------------------


def _take(chat: Chat, index: int, item: object) -> None:
    role = text_at(item, "message", "role")
    if role == "user":
        _prompt(chat, index, item)
    elif role == "assistant":
        chat.answered = True
        calls = list_at(item, "toolCallStates")
        chat.ended = "unknown" if calls else "finished"
        for number, state in enumerate(calls):
            _call(chat, f"{chat.session}/{index}/{number}", state)


def _prompt(chat: Chat, index: int, item: object) -> None:
    content = at(item, "message", "content")
    text = content if isinstance(content, str) else "\n".join(_texts(content))
    pictures = sum(at(part, "type") == "imageUrl" for part in list_at(content))
    chat.close(followed=True)
    basis: Basis = "inferred" if chat.in_editor else "unknown"
    key = f"{chat.session}/{index}/{len(text)}"
    chat.turn, chat.ended, chat.answered = key, "unknown", False
    chat.events.append(
        Prompt(
            session=chat.session,
            key=key,
            at_ms=None,
            text=text,
            author="person" if chat.in_editor else "unknown",
            basis=basis,
            attachments=len(list_at(item, "contextItems")) + pictures,
            turn=key,
        )
    )


def _texts(content: object) -> Iterator[str]:
    for part in list_at(content):
        text = text_at(part, "text")
        if text and at(part, "type") == "text":
            yield text


def _call(chat: Chat, key: str, state: object) -> None:
    name = text_at(state, "toolCall", "function", "name") or "tool"
    arguments = text_at(state, "toolCall", "function", "arguments") or ""
    given = dict_at(state, "parsedArgs") or dict_at(editors.decoded(arguments.encode()))
    output = "\n".join(text for text in _outputs(state) if text)
    status = text_at(state, "status")
    fate = _decided(chat, status, output)
    if fate[0] == "rejected":
        chat.ended = "asked"
    line = (text_at(given, "command") or "") if name in SHELLS else ""
    if name in SHELLS:
        # one that came back with an error ran all the same
        ran: Fate = ("accepted", "applied", "stated")
        chat.events.append(_suggestion(chat, key, _COMMAND, ran if fate[0] == "failed" else fate))
    elif name in EDITORS and not (chat.logged_apart and fate[0] != "rejected"):
        # An edit that an editor applied is told, with its answer, by the acceptance log.
        chat.events.append(_suggestion(chat, key, _change(name, given), fate))
    chat.events.append(
        ToolCall(
            session=chat.session,
            key=key,
            at_ms=None,
            kind=_kind(name, line),
            name=name,
            args=arguments,
            ok=_ok(status, output),
            commits=commands.commits_in(line, output) if line else (),
            turn=chat.turn,
        )
    )


def _suggestion(chat: Chat, key: str, change: Change, fate: Fate) -> Suggestion:
    kind, path, (added, removed) = change
    decision, how, basis = fate
    return Suggestion(
        session=chat.session,
        key=key,
        at_ms=None,
        kind=kind,
        path=path,
        added=added,
        removed=removed,
        whole=kind == "new_file",
        turn=chat.turn,
        decision=decision,
        how=how,
        basis=basis,
    )


def _kind(name: str, line: str) -> CallKind:
    if name in SHELLS:
        return commands.kind_of(line)
    return "edit" if name in EDITORS else "read" if name in READERS else "other"


def _outputs(state: object) -> Iterator[str | None]:
    for part in list_at(state, "output"):
        yield text_at(part, "content")


def _ok(status: str | None, output: str) -> bool | None:
    if status == "done":
        return _EXIT.match(output) is None
    return False if status == "errored" else None


def _decided(chat: Chat, status: str | None, output: str) -> Fate:
    if status == "done":
        return "accepted", "applied", "stated"
    if status == "errored":
        return "failed", None, "stated"
    if status == "canceled":
        if output.startswith(_REFUSED):
            return "rejected", "chosen", "stated"
        # In an editor this is the button beside the call; elsewhere a rule said no.
        return ("rejected", "chosen", "inferred") if chat.in_editor else ("failed", None, "stated")
    return "undecided", None, "unknown"


def _change(name: str, given: dict[str, object]) -> Change:
    """Kind, file and lines of an edit; lines are none where a model wrote in outlines only."""
    address = text_at(given, "filepath") or text_at(given, "file_path")
    path = editors.path_of(address)
    if name in WRITERS:
        text = text_at(given, "content") or text_at(given, "contents") or ""
        return "new_file", path, (tuple(text_lines(text)), ())
    added: list[str] = []
    removed: list[str] = []
    for part in list_at(given, "edits") or [given]:
        old, new = text_at(part, "old_string"), text_at(part, "new_string")
        if old is not None and new is not None:
            more, less = changed_lines(old, new)
            added += more
            removed += less
    return "edit", path, (tuple(added), tuple(removed))


# -- tokens ----------------------------------------------------------------------------------


def _tokens(document: object, items: list[object], session: str, memory: Memory) -> Iterator[Usage]:
    """Tokens of each answer, and of the session as far as no answer holds them.

    The session's sum is the truth; answers that were not kept are in it alone.
    """
    model = None
    for index, item in enumerate(items):
        used = dict_at(item, "message", "usage")
        prompt = number_at(used, "prompt_tokens")
        output = number_at(used, "completion_tokens")
        if output is None:
            continue
        model = text_at(used, "model")
        # Numbers beside the place: an answer that takes another's place is another one.
        key = f"{index}/{prompt}/{output}"
        memory.told[key] = (prompt or 0, output)
        details = dict_at(used, "prompt_tokens_details")
        cached = number_at(details, "cache_read_tokens") or number_at(details, "cached_tokens")
        wrote = number_at(details, "cache_write_tokens")
        yield _use(f"{session}/{key}", session, model, (prompt, cached, wrote, output))
    total = dict_at(document, "usage")
    output = number_at(total, "completionTokens")
    if output is None:
        return
    prompt = number_at(total, "promptTokens")
    known = [sum(told[i] for told in memory.told.values()) for i in (0, 1)]
    details = dict_at(total, "promptTokensDetails")
    cached = number_at(details, "cachedTokens")
    wrote = number_at(details, "cacheWriteTokens")
    left = max(0, output - known[1])
    if left or (prompt or 0) > known[0]:
        rest = (max(0, (prompt or 0) - known[0]), cached, wrote, left)
        yield _use(f"{session}/rest", session, model, rest)


def _use(
    key: str,
    session: str,
    model: str | None,
    counts: tuple[int | None, int | None, int | None, int],
) -> Usage:
    """Input is known only where the provider tells cached tokens apart from it."""
    prompt, cached, wrote, output = counts
    apart = bool(cached or wrote)
    return Usage(
        session=session,
        key=key,
        at_ms=None,
        model=model,
        input_tokens=prompt if apart else None,
        cache_read_tokens=cached if apart else None,
        cache_write_5m_tokens=wrote if apart else None,
        output_tokens=output,
    )

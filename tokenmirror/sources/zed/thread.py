"""One thread of Zed's agent, of either form, told as events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

import msgspec
from msgspec.structs import replace

from tokenmirror.events import (
    AnyEvent,
    CallKind,
    Decision,
    EditKind,
    How,
    Mode,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    Usage,
)
from tokenmirror.sources import editors
from tokenmirror.sources.changes import Changed, changed_lines, patch_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

MODES: dict[str, Mode] = {"ask": "ask", "minimal": "ask", "write": "auto_edits"}
EDITS = frozenset(("edit_file", "streaming_edit_file", "write_file", "create_file", "delete_path"))
KINDS: dict[CallKind, frozenset[str]] = {
    "edit": EDITS | {"copy_path", "move_path", "create_directory", "rename", "code_action"},
    "read": frozenset(
        ("read_file", "list_directory", "find_path", "grep", "open", "symbol_info", "code_symbols")
    ),
    "lint": frozenset(("diagnostics",)),
}
_REFUSED = re.compile(r"(?:denied|rejected|declined) by (?:the )?user", re.IGNORECASE)
_STOPPED = re.compile(r"cancel(?:l?ed)? by (?:the )?user|^user cancel", re.IGNORECASE)
_FAILED = re.compile(r"failed with exit code (-?\d+)")
_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
# How the parts of a message name their kind in the newer form.
_USER, _AGENT, _CALL = "User", "Agent", "ToolUse"


@dataclass(frozen=True)
class Facts:
    """What the columns of a thread's row say."""

    thread: str
    saved_ms: int | None
    began_ms: int | None
    parent: str | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A tool call with its result, of either form."""

    name: str
    key: str
    args: object
    result: object


@dataclass(frozen=True)
class Message:
    """A message of either form; ``text`` is ``None`` for the agent's."""

    key: str
    text: str | None = None
    attachments: int = 0
    calls: tuple[Call, ...] = ()


@dataclass
class Telling:
    """What is known while a thread is told."""

    facts: Facts
    folders: tuple[str, ...]
    delegated: bool
    at_ms: int | None
    turn: str | None = None


def events(facts: Facts, told: dict[str, object]) -> Iterator[AnyEvent]:
    """Everything a thread says; nothing for an imported or an empty one."""
    messages = list(_messages(facts.thread, told))
    usage = list(_usage(facts, told))
    if told.get("imported") is True or not (messages or usage):
        return
    snapshots = list_at(told, "initial_project_snapshot", "worktree_snapshots")
    shown = [text_at(snapshot, "worktree_path") for snapshot in snapshots]
    folders = facts.folders or tuple(path for path in shown if path)
    parent = facts.parent or text_at(told, "subagent_context", "parent_thread_id")
    delegated = parent is not None or bool(dict_at(told, "subagent_context"))
    branch = text_at(snapshots[0], "git_state", "current_branch") if len(snapshots) == 1 else None
    yield replace(
        bare(facts),
        folder=folders[0] if len(folders) == 1 else None,
        branch=branch,
        mode=MODES.get(text_at(told, "profile") or "", "unknown"),
        parent=parent,
        relation="subagent" if delegated else None,
    )
    telling = Telling(facts, folders, delegated, facts.began_ms)
    for message in messages:
        yield from _told(telling, message)
    yield from usage


def bare(facts: Facts) -> Session:
    """A thread of which only the columns of its row can be read."""
    return Session(
        session=facts.thread,
        key=facts.thread,
        at_ms=facts.began_ms,
        folder=facts.folders[0] if len(facts.folders) == 1 else None,
        entry="interactive",
        parent=facts.parent,
        relation="subagent" if facts.parent else None,
        ended_ms=facts.saved_ms,
    )


def _told(telling: Telling, message: Message) -> Iterator[AnyEvent]:
    thread = telling.facts.thread
    if message.text is not None:
        if telling.turn is not None:
            telling.at_ms = telling.facts.saved_ms
        telling.turn = message.key
        yield Prompt(
            session=thread,
            key=message.key,
            at_ms=telling.at_ms,
            text=message.text,
            author="agent" if telling.delegated else "person",
            basis="stated" if telling.delegated else "inferred",
            attachments=message.attachments,
            turn=message.key,
        )
        yield Turn(session=thread, key=message.key, at_ms=telling.at_ms)
    for call in message.calls:
        yield from _called(telling, call)


def _messages(thread: str, told: dict[str, object]) -> Iterator[Message]:
    messages = list_at(told, "messages")
    results = {
        text_at(result, "tool_use_id"): result
        for message in messages
        for result in list_at(message, "tool_results")
    }
    for nth, message in enumerate(messages):
        key = f"{thread}/{nth}"
        if text_at(message, "role"):
            yield _older(key, message, results)
        elif dict_at(message, _USER):
            yield _asked(thread, key, dict_at(message, _USER))
        elif dict_at(message, _AGENT):
            yield Message(key, calls=tuple(_calls(key, dict_at(message, _AGENT))))


def _asked(thread: str, key: str, user: dict[str, object]) -> Message:
    parts = list_at(user, "content")
    texts = [text for text in (text_at(part, "Text") for part in parts) if text]
    name = text_at(user, "id")
    text = "\n".join(texts)
    others = len(parts) - sum(text_at(part, "Text") is not None for part in parts)
    return Message(f"{thread}/{name}" if name else key, text if text.strip() else None, others)


def _calls(key: str, agent: dict[str, object]) -> Iterator[Call]:
    results: dict[str | None, object] = dict(dict_at(agent, "tool_results").items())
    for nth, part in enumerate(list_at(agent, "content")):
        use = dict_at(part, _CALL)
        name = text_at(use, "name")
        if name:
            yield _call(name, key, nth, use, results)


def _older(key: str, message: object, results: dict[str | None, object]) -> Message:
    """A message of a thread before 0.3.0; results of its calls stand with a later message."""
    if text_at(message, "role") == "user":
        segments = list_at(message, "segments")
        texts = [text_at(part, "text") for part in segments if text_at(part, "type") == "text"]
        text = "\n".join(part for part in texts if part)
        return Message(key, text if text.strip() else None)
    uses = [dict_at([use], 0) for use in list_at(message, "tool_uses")]
    calls = [
        _call(name, key, nth, use, results)
        for nth, use in enumerate(uses)
        if (name := text_at(use, "name"))
    ]
    return Message(key, calls=tuple(calls))


def _call(
    name: str, key: str, nth: int, use: dict[str, object], results: dict[str | None, object]
) -> Call:
    call = text_at(use, "id")
    return Call(name, f"{key}/{call or nth}", use.get("input"), results.get(call) if call else None)


def _called(telling: Telling, call: Call) -> Iterator[AnyEvent]:
    command = text_at(call.args, "command") if call.name == "terminal" else None
    said = _words(call.result)
    decision, how = _decision(call.result, said)
    told = ToolCall(
        session=telling.facts.thread,
        key=call.key,
        at_ms=telling.at_ms,
        kind=kind_of(command) if command else _kind(call.name),
        name=call.name,
        args="" if call.args is None else msgspec.json.encode(call.args).decode(),
        ok=_ok(call, decision, said),
        turn=telling.turn,
    )
    if command and told.ok:
        told = replace(told, commits=commits_in(command, said))
    yield told
    if command is None and call.name not in EDITS:
        return
    proposed = Suggestion(
        session=telling.facts.thread,
        key=call.key,
        at_ms=telling.at_ms,
        kind="command",
        turn=telling.turn,
        decision=decision,
        how=how,
        basis="unknown" if how is None else "inferred" if how == "chosen" else "stated",
    )
    yield proposed if command else _edit(telling, call, proposed)


def _kind(name: str) -> CallKind:
    return next((kind for kind, names in KINDS.items() if name in names), "other")


def _words(result: object) -> str:
    content = at(result, "content")
    if isinstance(content, str):
        return content
    return text_at(content, "Text") or text_at(content, "text") or ""


def _decision(result: object, said: str) -> tuple[Decision, How | None]:
    if not isinstance(result, dict):
        return "undecided", None
    if at(result, "is_error") is not True:
        return "accepted", "applied"
    if _REFUSED.search(said):
        return "rejected", "chosen"
    return ("undecided" if _STOPPED.search(said) else "failed"), None


def _ok(call: Call, decision: Decision, said: str) -> bool | None:
    """Whether a call went well; refused and stopped ones went neither way."""
    if decision in ("rejected", "undecided"):
        return None
    return decision != "failed" and not (call.name == "terminal" and _FAILED.search(said))


def _edit(telling: Telling, call: Call, proposed: Suggestion) -> Suggestion:
    output = at(call.result, "output")
    told = editors.decoded(output.encode()) if isinstance(output, str) else output
    new = text_at(told, "new_text")
    old = text_at(told, "old_text")
    mode = text_at(call.args, "mode")
    created = mode == "create" or call.name == "create_file"
    changed, whole = _lines(call.args, told, old, new)
    kind: EditKind = "new_file" if created and not changed[1] else "edit"
    return replace(
        proposed,
        kind="delete" if call.name == "delete_path" else kind,
        path=_full(text_at(call.args, "path"), telling.folders),
        added=changed[0],
        removed=changed[1],
        whole=whole,
    )


def _lines(args: object, told: object, old: str | None, new: str | None) -> tuple[Changed, bool]:
    """Lines by the result's texts, by its difference, by the arguments; and whether whole."""
    if new is not None and old is not None:
        return changed_lines(old, new), False
    shown = text_at(told, "diff")
    if shown:
        body = (line for line in shown.split("\n") if not line.startswith(("+++", "---")))
        return patch_lines(body), False
    steps = [args, *list_at(args, "edits")]
    pairs = [
        changed_lines(text_at(step, "old_text") or "", text_at(step, "new_text") or "")
        for step in steps
    ]
    added = tuple(line for pair in pairs for line in pair[0])
    removed = tuple(line for pair in pairs for line in pair[1])
    if added or removed:
        return (added, removed), False
    text = new if new is not None else text_at(args, "content") or text_at(args, "contents")
    return (tuple(text_lines(text or "")), ()), bool(text)


def _full(path: str | None, folders: tuple[str, ...]) -> str | None:
    """A path that begins with the name of one of the project's folders, in full."""
    if path is None or not folders:
        return path
    first, slash, rest = path.replace("\\", "/").partition("/")
    for folder in folders:
        place: PurePath = PureWindowsPath(folder) if "\\" in folder else PurePosixPath(folder)
        if slash and place.name == first:
            return str(place / rest)
    return path


def _usage(facts: Facts, told: dict[str, object]) -> Iterator[Usage]:
    sums = _counts(told.get("cumulative_token_usage"))
    if sums is None:
        requests = told.get("request_token_usage")
        uses = list(requests.values()) if isinstance(requests, dict) else list_at([requests], 0)
        known = [counts for counts in map(_counts, uses) if counts is not None]
        sums = [sum(column) for column in zip(*known, strict=True)] if known else None
    if sums is None:
        return
    fresh, output, written, cached = sums
    yield Usage(
        session=facts.thread,
        key=facts.thread,
        at_ms=facts.began_ms,
        model=text_at(told, "model", "model"),
        input_tokens=fresh,
        cache_read_tokens=cached,
        cache_write_5m_tokens=written,
        output_tokens=output,
    )


def _counts(told: object) -> list[int] | None:
    """The four counts, of which zeros are left out; ``None`` where all are."""
    counts = [number_at(told, name) or 0 for name in _COUNTS]
    return counts if any(counts) else None

"""Copilot's chats in JetBrains' editors: what can be told without Java.

The store is a file of H2's MVStore with documents that Java serialised.  Their texts stand
in it as JSON: an object whose keys are ids of nodes, whose values are JSON in JSON.  A turn
begins with the key ``__first__``; in a turn of agent mode (one with an ``AgentRound``) the
``Markdown`` nodes are the prompt, else they are the answer, and prompts stand in objects of
their own.  The store keeps older copies of its pages: nodes with the same id are one.
No time stands in these texts, and which chat a turn belongs to is not known for sure: a
store counts as one session, whose end is the file's last change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, CallKind, Problem, Prompt, Session, ToolCall, Turn
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.editors import at, decoded, dict_at, list_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

Json = dict[str, object]
Nodes = dict[str, Json]
Texts = dict[str, Nodes]

KINDS = ("chat-agent-sessions", "chat-sessions", "chat-edit-sessions")
_MAGIC = b"H:2,"
_STARTS = re.compile(rb'\{"(?:__first__|[0-9a-fA-F-]{36})":\{"type":"')
_CONTROL = re.compile(rb"[\x00-\x1f]")
_decoder = json.JSONDecoder()
_READS = ("read", "search", "list", "get", "grep", "find")
_EDITS = ("edit", "insert", "create_file", "replace", "apply_patch", "write")


def places(machine: Machine) -> tuple[Path, ...]:
    """Folders with a folder for each editor."""
    config = machine.home / ".config"
    homes = [machine.variable("XDG_CONFIG_HOME") or config, config]
    if "windows" in machine.platforms:
        homes.append(machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local")
    return tuple(home / "github-copilot" for home in dict.fromkeys(homes))


def find(machine: Machine) -> Iterator[LogFile]:
    """The stores of all editors."""
    for root in places(machine):
        for file in lines.walk(root, ("-nitrite.db",), depth=3):
            inside = file.path.relative_to(root).parts
            if len(inside) >= 3 and inside[1] in KINDS:
                yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a store tells; raises ``Unreadable``."""
    data = lines.whole(file)
    after = Cursor(0, file.size, file.mtime_ns)
    if not data.startswith(_MAGIC):
        yield Batch((), after, (Problem(None, "unknown_kind"),), 1, 0)
        return
    turns, prompts = _texts(data)
    events = list(_events(file, turns, prompts))
    records = len(turns) + len(prompts)
    new = max(0, records - cursor.offset)  # what was counted before is not counted again
    whole = Batch((), replace(after, offset=max(records, cursor.offset)), (), new, new)
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), cursor)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _texts(data: bytes) -> tuple[Texts, Texts]:
    """Turns, and prompts that stand alone, as nodes by id; later copies fill earlier ones."""
    turns: Texts = {}
    prompts: Texts = {}
    end = 0
    for match in _STARTS.finditer(data):
        if match.start() < end:
            continue
        text = data[match.start() : _stop(data, match.start())].decode("utf-8", "replace")
        try:
            told, length = _decoder.raw_decode(text)
        except (ValueError, RecursionError):
            continue
        end = match.start() + len(text[:length].encode())
        first = text_at(told, "__first__", "value")
        nodes = _nodes(decoded(first.encode()) if first else told)
        if nodes:
            known = turns if first else prompts
            known.setdefault(_name(known, nodes), {}).update(nodes)
    return turns, prompts


def _name(known: Texts, nodes: Nodes) -> str:
    """The name of a turn: its first node's id, with a number where others have the same.

    An older copy of a page holds the beginning of a text; another text is another turn.
    """
    first = name = next(iter(nodes))
    number, text = 1, _said(nodes)
    while name in known:
        other = _said(known[name])
        if other.startswith(text) or text.startswith(other):
            break
        number += 1
        name = f"{first}~{number}"
    return name


def _said(nodes: Nodes) -> str:
    fields = {"Markdown": "text", "AgentRound": "reply"}
    found = (text_at(node, "data", fields.get(str(node["type"]), "")) for node in nodes.values())
    return "\n".join(text for text in found if text)


def _stop(data: bytes, start: int) -> int:
    """Where the readable stretch ends: JSON holds no control signs."""
    found = _CONTROL.search(data, start)
    return found.start() if found else len(data)


def _nodes(told: object) -> Nodes:
    found: Nodes = {}
    for name, entry in dict_at(told).items():
        value = text_at(entry, "value")
        inner = dict_at(decoded(value.encode())) if value else {}
        if text_at(inner, "type"):
            data = text_at(inner, "data")
            found[name] = {"type": inner["type"], "data": decoded(data.encode()) if data else None}
    return found


def _events(file: LogFile, turns: Texts, prompts: Texts) -> Iterator[AnyEvent]:
    session = "/".join(file.path.parts[-4:-1])
    if turns or prompts:
        last = file.mtime_ns // 1_000_000
        yield Session(session=session, key=session, at_ms=None, entry="interactive", ended_ms=last)
    for name, nodes in prompts.items():
        yield from _prompt(session, f"{session}/{name}", nodes)
    for name, nodes in turns.items():
        key = f"{session}/{name}"
        rounds = [node for node in nodes.values() if node["type"] == "AgentRound"]
        if rounds:
            yield from _prompt(session, key, nodes)
        yield Turn(session=session, key=key, at_ms=None, ended="finished")
        calls = chain.from_iterable(list_at(node, "data", "toolCalls") for node in rounds)
        for nth, call in enumerate(calls):
            yield _call(session, key, call, nth)


def _prompt(session: str, key: str, nodes: Nodes) -> Iterator[Prompt]:
    said = [node for node in nodes.values() if node["type"] == "Markdown"]
    texts = [text_at(node, "data", "text") or "" for node in said]
    text = "\n".join(text for text in texts if text)
    if text:
        yield Prompt(session=session, key=key, at_ms=None, text=text, turn=key)


def _call(session: str, turn: str, call: object, nth: int) -> ToolCall:
    name = text_at(call, "name") or text_at(call, "toolName") or ""
    given = at(call, "input") or at(call, "arguments") or {}
    plain = name.lower()
    kind: CallKind = "other"
    if any(word in plain for word in _EDITS):
        kind = "edit"
    elif any(word in plain for word in _READS):
        kind = "read"
    return ToolCall(
        session=session,
        key=f"{turn}/{text_at(call, 'id') or text_at(call, 'toolCallId') or nth}",
        at_ms=None,
        kind=kind,
        name=name,
        args=msgspec.json.encode(given).decode(),
        turn=turn,
    )


SOURCE = Source(
    key="jetbrains-copilot",
    name="GitHub Copilot in JetBrains editors",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S2", "S5"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Times of prompts cannot be read from the store."),
        mark("Whether you accepted an edit or a completion is not written down."),
        mark("Tokens, folder and git branch are not written down."),
    ),
)

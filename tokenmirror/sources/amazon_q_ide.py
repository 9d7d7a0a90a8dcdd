"""Amazon Q Developer in editors: VS Code, JetBrains, Visual Studio and Eclipse share one store.

Places: ``~/.aws/amazonq/history/chat-history-<workspace>.json`` on every system, a document
that is rewritten at every change; ``<workspace>`` is a hash, so that the folder is unknown.
Read is the collection ``tabs``: prompts, calls of tools in the answers, their results in the
next prompt.  The oldest messages are removed when it grows: what was read once stays.  Ids
of conversations, messages and calls are the tool's own.

Made after Amazon's source, September 2026; no log of a known run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, decoded, dict_at, instant_at, list_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

Json = dict[str, object]

WRITES = frozenset(["fswrite", "fsreplace"])
SHELLS = frozenset(["executebash"])
READS = frozenset(["fsread", "listdirectory", "filesearch", "grepsearch", "codesearch"])
_REFUSED = re.compile(r"\b(?:rejected|denied|declined|cancell?ed)\b", re.IGNORECASE)


def places(machine: Machine) -> tuple[Path, ...]:
    """The folder with the histories of chats."""
    return (machine.home / ".aws" / "amazonq" / "history",)


def find(machine: Machine) -> Iterator[LogFile]:
    """The histories, one for each workspace."""
    for file in lines.walk(places(machine)[0], (".json",), depth=0):
        if file.path.name.startswith("chat-history-"):
            yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of a history; raises ``Unreadable``."""
    told = decoded(lines.whole(file))
    events: list[AnyEvent] = []
    records = 0
    for collection in list_at(told, "collections"):
        if text_at(collection, "name") == "tabs":
            for tab in list_at(collection, "data"):
                for conversation in list_at(tab, "conversations"):
                    records += len(list_at(conversation, "messages"))
                    events += _conversation(conversation, tab)
    bad: tuple[Problem, ...] = ()
    if not isinstance(told, dict):
        bad = (Problem(None, "not_json" if told is None else "bad_type"),)
    new = max(0, records - cursor.offset)  # what was counted before is not counted again
    after = Cursor(max(records, cursor.offset), file.size, file.mtime_ns)
    whole = Batch((), after, bad, new + len(bad), new)
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), cursor)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


@dataclass
class _Course:
    """What a conversation has come to."""

    session: str
    turn: Turn | None = None
    times: tuple[int, ...] = ()


def _conversation(told: object, tab: object) -> list[AnyEvent]:
    session = text_at(told, "conversationId") or text_at(tab, "historyId")
    messages = list_at(told, "messages")
    if not session or not messages:
        return []
    results = _results(messages)
    course = _Course(session)
    events: list[AnyEvent] = []
    for nth, message in enumerate(messages):
        moment = instant_at(message, "timestamp")
        course.times += (moment,) if moment is not None else ()
        if text_at(message, "type") == "prompt":
            events += _asked(course, message, nth, moment)
        elif text_at(message, "type") == "answer":
            events += _answered(course, message, moment, results)
    if course.turn is not None:
        events.append(course.turn)
    if not events:
        return []
    first = min(course.times, default=None)
    last = max(course.times, default=None)
    row = Session(session=session, key=session, at_ms=first, entry="interactive", ended_ms=last)
    return [row, *events]


def _results(messages: list[object]) -> dict[str, object]:
    return {
        text_at(result, "toolUseId") or "": result
        for message in messages
        for result in list_at(message, "userInputMessageContext", "toolResults")
    }


def _asked(course: _Course, message: object, nth: int, moment: int | None) -> list[AnyEvent]:
    text = text_at(message, "body") or ""
    if not text.strip() or at(message, "shouldDisplayMessage") is False:
        return []  # results of tools go the same way
    done: list[AnyEvent] = [course.turn] if course.turn else []
    name = text_at(message, "messageId") or text_at(message, "timestamp") or str(nth)
    key = f"{course.session}/{name}"
    course.turn = Turn(session=course.session, key=key, at_ms=moment)
    prompt = Prompt(session=course.session, key=key, at_ms=moment, text=text, turn=key)
    return [*done, prompt]


def _answered(
    course: _Course, message: object, moment: int | None, results: dict[str, object]
) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    uses = [use for use in list_at(message, "toolUses") if text_at(use, "toolUseId")]
    for use in uses:
        events += _call(course, use, moment, results.get(text_at(use, "toolUseId") or ""))
    if course.turn is not None:
        ended: TurnEnd = "unknown" if uses else "finished"
        course.turn = msgspec.structs.replace(course.turn, ended_ms=moment, ended=ended)
    return events


def _call(
    course: _Course, use: object, moment: int | None, result: object
) -> Iterator[Suggestion | ToolCall]:
    name = text_at(use, "name") or ""
    plain = name.replace("_", "").lower()
    given = dict_at(use, "input")
    key = f"{course.session}/{text_at(use, 'toolUseId')}"
    turn = course.turn.key if course.turn else None
    output = msgspec.json.encode(at(result, "content")).decode()
    decision, how, basis = _fate(result, output)
    edit = _edit(plain, given)
    if edit is not None:
        kind, path, changed = edit
        yield Suggestion(
            session=course.session,
            key=key,
            at_ms=moment,
            kind=kind,
            path=path,
            added=changed[0],
            removed=changed[1],
            whole=kind == "new_file",
            turn=turn,
            decision=decision,
            how=how,
            basis=basis,
        )
    command = text_at(given, "command") or "" if plain in SHELLS else ""
    other: CallKind = "edit" if edit is not None else "read" if plain in READS else "other"
    yield ToolCall(
        session=course.session,
        key=key,
        at_ms=moment,
        kind=kind_of(command) if plain in SHELLS else other,
        name=name,
        args=msgspec.json.encode(given).decode(),
        ok={"accepted": True, "failed": False}.get(decision),
        commits=commits_in(command, output.replace("\\n", "\n")) if command else (),
        turn=turn,
    )


def _fate(result: object, output: str) -> tuple[Decision, How | None, Basis]:
    status = text_at(result, "status")
    if status == "success":
        return "accepted", "applied", "unknown"
    if status != "error":
        return "undecided", None, "unknown"
    if _REFUSED.search(output):
        return "rejected", "chosen", "inferred"
    return "failed", None, "unknown"


def _edit(plain: str, given: Json) -> tuple[EditKind, str | None, Changed] | None:
    if plain in SHELLS:
        return "command", None, ((), ())
    if plain not in WRITES:
        return None
    path, step = text_at(given, "path"), (text_at(given, "command") or "").lower()
    if step == "create":
        return "new_file", path, (tuple(text_lines(text_at(given, "fileText") or "")), ())
    if step == "append":
        text = text_at(given, "newStr") or text_at(given, "fileText") or ""
        return "edit", path, (tuple(text_lines(text)), ())
    added: list[str] = []
    removed: list[str] = []
    for pair in list_at(given, "diffs") or [given]:
        more, less = changed_lines(text_at(pair, "oldStr") or "", text_at(pair, "newStr") or "")
        added += more
        removed += less
    return "edit", path, (tuple(added), tuple(removed))


SOURCE = Source(
    key="amazon-q-ide",
    name="Amazon Q in editors",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S2", "S3", "S4", "S5", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Completions shown and accepted in the editor are not written down."),
        mark("Neither tokens nor credits are written down."),
        mark("The folder is written down as a hash alone."),
        mark("Edits that you undo afterwards are not written down."),
    ),
)

"""Assistants that keep no more than a chat: Trae, Cody, CopilotChat for Neovim.

Trae, and Trae CN: up to 2025 under ``memento/icube-ai-agent-storage`` in the global and the
workspaces' ``state.vscdb``, as ``{list: [{sessionId, createdAt, updatedAt, messages:
[{role, content, timestamp}]}]}``.  Newer builds keep a database under ``ModularData`` that
the vendor encrypts.

Cody: the state of its extension in an editor's global ``state.vscdb``, there
``cody-local-chatHistory-v2``, by account, ``chat`` by id: ``{interactions: [{humanMessage,
assistantMessage}], lastInteractionTimestamp}``.

CopilotChat for Neovim: ``copilotchat_history/<name>.json`` among Neovim's data, a list of
``{role, content}``, written when the person saves a chat; saving again writes it over.

A message's key is its place in its chat.  None of them tells tokens, edits or decisions;
without times the chat's own, else the file's, stands for that of its prompts.  From other
readers' notes and the extensions' sources; November 2026.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from tokenmirror.events import AnyEvent, Problem, Prompt, Session, Turn
from tokenmirror.language import mark
from tokenmirror.sources import editors, lines
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

STATE = "state.vscdb"
TRAE_KEY = "memento/icube-ai-agent-storage"
TRAE_DATABASE = Path("ModularData", "ai-agent", "database.db")
CODY_KEYS = ("sourcegraph.cody-ai", "Sourcegraph.cody-ai")
CODY_HISTORY = "cody-local-chatHistory-v2"
SAVED = "copilotchat_history"
SQLITE = b"SQLite format 3\0"
TRAES = (editors.TRAE, editors.TRAE_CN)
_UNSAID = mark("Edits, decisions on them, tokens and completions are not written down.")


@dataclass(frozen=True)
class Message:
    """A message of a chat; ``mine`` when the person wrote it."""

    mine: bool
    text: str
    at_ms: int | None = None


@dataclass(frozen=True)
class Chat:
    """A chat with its messages in order."""

    session: str
    messages: tuple[Message, ...]
    began_ms: int | None = None
    ended_ms: int | None = None
    folder: str | None = None


def events(chat: Chat, at_ms: int) -> Iterator[AnyEvent]:
    """A chat's session, prompts and turns; ``at_ms`` stands where no time is told."""
    asked = [n for n, message in enumerate(chat.messages) if message.mine and message.text.strip()]
    if not asked:
        return
    known = chat.began_ms if chat.began_ms is not None else chat.ended_ms
    began = known if known is not None else at_ms
    yield Session(
        session=chat.session,
        key=chat.session,
        at_ms=began,
        folder=chat.folder,
        entry="interactive",
        ended_ms=chat.ended_ms,
    )
    for nth, until in zip(asked, [*asked[1:], len(chat.messages)], strict=True):
        message, key = chat.messages[nth], f"{chat.session}/{nth}"
        moment = message.at_ms if message.at_ms is not None else began
        answers = [one.at_ms for one in chat.messages[nth + 1 : until] if one.at_ms is not None]
        yield Prompt(
            session=chat.session,
            key=key,
            at_ms=moment,
            text=message.text,
            author="person",
            basis="inferred",
            turn=key,
        )
        yield Turn(session=chat.session, key=key, at_ms=moment, ended_ms=max(answers, default=None))


def instant_ms(told: object) -> int | None:
    """UTC milliseconds of a number, an ISO 8601 text or a date as browsers write it."""
    if not isinstance(told, str):
        return number_at([told], 0) or None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(told)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return int(aware.timestamp() * 1000)
        except (ValueError, OverflowError, TypeError):
            continue
    return None


def _batches(
    chats: Iterable[Chat], file: LogFile, cursor: Cursor, problems: tuple[Problem, ...] = ()
) -> Iterator[Batch]:
    found: list[AnyEvent] = []
    count = 0
    for chat in chats:
        count += len(chat.messages)
        found += events(chat, file.mtime_ns // 1_000_000)
        while len(found) > BATCH_EVENTS:
            yield Batch(tuple(found[:BATCH_EVENTS]), cursor)
            del found[:BATCH_EVENTS]
    new = max(0, count - cursor.offset)  # what was counted before is not counted again
    after = Cursor(count, file.size, file.mtime_ns)
    yield Batch(tuple(found), after, problems, new + len(problems), new)


def _state_file(folder: Path) -> LogFile | None:
    state = folder / STATE
    return lines.log_file(state, state.with_name(STATE + "-wal"))


def _value(file: LogFile, key: str) -> tuple[object, tuple[Problem, ...]]:
    """A value of a state database, and the problem where it is no JSON."""
    data = editors.state_value(file.path, key)
    found = editors.decoded(data) if data else None
    return found, (Problem(0, "not_json"),) if data and found is None else ()


# -- Trae ------------------------------------------------------------------------------------


def _trae_places(machine: Machine) -> tuple[Path, ...]:
    users = editors.user_folders(machine, TRAES)
    return (*users, *(user.parent / TRAE_DATABASE.parent for user in users))


def _find_trae(machine: Machine) -> Iterator[LogFile]:
    for user in editors.user_folders(machine, TRAES):
        for folder in (*editors.global_folders(user), *editors.workspaces(user)):
            file = _state_file(folder)
            if file is not None:
                yield file
        file = lines.log_file(user.parent / TRAE_DATABASE)
        if file is not None:
            yield file


def _read_trae(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    if file.path.name != STATE:
        yield _trae_database(file, cursor)
        return
    told, problems = _value(file, TRAE_KEY)
    folder = editors.workspace_folder(file.path.parent)
    chats = (_trae_chat(session, folder) for session in list_at(told, "list"))
    yield from _batches((chat for chat in chats if chat), file, cursor, problems)


def _trae_database(file: LogFile, cursor: Cursor) -> Batch:
    """The newer store: nothing but whether the vendor still encrypts it."""
    with lines.opened(file.path) as handle:
        is_sealed = os.read(handle, len(SQLITE)) != SQLITE
    return lines.sealed(file, cursor, "encrypted" if is_sealed else "unknown_kind")


def _trae_chat(told: object, folder: str | None) -> Chat | None:
    name = text_at(told, "sessionId")
    messages = tuple(
        Message(
            text_at(one, "role") == "user",
            text_at(one, "content") or "",
            instant_ms(at(one, "timestamp")),
        )
        for one in list_at(told, "messages")
    )
    if not name:
        return None
    began, ended = (instant_ms(at(told, key)) for key in ("createdAt", "updatedAt"))
    return Chat(name, messages, began, ended, folder)


# -- Cody ------------------------------------------------------------------------------------


def _cody_places(machine: Machine) -> tuple[Path, ...]:
    return editors.user_folders(machine, (*editors.MICROSOFT, *editors.FORKS))


def _find_cody(machine: Machine) -> Iterator[LogFile]:
    for user in _cody_places(machine):
        for storage in editors.global_folders(user):
            file = _state_file(storage)
            if file is not None and editors.extension_folder(storage, CODY_KEYS[0]):
                yield file


def _read_cody(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    chats: list[Chat] = []
    problems: tuple[Problem, ...] = ()
    for key in CODY_KEYS:
        told, wrong = _value(file, key)
        problems += wrong
        for account in dict_at(told, CODY_HISTORY).values():
            for name, chat in dict_at(account, "chat").items():
                chats.append(_cody_chat(name, chat))
    yield from _batches(chats, file, cursor, problems)


def _cody_chat(name: str, told: object) -> Chat:
    messages: list[Message] = []
    for pair in list_at(told, "interactions"):
        messages.append(Message(mine=True, text=text_at(pair, "humanMessage", "text") or ""))
        if dict_at(pair, "assistantMessage"):
            messages.append(Message(mine=False, text=""))
    ended = instant_ms(at(told, "lastInteractionTimestamp"))
    # A chat's id is the date of its beginning, as a browser writes it.
    began = instant_ms(text_at(told, "id") or name)
    return Chat(text_at(told, "id") or name, tuple(messages), began, ended)


# -- CopilotChat for Neovim ------------------------------------------------------------------


def _neovim_places(machine: Machine) -> tuple[Path, ...]:
    name = machine.environ.get("NVIM_APPNAME", "") or "nvim"
    found: list[Path] = []
    if {"linux", "macos"} & set(machine.platforms):
        share = machine.variable("XDG_DATA_HOME") or machine.home / ".local" / "share"
        found.append(share / name / SAVED)
    if "windows" in machine.platforms:
        local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
        found.append(local / f"{name}-data" / SAVED)
    return tuple(found)


def _find_neovim(machine: Machine) -> Iterator[LogFile]:
    for place in _neovim_places(machine):
        yield from lines.walk(place, (".json",), depth=0)


def _read_neovim(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    told = editors.decoded(lines.whole(file))
    problems = () if isinstance(told, list) else (Problem(0, "not_json"),)
    messages = tuple(
        Message(text_at(one, "role") == "user", text_at(one, "content") or "")
        for one in list_at([told], 0)
    )
    yield from _batches([Chat(f"{SAVED}/{file.path.stem}", messages)], file, cursor, problems)


def _source(
    key: str,
    name: str,
    places: Callable[[Machine], tuple[Path, ...]],
    find: Callable[[Machine], Iterator[LogFile]],
    read: Callable[[LogFile, Cursor], Iterator[Batch]],
    *more: str,
) -> Source:
    return Source(
        key=key,
        name=name,
        version=1,
        full=frozenset(),
        partly=frozenset({"S1", "S2", "S7"}),
        places=places,
        find=find,
        read=read,
        unsaid=(_UNSAID, *more),
    )


TRAE = _source(
    "trae",
    "Trae",
    _trae_places,
    _find_trae,
    _read_trae,
    mark("Chats of newer builds are encrypted by the vendor."),
)
CODY = _source("cody", "Cody", _cody_places, _find_cody, _read_cody)
COPILOT_CHAT = _source(
    "copilotchat-nvim",
    "CopilotChat for Neovim",
    _neovim_places,
    _find_neovim,
    _read_neovim,
    mark("Only chats that you save are written down, without times."),
)
SOURCES = (TRAE, CODY, COPILOT_CHAT)

"""Workspace databases: which folder a conversation belongs to, and the chat of 2023 and 2024.

Conversations name their folder themselves from Cursor 3.12 on; before, the workspace's own
database lists them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tokenmirror.events import AnyEvent, Prompt, Session, Turn
from tokenmirror.sources import editors, lines
from tokenmirror.sources.cursor import store
from tokenmirror.sources.cursor.shape import bytes_of
from tokenmirror.sources.editors import list_at, text_at

STATE = "state.vscdb"
TABS = "workbench.panel.aichat.view.aichat.chatdata"
_LISTS = ("composer.composerData", store.HEADERS)
_PANES = "workbench.panel.composerChatViewPane"
_VIEW = "workbench.panel.aichat.view."


def listed(db: sqlite3.Connection) -> list[str]:
    """The conversations that a workspace's database lists, in order."""
    found: list[str] = []
    for key in _LISTS:
        told = editors.decoded(store.item(db, key) or b"")
        found += [text_at(head, "composerId") or "" for head in list_at(told, "allComposers")]
        found += [name for name in list_at(told, "selectedComposerIds") if isinstance(name, str)]
    query = "select value from ItemTable where key >= ? and key < ?"
    for (value,) in db.execute(query, (_PANES, _PANES + "~")):
        told = editors.decoded(bytes_of(value) or b"")
        keys = told if isinstance(told, dict) else {}
        found += [key.removeprefix(_VIEW) for key in keys if key.startswith(_VIEW)]
    return [name for name in dict.fromkeys(found) if name]


class Folders:
    """Folders of conversations by the workspaces that list them; looked up once, when asked."""

    def __init__(self, user: Path) -> None:
        self._user = user
        self._found: dict[str, str] | None = None

    def of(self, session: str) -> str | None:
        """The folder of a conversation; ``None`` when no workspace lists it."""
        if self._found is None:
            self._found = dict(self._links())
        return self._found.get(session)

    def _links(self) -> Iterator[tuple[str, str]]:
        for workspace in editors.workspaces(self._user):
            folder = editors.workspace_folder(workspace)
            database = workspace / STATE
            if folder is None or not database.is_file():
                continue
            with suppress(lines.Unreadable), lines.sqlite_copy(database) as db:
                if "ItemTable" in store.tables(db):
                    yield from ((name, folder) for name in listed(db))


def folder_events(names: list[str], folder: str, stores: list[Path]) -> Iterator[Session]:
    """The folder of those conversations that the global database really has."""
    for database in stores:
        with suppress(lines.Unreadable), lines.sqlite_copy(database) as db:
            if "cursorDiskKV" not in store.tables(db):
                continue
            for name in names:
                if store.holds(db, name):
                    yield Session(session=name, key=name, at_ms=None, folder=folder)


def chat_tabs(db: sqlite3.Connection, folder: str | None) -> tuple[list[AnyEvent], int]:
    """Prompts and turns of the chat before there were conversations, and how many messages."""
    tabs = editors.chat_tabs(editors.decoded(store.item(db, TABS) or b""))
    found: list[AnyEvent] = []
    for tab in tabs:
        found.append(
            Session(
                session=tab.name,
                key=tab.name,
                at_ms=tab.sent_ms,
                folder=folder,
                entry="interactive",
                mode="ask",
            )
        )
        for nth, text in tab.asked:
            found += _asked(tab, f"{tab.name}/{nth}", text)
    return found, sum(tab.messages for tab in tabs)


def _asked(tab: editors.ChatTab, key: str, text: str) -> list[AnyEvent]:
    prompt = Prompt(
        session=tab.name,
        key=key,
        at_ms=tab.sent_ms,
        text=text,
        author="person",
        basis="inferred",
        turn=key,
    )
    return [prompt, Turn(session=tab.name, key=key, at_ms=tab.sent_ms)]

"""Assistants that keep a chat alone, and Positron, which keeps VS Code's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.sources.reading import Read, machine, read_home
from tests.sources.test_vscode_copilot import asked, start
from tokenmirror.events import Prompt, Session, Suggestion, Turn, Usage
from tokenmirror.sources.chats import CODY, COPILOT_CHAT, TRAE
from tokenmirror.sources.source import Source
from tokenmirror.sources.vscode_copilot import POSITRON, SOURCE

T0 = 1_750_000_000_000
TRAE_USER = Path(".config/Trae CN/User")
SHOP = TRAE_USER / "workspaceStorage" / "aa11"
CODY_STORE = Path(".config/Code/User/globalStorage")
SAVED = Path(".local/share/nvim/copilotchat_history")


def items(path: Path, key: str, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table if not exists ItemTable (key text unique, value blob)")
        text = value if isinstance(value, str) else json.dumps(value)
        db.execute("insert or replace into ItemTable values (?, ?)", (key, text))
    return path


def trae(home: Path, *messages: object, at: Path = SHOP, **more: object) -> Path:
    (home / at).mkdir(parents=True, exist_ok=True)
    (home / at / "workspace.json").write_text('{"folder":"file:///w/shop"}')
    told = {"sessionId": "s1", "createdAt": T0, "messages": list(messages)} | more
    key = "memento/icube-ai-agent-storage"
    return items(home / at / "state.vscdb", key, {"list": [told, {"messages": []}]})


def said(role: str, content: str, seconds: int | None = None) -> dict[str, object]:
    told: dict[str, object] = {"role": role, "content": content}
    return told if seconds is None else told | {"timestamp": T0 + seconds * 1000}


def cody(home: Path, *texts: str) -> Path:
    (home / CODY_STORE / "sourcegraph.cody-ai").mkdir(parents=True, exist_ok=True)
    answer = {"speaker": "assistant", "text": "ok"}
    pairs = [{"humanMessage": {"text": text}, "assistantMessage": answer} for text in texts]
    name = "Mon, 16 Jun 2025 08:00:00 GMT"
    chat = {"id": name, "interactions": pairs, "lastInteractionTimestamp": "2025-06-16T08:05:00Z"}
    told = {"cody-local-chatHistory-v2": {"https://x-me": {"chat": {name: chat}}}}
    return items(home / CODY_STORE / "state.vscdb", "sourcegraph.cody-ai", told)


def neovim(home: Path, *told: object, name: str = "tests") -> Path:
    path = home / SAVED / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(told)))
    return path


def positron(home: Path, *requests: object) -> Path:
    path = home / ".config/Positron/User/workspaceStorage/aa11/chatSessions/s1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(start(requests=list(requests))) + "\n")
    return path


def read(source: Source, home: Path) -> Read:
    return read_home(source, home)


# -- Trae ------------------------------------------------------------------------------------


def test_a_chat_of_trae_is_read(tmp_path):
    trae(tmp_path, said("user", "why", 5), said("assistant", "so", 9), said("user", "and", 20))

    found = read(TRAE, tmp_path)

    assert [(p.text, p.key, p.at_ms - T0) for p in found.rows(Prompt)] == [
        ("why", "s1/0", 5_000),
        ("and", "s1/2", 20_000),
    ]
    assert [turn.ended_ms for turn in found.rows(Turn)] == [T0 + 9_000, None]
    assert [(s.folder, s.at_ms) for s in found.rows(Session)] == [("/w/shop", T0)]


def test_messages_of_trae_without_a_time_take_the_beginning(tmp_path):
    trae(tmp_path, said("user", "why"))

    assert [prompt.at_ms for prompt in read(TRAE, tmp_path).rows(Prompt)] == [T0]


def test_the_global_state_of_trae_is_read_too(tmp_path):
    trae(tmp_path, said("user", "why"), at=TRAE_USER / "globalStorage")

    assert len(read(TRAE, tmp_path).rows(Prompt)) == 1


@pytest.mark.parametrize(
    ("head", "reason"), [(b"\x8f" * 64, "encrypted"), (b"SQLite format 3\0 more", "unknown_kind")]
)
def test_the_newer_store_of_trae_is_a_problem(tmp_path, head, reason):
    path = tmp_path / ".config/Trae/ModularData/ai-agent/database.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(head)

    found = read(TRAE, tmp_path)

    assert [problem.reason for problem in found.problems] == [reason]
    assert found.events == []


def test_a_value_that_is_no_json_is_a_problem(tmp_path):
    items(tmp_path / SHOP / "state.vscdb", "memento/icube-ai-agent-storage", "{torn")

    assert [problem.reason for problem in read(TRAE, tmp_path).problems] == ["not_json"]


# -- Cody ------------------------------------------------------------------------------------


def test_a_chat_of_cody_is_read(tmp_path):
    cody(tmp_path, "why", "and")

    found = read(CODY, tmp_path)

    assert [prompt.text for prompt in found.rows(Prompt)] == ["why", "and"]
    (session,) = found.rows(Session)
    assert (session.at_ms, session.ended_ms) == (1_750_060_800_000, 1_750_061_100_000)


def test_an_editor_without_cody_is_not_looked_into(tmp_path):
    path = cody(tmp_path, "why")
    (path.parent / "sourcegraph.cody-ai").rmdir()

    assert read(CODY, tmp_path).events == []


# -- CopilotChat for Neovim ------------------------------------------------------------------


def test_a_saved_chat_is_read(tmp_path):
    path = neovim(tmp_path, said("user", "why"), said("assistant", "so"), said("user", " "))

    (prompt,) = read(COPILOT_CHAT, tmp_path).rows(Prompt)

    assert (prompt.text, prompt.session) == ("why", "copilotchat_history/tests")
    assert prompt.at_ms == path.stat().st_mtime_ns // 1_000_000


def test_a_file_of_another_kind_is_a_problem(tmp_path):
    neovim(tmp_path).write_text('{"role": "user"}')

    assert [problem.reason for problem in read(COPILOT_CHAT, tmp_path).problems] == ["not_json"]


def test_neovim_under_another_name_is_found(tmp_path):
    neovim(tmp_path, said("user", "why"))
    moved = tmp_path / ".local/share/lazy"
    (tmp_path / SAVED.parent).rename(moved)

    files = list(COPILOT_CHAT.find(machine(tmp_path, NVIM_APPNAME="lazy")))

    assert [file.path.parent.parent for file in files] == [moved]


# -- all of them -----------------------------------------------------------------------------


def test_nothing_but_chats_is_told(tmp_path):
    trae(tmp_path, said("user", "why"))
    cody(tmp_path, "why")
    neovim(tmp_path, said("user", "why"))

    for source in (TRAE, CODY, COPILOT_CHAT):
        found = read(source, tmp_path)
        assert len(found.rows(Prompt)) == 1
        assert [*found.rows(Usage), *found.rows(Suggestion)] == []


@pytest.mark.parametrize("source", [TRAE, CODY, COPILOT_CHAT], ids=lambda one: one.key)
def test_each_platform_has_its_place(source, tmp_path):
    for platform in ("linux", "macos", "windows"):
        assert source.places(machine(tmp_path, (platform,)))


# -- Positron --------------------------------------------------------------------------------


def test_positron_s_chat_is_told_as_positron_s_alone(tmp_path):
    positron(tmp_path, asked(1, "fit a model"))

    assert [prompt.text for prompt in read(POSITRON, tmp_path).rows(Prompt)] == ["fit a model"]
    assert read(SOURCE, tmp_path).events == []

"""Folders, addresses and state databases that editors built on VS Code share."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.sources.reading import machine
from tokenmirror.sources import editors, lines
from tokenmirror.sources.source import Machine


def state_db(path: Path, wal: bool = False, **items: str) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.execute(f"pragma journal_mode={'wal' if wal else 'delete'}")
    db.execute("create table ItemTable (key text unique on conflict replace, value blob)")
    db.executemany("insert into ItemTable values (?, ?)", items.items())
    db.commit()
    return db


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def user_folders(platform: str, **environ: str) -> list[str]:
    here = Machine(Path("/h"), (platform,), environ)  # type: ignore[arg-type]
    return [str(folder) for folder in editors.user_folders(here, editors.MICROSOFT)]


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", "/h/.config/Code/User"),
        ("linux", "/h/.config/Code - Insiders/User"),
        ("linux", "/h/.config/VSCodium/User"),
        ("linux", "/h/.config/Code - OSS/User"),
        ("linux", "/h/.var/app/com.visualstudio.code/config/Code/User"),
        ("linux", "/h/.var/app/com.vscodium.codium/config/VSCodium/User"),
        ("linux", "/h/.vscode-server/data/User"),
        ("linux", "/h/.vscode-server-insiders/data/User"),
        ("linux", "/h/.local/share/code-server/User"),
        ("macos", "/h/Library/Application Support/Code/User"),
        ("windows", "/h/AppData/Roaming/Code/User"),
    ],
)
def test_each_product_is_looked_for_where_it_keeps_its_data(platform, folder):
    assert folder in user_folders(platform)


def test_variables_of_the_person_move_the_folders():
    folders = user_folders("linux", XDG_CONFIG_HOME="/c", VSCODE_PORTABLE="/usb/data")
    assert "/c/Code/User" in folders
    assert "/usb/data/user-data/User" in folders
    assert "/h/.config/Code/User" not in folders


def test_a_copied_home_is_read_in_every_layout(tmp_path):
    folders = editors.user_folders(machine(tmp_path), editors.MICROSOFT)
    assert tmp_path / "Library" / "Application Support" / "Code" / "User" in folders
    assert tmp_path / "AppData" / "Roaming" / "VSCodium" / "User" in folders


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///home/x/a%20b", "/home/x/a b"),
        ("file:///c%3A/Users/x", "c:/Users/x"),
        ("vscode-remote://ssh-remote%2Bhost/x", "vscode-remote://ssh-remote+host/x"),
        ({"scheme": "file", "path": "/c:/x"}, "c:/x"),
        ({"scheme": "file", "path": "/x", "authority": "nas"}, "//nas/x"),
        (
            {"scheme": "vscode-remote", "authority": "wsl+deb", "path": "/x"},
            "vscode-remote://wsl+deb/x",
        ),
        ({"scheme": "file", "path": 3}, None),
        ("http://[", None),
        (None, None),
        (7, None),
    ],
)
def test_an_address_names_a_path(address, path):
    assert editors.path_of(address) == path


def test_beside_the_files_only_the_path_of_an_address_counts():
    address = "vscode-remote://127.0.0.1:8080/home/x"
    assert editors.path_of(address, server=True) == "/home/x"
    assert editors.on_server(Path("/h/.local/share/code-server/User"))
    assert editors.on_server(Path("/h/.vscode-server-insiders/data/User"))
    assert not editors.on_server(Path("/h/.config/Code/User"))


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        (b'{"folder":"file:///w/shop"}', "/w/shop"),
        (b'{"folder":"vscode-remote://ssh-remote%2Bh/w"}', "vscode-remote://ssh-remote+h/w"),
        (b'{"workspace":"file:///w/x.code-workspace"}', None),
        (b'{"folder":7}', None),
        (b"not json", None),
    ],
)
def test_a_workspace_says_which_folder_it_shows(tmp_path, told, folder):
    (tmp_path / "workspace.json").write_bytes(told)
    assert editors.workspace_folder(tmp_path) == folder


def test_an_extensions_folder_is_found_whatever_its_case(tmp_path):
    (tmp_path / "GitHub.copilot-chat").mkdir()
    found = editors.extension_folder(tmp_path, "github.copilot-chat")
    assert found == tmp_path / "GitHub.copilot-chat"


def test_named_profiles_have_global_storage_too(tmp_path):
    (tmp_path / "profiles" / "a1" / "globalStorage").mkdir(parents=True)
    (tmp_path / "globalStorage").mkdir()
    assert len(list(editors.global_folders(tmp_path))) == 2


def test_half_characters_do_not_cost_the_rest_of_a_document():
    told = editors.decoded(rb'{"a":"cut \ud83d","b":"\ud83d\ude00 \\ud83d"}')
    assert told == {"a": "cut \ufffd", "b": "\U0001f600 \\ud83d"}
    assert editors.decoded(b'{"a":"\xff"}') == {"a": "\ufffd"}
    assert editors.decoded(b"[" * 100_000) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), (3.0, 3), (3.5, None), (True, None), ("3", None), (-1, None), (10**30, None)],
)
def test_numbers_are_taken_only_where_they_can_be_right(value, number):
    assert editors.number_at({"n": value}, "n") == number


@pytest.mark.parametrize("wal", [False, True])
def test_a_database_is_read_while_its_editor_holds_it_open(tmp_path, wal):
    owner = state_db(tmp_path / "state.vscdb", wal=wal, seen="1")
    owner.execute("insert into ItemTable values ('unsaved', '2')")
    before = names(tmp_path)
    assert editors.state_value(tmp_path / "state.vscdb", "seen") == b"1"
    assert editors.state_value(tmp_path / "state.vscdb", "unsaved") is None
    assert names(tmp_path) == before
    owner.rollback()
    owner.close()


def test_what_stands_in_the_write_ahead_log_alone_is_read(tmp_path):
    owner = state_db(tmp_path / "live" / "state.vscdb", wal=True, seen="1")
    shutil.copytree(tmp_path / "live", tmp_path / "left")
    (tmp_path / "left" / "state.vscdb-shm").unlink()
    owner.close()
    assert editors.state_value(tmp_path / "left" / "state.vscdb", "seen") == b"1"
    assert names(tmp_path / "left") == ["state.vscdb", "state.vscdb-wal"]


def test_reading_a_closed_database_leaves_nothing_beside_it(tmp_path):
    state_db(tmp_path / "state.vscdb", wal=True, seen="1").close()
    assert editors.state_value(tmp_path / "state.vscdb", "seen") == b"1"
    assert names(tmp_path) == ["state.vscdb"]


def test_a_locked_database_is_left_for_the_next_time(tmp_path, monkeypatch):
    owner = state_db(tmp_path / "state.vscdb", seen="1")
    owner.execute("begin exclusive")
    quick = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: quick(*a, **{**k, "timeout": 0}))
    with pytest.raises(lines.Unreadable) as refused:
        editors.state_value(tmp_path / "state.vscdb", "seen")
    assert refused.value.reason == "locked"
    owner.close()


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_unreadable(tmp_path, content):
    (tmp_path / "state.vscdb").write_bytes(content)
    with pytest.raises(lines.Unreadable):
        editors.state_value(tmp_path / "state.vscdb", "seen")


def test_broken_characters_in_a_database_cost_no_row(tmp_path):
    owner = state_db(tmp_path / "state.vscdb")
    owner.execute("insert into ItemTable values ('seen', cast(x'61ff' as text))")
    owner.commit()
    owner.close()
    value = editors.state_value(tmp_path / "state.vscdb", "seen")
    assert value == "a\ufffd".encode()


def test_a_database_opened_while_it_is_read_is_left_for_the_next_time(tmp_path):
    state_db(tmp_path / "state.vscdb", wal=True, seen="1").close()
    reading = lines.sqlite_copy(tmp_path / "state.vscdb")
    assert reading.__enter__().execute("select key from ItemTable").fetchall() == [("seen",)]
    owner = sqlite3.connect(tmp_path / "state.vscdb")
    owner.execute("insert into ItemTable values ('new', '1')")
    with pytest.raises(lines.Unreadable):
        reading.__exit__(None, None, None)
    owner.close()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03-02T09:00:00Z", 1_772_442_000_000),
        ("2026-03-02T10:00:00+01:00", 1_772_442_000_000),
        ("2026-03-02T09:00:00", 1_772_442_000_000),
        ("1772442000000", 1_772_442_000_000),
        (1_772_442_000_000, 1_772_442_000_000),
        ("0001-01-01T00:00:00+14:00", None),
        ("9" * 400, None),
        ("yesterday", None),
        (-1, None),
        (True, None),
        ({}, None),
    ],
)
def test_an_instant_is_an_iso_text_or_a_number(told, expected):
    assert editors.instant_at({"a": [told]}, "a", 0) == expected

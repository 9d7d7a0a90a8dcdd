"""Goose: databases and files made by hand from what is known of the format."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.gemini_logs import edits, ends, prompts
from tests.sources.reading import (
    Cursors,
    Read,
    machine,
    read_changed,
    read_growing,
    read_home,
    record_ends,
)
from tokenmirror.events import Session, ToolCall, Usage
from tokenmirror.sources.goose import SOURCE

EDIT = {"command": "str_replace", "path": "a.py", "old_str": "x\n", "new_str": "y\nz\n"}


def place(home: Path) -> Path:
    folder = home / ".local" / "share" / "goose" / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def store(home: Path, *, ledger: bool = True, **facts: object) -> sqlite3.Connection:
    db = sqlite3.connect(place(home) / "sessions.db")
    row = {"id": "s1", "session_type": "user", "working_dir": "/w", "parent_session_id": None,
           "created_at": "2026-03-02 09:00:00", "updated_at": "2026-03-02 09:00:01",
           "model_config_json": '{"model_name": "m"}', "accumulated_input_tokens": 500,
           "accumulated_output_tokens": 50, "accumulated_cost": 0.25} | facts  # fmt: skip
    db.execute(f"create table if not exists sessions ({', '.join(row)})")
    db.execute(f"insert into sessions values ({', '.join('?' * len(row))})", tuple(row.values()))
    db.execute("create table if not exists messages (id integer primary key, message_id,"
               " session_id, role, content_json, metadata_json, created_timestamp)")  # fmt: skip
    if ledger:
        db.execute("create table if not exists usage_ledger (id integer primary key, session_id,"
                   " created_timestamp, model, input_tokens, output_tokens, total_tokens,"
                   " cache_read_tokens, cache_write_tokens, cost, is_compaction)")  # fmt: skip
    return db


def say(db: sqlite3.Connection, role: str, *blocks: dict, session: str = "s1", **meta: object):
    count = db.execute("select count(*) from messages").fetchone()[0]
    row = (f"m{count}", session, role, json.dumps(blocks), json.dumps(meta), 1772442000 + count)
    db.execute("insert into messages values (null, ?, ?, ?, ?, ?, ?)", row)
    db.commit()


def spend(db: sqlite3.Connection, total: int, read: int | None, session: str = "s1"):
    row = (session, 1772442001, "m", 100, 20, total, read, 0, 0.5, 0)
    marks = ", ".join("?" * len(row))
    db.execute(f"insert into usage_ledger values (null, {marks})", row)
    db.commit()


def text(said: str) -> dict:
    return {"type": "text", "text": said}


def call(name: str = "developer__text_editor", **given: object) -> dict:
    value = {"name": name, "arguments": given or EDIT}
    return {"type": "toolRequest", "id": "c1", "toolCall": {"status": "success", "value": value}}


def done(said: str = "", status: str = "success", **more: object) -> dict:
    value = {"content": [text(said)]} | more
    return {"type": "toolResponse", "id": "c1", "toolResult": {"status": status, "value": value}}


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def test_prompts_are_what_a_person_sees_without_results_and_compaction(tmp_path):
    db = store(tmp_path)
    say(db, "user", text("go"))
    say(db, "user", text("summary"), userVisible=False)
    say(db, "assistant", call())
    say(db, "user", done("fine"))
    say(db, "user", text("go"))
    db.close()

    assert prompts(read(tmp_path)) == [("go", "person"), ("go", "person")]


@pytest.mark.parametrize(
    ("kind", "author"),
    [("user", "person"), ("scheduled", "program"), ("gateway", "unknown"), (None, "unknown")],
)
def test_the_kind_of_session_tells_who_wrote(tmp_path, kind, author):
    db = store(tmp_path, session_type=kind)
    say(db, "user", text("go"))
    db.close()

    assert prompts(read(tmp_path)) == [("go", author)]


def test_a_sub_agents_task_is_no_prompt(tmp_path):
    db = store(tmp_path, session_type="sub_agent", parent_session_id="s0")
    say(db, "user", text("task"))
    say(db, "assistant", call())
    db.close()

    found = read(tmp_path)

    assert prompts(found) == []
    assert [(r.parent, r.relation) for r in found.rows(Session)] == [("s0", "subagent")]


@pytest.mark.parametrize(
    ("result", "decision", "how"),
    [
        (done("ok"), "accepted", "applied"),
        (done("no match", isError=True), "failed", None),
        (done("", "error"), "failed", None),
        (done("The user has declined to run this tool."), "rejected", "chosen"),
        (text("nothing"), "undecided", None),
    ],
)
def test_what_became_of_an_edit(tmp_path, result, decision, how):
    db = store(tmp_path)
    say(db, "user", text("go"))
    say(db, "assistant", call())
    say(db, "user", result)
    db.close()

    assert edits(read(tmp_path)) == [("edit", decision, how, ("y", "z"), ("x",))]


@pytest.mark.parametrize(
    ("made", "want"),
    [
        (call(command="write", path="b", file_text="l\n"), [("new_file", ("l",), ())]),
        (call("developer__write", path="b", content="l"), [("new_file", ("l",), ())]),
        (call("edit", path="b", before="a", after="b"), [("edit", ("b",), ("a",))]),
        (call(command="str_replace", path="b", diff="@@ -1 +1 @@\n-a\n+b\n"),
         [("edit", ("b",), ("a",))]),
        (call(command="view", path="b"), []),
        (call("developer__shell", command="make test"), [("command", (), ())]),
    ],
)  # fmt: skip
def test_what_a_call_proposes(tmp_path, made, want):
    db = store(tmp_path)
    say(db, "assistant", made)
    db.close()

    rows = [(kind, added, gone) for kind, _, _, added, gone in edits(read(tmp_path))]
    assert rows == want


@pytest.mark.parametrize(
    ("total", "cached", "fresh"),
    [(120, 60, 40), (180, 60, 100), (120, None, 100), (120, 500, 100)],
    ids=["cache inside", "cache apart", "no cache", "more cached than sent"],
)
def test_the_ledger_tells_each_call_and_the_sum_is_left_out(tmp_path, total, cached, fresh):
    db = store(tmp_path)
    spend(db, total, cached)
    db.close()

    (row,) = read(tmp_path).rows(Usage)
    assert (row.input_tokens, row.cache_read_tokens, row.output_tokens) == (fresh, cached, 20)
    assert row.cost_nusd == 500_000_000


def test_without_a_ledger_the_sum_of_the_session_counts_once(tmp_path):
    db = store(tmp_path, ledger=False)
    say(db, "user", text("go"))
    read_once = read(tmp_path)
    say(db, "assistant", text("so"))
    db.close()

    (row,) = read_once.rows(Usage)
    assert (row.input_tokens, row.output_tokens, row.model) == (500, 50, "m")
    assert row.cost_nusd == 250_000_000
    assert len(read(tmp_path).rows(Usage)) == 1


def test_only_changed_conversations_are_read_again(tmp_path):
    db = store(tmp_path)
    say(db, "user", text("one"))
    store(tmp_path, id="s2", updated_at="2026-03-01 00:00:00").commit()
    say(db, "user", text("two"), session="s2")
    first, cursors = Read(), Cursors()
    read_changed(SOURCE, tmp_path, first, cursors)
    say(db, "assistant", text("so"))

    second = Read()
    read_changed(SOURCE, tmp_path, second, cursors)
    db.close()

    assert len(prompts(first)) == 2
    assert prompts(second) == [("one", "person")]
    assert second.records == 1
    assert ends(second) == ["finished"]


def test_a_file_that_the_database_took_over_counts_once(tmp_path):
    head = {"working_dir": "/w", "accumulated_input_tokens": 500, "accumulated_output_tokens": 50}
    said = {"role": "user", "created": 1772442000, "content": [text("go")]}
    answer = {"role": "assistant", "created": 1772442001, "content": [call()]}
    path = place(tmp_path) / "s1.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (head, said, answer)))
    alone = read(tmp_path)
    grown = read_growing(SOURCE, tmp_path, {path: record_ends(path)})
    db = store(tmp_path, ledger=False)
    say(db, "user", text("go"))
    say(db, "assistant", call())
    db.close()

    both = read(tmp_path)

    assert alone.merged().keys() == grown.merged().keys() == both.merged().keys()
    assert (grown.records, len(grown.problems)) == (3, 0)
    assert len(both.rows(ToolCall)) == 1


def test_every_platform_has_its_place(tmp_path):
    linux = SOURCE.places(machine(tmp_path, ("linux",), XDG_DATA_HOME="/x"))
    windows = SOURCE.places(machine(tmp_path, ("windows",), APPDATA="/r", GOOSE_PATH_ROOT="/g"))

    assert Path("/x/goose/sessions") in linux
    assert Path("/r/Block/goose/data/sessions") in windows
    assert Path("/g/data/sessions") in windows


def test_the_fixture_is_small_and_made_by_hand():
    (file,) = (LOGS / "goose").glob("*/home/.local/share/goose/sessions/sessions.db")

    assert file.stat().st_size < 40_000

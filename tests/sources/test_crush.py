"""Crush: databases made by hand from what is known of the format."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.sources.gemini_logs import edits, ends, prompts
from tests.sources.reading import Cursors, Read, machine, read_changed, read_home
from tokenmirror.events import Session, ToolCall, Usage
from tokenmirror.sources.crush import SOURCE
from tokenmirror.sources.source import Machine

EDIT = {"file_path": "/w/a.py", "old_string": "x\n", "new_string": "y\nz\n"}
BEGAN = 1772442000


def store(home: Path, folder: str = "work/app") -> sqlite3.Connection:
    project = home / folder
    (project / ".crush").mkdir(parents=True)
    listed = home / ".local" / "share" / "crush" / "projects.json"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text(json.dumps({"projects": [{"path": str(project), "data_dir": ".crush"}]}))
    db = sqlite3.connect(project / ".crush" / "crush.db")
    db.execute("create table sessions (id, parent_session_id, prompt_tokens, completion_tokens,"
               " cost, created_at, updated_at)")  # fmt: skip
    db.execute("create table messages (id, session_id, role, parts, model, created_at)")
    return db


def session(db: sqlite3.Connection, name: str = "s1", parent: str | None = None, cost: float = 0.5):
    row = (name, parent, 900, 9, cost, BEGAN, BEGAN + 100)
    db.execute("insert into sessions values (?, ?, ?, ?, ?, ?, ?)", row)
    db.commit()


def say(db: sqlite3.Connection, role: str, *parts: dict, session: str = "s1") -> None:
    n = db.execute("select count(*) from messages").fetchone()[0]
    row = (f"m{n}", session, role, json.dumps(parts), "m", BEGAN + n)
    db.execute("insert into messages values (?, ?, ?, ?, ?, ?)", row)
    db.commit()


def part(kind: str, **data: object) -> dict:
    return {"type": kind, "data": data}


def call(name: str = "edit", **given: object) -> dict:
    return part("tool_call", id="c1", name=name, input=json.dumps(given or EDIT), finished=True)


def done(content: str = "", *, is_error: bool = False, **meta: object) -> dict:
    facts = {"tool_call_id": "c1", "content": content, "is_error": is_error}
    return part("tool_result", **facts, metadata=json.dumps(meta))


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def test_a_project_of_the_list_tells_its_conversations(tmp_path):
    db = store(tmp_path)
    session(db)
    session(db, "s2", parent="s1")
    say(db, "user", part("text", text="go"))
    say(db, "user", part("text", text="task"), session="s2")
    say(db, "assistant", call(), session="s2")
    db.close()

    found = read(tmp_path)

    assert prompts(found) == [("go", "unknown")]
    rows = {row.key: (row.parent, row.at_ms) for row in found.rows(Session)}
    assert rows == {"s1": (None, BEGAN * 1000), "s2": ("s1", BEGAN * 1000)}
    assert {row.folder for row in found.rows(Session)} == {str(tmp_path / "work" / "app")}


def test_a_context_size_is_no_usage_and_a_sub_agents_cost_is_in_its_parents(tmp_path):
    db = store(tmp_path)
    session(db)
    session(db, "s2", parent="s1", cost=0.25)
    for name in ("s1", "s2"):
        say(db, "assistant", call(), session=name)
    db.close()

    (row,) = read(tmp_path).rows(Usage)
    assert (row.session, row.cost_nusd) == ("s1", 500_000_000)
    assert (row.input_tokens, row.output_tokens) == (None, None)


@pytest.mark.parametrize(
    ("result", "decision", "how"),
    [
        (done("ok"), "accepted", "applied"),
        (done("no match", is_error=True), "failed", None),
        (done("User denied permission", is_error=True), "rejected", "chosen"),
        (done("permission denied", is_error=True), "rejected", "chosen"),
        (part("text", text=""), "undecided", None),
    ],
)
def test_what_became_of_an_edit(tmp_path, result, decision, how):
    db = store(tmp_path)
    session(db)
    say(db, "user", part("text", text="go"))
    say(db, "assistant", call())
    say(db, "tool", result)
    db.close()

    assert edits(read(tmp_path)) == [("edit", decision, how, ("y", "z"), ("x",))]


@pytest.mark.parametrize(
    ("made", "result", "want"),
    [
        (call("write", file_path="b", content="l\n"), done(), ("new_file", ("l",), ())),
        (call("write", file_path="b", content="l\n"), done(diff="@@ -1 +1 @@\n-k\n+l\n"),
         ("edit", ("l",), ("k",))),
        (call("multiedit", file_path="b", edits=[{"old_string": "a", "new_string": "b"},
                                                 {"old_string": "c", "new_string": "d"}]),
         done(), ("edit", ("b", "d"), ("a", "c"))),
        (call("edit", file_path="b", old_string="", new_string="n"), done(),
         ("new_file", ("n",), ())),
        (call("bash", command="make"), done(), ("command", (), ())),
    ],
)  # fmt: skip
def test_what_a_call_proposes(tmp_path, made, result, want):
    db = store(tmp_path)
    session(db)
    say(db, "assistant", made)
    say(db, "tool", result)
    db.close()

    assert [(kind, added, gone) for kind, _, _, added, gone in edits(read(tmp_path))] == [want]


@pytest.mark.parametrize(
    ("reason", "ended"),
    [("end_turn", "finished"), ("canceled", "interrupted"), ("error", "error"),
     ("permission_denied", "asked"), ("tool_use", "unknown")],
)  # fmt: skip
def test_a_turn_ends_as_its_last_message_says(tmp_path, reason, ended):
    db = store(tmp_path)
    session(db)
    say(db, "user", part("text", text="go"))
    say(db, "assistant", part("finish", reason=reason, time=BEGAN + 9))
    db.close()

    assert ends(read(tmp_path)) == [ended]


def test_a_known_work_tree_is_looked_in_too(tmp_path):
    store(tmp_path).close()
    (tmp_path / ".local" / "share" / "crush" / "projects.json").unlink()

    known = Machine(tmp_path, ("linux",), {}, (tmp_path / "work" / "app",))

    assert list(SOURCE.find(Machine(tmp_path, ("linux",), {}))) == []
    assert [file.path.name for file in SOURCE.find(known)] == ["crush.db"]


def test_a_copied_home_is_read_though_its_list_names_another_place(tmp_path):
    store(tmp_path).close()
    listed = tmp_path / ".local" / "share" / "crush" / "projects.json"
    listed.write_text('[{"path": "/home/dev/work/app", "data_dir": "/home/dev/work/app/.crush"}]')

    assert [file.path.name for file in SOURCE.find(machine(tmp_path))] == ["crush.db"]


@pytest.mark.parametrize("told", ["[]", "5", '{"a": {"path": 5}}', '[{"data_dir": "x"}]', "{"])
def test_a_list_of_another_shape_names_no_project(tmp_path, told):
    listed = tmp_path / ".local" / "share" / "crush" / "projects.json"
    listed.parent.mkdir(parents=True)
    listed.write_text(told)

    assert list(SOURCE.find(Machine(tmp_path, ("linux",), {}))) == []


def test_a_reading_again_counts_new_messages_alone(tmp_path):
    db = store(tmp_path)
    session(db)
    say(db, "user", part("text", text="go"))
    first, cursors = Read(), Cursors()
    read_changed(SOURCE, tmp_path, first, cursors)
    say(db, "assistant", call())

    second = Read()
    read_changed(SOURCE, tmp_path, second, cursors)
    db.close()

    assert (first.records, second.records) == (1, 1)
    assert len(second.rows(ToolCall)) == 1

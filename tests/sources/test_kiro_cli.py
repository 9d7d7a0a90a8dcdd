"""Kiro's and Amazon Q's command line: conversations in a database and in logs."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.shared import shared
from tests.sources.reading import Cursors, Read, machine, read_changed, read_home, summary
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.kiro_cli import SOURCES

KIRO, AMAZON_Q = SOURCES
T0 = 1_772_442_000_000
SHOP = "/w/shop"
Json = dict[str, object]
both = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)


def read(home: Path, source=AMAZON_Q) -> Read:
    return read_home(source, home)


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


# -- makers ----------------------------------------------------------------------------------


def exchange(content: Json, answer: Json, nth: int = 0, **more: object) -> Json:
    state = {"env_state": {"current_working_directory": SHOP}}
    start = T0 + nth * 60_000
    facts = {"request_start_timestamp_ms": start, "stream_end_timestamp_ms": start + 4_000}
    user = {"content": content, "env_context": state, "timestamp": "2026-03-02T10:00:00+01:00"}
    return {"user": user, "assistant": answer, "request_metadata": facts | more}


def asks(text: str = "add a flag") -> Json:
    return {"Prompt": {"prompt": text}}


def instead(text: str | None) -> Json:
    return {"CancelledToolUses": {"prompt": text, "tool_use_results": []}}


def results(status: str = "Success", content: object = (), name: str = "t1") -> Json:
    result = {"tool_use_id": name, "status": status, "content": list(content)}
    return {"ToolUseResults": {"tool_use_results": [result]}}


def says(name: str = "m9") -> Json:
    return {"Response": {"message_id": name, "content": "Done."}}


def uses(name: str = "m1", tool: str = "fs_write", **args: object) -> Json:
    given = args or {"command": "str_replace", "path": "a.py", "old_str": "x", "new_str": "y\nz"}
    call = {"id": "t1", "name": tool, "orig_name": tool, "args": given, "orig_args": {}}
    return {"ToolUse": {"message_id": name, "content": "", "tool_uses": [call]}}


def value(*history: object, name: str = "c1") -> Json:
    return {"conversation_id": name, "history": list(history), "transcript": []}


def database(home: Path, *rows: tuple[object, ...], old: Json | None = None, app: str = "amazon-q"):
    """Rows of ``conversations_v2`` (key, id, value, created, updated); ``old`` by folder."""
    path = home / ".local" / "share" / app / "data.sqlite3"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("create table conversations (key text primary key, value text)")
        db.execute("create table auth_kv (key text primary key, value text)")
        db.execute(
            "create table conversations_v2 (key text, conversation_id text, value text,"
            " created_at integer, updated_at integer, primary key (key, conversation_id))"
        )
        for folder, told in (old or {}).items():
            db.execute("insert into conversations values (?, ?)", (folder, json.dumps(told)))
        for folder, name, told, created, updated in rows:
            text = told if isinstance(told, str) else json.dumps(told)
            values = (folder, name, text, created, updated)
            db.execute("insert into conversations_v2 values (?, ?, ?, ?, ?)", values)
    db.close()
    return path


def one(home: Path, *history: object) -> Read:
    database(home, (SHOP, "c1", value(*history), T0, T0 + 1))
    return read(home)


# -- the database ----------------------------------------------------------------------------


def test_a_turn_with_its_edit(tmp_path):
    found = one(
        tmp_path,
        exchange(asks(), uses()),
        exchange(results(), says(), 1),
    )

    prompt, edit = only(found.rows(Prompt)), only(found.rows(Suggestion))
    assert (prompt.key, prompt.text, prompt.at_ms) == ("c1/m1", "add a flag", T0)
    assert (prompt.author, prompt.basis) == ("unknown", "unknown")
    assert (edit.kind, edit.path, edit.added, edit.removed) == ("edit", "a.py", ("y", "z"), ("x",))
    assert (edit.decision, edit.how, edit.turn) == ("accepted", "applied", prompt.key)
    turn = only(found.rows(Turn))
    assert (turn.ended, turn.ended_ms) == ("finished", T0 + 64_000)
    session = only(found.rows(Session))
    assert (session.folder, session.at_ms, session.ended_ms) == (SHOP, T0, T0 + 64_000)
    assert found.rows(Usage) == []


@pytest.mark.parametrize(
    ("after", "expected", "ended"),
    [
        ((exchange(results("Success"), says(), 1),), ("accepted", "applied"), "finished"),
        ((exchange(results("Error"), says(), 1),), ("failed", None), "finished"),
        (
            (exchange(results("Error", [{"Text": "Tool use was denied by the user"}]), says(), 1),),
            ("rejected", "chosen"),
            "finished",
        ),
        ((exchange(instead("no, do it so"), says(), 1),), ("rejected", "chosen"), "asked"),
        ((exchange(instead(None), says(), 1),), ("undecided", None), "finished"),
        ((), ("undecided", None), "unknown"),
    ],
)
def test_what_became_of_an_edit(tmp_path, after, expected, ended):
    found = one(tmp_path, exchange(asks(), uses()), *after)

    edit = only(found.rows(Suggestion))
    assert (edit.decision, edit.how) == expected
    assert next(t.ended for t in found.rows(Turn) if t.key == "c1/m1") == ended


def test_what_is_typed_in_place_of_an_answer_is_a_prompt(tmp_path):
    found = one(
        tmp_path,
        exchange(asks(), uses()),
        exchange(instead("no, do it so"), says("m2"), 1),
    )

    assert [p.text for p in found.rows(Prompt)] == ["add a flag", "no, do it so"]


def test_a_stopped_tool_interrupts_the_turn_and_is_no_prompt(tmp_path):
    stopped = instead("The user interrupted the tool execution.")
    found = one(tmp_path, exchange(asks(), uses()), exchange(stopped, says("m2"), 1))

    assert only(found.rows(Prompt)).text == "add a flag"
    assert only(found.rows(Turn)).ended == "interrupted"
    assert only(found.rows(Suggestion)).decision == "undecided"


@pytest.mark.parametrize(
    ("args", "kind", "added", "removed"),
    [
        ({"command": "create", "file_text": "a\nb\n"}, "new_file", ("a", "b"), ()),
        ({"command": "create", "fileText": "a\n"}, "new_file", ("a",), ()),
        ({"command": "strReplace", "oldStr": "a", "newStr": "b"}, "edit", ("b",), ("a",)),
        ({"command": "insert", "insert_line": 3, "new_str": "q\n"}, "edit", ("q",), ()),
        ({"command": "append", "new_str": "q"}, "edit", ("q",), ()),
    ],
)
def test_steps_of_writing(tmp_path, args, kind, added, removed):
    found = one(tmp_path, exchange(asks(), uses(path="n.py", **args)), exchange(results(), says()))

    edit = only(found.rows(Suggestion))
    assert (edit.kind, edit.added, edit.removed) == (kind, added, removed)


@pytest.mark.parametrize(("status", "ok"), [("0", True), (0, True), ("1", False), (None, None)])
def test_a_command_went_well_when_it_ended_with_0(tmp_path, status, ok):
    output = [{"Json": {"exit_status": status, "stdout": "[main abc1234] x", "stderr": ""}}]
    found = one(
        tmp_path,
        exchange(asks(), uses(tool="execute_bash", command="git commit -m x")),
        exchange(results(content=output), says(), 1),
    )

    call = only(found.rows(ToolCall))
    assert (call.kind, call.ok, call.commits) == ("commit", ok, ("abc1234",))
    assert only(found.rows(Suggestion)).kind == "command"


def test_the_first_builds_wrote_pairs(tmp_path):
    whole = exchange(asks(), uses())
    pair = [whole["user"], whole["assistant"]]
    found = one(tmp_path, pair, [exchange(results(), says())["user"], says()])

    assert only(found.rows(Suggestion)).decision == "accepted"
    assert only(found.rows(Prompt)).text == "add a flag"


def test_a_history_cut_from_its_beginning_doubles_nothing(tmp_path):
    history = [exchange(asks(f"p{n}"), says(f"m{n}"), n) for n in range(4)]
    database(tmp_path, (SHOP, "c1", value(*history), T0, 1))
    found, cursors = Read(), Cursors()
    read_changed(AMAZON_Q, tmp_path, found, cursors)

    history = [*history[2:], exchange(asks("p4"), says("m4"), 4)]
    database(tmp_path, (SHOP, "c1", value(*history), T0, 22))
    read_changed(AMAZON_Q, tmp_path, found, cursors)

    assert [p.text for p in found.rows(Prompt)] == ["p0", "p1", "p2", "p3", "p4"]
    assert (found.records, found.understood) == (1, 1)


def test_work_whose_prompt_was_cut_away_has_no_turn(tmp_path):
    found = one(tmp_path, exchange(results(name="gone"), uses()), exchange(results(), says()))

    assert (found.rows(Prompt), found.rows(Turn)) == ([], [])
    edit = only(found.rows(Suggestion))
    assert (edit.decision, edit.turn) == ("accepted", None)


def test_the_same_conversation_in_both_tables_and_two_folders_is_one(tmp_path):
    told = value(exchange(asks(), says()))
    rows = [("/w/old", "c1", told, T0, 1), ("/w/new", "c1", told, T0, 2)]
    database(tmp_path, *rows, old={"/w/old": told})

    found = read(tmp_path)

    assert len(found.rows(Prompt)) == 1
    assert only(found.rows(Session)).folder == "/w/new"


def test_a_folder_whose_conversation_was_replaced_gives_both(tmp_path):
    database(tmp_path, old={SHOP: value(exchange(asks("one"), says("m1")), name="c1")})
    found, cursors = Read(), Cursors()
    read_changed(AMAZON_Q, tmp_path, found, cursors)

    database(tmp_path, old={SHOP: value(exchange(asks("two"), says("m2")), name="c2!")})
    read_changed(AMAZON_Q, tmp_path, found, cursors)

    assert {(p.session, p.text) for p in found.rows(Prompt)} == {("c1", "one"), ("c2!", "two")}


def test_only_rows_that_changed_are_read_again(tmp_path):
    rows = [
        (f"/w/{n}", f"c{n}", value(exchange(asks(), says()), name=f"c{n}"), T0, n) for n in (1, 2)
    ]
    database(tmp_path, *rows)
    found, cursors = Read(), Cursors()
    read_changed(AMAZON_Q, tmp_path, found, cursors)
    before = len(found.events)

    rows[1] = (*rows[1][:4], 77)
    path = database(tmp_path, *rows)
    path.touch()
    read_changed(AMAZON_Q, tmp_path, found, cursors)

    assert {event.session for event in found.events[before:]} == {"c2"}


def test_typed_lines_tell_that_a_person_asked(tmp_path):
    typed = tmp_path / ".aws" / "amazonq" / ".cli_bash_history"
    typed.parent.mkdir(parents=True)
    typed.write_text("#V2\nadd a flag\ntwo\\nlines\n")

    found = one(
        tmp_path,
        exchange(asks(), says("m1")),
        exchange(asks("two\nlines"), says("m2"), 1),
        exchange(asks("sent"), says("m3"), 2),
    )

    authors = {p.text: p.author for p in found.rows(Prompt)}
    assert authors == {"add a flag": "person", "two\nlines": "person", "sent": "unknown"}


def test_rows_that_are_no_conversation_are_problems(tmp_path):
    rows = [("/w/1", "c1", "{", T0, 1), ("/w/2", "c2", "[]", T0, 2)]
    database(tmp_path, *rows, ("/w/3", "c3", value(exchange(asks(), says()), name="c3"), T0, 3))

    found = read(tmp_path)

    assert Counter(problem.reason for problem in found.problems) == {"not_json": 1, "bad_type": 1}
    assert (found.records, found.understood) == (3, 1)


def test_tables_with_keys_are_never_asked(tmp_path, monkeypatch):
    database(tmp_path, (SHOP, "c1", value(exchange(asks(), says())), T0, 1))
    asked: list[str] = []
    connect = sqlite3.connect

    def watched(*args: object, **more: object) -> sqlite3.Connection:
        db = connect(*args, **more)  # type: ignore[arg-type]
        db.set_trace_callback(asked.append)
        return db

    monkeypatch.setattr(sqlite3, "connect", watched)
    read(tmp_path)

    assert any("conversations" in query for query in asked)
    assert not any("auth_kv" in query or " history" in query for query in asked)


@both
def test_another_programs_database_is_a_problem(source, tmp_path):
    app = "amazon-q" if source is AMAZON_Q else "kiro-cli"
    path = tmp_path / ".local" / "share" / app / "data.sqlite3"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute("create table something (id text)")
    db.close()

    assert read(tmp_path, source).unreadable == ["unreadable"]


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".local/share"),
        ("macos", "Library/Application Support"),
        ("windows", "AppData/Local"),
    ],
)
def test_the_database_of_each_platform(tmp_path, platform, folder):
    path = database(tmp_path, (SHOP, "c1", value(exchange(asks(), says())), T0, 1))
    place = tmp_path / "x" / folder / "amazon-q" / path.name
    place.parent.mkdir(parents=True)
    path.rename(place)

    assert [f.path for f in AMAZON_Q.find(machine(tmp_path / "x", (platform,)))] == [place]


def test_a_standard_conversation_of_another_project_is_read(tmp_path):
    sample = shared("samples/kiro-cli-amazon-q/conversation-value-standard.json")
    database(tmp_path, ("/k", "sqlite-session", sample.read_text(), T0, 1), app="kiro-cli")

    found = read(tmp_path, KIRO)

    assert [p.text for p in found.rows(Prompt)] == [
        "Build the Kiro parser",
        "Read the source first",
    ]
    assert only(found.rows(ToolCall)).kind == "read"
    assert [t.ended for t in found.rows(Turn)] == ["finished", "unknown"]


# -- logs of sessions ------------------------------------------------------------------------


def line(kind: str, nth: int, *content: Json, **more: object) -> str:
    data = {"message_id": f"m{nth}", "content": list(content), **more}
    return json.dumps({"version": "1", "kind": kind, "data": data}) + "\n"


def words(text: str) -> Json:
    return {"kind": "text", "data": text}


def use(name: str = "t1", tool: str = "write", **given: object) -> Json:
    told = given or {"command": "create", "path": "n.py", "content": "a\nb\n"}
    return {"kind": "toolUse", "data": {"toolUseId": name, "name": tool, "input": told}}


def outcome(status: str = "success", text: str = "ok", name: str = "t1") -> Json:
    content = [{"kind": "text", "data": text}]
    return {"kind": "toolResult", "data": {"toolUseId": name, "content": content, "status": status}}


def session(home: Path, *texts: str, name: str = "s1", metering: tuple[float, ...] = ()) -> Path:
    folder = home / ".kiro" / "sessions" / "cli"
    folder.mkdir(parents=True, exist_ok=True)
    turns = [
        {
            "end_timestamp": "2026-03-02T09:05:00Z",
            "metering_usage": [{"value": v, "unit": "credit"}],
        }
        for v in metering
    ]
    facts = {
        "session_id": name,
        "cwd": SHOP,
        "created_at": "2026-03-02T09:00:00Z",
        "session_state": {
            "rts_model_state": {"model_info": {"model_id": "claude-sonnet-4"}},
            "conversation_metadata": {"user_turn_metadatas": turns},
        },
    }
    (folder / f"{name}.json").write_text(json.dumps(facts))
    path = folder / f"{name}.jsonl"
    path.write_text("".join(texts))
    return path


def asked(nth: int = 1, text: str = "do it") -> str:
    return line("Prompt", nth, words(text), meta={"timestamp": T0 // 1000})


def test_a_session_with_an_edit_and_its_credits(tmp_path):
    texts = (
        asked(),
        line("AssistantMessage", 2, words("ok"), use()),
        line("ToolResults", 3, outcome()),
        line("AssistantMessage", 4, words("Done")),
    )
    session(tmp_path, *texts, metering=(0.25,))

    found = read(tmp_path, KIRO)

    prompt, edit = only(found.rows(Prompt)), only(found.rows(Suggestion))
    assert (prompt.key, prompt.at_ms) == ("s1/m1", T0)
    assert (edit.kind, edit.added, edit.decision) == ("new_file", ("a", "b"), "accepted")
    assert only(found.rows(Turn)).ended == "finished"
    usage = only(found.rows(Usage))
    assert (usage.credits, usage.model, usage.input_tokens) == (0.25, "claude-sonnet-4", None)
    assert only(found.rows(Session)).folder == SHOP
    assert (found.records, found.understood) == (4, 4)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((line("ToolResults", 3, outcome("error", "no such file")),), ("failed", None)),
        (
            (line("ToolResults", 3, outcome("error", "User denied the tool")),),
            ("rejected", "chosen"),
        ),
        ((line("ToolResults", 3, outcome("cancelled")),), ("rejected", "chosen")),
        ((), ("undecided", None)),
    ],
)
def test_fates_in_a_log(tmp_path, texts, expected):
    session(tmp_path, asked(), line("AssistantMessage", 2, use()), *texts)

    edit = only(read(tmp_path, KIRO).rows(Suggestion))

    assert (edit.decision, edit.how) == expected


def test_credits_belong_to_the_prompt_of_their_place(tmp_path):
    texts = (asked(1, "a"), line("AssistantMessage", 2, words("x")), asked(3, "b"))
    session(tmp_path, *texts, metering=(0.5, 0.25))

    assert {u.key: u.credits for u in read(tmp_path, KIRO).rows(Usage)} == {
        "s1/m1": 0.5,
        "s1/m3": 0.25,
    }


def test_a_session_that_the_database_holds_too_is_read_from_there(tmp_path):
    session(tmp_path, asked(1, "twice"), name="c1")
    told = value(exchange(asks("twice"), says()))
    database(tmp_path, (SHOP, "c1", told, T0, 1), app="kiro-cli")

    found = read(tmp_path, KIRO)

    assert only(found.rows(Prompt)).key == "c1/m9"


def test_lines_of_unknown_kind_are_counted_by_name(tmp_path):
    session(tmp_path, asked(), line("Hologram", 2), line("Clear", 3), "{\n", "[]\n")

    found = read(tmp_path, KIRO)

    assert found.unknown == {"Hologram": 1}
    assert Counter(problem.reason for problem in found.problems) == {"not_json": 1, "bad_type": 1}
    assert (found.records, found.understood) == (5, 2)


def test_the_folder_of_sessions_is_moved_by_its_variable(tmp_path):
    session(tmp_path / "x", asked())

    files = list(KIRO.find(machine(tmp_path, KIRO_HOME=str(tmp_path / "x" / ".kiro"))))

    assert [file.path.name for file in files] == ["s1.jsonl"]


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, 1e300, True])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    odd = exchange(
        {"Prompt": {"prompt": wrong}}, {"ToolUse": {"tool_uses": [wrong, {"id": wrong}]}}
    )
    more = exchange(asks("fine"), uses(), request_id=wrong, stream_end_timestamp_ms=wrong)
    last = exchange({"ToolUseResults": {"tool_use_results": wrong}}, {"ToolUse": wrong})
    told = value(wrong, odd, more, last, {"user": wrong, "assistant": wrong})
    database(
        tmp_path, (SHOP, "c1", told, wrong if isinstance(wrong, int) else 0, 1), app="kiro-cli"
    )
    lines = (asked(1, "ok"), line("AssistantMessage", 2, {"kind": "toolUse", "data": wrong}))
    odd_line = json.dumps({"kind": "Prompt", "data": wrong}) + "\n"
    path = session(tmp_path, *lines, odd_line, line("ToolResults", 4, meta=wrong))
    path.with_suffix(".json").write_text(json.dumps({"session_state": wrong, "cwd": wrong}))

    found = read(tmp_path, KIRO)

    assert {"fine", "ok"} <= {p.text for p in found.rows(Prompt)}
    assert summary(found)["problems"] == 0

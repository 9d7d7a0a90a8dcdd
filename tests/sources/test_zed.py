"""Zed's threads: both forms, packed or not, and what of them is told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.sources.reading import Cursors, Read, machine, read_changed, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.zed import SOURCE, places
from tokenmirror.sources.zed.packed import Packed, unpacked

THREADS = Path(".local/share/zed/threads/threads.db")
SAVED = "2026-07-01T09:00:00.123456789+00:00"
SAVED_MS, BEGAN_MS = 1_782_896_400_123, 1_782_892_800_000
OLD = "id text primary key, summary text, updated_at text, data_type text, data blob"
NEW = f"{OLD}, parent_id text, folder_paths text, folder_paths_order text, created_at text"


def save(
    home: Path, told: object, name: str = "t1", *, saved: str = SAVED, columns: str = NEW, **more
) -> None:
    path = home / THREADS
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"id": name, "summary": "", "updated_at": saved, "data_type": "json"}
    row |= {"data": told if isinstance(told, bytes) else json.dumps(told)}
    if columns == NEW:
        row |= {"created_at": "2026-07-01T08:00:00Z", "folder_paths": "/w/shop"}
    row |= more
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"create table if not exists threads ({columns})")
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        db.execute(f"insert or replace into threads ({names}) values ({marks})", [*row.values()])


def thread(*messages: object, **more: object) -> dict[str, object]:
    model = {"provider": "zed.dev", "model": "claude-sonnet-4-5"}
    return {"version": "0.3.0", "messages": list(messages), "model": model, **more}


def user(text: str = "fix the parser", name: str = "u1", *others: object) -> dict[str, object]:
    return {"User": {"id": name, "content": [{"Text": text}, *others]}}


def agent(tool: str, args: object, result: object = None, call: str = "c1") -> dict[str, object]:
    use = {"id": call, "name": tool, "input": args, "is_input_complete": True}
    results = {} if result is None else {call: result}
    return {"Agent": {"content": [{"ToolUse": use}], "tool_results": results}}


def result(text: str = "", output: object = None, *, error: bool = False) -> dict[str, object]:
    return {"is_error": error, "content": {"Text": text}, "output": output}


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def only(home: Path, kind: type) -> object:
    (row,) = read(home).rows(kind)
    return row


def test_a_thread_gives_its_facts(tmp_path):
    git = {"worktree_path": "/w/shop", "git_state": {"current_branch": "fix"}}
    project = {"worktree_snapshots": [git]}
    save(tmp_path, thread(user(), profile="write", initial_project_snapshot=project))

    session = only(tmp_path, Session)

    assert (session.folder, session.branch, session.mode) == ("/w/shop", "fix", "auto_edits")
    assert (session.at_ms, session.ended_ms) == (BEGAN_MS, SAVED_MS)


def test_a_thread_of_the_first_columns_is_read(tmp_path):
    snapshot = {"worktree_snapshots": [{"worktree_path": "/w/shop"}]}
    save(tmp_path, thread(user(), initial_project_snapshot=snapshot), columns=OLD)

    session = only(tmp_path, Session)

    assert (session.folder, session.at_ms) == ("/w/shop", SAVED_MS)


def test_only_the_first_prompt_has_the_time_of_the_beginning(tmp_path):
    save(tmp_path, thread(user(), "Resume", user("more", "u2")))

    prompts = read(tmp_path).rows(Prompt)

    assert [(p.text, p.at_ms) for p in prompts] == [
        ("fix the parser", BEGAN_MS),
        ("more", SAVED_MS),
    ]
    assert [turn.key for turn in read(tmp_path).rows(Turn)] == ["t1/u1", "t1/u2"]


def test_mentions_are_attachments_and_no_text_is_no_prompt(tmp_path):
    mention = {"Mention": {"uri": {}, "content": "x"}}
    save(tmp_path, thread(user("look", "u1", mention), user(" ", "u2", mention)))

    assert only(tmp_path, Prompt).attachments == 1


def test_a_sub_agent_s_thread_holds_no_prompt_of_the_person(tmp_path):
    save(tmp_path, thread(user()), parent_id="t0")

    assert only(tmp_path, Prompt).author == "agent"
    assert only(tmp_path, Session).parent == "t0"


@pytest.mark.parametrize(
    "told", [thread(user(), imported=True), thread(draft_prompt=[{"Text": "x"}])]
)
def test_imported_threads_and_drafts_are_left_out(tmp_path, told):
    save(tmp_path, told)

    assert read(tmp_path).events == []


def test_the_sum_of_a_thread_is_preferred_to_its_requests(tmp_path):
    whole = {"input_tokens": 30, "output_tokens": 9, "cache_read_input_tokens": 500}
    parts = {"u1": {"input_tokens": 10, "output_tokens": 3}}
    save(tmp_path, thread(user(), cumulative_token_usage=whole, request_token_usage=parts))

    usage = only(tmp_path, Usage)

    assert (usage.model, usage.input_tokens, usage.output_tokens) == ("claude-sonnet-4-5", 30, 9)
    assert (usage.cache_read_tokens, usage.cache_write_5m_tokens) == (500, 0)


@pytest.mark.parametrize(
    "parts", [{"u1": {"input_tokens": 10}, "u2": {"input_tokens": 5}}, [{"input_tokens": 15}]]
)
def test_requests_are_added_up_where_there_is_no_sum(tmp_path, parts):
    save(tmp_path, thread(user(), cumulative_token_usage={}, request_token_usage=parts))

    assert only(tmp_path, Usage).input_tokens == 15


def test_no_tokens_are_unknown(tmp_path):
    save(tmp_path, thread(user(), request_token_usage={}))

    assert read(tmp_path).rows(Usage) == []


def test_an_edit_has_its_lines_from_the_texts(tmp_path):
    output = {"old_text": "a\nb\n", "new_text": "a\nc\n", "diff": "ignored"}
    save(tmp_path, thread(user(), agent("edit_file", {"path": "shop/a.py"}, result("", output))))

    edit = only(tmp_path, Suggestion)

    assert (edit.path, edit.added, edit.removed) == ("/w/shop/a.py", ("c",), ("b",))
    assert (edit.decision, edit.how, edit.turn) == ("accepted", "applied", "t1/u1")


@pytest.mark.parametrize(
    ("args", "output", "added", "removed", "whole"),
    [
        ({}, {"diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"}, ("y",), ("x",), False),
        ({"edits": [{"old_text": "x", "new_text": "y"}]}, None, ("y",), ("x",), False),
        ({"content": "x\ny\n"}, None, ("x", "y"), (), True),
        ({"mode": "edit"}, None, (), (), False),
    ],
    ids=["difference", "replacements", "whole text", "nothing"],
)
def test_other_ways_of_telling_lines(tmp_path, args, output, added, removed, whole):
    told = agent("edit_file", {"path": "a.py", **args}, result("", output))
    save(tmp_path, thread(user(), told))

    edit = only(tmp_path, Suggestion)

    assert (edit.added, edit.removed, edit.whole) == (added, removed, whole)


def test_a_created_file_is_new_and_a_deleted_one_gone(tmp_path):
    args = {"path": "shop/n.py", "mode": "create"}
    made = agent("edit_file", args, result("", {"old_text": "", "new_text": "x\n"}))
    gone = agent("delete_path", {"path": "shop/o.py"}, result(), "c2")
    save(tmp_path, thread(user(), made, gone))

    assert [edit.kind for edit in read(tmp_path).rows(Suggestion)] == ["new_file", "delete"]


@pytest.mark.parametrize(
    ("told", "decision", "how", "ok"),
    [
        (result("done"), "accepted", "applied", True),
        (result("Permission to run tool denied by user", error=True), "rejected", "chosen", None),
        (result("Tool canceled by user", error=True), "undecided", None, None),
        (result("No such file", error=True), "failed", None, False),
        (None, "undecided", None, None),
    ],
)
def test_a_decision_on_a_call(tmp_path, told, decision, how, ok):
    save(tmp_path, thread(user(), agent("edit_file", {"path": "a"}, told)))

    edit, call = only(tmp_path, Suggestion), only(tmp_path, ToolCall)

    assert (edit.decision, edit.how, call.ok) == (decision, how, ok)


def test_a_command_is_judged_by_its_words_and_its_end(tmp_path):
    bad = agent("terminal", {"command": "pytest"}, result("failed with exit code 1.\n"))
    made = result("[main 1a2b3c4] x\n")
    good = agent("terminal", {"command": "git commit -m x"}, made, "c2")
    save(tmp_path, thread(user(), bad, good))

    calls = read(tmp_path).rows(ToolCall)

    assert [(call.kind, call.ok) for call in calls] == [("test", False), ("commit", True)]
    assert calls[1].commits == ("1a2b3c4",)


@pytest.mark.parametrize(
    ("name", "kind"), [("read_file", "read"), ("diagnostics", "lint"), ("thinking", "other")]
)
def test_a_tool_is_known_by_its_name(tmp_path, name, kind):
    save(tmp_path, thread(user(), agent(name, {}, result())))

    assert only(tmp_path, ToolCall).kind == kind


def test_the_form_with_roles_is_read(tmp_path):
    use = {"id": "c1", "name": "edit_file", "input": {"path": "shop/a"}}
    messages = [
        {"role": "user", "segments": [{"type": "text", "text": "do it"}]},
        {"role": "assistant", "segments": [], "tool_uses": [use]},
        {"role": "user", "segments": [], "tool_results": [{"tool_use_id": "c1", "content": "ok"}]},
    ]
    save(tmp_path, {"version": "0.2.0", "messages": messages})

    assert only(tmp_path, Prompt).text == "do it"
    assert only(tmp_path, Suggestion).decision == "accepted"


def test_paths_of_several_folders_are_told_in_full(tmp_path):
    told = [agent("edit_file", {"path": f"{name}/a.py"}, call=name) for name in ("api", "web", "x")]
    save(tmp_path, thread(user(), *told), folder_paths="/w/api\n/w/web")

    paths = [edit.path for edit in read(tmp_path).rows(Suggestion)]

    assert paths == ["/w/api/a.py", "/w/web/a.py", "x/a.py"]
    assert only(tmp_path, Session).folder is None


def test_a_windows_folder_keeps_its_signs(tmp_path):
    told = agent("edit_file", {"path": "shop/src/a.py"})
    save(tmp_path, thread(user(), told), folder_paths="C:\\w\\shop")

    assert only(tmp_path, Suggestion).path == "C:\\w\\shop\\src\\a.py"


# -- packed, changed, broken -----------------------------------------------------------------


def test_a_packed_thread_is_read(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.ZstdCompressor(3).compress(json.dumps(thread(user())).encode())
    save(tmp_path, packed, data_type="zstd")

    assert only(tmp_path, Prompt).text == "fix the parser"


def test_what_unpacks_to_too_much_is_refused():
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.ZstdCompressor().compress(bytes(1_000_000))

    with pytest.raises(Packed):
        unpacked(packed, limit=1000)


def test_a_thread_that_cannot_be_unpacked_is_known_by_its_row(tmp_path):
    save(tmp_path, b"no zstd", data_type="zstd")

    found = read(tmp_path)

    assert [problem.reason for problem in found.problems] == ["unreadable"]
    assert [session.folder for session in found.rows(Session)] == ["/w/shop"]


def test_a_broken_thread_costs_no_other(tmp_path):
    save(tmp_path, b"{torn", "t0")
    save(tmp_path, thread(user()))

    found = read(tmp_path)

    assert [problem.reason for problem in found.problems] == ["not_json"]
    assert len(found.rows(Prompt)) == 1


def test_only_threads_saved_since_are_read_again(tmp_path):
    save(tmp_path, thread(user()), "t0", saved="2026-06-30T09:00:00Z")
    save(tmp_path, thread(user()))
    cursors: Cursors = {}
    read_changed(SOURCE, tmp_path, Read(), cursors)
    save(tmp_path, thread(user()), "t2", saved="2026-07-01T09:00:07Z")

    again = Read()
    read_changed(SOURCE, tmp_path, again, cursors)

    assert {event.session for event in again.events} == {"t1", "t2"}  # t1: of the last second
    assert again.records == 1


def test_a_save_in_the_same_second_is_seen(tmp_path):
    save(tmp_path, thread(user()))
    cursors: Cursors = {}
    read_changed(SOURCE, tmp_path, Read(), cursors)
    save(tmp_path, thread(user()), "t2", saved="2026-07-01T09:00:00Z")

    again = Read()
    read_changed(SOURCE, tmp_path, again, cursors)

    assert "t2" in {event.session for event in again.events}


def test_a_database_of_another_program_gives_nothing(tmp_path):
    path = tmp_path / THREADS
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table threads (id, data)")

    assert read(tmp_path).events == []


def test_zed_is_looked_for_on_every_platform(tmp_path):
    local = str(tmp_path / "local")
    found = places(machine(tmp_path, XDG_DATA_HOME=str(tmp_path / "xdg"), LOCALAPPDATA=local))

    assert [str(place.relative_to(tmp_path)) for place in found] == [
        "xdg/zed/threads",
        ".var/app/dev.zed.Zed/data/zed/threads",
        "Library/Application Support/Zed/threads",
        "local/Zed/threads",
    ]

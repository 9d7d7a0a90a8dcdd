"""Windsurf: transcripts of Cascade, the chat before it, and what is encrypted."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.windsurf import SOURCE, find, places

TRANSCRIPT = Path(".windsurf/transcripts/t1.jsonl")
TAKEN, REFUSED = "ACKNOWLEDGEMENT_TYPE_ACCEPT", "ACKNOWLEDGEMENT_TYPE_REJECT"


def line(kind: str, status: str = "done", **body: object) -> dict[str, object]:
    return {"type": kind, "status": status, kind: body}


def asked(text: str = "add a retry") -> dict[str, object]:
    return line("user_input", user_response=text)


def edited(said: object = TAKEN, old: str | None = "a\nb\n", **more: object) -> dict[str, object]:
    body: dict[str, object] = {"path": "file:///w/shop/a.py", "new_content": "a\nc\n"}
    body |= {"original_content": old} if old is not None else {}
    body |= {"acknowledgement_type": said} if said is not None else {}
    return line("code_action", **body) | more


def ran(command: str = "pytest", code: object = 0, **more: object) -> dict[str, object]:
    told = {"command": command, "cwd": "/w/shop", "exit_code": code, "user_rejected": False}
    return line("run_command", **(told | more))


def write(home: Path, *told: object, at: Path = TRANSCRIPT) -> Path:
    path = home / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in told))
    return path


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def only(home: Path, kind: type) -> object:
    (row,) = read(home).rows(kind)
    return row


def test_a_prompt_begins_a_turn(tmp_path):
    path = write(tmp_path, asked(), line("planner_response", response="ok"))

    prompt = only(tmp_path, Prompt)

    assert (prompt.text, prompt.author, prompt.session) == ("add a retry", "person", "t1")
    assert prompt.turn == only(tmp_path, Turn).key
    assert prompt.at_ms == path.stat().st_mtime_ns // 1_000_000


def test_a_mention_alone_is_a_prompt_and_blanks_are_none(tmp_path):
    write(tmp_path, asked("@[a.py] "), asked("  "))

    assert only(tmp_path, Prompt).text == "@[a.py] "


def test_no_tokens_are_told(tmp_path):
    write(tmp_path, asked(), edited())

    assert read(tmp_path).rows(Usage) == []


@pytest.mark.parametrize(
    ("said", "decision", "how"),
    [
        (TAKEN, "accepted", "chosen"),
        (1, "accepted", "chosen"),
        (REFUSED, "rejected", "chosen"),
        (2, "rejected", "chosen"),
        ("ACKNOWLEDGEMENT_TYPE_UNSPECIFIED", "undecided", None),
        (0, "undecided", None),
        ("ACKNOWLEDGEMENT_TYPE_STALE", "undecided", None),
        ("ACKNOWLEDGEMENT_TYPE_CLEARED", "undecided", None),
        (None, "undecided", None),
    ],
)
def test_what_was_said_to_an_edit_is_its_decision(tmp_path, said, decision, how):
    write(tmp_path, asked(), edited(said))

    edit = only(tmp_path, Suggestion)

    assert (edit.decision, edit.how) == (decision, how)
    assert (edit.path, edit.added, edit.removed) == ("/w/shop/a.py", ("c",), ("b",))


def test_an_edit_that_failed_is_not_undecided(tmp_path):
    write(tmp_path, edited(None, status="error"))

    assert only(tmp_path, Suggestion).decision == "failed"
    assert only(tmp_path, ToolCall).ok is False


@pytest.mark.parametrize(("old", "kind", "whole"), [("", "new_file", False), (None, "edit", True)])
def test_an_edit_without_a_text_before(tmp_path, old, kind, whole):
    write(tmp_path, edited(old=old))

    edit = only(tmp_path, Suggestion)

    assert (edit.kind, edit.whole, edit.added) == (kind, whole, ("a", "c"))


@pytest.mark.parametrize(
    ("told", "ok", "decision", "how"),
    [
        (ran(), True, "accepted", "applied"),
        (ran(code=2), False, "accepted", "applied"),
        (ran(code=None), None, "undecided", None),
        (ran(user_rejected=True), None, "rejected", "chosen"),
    ],
)
def test_a_command_is_a_call_and_a_suggestion(tmp_path, told, ok, decision, how):
    write(tmp_path, told)

    call, proposed = only(tmp_path, ToolCall), only(tmp_path, Suggestion)

    assert (call.kind, call.ok) == ("test", ok)
    assert (proposed.kind, proposed.decision, proposed.how) == ("command", decision, how)


def test_a_command_names_its_commit(tmp_path):
    write(tmp_path, ran("git commit -m x", output="[main 1a2b3c4] x"))

    assert only(tmp_path, ToolCall).commits == ("1a2b3c4",)


def test_the_folder_is_that_of_the_first_command_or_edit(tmp_path):
    write(tmp_path, asked(), edited(), ran(cwd="/w/other"))

    assert only(tmp_path, Session).folder == "/w/shop"


def test_reading_is_a_call_without_its_content(tmp_path):
    write(tmp_path, line("view_file", path="file:///w/a", content="secret"))

    call = only(tmp_path, ToolCall)

    assert (call.kind, call.name, call.ok) == ("read", "view_file", True)
    assert "secret" not in call.args


def test_an_unknown_line_is_counted_by_its_name(tmp_path):
    write(tmp_path, asked(), line("novelty"), {"status": "done"})

    found = read(tmp_path)

    assert found.unknown == {"novelty": 1, "no type": 1}
    assert (found.records, found.understood) == (3, 1)


def test_raw_control_characters_do_no_harm(tmp_path):
    path = write(tmp_path)
    text = b'{"type":"user_input","status":"done","user_input":{"user_response":"a\tb\x01c"}}\n'
    path.write_bytes(text)

    assert only(tmp_path, Prompt).text == "a\tb\x01c"


def test_half_a_character_beside_a_control_character_is_mended(tmp_path):
    path = write(tmp_path)
    path.write_bytes(b'{"type":"find","status":"done","find":{"pattern":"\\ud800\x01"}}\n')

    assert only(tmp_path, ToolCall).args == '{"pattern":"\ufffd\\u0001"}'


def test_windsurf_next_is_read_too(tmp_path):
    write(tmp_path, asked(), at=Path(".windsurf-next/transcripts/t2.jsonl"))

    assert only(tmp_path, Session).key == "t2"


def test_an_encrypted_memory_is_a_problem_unless_a_transcript_tells_it(tmp_path):
    sealed = tmp_path / ".codeium" / "windsurf" / "cascade"
    sealed.mkdir(parents=True)
    for name in ("t1", "t9"):
        (sealed / f"{name}.pb").write_bytes(b"\x9c\x01")
    write(tmp_path, asked())

    found = read(tmp_path)

    assert [problem.reason for problem in found.problems] == ["encrypted"]
    assert {file.path.name for file in find(machine(tmp_path))} == {"t1.jsonl", "t9.pb"}


@pytest.mark.parametrize("key", ["workbench.panel.aichat.view.aichat.chatdata", "aiChat.chatdata"])
def test_the_chat_before_cascade_is_read(tmp_path, key):
    workspace = tmp_path / ".config/Windsurf/User/workspaceStorage/aa11"
    workspace.mkdir(parents=True)
    (workspace / "workspace.json").write_text('{"folder":"file:///w/shop"}')
    bubbles = [{"type": "ai", "text": "hello"}, {"type": "user", "rawText": "why"}]
    told = {"tabs": [{"tabId": "tab1", "bubbles": bubbles}]}
    with closing(sqlite3.connect(workspace / "state.vscdb")) as db, db:
        db.execute("create table ItemTable (key text unique, value blob)")
        db.execute("insert into ItemTable values (?, ?)", (key, json.dumps(told)))
        db.execute("insert into ItemTable values ('codeium.apiKey', 'SECRET')")

    prompt, session = only(tmp_path, Prompt), only(tmp_path, Session)

    assert (prompt.text, prompt.key) == ("why", "tab1/1")
    assert (session.key, session.folder) == ("tab1", "/w/shop")


def test_windsurf_is_looked_for_on_every_platform(tmp_path):
    found = {str(place.relative_to(tmp_path)) for place in places(machine(tmp_path))}

    assert found >= {
        ".config/Windsurf/User",
        "Library/Application Support/Windsurf - Next/User",
        "AppData/Roaming/Windsurf/User",
        ".windsurf-server/data/User",
        ".windsurf/transcripts",
        ".codeium/windsurf-next/cascade",
    }

"""Amp: threads made by hand from what is known of the format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.gemini_logs import edits, ends, prompts
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Session, ToolCall, Usage
from tokenmirror.sources.amp import SOURCE

THREAD = "T-019c0000-0000-7000-8000-00000000000a"
EDIT = {"path": "/w/a.py", "old_str": "x\n", "new_str": "y\nz\n"}
TREE = {"uri": "file:///w/my%20app", "repository": {"ref": "refs/heads/feature/x"}}


def thread(home: Path, *messages: dict, **more: object) -> Path:
    told = {"id": THREAD, "created": 1000, "messages": messages, "env": {"initial": {}}}
    path = home / ".local" / "share" / "amp" / "threads" / f"{THREAD}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told | more))
    return path


def said(number: int, text: str = "go", **more: object) -> dict:
    block = {"type": "text", "text": text}
    facts = {"role": "user", "messageId": number, "content": [block], "meta": {"sentAt": 2000}}
    return facts | more


def answered(number: int, *blocks: dict, reason: str = "end_turn", **more: object) -> dict:
    used = {"model": "m", "inputTokens": 3, "outputTokens": 9, "cacheReadInputTokens": 70,
            "cacheCreationInputTokens": 5, "timestamp": "1970-01-01T00:00:04Z"}  # fmt: skip
    state = {"type": "complete", "stopReason": reason}
    facts = {"role": "assistant", "messageId": number, "content": blocks, "usage": used | more}
    return facts | {"state": state}


def call(name: str = "edit_file", identity: str = "toolu_01Xfp6fkMtCi25T52d", **given: object):
    return {"type": "tool_use", "id": identity, "name": name, "input": given or EDIT}


def result(number: int, status: str, identity: str = "toolu_01Xfp6fkMtCi25T52d", **more: object):
    run = {"status": status} | more
    block = {"type": "tool_result", "toolUseID": identity, "run": run}
    return {"role": "user", "messageId": number, "content": [block]}


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def test_a_thread_tells_folder_branch_and_disjoint_tokens(tmp_path):
    thread(tmp_path, said(0), answered(1, credits=1.5), env={"initial": {"trees": [TREE]}})

    found = read(tmp_path)

    (session,) = found.rows(Session)
    assert (session.folder, session.branch) == ("/w/my app", "feature/x")
    (use,) = found.rows(Usage)
    assert (use.input_tokens, use.cache_read_tokens, use.cache_write_5m_tokens) == (3, 70, 5)
    assert (use.output_tokens, use.credits) == (9, 1.5)
    assert prompts(found) == [("go", "unknown")]


@pytest.mark.parametrize(
    ("status", "decision", "how"),
    [
        ("done", "accepted", "applied"),
        ("error", "failed", None),
        ("rejected-by-user", "rejected", "chosen"),
        ("cancelled", "undecided", None),
        ("in-progress", "undecided", None),
    ],
)
def test_what_became_of_an_edit(tmp_path, status, decision, how):
    thread(tmp_path, said(0), answered(1, call(), reason="tool_use"), result(2, status))

    assert edits(read(tmp_path)) == [("edit", decision, how, ("y", "z"), ("x",))]


@pytest.mark.parametrize(
    ("last", "ended"),
    [
        ([answered(1)], "finished"),
        ([answered(1, call(), reason="tool_use"), result(2, "done")], "unknown"),
        ([answered(1, call(), reason="tool_use"), result(2, "rejected-by-user")], "asked"),
        ([answered(1) | {"state": {"type": "cancelled"}}], "interrupted"),
        ([answered(1) | {"state": {"type": "error"}}], "error"),
        ([], "unknown"),
    ],
)
def test_a_turn_ends_as_its_last_answer_says(tmp_path, last, ended):
    thread(tmp_path, said(0), *last)

    assert ends(read(tmp_path)) == [ended]


def test_commands_patches_and_new_files_are_proposals(tmp_path):
    patch = "*** Begin Patch\n*** Update File: a\n-x\n+y\n*** End Patch"
    blocks = [
        call("create_file", "toolu_00000000000000a", path="/b", content="l\n"),
        call("apply_patch", "toolu_00000000000000b", input=patch),
        call("Bash", "toolu_00000000000000c", cmd="git commit -m x"),
    ]
    ran = {"output": "[main abc1234] x", "exitCode": 0}
    thread(tmp_path, answered(1, *blocks), result(2, "done", "toolu_00000000000000c", result=ran))

    found = read(tmp_path)

    assert sorted(row[0] for row in edits(found)) == ["command", "edit", "new_file"]
    assert [r.commits for r in found.rows(ToolCall) if r.kind == "commit"] == [("abc1234",)]


def test_a_command_that_ended_badly_is_not_ok(tmp_path):
    ran = result(2, "done", result={"output": "", "exitCode": 2})
    thread(tmp_path, answered(1, call("Bash", cmd="make")), ran)

    assert [row.ok for row in read(tmp_path).rows(ToolCall)] == [False]


def test_the_variables_move_the_threads(tmp_path):
    places = SOURCE.places(machine(tmp_path, AMP_DATA_HOME="/a", XDG_DATA_HOME="/x"))

    assert [str(p) for p in places[:2]] == ["/a/threads", "/x/amp/threads"]


def test_an_empty_thread_is_none_and_a_torn_one_a_problem(tmp_path):
    path = thread(tmp_path)
    assert read(tmp_path).rows(Session) == []

    path.write_text('{"id": ')
    assert [p.reason for p in read(tmp_path).problems] == ["not_json"]

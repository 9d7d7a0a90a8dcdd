"""Kiro's stores, old and new, and how they are kept from telling one turn twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.sources.reading import Cursors, Read, machine, read_changed, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.kiro_ide import SOURCE, find
from tokenmirror.sources.kiro_ide.snapshots import SAVES

USER = Path(".config/Kiro/User")
AGENT = USER / "globalStorage" / "kiro.kiroagent"
SHOP = "/w/shop"
HASH = hashlib.sha256(SHOP.encode()).hexdigest()[:32]
T0 = 1_785_574_800_000
Json = dict[str, object]


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


def put(path: Path, told: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))
    return path


# -- logs of 1.0 -----------------------------------------------------------------------------


def event(nth: int, kind: str, **payload: object) -> str:
    time = f"2026-08-01T09:00:{nth:02}.000Z"
    return json.dumps({"id": f"e{nth}", "timestamp": time, "payload": {"type": kind, **payload}})


def log(home: Path, *events: str, name: str = "sess_1", **facts: object) -> Path:
    folder = home / ".kiro" / "sessions" / "0123456789abcdef" / name
    told = {"id": name, "modelId": "claude-opus-4.8", "workspacePaths": [SHOP], **facts}
    put(folder / "session.json", told)
    path = folder / "messages.jsonl"
    path.write_text("".join(line + "\n" for line in events))
    return path


def call(nth: int, tool: str = "str_replace", status: str = "completed", **args: object) -> str:
    given = args or {"path": "app.py", "oldStr": "a\n", "newStr": "a\nb\n"}
    return event(nth, "tool_call", toolName=tool, toolCallId=f"t{nth}", args=given, status=status)


def result(nth: int, of: int, *, success: bool = True, content: str = "ok") -> str:
    return event(nth, "tool_result", toolCallId=f"t{of}", content=content, success=success)


START = (
    event(0, "session_start", agentType="vibe"),
    event(1, "user", content="Add a health route", images=[{}], documents=[]),
    event(2, "turn_start", executionId="x1"),
)


def test_a_turn_with_its_edit_and_its_credits(tmp_path):
    summaries = [{"unit": "credit", "usage": 0.25}, {"unit": "credit", "usage": 0.5}]
    end = event(9, "turn_end", stopReason="end_turn", executionId="x1")
    used = event(8, "usage_summary", promptTurnSummaries=summaries, executionId="x1")
    log(tmp_path, *START, call(3), result(4, 3), used, end)

    found = read(tmp_path)

    prompt, edit = only(found.rows(Prompt)), only(found.rows(Suggestion))
    assert (prompt.text, prompt.author, prompt.attachments) == ("Add a health route", "unknown", 1)
    assert (edit.added, edit.removed, edit.decision, edit.how) == (
        ("b",),
        (),
        "accepted",
        "applied",
    )
    assert edit.turn == prompt.turn
    assert only(found.rows(Turn)).ended == "finished"
    use = only(found.rows(Usage))
    assert (use.credits, use.input_tokens, use.model) == (0.75, None, "claude-opus-4.8")
    assert only(found.rows(Session)).folder == SHOP
    assert (found.records, found.understood) == (7, 7)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((call(3), result(4, 3)), ("accepted", "applied")),
        ((call(3),), ("accepted", "applied")),
        ((call(3), result(4, 3, success=False)), ("failed", None)),
        ((call(3, status="failed"),), ("failed", None)),
        ((call(3, status="rejected"), result(4, 3, success=False)), ("rejected", "chosen")),
        ((call(3, status="denied"),), ("rejected", "chosen")),
        (
            (call(3, status="cancelled"), event(5, "turn_end", stopReason="end_turn")),
            ("rejected", "chosen"),
        ),
        (
            (call(3, status="cancelled"), event(5, "turn_end", stopReason="cancelled")),
            ("undecided", None),
        ),
        ((call(3, status="cancelled"),), ("undecided", None)),
        ((call(3, status="running"),), ("undecided", None)),
    ],
)
def test_what_became_of_an_edit(tmp_path, lines, expected):
    log(tmp_path, *START, *lines)

    edit = only(read(tmp_path).rows(Suggestion))

    assert (edit.decision, edit.how) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("end_turn", "finished"), ("cancelled", "interrupted"), ("failed", "error"), ("?", "unknown")],
)
def test_how_a_turn_ended(tmp_path, reason, expected):
    log(tmp_path, *START, event(5, "turn_end", stopReason=reason))

    assert only(read(tmp_path).rows(Turn)).ended == expected


def test_the_end_of_a_helpers_turn_is_not_the_end_of_the_turn(tmp_path):
    log(tmp_path, *START, event(5, "turn_end", stopReason="failed", executionId="helper"))

    assert only(read(tmp_path).rows(Turn)).ended == "unknown"


@pytest.mark.parametrize(
    ("tool", "args", "kind", "lines"),
    [
        ("fs_write", {"path": "n.py", "text": "a\nb\n"}, "new_file", ("a", "b")),
        ("fsWrite", {"path": "n.py", "text": "a\n"}, "new_file", ("a",)),
        ("fs_append", {"path": "n.py", "text": "c\n"}, "edit", ("c",)),
        ("strReplace", {"path": "n.py", "oldStr": "x", "newStr": "y"}, "edit", ("y",)),
        ("delete_file", {"targetFile": "n.py"}, "delete", ()),
        ("execute_bash", {"command": "pytest -q"}, "command", ()),
    ],
)
def test_names_of_tools_old_and_new(tmp_path, tool, args, kind, lines):
    log(tmp_path, *START, call(3, tool, **args), result(4, 3))

    edit = only(read(tmp_path).rows(Suggestion))

    assert (edit.kind, edit.added) == (kind, lines)


def test_a_command_names_the_commit_it_made(tmp_path):
    run = call(3, "execute_bash", command="git commit -m x")
    log(tmp_path, *START, run, result(4, 3, content="[main abc1234] x\n 1 file changed"))

    made = only(read(tmp_path).rows(ToolCall))

    assert (made.kind, made.commits, made.ok) == ("commit", ("abc1234",), True)


def test_events_of_unknown_kind_are_counted_by_name(tmp_path):
    log(tmp_path, *START, event(5, "hologram"), "{", "[]")

    found = read(tmp_path)

    assert found.unknown == {"hologram": 1}
    assert Counter(problem.reason for problem in found.problems) == {"not_json": 1, "bad_type": 1}
    assert (found.records, found.understood) == (6, 3)


def test_the_command_lines_own_sessions_are_left_to_it(tmp_path):
    put(tmp_path / ".kiro/sessions/cli/sess_2/messages.jsonl", {})
    put(tmp_path / ".kiro/sessions/cli/x.jsonl", {})
    log(tmp_path, *START)

    assert [file.path.parent.name for file in find(machine(tmp_path))][0:1]
    assert {p.session for p in read(tmp_path).rows(Prompt)} == {"sess_1"}


def test_the_folder_of_sessions_is_moved_by_its_variable(tmp_path):
    log(tmp_path / "x", *START)

    files = list(find(machine(tmp_path, KIRO_HOME=str(tmp_path / "x" / ".kiro"))))

    assert [file.path.name for file in files] == ["messages.jsonl"]


# -- executions ------------------------------------------------------------------------------


def execution(home: Path, name: str = "x1", at: Path = AGENT, **more: object) -> Path:
    told = {
        "executionId": name,
        "workflowType": "chat-agent",
        "status": "succeed",
        "startTime": T0,
        "endTime": T0 + 9_000,
        "chatSessionId": "c1",
        "input": {"data": {"messages": [{"role": "user", "content": f"prompt of {name}"}]}},
        **more,
    }
    return put(home / at / HASH / SAVES / hashlib.sha256(name.encode()).hexdigest()[:32], told)


def action(kind: str = "replace", state: str = "Accepted", **given: object) -> Json:
    base = {"file": "app.py", "originalContent": "a\n", "modifiedContent": "a\nb\n"}
    return {
        "type": "AgentExecutionAction",
        "actionId": f"id-{kind}-{state}",
        "actionType": kind,
        "actionState": state,
        "emittedAt": T0 + 5_000,
        "input": given or base,
    }


def workspace_session(home: Path, *history: Json, name: str = "c1", **more: object) -> Path:
    told = {"sessionId": name, "workspaceDirectory": SHOP, "history": list(history), **more}
    return put(home / AGENT / "workspace-sessions" / "L3cvc2hvcA__" / f"{name}.json", told)


def said(text: str, name: str | None = None) -> Json:
    content = [{"type": "text", "text": text}]
    return {"message": {"role": "user", "content": content, **({"id": name} if name else {})}}


def stub(execution: str | None = None) -> Json:
    more = {"executionId": execution} if execution else {}
    return {"message": {"role": "assistant", "content": "On it."}, **more}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Accepted", ("accepted", "allowed")),
        ("Success", ("accepted", "applied")),
        ("Rejected", ("rejected", "chosen")),
        ("Error", ("failed", None)),
        ("Aborted", ("undecided", None)),
        ("PendingAction", ("undecided", None)),
    ],
)
def test_states_of_actions(tmp_path, state, expected):
    execution(tmp_path, actions=[action(state=state), action("say", "Success")])

    edit = only(read(tmp_path).rows(Suggestion))

    assert (edit.decision, edit.how) == expected
    assert (edit.kind, edit.added, edit.removed) == ("edit", ("b",), ())


@pytest.mark.parametrize(
    ("setting", "written_s", "expected"),
    [
        (
            '{\n  "kiroAgent.agentAutonomy": "Supervised"\n}',
            T0 // 1000 - 60,
            ("chosen", "inferred"),
        ),
        (
            '{\n  "kiroAgent.agentAutonomy": "Autopilot"\n}',
            T0 // 1000 - 60,
            ("allowed", "inferred"),
        ),
        ("{}", T0 // 1000 - 60, ("allowed", "inferred")),
        (
            '{\n  "kiroAgent.agentAutonomy": "Supervised"\n}',
            T0 // 1000 + 60,
            ("applied", "unknown"),
        ),
    ],
)
def test_who_accepted_is_told_by_the_setting_of_that_time(tmp_path, setting, written_s, expected):
    execution(tmp_path, actions=[action()])
    settings = tmp_path / USER / "settings.json"
    settings.write_text(setting)
    os.utime(settings, (written_s, written_s))

    edit = only(read(tmp_path).rows(Suggestion))

    assert (edit.how, edit.basis) == expected


def test_while_a_turn_runs_nothing_is_decided(tmp_path):
    path = execution(tmp_path, status="running", actions=[action()])
    found, cursors = Read(), Cursors()
    read_changed(SOURCE, tmp_path, found, cursors)
    assert only(found.rows(Suggestion)).decision == "undecided"

    told = json.loads(path.read_text()) | {"status": "succeed"}
    put(path, told)
    read_changed(SOURCE, tmp_path, found, cursors)

    assert only(found.rows(Suggestion)).decision == "accepted"
    assert (found.records, found.understood) == (1, 1)


def test_kinds_of_actions(tmp_path):
    write = {"file": "n.py", "modifiedContent": "x\ny\n"}
    execution(
        tmp_path,
        actions=[
            action("create", **write),
            action("append", **write),
            action("runCommand", command="npm test"),
            action("readFiles", path="n.py"),
            action("model"),
        ],
    )

    found = read(tmp_path)

    kinds = {(s.kind, s.added) for s in found.rows(Suggestion)}
    assert kinds == {("new_file", ("x", "y")), ("edit", ("x", "y")), ("command", ())}
    assert Counter(c.kind for c in found.rows(ToolCall)) == {"edit": 2, "test": 1, "read": 1}


def test_history_in_an_execution_is_not_counted_again(tmp_path):
    history = [{"role": "human", "entries": [f"old {n}"]} for n in range(5)]
    execution(tmp_path, context={"messages": history})

    assert [p.text for p in read(tmp_path).rows(Prompt)] == ["prompt of x1"]


def test_a_helpers_execution_is_no_prompt(tmp_path):
    execution(tmp_path, "x2", workflowType="sub-agent", actions=[action()])

    found = read(tmp_path)

    assert found.rows(Prompt) == []
    assert only(found.rows(Suggestion)).turn is None


def test_credits_of_an_execution_are_added_up(tmp_path):
    usage = [{"usage": 0.5, "unit": "credit"}, {"usage": 1, "unit": "credit"}, {"usage": None}]
    execution(tmp_path, usageSummary=usage)

    assert only(read(tmp_path).rows(Usage)).credits == 1.5


def test_an_execution_on_a_remote_host_is_found(tmp_path):
    place = Path(".kiro-server/data/User/globalStorage/kiro.kiroagent")
    execution(tmp_path, at=place)

    assert len(read(tmp_path).rows(Prompt)) == 1


def test_the_list_of_executions_and_copies_of_sources_are_passed_over(tmp_path):
    listed = tmp_path / AGENT / HASH / "f62de366d0006e17ea00a01f6624aabf"
    put(listed, {"executions": [{"executionId": "x1"}], "version": 2})
    copies = tmp_path / AGENT / HASH / ("0" * 32)
    put(copies / "src" / "Makefile", {})
    (copies / "LICENSE").write_text("words")

    found = read(tmp_path)

    assert (found.events, found.problems) == ([], [])


# -- one turn in several stores --------------------------------------------------------------


def test_a_turn_told_by_session_and_execution_is_one(tmp_path):
    execution(tmp_path, "x1")
    execution(tmp_path, "x2", chatSessionId="rotated", startTime=T0 + 60_000)
    workspace_session(
        tmp_path,
        *(said("prompt of x1"), stub("x1"), said("prompt of x2"), stub("x2")),
        *(said("prompt of gone", "m5"), stub("gone"), said("plain", "m7"), stub()),
    )

    found = read(tmp_path)

    assert sorted(p.text for p in found.rows(Prompt)) == [
        *("plain", "prompt of gone", "prompt of x1", "prompt of x2"),
    ]
    assert {p.session for p in found.rows(Prompt)} == {"c1"}
    assert only(found.rows(Session)).folder == SHOP


def test_a_folder_is_known_by_its_hash(tmp_path):
    execution(tmp_path, chatSessionId="other")
    workspace_session(tmp_path, said("hi"))

    folders = {s.key: s.folder for s in read(tmp_path).rows(Session)}

    assert folders == {"other": SHOP, "c1": SHOP}


def test_a_session_that_was_taken_over_is_read_from_its_new_log_alone(tmp_path):
    execution(tmp_path)
    path = workspace_session(tmp_path, said("prompt of x1"), stub("x1"))
    marker = {"migratedAt": "2026-07-20T10:00:00Z", "v2SessionId": "sess_1"}
    put(path.with_name("c1.migrated.json"), marker)
    log(tmp_path, *START)

    found = read(tmp_path)

    assert [p.text for p in found.rows(Prompt)] == ["Add a health route"]
    assert only(found.rows(Session)).key == "sess_1"


def chat(home: Path, name: str, *entries: str, execution: str = "x1") -> Path:
    told = [{"role": "human", "content": "<identity>You</identity>"}]
    told += [{"role": "human", "content": text} for text in entries]
    whole = {
        "executionId": execution,
        "chat": told,
        "metadata": {"workflowId": "w", "startTime": T0},
    }
    return put(home / AGENT / HASH / f"{name}.chat", whole)


def test_a_snapshot_of_the_preview_tells_its_newest_prompt(tmp_path):
    shown = "<EnvironmentContext>files</EnvironmentContext>\nfix it"
    chat(tmp_path, "a", "first", shown)
    chat(
        tmp_path,
        "b",
        "first",
        "<kiro-ide-message>x</kiro-ide-message><user>add it</user>",
        execution="x2",
    )
    chat(tmp_path, "c", "## Included Rules\nx", execution="x3")

    assert [p.text for p in read(tmp_path).rows(Prompt)] == ["fix it", "add it"]


def test_a_snapshot_of_an_execution_that_has_a_file_adds_nothing(tmp_path):
    execution(tmp_path)
    chat(tmp_path, "a", "prompt of x1")

    found = read(tmp_path)

    assert only(found.rows(Prompt)).session == only(found.rows(Session)).key == "c1"


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, 1e300, True])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    bad = action() | {"input": wrong, "output": wrong, "emittedAt": wrong}
    execution(tmp_path, actions=[bad, wrong], usageSummary=[wrong], startTime=wrong)
    workspace_session(tmp_path, {"message": wrong}, {"executionId": wrong}, said("ok"))
    chat(tmp_path, "a", "x", execution="x9")
    put(tmp_path / AGENT / HASH / "b.chat", {"executionId": wrong, "chat": wrong})
    lines = (event(5, "tool_call", toolCallId="t", args=wrong), event(6, "user", content=wrong))
    used = event(7, "usage_summary", promptTurnSummaries=[wrong, {"usage": wrong}])
    log(tmp_path, *START, *lines, used, workspacePaths=wrong, createdAt=wrong)

    assert {p.text for p in read(tmp_path).rows(Prompt)} >= {"ok", "x", "Add a health route"}

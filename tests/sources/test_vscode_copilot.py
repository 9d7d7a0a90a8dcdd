"""Copilot's chat in VS Code: what its files say, and which of them says it best."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.reading import Read, machine, read_file, read_home, summary
from tokenmirror.events import DayTotal, Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.source import BATCH_EVENTS, Cursor
from tokenmirror.sources.vscode_copilot import SOURCE, find, read

OURS = LOGS / "vscode-copilot"
USER = Path(".config/Code/User")
SHOP = USER / "workspaceStorage" / "aa11"
STORES = USER / "globalStorage" / "github.copilot-chat"
T0 = 1_780_000_000_000


# -- makers ----------------------------------------------------------------------------------


def asked(nth: int, text: str = "do it", **more: object) -> dict[str, object]:
    """A finished request; its turn takes the nth minute's first ten seconds."""
    began = T0 + nth * 60_000
    told: dict[str, object] = {
        "requestId": f"r{nth}",
        "timestamp": began,
        "message": {"text": text, "parts": []},
        "modelId": "copilot/gpt-4.1",
        "modelState": {"value": 1, "completedAt": began + 10_000},
        "response": [],
    }
    return told | more


def start(**state: object) -> dict[str, object]:
    told = {"version": 3, "sessionId": "s1", "creationDate": T0, "initialLocation": "panel"}
    return {"kind": 0, "v": {**told, "requests": [], **state}}


def push(*requests: object, cut: int | None = None) -> dict[str, object]:
    change: dict[str, object] = {"kind": 2, "k": ["requests"], "v": list(requests)}
    return change if cut is None else change | {"i": cut}


def write(path: Path, *changes: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(change) + "\n" for change in changes))
    return path


def chat(home: Path, *changes: object, name: str = "s1", at: Path = SHOP) -> Path:
    workspace = home / at
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / "workspace.json").write_text('{"folder":"file:///w/shop"}')
    return write(workspace / "chatSessions" / f"{name}.jsonl", *changes)


def edit_part(text: str = "a\n", path: str = "/w/shop/a.py", line: int = 1) -> dict[str, object]:
    span = dict.fromkeys(("startColumn", "endColumn"), 1)
    span |= dict.fromkeys(("startLineNumber", "endLineNumber"), line)
    uri = {"scheme": "file", "path": path}
    return {"kind": "textEditGroup", "uri": uri, "edits": [[{"text": text, "range": span}]]}


def terminal(confirmed: object, **more: object) -> dict[str, object]:
    return {
        "kind": "toolInvocationSerialized",
        "toolId": "run_in_terminal",
        "toolCallId": "c1",
        "isConfirmed": confirmed,
        "isComplete": True,
        "toolSpecificData": {"kind": "terminal", "commandLine": {"original": "ls"}, **more},
    }


def event(kind: int, path: str = "/w/shop/a.py") -> dict[str, object]:
    return {"uri": {"scheme": "file", "path": path}, "eventKind": kind}


def database(path: Path, schema: str, rows: dict[str, list[tuple[object, ...]]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.executescript(schema)
    for table, values in rows.items():
        marks = ", ".join("?" * len(values[0]))
        db.executemany(f"insert into {table} values ({marks})", values)
    db.commit()
    db.close()
    return path


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(T0 // 1000 + seconds, UTC).isoformat()


def turn_store(home: Path, *turns: tuple[str, int, str, int], host: str = "vscode") -> Path:
    """Turns as (session, index, text, seconds after T0)."""
    rows = [
        (n, s, index, text, "done", instant(at)) for n, (s, index, text, at) in enumerate(turns)
    ]
    names = sorted({turn[0] for turn in turns})
    return database(
        home / STORES / "session-store.db",
        "create table sessions (id, cwd, repository, host_type, branch, agent_name);"
        "create table turns (id, session_id, turn_index, user_message, assistant_response,"
        " timestamp)",
        {"sessions": [(n, "/w/shop", "", host, "main", "Copilot") for n in names], "turns": rows},
    )


def span(trace: str, at: int, output: int, **more: object) -> tuple[object, ...]:
    told: dict[str, object] = {
        "operation": "chat",
        "agent": "panel",
        "session": "s1",
        "model": "gpt-4.1",
        "input": 100,
        "cached": 60,
    } | more
    return (
        f"{trace}/{at}/{told['operation']}",
        trace,
        told["operation"],
        T0 + at,
        T0 + at + 1,
        told["agent"],
        told["session"],
        told["session"],
        told["model"],
        told["model"],
        told["input"],
        output,
        told["cached"],
        7,
        1,
    )


def trace_store(home: Path, *spans: tuple[object, ...]) -> Path:
    return database(
        home / STORES / "agent-traces.db",
        "create table spans (span_id, trace_id, operation_name, start_time_ms, end_time_ms,"
        " agent_name, conversation_id, chat_session_id, request_model, response_model,"
        " input_tokens, output_tokens, cached_tokens, reasoning_tokens, status_code);"
        "create table span_attributes (span_id, key, value)",
        {"spans": list(spans), "span_attributes": [("x", "gen_ai.input.messages", "secret")]},
    )


def rows(home: Path, kind: type) -> list[object]:
    return read_home(SOURCE, home).rows(kind)


def only(home: Path, kind: type) -> object:
    (row,) = rows(home, kind)
    return row


# -- truth -----------------------------------------------------------------------------------


def test_the_live_log_gives_the_tokens_of_each_session():
    tokens: Counter[str] = Counter()
    for use in read_home(SOURCE, OURS / "desktop" / "home").rows(Usage):
        tokens[use.session[:4]] += use.output_tokens
    assert tokens == {
        "3b68": 2151,
        "f6af": 1850,
        "a66b": 369,
        "2654": 383,
        "2a80": 267,
        "37f7": 384,
    }


def test_the_live_log_gives_folder_branch_and_mode():
    sessions = {s.key[:4]: s for s in read_home(SOURCE, OURS / "desktop" / "home").rows(Session)}
    assert (sessions["3b68"].folder, sessions["3b68"].branch) == ("/home/dev/work/shop", "main")
    assert (sessions["a66b"].mode, sessions["3b68"].mode) == ("ask", "auto_edits")
    assert sessions["2654"].folder is None
    assert {session.entry for session in sessions.values()} == {"interactive"}


def test_the_live_log_names_the_commit_and_the_failed_test():
    calls = [
        c for c in read_home(SOURCE, OURS / "desktop" / "home").rows(ToolCall) if c.ok is not None
    ]
    assert {(call.kind, call.ok, call.commits) for call in calls} == {
        ("test", False, ()),
        ("commit", True, ("33e67fe",)),
    }


def test_the_browsers_log_names_the_same_files_as_the_desktops():
    both = [
        {s.key: s.path for s in read_home(SOURCE, OURS / name / "home").rows(Suggestion)}
        for name in ("desktop", "browser")
    ]
    assert both[0] == both[1]


# -- what is found ---------------------------------------------------------------------------


def test_a_log_of_changes_is_taken_before_a_flat_file_of_the_same_name(tmp_path):
    path = chat(tmp_path, start(), push(asked(1)))
    path.with_suffix(".json").write_text('{"requests":[{"requestId":"old"}]}')
    assert [file.path.name for file in find(machine(tmp_path))] == ["s1.jsonl"]


def test_a_hand_over_copy_is_not_looked_at(tmp_path):
    write(tmp_path / USER / "globalStorage" / "transferredChatSessions" / "s1.jsonl", start())
    assert not list(find(machine(tmp_path)))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    path = chat(tmp_path, start())
    outside = write(tmp_path / "elsewhere.jsonl", start())
    path.with_name("s2.jsonl").symlink_to(outside)
    assert [file.path.name for file in find(machine(tmp_path))] == ["s1.jsonl"]


def test_a_decision_made_later_changes_the_sessions_stamp(tmp_path):
    chat(tmp_path, start())
    (before,) = find(machine(tmp_path))
    state = tmp_path / SHOP / "chatEditingSessions" / "s1" / "state.json"
    write(state, {"version": 2})
    (after,) = find(machine(tmp_path))
    assert before.stamp != after.stamp


def test_rows_of_newer_sessions_leave_an_old_one_unread(tmp_path):
    path = chat(tmp_path, start())
    store = turn_store(tmp_path, ("s2", 0, "x", 1))
    os.utime(path, ns=(10**18, 10**18))
    stamps = []
    for hour in (1, 2):
        os.utime(store, ns=(10**18 + hour * 3_600_000_000_000,) * 2)
        stamps += [file.stamp for file in find(machine(tmp_path)) if file.path == path]
    assert stamps[0] == stamps[1]


# -- prompts and turns -----------------------------------------------------------------------


def test_drafts_and_prompts_that_wait_are_not_prompts(tmp_path):
    chat(
        tmp_path,
        start(pendingRequests=[{"request": asked(5)}], inputState={"inputText": "half a th"}),
        {"kind": 1, "k": ["inputState", "inputText"], "v": "half a thought"},
    )
    assert not read_home(SOURCE, tmp_path).events


@pytest.mark.parametrize(
    "mark",
    [
        {"isSystemInitiated": True},
        {"hiddenFromTranscript": True},
        {"requestHiddenFromTranscript": True},
        {"confirmation": "Continue"},
        {"requestSource": "system"},
        {"slashCommand": {"name": "compact"}},
    ],
)
def test_what_nobody_typed_is_no_prompt_but_a_turn(tmp_path, mark):
    chat(tmp_path, start(), push(asked(1, **mark)))
    assert not rows(tmp_path, Prompt)
    assert len(rows(tmp_path, Turn)) == 1


@pytest.mark.parametrize(
    ("more", "author", "basis"),
    [
        ({"hiddenFromTranscript": False}, "person", "stated"),
        ({"requestSource": "user"}, "person", "stated"),
        ({"requestSource": "somewhere"}, "unknown", "unknown"),
        ({}, "person", "stated"),
    ],
)
def test_the_log_states_who_asked(tmp_path, more, author, basis):
    chat(tmp_path, start(), push(asked(1, **more)))
    prompt = only(tmp_path, Prompt)
    assert (prompt.author, prompt.basis) == (author, basis)


def test_a_message_may_be_a_plain_text_and_shape_may_be_odd(tmp_path):
    odd = [None, 3, {"kind": None, "value": []}, {"kind": "textEditGroup"}, terminal(None)]
    chat(tmp_path, start(), push(asked(1, message="hello", response=odd, result=7, agent=[])))
    assert only(tmp_path, Prompt).text == "hello"
    assert only(tmp_path, Suggestion).decision == "undecided"


def test_prompts_taken_out_of_the_history_are_kept_and_marked(tmp_path):
    chat(tmp_path, start(), push(asked(1)), push(asked(2), asked(3)), push(asked(4), cut=1))
    removed = {prompt.key: prompt.removed for prompt in rows(tmp_path, Prompt)}
    assert removed == {"s1/r1": False, "s1/r2": True, "s1/r3": True, "s1/r4": False}


def test_a_rewritten_log_takes_nothing_back(tmp_path):
    path = chat(tmp_path, start(), push(asked(1), asked(2)), push(asked(3), cut=1))
    told, cursor = Read(), Cursor()
    for _ in range(2):
        (file,) = find(machine(tmp_path))
        cursor = read_file(SOURCE, file, told, cursor)
        chat(tmp_path, start(requests=[asked(1), asked(3)]))
    assert path.stat().st_size
    assert summary(told)["prompts_removed"] == 1
    assert len(told.rows(Prompt)) == 3


def test_a_request_that_waits_for_removal_is_marked(tmp_path):
    mark = {"shouldBeRemovedOnSend": {"requestId": "r1"}}
    chat(tmp_path, start(), push(asked(1, **mark), asked(2)))
    assert [prompt.removed for prompt in rows(tmp_path, Prompt)] == [True, False]


def test_an_unfinished_last_line_is_left_for_later(tmp_path):
    path = chat(tmp_path, start(), push(asked(1)))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind":2,"k":["requ')
    told = read_home(SOURCE, tmp_path)
    assert (len(told.rows(Prompt)), told.problems) == (1, [])


@pytest.mark.parametrize(
    ("facts", "ended"),
    [
        ({"modelState": {"value": 0}}, "unknown"),
        ({"modelState": {"value": 1}}, "finished"),
        ({"modelState": {"value": 2}}, "interrupted"),
        ({"modelState": {"value": 3}}, "error"),
        ({"modelState": {"value": 4}}, "asked"),
        ({"modelState": None, "isCanceled": True}, "interrupted"),
        ({"modelState": None, "result": {"errorDetails": {"message": "x"}}}, "error"),
        ({"modelState": None, "result": {"timings": {"totalElapsed": 5}}}, "finished"),
        ({"modelState": None}, "unknown"),
    ],
)
def test_a_turn_ends_as_the_log_says(tmp_path, facts, ended):
    chat(tmp_path, start(), push(asked(1, **facts)))
    assert only(tmp_path, Turn).ended == ended


def test_imported_conversations_and_those_of_other_stores_are_left_out(tmp_path):
    chat(tmp_path, start(isImported=True, requests=[asked(1)]), name="s1")
    chat(tmp_path, start(requests=[asked(1, agent={"id": "copilotcli"})]), name="s2")
    assert not read_home(SOURCE, tmp_path).events


def test_one_session_in_two_workspaces_is_counted_once(tmp_path):
    chat(tmp_path, start(requests=[asked(1, completionTokens=5)]))
    chat(tmp_path, start(requests=[asked(1, completionTokens=5)]), at=SHOP.with_name("bb22"))
    assert len(rows(tmp_path, Prompt)) == len(rows(tmp_path, Usage)) == 1


@pytest.mark.parametrize(
    ("info", "mode"),
    [
        ({"kind": "ask"}, "ask"),
        ({"kind": "edit"}, "auto_edits"),
        ({"kind": "agent", "permissionLevel": "default"}, "auto_edits"),
        ({"modeId": "agent"}, "auto_edits"),
        ({"kind": "agent", "permissionLevel": "autoApprove"}, "auto_all"),
        ({"kind": "agent", "telemetryModeName": "Plan"}, "plan"),
        ({}, "unknown"),
    ],
)
def test_the_mode_says_how_far_the_agent_may_go(tmp_path, info, mode):
    chat(tmp_path, start(), push(asked(1, modeInfo=info)))
    assert only(tmp_path, Session).mode == mode


def test_remote_folders_keep_their_host_in_front(tmp_path):
    chat(tmp_path, start(), push(asked(1)))
    told = '{"folder":"vscode-remote://ssh-remote%2Bbox/w/shop"}'
    (tmp_path / SHOP / "workspace.json").write_text(told)
    assert only(tmp_path, Session).folder == "vscode-remote://ssh-remote+box/w/shop"


def test_only_what_the_person_attached_counts_as_attachment(tmp_path):
    variables = [{"id": "vscode.implicit.file"}, {"id": "file:///w/shop/a.py"}]
    chat(tmp_path, start(), push(asked(1, variableData={"variables": variables})))
    assert only(tmp_path, Prompt).attachments == 1


# -- edits and commands ----------------------------------------------------------------------


def test_the_example_of_the_format_note_is_read_as_it_says(tmp_path):
    chat(
        tmp_path,
        start(),
        push(asked(1, response=[edit_part(line=4)])),
        push(asked(2, editedFileEvents=[event(1)], modelState={"value": 0})),
        {"kind": 1, "k": ["requests", 1, "modelState"], "v": {"value": 2, "completedAt": T0}},
    )
    edit = only(tmp_path, Suggestion)
    assert (edit.decision, edit.how, edit.basis) == ("accepted", "chosen", "stated")
    assert (edit.added, edit.path) == (("a",), "/w/shop/a.py")
    assert [turn.ended for turn in rows(tmp_path, Turn)] == ["finished", "interrupted"]


def test_edits_of_prompts_taken_back_are_undone(tmp_path):
    chat(tmp_path, start(), push(asked(1, response=[edit_part()])), push(asked(2), cut=0))
    assert only(tmp_path, Suggestion).decision == "undone"


def test_kept_by_a_setting_is_not_kept_by_a_person(tmp_path):
    kept = asked(2, editedFileEvents=[event(1)])
    chat(tmp_path, start(), push(asked(1, response=[edit_part()]), kept))
    settings = tmp_path / USER / "settings.json"
    settings.write_text('{ // mine\n  "chat.editing.autoAcceptDelay": 5,\n}')
    edit = only(tmp_path, Suggestion)
    assert (edit.decision, edit.how, edit.basis) == ("accepted", "allowed", "inferred")


@pytest.mark.parametrize(
    ("confirmed", "told", "decision", "how"),
    [
        ({"type": 0}, {}, "rejected", "chosen"),
        ({"type": 1}, {}, "accepted", "allowed"),
        ({"type": 2}, {}, "accepted", "allowed"),
        ({"type": 3}, {}, "accepted", "allowed"),
        ({"type": 4}, {}, "accepted", "chosen"),
        ({"type": 5}, {}, "rejected", "chosen"),
        (True, {}, "accepted", "applied"),
        (False, {}, "rejected", "chosen"),
        (None, {}, "undecided", None),
        (None, {"terminalCommandState": {"exitCode": 3}}, "accepted", "applied"),
    ],
)
def test_a_command_says_who_let_it_run(tmp_path, confirmed, told, decision, how):
    chat(tmp_path, start(), push(asked(1, response=[terminal(confirmed, **told)])))
    command = only(tmp_path, Suggestion)
    assert (command.kind, command.decision, command.how) == ("command", decision, how)


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False), (None, None)])
def test_the_exit_code_says_whether_a_command_went_well(tmp_path, code, ok):
    state = {"terminalCommandState": {"exitCode": code, "duration": 12}}
    chat(tmp_path, start(), push(asked(1, response=[terminal({"type": 4}, **state)])))
    call = only(tmp_path, ToolCall)
    assert (call.ok, call.kind, call.duration_ms) == (ok, "read", 12)


def test_an_older_command_stands_as_a_plain_text(tmp_path):
    part = terminal(True)
    part["toolSpecificData"] = {"kind": "terminal", "command": "npm test"}
    chat(tmp_path, start(), push(asked(1, response=[part])))
    assert only(tmp_path, ToolCall).kind == "test"


# -- tokens ----------------------------------------------------------------------------------


def tokens(home: Path) -> list[tuple[object, ...]]:
    return [
        (use.model, use.input_tokens, use.cache_read_tokens, use.output_tokens)
        for use in rows(home, Usage)
    ]


def test_a_turns_input_is_unknown_though_its_last_prompt_is_told(tmp_path):
    chat(tmp_path, start(), push(asked(1, completionTokens=420, promptTokens=18_000)))
    assert tokens(tmp_path) == [("gpt-4.1", None, None, 420)]


def test_totals_by_model_are_taken_before_all_else_in_the_file(tmp_path):
    totals = [
        {"model": "big", "inputTokens": 100, "cachedTokens": 60, "outputTokens": 9},
        {"model": "small", "inputTokens": 5, "outputTokens": 1},
        {"model": 3},
    ]
    chat(tmp_path, start(), push(asked(1, modelTotals=totals, completionTokens=7)))
    assert tokens(tmp_path) == [("big", 40, 60, 9), ("small", 5, None, 1)]


def test_output_of_the_last_call_alone_is_a_lower_bound_and_is_never_added(tmp_path):
    rounds = {"toolCallRounds": [{}, {}], "outputTokens": 60}
    chat(tmp_path, start(), push(asked(1, result={"metadata": rounds})))
    use = only(tmp_path, Usage)
    assert (use.output_tokens, use.output_at_least) == (60, True)
    chat(tmp_path, start(), push(asked(1, result={"metadata": rounds}, completionTokens=490)))
    use = only(tmp_path, Usage)
    assert (use.output_tokens, use.output_at_least) == (490, False)


def test_a_turn_without_tokens_has_no_usage(tmp_path):
    chat(tmp_path, start(), push(asked(1)))
    assert not rows(tmp_path, Usage)


@pytest.mark.parametrize(
    ("facts", "model"),
    [
        ({"modelId": "copilot/gpt-4.1"}, "gpt-4.1"),
        (
            {"modelId": "copilot/auto", "result": {"details": "Claude Sonnet 4.5 \u2022 1x"}},
            "claude-sonnet-4.5",
        ),
        ({"modelId": "copilot/auto", "result": {"metadata": {"resolvedModel": "m-1"}}}, "m-1"),
        ({"modelId": "copilot/auto"}, None),
    ],
)
def test_the_model_is_the_one_that_answered(tmp_path, facts, model):
    chat(tmp_path, start(), push(asked(1, completionTokens=1, **facts)))
    assert only(tmp_path, Usage).model == model


@pytest.mark.parametrize(
    ("facts", "cost"),
    [({"copilotCredits": 1.5}, 1.5), ({"result": {"details": "GPT \u2022 0.9x"}}, 0.9), ({}, None)],
)
def test_credits_are_those_of_the_turn(tmp_path, facts, cost):
    chat(tmp_path, start(), push(asked(1, completionTokens=1, **facts)))
    assert only(tmp_path, Usage).credits == cost


def traced(home: Path) -> None:
    """Two turns; the first of two calls, the second of one."""
    chat(home, start(), push(asked(1, completionTokens=30)), push(asked(2, completionTokens=5)))
    trace_store(
        home,
        span("t1", 61_000, 10),
        span("t1", 62_000, 20),
        span("t1", 60_500, 30, operation="invoke_agent"),
        span("t2", 121_000, 5),
    )


def test_traces_give_a_turns_tokens_once(tmp_path):
    traced(tmp_path)
    assert tokens(tmp_path) == [("gpt-4.1", 80, 120, 30), ("gpt-4.1", 40, 60, 5)]


def test_traces_that_have_gone_take_nothing_back(tmp_path):
    traced(tmp_path)
    told = Read()
    file = next(f for f in find(machine(tmp_path)) if f.path.suffix == ".jsonl")
    cursor = read_file(SOURCE, file, told)
    (tmp_path / STORES / "agent-traces.db").unlink()
    read_file(SOURCE, file, told, cursor)
    assert [use.input_tokens for use in told.rows(Usage)] == [80, 40]


def test_a_trace_of_a_turn_not_yet_written_waits(tmp_path):
    chat(tmp_path, start(), push(asked(1, modelState={"value": 0}, completionTokens=3)))
    trace_store(tmp_path, span("t1", 61_000, 10), span("t2", 121_000, 5))
    assert tokens(tmp_path) == [("gpt-4.1", None, None, 3)]


def test_the_products_own_calls_and_those_cut_off_are_left_out(tmp_path):
    chat(tmp_path, start(), push(asked(1)))
    trace_store(
        tmp_path,
        span("t1", 61_000, 10),
        span("t2", 62_000, 99, agent="title"),
        span("t3", 63_000, None, input=None),
        span("t4", 30_000, 99),
    )
    assert tokens(tmp_path) == [("gpt-4.1", 40, 60, 10)]


def test_traces_of_a_session_without_a_file_count_by_themselves(tmp_path):
    trace_store(tmp_path, span("t1", 61_000, 10), span("t2", 62_000, 9, agent="claude"))
    assert tokens(tmp_path) == [("gpt-4.1", 40, 60, 10)]


def test_texts_of_traces_never_leave_the_store(tmp_path):
    traced(tmp_path)
    assert "secret" not in str(read_home(SOURCE, tmp_path).events)


# -- the turn store --------------------------------------------------------------------------


def test_prompts_that_left_the_file_are_taken_from_the_turn_store(tmp_path):
    chat(tmp_path, start(requests=[asked(1, "first"), asked(4, "last")]))
    turn_store(tmp_path, ("s1", 0, "first", 72), ("s1", 1, "gone", 130), ("s1", 2, "last", 255))
    removed = {prompt.text: prompt.removed for prompt in rows(tmp_path, Prompt)}
    assert removed == {"first": False, "gone": True, "last": False}


def test_a_stored_turn_that_the_file_has_not_yet_is_not_taken_for_gone(tmp_path):
    chat(tmp_path, start(requests=[asked(1, "first")]))
    turn_store(tmp_path, ("s1", 0, "first", 72), ("s1", 1, "next", 130))
    assert [prompt.text for prompt in rows(tmp_path, Prompt)] == ["first"]


def test_the_same_words_twice_are_two_prompts(tmp_path):
    chat(tmp_path, start(requests=[asked(1, "continue"), asked(2, "continue")]))
    turn_store(tmp_path, ("s1", 0, "continue", 72), ("s1", 1, "continue", 132))
    assert len(rows(tmp_path, Prompt)) == 2


def test_sessions_without_a_file_are_told_by_the_turn_store(tmp_path):
    turn_store(tmp_path, ("s9", 0, "hello", 5), ("s9", 1, "again", 65))
    assert [prompt.text for prompt in rows(tmp_path, Prompt)] == ["hello", "again"]
    session = only(tmp_path, Session)
    assert (session.folder, session.branch) == ("/w/shop", "main")


def test_sessions_of_other_hosts_are_left_to_their_own_stores(tmp_path):
    turn_store(tmp_path, ("s9", 0, "hello", 5), host="cli")
    assert not read_home(SOURCE, tmp_path).events


# -- statistics, faults and size -------------------------------------------------------------


def stats(home: Path, value: str) -> None:
    schema = "create table ItemTable (key text unique, value blob)"
    database(home / SHOP / "state.vscdb", schema, {"ItemTable": [("aiStats", value)]})


def test_a_stretch_of_typing_is_kept_at_its_largest(tmp_path):
    chat(tmp_path, start())
    told = Read()
    for typed in (310, 400, 50):
        (tmp_path / SHOP / "state.vscdb").unlink(missing_ok=True)
        stats(tmp_path, json.dumps({"sessions": [{"startTime": T0, "typedCharacters": typed}]}))
        told.events += read_home(SOURCE, tmp_path).events
    (total,) = told.rows(DayTotal)
    assert (total.what, total.count, total.at_ms, total.folder) == (
        "chars_typed",
        400,
        T0,
        "/w/shop",
    )


@pytest.mark.parametrize("value", ["{", "[]", '{"sessions":[3,{"startTime":"x"}]}', "{}"])
def test_odd_statistics_count_nothing(tmp_path, value):
    stats(tmp_path, value)
    assert not read_home(SOURCE, tmp_path).events


def test_a_broken_store_costs_only_itself(tmp_path):
    chat(tmp_path, start(), push(asked(1)))
    for name in ("agent-traces.db", "session-store.db"):
        write(tmp_path / STORES / name, "no database")
    told = read_home(SOURCE, tmp_path)
    assert (len(told.rows(Prompt)), told.unreadable) == (1, ["unreadable", "unreadable"])


def test_stores_of_other_shapes_say_nothing(tmp_path):
    for name in ("agent-traces.db", "session-store.db"):
        schema = "create table spans (x); create table turns (x); create table sessions (x)"
        database(tmp_path / STORES / name, schema, {})
    assert read_home(SOURCE, tmp_path).unreadable == []


def test_a_long_conversation_comes_in_several_batches(tmp_path):
    chat(tmp_path, start(requests=[asked(n) for n in range(BATCH_EVENTS)]))
    (file,) = find(machine(tmp_path))
    batches = list(read(file, Cursor()))
    assert [len(batch.events) for batch in batches] == [BATCH_EVENTS, BATCH_EVENTS, 1]
    assert [batch.cursor.offset > 0 for batch in batches] == [False, False, True]


def test_the_memory_of_a_long_conversation_stays_small(tmp_path):
    long = [asked(n, requestId=f"request_{n:075}") for n in range(600)]
    chat(tmp_path, start(sessionId="s" * 36, requests=long))
    (file,) = find(machine(tmp_path))
    (*_, last) = read(file, Cursor())
    assert 40_000 < len(last.cursor.state) <= 64 * 1024

"""What is special to Kimi Code and to Kimi CLI."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources import truth
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.kimi import SOURCES

TOOLS = {source.key: source for source in SOURCES}
TRUTHS = {key: truth.truth_of(LOGS / key / "live") for key in TOOLS}
SHELL = {"kimi-code": "Bash", "kimi-cli": "Shell"}
EVERY = [
    pytest.param(key, session, id=f"{key}/{truth.labels(session)}")
    for key, told in TRUTHS.items()
    for session in told["sessions"]
]
every_session = pytest.mark.parametrize(("key", "session"), EVERY)
each = pytest.mark.parametrize("key", TOOLS)
CODE, CLI = TOOLS["kimi-code"], TOOLS["kimi-cli"]


@pytest.fixture(scope="module")
def reads() -> dict[str, Read]:
    return {key: read_home(TOOLS[key], LOGS / key / "live" / "home") for key in TOOLS}


# -- the recorded runs -----------------------------------------------------------------------


@every_session
def test_prompts_of_each_session_are_those_that_were_given(reads, key, session):
    read = reads[key]

    assert truth.prompts(read, session["id"], "person") == truth.given_prompts(session, "typed")
    assert truth.prompts(read, session["id"], "program") == truth.given_prompts(session, "headless")


@every_session
def test_edits_of_each_session_are_those_that_were_made(reads, key, session):
    assert truth.edits(reads[key], session["id"]) == truth.given_edits(session)


@every_session
def test_commands_of_each_session_are_those_that_ran(reads, key, session):
    ran = truth.commands(reads[key], session["id"], SHELL[key])

    assert ran == truth.given_commands(session)


@every_session
def test_tokens_of_each_session_are_those_that_were_reported(reads, key, session):
    given = truth.added(
        truth.given_tokens(session["tokens"]), truth.given_tokens(session["tokens_subagent"])
    )

    assert truth.tokens(reads[key], [session["id"]]) == given


@each
def test_requests_and_interruptions_are_counted_once(reads, key):
    totals = TRUTHS[key]["totals"]
    requests = totals["tokens_main"]["requests"] + totals["tokens_subagent"]["requests"]

    assert len(reads[key].rows(Usage)) == requests
    ends = [turn.ended for turn in reads[key].rows(Turn)]
    assert ends.count("interrupted") == totals["interrupted_turns"]


@each
def test_the_commit_of_the_agent_is_named(reads, key):
    (named,) = truth.named_commits(reads[key])

    assert truth.agents_commits(TRUTHS[key])[0].startswith(named)


@each
def test_every_session_has_its_folder_and_entry(reads, key):
    given = {s["id"]: s["kind"] for s in TRUTHS[key]["sessions"]}

    assert {s.key: s.entry for s in reads[key].rows(Session)} == given
    assert {s.folder for s in reads[key].rows(Session)} == {"/home/dev/work/shop"}


def test_edits_that_nobody_was_asked_for_were_allowed(reads):
    edits = [s for s in reads["kimi-code"].rows(Suggestion) if s.kind != "command"]

    assert {(s.decision, s.how, s.basis) for s in edits} == {
        ("accepted", "allowed", "inferred"),
        ("rejected", "chosen", "stated"),
    }
    commands = [s for s in reads["kimi-code"].rows(Suggestion) if s.kind == "command"]
    assert {(s.how, s.basis) for s in commands} == {("chosen", "stated")}


# -- Kimi Code by hand -----------------------------------------------------------------------


def test_the_variable_adds_a_home_of_kimi_code(tmp_path):
    agent(tmp_path / "moved", [])
    wanted = machine(tmp_path / "home", KIMI_CODE_HOME=str(tmp_path / "moved"))

    assert len(list(CODE.find(wanted))) == 1


def test_the_desktop_programs_home_on_macos_is_found(tmp_path):
    agent(tmp_path / "Library" / "Application Support" / "kimi-desktop" / "daemon", [asked()])

    assert len(list(CODE.find(machine(tmp_path, ("macos",))))) == 1
    assert list(CODE.find(machine(tmp_path, ("linux",)))) == []


def test_without_a_history_of_inputs_nobody_is_the_author(tmp_path):
    agent(tmp_path / ".kimi-code", [asked()])

    assert [p.author for p in read_home(CODE, tmp_path).rows(Prompt)] == ["unknown"]


def test_what_triggers_a_turn_beside_a_person_is_no_prompt(tmp_path):
    agent(tmp_path / ".kimi-code", [asked(origin="system_trigger"), asked(origin="cron")])

    assert read_home(CODE, tmp_path).rows(Prompt) == []


def test_a_prompt_sent_into_a_running_turn_belongs_to_it(tmp_path):
    steer = asked(kind="turn.steer", identity="p2")
    agent(tmp_path / ".kimi-code", [asked(), steer])

    read = read_home(CODE, tmp_path)

    assert [(p.key, p.turn) for p in read.rows(Prompt)] == [("p1", "p1"), ("p2", "p1")]
    assert len(read.rows(Turn)) == 1


@pytest.mark.parametrize(
    ("answer", "result", "ended"),
    [
        (None, {"output": "ok"}, ("accepted", "allowed")),
        ("approved", {"output": "ok"}, ("accepted", "chosen")),
        ("rejected", {"output": "no", "isError": True}, ("rejected", "chosen")),
        (None, {"output": "old_string not found", "isError": True}, ("failed", None)),
        ("approved", {"output": "old_string not found", "isError": True}, ("failed", None)),
        (None, None, ("undecided", None)),
    ],
)
def test_what_became_of_an_edit(answer, result, ended, tmp_path):
    given = {"path": "/w/a.py", "old_string": "one", "new_string": "two"}
    agent(tmp_path / ".kimi-code", [asked(), *called("Edit", given, answer, result)])

    (edit,) = read_home(CODE, tmp_path).rows(Suggestion)

    assert (edit.decision, edit.how) == ended


def test_a_file_that_was_there_is_written_over(tmp_path):
    tracked = {"type": "file_history.tracked", "path": "a.py", "entry": {"key": "k@v1"}}
    write = called("Write", {"path": "/w/a.py", "content": "x\n"}, None, {"output": "ok"})
    agent(tmp_path / ".kimi-code", [asked(), tracked, *write])

    (edit,) = read_home(CODE, tmp_path).rows(Suggestion)

    assert (edit.kind, edit.whole, edit.added) == ("edit", True, ("x",))


def test_a_command_that_failed_was_still_run(tmp_path):
    result = {"output": "E\nCommand failed with exit code: 1", "isError": True}
    agent(tmp_path / ".kimi-code", [asked(), *called("Bash", {"command": "pytest"}, None, result)])

    read = read_home(CODE, tmp_path)

    assert [(s.decision, s.how) for s in read.rows(Suggestion)] == [("accepted", "allowed")]
    assert [(c.kind, c.ok) for c in read.rows(ToolCall)] == [("test", False)]


def test_a_request_of_four_zeros_is_no_answer(tmp_path):
    zeros = dict.fromkeys(("inputOther", "inputCacheRead", "inputCacheCreation", "output"), 0)
    agent(tmp_path / ".kimi-code", [asked(), {"type": "usage.record", "usage": zeros}])

    assert read_home(CODE, tmp_path).rows(Usage) == []


def test_what_the_older_home_holds_of_a_migrated_session_is_left_to_it(tmp_path):
    agent(
        tmp_path / ".kimi-code", [asked(at_ms=1_000), asked(at_ms=9_000_000_000_000, identity="p2")]
    )
    wire(tmp_path, [begun("x")], name="s1")

    assert [p.key for p in read_home(CODE, tmp_path).rows(Prompt)] == ["p2"]


def test_unknown_kinds_are_counted_by_name(tmp_path):
    event = {"type": "context.append_loop_event", "event": {"type": "new"}}
    agent(tmp_path / ".kimi-code", [{"type": "fresh"}, event])

    assert read_home(CODE, tmp_path).unknown == {"fresh": 1, "context.append_loop_event/new": 1}


# -- Kimi CLI by hand ------------------------------------------------------------------------


def test_the_variable_adds_a_home_of_kimi_cli(tmp_path):
    wire(tmp_path, [begun("x")])
    wanted = machine(tmp_path / "home", KIMI_SHARE_DIR=str(tmp_path / ".kimi"))

    assert len(list(CLI.find(wanted))) == 1


def test_a_plain_text_that_stands_in_the_history_was_typed(tmp_path):
    wire(tmp_path, [begun("typed"), begun("given")])
    history = tmp_path / ".kimi" / "user-history" / f"{md5('/w')}.jsonl"
    history.parent.mkdir()
    history.write_text('{"content": "typed"}\n')

    authors = {p.text: p.author for p in read_home(CLI, tmp_path).rows(Prompt)}

    assert authors == {"typed": "person", "given": "program"}


@pytest.mark.parametrize(
    ("answer", "error", "ended"),
    [
        (None, "", ("accepted", "applied")),
        ("approve_for_session", "", ("accepted", "chosen")),
        ("reject", "no", ("rejected", "chosen")),
        (None, "The tool call is rejected by the user.", ("rejected", "chosen")),
        (None, "No replacements were made.", ("failed", None)),
    ],
)
def test_what_became_of_an_edit_of_kimi_cli(answer, error, ended, tmp_path):
    given = json.dumps({"path": "a.py", "edit": [{"old": "one", "new": "two"}]})
    call = message(
        "ToolCall", {"id": "c1", "function": {"name": "StrReplaceFile", "arguments": given}}
    )
    asked_for = message("ApprovalRequest", {"id": "r1", "tool_call_id": "c1"})
    said = message("ApprovalResponse", {"request_id": "r1", "response": answer})
    value = {"is_error": bool(error), "message": error}
    result = message("ToolResult", {"tool_call_id": "c1", "return_value": value})
    wire(tmp_path, [begun("x"), call, *([asked_for, said] if answer else []), result])

    (edit,) = read_home(CLI, tmp_path).rows(Suggestion)

    assert (edit.decision, edit.how) == ended


def test_a_file_written_over_has_the_lines_that_were_shown(tmp_path):
    given = json.dumps({"path": "a.py", "content": "one\ntwo\n"})
    call = message("ToolCall", {"id": "c1", "function": {"name": "WriteFile", "arguments": given}})
    shown = {"type": "diff", "old_text": "one", "new_text": "one\ntwo"}
    value = {"is_error": False, "display": [shown]}
    result = message("ToolResult", {"tool_call_id": "c1", "return_value": value})
    wire(tmp_path, [begun("x"), call, result])

    (edit,) = read_home(CLI, tmp_path).rows(Suggestion)

    assert (edit.kind, edit.added, edit.removed) == ("edit", ("two",), ())


def test_a_session_of_another_machine_has_its_folder(tmp_path):
    wire(tmp_path, [begun("x")], digest=f"ssh_{md5('/w')}")

    assert [s.folder for s in read_home(CLI, tmp_path).rows(Session)] == ["/w"]


# -- makers ----------------------------------------------------------------------------------


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def agent(home: Path, records: list[dict]) -> None:
    """A session of Kimi Code with one agent."""
    folder = home / "sessions" / "wd_w_1" / "session_s1"
    (folder / "agents" / "main").mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"id": "session_s1", "cwd": "/w"}))
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "agents" / "main" / "wire.jsonl").write_text(text)


def asked(
    *, kind: str = "turn.prompt", origin: str = "user", identity: str = "p1", at_ms: int = 1_000
) -> dict:
    return {
        "type": kind,
        "promptId": identity,
        "origin": {"kind": origin},
        "input": [{"type": "text", "text": "do it"}],
        "time": at_ms,
    }


def called(name: str, given: dict, answer: str | None, result: dict | None) -> list[dict]:
    records: list[dict] = []
    if answer:
        decided = {"toolCallId": "c1", "result": {"decision": answer}}
        records.append({"type": "permission.record_approval_result", **decided})
    call = {"type": "tool.call", "toolCallId": "c1", "uuid": "u1", "name": name, "args": given}
    records.append({"type": "context.append_loop_event", "event": call})
    if result is not None:
        ended = {"type": "tool.result", "toolCallId": "c1", "result": result}
        records.append({"type": "context.append_loop_event", "event": ended})
    return records


def wire(home: Path, records: list[dict], *, name: str = "s2", digest: str | None = None) -> None:
    """A session of Kimi CLI."""
    folder = home / ".kimi" / "sessions" / (digest or md5("/w")) / name
    folder.mkdir(parents=True)
    (home / ".kimi" / "kimi.json").write_text(json.dumps({"work_dirs": [{"path": "/w"}]}))
    (folder / "wire.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def message(kind: str, payload: dict) -> dict:
    return {"timestamp": 1_795_364_668.5, "message": {"type": kind, "payload": payload}}


def begun(text: str) -> dict:
    return message("TurnBegin", {"user_input": text})

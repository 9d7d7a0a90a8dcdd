"""Qwen Code: its logs of known truth, and what its lines and telemetry say."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.gemini_logs import at, edits, ends, prompts
from tests.sources.reading import Read, machine, read_growing, read_home, record_ends
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.gemini_cli import QWEN

LIVE = LOGS / "qwen-code" / "live" / "home"
WORK = "/home/dev/work/shop"
SESSION = "22222222-0000-4000-8000-000000000002"
CALL = "call_6eaad4b70f4d4034a448"
EDIT = {"file_path": "/w/a.py", "old_string": "x\n", "new_string": "y\nz\n"}


@pytest.fixture(scope="module")
def truth():
    return json.loads((LIVE.parent / "TRUTH.json").read_text())


# -- logs of known truth -----------------------------------------------------------------------


def test_live_tokens_are_exact(truth):
    found: dict[str, Counter] = {}
    for row in read_home(QWEN, LIVE).rows(Usage):
        found.setdefault(row.session, Counter()).update(
            input_uncached=row.input_tokens,
            cache_read=row.cache_read_tokens,
            output_visible=row.output_tokens - row.reasoning_tokens,
            reasoning=row.reasoning_tokens,
            requests=1,
        )

    for session in truth["sessions"]:
        want = Counter({k: session["tokens"][k] for k in found[session["id"]]})
        want += Counter({k: session["tokens_subagent"][k] for k in want})
        if session["tokens_subagent"]["requests"]:  # and the answer to its notification
            want += Counter(
                input_uncached=1933,
                cache_read=6243,
                output_visible=541,
                reasoning=512,
                requests=1,
            )
        assert found[session["id"]] == want


def test_live_prompts_are_those_of_the_truth(truth):
    rows = read_home(QWEN, LIVE).rows(Prompt)

    want = [(s["id"], p["text"], "person") for s in truth["sessions"] for p in s["typed_prompts"]]
    want += [
        (s["id"], p["text"], "program") for s in truth["sessions"] for p in s["headless_prompts"]
    ]
    assert sorted((row.session, row.text, row.author) for row in rows) == sorted(want)


def test_live_edits_commands_and_interruptions_are_those_of_the_truth(truth):
    found = read_home(QWEN, LIVE)

    decisions = {"applied": ("accepted", "chosen"), "rejected": ("rejected", "chosen")}
    want = [
        (f"{WORK}/{e['file']}", e["added"], e["removed"], *decisions[e["outcome"]])
        for s in truth["sessions"]
        for e in s["edits"]
    ]
    made = [
        (row.path, len(row.added), len(row.removed), row.decision, row.how)
        for row in found.rows(Suggestion)
        if row.kind != "command"
    ]
    assert sorted(made) == sorted(want)
    ran = [row.ok for row in found.rows(ToolCall) if row.name == "run_shell_command"]
    assert sorted(ran) == sorted(c["exit"] == 0 for s in truth["sessions"] for c in s["commands"])
    assert [row.commits for row in found.rows(ToolCall) if row.commits] == [("8182a3c",)]
    assert ends(found).count("interrupted") == truth["totals"]["interrupted_turns"]


def test_live_sessions_know_folder_branch_version_and_entry(truth):
    rows = read_home(QWEN, LIVE).rows(Session)

    assert {row.key: row.entry for row in rows} == {s["id"]: s["kind"] for s in truth["sessions"]}
    assert {(row.folder, row.branch, row.tool_version) for row in rows} == {
        (WORK, "main", "0.24.4")
    }


# -- makers ------------------------------------------------------------------------------------


def line(kind: str, second: float, **more: object) -> dict:
    facts = {"uuid": f"{kind}{second}", "sessionId": SESSION, "timestamp": at(second)}
    return facts | {"type": kind, "cwd": "/w", "version": "1", "gitBranch": "main"} | more


def said(text: str, second: float, **more: object) -> dict:
    facts = {"provenance": "real_user", "message": {"parts": [{"text": text}]}}
    return line("user", second, **(facts | more))


def answered(second: float, *calls: dict, used: bool = True, **more: object) -> dict:
    parts = [{"text": "so"}, *({"functionCall": call} for call in calls)]
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 5,
             "totalTokenCount": 120, "cachedContentTokenCount": 60}  # fmt: skip
    facts: dict = {"model": "qwen3", "message": {"parts": parts}}
    return line("assistant", second, **(facts | ({"usageMetadata": usage} if used else {}) | more))


def call(name: str = "edit", identity: str = CALL, **args: object) -> dict:
    return {"id": identity, "name": name, "args": args or EDIT}


def telemetry(decision: str, second: float, name: str = "edit", **more: object) -> dict:
    told = {"event.name": "qwen-code.tool_call", "call_id": CALL, "function_name": name}
    told |= {"decision": decision, "success": True, "duration_ms": 40, "function_args": EDIT}
    payload = {"uiEvent": {k: v for k, v in (told | more).items() if v is not None}}
    return line("system", second, subtype="ui_telemetry", systemPayload=payload)


def result(status: str | None, second: float, output: str = "", **more: object) -> dict:
    done = {"callId": CALL, "status": status, "resultDisplay": ""} | more
    answer = {"id": CALL, "response": {"error" if status == "error" else "output": output}}
    return line(
        "tool_result",
        second,
        message={"parts": [{"functionResponse": answer}]},
        toolCallResult={k: v for k, v in done.items() if v is not None},
    )


def chat(home: Path, *records: dict, place: str = f"chats/{SESSION}.jsonl") -> Path:
    path = home / ".qwen" / "projects" / "-w" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def typed(home: Path, session: str, second: float) -> None:
    place = home / ".qwen" / "tmp" / hashlib.sha256(b"/w").hexdigest()
    place.mkdir(parents=True, exist_ok=True)
    row = {"sessionId": session, "type": "user", "message": "x", "timestamp": at(second)}
    (place / "logs.json").write_text(json.dumps([row]))


def read(home: Path) -> Read:
    return read_home(QWEN, home)


# -- prompts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "notification", "provenance": "system"},
        {"subtype": "notification", "provenance": None},
        {"provenance": "system"},
        {"isSidechain": True, "provenance": None},
        {"message": {"parts": [{"functionResponse": {}}, {"text": "x"}]}},
        {"message": {"parts": []}},
    ],
)
def test_what_did_not_come_from_outside_is_no_prompt(tmp_path, more):
    chat(tmp_path, said("x", 1, **more))

    assert prompts(read(tmp_path)) == []


def test_a_prompt_of_a_build_without_provenance_counts(tmp_path):
    chat(tmp_path, said("x", 1, provenance=None))

    assert prompts(read(tmp_path)) == [("x", "unknown")]


def test_a_prompt_typed_while_the_agent_works_belongs_to_its_turn(tmp_path):
    chat(tmp_path, said("one", 1), answered(2, call()),
         said("two", 3, subtype="mid_turn_user_message"), answered(4))  # fmt: skip

    found = read(tmp_path)

    assert len(prompts(found)) == 2
    assert len({row.turn for row in found.rows(Prompt)}) == len(found.rows(Turn)) == 1


@pytest.mark.parametrize(
    ("session", "second", "author"),
    [(SESSION, 0, "person"), ("other", 0, "program"), ("other", 50, "unknown")],
)
def test_who_wrote_is_told_by_the_session_in_the_list_of_what_was_typed(
    tmp_path, session, second, author
):
    chat(tmp_path, said("x", 1))
    typed(tmp_path, session, second)

    assert prompts(read(tmp_path)) == [("x", author)]


# -- answers and calls -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "out"),
    [
        ({"candidatesTokenCount": 20, "thoughtsTokenCount": 5, "totalTokenCount": 120}, 20),
        ({"candidatesTokenCount": 15, "thoughtsTokenCount": 5, "totalTokenCount": 120}, 20),
        ({"candidatesTokenCount": 20}, 20),
    ],
    ids=["hidden inside", "hidden apart", "no total"],
)
def test_hidden_output_is_part_of_the_output_in_every_back_end(tmp_path, told, out):
    chat(tmp_path, answered(2, usageMetadata={"promptTokenCount": 100} | told))

    (row,) = read(tmp_path).rows(Usage)
    assert (row.input_tokens, row.output_tokens, row.cache_read_tokens) == (100, out, None)


LINES = (("y", "z"), ("x",))


@pytest.mark.parametrize(
    ("after", "want"),
    [
        ([telemetry("accept", 3), result("success", 4)], ("edit", "accepted", "chosen", *LINES)),
        ([telemetry("modify", 3), result("success", 4)], ("edit", "accepted", "chosen", *LINES)),
        ([telemetry("auto_accept", 3), result("success", 4)],
         ("edit", "accepted", "allowed", *LINES)),
        ([telemetry("auto_accept", 3, call_id=None), result("success", 4)],
         ("edit", "accepted", "allowed", *LINES)),
        ([result("success", 4)], ("edit", "accepted", "applied", *LINES)),
        ([telemetry("reject", 3), result("cancelled", 4, executionStatus="not_started")],
         ("edit", "rejected", "chosen", *LINES)),
        ([result("cancelled", 4)], ("edit", "rejected", "chosen", *LINES)),
        ([telemetry("accept", 3), result("cancelled", 4, executionStatus="cancelled")],
         ("edit", "undecided", None, *LINES)),
        ([telemetry("accept", 3, success=False), result("error", 4, "edit_requires_prior_read")],
         ("edit", "failed", None, *LINES)),
        ([], ("edit", "undecided", None, *LINES)),
    ],
)  # fmt: skip
def test_what_became_of_an_edit(tmp_path, after, want):
    path = chat(tmp_path, said("go", 1), answered(2, call()), *after)
    once = read(tmp_path)

    grown = read_growing(QWEN, tmp_path, {path: record_ends(path)})

    assert edits(once) == [want]
    assert edits(grown) == [want]


@pytest.mark.parametrize(
    ("done", "ok", "decision"),
    [
        (result("success", 4, "Exit Code: 1"), False, "accepted"),
        (result("success", 4, "Output: x\nExit Code: 0"), True, "accepted"),
        (result("error", 4, "x", errorType="shell_execute_error"), False, "accepted"),
        (result("error", 4, "x", resultDisplay={"type": "shell_result", "exitCode": 2}),
         False, "accepted"),
        (result("error", 4, "blocked", errorType="invalid_tool_params"), False, "failed"),
    ],
)  # fmt: skip
def test_a_command_that_ran_was_accepted_however_it_ended(tmp_path, done, ok, decision):
    shell = call("run_shell_command", command="make")
    decided = telemetry("accept", 3, "run_shell_command")
    chat(tmp_path, said("go", 1), answered(2, shell), decided, done)

    found = read(tmp_path)

    assert [row.ok for row in found.rows(ToolCall)] == [ok]
    assert [row.decision for row in found.rows(Suggestion)] == [decision]


@pytest.mark.parametrize(
    ("after", "ended"),
    [
        ([answered(2)], "finished"),
        ([answered(2, used=False)], "interrupted"),
        ([answered(2, call()), telemetry("reject", 3), result("cancelled", 3)], "asked"),
        ([answered(2, call())], "unknown"),
        ([answered(2, call()), telemetry("accept", 3),
          result("cancelled", 4, executionStatus="cancelled")], "interrupted"),
    ],
)  # fmt: skip
def test_a_turn_ends_as_its_last_line_says(tmp_path, after, ended):
    chat(tmp_path, said("go", 1), *after)

    assert ends(read(tmp_path)) == [ended]


# -- sub-agents and older builds ---------------------------------------------------------------


def test_a_sub_agents_work_belongs_to_its_session_and_its_decision_stands_there(tmp_path):
    side = {"isSidechain": True, "provenance": None}
    agent = f"{SESSION}#general-purpose-call_1#0"
    chat(tmp_path, said("go", 1), answered(2), telemetry("auto_accept", 8, prompt_id=agent))
    work = [said("task", 5, **side), answered(6, call(), model=None, **side), result(None, 9)]
    path = chat(tmp_path, *work, place=f"subagents/{SESSION}/agent-x-call_1.jsonl")
    path.with_suffix(".meta.json").write_text('{"model": "qwen3-max"}')

    found = read(tmp_path)

    assert [row.key for row in found.rows(Session)] == [SESSION]
    assert prompts(found) == [("go", "unknown")]
    assert edits(found) == [("edit", "accepted", "allowed", *LINES)]
    assert {row.model for row in found.rows(Usage)} == {"qwen3", "qwen3-max"}


def test_calls_for_the_tools_own_memory_are_left_out(tmp_path):
    own = f"{SESSION}#managed-auto-memory-extractor-1#0"
    chat(tmp_path, said("go", 1), telemetry("auto_accept", 8, prompt_id=own))

    assert edits(read(tmp_path)) == []


def test_chats_of_older_builds_are_read_as_geminis(tmp_path):
    place = tmp_path / ".qwen" / "tmp" / "ab" / "chats" / "session-1-22222222.json"
    place.parent.mkdir(parents=True)
    message = {"id": "u1", "type": "user", "content": "hi", "timestamp": at(1)}
    place.write_text(json.dumps({"sessionId": SESSION, "messages": [message]}))

    assert prompts(read(tmp_path)) == [("hi", "unknown")]


def test_moved_homes_are_read_too(tmp_path):
    places = QWEN.places(machine(tmp_path, QWEN_HOME="/q", QWEN_RUNTIME_DIR="/r"))

    assert {p.parent for p in places} == {Path("/q"), Path("/r"), tmp_path / ".qwen"}


def test_a_session_of_very_many_open_calls_keeps_its_state_small(tmp_path):
    many = [answered(2, call(identity=f"call_{n:020}")) for n in range(300)]
    chat(tmp_path, said("go", 1), *many)

    assert len(read(tmp_path).rows(ToolCall)) == 300  # checks the size of every state

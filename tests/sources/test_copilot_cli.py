"""Copilot CLI: its logs of known truth, its layers of tokens, and what decided its calls."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.gemini_logs import at, edits, ends, prompts
from tests.sources.reading import Read, machine, read_growing, read_home, record_ends
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Usage
from tokenmirror.sources.copilot_cli import SOURCE

LIVE = LOGS / "copilot-cli" / "live" / "home"
WORK = "/home/dev/work/shop"
SESSION = "33333333-0000-4000-8000-000000000003"
AGENT = "44444444-0000-4000-8000-000000000004"
CALL = "call_b8dd055f6848479da04e"
EDIT = {"path": "/w/a.py", "old_str": "x\n", "new_str": "y\nz\n"}
LINES = (("y", "z"), ("x",))


@pytest.fixture(scope="module")
def truth():
    return json.loads((LIVE.parent / "TRUTH.json").read_text())


# -- logs of known truth -----------------------------------------------------------------------


def test_live_tokens_are_exact_though_two_layers_tell_them(truth):
    found: dict[str, Counter] = {}
    for row in read_home(SOURCE, LIVE).rows(Usage):
        found.setdefault(row.session, Counter()).update(
            input_uncached=row.input_tokens,
            cache_read=row.cache_read_tokens,
            cache_write=row.cache_write_5m_tokens,
            output_visible=row.output_tokens - row.reasoning_tokens,
            reasoning=row.reasoning_tokens,
            requests=1,
        )

    for session in truth["sessions"]:
        want = Counter({k: session["tokens"][k] for k in found[session["id"]]})
        want.update({k: session["tokens_subagent"][k] for k in want})
        assert found[session["id"]] == want


def test_live_prompts_are_those_of_the_truth(truth):
    rows = read_home(SOURCE, LIVE).rows(Prompt)

    want = [(s["id"], p["text"], "person") for s in truth["sessions"] for p in s["typed_prompts"]]
    want += [
        (s["id"], p["text"], "program") for s in truth["sessions"] for p in s["headless_prompts"]
    ]
    assert sorted((row.session, row.text, row.author) for row in rows) == sorted(want)


def test_live_edits_and_commands_are_those_of_the_truth(truth):
    found = read_home(SOURCE, LIVE)

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
    ran = [row.ok for row in found.rows(ToolCall) if row.name == "bash"]
    assert sorted(ran) == sorted(c["exit"] == 0 for s in truth["sessions"] for c in s["commands"])
    assert [row.commits for row in found.rows(ToolCall) if row.commits] == [("d229bd8",)]


def test_live_sessions_know_folder_branch_version_and_entry(truth):
    rows = read_home(SOURCE, LIVE).rows(Session)

    assert {row.key: row.entry for row in rows} == {s["id"]: s["kind"] for s in truth["sessions"]}
    assert {(r.folder, r.branch, r.tool_version) for r in rows} == {(WORK, "main", "1.0.102")}


# -- makers ------------------------------------------------------------------------------------


def event(kind: str, second: float, agent: str | None = None, **data: object) -> dict:
    facts = {"type": kind, "data": data, "id": f"{kind}-{second}", "timestamp": at(second)}
    return facts | ({"agentId": agent} if agent else {})


def start(second: float = 0, **more: object) -> dict:
    place = {"cwd": "/w", "branch": "main"}
    facts = {"sessionId": SESSION, "copilotVersion": "1", "context": place, "selectedModel": "m"}
    return event("session.start", second, **(facts | more))


def terminal(second: float = 0.1) -> dict:
    return event("session.model_change", second, source="startup", newModel="m")


def said(text: str, second: float, **more: object) -> dict:
    return event("user.message", second, **({"content": text, "delivery": "idle"} | more))


def answered(second: float, *made: dict, agent: str | None = None, **more: object) -> dict:
    return event("assistant.message", second, agent, model="m", toolRequests=list(made), **more)


def call(name: str = "edit", identity: str = CALL, given: object = None) -> dict:
    return {"toolCallId": identity, "name": name, "arguments": EDIT if given is None else given}


def asked(second: float) -> dict:
    return event("permission.requested", second, permissionRequest={"toolCallId": CALL})


def decided(kind: str, second: float, source: str | None = None) -> dict:
    more = {"decisionSource": source} if source else {}
    return event("permission.completed", second, toolCallId=CALL, result={"kind": kind}, **more)


def done(second: float, success: bool | None = True, content: str = "", **more: object) -> dict:
    told = {} if success is None else {"success": success}
    facts = {"toolCallId": CALL, "result": {"content": content}} | told | more
    return event("tool.execution_complete", second, **facts)


def used(second: float, number: int | None, agent: str | None = None, **more: object) -> dict:
    usage = {"model": "m", "inputTokens": 100, "outputTokens": 20, "cacheReadTokens": 60,
             "cacheWriteTokens": 30, "reasoningTokens": 5, "cost": 1, "isByok": False}  # fmt: skip
    if number is not None:
        usage["accounting"] = {"sourceSessionId": agent or SESSION, "sequence": number}
    return event("session.usage_record", second, agent, usage=usage | more)


def shut(second: float, out: int, sent: int = 100) -> dict:
    usage = {"inputTokens": sent, "outputTokens": out, "cacheReadTokens": 60, "cacheWriteTokens": 0}
    return event("session.shutdown", second, modelMetrics={"m": {"usage": usage}})


def log(home: Path, *events: dict, place: str = f"{SESSION}/events.jsonl") -> Path:
    path = home / ".copilot" / "session-state" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in events))
    return path


def store(home: Path, *rows: tuple, host: str | None = None) -> None:
    path = home / ".copilot" / "session-store.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("create table sessions (id, cwd, branch, host_type, created_at)")
        db.execute("insert into sessions values (?, '/w', 'dev', ?, ?)", (SESSION, host, at(0)))
        db.execute(
            "create table assistant_usage_events (id integer primary key, session_id, agent_id,"
            " model, created_at, input_tokens, output_tokens, cache_read_tokens,"
            " cache_write_tokens, reasoning_tokens)"
        )
        rows = tuple((SESSION, agent, "m", at(9), 100, 20, 60, 30, 5) for agent in rows)
        db.executemany("insert into assistant_usage_events values (null,?,?,?,?,?,?,?,?,?)", rows)
    db.close()


def typed(home: Path, *texts: str) -> None:
    place = home / ".copilot"
    place.mkdir(parents=True, exist_ok=True)
    told = json.dumps({"commandHistory": list(texts)})
    (place / "command-history-state.json").write_text(told)


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def sums(found: Read) -> list[tuple]:
    return [
        (u.input_tokens, u.cache_read_tokens, u.cache_write_5m_tokens, u.output_tokens)
        for u in found.rows(Usage)
    ]


# -- prompts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "listed", "author"),
    [
        ([start(), terminal(), said("x", 1)], [], "person"),
        ([start(), said("x", 1)], ["x"], "program"),
        ([start(), said("x", 1, agentMode="interactive")], [], "person"),
        ([start(), said("x", 1, delivery=None)], [], "unknown"),
        ([start(), said("x", 1, delivery=None)], ["x"], "person"),
        ([start(), terminal(), event("session.resume", 0.5), said("x", 1)], [], "unknown"),
        ([start(), event("session.resume", 0.5), said("x", 1)], ["x"], "person"),
    ],
    ids=["terminal", "script", "queued", "older", "older, listed", "resumed", "resumed, listed"],
)
def test_who_wrote_a_prompt_is_told_by_the_marks_of_a_terminal(tmp_path, events, listed, author):
    log(tmp_path, *events)
    typed(tmp_path, *listed)

    assert prompts(read(tmp_path)) == [("x", author)]


@pytest.mark.parametrize("more", [{"source": "agent-1"}, {"source": "skill"}, {"content": None}])
def test_what_did_not_come_from_outside_is_no_prompt(tmp_path, more):
    log(tmp_path, start(), said("x", 1, **more))

    assert prompts(read(tmp_path)) == []


def test_a_sub_agents_task_is_no_prompt_and_its_work_belongs_to_the_session(tmp_path):
    task = event("user.message", 2, AGENT, content="task")
    log(tmp_path, start(), said("x", 1), task, answered(3, call(), agent=AGENT), used(3, 1, AGENT))

    found = read(tmp_path)

    assert [text for text, _ in prompts(found)] == ["x"]
    assert {row.session for row in [*found.rows(Usage), *found.rows(ToolCall)]} == {SESSION}


def test_an_empty_session_is_none(tmp_path):
    log(tmp_path, start(), terminal(), event("session.info", 1))

    assert read(tmp_path).rows(Session) == []


# -- tokens: one layer of several ----------------------------------------------------------------


def test_the_store_repeats_calls_that_events_told(tmp_path):
    log(tmp_path, start(), said("x", 1), used(2, 1), used(3, 1, AGENT), used(4, 2), shut(5, 60))
    store(tmp_path, None, AGENT, None)

    found = read(tmp_path)

    assert sums(found) == [(10, 60, 30, 20)] * 3
    assert [u.credits for u in found.rows(Usage)] == [1.0] * 3


def test_calls_without_a_number_are_counted(tmp_path):
    log(tmp_path, start(), said("x", 1), used(2, None), used(3, None))
    store(tmp_path, None, None)

    assert len(sums(read(tmp_path))) == 2


def test_the_store_alone_tells_calls_and_their_session(tmp_path):
    store(tmp_path, None, None)

    found = read(tmp_path)

    assert len(sums(found)) == 2
    assert [(row.folder, row.branch) for row in found.rows(Session)] == [("/w", "dev")]


def test_the_store_stands_in_where_events_lack_calls(tmp_path):
    log(tmp_path, start(), said("x", 1), answered(2, outputTokens=20), shut(5, 60))
    store(tmp_path, None, None, None)

    assert sums(read(tmp_path)) == [(10, 60, 30, 20)] * 3


def test_sessions_of_the_editor_are_left_to_the_editor(tmp_path):
    store(tmp_path, None, host="vscode")

    assert sums(read(tmp_path)) == []


@pytest.mark.parametrize(
    ("events", "want"),
    [
        ([shut(5, 60)], [(40, 60, 0, 60)]),
        ([shut(5, 60), event("session.resume", 6), shut(9, 80, 300)], [(240, 60, 0, 80)]),
        ([shut(5, 60), event("session.resume", 6), shut(9, 10)],
         [(40, 60, 0, 60), (40, 60, 0, 10)]),
        ([answered(2, outputTokens=20), answered(3, outputTokens=5)], [(None, None, None, 25)]),
        ([answered(2, outputTokens=60), shut(5, 60)], [(40, 60, 0, 60)]),
        ([answered(2, outputTokens=60), shut(5, 60), answered(7, outputTokens=9)],
         [(40, 60, 0, 69)]),
    ],
    ids=["end", "goes on", "begins anew", "answers", "answers and end", "after a crash"],
)  # fmt: skip
def test_sums_are_told_once(tmp_path, events, want):
    path = log(tmp_path, start(), said("x", 1), *events)
    once = read(tmp_path)

    assert sums(once) == want
    assert sums(read_growing(SOURCE, tmp_path, {path: record_ends(path)})) == want


def test_a_call_on_a_key_of_ones_own_costs_no_credits(tmp_path):
    log(tmp_path, start(), used(2, 1, isByok=True))

    assert [u.credits for u in read(tmp_path).rows(Usage)] == [None]


# -- calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "want"),
    [
        ([asked(3), decided("approved", 4, "human_response"), done(5)], ("accepted", "chosen")),
        ([asked(3), decided("approved", 4, "rule"), done(5)], ("accepted", "allowed")),
        ([done(5)], ("accepted", "allowed")),
        ([done(5, None, result={"result_type": "success"})], ("accepted", "allowed")),
        ([asked(3), decided("cancelled", 4), event("abort", 5)], ("rejected", "chosen")),
        ([asked(3), event("abort", 4), decided("cancelled", 5)], ("rejected", "chosen")),
        ([asked(3), decided("denied-interactively-by-user", 4), done(5, False)],
         ("rejected", "chosen")),
        ([decided("denied-by-rules", 4), done(5, False)], ("failed", None)),
        ([decided("denied-no-approval-rule-and-could-not-request-from-user", 4)],
         ("failed", None)),
        ([done(5, False, error={"code": "rejected"})], ("rejected", "chosen")),
        ([done(5, False, error={"code": "failure"})], ("failed", None)),
        ([asked(3)], ("undecided", None)),
    ],
)  # fmt: skip
def test_what_became_of_an_edit(tmp_path, after, want):
    path = log(tmp_path, start(), said("go", 1), answered(2, call()), *after)
    once = read(tmp_path)

    grown = read_growing(SOURCE, tmp_path, {path: record_ends(path)})

    assert edits(once) == [("edit", *want, *LINES)]
    assert grown.merged() == once.merged()


@pytest.mark.parametrize(
    ("after", "ended"),
    [
        ([answered(2)], "finished"),
        ([answered(2, call())], "unknown"),
        ([answered(2), event("abort", 3)], "interrupted"),
        ([answered(2, call()), asked(3), event("abort", 4), decided("cancelled", 5)], "asked"),
        ([answered(2, call()), asked(3), decided("cancelled", 4), event("abort", 5)], "asked"),
        ([event("session.error", 2)], "error"),
    ],
)
def test_a_turn_ends_as_its_last_event_says(tmp_path, after, ended):
    log(tmp_path, start(), said("go", 1), *after)

    assert ends(read(tmp_path)) == [ended]


PATCH = (
    "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: b.py\n+z\n"
    "*** Delete File: c.py\n*** End Patch\n"
)


@pytest.mark.parametrize(
    ("made", "want"),
    [
        (call("create", given={"path": "b", "file_text": "a\n\nb\n"}),
         [("new_file", ("a", "", "b"), ())]),
        (call("create", given='{"path": "b", "file_text": "a"}'), [("new_file", ("a",), ())]),
        (call("str_replace_editor", given={"command": "str_replace"} | EDIT), [("edit", *LINES)]),
        (call("str_replace_editor", given={"command": "insert", "new_str": "n\n"}),
         [("edit", ("n",), ())]),
        (call("str_replace_editor", given={"command": "view"}), []),
        (call("apply_patch", given={"input": PATCH}),
         [("edit", ("y",), ("x",)), ("new_file", ("z",), ()), ("delete", (), ())]),
        (call("bash", given={"command": "ls"}), [("command", (), ())]),
        (call("view", given={"path": "a"}), []),
    ],
)  # fmt: skip
def test_what_a_call_proposes(tmp_path, made, want):
    log(tmp_path, start(), answered(2, made), done(5))

    rows = [(kind, added, gone) for kind, _, _, added, gone in edits(read(tmp_path))]
    assert sorted(rows) == sorted(want)


def test_the_patch_that_was_shown_has_whole_lines(tmp_path):
    word = {"path": "/w/a.py", "old_str": "x", "new_str": "y"}
    shown = "\ndiff --git a/w/a.py b/w/a.py\n--- a/w/a.py\n+++ b/w/a.py\n@@ -1 +1 @@\n-a x\n+a y\n"
    result = {"content": "", "detailedContent": shown}
    log(tmp_path, start(), answered(2, call(given=word)), done(5, result=result))

    assert [row[3:] for row in edits(read(tmp_path))] == [(("a y",), ("a x",))]


@pytest.mark.parametrize(
    ("told", "ok"),
    [
        (done(5, shellExecution={"exitCode": 1}), False),
        (done(5, content="x\n<shellId: 1 completed with exit code 0>"), True),
        (done(5, content="<exited with exit code 2>"), False),
        (done(5, content="running"), None),
        (done(5, False, error={"message": "no shell"}), False),
    ],
)
def test_a_command_is_judged_by_its_exit_code(tmp_path, told, ok):
    log(tmp_path, start(), answered(2, call("bash", given={"command": "make"})), told)

    assert [row.ok for row in read(tmp_path).rows(ToolCall)] == [ok]


# -- places ------------------------------------------------------------------------------------


def test_a_flat_file_of_older_builds_is_read(tmp_path):
    log(tmp_path, start(), said("x", 1), place=f"{SESSION}.jsonl")

    assert len(prompts(read(tmp_path))) == 1


def test_a_moved_home_is_read_beside_the_usual_one(tmp_path):
    places = SOURCE.places(machine(tmp_path, COPILOT_HOME="/c"))

    assert {p.parent for p in places} == {Path("/c"), tmp_path / ".copilot"}


def test_unknown_kinds_are_counted_by_name(tmp_path):
    log(tmp_path, start(), event("dream", 1), event("session.something_new", 2))

    assert read(tmp_path).unknown == {"dream": 1}

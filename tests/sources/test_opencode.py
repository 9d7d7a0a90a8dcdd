"""OpenCode and Kilo: what their stores say of prompts, edits, tokens and decisions."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.shared import LOGS, shared
from tests.sources.opencode_stores import RUN, T0, Store, called, edit, put, text, tokens
from tests.sources.reading import (
    Cursors,
    Read,
    machine,
    merged,
    read_changed,
    read_file,
    read_home,
    summary,
)
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.opencode import SOURCES
from tokenmirror.sources.opencode.calls import patch_edits, unified_lines
from tokenmirror.sources.source import BATCH_EVENTS, Cursor

OPENCODE, KILO = SOURCES
TRUTHS = {
    source.key: json.loads((LOGS / source.key / "live" / "TRUTH.json").read_text())
    for source in SOURCES
}
both = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)


def read(home: Path, source=OPENCODE) -> Read:
    return read_home(source, home)


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


# -- the recorded runs -----------------------------------------------------------------------


@pytest.fixture(scope="module", params=SOURCES, ids=lambda source: source.key)
def live(request: pytest.FixtureRequest) -> tuple[str, dict, Read]:
    key = request.param.key
    return key, TRUTHS[key], read_home(request.param, LOGS / key / "live" / "home")


def family(found: Read, session: str) -> set[str]:
    """A session with its sub-agents."""
    return {session} | {s.key for s in found.rows(Session) if s.parent == session}


def test_tokens_of_each_session_are_those_that_were_reported(live):
    key, truth, found = live
    for session in truth["sessions"]:
        said, helped = session["tokens"], session["tokens_subagent"]
        uses = [u for u in found.rows(Usage) if u.session in family(found, session["id"])]

        reported = {kind: said[kind] + helped[kind] for kind in said}
        assert len(uses) == reported["requests"]
        assert sum(u.input_tokens for u in uses) == reported["input_uncached"]
        assert sum(u.cache_read_tokens for u in uses) == reported["cache_read"]
        assert sum(u.cache_write_5m_tokens for u in uses) == reported["cache_write"]
        hidden = reported["reasoning"]
        assert sum(u.output_tokens for u in uses) == reported["output_visible"] + hidden
        if key == "opencode":
            assert sum(u.reasoning_tokens for u in uses) == hidden
        else:
            assert {u.reasoning_tokens for u in uses} == {None}


def test_prompts_of_each_session_are_those_that_were_given(live):
    _, truth, found = live
    for session in truth["sessions"]:
        prompts = [p for p in found.rows(Prompt) if p.session in family(found, session["id"])]

        for author, given in (("person", "typed_prompts"), ("program", "headless_prompts")):
            mine = sorted(p.text for p in prompts if p.author == author)
            assert mine == sorted(p["text"] for p in session[given])
        assert {p.basis for p in prompts} == {"inferred"}


def test_edits_of_each_session_are_those_that_were_made(live):
    key, truth, found = live
    how = "applied" if key == "opencode" else "chosen"
    fates = {"applied": ("accepted", how), "rejected": ("rejected", "chosen")}
    for session in truth["sessions"]:
        edits = [
            s for s in found.rows(Suggestion) if s.session == session["id"] and s.kind != "command"
        ]

        assert sorted(
            (Path(e.path).name, len(e.added), len(e.removed), (e.decision, e.how)) for e in edits
        ) == sorted(
            (Path(e["file"]).name, e["added"], e["removed"], fates[e["outcome"]])
            for e in session["edits"]
        )


def test_lines_of_an_edit_are_indented_as_they_were_written(live):
    _, _, found = live
    lines = {line for s in found.rows(Suggestion) for line in s.added}

    assert "        amount = Decimal(amount) * (100 - discount) / 100" in lines


def test_commands_and_their_ends_are_those_that_ran(live):
    _, truth, found = live
    calls = [c for c in found.rows(ToolCall) if c.name == "bash"]
    ran = [command for session in truth["sessions"] for command in session["commands"]]

    assert sorted((json.loads(c.args)["command"], c.ok) for c in calls) == sorted(
        (command["cmd"], command["exit"] == 0) for command in ran
    )
    assert Counter(c.kind for c in calls) == {"test": 2, "commit": 1}


def test_the_commit_of_the_agent_is_named(live):
    _, truth, found = live
    named = [sha for call in found.rows(ToolCall) for sha in call.commits]
    made = [commit["hash"] for commit in truth["commits"] if commit["by"] == "agent"]

    assert len(named) == len(made) == 1
    assert made[0].startswith(named[0])


def test_a_stop_interrupts_a_turn_and_a_refusal_does_not(live):
    _, truth, found = live
    turns = Counter(turn.ended for turn in found.rows(Turn))

    assert turns["interrupted"] == truth["totals"]["interrupted_turns"]
    assert turns["asked"] == 1
    assert sum(turns.values()) == len(found.rows(Prompt))


def test_sessions_say_how_they_were_run(live):
    _, truth, found = live
    entries = {s.key: s.entry for s in found.rows(Session)}

    assert {s["id"]: s["kind"] for s in truth["sessions"]} == {
        key: entry for key, entry in entries.items() if key in {s["id"] for s in truth["sessions"]}
    }
    assert {s.folder for s in found.rows(Session)} == {truth["workdir"]}
    assert {s.tool_version for s in found.rows(Session)} == {truth["version"]}


def test_every_decision_of_kilo_is_stated():
    found = read_home(KILO, LOGS / "kilo-cli" / "live" / "home")

    decided = [s for s in found.rows(Suggestion) if s.decision != "undecided"]
    assert {(s.how, s.basis) for s in decided} == {("chosen", "stated")}


# -- who asked -------------------------------------------------------------------------------


def test_a_run_is_a_program_and_its_quotes_are_not_part_of_the_text(tmp_path):
    store = Store()
    store.session(permission=RUN)
    store.asked('"say \\"hi\\" twice"')
    store.asked('"a" and "b"')
    store.database(tmp_path)

    prompts = [(p.text, p.author) for p in read(tmp_path).rows(Prompt)]

    assert prompts == [('say "hi" twice', "program"), ('"a" and "b"', "program")]


def test_quotes_that_a_person_typed_stay(tmp_path):
    store = Store()
    store.session()
    store.asked('"a b"')
    store.database(tmp_path)

    assert only(read(tmp_path).rows(Prompt)).text == '"a b"'


def test_other_rules_leave_the_author_unknown_unless_the_text_was_typed(tmp_path):
    store = Store()
    store.session(permission=[{"permission": "bash", "pattern": "*", "action": "deny"}])
    store.asked("typed")
    store.asked("sent")
    store.database(tmp_path)
    put(tmp_path / ".local/state/opencode/prompt-history.jsonl", {})
    with (tmp_path / ".local/state/opencode/prompt-history.jsonl").open("a") as history:
        history.write('\n{"input":"typed","parts":[],"mode":"normal"}\n')

    authors = {p.text: (p.author, p.basis) for p in read(tmp_path).rows(Prompt)}

    assert authors == {"typed": ("person", "inferred"), "sent": ("unknown", "unknown")}


def test_an_older_store_without_rules_says_nothing_of_the_author(tmp_path):
    store = Store()
    store.session()
    store.asked()
    path = store.database(tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("alter table session drop column permission")
    db.close()

    assert only(read(tmp_path).rows(Prompt)).author == "unknown"


def test_what_the_program_put_in_is_no_prompt(tmp_path):
    store = Store()
    store.session()
    store.message("user", text("Continue if you have next steps", synthetic=True))
    store.message("user", text("hidden", ignored=True), {"type": "compaction", "auto": True})
    store.message("user", {"type": "file", "url": "data:x"})
    image = {"type": "file", "url": "data:y"}
    store.message("user", text("look"), text("Called the Read tool", synthetic=True), image)
    store.database(tmp_path)

    prompt = only(read(tmp_path).rows(Prompt))

    assert (prompt.text, prompt.attachments) == ("look", 1)


def test_a_command_the_person_ran_is_neither_prompt_nor_call(tmp_path):
    store = Store()
    store.session()
    words = "The following tool was executed by the user"
    asked = store.message("user", text(words, synthetic=True))
    store.answered(called("bash", {"command": "ls"}, output="a"), parentID=asked)
    store.database(tmp_path)

    found = read(tmp_path)

    assert (found.rows(Prompt), found.rows(ToolCall), found.rows(Suggestion)) == ([], [], [])


def test_a_sub_agents_task_is_no_prompt_and_its_work_counts_once(tmp_path):
    store = Store()
    store.session()
    store.asked()
    store.session("ses_2", parent_id="ses_1")
    store.message("user", text("the task"), session="ses_2")
    store.answered(edit(), session="ses_2", tokens=tokens(5, 7))
    store.database(tmp_path)

    found = read(tmp_path)

    assert len(found.rows(Prompt)) == len(found.rows(Turn)) == 1
    assert only(found.rows(Usage)).output_tokens == 7
    assert only(found.rows(Suggestion)).turn is None
    helper = next(s for s in found.rows(Session) if s.key == "ses_2")
    assert (helper.parent, helper.relation) == ("ses_1", "subagent")


# -- decisions -------------------------------------------------------------------------------

REFUSED = "Error: The user rejected permission to use this specific tool call."
RULED = "The user has specified a rule which prevents you from using this specific tool call."
MANUAL = {"approval": {"source": "manual"}}
AGENT = {"approval": {"source": "agent", "rule": {"action": "allow"}}}
YOLO = {"approval": {"source": "yolo", "rule": {"action": "allow"}}}
DENIED = {"approval": {"source": "agent", "rule": {"action": "deny"}}}


@pytest.mark.parametrize(
    ("state", "permission", "expected"),
    [
        ({"status": "completed"}, None, ("accepted", "applied", "unknown")),
        ({"status": "completed", "metadata": MANUAL}, None, ("accepted", "chosen", "stated")),
        ({"status": "completed", "metadata": AGENT}, None, ("accepted", "allowed", "stated")),
        ({"status": "completed", "metadata": YOLO}, RUN, ("accepted", "allowed", "stated")),
        ({"status": "error", "error": REFUSED}, None, ("rejected", "chosen", "stated")),
        ({"status": "error", "error": REFUSED}, [], ("rejected", "chosen", "inferred")),
        ({"status": "error", "error": REFUSED + " why"}, RUN, ("failed", None, "unknown")),
        ({"status": "error", "error": RULED}, None, ("failed", None, "unknown")),
        (
            {"status": "error", "error": REFUSED, "metadata": DENIED},
            None,
            ("failed", None, "unknown"),
        ),
        ({"status": "error", "error": "oldString not found"}, None, ("failed", None, "unknown")),
        (
            {"status": "error", "error": "Tool execution aborted"},
            None,
            ("undecided", None, "unknown"),
        ),
        ({"status": "running"}, None, ("undecided", None, "unknown")),
        ({"status": "pending", "input": {}}, None, ("undecided", None, "unknown")),
    ],
)
def test_what_became_of_an_edit(tmp_path, state, permission, expected):
    store = Store()
    store.session(permission=permission)
    store.asked()
    store.answered(edit(**state))
    store.database(tmp_path)

    made = only(read(tmp_path).rows(Suggestion))

    assert (made.decision, made.how, made.basis) == expected
    assert (made.decided_ms is None) == (made.decision == "undecided")


def test_undo_takes_back_edits_and_the_prompt_before_them(tmp_path):
    store = Store()
    store.session()
    store.asked("keep")
    store.answered(edit(call="c1"))
    gone = store.asked("gone")
    store.answered(edit(call="c2"), called("bash", {"command": "ls"}, call="c3"))
    store.sessions["ses_1"]["revert"] = {"messageID": gone, "snapshot": "s"}
    store.database(tmp_path)

    found = read(tmp_path)

    assert [(p.text, p.removed) for p in found.rows(Prompt)] == [("keep", False), ("gone", True)]
    fates = {(s.kind, s.decision, s.how) for s in found.rows(Suggestion)}
    assert fates == {
        ("edit", "accepted", "applied"),
        ("edit", "undone", None),
        ("command", "accepted", "applied"),
    }


def test_undo_of_a_part_leaves_what_stood_before_it(tmp_path):
    store = Store()
    store.session()
    store.asked()
    message = store.answered(edit(call="c1"), edit(call="c2"))
    store.sessions["ses_1"]["revert"] = {"messageID": message, "partID": store.parts[-1][0]}
    store.database(tmp_path)

    found = read(tmp_path)

    assert [s.decision for s in found.rows(Suggestion)] == ["accepted", "undone"]
    assert not only(found.rows(Prompt)).removed


# -- turns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"finish": "stop"}, "finished"),
        ({"finish": "length"}, "finished"),
        ({"finish": "tool-calls"}, "unknown"),
        ({"finish": None, "error": {"name": "MessageAbortedError"}}, "interrupted"),
        ({"finish": None, "error": {"name": "APIError"}}, "error"),
    ],
)
def test_how_a_turn_ended(tmp_path, answer, expected):
    store = Store()
    store.session()
    asked = store.asked()
    store.answered(parentID=asked, **answer)
    store.database(tmp_path)

    turn = only(read(tmp_path).rows(Turn))

    assert (turn.key, turn.ended, turn.ended_ms) == (asked, expected, T0 + 125_000)


def test_a_prompt_typed_meanwhile_has_its_own_turn(tmp_path):
    store = Store()
    store.session()
    first = store.asked("one")
    store.answered(edit(call="c1"), parentID=first, finish="tool-calls")
    second = store.asked("two")
    store.answered(edit(call="c2"), parentID=first)
    store.answered(edit(call="c3"), parentID=second)
    store.database(tmp_path)

    turns = [s.turn for s in read(tmp_path).rows(Suggestion)]

    assert turns == [first, first, second]


def test_work_after_a_compaction_belongs_to_the_prompt_before_it(tmp_path):
    store = Store()
    store.session()
    asked = store.asked()
    store.answered(parentID=asked, finish="tool-calls")
    squeezed = store.message("user", {"type": "compaction", "auto": True})
    store.answered(parentID=squeezed, summary=True, tokens=tokens(1, 2))
    on = store.message("user", text("Continue", synthetic=True))
    store.answered(edit(), parentID=on)
    store.database(tmp_path)

    found = read(tmp_path)

    assert only(found.rows(Suggestion)).turn == asked
    assert only(found.rows(Turn)).ended == "finished"


# -- tokens ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "told", "expected"),
    [
        (OPENCODE, tokens(10, 5, 3, cache={"read": 2, "write": 1}, total=21), (10, 2, 1, 8, 3)),
        (OPENCODE, tokens(10, 5, 3, cache={"read": 2, "write": 1}, total=18), (10, 2, 1, 5, 3)),
        (OPENCODE, tokens(10, 5, 3), (10, None, None, 8, 3)),
        (OPENCODE, tokens(10, 5), (10, None, None, 5, 0)),
        (KILO, tokens(10, 5), (10, None, None, 5, None)),
        (KILO, tokens(10, 5, 3, total=18), (10, None, None, 8, 3)),
    ],
)
def test_kinds_of_tokens_never_overlap(tmp_path, source, told, expected):
    store = Store()
    store.session()
    store.answered({"type": "step-finish", "tokens": told}, tokens=told, cost=0.25)
    name = "opencode/opencode.db" if source is OPENCODE else "kilo/kilo.db"
    store.database(tmp_path, name)

    use = only(read(tmp_path, source).rows(Usage))

    assert (
        use.input_tokens,
        use.cache_read_tokens,
        use.cache_write_5m_tokens,
        use.output_tokens,
        use.reasoning_tokens,
    ) == expected
    assert (use.model, use.cost_nusd) == ("m", 250_000_000)


@pytest.mark.parametrize("cost", [0, -1, "1", True, None, float("1e300")])
def test_a_cost_of_nothing_is_not_known(tmp_path, cost):
    store = Store()
    store.session()
    store.answered(tokens=tokens(1, 1), cost=cost)
    store.database(tmp_path)

    assert only(read(tmp_path).rows(Usage)).cost_nusd is None


def test_an_answer_cut_off_has_no_tokens(tmp_path):
    store = Store()
    store.session()
    store.answered(tokens=tokens(0, 0, cache={"read": 0, "write": 0}))
    store.database(tmp_path)

    assert read(tmp_path).rows(Usage) == []


# -- edits -----------------------------------------------------------------------------------

PATCH = """*** Begin Patch
*** Add File: new.py
+a
+b
*** Update File: old.py
*** Move to: moved.py
@@ def f():
-    x
+    y
*** Delete File: gone.py
*** End Patch"""


def test_a_patch_names_each_of_its_files():
    edits = [(e.kind, e.path, e.lines, e.whole) for e in patch_edits(PATCH)]

    assert edits == [
        ("new_file", "new.py", (("a", "b"), ()), True),
        ("edit", "moved.py", (("    y",), ("    x",)), False),
        ("delete", "gone.py", ((), ()), False),
    ]


def test_a_patch_that_was_applied_gives_whole_paths_and_the_lines_of_what_was_deleted(tmp_path):
    files = [
        {"filePath": "/w/new.py", "type": "add", "patch": "@@ -0,0 +1,2 @@\n+a\n+b\n"},
        {"filePath": "/w/old.py", "type": "move", "movePath": "/w/moved.py", "patch": ""},
        {"filePath": "/w/gone.py", "type": "delete", "patch": "@@ -1,2 +0,0 @@\n-c\n-d\n"},
    ]
    store = Store()
    store.session()
    store.answered(called("apply_patch", {"patchText": PATCH}, metadata={"files": files}))
    store.database(tmp_path)

    made = read(tmp_path).rows(Suggestion)

    assert [(s.path, s.added, s.removed) for s in made] == [
        ("/w/new.py", ("a", "b"), ()),
        ("/w/moved.py", ("    y",), ("    x",)),
        ("/w/gone.py", (), ("c", "d")),
    ]
    assert len({s.key for s in made}) == 3


def test_the_key_of_an_edit_is_the_same_before_and_after_the_decision(tmp_path):
    for state in ("running", "completed"):
        store = Store()
        store.session()
        store.answered(called("apply_patch", {"patchText": PATCH}, state))
        store.database(tmp_path / state)

    before, after = (
        [s.key for s in read(tmp_path / state).rows(Suggestion)]
        for state in ("running", "completed")
    )
    assert before == after


def test_lines_of_a_diff_are_those_inside_its_hunks():
    diff = "--- a\n+++ b\n@@ -1,3 +1,3 @@\n-- x\n++ y\n \n-old\n+new\n\\ No newline\n--- c\n+++ d\n"

    assert unified_lines(diff) == (("+ y", "new"), ("- x", "old"))


def test_every_place_of_a_replacement_counts_with_whole_lines(tmp_path):
    patch = (
        "@@ -1,2 +1,2 @@\n def f():\n-    old = 1\n+    new = 1\n"
        "@@ -9,1 +9,1 @@\n-old += 2\n+new += 2\n"
    )
    given = {"filePath": "a.py", "oldString": "old", "newString": "new", "replaceAll": True}
    store = Store()
    store.session()
    store.answered(called("edit", given, metadata={"filediff": {"patch": patch}}))
    store.database(tmp_path)

    made = only(read(tmp_path).rows(Suggestion))

    assert made.added == ("    new = 1", "new += 2")
    assert made.removed == ("    old = 1", "old += 2")


def test_a_patch_that_lost_its_indentation_gets_it_back_from_the_arguments(tmp_path):
    old = "if a:\n        b = 1\n        c"
    new = "if a:\n        b = 2\n        c"
    patch = "@@ -1,3 +1,3 @@\n if a:\n-    b = 1\n+    b = 2\n     c()\n"
    store = Store()
    store.session()
    store.answered(edit(old, new + "()", metadata={"diff": patch}))
    store.database(tmp_path)

    made = only(read(tmp_path).rows(Suggestion))

    assert made.added == ("        b = 2",)


def test_a_file_written_anew_replaces_one_of_unknown_text(tmp_path):
    store = Store()
    store.session()
    given = {"filePath": "a.py", "content": "a\nb\n"}
    store.answered(
        called("write", given, call="c1", metadata={"exists": False}),
        called("write", given, call="c2", metadata={"exists": True}),
        called("edit", {"filePath": "a.py", "oldString": "", "newString": "q\n"}, call="c3"),
    )
    store.database(tmp_path)

    made = read(tmp_path).rows(Suggestion)

    assert [(s.kind, s.whole, s.added) for s in made] == [
        ("new_file", True, ("a", "b")),
        ("edit", True, ("a", "b")),
        ("new_file", True, ("q",)),
    ]


def test_several_edits_in_one_call_are_one_suggestion(tmp_path):
    edits = [{"oldString": "a", "newString": "b"}, {"oldString": "c", "newString": "d\ne"}]
    store = Store()
    store.session()
    store.answered(called("multiedit", {"filePath": "a.py", "edits": edits}))
    store.database(tmp_path)

    made = only(read(tmp_path).rows(Suggestion))

    assert (made.added, made.removed) == (("b", "d", "e"), ("a", "c"))


@pytest.mark.parametrize(("status", "ok"), [(0, True), (1, False), (-1, False), (None, None)])
def test_a_command_went_well_when_it_ended_with_0(tmp_path, status, ok):
    store = Store()
    store.session()
    store.answered(called("bash", {"command": "pytest"}, metadata={"exit": status}))
    store.database(tmp_path)

    call = only(read(tmp_path).rows(ToolCall))

    assert (call.ok, call.kind, call.duration_ms) == (ok, "test", None)


def test_time_of_a_call_is_told_where_nobody_was_waited_for(tmp_path):
    store = Store()
    store.session(permission=RUN)
    store.answered(edit())
    store.database(tmp_path)

    assert only(read(tmp_path).rows(ToolCall)).duration_ms == 2_000


# -- forks -----------------------------------------------------------------------------------


def forked(home: Path) -> Store:
    """A session, and a fork of it with a prompt of its own."""
    store = Store()
    store.session(permission=RUN)
    store.asked("one")
    store.answered(edit(), tokens=tokens(10, 5))
    store.session("ses_2", T0 + 900_000)
    for name, role, at_ms, told in [(m[0], m[3]["role"], m[2], m[3]) for m in store.messages]:
        parts = [p[4] for p in store.parts if p[1] == name]
        more = {key: value for key, value in told.items() if key not in ("role", "time")}
        store.message(
            str(role), *parts, session="ses_2", at_ms=at_ms, id=name.replace("0", "9"), **more
        )
    store.asked("two", session="ses_2", at_ms=T0 + 1_000_000)
    store.answered(session="ses_2", tokens=tokens(20, 6), at_ms=T0 + 1_001_000)
    store.database(home)
    return store


def test_a_fork_repeats_nothing(tmp_path):
    forked(tmp_path)

    found = read(tmp_path)

    assert [(p.text, p.session, p.author) for p in found.rows(Prompt)] == [
        ("one", "ses_1", "program"),
        ("two", "ses_2", "person"),
    ]
    assert [(u.session, u.output_tokens) for u in found.rows(Usage)] == [("ses_1", 5), ("ses_2", 6)]
    assert only(found.rows(Suggestion)).session == "ses_1"
    fork = next(s for s in found.rows(Session) if s.key == "ses_2")
    assert (fork.parent, fork.relation) == ("ses_1", "fork")


def test_a_fork_whose_source_was_deleted_is_counted_once(tmp_path):
    store = forked(tmp_path)
    store.sessions.pop("ses_1")
    store.messages = [m for m in store.messages if m[1] != "ses_1"]
    store.parts = [p for p in store.parts if p[2] != "ses_1"]
    store.database(tmp_path)

    found = read(tmp_path)

    assert [(p.text, p.author) for p in found.rows(Prompt)] == [
        ("two", "person"),
        ("one", "unknown"),
    ]
    assert sum(u.output_tokens for u in found.rows(Usage)) == 11


# -- growth ----------------------------------------------------------------------------------


def test_only_sessions_that_changed_are_read_again(tmp_path):
    store = Store()
    for nth in range(3):
        name = store.session(f"ses_{nth}", T0 + nth)
        store.asked(f"prompt {nth}", session=name)
    store.database(tmp_path)
    found, cursors = Read(), Cursors()
    read_changed(OPENCODE, tmp_path, found, cursors)
    before = len(found.events)

    store.answered(edit(), session="ses_1", tokens=tokens(1, 2))
    path = store.database(tmp_path)
    os.utime(path, ns=(1, 2_000_000_000))
    read_changed(OPENCODE, tmp_path, found, cursors)

    assert {event.session for event in found.events[before:]} == {"ses_1"}
    assert found.merged() == read(tmp_path).merged()
    assert (found.records, found.understood) == (8, 8)


def test_a_decision_that_comes_later_is_seen_without_a_new_row(tmp_path):
    store = Store()
    store.session()
    store.asked()
    store.answered(edit(status="running"))
    path = store.database(tmp_path)
    found, cursors = Read(), Cursors()
    read_changed(OPENCODE, tmp_path, found, cursors)

    with sqlite3.connect(path) as db:
        done = json.dumps(edit())
        db.execute(
            "update part set data = ?, time_updated = ? where id = 'prt_00001'", (done, T0 * 2)
        )
    db.close()
    read_changed(OPENCODE, tmp_path, found, cursors)

    assert only(found.rows(Suggestion)).decision == "accepted"


def test_a_great_many_sessions_are_remembered(tmp_path):
    store = Store()
    for nth in range(1_500):
        name = store.session(f"ses_{nth:05}", T0 + nth * 1_000)
        store.asked(session=name, at_ms=T0 + nth * 1_000 + 1)
    store.database(tmp_path)
    found, cursors = Read(), Cursors()
    read_changed(OPENCODE, tmp_path, found, cursors)
    assert len(found.rows(Prompt)) == 1_500
    before = len(found.events)

    for file, cursor in cursors.values():
        read_file(OPENCODE, file, found, cursor)

    assert len(found.events) == before


def test_a_long_session_comes_in_several_batches(tmp_path):
    store = Store()
    store.session()
    for nth in range(1_800):
        store.asked(f"prompt {nth}")
        store.answered(edit(call=f"c{nth}"))
    store.database(tmp_path)
    file = next(iter(OPENCODE.find(machine(tmp_path))))

    batches = list(OPENCODE.read(file, Cursor()))

    assert len(batches) > 1
    assert all(len(batch.events) <= BATCH_EVENTS for batch in batches)
    assert batches[0].cursor == Cursor()
    rows = merged(event for batch in batches for event in batch.events)
    assert Counter(kind for kind, _ in rows)["Suggestion"] == 1_800


def test_what_a_running_program_has_not_yet_moved_from_its_log_is_read(tmp_path):
    store = Store()
    store.session()
    path = store.database(tmp_path)
    db = sqlite3.connect(path)
    db.execute("pragma journal_mode=wal")
    store.asked("fresh")
    store.write(db)
    db.commit()

    found = read(tmp_path)
    db.close()

    assert only(found.rows(Prompt)).text == "fresh"


# -- files of older builds -------------------------------------------------------------------


@pytest.mark.parametrize("first_builds", [False, True], ids=["files", "first builds"])
def test_files_say_what_the_database_says(tmp_path, first_builds):
    store = Store()
    store.session()
    store.asked("one")
    store.answered(edit(), tokens=tokens(10, 5), cost=0.5)
    store.session("ses_2", parent_id="ses_1")
    store.message("user", text("task"), session="ses_2")
    store.answered(session="ses_2", tokens=tokens(1, 2))
    store.database(tmp_path / "one")
    store.files(tmp_path / "two/.local/share/opencode", first_builds=first_builds)

    base, files = (summary(read(tmp_path / name)) for name in ("one", "two"))

    assert files["prompts"] == {"person": 0, "program": 0, "agent": 0, "unknown": 1}
    assert files | {"prompts": None} == base | {"prompts": None}


def test_files_left_after_the_move_to_the_database_add_nothing(tmp_path):
    store = Store()
    store.session()
    store.asked("one")
    store.answered(edit(), tokens=tokens(10, 5))
    store.files(tmp_path / ".local/share/opencode")
    store.session("ses_2")
    store.asked("only here", session="ses_2")
    store.database(tmp_path)

    files = [file.path.name for file in OPENCODE.find(machine(tmp_path))]

    assert files == ["opencode.db"]
    assert len(read(tmp_path).rows(Prompt)) == 2


def test_a_session_that_lies_in_files_alone_is_read_beside_the_database(tmp_path):
    store = Store()
    store.session("ses_old")
    store.asked("old", session="ses_old")
    store.files(tmp_path / ".local/share/opencode")
    other = Store()
    other.session("ses_new")
    other.asked("new", session="ses_new", id="msg_new")
    other.database(tmp_path)

    assert {p.text for p in read(tmp_path).rows(Prompt)} == {"old", "new"}


def test_a_part_added_later_is_seen(tmp_path):
    store = Store()
    store.session()
    store.asked()
    message = store.answered()
    root = tmp_path / ".local/share/opencode"
    store.files(root)
    found, cursors = Read(), Cursors()
    read_changed(OPENCODE, tmp_path, found, cursors)

    put(root / "storage" / "part" / message / "prt_9.json", edit())
    read_changed(OPENCODE, tmp_path, found, cursors)

    assert len(found.rows(Suggestion)) == 1
    assert (found.records, found.understood) == (5, 5)


def test_an_older_sample_of_another_project_is_read():
    place = shared("samples/opencode/.local/share/opencode").parent.parent.parent

    found = read_home(OPENCODE, place)

    assert summary(found)["prompts"] == {"person": 0, "program": 0, "agent": 0, "unknown": 1}
    made = only(found.rows(Suggestion))
    assert (made.decision, made.added) == ("accepted", ("// Hello World", "console.log('test');"))
    assert found.problems == []


# -- places and bad input --------------------------------------------------------------------


def test_the_store_is_found_where_the_variables_put_it(tmp_path):
    store = Store()
    store.session()
    store.asked()
    store.database(tmp_path / "x")
    moved = tmp_path / "x" / ".local" / "share"

    xdg = machine(tmp_path, XDG_DATA_HOME=str(moved))
    named = machine(tmp_path, OPENCODE_DB=str(moved / "opencode" / "opencode.db"))

    for computer in (xdg, named):
        assert [f.path.name for f in OPENCODE.find(computer)] == ["opencode.db"]
        assert any(
            moved.is_relative_to(p) or p.is_relative_to(moved) for p in OPENCODE.places(computer)
        )


def test_databases_of_other_channels_are_read_too(tmp_path):
    store = Store()
    store.session()
    store.asked()
    store.database(tmp_path, "opencode/opencode-dev.db")
    store.database(tmp_path, "opencode/other.db")

    assert [f.path.name for f in OPENCODE.find(machine(tmp_path))] == ["opencode-dev.db"]


@both
def test_another_programs_database_is_a_problem(source, tmp_path):
    name = "opencode/opencode.db" if source is OPENCODE else "kilo/kilo.db"
    path = tmp_path / ".local" / "share" / name
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute("create table sessions (id text)")
    db.close()

    assert read(tmp_path, source).unreadable == ["unreadable"]


def test_rows_of_unknown_kind_are_counted_by_name_and_bad_ones_are_problems(tmp_path):
    store = Store()
    store.session()
    store.message("user", {"type": "hologram"}, text("fine"))
    store.message("oracle")
    path = store.database(tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("insert into part values ('p', 'msg_0000', 'ses_1', 1, 1, '{\"type\"')")
        db.execute("insert into part values ('q', 'msg_0000', 'ses_1', 1, 1, '[]')")
        db.execute("insert into part values ('r', 'msg_0000', 'ses_1', 1, 1, null)")
    db.close()

    found = read(tmp_path)

    assert found.unknown == {"part: hologram": 1, "message: oracle": 1}
    assert Counter(problem.reason for problem in found.problems) == {"not_json": 2, "bad_type": 1}
    assert (found.records, found.understood) == (7, 2)
    assert only(found.rows(Prompt)).text == "fine"


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, 1e300, -1, True])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    store = Store()
    store.session(revert=wrong, permission=wrong)
    store.message("user", text("a"), {"type": wrong}, {"type": "text", "text": wrong})
    part = edit()
    part["state"] |= {"input": wrong, "metadata": wrong, "time": wrong}
    patch = called("apply_patch", {"patchText": wrong}, metadata={"files": [wrong]})
    store.answered(part, patch, {"type": "tool", "state": wrong, "tool": wrong}, time=wrong)
    store.answered(tokens=wrong, cost=wrong, error=wrong, finish=wrong, parentID=wrong)
    store.database(tmp_path)

    assert only(read(tmp_path).rows(Prompt)).text.splitlines()[0] == "a"

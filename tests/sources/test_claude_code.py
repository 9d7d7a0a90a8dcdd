"""What is special to Claude Code's transcripts."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench import make_corpus
from tests.shared import LOGS
from tests.sources.reading import Read, machine, read_file, read_growing, read_home, record_ends
from tests.sources.reading import summary as summary_of
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.claude_code import SOURCE
from tokenmirror.sources.source import Cursor

LIVE = LOGS / "claude-code" / "live"
CAPTURED = LOGS / "claude-code" / "captured" / "home"
TRUTH = json.loads((LIVE / "TRUTH.json").read_text())
AT = "2026-03-02T09:{:02d}:00.000Z"


# -- the recorded runs -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def live() -> Read:
    return read_home(SOURCE, LIVE / "home")


@pytest.mark.parametrize("session", TRUTH["sessions"], ids=lambda s: s["labels"][0])
def test_tokens_of_each_session_are_those_that_were_reported(live: Read, session):
    uses = [use for use in live.rows(Usage) if use.session == session["id"]]

    assert (
        sum(use.input_tokens for use in uses),
        sum(use.cache_read_tokens for use in uses),
        sum(use.cache_write_5m_tokens + use.cache_write_1h_tokens for use in uses),
        sum(use.output_tokens for use in uses),
        len(uses),
    ) == reported(session)


@pytest.mark.parametrize("session", TRUTH["sessions"], ids=lambda s: s["labels"][0])
def test_prompts_of_each_session_are_those_that_were_given(live: Read, session):
    found = [p for p in live.rows(Prompt) if p.session == session["id"]]

    texts = {
        author: sorted(p.text for p in found if p.author == author)
        for author in ("person", "program")
    }
    assert texts["person"] == sorted(p["text"] for p in session["typed_prompts"])
    assert texts["program"] == sorted(p["text"] for p in session["headless_prompts"])
    assert {p.basis for p in found} == {"stated"}


@pytest.mark.parametrize("session", TRUTH["sessions"], ids=lambda s: s["labels"][0])
def test_edits_of_each_session_are_those_that_were_made(live: Read, session):
    edits = [s for s in live.rows(Suggestion) if s.session == session["id"] and s.kind != "command"]
    blocked = "failed" if session["kind"] == "headless" else "rejected"

    assert sorted(
        (Path(e.path).name, len(e.added), len(e.removed), e.decision) for e in edits
    ) == sorted(
        (
            Path(e["file"]).name,
            e["added"],
            e["removed"],
            "accepted" if e["outcome"] == "applied" else blocked,
        )
        for e in session["edits"]
    )


def test_commands_and_their_ends_are_those_that_ran(live: Read):
    calls = [c for c in live.rows(ToolCall) if c.name == "Bash"]
    ran = [command for session in TRUTH["sessions"] for command in session["commands"]]

    assert sorted((json.loads(c.args)["command"], c.ok) for c in calls) == sorted(
        (command["cmd"], command["exit"] == 0) for command in ran
    )
    assert Counter(c.kind for c in calls) == {"test": 2, "commit": 1}


def test_the_commit_of_the_agent_is_named(live: Read):
    named = [sha for call in live.rows(ToolCall) for sha in call.commits]
    made = [commit["hash"] for commit in TRUTH["commits"] if commit["by"] == "agent"]

    assert len(named) == len(made) == 1
    assert made[0].startswith(named[0])


def test_every_decision_of_the_recorded_run_is_stated(live: Read):
    decided = [s for s in live.rows(Suggestion) if s.decision in {"accepted", "rejected"}]

    assert {(s.how, s.basis) for s in decided} == {("chosen", "stated")}
    assert all(s.decided_ms > s.at_ms for s in decided)


def test_a_fork_has_its_own_prompt_alone_and_names_its_source(live: Read):
    fork = next(s for s in TRUTH["sessions"] if s["labels"] == ["fork"])
    row = next(s for s in live.rows(Session) if s.key == fork["id"])

    assert (row.parent, row.relation) == (TRUTH["sessions"][0]["id"], "fork")
    assert row.entry == "headless"
    assert row.at_ms >= millis(fork["started"])


def test_a_refusal_ends_a_turn_without_interrupting_it(live: Read):
    turns = Counter(turn.ended for turn in live.rows(Turn))

    assert turns["interrupted"] == TRUTH["totals"]["interrupted_turns"]
    assert turns["asked"] == 1


def test_a_cut_answer_is_counted_with_an_output_that_is_a_lower_bound(live: Read):
    cut = [use for use in live.rows(Usage) if use.output_at_least]

    assert [use.output_tokens for use in cut] == [1]


def test_work_of_a_sub_agent_belongs_to_the_parents_session_and_turn(live: Read):
    session = next(s for s in TRUTH["sessions"] if s["subagent_prompt"])
    calls = [c for c in live.rows(ToolCall) if c.session == session["id"]]
    prompts = [p for p in live.rows(Prompt) if p.session == session["id"]]

    assert [p.text for p in prompts] == [p["text"] for p in session["typed_prompts"]]
    assert {c.turn for c in calls} == {prompts[0].turn}
    assert {c.name for c in calls} == {"Agent", "Read"}


def test_session_facts_are_taken_from_the_lines(live: Read):
    row = next(s for s in live.rows(Session) if s.key == TRUTH["sessions"][0]["id"])

    assert (row.folder, row.branch, row.tool_version) == ("/home/dev/work/shop", "main", "2.1.330")
    assert (row.entry, row.mode) == ("interactive", "ask")


def test_without_stated_decisions_the_mode_tells_who_let_edits_through():
    edits = [s for s in read_home(SOURCE, CAPTURED).rows(Suggestion) if s.kind != "command"]

    assert Counter((e.decision, e.how, e.basis) for e in edits) == {
        ("accepted", "allowed", "inferred"): 2,
        ("accepted", "chosen", "inferred"): 1,
        ("rejected", "chosen", "stated"): 1,
    }


# -- prompts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "author", "basis"),
    [
        ({"promptSource": "typed"}, "person", "stated"),
        ({"promptSource": "queued"}, "person", "stated"),
        ({"promptSource": "sdk"}, "program", "stated"),
        ({"promptSource": "typed", "entrypoint": "sdk-cli"}, "person", "stated"),
        ({"origin": {"kind": "human"}, "entrypoint": "sdk-ts"}, "person", "stated"),
        ({"entrypoint": "cli"}, "person", "stated"),
        ({"entrypoint": "claude-vscode"}, "person", "stated"),
        ({"entrypoint": "sdk-py"}, "program", "stated"),
        ({"entrypoint": "something-new"}, "unknown", "unknown"),
        ({}, "unknown", "unknown"),
    ],
)
def test_the_author_of_a_prompt_is_what_its_line_states(tmp_path, facts, author, basis):
    transcript(tmp_path, said("hello", **facts))

    (prompt,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert (prompt.author, prompt.basis) == (author, basis)


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        ("hello", {"promptSource": "system"}),
        ("hello", {"origin": {"kind": "task-notification"}}),
        ("hello", {"isMeta": True}),
        ("hello", {"isCompactSummary": True}),
        ("hello", {"isSidechain": True}),
        ("<task-notification>done</task-notification>", {}),
        ("<bash-input>ls</bash-input>", {"turnOrigin": "human"}),
        ("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", {}),
        ("<local-command-stdout>ok</local-command-stdout>", {}),
        ("<command-name>/compact</command-name><command-args>now</command-args>", {}),
        ("<system-reminder>be brief</system-reminder>", {}),
        ("<ide_opened_file>a.py</ide_opened_file>", {}),
        ("Stop hook feedback: run the tests", {}),
        ("This session is being continued from a previous conversation", {}),
        ("Caveat: The messages below were generated by the user", {}),
        ("[Request interrupted by user]", {}),
        ([{"type": "text", "text": "[Request interrupted by user for tool use]"}], {}),
        ([{"type": "tool_result", "tool_use_id": "t", "content": "ok"}], {}),
        ("   ", {}),
    ],
)
def test_what_the_tool_itself_wrote_is_no_prompt(tmp_path, content, facts):
    transcript(tmp_path, said(content, **facts))

    assert read_home(SOURCE, tmp_path).rows(Prompt) == []


@pytest.mark.parametrize(
    ("content", "text", "attachments"),
    [
        ("two\nlines", "two\nlines", 0),
        ([{"type": "text", "text": "a"}, {"type": "image", "source": {}}], "a", 1),
        ([{"type": "image", "source": {}}], "", 1),
        ("<ide_selection>x = 1</ide_selection>\nwhy?", "why?", 0),
        (
            "<command-message>fix</command-message>\n<command-name>/fix</command-name>\n"
            "<command-args>the tests</command-args>",
            "/fix the tests",
            0,
        ),
    ],
)
def test_the_text_of_a_prompt_is_what_was_entered(tmp_path, content, text, attachments):
    transcript(tmp_path, said(content, entrypoint="cli"))

    (prompt,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert (prompt.text, prompt.attachments) == (text, attachments)


def test_text_typed_while_the_agent_works_is_a_prompt_of_the_running_turn(tmp_path):
    queued = {"type": "queued_command", "prompt": "and the tests", "commandMode": "prompt"}
    transcript(tmp_path, said("do it", entrypoint="cli"), entry("attachment", attachment=queued))

    first, second = sorted(read_home(SOURCE, tmp_path).rows(Prompt), key=lambda p: p.key)

    assert second.text == "and the tests"
    assert second.turn == first.turn


def test_a_queued_notice_is_no_prompt(tmp_path):
    notice = {"type": "queued_command", "prompt": "done", "commandMode": "task-notification"}
    transcript(tmp_path, said("do it"), entry("attachment", attachment=notice))

    assert len(read_home(SOURCE, tmp_path).rows(Prompt)) == 1


def test_a_prompt_in_the_input_history_was_typed(tmp_path):
    transcript(tmp_path, said("hello"))
    history(tmp_path, {"display": "hello", "timestamp": 0, "sessionId": "s1"})

    (prompt,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert (prompt.author, prompt.basis) == ("person", "inferred")


def test_an_older_history_names_the_folder_so_the_time_must_agree_too(tmp_path):
    at_ms, later = millis(AT.format(1)), said("hello", cwd="/w", uuid="b", minute=30)
    transcript(tmp_path, said("hello", cwd="/w", uuid="a"), later)
    history(tmp_path, {"display": "hello", "timestamp": at_ms, "project": "/w"})

    authors = {p.key: p.author for p in read_home(SOURCE, tmp_path).rows(Prompt)}

    assert authors == {"a": "person", "b": "unknown"}


def test_a_queued_prompt_that_the_history_lacks_came_from_a_program(tmp_path):
    queue = [entry("queue-operation", operation=op) for op in ("enqueue", "dequeue")]
    transcript(tmp_path, *queue, said("hello"))
    history(tmp_path, {"display": "other", "timestamp": 1, "sessionId": "s0"})

    (prompt,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert (prompt.author, prompt.basis) == ("program", "inferred")


def test_without_a_history_that_reaches_back_a_missing_row_says_nothing(tmp_path):
    queue = [entry("queue-operation", operation=op) for op in ("enqueue", "dequeue")]
    transcript(tmp_path, *queue, said("hello"))

    (prompt,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert prompt.author == "unknown"


# -- decisions -------------------------------------------------------------------------------

REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
CLICKED = {"decision": "accept", "source": "user_temporary", "grantScope": "once"}
RULE = {"decision": "accept", "source": "config", "reasonType": "rule"}


@pytest.mark.parametrize(
    ("content", "facts", "expected"),
    [
        (None, {"permissionDecision": CLICKED}, ("accepted", "chosen", "stated")),
        (None, {"permissionDecision": RULE}, ("accepted", "allowed", "stated")),
        (None, {}, ("accepted", "applied", "unknown")),
        (REFUSED, {"toolUseResult": "User rejected tool use"}, ("rejected", "chosen", "stated")),
        (
            REFUSED,
            {
                "toolUseResult": f"Error: {REFUSED}",
                "toolDenialKind": "user-rejected",
                "permissionDecision": {"decision": "reject", "source": "user_reject"},
                "userFeedback": "not so",
            },
            ("rejected", "chosen", "stated"),
        ),
        (
            "Claude requested permissions to write to a.py, but you haven't granted it yet.",
            {
                "toolDenialKind": "user-rejected",
                "permissionDecision": {"decision": "reject", "source": "config"},
            },
            ("failed", None, "unknown"),
        ),
        (
            "<tool_use_error>String to replace not found in file.</tool_use_error>",
            {"toolUseResult": "Error: String to replace not found in file."},
            ("failed", None, "unknown"),
        ),
    ],
    ids=["clicked", "rule", "silent", "refused", "refused with words", "blocked", "not found"],
)
def test_what_became_of_an_edit_is_what_its_result_says(tmp_path, content, facts, expected):
    transcript(tmp_path, said("go"), edit("t1"), result("t1", content, **facts))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.decision, made.how, made.basis) == expected


@pytest.mark.parametrize(
    ("mode", "tool", "how"),
    [
        ("default", "Edit", "chosen"),
        ("acceptEdits", "Edit", "allowed"),
        ("acceptEdits", "Bash", "chosen"),
        ("bypassPermissions", "Bash", "allowed"),
        ("auto", "Edit", "allowed"),
    ],
)
def test_the_mode_tells_who_let_a_call_through(tmp_path, mode, tool, how):
    call = edit("t1") if tool == "Edit" else command("t1", "make")
    transcript(tmp_path, said("go", permissionMode=mode), call, result("t1", None))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.how, made.basis) == (how, "inferred")


def test_a_mode_switched_in_mid_turn_holds_from_there(tmp_path):
    transcript(
        tmp_path,
        said("go", permissionMode="default"),
        edit("t1"),
        entry("permission-mode", permissionMode="acceptEdits"),
        result("t1", None),
    )
    read = read_home(SOURCE, tmp_path)

    assert read.rows(Suggestion)[0].how == "allowed"
    assert read.rows(Session)[0].mode == "auto_edits"


def test_nobody_clicks_in_a_run_without_a_terminal(tmp_path):
    facts = {"permissionMode": "default", "entrypoint": "sdk-cli"}
    transcript(tmp_path, said("go", **facts), edit("t1"), result("t1", None, entrypoint="sdk-cli"))

    assert read_home(SOURCE, tmp_path).rows(Suggestion)[0].how == "allowed"


def test_an_edit_that_the_person_changed_first_was_chosen(tmp_path):
    done = {"filePath": "a.py", "structuredPatch": patch("+mine"), "userModified": True}
    facts = {"permissionMode": "acceptEdits"}
    transcript(tmp_path, said("go", **facts), edit("t1"), result("t1", None, toolUseResult=done))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.how, made.basis, made.added) == ("chosen", "stated", ("mine",))


def test_a_call_without_result_is_undecided_with_the_lines_it_proposed(tmp_path):
    transcript(tmp_path, said("go"), edit("t1", old="a\nb\n", new="a\nc\nd\n"))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.decision, made.added, made.removed) == ("undecided", ("c", "d"), ("b",))


def test_a_failing_command_ran_all_the_same(tmp_path):
    failed = {"toolUseResult": "Error: Exit code 1\nE", "permissionDecision": CLICKED}
    transcript(tmp_path, said("go"), command("t1", "pytest"), result("t1", "Exit code 1", **failed))
    read = read_home(SOURCE, tmp_path)

    assert (read.rows(Suggestion)[0].decision, read.rows(Suggestion)[0].how) == (
        "accepted",
        "chosen",
    )
    assert (read.rows(ToolCall)[0].ok, read.rows(ToolCall)[0].kind) == (False, "test")


# -- lines of edits --------------------------------------------------------------------------


def test_a_written_file_counts_all_its_lines_when_it_is_new(tmp_path):
    done = {"type": "create", "filePath": "a.py", "content": "a\n\nb", "structuredPatch": []}
    made = edited(tmp_path, "Write", {"file_path": "a.py", "content": "a\n\nb"}, done)

    assert (made.kind, made.added, made.whole) == ("new_file", ("a", "", "b"), False)


def test_an_overwritten_file_counts_what_changed_in_it(tmp_path):
    done = {"type": "update", "filePath": "a.py", "content": "x", "originalFile": "y"}
    done |= {"structuredPatch": patch("-y", "+x", "\\ No newline at end of file")}
    made = edited(tmp_path, "Write", {"file_path": "a.py", "content": "x"}, done)

    assert (made.kind, made.added, made.removed) == ("edit", ("x",), ("y",))


def test_a_refused_write_is_a_whole_file_of_which_no_old_text_is_known(tmp_path):
    arguments = {"file_path": "a.py", "content": "a\nb\n"}
    transcript(tmp_path, said("go"), call("t1", "Write", arguments), result("t1", REFUSED))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.decision, made.added, made.whole) == ("rejected", ("a", "b"), True)


def test_several_replacements_at_once_are_one_suggestion(tmp_path):
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c\nd", "new_string": "d"}]
    transcript(tmp_path, said("go"), call("t1", "MultiEdit", {"file_path": "a", "edits": edits}))

    (made,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (made.added, made.removed) == (("b",), ("a", "c"))


def test_a_notebook_cell_is_compared_with_what_it_was(tmp_path):
    old = json.dumps({"cells": [{"id": "c1", "source": ["a\n", "b"]}]})
    done = {"cell_id": "c1", "original_file": old, "new_source": "a\nc", "edit_mode": "replace"}
    arguments = {"notebook_path": "n.ipynb", "cell_id": "c1", "new_source": "a\nc"}
    made = edited(tmp_path, "NotebookEdit", arguments, done)

    assert (made.path, made.added, made.removed) == ("n.ipynb", ("c",), ("b",))


# -- tokens ----------------------------------------------------------------------------------


def test_an_answer_on_several_lines_counts_once_with_its_largest_output(tmp_path):
    transcript(
        tmp_path, *(answer("m1", tokens(10, 5, output), stop=stop) for output, stop in STREAM)
    )

    (use,) = read_home(SOURCE, tmp_path).rows(Usage)

    assert (use.input_tokens, use.output_tokens, use.output_at_least) == (10, 484, False)


STREAM = [(1, None), (8, None), (484, "end_turn")]


def test_an_answer_that_never_got_its_final_numbers_is_a_lower_bound(tmp_path):
    transcript(tmp_path, answer("m1", tokens(10, 5, 1), stop=None))

    assert read_home(SOURCE, tmp_path).rows(Usage)[0].output_at_least


def test_message_ids_that_repeat_by_chance_in_two_files_are_two_answers(tmp_path):
    transcript(tmp_path, answer("m1", tokens(1, 1, 1), uuid="a"), session="s1")
    transcript(tmp_path, answer("m1", tokens(2, 2, 2), uuid="b"), session="s2")

    assert len(read_home(SOURCE, tmp_path).rows(Usage)) == 2


def test_an_answer_copied_without_a_request_id_counts_once(tmp_path):
    lines = [said("go", uuid="p"), answer("m1", tokens(1, 1, 1), uuid="a"), edit("t1", uuid="c")]
    transcript(tmp_path, *lines, session="s1")
    transcript(tmp_path, *lines, said("more", uuid="q", minute=30), session="s2")
    read = read_home(SOURCE, tmp_path)

    assert [use.session for use in read.rows(Usage)] == ["s1"]
    assert {p.key: p.session for p in read.rows(Prompt)} == {"p": "s1", "q": "s2"}
    assert len(read.rows(Suggestion)) == 1


def test_cache_writes_without_a_stated_time_count_as_five_minutes(tmp_path):
    split = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 30}
    both = {"cache_creation_input_tokens": 100, "cache_creation": split}
    plain = {"cache_creation_input_tokens": 7}
    transcript(tmp_path, answer("m1", both), answer("m2", plain), answer("m3", {}))

    uses = {use.key[:2]: use for use in read_home(SOURCE, tmp_path).rows(Usage)}

    assert (uses["m1"].cache_write_5m_tokens, uses["m1"].cache_write_1h_tokens) == (70, 30)
    assert (uses["m2"].cache_write_5m_tokens, uses["m2"].cache_write_1h_tokens) == (7, None)
    assert uses["m3"].cache_write_5m_tokens is None


def test_thinking_is_a_part_of_the_output(tmp_path):
    usage = {"output_tokens": 50, "output_tokens_details": {"thinking_tokens": 20}}
    transcript(tmp_path, answer("m1", usage))

    (use,) = read_home(SOURCE, tmp_path).rows(Usage)

    assert (use.output_tokens, use.reasoning_tokens) == (50, 20)


def test_answers_that_the_tool_made_up_cost_nothing(tmp_path):
    made_up = answer("m1", tokens(0, 0, 0), model="<synthetic>")
    error = answer("m2", tokens(0, 0, 0), isApiErrorMessage=True)
    transcript(tmp_path, made_up, error)

    assert read_home(SOURCE, tmp_path).rows(Usage) == []


# -- turns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "ended"),
    [
        (["final answer"], "finished"),
        (["streamed answer", "turn_duration"], "finished"),
        (["streamed answer"], "unknown"),
        (["streamed answer", "stopped"], "interrupted"),
        (["edit", "refused", "stopped for tool"], "asked"),
        (["command", "stopped for tool"], "interrupted"),
        (["service error", "turn_duration"], "error"),
    ],
    ids=" ".join,
)
def test_a_turn_ends_as_its_lines_say(tmp_path, lines, ended):
    transcript(tmp_path, said("go"), *(TURN_LINES[name] for name in lines))

    (turn,) = read_home(SOURCE, tmp_path).rows(Turn)

    assert turn.ended == ended


def test_prompts_that_share_a_stamped_id_are_turns_of_their_own(tmp_path):
    transcript(tmp_path, *(said(text, uuid=text, promptId="p") for text in ("one", "two", "three")))

    assert [turn.key for turn in read_home(SOURCE, tmp_path).rows(Turn)] == ["p", "three", "two"]


# -- forks, copies, sub-agents ---------------------------------------------------------------


def test_a_fork_that_ends_before_its_source_takes_nothing_from_it(tmp_path):
    shared = [said("go", uuid="p", promptSource="typed"), answer("m1", tokens(1, 1, 1), uuid="a")]
    marked = [shared[0], shared[1] | {"session_id": "s1"}]
    transcript(tmp_path, *shared, said("late", uuid="z", minute=50), session="s1")
    transcript(tmp_path, *marked, said("fork", uuid="f", minute=10), session="s2")
    read = read_home(SOURCE, tmp_path)

    assert {p.key: p.session for p in read.rows(Prompt)} == {"p": "s1", "z": "s1", "f": "s2"}
    assert {use.session for use in read.rows(Usage)} == {"s1"}


def test_a_fork_by_script_shows_by_its_queue_what_is_older_than_itself(tmp_path):
    queue = entry("queue-operation", operation="enqueue", minute=20)
    shared = [said("go", uuid="p", promptSource="typed"), answer("m1", tokens(1, 1, 1), uuid="a")]
    transcript(tmp_path, *shared, said("late", uuid="z", minute=50), session="s1")
    transcript(tmp_path, queue, *shared, said("new", uuid="f", minute=21), session="s2")
    read = read_home(SOURCE, tmp_path)

    assert {p.key: p.session for p in read.rows(Prompt)} == {"p": "s1", "z": "s1", "f": "s2"}
    assert next(s for s in read.rows(Session) if s.key == "s2").at_ms == millis(AT.format(21))


@pytest.mark.parametrize("order", [list, reversed], ids=["source first", "fork first"])
def test_a_fork_in_another_mode_changes_nothing_in_its_source(tmp_path, order):
    shared = [
        said("go", uuid="p", promptSource="sdk", permissionMode="default", entrypoint="sdk-cli"),
        edit("t1", uuid="a", entrypoint="sdk-cli"),
        result("t1", None, uuid="b", entrypoint="sdk-cli"),
    ]
    copies = [line | {"entrypoint": "cli", "session_id": "s1"} for line in shared]
    transcript(tmp_path, *shared, session="s1")
    transcript(tmp_path, *copies, said("more", permissionMode="auto", minute=9), session="s2")

    (made,) = read_home(SOURCE, tmp_path, lambda files: list(order(files))).rows(Suggestion)

    assert (made.session, made.how, made.basis) == ("s1", "allowed", "inferred")


@pytest.mark.parametrize(
    "place", ["s1/subagents/agent-a1.jsonl", "agent-a1.jsonl", "inline"], ids=str
)
def test_a_sub_agents_work_is_the_sessions_and_its_task_no_prompt(tmp_path, place):
    own = [said("go", uuid="p"), answer("m1", tokens(1, 1, 1), uuid="a")]
    side = [
        said("task", uuid="x", isSidechain=True),
        edit("t1", isSidechain=True, uuid="y"),
        answer("m2", tokens(2, 2, 2), isSidechain=True, uuid="z"),
    ]
    if place == "inline":
        own, side = own + side, []
    transcript(tmp_path, *own)
    transcript(tmp_path, *side, name=place)
    read = read_home(SOURCE, tmp_path)

    assert [p.text for p in read.rows(Prompt)] == ["go"]
    assert {row.session for row in (*read.rows(Usage), *read.rows(Suggestion))} == {"s1"}
    assert len(read.rows(Session)) == 1


def test_a_sub_agents_folder_stands_in_only_where_the_sessions_own_file_is_gone(tmp_path):
    side = said("task", isSidechain=True, cwd="/worktree")
    transcript(tmp_path, side, name="s1/subagents/agent-a1.jsonl")

    assert read_home(SOURCE, tmp_path).rows(Session)[0].folder == "/worktree"

    transcript(tmp_path, said("go", cwd="/repo"))

    assert read_home(SOURCE, tmp_path).rows(Session)[0].folder == "/repo"


def test_a_file_of_titles_is_no_session(tmp_path):
    transcript(tmp_path, {"type": "summary", "summary": "x", "leafUuid": "y"})
    read = read_home(SOURCE, tmp_path)

    assert (read.events, read.records, read.understood) == ([], 1, 1)


def test_kinds_of_line_that_are_new_are_counted_by_name(tmp_path):
    transcript(tmp_path, said("go"), {"type": "dream"}, {"type": "dream"}, {"x": 1})
    read = read_home(SOURCE, tmp_path)

    assert read.unknown == {"dream": 2, "without a type": 1}
    assert (read.records, read.understood) == (4, 1)


# -- reading on ------------------------------------------------------------------------------


def test_a_result_that_comes_later_finds_the_lines_of_its_call(tmp_path):
    path = transcript(tmp_path, said("go"), edit("t1", old="a", new="b"), result("t1", REFUSED))
    whole = read_home(SOURCE, tmp_path)

    read = read_growing(SOURCE, tmp_path, {path: record_ends(path)})

    assert read.merged() == whole.merged()
    assert read.rows(Suggestion)[0].removed == ("a",)


def test_a_cursor_stays_small_when_nothing_is_answered(tmp_path):
    transcript(tmp_path, *(edit(f"t{n}", uuid=f"u{n}" + "x" * 200, id=f"m{n}") for n in range(500)))
    (file,) = SOURCE.find(machine(tmp_path))
    read = Read()

    cursor = read_file(SOURCE, file, read)

    assert len(cursor.state) < 64 * 1024
    assert len(read.rows(Suggestion)) == 500


def test_a_long_file_comes_in_batches(tmp_path):
    transcript(tmp_path, *(said(str(n), uuid=str(n)) for n in range(6_000)))
    (file,) = SOURCE.find(machine(tmp_path))

    batches = list(SOURCE.read(file, Cursor()))

    assert len(batches) > 1
    assert sum(batch.records for batch in batches) == 6_000


# -- places ----------------------------------------------------------------------------------


def test_the_variable_names_several_folders_beside_the_usual_one(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    places = SOURCE.places(machine(tmp_path, CLAUDE_CONFIG_DIR=f"{one}, {two},~/three,four"))

    assert places[:4] == (one, two, tmp_path / "three", tmp_path / ".claude")
    assert not any(place.name == "four" for place in places)


def test_files_that_tools_printed_are_no_transcripts(tmp_path):
    transcript(tmp_path, said("go"))
    transcript(tmp_path, said("no"), name="s1/tool-results/data.jsonl")
    transcript(tmp_path, said("no"), name="memory/notes.jsonl")

    assert [file.path.name for file in SOURCE.find(machine(tmp_path))] == ["s1.jsonl"]


# -- a generated corpus ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("corpus") / "out"
    odd = "--broken-share .06 --copied-share .6 --cut-share .2 --streaming-usage --no-git"
    make_corpus.main([str(out), "--size", "5MB", "--sources", "claude", *odd.split()])
    return out


def test_a_corpus_gives_exactly_what_was_put_in(corpus: Path):
    truth = json.loads((corpus / "truth.json").read_text())
    read = read_home(SOURCE, corpus / "home")
    found = summary_of(read)

    assert found["sessions"] == truth["claude"]["sessions"]
    assert sum(found["prompts"].values()) == truth["claude"]["prompts"]
    assert {model: counted(n) for model, n in found["tokens"].items()} == {
        name.removeprefix("claude/"): n for name, n in truth["by_model"].items()
    }
    assert edits_of(found) == edits_in(truth)


def test_broken_and_copied_lines_of_a_corpus_cost_nothing_else(corpus: Path):
    truth = json.loads((corpus / "truth.json").read_text())["claude"]
    read = read_home(SOURCE, corpus / "home")

    assert truth["copied_lines"] > 20
    assert truth["cut_files"] > 0
    assert 0 < truth["broken_lines"] <= len(read.problems)
    assert {problem.reason for problem in read.problems} == {"not_json"}


def test_a_corpus_read_in_pieces_gives_the_same(corpus: Path):
    once = read_home(SOURCE, corpus / "home")
    paths = [file.path for file in SOURCE.find(machine(corpus / "home"))]

    grown = read_growing(
        SOURCE, corpus / "home", {p: range(0, p.stat().st_size, 77_777) for p in paths}
    )

    assert grown.merged() == once.merged()


# -- makers ----------------------------------------------------------------------------------

_minutes = iter(range(10**9))


def entry(kind: str, *, minute: int = 1, **facts: object) -> dict[str, object]:
    return {
        "type": kind,
        "uuid": f"u{next(_minutes)}",
        "timestamp": AT.format(minute),
        "sessionId": "s1",
        **facts,
    }


def said(content: object, *, minute: int = 1, **facts: object) -> dict[str, object]:
    return entry("user", minute=minute, message={"role": "user", "content": content}, **facts)


def answer(
    identity: str,
    usage: dict[str, object] | None = None,
    *blocks: dict[str, object],
    stop: str | None = "end_turn",
    model: str = "claude-x",
    **facts: object,
) -> dict[str, object]:
    message = {"id": identity, "model": model, "content": list(blocks), "stop_reason": stop}
    return entry(
        "assistant", message=message | ({} if usage is None else {"usage": usage}), **facts
    )


def tokens(fresh: int, cached: int, output: int) -> dict[str, object]:
    return {
        "input_tokens": fresh,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": output,
    }


def call(
    identity: str, name: str, arguments: dict[str, object], **facts: object
) -> dict[str, object]:
    block = {"type": "tool_use", "id": identity, "name": name, "input": arguments}
    message_id = str(facts.pop("id", f"m-{identity}"))
    return answer(message_id, None, block, stop="tool_use", **facts)


def edit(identity: str, old: str = "a", new: str = "b", **facts: object) -> dict[str, object]:
    arguments = {"file_path": "/w/a.py", "old_string": old, "new_string": new}
    return call(identity, "Edit", arguments, **facts)


def command(identity: str, text: str) -> dict[str, object]:
    return call(identity, "Bash", {"command": text})


def result(identity: str, error: str | None, **facts: object) -> dict[str, object]:
    block = {"type": "tool_result", "tool_use_id": identity, "content": error or "done"}
    if error:
        block["is_error"] = True
        facts.setdefault("toolUseResult", f"Error: {error}")
    facts.setdefault("toolUseResult", {"filePath": "/w/a.py", "structuredPatch": patch("+b")})
    return said([block], minute=2, **facts)


def patch(*lines: str) -> list[dict[str, object]]:
    return [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": list(lines)}]


TURN_LINES = {
    "final answer": answer("m1"),
    "streamed answer": answer("m1", stop=None),
    "edit": edit("t1"),
    "command": command("t1", "sleep 9"),
    "refused": result("t1", REFUSED),
    "stopped": said("[Request interrupted by user]"),
    "stopped for tool": said("[Request interrupted by user for tool use]"),
    "service error": answer("m1", isApiErrorMessage=True, stop="stop_sequence"),
    "turn_duration": entry("system", subtype="turn_duration", durationMs=5),
}


def edited(
    home: Path, name: str, arguments: dict[str, object], done: dict[str, object]
) -> Suggestion:
    transcript(
        home, said("go"), call("t1", name, arguments), result("t1", None, toolUseResult=done)
    )
    (made,) = read_home(SOURCE, home).rows(Suggestion)
    return made


def transcript(
    home: Path, *lines: dict[str, object], session: str = "s1", name: str | None = None
) -> Path:
    path = home / ".claude" / "projects" / "-w" / (name or f"{session}.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    stamped = [line | {"sessionId": session} if "uuid" in line else line for line in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in stamped))
    return path


def history(home: Path, *rows: dict[str, object]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (home / ".claude" / "history.jsonl").write_text(text)


def millis(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).astimezone(UTC).timestamp() * 1000)


def reported(session: dict[str, object]) -> tuple[int, ...]:
    """Input, cache read, cache write, output, requests: sub-agents and cut requests included."""
    parts = [session["tokens"], session["tokens_subagent"]]
    cut = [request["reported_before_abort"] for request in session["aborted_requests"]]
    return (
        sum(p["input_uncached"] for p in parts) + sum(c["in"] for c in cut),
        sum(p["cache_read"] for p in parts) + sum(c["cr"] for c in cut),
        sum(p["cache_write"] for p in parts) + sum(c["cw"] for c in cut),
        sum(p["output_visible"] + p["reasoning"] for p in parts) + sum(c["out"] for c in cut),
        sum(p["requests"] for p in parts) + len(cut),
    )


def counted(n: dict[str, int]) -> dict[str, int]:
    return {
        "messages": n["requests"],
        "input": n["input"],
        "output": n["output"],
        "cache_creation": n["cache_write"],
        "cache_read": n["cache_read"],
    }


def edits_of(found: dict[str, object]) -> dict[str, int]:
    edits: dict[str, int] = {}
    for group in found["suggestions"]:
        if group["kind"] == "edit":
            edits[group["decision"]] = group["count"]
            edits["lines_" + group["decision"]] = group["lines_added"]
        elif group["kind"] == "new_file":
            edits["writes"] = group["count"]
    return edits


def edits_in(truth: dict[str, object]) -> dict[str, int]:
    return {name: count for name, count in truth["edits"].items() if count}

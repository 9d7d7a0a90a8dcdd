"""Gemini CLI: its logs of known truth, and the traps of its two formats."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest

from tests.shared import LOGS
from tests.sources.gemini_logs import (
    SESSION,
    answered,
    at,
    call,
    chat,
    document,
    edit,
    edits,
    ends,
    head,
    info,
    prompts,
    read,
    said,
    tokens,
    typed,
)
from tests.sources.reading import machine, read_growing, read_home, record_ends
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Usage
from tokenmirror.sources.gemini_cli import GEMINI

LIVE = LOGS / "gemini-cli" / "live" / "home"
WORK = "/home/dev/work/shop"


@pytest.fixture(scope="module")
def truth():
    return json.loads((LIVE.parent / "TRUTH.json").read_text())


# -- logs of known truth -----------------------------------------------------------------------


def test_live_tokens_are_exact_in_every_session(truth):
    found = {}
    for row in read_home(GEMINI, LIVE).rows(Usage):
        found.setdefault(row.session, Counter()).update(
            input_uncached=row.input_tokens,
            cache_read=row.cache_read_tokens,
            output_visible=row.output_tokens - row.reasoning_tokens,
            reasoning=row.reasoning_tokens,
            requests=1,
        )

    for session in truth["sessions"]:
        made = found.pop(session["id"])
        assert {name: session["tokens"][name] for name in made} == dict(made)
    (helper,) = found.values()
    assert {name: truth["totals"]["tokens_subagent"][name] for name in helper} == dict(helper)


def test_live_prompts_are_those_of_the_truth(truth):
    rows = read_home(GEMINI, LIVE).rows(Prompt)

    want = [(s["id"], p["text"], "person") for s in truth["sessions"] for p in s["typed_prompts"]]
    want += [
        (s["id"], p["text"], "program") for s in truth["sessions"] for p in s["headless_prompts"]
    ]
    assert sorted((row.session, row.text, row.author) for row in rows) == sorted(want)


def test_live_edits_and_commands_are_those_of_the_truth(truth):
    found = read_home(GEMINI, LIVE)

    decisions = {"applied": ("accepted", "applied"), "rejected": ("rejected", "chosen")}
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
    exits = [c["exit"] == 0 for s in truth["sessions"] for c in s["commands"]]
    assert sorted(ran) == sorted(exits)
    commits = [row.commits for row in found.rows(ToolCall) if row.commits]
    assert commits == [("2a4d60d",)]


def test_live_sessions_know_folder_entry_and_parent(truth):
    rows = read_home(GEMINI, LIVE).rows(Session)

    entries = {row.key: row.entry for row in rows if row.parent is None}
    assert entries == {s["id"]: s["kind"] for s in truth["sessions"]}
    assert {row.folder for row in rows} == {WORK}
    (parent,) = [row.parent for row in rows if row.relation == "subagent"]
    assert parent.startswith("359d5fe0")


def test_live_interrupted_turns_are_those_of_the_truth(truth):
    assert (
        ends(read_home(GEMINI, LIVE)).count("interrupted") == (truth["totals"]["interrupted_turns"])
    )


# -- prompts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["<session_context>\nToday", "/stats", "?", "System: Please continue.", "  /help"],
)
def test_what_the_tool_put_there_itself_is_no_prompt(tmp_path, text):
    chat(tmp_path, head(), said(text, 1), answered(2))

    assert prompts(read(tmp_path)) == []


def test_a_tool_result_is_no_prompt(tmp_path):
    result = {"functionResponse": {"id": "c", "name": "x", "response": {"output": "text"}}}
    chat(tmp_path, head(), said("go", 1), said("", 2, content=[result, {"text": "and"}]))

    assert prompts(read(tmp_path)) == [("go", "unknown")]


def test_the_text_that_was_typed_is_the_prompt_not_what_it_grew_to(tmp_path):
    chat(tmp_path, head(), said("see @a.py\n--- a.py", 1, displayContent=[{"text": "see @a.py"}]))

    assert prompts(read(tmp_path)) == [("see @a.py", "unknown")]


def test_pictures_are_attachments(tmp_path):
    picture = {"inlineData": {"mimeType": "image/png", "data": "x"}}
    chat(
        tmp_path,
        head(),
        said("", 1, content=[{"text": "look"}, picture]),
        said("", 2, content=[picture]),
    )

    assert {p.text: p.attachments for p in read(tmp_path).rows(Prompt)} == {"look": 1, "": 1}


def test_a_prompt_sent_twice_is_two_prompts(tmp_path):
    chat(tmp_path, head(), said("go on", 1), answered(2), said("go on", 3), answered(4))

    assert len(prompts(read(tmp_path))) == 2


def test_the_history_written_again_gives_nothing_new(tmp_path):
    again = [
        said("", 5, "n1", content=[{"text": "<session_context>\nx"}, {"text": "one"}]),
        answered(5, name="n2", content=[{"text": "did"}], tokens=None),
        said("two", 5.001, "n3"),
        said("only in the copy", 5.002, "n4"),
    ]
    lines = [head(), said("one", 1), answered(2), said("two", 3), answered(4, edit("cancelled")),
             info("Request cancelled.", 5), *again, {"$set": {"messages": again}},
             said("one", 9), answered(10)]  # fmt: skip
    path = chat(tmp_path, *lines)
    once = read(tmp_path)

    grown = read_growing(GEMINI, tmp_path, {path: record_ends(path)})

    assert [text for text, _ in prompts(once)] == ["one", "one", "two"]
    assert len(once.rows(Usage)) == 3
    assert ends(once) == ["finished", "asked", "finished"]
    assert grown.merged() == once.merged()


@pytest.mark.parametrize(
    ("rows", "author"),
    [
        ([("hello", 1)], "person"),
        ([("/memory", 0.5), ("@a hello expands", 0.9)], "person"),
        ([("hello", 1), ("other", 100)], "person"),
        ([("other", 100)], "unknown"),
        ([], "unknown"),
    ],
    ids=["by text", "by time", "with others", "named for others", "empty list"],
)
def test_who_wrote_a_prompt_is_told_by_the_list_of_what_was_typed(tmp_path, rows, author):
    chat(tmp_path, head(), said("hello", 1.01))
    typed(tmp_path, *rows)

    assert prompts(read(tmp_path)) == [("hello", author)]


@pytest.mark.parametrize(("first", "author"), [(0.5, "program"), (60, "unknown")])
def test_a_session_that_is_not_in_the_list_was_not_typed_if_the_list_reaches_back(
    tmp_path, first, author
):
    chat(tmp_path, head(), said("hello", 1))
    typed(tmp_path, ("another", first), session="99999999-0")

    assert ("hello", author) in prompts(read(tmp_path))


def test_prompts_whose_chat_is_gone_stay_known_once(tmp_path):
    path = chat(tmp_path, head(), said("hello", 1.01), said("again", 3), said("again", 5))
    typed(tmp_path, ("hello", 1), ("/quit", 2), ("again", 3), ("again", 5))
    before = read(tmp_path)

    path.unlink()
    after = read(tmp_path)

    assert prompts(after) == prompts(before)
    assert len(prompts(after)) == 3
    assert {row.key for row in after.rows(Prompt)} == {row.key for row in before.rows(Prompt)}


def test_going_back_in_the_history_takes_later_prompts_out(tmp_path):
    path = chat(
        tmp_path, head(), said("one", 1), said("two", 2), said("three", 3), {"$rewindTo": "u2"}
    )
    once = read(tmp_path)

    assert {row.text: row.removed for row in once.rows(Prompt)} == {
        "one": False,
        "two": True,
        "three": True,
    }
    assert read_growing(GEMINI, tmp_path, {path: record_ends(path)}).merged() == once.merged()


# -- answers -----------------------------------------------------------------------------------


def test_an_answer_written_twice_counts_once(tmp_path):
    chat(tmp_path, head(), answered(2, name="a"), answered(2, edit(), name="a"))

    assert len(read(tmp_path).rows(Usage)) == 1


@pytest.mark.parametrize(
    ("told", "fresh", "cached", "out", "thoughts"),
    [
        (tokens(), 40, 60, 15, 5),
        (tokens(tool=7, total=122), 47, 60, 15, 5),
        (tokens(tool=7), 40, 60, 15, 5),
        ({"input": 100, "output": 10}, 100, None, 10, None),
        (tokens(cached=200), 100, 200, 15, 5),
    ],
    ids=["usual", "tool prompt apart", "tool prompt inside", "few", "more cached than sent"],
)
def test_the_kinds_of_tokens_never_overlap(tmp_path, told, fresh, cached, out, thoughts):
    chat(tmp_path, head(), answered(2, tokens=told))

    (row,) = read(tmp_path).rows(Usage)
    assert (row.input_tokens, row.cache_read_tokens) == (fresh, cached)
    assert (row.output_tokens, row.reasoning_tokens) == (out, thoughts)
    assert row.cache_write_5m_tokens is None


DISPLAY = {
    "fileDiff": "Index: a.py\n===\n--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n x\n--- y\n+++ z\n",
    "originalContent": "x\n-- y\n",
    "newContent": "x\n++ z\n",
}
PLAIN = ("edit", ("y", "z"), ("x",))


@pytest.mark.parametrize(
    ("made", "want"),
    [
        (edit(), ("edit", "accepted", "applied", *PLAIN[1:])),
        (edit("success", "", DISPLAY), ("edit", "accepted", "applied", ("++ z",), ("-- y",))),
        (edit("success", "", DISPLAY | {"diffStat": {"user_added_lines": 1}}),
         ("edit", "accepted", "chosen", ("++ z",), ("-- y",))),
        (edit("cancelled"), ("edit", "rejected", "chosen", *PLAIN[1:])),
        (edit("cancelled", "[Operation Cancelled] Reason: User did not allow tool call"),
         ("edit", "rejected", "chosen", *PLAIN[1:])),
        (edit("cancelled", "[Operation Cancelled] Reason: User cancelled the operation."),
         ("edit", "undecided", None, *PLAIN[1:])),
        (edit("error", "no such text"), ("edit", "failed", None, *PLAIN[1:])),
        (edit(None), ("edit", "undecided", None, *PLAIN[1:])),
        (call("write_file", "success", file_path="/w/b", content="a\nb\n"),
         ("new_file", "accepted", "applied", ("a", "b"), ())),
        (call("write_file", "success", "", DISPLAY, file_path="/w/b", content="x\n++ z\n"),
         ("edit", "accepted", "applied", ("++ z",), ("-- y",))),
        (call("write_file", "success", "", {"originalContent": "", "newContent": "a\n"}),
         ("new_file", "accepted", "applied", ("a",), ())),
        (call("run_shell_command", "success", "Exit Code: 1", command="make"),
         ("command", "accepted", "applied", (), ())),
        (call("run_shell_command", "cancelled", command="make"),
         ("command", "rejected", "chosen", (), ())),
    ],
)  # fmt: skip
def test_what_became_of_a_call(tmp_path, made, want):
    chat(tmp_path, head(), said("go", 1), answered(2, made))

    assert edits(read(tmp_path)) == [want]


@pytest.mark.parametrize(
    ("output", "ok"),
    [
        ("fine", True),
        ("x\nExit Code: 0\n", True),
        ("Exit Code: 2", False),
        ("Exit Code: (none)", None),
    ],
)
def test_a_command_that_failed_is_told_by_its_exit_code(tmp_path, output, ok):
    chat(
        tmp_path, head(), answered(2, call("run_shell_command", "success", output, command="make"))
    )

    assert [row.ok for row in read(tmp_path).rows(ToolCall)] == [ok]


@pytest.mark.parametrize(
    ("lines", "ended"),
    [
        ([answered(2)], "finished"),
        ([answered(2, edit())], "unknown"),
        ([info("Request cancelled.", 2)], "interrupted"),
        ([answered(2, edit("cancelled")), info("Request cancelled.", 3)], "asked"),
        ([info("quota", 2, kind="error")], "error"),
        ([info("note", 2)], "unknown"),
    ],
)
def test_a_turn_ends_as_its_last_message_says(tmp_path, lines, ended):
    chat(tmp_path, head(), said("go", 1), *lines)

    assert ends(read(tmp_path)) == [ended]


# -- sessions and places -----------------------------------------------------------------------


def test_a_document_moved_to_lines_is_counted_once(tmp_path):
    messages = [said("one", 1), answered(2, edit()), said("two", 3), answered(4)]
    document(tmp_path, *messages)
    alone = read(tmp_path).merged()
    chat(tmp_path, head(), *messages, said("three", 5))

    both = read(tmp_path)

    assert len(prompts(both)) == 3
    assert len(both.rows(Usage)) == 2
    assert set(alone) <= both.merged().keys()


def test_the_folder_is_told_by_a_path_with_the_projects_hash(tmp_path):
    marked = hashlib.sha256(b"/w/my app").hexdigest()
    there = call("read_file", "success", file_path="/w/my app/src/x.py")
    chat(tmp_path, head(projectHash=marked), said("go", 1), answered(2, there))

    (session,) = read(tmp_path).rows(Session)
    assert session.folder == "/w/my app"


def test_the_folder_is_told_by_the_list_of_projects(tmp_path):
    chat(tmp_path, head(), said("go", 1))
    (tmp_path / ".gemini" / "projects.json").write_text('{"projects": {"C:\\\\w": "app"}}')

    assert [row.folder for row in read(tmp_path).rows(Session)] == ["C:\\w"]


def test_a_folder_that_nothing_names_is_unknown(tmp_path):
    chat(tmp_path, head(), said("go", 1), answered(2, edit()))

    assert [row.folder for row in read(tmp_path).rows(Session)] == [None]


def test_a_moved_home_and_the_usual_one_are_both_read(tmp_path):
    places = GEMINI.places(machine(tmp_path, GEMINI_CLI_HOME=str(tmp_path / "m")))

    assert {place.parent for place in places} == {tmp_path / ".gemini", tmp_path / "m" / ".gemini"}


def test_a_resume_under_the_same_id_is_one_session(tmp_path):
    chat(tmp_path, head(), said("one", 1), answered(2))
    more = [head(startTime=at(30)), {"$set": {"messages": [said("one", 1)]}}]
    chat(tmp_path, *more, name="session-2026-03-02T09-30-11111111.jsonl")

    found = read(tmp_path)

    assert [row.key for row in found.rows(Session)] == [SESSION]
    assert len(prompts(found)) == 1


def test_unknown_kinds_are_counted_by_name(tmp_path):
    chat(tmp_path, head(), {"id": "x", "type": "dream"}, {"$poem": 1})

    found = read(tmp_path)

    assert found.unknown == {"dream": 1, "$poem": 1}
    assert (found.records, found.understood) == (3, 1)


def test_a_half_written_document_is_a_problem_until_it_is_whole(tmp_path):
    path = document(tmp_path, said("one", 1))
    path.write_text(path.read_text()[:-20])

    assert [p.reason for p in read(tmp_path).problems] == ["not_json"]

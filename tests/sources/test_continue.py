"""Continue: sessions of the terminal program and of editors, and the acceptance log."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.shared import LOGS
from tests.sources.reading import (
    Cursors,
    Read,
    machine,
    read_changed,
    read_file,
    read_home,
    summary,
)
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.continue_dev import SOURCE
from tokenmirror.sources.continue_dev.acceptance import instant

LIVE = LOGS / "continue" / "live"
TRUTH = json.loads((LIVE / "TRUTH.json").read_text())
NAME = "11111111-0000-4000-8000-000000000001"


def write_session(home, *items, name=NAME, **fields):
    path = home / ".continue" / "sessions" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"sessionId": name, "history": items, **fields}))
    return path


def write_log(home, event, *rows, version="0.2.0"):
    path = home / ".continue" / "dev_data" / version / f"{event}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def user(content):
    return {"message": {"role": "user", "content": content}}


def answer(prompt=None, output=None, calls=(), **details):
    message = {"role": "assistant", "content": "ok"}
    if output is not None:
        used = {"prompt_tokens": prompt, "completion_tokens": output, "model": "m", **details}
        message["usage"] = used
    return {"message": message, "toolCallStates": list(calls)}


def call(name, given, status="done", output="ok"):
    function = {"name": name, "arguments": json.dumps(given)}
    return {
        "toolCallId": "call_0",
        "toolCall": {"id": "call_0", "function": function},
        "status": status,
        "output": [{"content": output}],
    }


def used(output, prompt=0, cached=0):
    details = {"cachedTokens": cached, "cacheWriteTokens": 0}
    return {"completionTokens": output, "promptTokens": prompt, "promptTokensDetails": details}


def completion(identity="c", accepted=True, **fields):
    row = {"timestamp": "2026-07-01T09:00:00.000Z", "accepted": accepted, "completion": "b = 1"}
    return row | {"completionId": identity, "filepath": "file:///w/a.py"} | fields


# -- against the truth -----------------------------------------------------------------------


def test_live_output_is_exact_in_every_session_and_input_is_unknown():
    found: Counter = Counter()
    for row in read_home(SOURCE, LIVE / "home").rows(Usage):
        found[row.session] += row.output_tokens
        assert (row.input_tokens, row.cache_read_tokens, row.reasoning_tokens) == (None, None, None)

    for session in TRUTH["sessions"]:
        tokens = session["tokens"]
        assert found[session["id"]] == tokens["output_visible"] + tokens["reasoning"]
    assert sum(found.values()) == 4470


def test_live_prompts_edits_and_commands_are_those_of_the_truth():
    read = read_home(SOURCE, LIVE / "home")

    for session in TRUTH["sessions"]:
        own = [p for p in read.rows(Prompt) if p.session == session["id"]]
        asked = [p["text"] for p in session["typed_prompts"] + session["headless_prompts"]]
        assert sorted(p.text for p in own) == sorted(asked)
        assert all((p.author, p.at_ms) == ("unknown", None) for p in own)
        rows = [s for s in read.rows(Suggestion) if s.session == session["id"]]
        made = [(s.path, len(s.added), len(s.removed), s.how) for s in rows if s.path]
        how = {"applied": "applied", "rejected": "chosen"}
        assert sorted(made) == sorted(
            (f"/home/dev/work/shop/{e['file']}", e["added"], e["removed"], how[e["outcome"]])
            for e in session["edits"]
        )
        assert sum(s.kind == "command" for s in rows) == len(session["commands"])


def test_live_turns_and_calls_are_those_of_the_truth():
    read = read_home(SOURCE, LIVE / "home")
    ran = {json.loads(c.args)["command"]: c for c in read.rows(ToolCall) if c.name == "Bash"}

    for command in TRUTH["sessions"][0]["commands"]:
        assert ran[command["cmd"]].ok is (command["exit"] == 0)
    assert [len(c.commits) for c in ran.values() if c.kind == "commit"] == [1]
    ends = Counter(turn.ended for turn in read.rows(Turn))
    assert ends["interrupted"] == TRUTH["totals"]["interrupted_turns"]


def test_a_session_begins_when_the_list_says():
    read = read_home(SOURCE, LIVE / "home")

    starts = {row.key: row.at_ms for row in read.rows(Session)}
    assert starts["be0b790a-c06c-4c34-9ea9-3b36bd1b1e2b"] == 1795361034027
    assert None not in starts.values()


# -- sessions --------------------------------------------------------------------------------


def test_the_session_gives_the_tokens_that_no_answer_holds(tmp_path):
    write_session(tmp_path, user("go"), answer(100, 10), usage=used(25, 150))

    rows = read_home(SOURCE, tmp_path).rows(Usage)

    assert sorted(row.output_tokens for row in rows) == [10, 15]


def test_answers_that_left_the_history_are_not_counted_with_the_rest_again(tmp_path):
    read, cursors = Read(), Cursors()
    write_session(tmp_path, user("go"), answer(100, 10), answer(200, 20), usage=used(30, 300))
    read_changed(SOURCE, tmp_path, read, cursors)

    write_session(tmp_path, user("summary"), answer(50, 7), usage=used(37, 350))
    read_changed(SOURCE, tmp_path, read, cursors)

    assert sum(row.output_tokens for row in read.rows(Usage)) == 37
    assert [row.text for row in read.rows(Prompt)] == ["go", "summary"]


def test_input_is_known_where_cached_tokens_are_told_apart(tmp_path):
    write_session(tmp_path, user("go"), answer(), usage=used(5, 1813, 4366))

    (row,) = read_home(SOURCE, tmp_path).rows(Usage)

    assert (row.input_tokens, row.cache_read_tokens, row.output_tokens) == (1813, 4366, 5)


@pytest.mark.parametrize(
    ("status", "output", "decision", "how"),
    [
        ("done", "ok", "accepted", "applied"),
        ("errored", "no such text", "failed", None),
        ("canceled", "Permission denied by user", "rejected", "chosen"),
        ("canceled", "Blocked by a rule", "failed", None),
        ("calling", "", "undecided", None),
        ("generated", "", "undecided", None),
    ],
)
def test_an_edit_is_decided_as_its_status_says(tmp_path, status, output, decision, how):
    given = {"filepath": "/w/a.py", "old_string": "a\nb\n", "new_string": "a\nc\n"}
    write_session(tmp_path, user("go"), answer(calls=[call("Edit", given, status, output)]))

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (row.decision, row.how) == (decision, how)
    assert (row.path, row.added, row.removed) == ("/w/a.py", ("c",), ("b",))


@pytest.mark.parametrize(
    ("status", "output", "decision", "ok"),
    [
        ("done", "fine", "accepted", True),
        ("errored", "Error (exit code 1): no", "accepted", False),
        ("canceled", "Permission denied by user", "rejected", None),
    ],
)
def test_a_command_that_came_back_with_an_error_ran(tmp_path, status, output, decision, ok):
    ran = call("Bash", {"command": "npm test"}, status, output)
    write_session(tmp_path, user("go"), answer(calls=[ran]))

    read = read_home(SOURCE, tmp_path)

    assert [row.decision for row in read.rows(Suggestion)] == [decision]
    assert [(row.kind, row.ok) for row in read.rows(ToolCall)] == [("test", ok)]


def test_an_edit_in_an_editor_is_told_once_with_the_answer_to_it(tmp_path):
    given = {"filepath": "file:///w/a.py", "contents": "x\n"}
    items = user("go"), answer(calls=[call("create_new_file", given)])
    write_session(tmp_path, *items, mode="agent")
    assert [row.how for row in read_home(SOURCE, tmp_path).rows(Suggestion)] == ["applied"]

    row = {"timestamp": "2026-07-01T09:00:00Z", "previousCode": "", "newCode": "x\n"}
    write_log(tmp_path, "editOutcome", row | {"accepted": True, "filepath": "file:///w/a.py"})

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (told.decision, told.how, told.added) == ("accepted", "chosen", ("x",))


def test_prompts_of_an_editor_are_typed_and_keep_to_their_text(tmp_path):
    parts = [{"type": "text", "text": "look"}, {"type": "imageUrl", "imageUrl": {"url": "data:"}}]
    item = user(parts) | {"contextItems": [{"name": "a.py"}]}
    write_session(tmp_path, item, chatModelTitle="Claude")

    (row,) = read_home(SOURCE, tmp_path).rows(Prompt)

    assert (row.text, row.attachments) == ("look", 2)
    assert (row.author, row.basis) == ("person", "inferred")


def test_tokens_of_an_editor_are_taken_from_one_layer(tmp_path):
    write_session(tmp_path, user("go"), answer(100, 10), mode="chat", usage=used(10, 100))
    assert summary(read_home(SOURCE, tmp_path))["tokens"]["m"]["output"] == 10

    write_log(
        tmp_path, "tokensGenerated", {"model": "m", "generatedTokens": 11, "promptTokens": 99}
    )

    assert summary(read_home(SOURCE, tmp_path))["tokens"]["m"]["output"] == 11


# -- the acceptance log ----------------------------------------------------------------------


def test_a_completion_passed_by_was_shown_and_not_refused(tmp_path):
    write_log(tmp_path, "autocomplete", completion("a"), completion("b", accepted=False))

    rows = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert [(r.kind, r.decision, r.how) for r in rows] == [
        ("inline", "accepted", "chosen"),
        ("inline", "undecided", None),
    ]


def test_a_completion_gives_the_lines_as_they_then_stand(tmp_path):
    row = completion(prefix="def f():\n    a = ", completion="1\n    b = 2", suffix=" # x\nend")
    write_log(tmp_path, "autocomplete", row)

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert told.added == ("    a = 1", "    b = 2 # x")


def test_of_two_lines_on_one_completion_the_last_counts(tmp_path):
    write_log(tmp_path, "autocomplete", completion(accepted=False), completion(accepted=True))

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert told.decision == "accepted"


@pytest.mark.parametrize("version", ["0.2.0", "0.1.0", "."])
def test_every_version_of_the_log_is_read(tmp_path, version):
    row = completion()
    del row["timestamp"]
    write_log(tmp_path, "autocomplete", row, version=version)

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (told.key, told.at_ms, told.session) == ("c", None, "editor")


def test_a_next_edit_that_never_came_to_the_screen_is_none(tmp_path):
    row = {"timestamp": 1_782_896_445_000, "completion": "b", "originalEditableRange": "a"}
    shown = row | {"completionId": "n", "accepted": False, "fileUri": "file:///w/a.py"}
    write_log(tmp_path, "nextEditOutcome", shown, shown | {"completionId": "x", "aborted": True})

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (told.key, told.at_ms, told.decision) == ("n", 1_782_896_445_000, "undecided")


@pytest.mark.parametrize(("accepted", "decision"), [(True, "accepted"), (False, "rejected")])
def test_the_answer_to_an_edit_is_the_persons(tmp_path, accepted, decision):
    row = {"timestamp": "2026-07-01T09:00:00Z", "previousCode": "a\nb\n", "newCode": "a\nc\n"}
    write_log(tmp_path, "editOutcome", row | {"accepted": accepted, "filepath": "file:///w/a.py"})

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (told.decision, told.how, told.basis) == (decision, "chosen", "stated")
    assert (told.kind, told.added, told.removed) == ("edit", ("c",), ("b",))


def test_a_log_without_code_still_tells_what_was_decided(tmp_path):
    write_log(tmp_path, "editOutcome", {"timestamp": "2026-07-01T09:00:00Z", "accepted": True})

    (told,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (told.decision, told.added, told.path) == ("accepted", (), None)


def test_only_what_came_since_is_read(tmp_path):
    read, cursors = Read(), Cursors()
    path = write_log(tmp_path, "autocomplete", completion("a"))
    read_changed(SOURCE, tmp_path, read, cursors)
    with path.open("a") as log:
        log.write(json.dumps(completion("b")) + "\n")
    read_changed(SOURCE, tmp_path, read, cursors)

    assert (read.records, [row.key for row in read.rows(Suggestion)]) == (2, ["a", "b"])


def test_both_folders_are_read_and_nothing_twice(tmp_path):
    write_log(tmp_path, "autocomplete", completion("a"))
    write_log(tmp_path / "moved", "autocomplete", completion("a"), completion("b"))
    here = machine(tmp_path, CONTINUE_GLOBAL_DIR=str(tmp_path / "moved" / ".continue"))
    read = Read()

    for file in SOURCE.find(here):
        read_file(SOURCE, file, read)

    assert [row.key for row in read.rows(Suggestion)] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "at_ms"),
    [
        ("1795361034027", 1795361034027),
        (1795361034027, 1795361034027),
        ("2026-07-01T09:00:00.000Z", 1782896400000),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("9" * 50, None),
        (-1, None),
    ],
)
def test_times_come_in_several_forms(value, at_ms):
    assert instant(value) == at_ms

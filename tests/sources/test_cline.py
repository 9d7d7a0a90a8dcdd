"""Cline and its kin: task folders and sessions."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter

import pytest

from tests.shared import LOGS, shared
from tests.sources.cline_tasks import (
    BOB,
    CLINE,
    CODE,
    KILO,
    ROO,
    START_MS,
    asked,
    edit,
    environment,
    replied,
    request,
    result,
    said,
    sent,
    write_task,
)
from tests.sources.reading import (
    Cursors,
    Read,
    machine,
    read_changed,
    read_growing,
    read_home,
    summary,
)
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.cline import CLINE as SOURCE
from tokenmirror.sources.cline import IBM_BOB, KILO_CODE, ROO_CODE
from tokenmirror.sources.cline.edits import proposals
from tokenmirror.sources.cline.spending import WHOLE_PROMPT_SINCE_MS

LIVE = LOGS / "cline" / "live"
TRUTH = json.loads((LIVE / "TRUTH.json").read_text())
SAVED = "The content was successfully saved to a.py.\n"
DENIED = "The user denied this operation. The file was not updated."


def task(home, messages, history=None, *, extension=CLINE, name="1780000000000", **beside):
    return write_task(home / CODE / extension, name, messages, history, **beside)


def one_edit(home, message, answer, *, extension=CLINE, source=SOURCE, more=()):
    """The suggestion that a task with one edit, answered so, gives."""
    history = [sent(environment()), replied(), sent(answer) if answer else replied()]
    shown = {"conversationHistoryIndex": 0, **message}
    first = said("task" if extension == CLINE else "text", "go")
    task(home, [first, shown, *more], history, extension=extension)
    (row,) = read_home(source, home).rows(Suggestion)
    return row


# -- against the truth -----------------------------------------------------------------------


def test_live_tokens_are_exact_in_every_session():
    found: dict[str, Counter] = {}
    for row in read_home(SOURCE, LIVE / "home").rows(Usage):
        assert (row.cache_write_5m_tokens, row.reasoning_tokens) == (None, None)
        found.setdefault(row.session, Counter()).update(
            input=row.input_tokens, read=row.cache_read_tokens, out=row.output_tokens, n=1
        )

    for session in TRUTH["sessions"]:
        assert found.pop(session["id"]) == as_read(session["tokens"])
    (helper,) = found.values()
    assert helper == as_read(TRUTH["totals"]["tokens_subagent"])


def as_read(tokens) -> Counter:
    """The truth as this log can tell it: what was written to the cache counts as input."""
    return Counter(
        input=tokens["input_uncached"] + tokens["cache_write"],
        read=tokens["cache_read"],
        out=tokens["output_visible"] + tokens["reasoning"],
        n=tokens["requests"],
    )


def test_live_prompts_and_edits_are_those_of_the_truth():
    read = read_home(SOURCE, LIVE / "home")

    for session in TRUTH["sessions"]:
        own = [p for p in read.rows(Prompt) if p.session == session["id"]]
        said_ = [(p["text"], "person") for p in session["typed_prompts"]]
        said_ += [(p["text"], "program") for p in session["headless_prompts"]]
        assert sorted((p.text, p.author) for p in own) == sorted(said_)
        assert {p.basis for p in own} == {"stated"}
        rows = [s for s in read.rows(Suggestion) if s.session == session["id"] and s.path]
        made = [(s.path, len(s.added), len(s.removed), s.decision) for s in rows]
        outcome = {"applied": "accepted", "rejected": "rejected"}
        want = [
            (e["file"], e["added"], e["removed"], outcome[e["outcome"]]) for e in session["edits"]
        ]
        assert sorted(made) == sorted(want)


def test_live_commands_turns_and_the_helper_are_those_of_the_truth():
    read = read_home(SOURCE, LIVE / "home")
    (first, *_) = TRUTH["sessions"]
    calls = [c for c in read.rows(ToolCall) if c.session == first["id"]]
    ran = {json.loads(c.args)["commands"][0]: c for c in calls if c.name == "run_commands"}

    for command in first["commands"]:
        assert ran[command["cmd"]].ok is (command["exit"] == 0)
    assert [c.commits for c in calls if c.kind == "commit"] == [("484a500",)]
    ends = Counter(turn.ended for turn in read.rows(Turn))
    assert ends["interrupted"] == TRUTH["totals"]["interrupted_turns"]
    (helper,) = [s for s in read.rows(Session) if s.relation == "subagent"]
    assert helper.parent == TRUTH["sessions"][-1]["id"]
    assert {s.branch for s in read.rows(Session)} == {"main"}


def test_a_fork_of_a_session_repeats_nothing(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(LIVE / "home", home)
    sessions = home / ".cline" / "data" / "sessions"
    whole = summary(read_home(SOURCE, home))
    first = sessions / "1795361257201_lm5ce"
    fork = sessions / "1795361400000_forkd"
    fork.mkdir()
    for end in (".json", ".messages.json"):
        told = json.loads((first / f"{first.name}{end}").read_text())
        told["sessionId"] = told["session_id"] = fork.name
        told["started_at"] = "2026-11-22T15:40:00.000Z"
        told["metadata"] = {"fork": {"forkedFromSessionId": first.name}}
        (fork / f"{fork.name}{end}").write_text(json.dumps(told))

    read = read_home(SOURCE, home)

    assert summary(read) == whole | {"sessions": 10}
    assert {p.session for p in read.rows(Prompt) if p.author == "person"} == {first.name}


def test_call_numbers_that_begin_anew_in_each_answer_are_kept_apart(tmp_path):
    patch = "*** Begin Patch\n*** Add File: {}\n+x\n*** End Patch"
    messages = [{"id": "m0", "ts": 1, "role": "user", "content": "go"}]
    for number, outcome in enumerate(('{"success":true}', '{"error":"no such file"}')):
        given = {"input": patch.format(f"{number}.py")}
        use = {"type": "tool_use", "id": "call_0", "name": "apply_patch", "input": given}
        done = {"type": "tool_result", "tool_use_id": "call_0", "content": outcome}
        messages.append({"id": f"a{number}", "ts": 2, "role": "assistant", "content": [use]})
        messages.append({"id": f"u{number}", "ts": 3, "role": "user", "content": [done]})
    folder = tmp_path / ".cline" / "data" / "sessions" / "s"
    folder.mkdir(parents=True)
    (folder / "s.messages.json").write_text(json.dumps({"messages": messages}))

    rows = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert [(row.path, row.decision) for row in rows] == [("0.py", "accepted"), ("1.py", "failed")]


@pytest.mark.parametrize(
    ("given", "kind", "added", "removed", "whole"),
    [
        ({"path": "a", "old_text": "x\ny\n", "new_text": "x\nz\n"}, "edit", ("z",), ("y",), False),
        ({"path": "a", "new_text": "x\n"}, "new_file", ("x",), (), True),
        ({"path": "a", "new_text": "x\n", "insert_line": 3}, "edit", ("x",), (), False),
    ],
    ids=["replaced", "created", "inserted"],
)
def test_the_editor_tool_gives_its_lines(tmp_path, given, kind, added, removed, whole):
    use = {"type": "tool_use", "id": "c", "name": "editor", "input": given}
    messages = [{"id": "a", "ts": 1, "role": "assistant", "content": [use]}]
    folder = tmp_path / ".cline" / "data" / "sessions" / "s"
    folder.mkdir(parents=True)
    (folder / "s.messages.json").write_text(json.dumps({"messages": messages}))

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (row.kind, row.added, row.removed, row.whole) == (kind, added, removed, whole)
    assert row.decision == "undecided"


# -- decisions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer", "decision", "how"),
    [
        (asked("tool", edit()), SAVED, "accepted", "chosen"),
        (said("tool", edit()), SAVED, "accepted", "allowed"),
        (asked("tool", edit()), DENIED, "rejected", "chosen"),
        (said("tool", edit()), DENIED, "failed", None),
        (
            asked("tool", edit()),
            "The tool execution failed with the following error:",
            "failed",
            None,
        ),
        (asked("tool", edit()), None, "undecided", None),
    ],
    ids=["clicked", "let through", "refused", "blocked by a hook", "failed", "open"],
)
def test_cline_tells_who_decided_an_edit(tmp_path, message, answer, decision, how):
    row = one_edit(tmp_path, message, answer and result("replace_in_file", "a.py", answer))

    assert (row.decision, row.how) == (decision, how)
    assert (row.path, row.added, row.removed) == ("a.py", ("new", "more"), ("old",))


@pytest.mark.parametrize(
    ("answer", "decision", "how"),
    [
        ('{"path":"a.py","operation":"modified"}', "accepted", "applied"),
        ('{"status":"approved","feedback":"good"}', "accepted", "applied"),
        ('{"status":"denied","message":"The user denied this operation."}', "rejected", "chosen"),
        ('{"status":"error","message":"The tool execution failed"}', "failed", None),
    ],
    ids=["saved", "with a remark", "refused", "failed"],
)
def test_roo_tells_that_an_edit_was_applied_and_no_more(tmp_path, answer, decision, how):
    shown = asked("tool", edit(tool="appliedDiff"), isAnswered=True)
    answers = result("apply_diff", "a.py", answer)
    row = one_edit(tmp_path, shown, answers, extension=ROO, source=ROO_CODE)

    assert (row.decision, row.how) == (decision, how)


def test_an_edit_that_the_person_changed_was_chosen(tmp_path):
    changed = said(
        "user_feedback_diff", {"tool": "editedExistingFile", "path": "a.py", "diff": "x"}
    )
    answer = result(
        "replace_in_file", "a.py", "The user made the following updates to your content"
    )
    row = one_edit(tmp_path, said("tool", edit()), answer, more=[changed])

    assert (row.decision, row.how) == ("accepted", "chosen")


def test_a_phrase_of_refusal_inside_a_result_refuses_nothing(tmp_path):
    text = SAVED + '<final_file_content path="a.py">\nThe user denied this operation.\n'
    row = one_edit(tmp_path, asked("tool", edit()), result("replace_in_file", "a.py", text))

    assert row.decision == "accepted"


def test_an_answer_to_a_later_edit_of_the_file_is_not_taken(tmp_path):
    messages = [
        said("task", "go"),
        asked("tool", edit(), conversationHistoryIndex=0),
        said("user_feedback", "again"),
        asked("tool", edit(), conversationHistoryIndex=2),
    ]
    history = [sent(environment()), replied(), sent([]), replied()]
    history.append(sent(result("replace_in_file", "a.py", SAVED)))
    task(tmp_path, messages, history)

    rows = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert [row.decision for row in rows] == ["undecided", "accepted"]


def test_without_the_history_an_edit_that_was_said_was_let_through(tmp_path):
    task(
        tmp_path, [said("task", "go"), said("tool", edit()), asked("tool", edit("b.py")), request()]
    )

    rows = {
        row.path: (row.decision, row.how) for row in read_home(SOURCE, tmp_path).rows(Suggestion)
    }

    assert rows == {"a.py": ("accepted", "allowed"), "b.py": ("undecided", None)}


def test_several_edits_of_one_message_are_told_one_by_one(tmp_path):
    parts = [
        {"path": "a.py", "diffs": [{"content": "@@ -1 +1 @@\n-x\n+y"}]},
        {"path": "b.py", "diffs": [{"content": "@@ -1 +1,2 @@\n-x\n+y\n+z"}]},
    ]
    shown = asked("tool", {"tool": "appliedDiff", "batchDiffs": parts})
    task(tmp_path, [said("text", "go"), shown], extension=ROO)

    rows = read_home(ROO_CODE, tmp_path).rows(Suggestion)

    assert [(r.path, r.added, r.removed) for r in rows] == [
        ("a.py", ("y",), ("x",)),
        ("b.py", ("y", "z"), ("x",)),
    ]


FORMS = {
    "blocks": ("<<<<<<< SEARCH\na\nb\n=======\na\nc\n>>>>>>> REPLACE\n", ("c",), ("b",)),
    "newer blocks": ("------- SEARCH\nb\n=======\nc\n+++++++ REPLACE", ("c",), ("b",)),
    "blocks with a line": (
        "<<<<<<< SEARCH\n:start_line:3\n-------\nb\n=======\nc\n>>>>>>> REPLACE",
        ("c",),
        ("b",),
    ),
    "two blocks": (
        "------- SEARCH\nb\n=======\nc\n+++++++ REPLACE\n"
        "------- SEARCH\n---\n=======\n+++++++ REPLACE",
        ("c",),
        ("b", "---"),
    ),
    "diff": ("Index: a\n===\n@@ -1,2 +1,2 @@\n a\n--- b\n+++ c\n", ("++ c",), ("-- b",)),
    "patch": ("*** Begin Patch\n*** Update File: a\n@@\n-b\n+c\n*** End Patch", ("c",), ("b",)),
    "cut short": ("<<<<<<< SEARCH\nb\n=======\nc\n", ("c",), ("b",)),
}


@pytest.mark.parametrize(("text", "added", "removed"), FORMS.values(), ids=FORMS)
def test_every_form_of_an_edit_gives_its_lines(text, added, removed):
    (found,) = proposals({"tool": "editedExistingFile", "path": "a", "content": text})

    assert (found.added, found.removed, found.whole) == (added, removed, False)


def test_the_whole_text_of_an_existing_file_has_no_known_old_text():
    (found,) = proposals({"tool": "editedExistingFile", "path": "a", "content": "x\ny\n"})

    assert (found.added, found.removed, found.whole) == (("x", "y"), (), True)


# -- prompts and turns -----------------------------------------------------------------------


def test_the_reason_for_a_refusal_is_no_prompt_but_a_remark_is(tmp_path):
    messages = [
        said("task", "go", images=["a", "b"]),
        asked("tool", edit(), conversationHistoryIndex=0),
        said("user_feedback", "not like this"),
        asked("tool", edit("b.py"), conversationHistoryIndex=2),
        said("user_feedback", "good, and now the next"),
        said("text", "I do", partial=True),
    ]
    history = [sent(environment()), replied(), sent(result("replace_in_file", "a.py", DENIED))]
    history += [replied(), sent(result("replace_in_file", "b.py", SAVED))]
    task(tmp_path, messages, history)

    prompts = read_home(SOURCE, tmp_path).rows(Prompt)

    assert [(p.text, p.attachments) for p in prompts] == [("go", 2), ("good, and now the next", 0)]
    assert {(p.author, p.basis) for p in prompts} == {("person", "inferred")}


def test_the_first_text_of_a_child_task_is_no_prompt(tmp_path):
    item = {"id": "b", "parentTaskId": "a", "workspace": "/w/app"}
    task(
        tmp_path,
        [said("text", "do that part"), request()],
        name="b",
        extension=ROO,
        history_item=item,
    )

    read = read_home(ROO_CODE, tmp_path)

    assert read.rows(Prompt) == []
    (session,) = read.rows(Session)
    assert (session.parent, session.relation, session.folder) == ("a", "subagent", "/w/app")


@pytest.mark.parametrize(
    ("last", "ended"),
    [
        (said("api_req_started", {"tokensIn": 1, "cancelReason": "user_cancelled"}), "interrupted"),
        (said("api_req_started", {"tokensIn": 1, "cancelReason": "streaming_failed"}), "error"),
        (asked("completion_result"), "finished"),
        (asked("followup", "which?"), "asked"),
        (asked("api_req_failed", "no"), "error"),
        (said("text", "working"), "unknown"),
    ],
    ids=["stopped", "broken", "done", "asked", "failed", "open"],
)
def test_a_turn_ends_as_its_last_message_says(tmp_path, last, ended):
    task(tmp_path, [said("task", "go"), request(), last, asked("resume_task")])

    (turn,) = read_home(SOURCE, tmp_path).rows(Turn)

    assert turn.ended == ended


def test_commands_tell_their_end_and_their_commit(tmp_path):
    line = "git commit -m x && git log --oneline -1"
    messages = [
        said("task", "go"),
        asked("command", f"{line}REQ_APP", conversationHistoryIndex=0),
        said("command", "npm test", conversationHistoryIndex=2),
    ]
    history = [sent(environment()), replied()]
    history += [
        sent(result("execute_command", line, "Command executed.\nOutput:\n[main abc1234] x"))
    ]
    history += [replied(), sent(result("execute_command", "npm test", "Exit code: 1\nOutput: no"))]
    task(tmp_path, messages, history)

    read = read_home(SOURCE, tmp_path)

    calls = [(c.kind, c.ok, c.commits) for c in read.rows(ToolCall)]
    assert calls == [("commit", True, ("abc1234",)), ("test", False, ())]
    assert [s.how for s in read.rows(Suggestion)] == ["chosen", "allowed"]


# -- tokens ----------------------------------------------------------------------------------


def roo_tokens(home, at_ms, *spent):
    messages = [said("text", "go", ts=at_ms)]
    messages += [
        said("api_req_started", {"tokensOut": 1, **each}, ts=at_ms + 1 + number)
        for number, each in enumerate(spent)
    ]
    task(home, messages, extension=ROO)
    return [row.input_tokens for row in read_home(ROO_CODE, home).rows(Usage)]


def spent(protocol, tokens_in, reads, writes=0):
    return {
        "apiProtocol": protocol,
        "tokensIn": tokens_in,
        "cacheReads": reads,
        "cacheWrites": writes,
    }


@pytest.mark.parametrize(
    ("at_ms", "given", "fresh"),
    [
        (WHOLE_PROMPT_SINCE_MS, [spent("anthropic", 900, 500, 100)], [300]),
        (WHOLE_PROMPT_SINCE_MS - 1_000, [spent("anthropic", 900, 500, 100)], [900]),
        (
            WHOLE_PROMPT_SINCE_MS,
            [spent("anthropic", 900, 500), spent("anthropic", 9, 900)],
            [900, 9],
        ),
        (WHOLE_PROMPT_SINCE_MS - 1_000, [spent("openai", 900, 500)], [400]),
        (WHOLE_PROMPT_SINCE_MS, [{"tokensIn": 900, "cacheReads": 500}], [900]),
    ],
    ids=["whole prompt", "before it", "contradicted by the task", "openai", "no protocol"],
)
def test_cached_tokens_are_taken_out_of_roos_input_where_they_are_in_it(
    tmp_path, at_ms, given, fresh
):
    assert roo_tokens(tmp_path, at_ms, *given) == fresh


def test_clines_input_holds_no_cached_tokens(tmp_path):
    task(tmp_path, [said("task", "go"), request(900, 10, cacheReads=500, cost=0.25)])

    (use,) = read_home(SOURCE, tmp_path).rows(Usage)

    assert (use.input_tokens, use.cache_read_tokens, use.cost_nusd) == (900, 500, 250_000_000)
    assert use.cache_write_5m_tokens is None


def test_requests_under_way_and_texts_that_are_no_json_give_no_tokens(tmp_path):
    messages = [said("task", "go"), said("api_req_started", {"request": "x"})]
    messages += [
        said("api_req_started", "soon"),
        said("subagent_usage", {"tokensIn": 5, "tokensOut": 2}),
    ]
    task(tmp_path, messages)

    rows = read_home(SOURCE, tmp_path).rows(Usage)

    assert [(row.input_tokens, row.output_tokens) for row in rows] == [(5, 2)]


def test_the_model_is_the_one_in_use_at_that_time(tmp_path):
    used = [{"ts": START_MS, "model_id": "one"}, {"ts": START_MS + 1_500, "model_id": "two"}]
    task(tmp_path, [said("task"), request(), request()], task_metadata={"model_usage": used})

    assert [row.model for row in read_home(SOURCE, tmp_path).rows(Usage)] == ["one", "two"]


# -- a task that is taken back ---------------------------------------------------------------


def taken_back(home, then, *, history=None):
    """Reads a task, then again as it is after a checkpoint was restored."""
    messages = [
        said("task", "go"),
        request(100, 10),
        said("checkpoint_created"),
        said("user_feedback", "more"),
        request(200, 20),
        said("tool", edit()),
        request(300, 30),
    ]
    read, cursors = Read(), Cursors()
    task(home, messages, history)
    read_changed(SOURCE, home, read, cursors)
    task(home, [*messages[:2], *then], history)
    read_changed(SOURCE, home, read, cursors)
    return read, cursors


CHECKPOINT = said("checkpoint_created", isCheckpointCheckedOut=True)
DELETED = said("deleted_api_reqs", {"tokensIn": 500, "tokensOut": 50}, ts=START_MS + 90_000)


def test_prompts_that_were_taken_back_stay_and_are_marked(tmp_path):
    read, _ = taken_back(tmp_path, [CHECKPOINT, DELETED])

    assert [(p.text, p.removed) for p in read.rows(Prompt)] == [("go", False), ("more", True)]


def test_edits_are_undone_with_the_files_of_a_checkpoint(tmp_path):
    read, _ = taken_back(tmp_path, [CHECKPOINT, DELETED])

    (row,) = read.rows(Suggestion)
    assert (row.decision, row.path, row.kind) == ("undone", "a.py", "edit")


def test_requests_that_were_taken_back_are_not_counted_twice(tmp_path):
    read, cursors = taken_back(tmp_path, [CHECKPOINT, DELETED])

    assert summary(read)["tokens"]["unknown"]["input"] == 600
    later = said("deleted_api_reqs", {"tokensIn": 770, "tokensOut": 77}, ts=START_MS + 95_000)
    task(tmp_path, [said("task", "go"), request(100, 10), CHECKPOINT, DELETED, later])
    read_changed(SOURCE, tmp_path, read, cursors)
    assert summary(read)["tokens"]["unknown"]["input"] == 600 + 770


def test_requests_never_read_before_count_with_their_sum(tmp_path):
    task(tmp_path, [said("task", "go"), request(100, 10), DELETED])

    assert summary(read_home(SOURCE, tmp_path))["tokens"]["unknown"]["input"] == 600


def test_a_checkpoint_without_its_files_undoes_nothing(tmp_path):
    read, _ = taken_back(tmp_path, [said("checkpoint_created"), DELETED])

    assert [row.decision for row in read.rows(Suggestion)] == ["accepted"]


# -- places ----------------------------------------------------------------------------------

EVERY = [(SOURCE, CLINE), (ROO_CODE, ROO), (KILO_CODE, KILO)]
FOLDERS = {
    "linux": ".config/{}/User",
    "macos": "Library/Application Support/{}/User",
    "windows": "AppData/Roaming/{}/User",
}
PRODUCTS = [
    *["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf", "Kiro", "Trae", "Antigravity"],
    "Positron",
]


@pytest.mark.parametrize("platform", FOLDERS)
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(("source", "extension"), EVERY, ids=["cline", "roo", "kilo"])
def test_tasks_are_found_in_every_editor(tmp_path, platform, product, source, extension):
    user = tmp_path / FOLDERS[platform].format(product)
    path = write_task(user / "globalStorage" / extension.title(), "t", [said("task", "go")])

    assert [file.path for file in source.find(machine(tmp_path, (platform,)))] == [path]


@pytest.mark.parametrize(
    "user",
    [
        *[".vscode-server/data/User", ".cursor-server/data/User", ".windsurf-server/data/User"],
        *[".local/share/code-server/User", ".config/Code/User/profiles/work"],
        ".var/app/com.visualstudio.code/config/Code/User",
    ],
)
def test_tasks_are_found_on_servers_and_in_profiles(tmp_path, user):
    path = write_task(tmp_path / user / "globalStorage" / CLINE, "t", [said("task", "go")])

    assert [file.path for file in SOURCE.find(machine(tmp_path, ("linux",)))] == [path]


@pytest.mark.parametrize("product", ["IBM Bob", "Bob-IDE"])
def test_bobs_tasks_are_found_in_its_own_editor(tmp_path, product):
    storage = tmp_path / ".config" / product / "User" / "globalStorage" / BOB
    path = write_task(storage, "t", [said("text", "go")])

    assert [file.path for file in IBM_BOB.find(machine(tmp_path))] == [path]


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, ".cline/data"),
        ({"CLINE_DATA_DIR": "moved"}, "moved"),
        ({"CLINE_DIR": "moved"}, "moved/data"),
        ({"CLINE_DIR": "moved"}, ".cline/data"),
    ],
    ids=["home", "data folder", "folder", "also the old place"],
)
def test_clines_own_data_is_found_where_its_variables_say(tmp_path, variables, place):
    path = write_task(tmp_path / place, "t", [said("task", "go")])
    environ = {name: str(tmp_path / value) for name, value in variables.items()}

    assert [file.path for file in SOURCE.find(machine(tmp_path, **environ))] == [path]


def test_sessions_are_found_where_their_variable_says(tmp_path):
    folder = tmp_path / "elsewhere" / "s"
    folder.mkdir(parents=True)
    (folder / "s.messages.json").write_text('{"messages": []}')

    found = SOURCE.find(machine(tmp_path, CLINE_SESSION_DATA_DIR=str(folder.parent)))

    assert [file.path.name for file in found] == ["s.messages.json"]


@pytest.mark.parametrize(
    ("source", "setting"),
    [(ROO_CODE, "roo-cline.customStoragePath"), (KILO_CODE, "kilo-code.customStoragePath")],
    ids=["roo", "kilo"],
)
def test_a_moved_storage_is_found_by_the_editors_settings(tmp_path, source, setting):
    path = write_task(tmp_path / "far", "t", [said("text", "go")])
    user = tmp_path / ".config" / "Code" / "User"
    (user / "globalStorage").mkdir(parents=True)
    old = f'  // "{setting}": "/nowhere",\n'
    (user / "settings.json").write_text(f'{{\n{old}  "{setting}": "~/far", // mine\n}}')

    assert [file.path for file in source.find(machine(tmp_path))] == [path]
    assert tmp_path / "far" in source.places(machine(tmp_path))


def test_of_several_copies_of_a_task_the_newest_is_read(tmp_path):
    for number, name in enumerate(("globalStorage", "cline-data")):
        target = [tmp_path / CODE / CLINE, tmp_path / ".cline" / "data"][number]
        shutil.copytree(
            shared("samples/cline/dup-roots") / name, target, copy_function=shutil.copyfile
        )
        messages = target / "tasks" / "task-same" / "ui_messages.json"
        os.utime(messages, (1_000 + number, 1_000 + number))

    files = list(SOURCE.find(machine(tmp_path)))

    assert [file.path for file in files] == [messages]
    assert summary(read_home(SOURCE, tmp_path))["tokens"]["unknown"]["requests"] == 1


def test_a_copy_read_earlier_doubles_nothing(tmp_path):
    messages, read, cursors = [said("task", "go"), request()], Read(), Cursors()
    os.utime(task(tmp_path, messages), (1_000, 1_000))
    read_changed(SOURCE, tmp_path, read, cursors)
    once = summary(read)

    write_task(tmp_path / ".config/Cursor/User/globalStorage" / CLINE, "1780000000000", messages)
    read_changed(SOURCE, tmp_path, read, cursors)

    assert (len(cursors), summary(read)) == (2, once)


def test_messages_of_2024_are_read_by_their_old_name(tmp_path):
    path = task(tmp_path, [said("text", "go"), request()])
    path.rename(path.with_name("claude_messages.json"))

    assert summary(read_home(SOURCE, tmp_path))["prompts"]["person"] == 1


@pytest.mark.parametrize(
    ("beside", "index"),
    [
        ({"history_item": {"id": "t", "workspace": "/w/one"}}, None),
        ({}, ("state/taskHistory.json", [{"id": "t", "cwdOnTaskInitialization": "/w/one"}])),
        (
            {},
            ("tasks/_index.json", {"version": 1, "entries": [{"id": "t", "workspace": "/w/one"}]}),
        ),
    ],
    ids=["own file", "list of tasks", "index"],
)
def test_the_folder_is_found_wherever_it_is_kept(tmp_path, beside, index):
    task(tmp_path, [said("task", "go")], [sent(environment("/w/other"))], name="t", **beside)
    if index:
        place = tmp_path / CODE / CLINE / index[0]
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(index[1]))

    (session,) = read_home(SOURCE, tmp_path).rows(Session)

    assert session.folder == "/w/one"


def test_the_folder_is_found_in_the_first_message(tmp_path):
    task(tmp_path, [said("task", "go")], [sent(environment("/w/a (b)", "Workspace"))])

    (session,) = read_home(SOURCE, tmp_path).rows(Session)

    assert session.folder == "/w/a (b)"


def test_the_list_kept_by_the_editor_names_the_folder_of_old_tasks(tmp_path):
    import sqlite3

    task(tmp_path, [said("text", "go")], extension=ROO, name="t")
    value = json.dumps({"taskHistory": [{"id": "t", "workspace": "/w/old"}]})
    with sqlite3.connect(tmp_path / CODE / "state.vscdb") as db:
        db.execute("create table ItemTable (key text unique, value blob)")
        db.execute("insert into ItemTable values ('RooVeterinaryInc.roo-cline', ?)", (value,))
    db.close()

    (session,) = read_home(ROO_CODE, tmp_path).rows(Session)

    assert session.folder == "/w/old"


# -- bad input -------------------------------------------------------------------------------


def test_unknown_messages_are_counted_by_name_once(tmp_path):
    task(tmp_path, [said("task", "go"), said("hologram"), asked("hologram"), {"type": "say"}])
    read, cursors = Read(), Cursors()
    read_changed(SOURCE, tmp_path, read, cursors)
    task(
        tmp_path,
        [said("task", "go"), said("hologram"), asked("hologram"), {"type": "say"}, request()],
    )
    read_changed(SOURCE, tmp_path, read, cursors)

    assert read.unknown == {"say:hologram": 1, "ask:hologram": 1}
    assert (read.records, read.understood, len(read.problems)) == (5, 2, 1)


def test_a_task_read_while_it_is_written_is_complete_in_the_end(tmp_path):
    path = task(tmp_path, [said("task", "go"), request(), request()])
    whole = summary(read_home(SOURCE, tmp_path))

    read = read_growing(SOURCE, tmp_path, {path: [10, 200]})

    assert summary(read) | {"problems": 0} == whole
    assert {problem.reason for problem in read.problems} == {"not_json"}


def test_a_long_task_is_read_in_linear_time(tmp_path):
    import sys

    def steps(times):
        count = 0

        def step(*_):
            nonlocal count
            count += 1

        messages, history = [said("task", "go")], [sent(environment())]
        for number in range(times):
            messages.append(asked("tool", edit(), conversationHistoryIndex=2 * number))
            history += [replied(), sent(result("replace_in_file", "a.py", SAVED))]
        task(tmp_path, messages, history)
        sys.setprofile(step)
        try:
            read = read_home(SOURCE, tmp_path)
        finally:
            sys.setprofile(None)
        assert all(event.decision == "accepted" for event in read.rows(Suggestion))
        return count

    assert steps(400) < steps(100) * 6

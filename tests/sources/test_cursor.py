"""Cursor: what its databases and transcripts say, and how little of them is read again."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.sources.cursor_logs import (
    C1,
    C2,
    SHOP,
    STORE,
    T0,
    TRANSCRIPTS,
    answer,
    asked,
    bubble,
    call,
    command,
    composer,
    connected,
    day,
    edit,
    items,
    put,
    query,
    said,
    store,
    transcript,
    used,
)
from tests.sources.reading import Cursors, Read, machine, read_changed, read_file, read_home
from tokenmirror.events import DayTotal, Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.cursor import SOURCE, find, places
from tokenmirror.sources.cursor import store as rows
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import BATCH_EVENTS, Cursor


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def only(home: Path, kind: type) -> object:
    (row,) = read(home).rows(kind)
    return row


def edits(home: Path) -> list[Suggestion]:
    return [row for row in read(home).rows(Suggestion) if row.kind != "command"]


# -- conversations ---------------------------------------------------------------------------


def test_a_conversation_gives_its_facts(tmp_path):
    repos = [{"branches": [{"branchName": "old"}, {"branchName": "fix", "lastInteractionAt": 5}]}]
    store(tmp_path, composer("b1", "b9", trackedGitRepos=repos), asked(), answer())

    session = only(tmp_path, Session)

    assert (session.session, session.folder, session.branch) == (C1, "/w/shop", "fix")
    assert (session.entry, session.mode, session.at_ms) == ("interactive", "auto_edits", T0)


def test_a_prompt_is_told_with_its_turn(tmp_path):
    store(tmp_path, composer("b1", "b9"), asked(), answer())

    prompt, turn = only(tmp_path, Prompt), only(tmp_path, Turn)

    assert (prompt.text, prompt.author, prompt.basis) == ("add a retry", "person", "inferred")
    assert prompt.turn == turn.key == f"{C1}/b1"
    assert (turn.ended, turn.ended_ms - turn.at_ms) == ("finished", 8_000)


def test_context_without_text_is_no_prompt(tmp_path):
    store(tmp_path, composer("b1", "b2", "b9"), asked(), asked("b2", "  \n"), answer())

    assert only(tmp_path, Prompt).key == f"{C1}/b1"


def test_images_and_files_are_attachments(tmp_path):
    context = {"fileSelections": [{}, {}]}
    store(tmp_path, composer("b1"), asked(images=[{}], context=context))

    assert only(tmp_path, Prompt).attachments == 3


@pytest.mark.parametrize(
    ("status", "ended"),
    [("completed", "finished"), ("aborted", "interrupted"), ("none", "unknown"), (7, "unknown")],
)
def test_the_last_turn_ends_as_the_conversation_says(tmp_path, status, ended):
    store(tmp_path, composer("b1", "b9", status=status), asked(), answer())

    assert only(tmp_path, Turn).ended == ended


def test_a_turn_that_a_refusal_ended_is_not_interrupted(tmp_path):
    store(tmp_path, composer("b1", "b2", status="aborted"), asked(), edit(userDecision="rejected"))

    assert only(tmp_path, Turn).ended == "finished"


def test_an_earlier_turn_whose_last_call_was_stopped_is_interrupted(tmp_path):
    rows = [asked(), edit(status="cancelled"), asked("b3"), answer()]
    store(tmp_path, composer("b1", "b2", "b3", "b9"), *rows)

    assert [turn.ended for turn in read(tmp_path).rows(Turn)] == ["interrupted", "finished"]


def test_messages_stand_in_the_order_of_the_conversation(tmp_path):
    store(tmp_path, composer("b5", "b2"), asked("b5"), edit("b2"))

    assert edits(tmp_path)[0].turn == f"{C1}/b5"


def test_messages_of_a_deleted_conversation_still_count(tmp_path):
    store(tmp_path, asked(), answer())

    session = only(tmp_path, Session)

    assert (session.session, session.folder) == (C1, None)
    assert only(tmp_path, Turn).ended == "unknown"


def test_an_answer_asked_for_anew_leaves_its_prompt(tmp_path):
    store(tmp_path, composer("b3", "b9"), asked("b1", "first"), asked("b3", "second"), answer())

    assert [prompt.text for prompt in read(tmp_path).rows(Prompt)] == ["first", "second"]


def test_a_draft_is_no_session(tmp_path):
    store(tmp_path, composer(isDraft=True), ("composerData:empty-state-draft", {"text": "x"}))

    assert read(tmp_path).events == []


def test_parts_of_calls_are_passed_over(tmp_path):
    odd = "task-call_1\nfc_2"
    store(tmp_path, composer("b1"), asked(), bubble("b2", 1, "inner", of=odd))

    assert only(tmp_path, Prompt).key == f"{C1}/b1"


def test_a_sub_agent_has_a_parent_and_no_prompt_of_the_person(tmp_path):
    info = {"parentComposerId": C1, "subagentTypeName": "explore"}
    child = composer("b1", name=C2, subagentInfo=info)
    store(tmp_path, composer("b1"), asked(), child, asked(of=C2))

    of_child = [row for row in read(tmp_path).merged().values() if row.session == C2]

    assert {row.parent for row in of_child if isinstance(row, Session)} == {C1}
    assert {row.author for row in of_child if isinstance(row, Prompt)} == {"agent"}


def test_a_parent_names_its_sub_agents(tmp_path):
    parent = composer("b1", subagentComposerIds=[C2, "gone"])
    store(tmp_path, parent, asked(), composer("b9", name=C2), answer(of=C2))

    sessions = {row.key: row.parent for row in read(tmp_path).rows(Session)}

    assert sessions == {C1: None, C2: C1}


def test_a_prompt_to_a_sub_agent_that_only_its_parent_names_is_an_agents(tmp_path):
    parent = composer("b1", subagentComposerIds=[C2])
    store(tmp_path, parent, asked(), composer("b1", name=C2), asked(of=C2))

    authors = {row.session: row.author for row in read(tmp_path).rows(Prompt)}

    assert authors == {C1: "person", C2: "agent"}


def test_messages_inside_the_conversation_are_read(tmp_path):
    inline = [asked()[1], edit()[1]]
    store(tmp_path, composer(conversation=inline, fullConversationHeadersOnly=None))

    assert only(tmp_path, Prompt).text == "add a retry"
    assert edits(tmp_path)[0].turn == f"{C1}/b1"


def test_messages_without_a_time_take_that_of_the_conversation(tmp_path):
    store(tmp_path, composer("b1"), asked(createdAt=None))

    assert only(tmp_path, Prompt).at_ms == T0


# -- tokens and cost -------------------------------------------------------------------------


def test_zero_tokens_are_unknown(tmp_path):
    store(tmp_path, composer("b1", "b9", contextTokensUsed=42_000), asked(), answer())

    assert read(tmp_path).rows(Usage) == []


def test_tokens_that_are_told_are_read(tmp_path):
    told = {"tokenCount": {"inputTokens": 100, "outputTokens": 50}}
    store(tmp_path, composer("b9"), answer(**told, modelInfo={"modelName": "claude-4"}))

    usage = only(tmp_path, Usage)

    assert (usage.model, usage.input_tokens, usage.output_tokens) == ("claude-4", 100, 50)
    assert usage.cache_read_tokens is None


def test_the_vendors_choice_of_a_model_names_none(tmp_path):
    told = {"tokenCount": {"outputTokens": 5}, "modelInfo": {"modelName": "default"}}
    store(tmp_path, composer("b9", modelConfig={"modelName": "default"}), answer(**told))

    assert only(tmp_path, Usage).model is None


def test_a_stated_cost_is_kept_in_nano_dollars(tmp_path):
    data = {"gpt-4": {"costInCents": 4.5, "amount": 1}}
    store(tmp_path, composer("b9", usageData=data), answer())

    assert only(tmp_path, Usage).cost_nusd == 45_000_000


def test_a_cost_beside_tokens_is_not_counted_again(tmp_path):
    data = {"gpt-4": {"costInCents": 4}}
    told = answer(tokenCount={"inputTokens": 9, "outputTokens": 1})
    store(tmp_path, composer("b9", usageData=data), told)

    assert only(tmp_path, Usage).cost_nusd is None


# -- calls and commands ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("read_file_v2", "read"),
        ("ripgrep_raw_search", "read"),
        ("edit_file_v2", "edit"),
        ("read_lints", "lint"),
        ("todo_write", "other"),
        ("mcp-jira-search", "other"),
    ],
)
def test_a_tool_is_known_by_its_name(tmp_path, tool, kind):
    store(tmp_path, composer("b2"), call("b2", tool))

    told = only(tmp_path, ToolCall)

    assert (told.kind, told.name, told.ok) == (kind, tool, True)


@pytest.mark.parametrize(
    ("result", "more", "ok", "decision", "how"),
    [
        ({"exitCodeV2": 0}, {}, True, "accepted", "applied"),
        ({"exitCodeV2": 2}, {}, False, "accepted", "applied"),
        ({"output": "fine"}, {}, True, "accepted", "applied"),
        ({"rejected": True}, {}, None, "rejected", "chosen"),
        ({}, {"userDecision": "rejected", "status": "cancelled"}, None, "rejected", "chosen"),
        ({}, {"status": "error"}, False, "failed", None),
        ({}, {"status": "cancelled"}, None, "undecided", None),
        ({"endedReason": "X_ABORTED"}, {}, None, "undecided", None),
    ],
)
def test_a_command_is_a_call_and_a_suggestion(tmp_path, result, more, ok, decision, how):
    store(tmp_path, composer("b3"), command(result=result, **more))

    told, proposed = only(tmp_path, ToolCall), only(tmp_path, Suggestion)

    assert (told.kind, told.ok) == ("test", ok)
    assert (proposed.kind, proposed.decision, proposed.how) == ("command", decision, how)


def test_a_command_names_the_commits_it_made(tmp_path):
    result = {"output": "[main 1a2b3c4] Add retry\n 1 file changed", "exitCodeV2": 0}
    store(tmp_path, composer("b3"), command(line="git commit -m x", result=result))

    assert only(tmp_path, ToolCall).commits == ("1a2b3c4",)


# -- edits -----------------------------------------------------------------------------------


def test_an_edit_has_its_lines_from_the_call(tmp_path):
    store(tmp_path, composer("b1", "b2"), asked(), edit())

    (told,) = edits(tmp_path)

    assert (told.kind, told.path, told.turn) == ("edit", "src/a.py", f"{C1}/b1")
    assert (told.added, told.removed, told.whole) == (("b", "c"), ("a",), False)


def test_kept_texts_before_and_after_give_the_lines(tmp_path):
    kept = {"beforeContentId": "composer.content.aa", "afterContentId": "composer.content.bb"}
    texts = [("composer.content.aa", "x\ny\n"), ("composer.content.bb", "x\nz\n")]
    told = call("b2", "edit_file_v2", {"relativeWorkspacePath": "/w/a"}, kept)
    store(tmp_path, composer("b2"), told, *texts)

    assert (edits(tmp_path)[0].added, edits(tmp_path)[0].removed) == (("z",), ("y",))


def test_a_text_kept_after_an_empty_one_is_a_new_file(tmp_path):
    empty = "composer.content.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    result = {"beforeContentId": empty, "afterContentId": "composer.content.bb"}
    told = call("b2", "edit_file_v2", {"relativeWorkspacePath": "/w/a"}, result)
    store(tmp_path, composer("b2"), told, ("composer.content.bb", "x\ny\n"))

    (found,) = edits(tmp_path)

    assert (found.kind, found.added, found.whole) == ("new_file", ("x", "y"), False)


def test_a_kept_text_that_is_gone_leaves_the_lines_of_the_call(tmp_path):
    result = {"afterContentId": "composer.content.gone"}
    params = {"relativeWorkspacePath": "/w/a", "streamingContent": "x\n"}
    store(tmp_path, composer("b2"), call("b2", "edit_file_v2", params, result))

    assert (edits(tmp_path)[0].added, edits(tmp_path)[0].whole) == (("x",), True)


def test_an_encrypted_text_is_passed_over(tmp_path):
    result = {"afterContentId": "composer.content.bb"}
    told = call("b2", "edit_file_v2", {"relativeWorkspacePath": "/w/a"}, result)
    store(tmp_path, composer("b2"), told, ("composer.content.bb", b"\x9f\xff\x00\x80"))

    assert edits(tmp_path)[0].added == ()


def test_the_result_s_own_difference_is_preferred(tmp_path):
    result = {"diff": {"chunks": [{"diffString": " x\n-old\n+new\n+more"}]}}
    store(tmp_path, composer("b2"), edit(result=result))

    assert (edits(tmp_path)[0].added, edits(tmp_path)[0].removed) == (("new", "more"), ("old",))


def test_the_difference_shown_gives_the_lines(tmp_path):
    lines = [("added", "new"), ("unchanged", "x"), ("removed", "old")]
    shown = [{"type": kind, "text": text} for kind, text in lines]
    more = {"additionalData": {"precomputedDiff": {"lines": shown}}}
    store(tmp_path, composer("b2"), call("b2", "write", {"path": "a"}, **more))

    assert (edits(tmp_path)[0].added, edits(tmp_path)[0].removed) == (("new",), ("old",))


def test_several_replacements_of_one_call_are_one_edit(tmp_path):
    steps = [{"old_string": "a", "new_string": "b"}, {"old_string": "", "new_string": "c"}]
    args = {"file_path": "x.py", "edits": steps}
    store(tmp_path, composer("b2"), call("b2", "MultiEdit", rawArgs=json.dumps(args)))

    assert (edits(tmp_path)[0].added, edits(tmp_path)[0].removed) == (("b", "c"), ("a",))


def test_deleting_a_file_is_an_edit(tmp_path):
    store(tmp_path, composer("b2"), call("b2", "delete_file", {"relativeWorkspacePath": "a.py"}))

    assert (edits(tmp_path)[0].kind, edits(tmp_path)[0].path) == ("delete", "a.py")


@pytest.mark.parametrize(
    ("more", "decision", "how"),
    [
        ({}, "accepted", "applied"),
        ({"userDecision": "accepted"}, "accepted", "applied"),
        ({"userDecision": "rejected"}, "rejected", "chosen"),
        ({"result": {"rejected": True}}, "rejected", "chosen"),
        ({"status": "error"}, "failed", None),
        ({"status": "cancelled"}, "undecided", None),
        ({"status": "loading"}, "undecided", None),
    ],
)
def test_a_decision_on_an_edit(tmp_path, more, decision, how):
    store(tmp_path, composer("b2"), edit(**more))

    assert (edits(tmp_path)[0].decision, edits(tmp_path)[0].how) == (decision, how)


@pytest.mark.parametrize(
    ("status", "decision", "how"),
    [
        ("accepted", "accepted", "applied"),
        ("rejected", "rejected", "chosen"),
        ("pending", "undecided", None),
        ("outdated", "undecided", None),
        ("cancelled", "failed", None),
    ],
)
def test_the_code_block_of_a_call_decides(tmp_path, status, decision, how):
    blocks = {"file:///w/shop/src/a.py": {"cb1": {"status": status}}}
    told = edit(additionalData={"codeblockId": "cb1"})
    store(tmp_path, composer("b2", codeBlockData=blocks), told)

    assert [(e.decision, e.how) for e in edits(tmp_path)] == [(decision, how)]


def fates(*parts: tuple[str, list[str], list[str]], name: str = "f1") -> tuple[str, object]:
    told = [{"fate": f, "addedLines": more, "removedLines": less} for f, more, less in parts]
    return f"codeBlockPartialInlineDiffFates:{C1}:{name}", {"fates": told}


def with_fates(home: Path, *parts: tuple[str, list[str], list[str]]) -> list[Suggestion]:
    block = {"cb1": {"status": "accepted", "partialInlineDiffFatesId": "f1"}}
    told = composer("b2", codeBlockData={"file:///w/shop/src/a.py": block})
    store(home, told, edit(additionalData={"codeblockId": "cb1"}), fates(*parts))
    return edits(home)


def test_parts_that_were_taken_are_chosen(tmp_path):
    (told,) = with_fates(tmp_path, ("accepted", ["b", "c"], ["a"]))

    assert (told.decision, told.how, told.added) == ("accepted", "chosen", ("b", "c"))


def test_parts_that_were_refused_stand_apart(tmp_path):
    taken, left = with_fates(tmp_path, ("accepted", ["b"], ["a"]), ("rejected", ["c"], []))

    assert (taken.decision, taken.added, taken.removed) == ("accepted", ("b",), ("a",))
    assert (left.decision, left.how, left.added) == ("rejected", "chosen", ("c",))


def test_an_edit_whose_every_part_was_refused_is_refused(tmp_path):
    (told,) = with_fates(tmp_path, ("rejected", ["b", "c"], ["a"]))

    assert (told.decision, told.how) == ("rejected", "chosen")


def test_parts_without_a_name_belong_to_the_one_edit_that_has_their_lines(tmp_path):
    args = {"file_path": "z", "old_string": "", "new_string": "q\n"}
    other = call("b3", "search_replace", rawArgs=json.dumps(args))
    store(tmp_path, composer("b2", "b3"), edit(), other, fates(("accepted", ["c"], ["a"])))

    assert [e.how for e in edits(tmp_path)] == ["chosen", "applied"]


def test_parts_that_fit_several_edits_decide_on_none(tmp_path):
    rows = [edit(), edit("b3"), fates(("rejected", ["c"], []))]
    store(tmp_path, composer("b2", "b3"), *rows)

    assert [e.how for e in edits(tmp_path)] == ["applied", "applied"]


def test_a_code_block_of_the_chat_before_tools_is_an_edit(tmp_path):
    part = {"original": {"startLineNumber": 2, "endLineNumberExclusive": 3}, "modified": ["B"]}
    block = {"status": "accepted", "bubbleId": "b9", "diffId": "d1"}
    uri = "file:///w/shop/a.py"
    more = {"codeBlockData": {uri: [block]}, "originalFileStates": {uri: {"content": "a\nb\nc\n"}}}
    diff = (f"codeBlockDiff:{C1}:d1", {"newModelDiffWrtV0": [part], "originalModelDiffWrtV0": []})
    store(tmp_path, composer("b1", "b9", **more), asked(), answer(), diff)

    (told,) = edits(tmp_path)

    assert (told.path, told.added, told.removed) == ("/w/shop/a.py", ("B",), ("b",))
    assert (told.turn, told.how) == (f"{C1}/b1", "applied")


# -- days ------------------------------------------------------------------------------------


def test_lines_of_completions_are_told_by_local_day(tmp_path):
    items(tmp_path, day("2026-07-01", 240, 31))

    totals = {row.what: row for row in read(tmp_path).rows(DayTotal)}

    assert {what: row.count for what, row in totals.items()} == {
        "lines_shown": 240,
        "lines_accepted": 31,
    }
    assert time.localtime(totals["lines_shown"].at_ms / 1000)[:5] == (2026, 7, 1, 0, 0)


def test_a_day_that_a_workspace_repeats_counts_once(tmp_path):
    items(tmp_path, day("2026-07-01", 240, 31))
    items(tmp_path, day("2026-07-01", 200, 30), at=SHOP / "state.vscdb")

    assert [row.count for row in read(tmp_path).rows(DayTotal)] == [31, 240]


def test_credentials_are_never_selected(tmp_path):
    items(tmp_path, ("cursorAuth/accessToken", "SECRET"), ("secret://x", "SECRET"))
    store(tmp_path, composer("b1"), asked())
    asked_for: list[str] = []
    real = sqlite3.connect

    def watched(*args, **more):
        db = real(*args, **more)
        db.set_trace_callback(asked_for.append)
        return db

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", watched)
        read(tmp_path)

    of_items = [text for text in asked_for if "ItemTable" in text]
    assert of_items
    assert all("where key" in text for text in of_items)
    assert "SECRET" not in str(read(tmp_path).events)


# -- folders ---------------------------------------------------------------------------------


def unlinked(home: Path, **more: object) -> None:
    store(home, composer("b1", workspaceIdentifier=None), asked())
    items(home, ("composer.composerData", more), at=SHOP / "state.vscdb")
    (home / SHOP / "workspace.json").write_text('{"folder":"file:///w/old%20shop"}')


@pytest.mark.parametrize(
    "told", [{"allComposers": [{"composerId": C1}]}, {"selectedComposerIds": [C1]}]
)
def test_a_workspace_that_lists_a_conversation_gives_its_folder(tmp_path, told):
    unlinked(tmp_path, **told)

    assert only(tmp_path, Session).folder == "/w/old shop"


def test_a_workspace_names_no_conversation_that_is_not_there(tmp_path):
    unlinked(tmp_path, allComposers=[{"composerId": C2}])

    assert only(tmp_path, Session).key == C1


def test_a_pane_of_a_workspace_links_a_conversation(tmp_path):
    unlinked(tmp_path)
    pane = {f"workbench.panel.aichat.view.{C1}": {"collapsed": False}}
    items(tmp_path, ("workbench.panel.composerChatViewPane.p1", pane), at=SHOP / "state.vscdb")

    assert only(tmp_path, Session).folder == "/w/old shop"


def test_the_chat_tabs_of_old_builds_are_read(tmp_path):
    bubbles = [{"type": "user", "text": "why"}, {"type": "ai", "rawText": "because"}]
    tabs = {"tabs": [{"tabId": "t1", "lastSendTime": T0, "bubbles": bubbles}, {"tabId": "t2"}]}
    key = "workbench.panel.aichat.view.aichat.chatdata"
    items(tmp_path, (key, tabs), at=SHOP / "state.vscdb")

    prompt = only(tmp_path, Prompt)

    assert (prompt.session, prompt.text, prompt.at_ms) == ("t1", "why", T0)


# -- how much is read ------------------------------------------------------------------------


def read_on(home: Path, file_cursors: Cursors) -> Read:
    again = Read()
    read_changed(SOURCE, home, again, file_cursors)
    return again


def test_only_conversations_that_changed_are_read_again(tmp_path):
    store(tmp_path, composer("b1"), asked(), composer("b1", name=C2), asked(of=C2))
    cursors: Cursors = {}
    read_on(tmp_path, cursors)
    store(tmp_path, asked("b3", of=C2))

    again = read_on(tmp_path, cursors)

    assert {event.session for event in again.events} == {C2}
    assert (again.records, again.understood) == (1, 1)


def test_a_row_written_over_in_place_is_seen_by_the_time_of_change(tmp_path):
    path = store(tmp_path, composer("b1", status="none"), asked())
    cursors: Cursors = {}
    read_on(tmp_path, cursors)
    later = json.dumps(composer("b1", lastUpdatedAt=T0 + 99_000)[1])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("update cursorDiskKV set value = ? where key like 'composerData%'", (later,))

    again = read_on(tmp_path, cursors)

    assert [turn.ended for turn in again.rows(Turn)] == ["finished"]


@pytest.mark.parametrize("listed", ["table", "key"])
def test_a_list_of_conversations_tells_when_they_changed(tmp_path, listed):
    path = store(tmp_path, composer("b1"), asked())
    cursors: Cursors = {}
    for moment in (T0, T0 + 5):
        with closing(sqlite3.connect(path)) as db, db:
            if listed == "table":
                columns = "composerId text primary key, lastUpdatedAt integer, head text"
                db.execute(f"create table if not exists composerHeaders ({columns})")
                db.execute("insert or replace into composerHeaders values (?, ?, '')", (C1, moment))
            else:
                heads = {"allComposers": [{"composerId": C1, "lastUpdatedAt": moment}]}
                row = ("composer.composerHeaders", json.dumps(heads))
                db.execute("insert into ItemTable values (?, ?)", row)
        again = read_on(tmp_path, cursors)

    assert {event.session for event in again.events} == {C1}


def test_nothing_new_gives_nothing(tmp_path):
    store(tmp_path, composer("b1"), asked())
    cursors: Cursors = {}
    read_on(tmp_path, cursors)
    items(tmp_path, ("window.state", "moved"))

    assert read_on(tmp_path, cursors).events == []


def test_the_memory_is_bounded_for_any_number_of_conversations(tmp_path):
    names = [f"{n:08}-0000-4000-8000-000000000000" for n in range(9_000)]
    store(tmp_path, *(asked(of=name) for name in names))
    cursors: Cursors = {}

    first, again = read_on(tmp_path, cursors), read_on(tmp_path, cursors)

    assert len(first.rows(Session)) == 9_000
    assert again.events == []
    assert len(cursors[tmp_path / STORE][1].state) < 36_000


def test_a_stopped_reading_goes_on_where_it_was(tmp_path):
    names = [f"{n:08}-0000-4000-8000-000000000000" for n in range(3_000)]
    store(tmp_path, *(asked(of=name) for name in names))
    (file,) = find(machine(tmp_path))
    batches = SOURCE.read(file, Cursor())
    part, rest = Read(), Read()
    part.take(first := next(batches))
    batches.close()

    read_file(SOURCE, file, rest, first.cursor)

    done = {event.key for event in part.events}, {event.key for event in rest.events}
    assert len(done[0] | done[1]) == 3_000 * 2
    assert len(done[0] & done[1]) == 0


def test_a_long_conversation_is_split_into_batches(tmp_path):
    heads = [f"b{n}" for n in range(BATCH_EVENTS)]
    rows = [asked(head, createdAt=None) for head in heads]
    store(tmp_path, composer(*heads), *rows)
    (file,) = find(machine(tmp_path))

    batches = list(SOURCE.read(file, Cursor()))

    assert max(len(batch.events) for batch in batches) <= BATCH_EVENTS
    assert sum(len(batch.events) for batch in batches) == 2 * BATCH_EVENTS + 1


def test_what_the_editor_has_not_moved_into_its_file_yet_is_read(tmp_path):
    path = store(tmp_path, composer("b1"), asked())
    with closing(connected(path)) as editor:
        editor.execute("pragma journal_mode=wal")
        before = read(tmp_path)
        with editor:
            row = asked("b2", "one more")
            editor.execute("insert into cursorDiskKV values (?, ?)", (row[0], json.dumps(row[1])))

        assert len(read(tmp_path).rows(Prompt)) == len(before.rows(Prompt)) + 1


def test_a_running_editor_s_database_is_not_copied(tmp_path, monkeypatch):
    path = store(tmp_path, composer("b1"), asked())
    copied: list[object] = []
    monkeypatch.setattr("shutil.copyfile", lambda *paths: copied.append(paths))
    with closing(connected(path)) as editor:
        editor.execute("pragma journal_mode=wal")
        editor.execute("select * from cursorDiskKV").fetchall()

        read(tmp_path)

    assert copied == []


def test_no_reading_goes_over_all_values(tmp_path):
    path = store(tmp_path, composer("b1"), asked())

    with closing(sqlite3.connect(path)) as db:
        plans: list[str] = []
        db.set_trace_callback(plans.append)
        rows.conversations(db)
        list(rows.bubble_rows(db, C1))
        db.set_trace_callback(None)
        steps = [
            str(step)
            for query in plans
            if "cursorDiskKV" in query
            for step in db.execute(f"explain query plan {query}")
        ]

    assert steps
    assert all("SEARCH" in step and "INDEX" in step for step in steps)


# -- what cannot be read ---------------------------------------------------------------------


def test_a_message_that_is_no_json_is_a_problem_and_others_go_on(tmp_path):
    store(tmp_path, composer("b1", "b9"), (f"bubbleId:{C1}:b9", "\x01\x02"), asked())

    found = read(tmp_path)

    assert [problem.reason for problem in found.problems] == ["not_json"]
    assert len(found.rows(Prompt)) == 1


def test_a_database_of_another_program_gives_nothing(tmp_path):
    path = tmp_path / STORE
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table ItemTable (key, value)")
        db.execute("insert into ItemTable values (5, null)")

    assert read(tmp_path).events == []


def test_a_file_that_is_no_database_is_unreadable(tmp_path):
    path = tmp_path / STORE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"encrypted " * 500)

    assert read(tmp_path).unreadable == ["unreadable"]


def test_a_locked_database_is_told_as_locked(tmp_path, monkeypatch):
    path = store(tmp_path, composer("b1"), asked())
    monkeypatch.setattr("tokenmirror.sources.lines.sqlite_copy", _locked)

    found = Read()
    (file,) = find(machine(tmp_path))
    read_file(SOURCE, file, found)

    assert found.unreadable == ["locked"]
    assert path.exists()


def _locked(_: Path):
    raise Unreadable("locked")


# -- transcripts -----------------------------------------------------------------------------


def test_a_transcript_tells_of_what_no_database_has(tmp_path):
    text = {"type": "text", "text": "<context>\nnot typed\n</context>"}
    write = used("Write", path="/w/shop/a.py", contents="x\ny\n")
    lines = [query("add it"), said("user", text), write, used("Shell", command="pytest")]
    transcript(tmp_path, *lines, {"type": "turn_ended", "status": "success"})

    found = read(tmp_path)

    assert [(p.text, p.author) for p in found.rows(Prompt)] == [("add it", "unknown")]
    assert [turn.ended for turn in found.rows(Turn)] == ["finished"]
    assert [(e.kind, e.added, e.decision) for e in found.rows(Suggestion)] == [
        ("edit", ("x", "y"), "undecided"),
        ("command", (), "undecided"),
    ]
    assert found.rows(Session)[0].folder == "/w/shop"


def test_a_conversation_of_the_database_is_not_told_again(tmp_path):
    store(tmp_path, composer("b1"), asked())
    transcript(tmp_path, query("add a retry"), name=C1)

    assert only(tmp_path, Prompt).key == f"{C1}/b1"


def test_what_was_told_goes_when_the_database_gets_the_conversation(tmp_path):
    path = transcript(tmp_path, query("add a retry"), name=C1)
    (file,) = find(machine(tmp_path))
    store(tmp_path, composer("b1"), asked())

    (again,) = (found for found in find(machine(tmp_path)) if found.path == path)
    (batch,) = SOURCE.read(again, Cursor())

    assert again.stamp != file.stamp
    assert (batch.replaces, batch.events) == (True, ())


def test_of_two_forms_of_a_transcript_the_lines_of_json_count(tmp_path):
    path = transcript(tmp_path, query("from lines"))
    path.with_suffix(".txt").write_text("user:\n<user_query>from text</user_query>\nA:\nx\n")

    assert only(tmp_path, Prompt).text == "from lines"


def test_a_transcript_of_the_older_form_is_read(tmp_path):
    path = tmp_path / TRANSCRIPTS / f"{C2}.txt"
    path.parent.mkdir(parents=True)
    path.write_text(
        "user:\n<user_query>\none\n</user_query>\nA:\nok\n[Tool call] Read\n  path: user:\n"
        "user:\n<user_query>two</user_query>\n"
    )

    assert [prompt.text for prompt in read(tmp_path).rows(Prompt)] == ["one", "two"]


def test_a_sub_agent_s_transcript_has_a_parent(tmp_path):
    transcript(tmp_path, query("look around"), name="sub1", folder=f"{C2}/subagents")

    assert only(tmp_path, Session).parent == C2
    assert only(tmp_path, Prompt).author == "agent"


def test_an_unknown_line_of_a_transcript_is_counted_by_its_name(tmp_path):
    transcript(tmp_path, query("x"), {"type": "novelty"}, {"role": "system", "message": {}})

    found = read(tmp_path)

    assert found.unknown == {"novelty": 1, "system": 1}
    assert (found.records, found.understood) == (3, 1)


# -- places ----------------------------------------------------------------------------------


def test_cursor_is_looked_for_on_every_platform(tmp_path):
    found = {str(place.relative_to(tmp_path)) for place in places(machine(tmp_path))}

    assert found == {
        ".config/Cursor/User",
        "Library/Application Support/Cursor/User",
        "AppData/Roaming/Cursor/User",
        ".cursor-server/data/User",
        ".cursor/projects",
    }


def test_named_profiles_are_read(tmp_path):
    path = STORE.parent.parent / "profiles" / "p1" / "globalStorage" / "state.vscdb"
    put(tmp_path / path, composer("b1"), asked())

    assert only(tmp_path, Prompt).key == f"{C1}/b1"

"""Lines and decisions of edits in VS Code's chat."""

from __future__ import annotations

import json

import pytest

from tokenmirror.sources.vscode_copilot.edits import (
    Edit,
    Editing,
    Told,
    applied,
    editing_of,
    edits_of,
    judged,
)

FILE = "file:///w/a.py"


def change(text: str, *span: int) -> dict[str, object]:
    names = ("startLineNumber", "startColumn", "endLineNumber", "endColumn")
    return {"text": text, "range": dict(zip(names, span, strict=True))}


def op(epoch: int, *edits: object, kind: str = "textEdit", **more: object) -> dict[str, object]:
    told = {"type": kind, "uri": FILE, "requestId": "r1", "epoch": epoch, "edits": list(edits)}
    return told | more


def timeline(*ops: object, base: str | None = "one\ntwo\n", marks=(1,), current=99) -> Editing:
    told = {
        "operations": list(ops),
        "fileBaselines": [] if base is None else [[f"{FILE}::r1", {"content": base}]],
        "checkpoints": [{"epoch": mark} for mark in marks],
        "currentEpoch": current,
    }
    return editing_of({"version": 2, "timeline": told}, server=False)


def request(*parts: object, **more: object) -> dict[str, object]:
    return {"requestId": "r1", "response": list(parts), **more}


def group(*edits: object, path: str = FILE) -> dict[str, object]:
    return {"kind": "textEditGroup", "uri": path, "edits": [list(edits), []], "done": True}


def made(path: str = "/w/a.py", request: str = "r1") -> Edit:
    return Edit(request, path, 0, "edit")


@pytest.mark.parametrize(
    ("text", "edits", "after"),
    [
        ("ab\ncd\n", [change("X", 1, 2, 1, 3)], "aX\ncd\n"),
        ("ab\ncd\n", [change("X\n", 2, 1, 2, 1)], "ab\nX\ncd\n"),
        ("ab\ncd\n", [change("", 1, 1, 2, 1)], "cd\n"),
        ("ab\ncd", [change("1", 1, 1, 1, 1), change("2", 2, 3, 2, 3)], "1ab\ncd2"),
        ("ab\r\ncd\r\n", [change("X\r\nY", 2, 1, 2, 3)], "ab\nX\nY\n"),
        ("\U0001f600b", [change("X", 1, 3, 1, 4)], "\U0001f600X"),
        ("ab", [change("X", 9, 9, 9, 9)], "abX"),
        ("ab", [change("X", 1, 99, 1, 99)], "abX"),
        ("", [change("a\nb\n", 1, 1, 1, 1)], "a\nb\n"),
        ("ab", [{"text": None}, 7, None], "ab"),
    ],
)
def test_edits_are_put_where_their_ranges_say(text, edits, after):
    assert applied(text, edits) == after


def test_an_edit_cut_to_its_characters_gives_whole_lines():
    told = timeline(op(2, change("new\nt", 2, 1, 2, 2)))
    assert [edit.lines for edit in told.edits["r1"]] == [(("new",), ())]


def test_each_call_is_an_edit_of_its_own_though_it_came_in_pieces():
    told = timeline(
        op(2, change("a\n", 1, 1, 1, 1)),
        op(3, change("b\n", 2, 1, 2, 1)),
        op(5, change("c\n", 3, 1, 3, 1)),
        marks=(1, 4),
    )
    assert [edit.lines[0] for edit in told.edits["r1"]] == [("a", "b"), ("c",)]
    assert [edit.nth for edit in told.edits["r1"]] == [0, 1]


def test_operations_are_played_in_the_order_of_their_epochs():
    told = timeline(op(3, change("b\n", 2, 1, 2, 1)), op(2, change("a\n", 1, 1, 1, 1)))
    assert told.edits["r1"][0].lines == (("a", "b"), ())


def test_a_created_file_is_counted_once_with_the_text_that_follows():
    told = timeline(
        op(2, kind="create", initialContent=""), op(3, change("x\ny\n", 1, 1, 1, 1)), base=None
    )
    assert [(e.kind, e.lines, e.whole) for e in told.edits["r1"]] == [
        ("new_file", (("x", "y"), ()), True)
    ]


def test_a_deleted_file_loses_its_lines():
    told = timeline(op(2, kind="delete", finalContent="x\ny\n"), base=None)
    assert [(e.kind, e.lines) for e in told.edits["r1"]] == [("delete", ((), ("x", "y")))]


def test_a_renamed_file_keeps_its_text():
    rename = op(3, kind="rename", oldUri=FILE, newUri="file:///w/b.py")
    later = op(4, change("z\n", 1, 1, 1, 1)) | {"uri": "file:///w/b.py"}
    told = timeline(op(2, change("a\n", 1, 1, 1, 1)), rename, later)
    assert [(e.path, e.lines) for e in told.edits["r1"]] == [
        ("/w/a.py", (("a",), ())),
        ("/w/b.py", (("z",), ())),
    ]


def test_operations_past_the_current_epoch_are_undone():
    told = timeline(
        op(2, change("a\n", 1, 1, 1, 1)), op(5, change("b\n", 1, 1, 1, 1)), marks=(1, 4), current=4
    )
    assert [edit.verdict for edit in told.edits["r1"]] == ["undecided", "undone"]


def test_without_the_text_before_a_turn_the_request_tells():
    told = timeline(op(2, change("a\n", 1, 1, 1, 1)), base=None)
    found = edits_of(request(group(change("a\nb\n", 1, 1, 1, 1))), told, server=False)
    assert [edit.lines for edit in found] == [(("a", "b"), ())]


def test_the_timeline_is_not_added_to_what_the_request_tells():
    told = timeline(op(2, change("a\n", 1, 1, 1, 1)))
    assert len(edits_of(request(group(change("a\n", 1, 1, 1, 1))), told, server=False)) == 1


@pytest.mark.parametrize(
    ("edit", "added", "removed"),
    [
        (change("a\nb\n", 3, 1, 3, 1), ("a", "b"), 0),
        (change("lf, x):\n  one\n  tw", 14, 19, 15, 70), ("",), 0),
        (change("x", 4, 1, 4, 27), (), 0),
        (change("x\ny", 4, 1, 4, 27), ("",), 0),
        (change("", 4, 1, 7, 1), (), 3),
    ],
)
def test_a_group_alone_gives_its_net_change(edit, added, removed):
    found = edits_of(request(group(edit)), Editing(), False)
    assert [edit.lines for edit in found] == [(added, ("",) * removed)]


def test_an_empty_group_is_no_edit():
    assert not edits_of(
        request({"kind": "textEditGroup", "uri": FILE, "edits": [[]]}), Editing(), False
    )


def test_the_arguments_of_a_call_give_the_lines_where_they_are_told():
    args = {"filePath": "/w/a.py", "oldString": "x\nold\n", "newString": "x\nnew\n"}
    call = {"name": "replace_string_in_file", "arguments": json.dumps(args)}
    told = request(
        group(change("new", 2, 1, 2, 4)),
        result={"metadata": {"toolCallRounds": [{"toolCalls": [call]}]}},
    )
    assert edits_of(told, Editing(), False)[0].lines == (("new",), ("old",))


def test_keep_on_the_next_request_accepts_all_edits_that_waited():
    told = [Told((made(),), ()), Told((made(request="r2"),), ()), Told((), (("/w/a.py", 1),))]
    assert [edit.verdict for edit in judged(told, {})] == ["accepted", "accepted"]


def test_undone_then_edited_again_and_kept_is_told_apart():
    told = [Told((made(),), ()), Told((made(request="r2"),), (("/w/a.py", 2),))]
    verdicts = {edit.request: edit.verdict for edit in judged(told, {"/w/a.py": 1})}
    assert verdicts == {"r1": "undone", "r2": "accepted"}


@pytest.mark.parametrize(("state", "verdict"), [(0, "undecided"), (1, "accepted"), (2, "undone")])
def test_after_the_last_request_the_files_state_decides(state, verdict):
    assert judged([Told((made(),), ())], {"/w/a.py": state})[0].verdict == verdict


def test_typing_in_the_file_decides_nothing():
    told = [Told((made(),), ()), Told((), (("/w/a.py", 3),))]
    assert judged(told, {})[0].verdict == "undecided"
    assert judged([*told, Told((), (("/w/a.py", 1),))], {})[0].verdict == "accepted"


def test_a_decision_counts_for_its_own_file_only():
    told = [Told((made(), made("/w/b.py")), ()), Told((), (("/w/b.py", 2),))]
    verdicts = {edit.path: edit.verdict for edit in judged(told, {"/w/a.py": 1})}
    assert verdicts == {"/w/a.py": "accepted", "/w/b.py": "undone"}


def test_edits_of_a_request_that_was_taken_back_are_undone():
    told = [Told((made(),), (), taken_back=True)]
    assert judged(told, {"/w/a.py": 1})[0].verdict == "undone"


def test_a_state_of_an_older_form_still_tells_the_decisions():
    entry = {"resource": FILE, "state": 2}
    told = editing_of({"version": 1, "recentSnapshot": {"entries": [entry, 7]}}, server=False)
    assert told.states == {"/w/a.py": 2}
    assert not editing_of(None, server=False).edits

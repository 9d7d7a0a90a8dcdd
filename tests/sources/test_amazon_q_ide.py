"""Amazon Q's histories of chats in editors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.reading import Cursors, Read, read_changed, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn
from tokenmirror.sources.amazon_q_ide import SOURCE

Json = dict[str, object]
AT = "2026-03-02T09:{:02d}:00Z"


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


def asks(text: str, nth: int, *results: Json, **more: object) -> Json:
    context = {"toolResults": list(results)}
    told = {"type": "prompt", "body": text, "messageId": f"p{nth}", "timestamp": AT.format(nth)}
    return {**told, "userInputMessageContext": context, **more}


def answers(nth: int, *uses: Json) -> Json:
    told = {"type": "answer", "body": "ok", "messageId": f"a{nth}", "timestamp": AT.format(nth)}
    return {**told, "toolUses": list(uses)}


def use(name: str = "fsReplace", **given: object) -> Json:
    told = given or {"path": "/w/a.py", "diffs": [{"oldStr": "x", "newStr": "y\nz"}]}
    return {"toolUseId": "t1", "name": name, "input": told}


def result(status: str = "success", text: str = "ok") -> Json:
    return {"toolUseId": "t1", "status": status, "content": [{"text": text}]}


def history(home: Path, *messages: object, name: str = "abc") -> Path:
    talk = {"conversationId": "c1", "clientType": "VSC", "messages": list(messages)}
    tab = {"historyId": "h1", "tabType": "cwc", "conversations": [talk]}
    told = {"collections": [{"name": "tabs", "data": [tab]}, {"name": "settings", "data": []}]}
    path = home / ".aws" / "amazonq" / "history" / f"chat-history-{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))
    return path


def test_a_turn_with_its_edit(tmp_path):
    history(tmp_path, asks("add it", 1), answers(2, use()), asks("", 3, result()), answers(4))

    found = read_home(SOURCE, tmp_path)

    prompt, edit = only(found.rows(Prompt)), only(found.rows(Suggestion))
    assert (prompt.text, prompt.key, prompt.author) == ("add it", "c1/p1", "unknown")
    assert (edit.added, edit.removed) == (("y", "z"), ("x",))
    assert (edit.decision, edit.how, edit.turn) == ("accepted", "applied", "c1/p1")
    assert only(found.rows(Turn)).ended == "finished"
    assert only(found.rows(Session)).folder is None
    assert (found.records, found.understood) == (4, 4)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([asks("", 3, result())], ("accepted", "applied")),
        ([asks("", 3, result("error", "no such file"))], ("failed", None)),
        ([asks("", 3, result("error", "Tool was rejected by you"))], ("rejected", "chosen")),
        ([], ("undecided", None)),
    ],
)
def test_what_became_of_an_edit(tmp_path, after, expected):
    history(tmp_path, asks("add it", 1), answers(2, use()), *after)

    edit = only(read_home(SOURCE, tmp_path).rows(Suggestion))

    assert (edit.decision, edit.how) == expected


@pytest.mark.parametrize(
    ("call", "kind", "added"),
    [
        (use("fsWrite", command="create", path="n", fileText="a\nb\n"), "new_file", ("a", "b")),
        (use("fs_write", command="append", path="n", newStr="c\n"), "edit", ("c",)),
        (use("fsWrite", command="strReplace", oldStr="a", newStr="b"), "edit", ("b",)),
        (use("executeBash", command="npm test"), "command", ()),
    ],
)
def test_kinds_of_calls(tmp_path, call, kind, added):
    history(tmp_path, asks("do it", 1), answers(2, call))

    found = read_home(SOURCE, tmp_path)

    edit = only(found.rows(Suggestion))
    assert (edit.kind, edit.added) == (kind, added)
    assert only(found.rows(ToolCall)).kind == ("test" if kind == "command" else "edit")


def test_hidden_messages_are_no_prompts(tmp_path):
    history(tmp_path, asks("shown", 1), asks("hidden", 2, shouldDisplayMessage=False))

    assert [p.text for p in read_home(SOURCE, tmp_path).rows(Prompt)] == ["shown"]


def test_a_history_cut_from_its_beginning_loses_nothing(tmp_path):
    talk = [message for n in range(1, 9, 2) for message in (asks(f"p{n}", n), answers(n + 1))]
    history(tmp_path, *talk)
    found, cursors = Read(), Cursors()
    read_changed(SOURCE, tmp_path, found, cursors)

    history(tmp_path, *talk[4:], asks("new", 20))
    read_changed(SOURCE, tmp_path, found, cursors)

    assert sorted(p.text for p in found.rows(Prompt)) == ["new", "p1", "p3", "p5", "p7"]


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, True])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    odd = {"type": wrong, "body": wrong, "toolUses": wrong, "timestamp": wrong}
    call = {"toolUseId": "t", "name": wrong, "input": wrong}
    history(tmp_path, wrong, odd, asks("fine", 1), answers(2, call, {"toolUseId": wrong}))

    assert only(read_home(SOURCE, tmp_path).rows(Prompt)).text == "fine"

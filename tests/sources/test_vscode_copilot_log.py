"""Chat session files as a log of changes to one state."""

from __future__ import annotations

import json

import pytest

from tokenmirror.sources.lines import Line
from tokenmirror.sources.vscode_copilot.mutation_log import Replay, flat, replayed


def replay(*changes: object) -> Replay:
    texts = [c if isinstance(c, bytes) else json.dumps(c).encode() for c in changes]
    return replayed(Line(text, n, n + 1) for n, text in enumerate(texts))


def start(**state: object) -> dict[str, object]:
    """A state; what is free in form stands in ``repoData``."""
    free = {name: state.pop(name) for name in list(state) if name in "abd"}
    return {"kind": 0, "v": state | ({"repoData": free} if free else {})}


def at(*path: str | int, kind: int = 1, **more: object) -> dict[str, object]:
    return {"kind": kind, "k": ["repoData", *path], **more}


def test_four_kinds_of_change_lead_to_the_state():
    told = replay(
        start(a=1, b={"c": [1, 2, 3]}, d=4),
        at("b", "c", 1, v=9),
        at("b", "c", kind=2, v=[7, 8], i=2),
        at("d", kind=3),
    )
    assert told.state == {"repoData": {"a": 1, "b": {"c": [1, 9, 7, 8]}}}
    assert (told.records, told.understood) == (4, 4)


def test_a_cut_may_append_nothing_and_a_value_may_be_missing():
    told = replay(start(a=[1, 2, 3], b=1), at("a", kind=2, i=1), at("b"))
    assert told.state == {"repoData": {"a": [1], "b": None}}


def test_a_new_whole_state_replaces_the_old_one():
    assert replay(start(a=1), start(b=2)).state == {"repoData": {"b": 2}}


def test_a_list_begins_with_its_first_entries():
    assert replay(start(), {"kind": 2, "k": ["requests"], "v": [{}]}).state == {"requests": [{}]}


def test_what_nobody_asks_for_is_passed_over():
    told = replay(
        {"kind": 0, "v": {"inputState": {"inputText": "draft"}, "requests": []}},
        {"kind": 1, "k": ["inputState", "inputText"], "v": "a longer draft"},
        {"kind": 2, "k": ["requests"], "v": [{"requestId": "a", "contentReferences": [1]}]},
    )
    assert told.state == {"requests": [{"requestId": "a"}]}
    assert told.understood == 3


def test_an_unusual_frame_costs_nothing():
    told = replay(start(), {"kind": 2, "k": ["requests"], "v": [{"message": "hello"}, 5]})
    assert told.state == {"requests": [{"message": "hello"}, 5]}


def test_requests_that_leave_the_state_are_kept_apart_with_their_last_facts():
    told = replay(
        start(requests=[{"requestId": "a"}, {"requestId": "b"}]),
        {"kind": 1, "k": ["requests", 1, "modelId"], "v": "m"},
        {"kind": 2, "k": ["requests"], "v": [{"requestId": "c"}], "i": 1},
    )
    assert told.removed == {"b": {"requestId": "b", "modelId": "m"}}
    assert [request["requestId"] for request in told.state["requests"]] == ["a", "c"]


def test_a_request_written_anew_is_not_removed():
    told = replay(
        start(requests=[{"requestId": "a"}]),
        {"kind": 2, "k": ["requests"], "v": [{"requestId": "a", "modelId": "m"}], "i": 0},
    )
    assert not told.removed


@pytest.mark.parametrize(
    "change",
    [
        {"kind": 1, "k": ["__proto__", "x"], "v": 1},
        at("a", "constructor", v=1),
        at("a", 7, v=1),
        at("a", -1, v=1),
        at("no", "such", "place", v=1),
        {"kind": 1, "k": [], "v": 1},
        at(*["a"] * 1000, v=1),
        at("b", kind=2, v=[1]),
        at("a", kind=2, v=[1], i=99),
        at("a", kind=2, v=[1], i=-1),
        at("a", kind=2, v=5),
        at("a", 0, kind=3),
        {"kind": 0, "v": [1]},
    ],
)
def test_a_hostile_or_impossible_path_changes_nothing(change):
    told = replay(start(a=[1], b=2), change)
    assert told.state == {"repoData": {"a": [1], "b": 2}}
    assert [problem.reason for problem in told.problems] == ["bad_type"]


@pytest.mark.parametrize("text", [b"{", b"null", b"[1]", b'{"kind":"x"}', b"\xff\xfe", b"[" * 9999])
def test_a_line_that_is_no_change_is_a_problem_and_the_rest_is_read(text):
    told = replay(start(a=1), text, at("a", v=2))
    assert told.state == {"repoData": {"a": 2}}
    assert [problem.offset for problem in told.problems] == [1]
    assert (told.records, told.understood) == (3, 2)


def test_unknown_kinds_of_change_are_counted_by_name():
    told = replay(start(), {"kind": 9, "k": ["a"]})
    assert told.unknown == {"9": 1}
    assert not told.problems


def test_a_flat_file_is_the_state():
    told = flat(b'{"requests":[{"requestId":"a"},5]}')
    assert (told.records, told.understood, len(told.problems)) == (2, 1, 1)
    assert flat(b"[]").problems
    assert not flat(b'{"requests":[]}').problems

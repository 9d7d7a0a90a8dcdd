"""Which sessions are one task (F1)."""

from __future__ import annotations

import itertools

import pytest

from tokenmirror.tasks.grouping import SessionFacts, tasks

HOUR_MS = 3_600_000


def a_session(number, start_h=0, **rest):
    values = {
        "id": number,
        "source": "tool",
        "key": f"s{number}",
        "project": 1,
        "branch": b"main",
        "started_ms": start_h * HOUR_MS,
        "ended_ms": start_h * HOUR_MS + 60_000,
        "parent": None,
        "unattended": False,
        "files": frozenset({"a.py"}),
    }
    return SessionFacts(**(values | rest))


def keys(sessions):
    return [[one.key for one in task] for task in tasks(sessions)]


def test_sessions_of_one_project_and_branch_with_a_common_file_are_one_task():
    assert keys([a_session(1), a_session(2, start_h=3)]) == [["s1", "s2"]]


@pytest.mark.parametrize(
    "other",
    [
        a_session(2, start_h=5),
        a_session(2, start_h=1, project=2),
        a_session(2, start_h=1, branch=b"topic"),
        a_session(2, start_h=1, files=frozenset({"b.py"})),
        a_session(2, start_h=1, files=frozenset()),
        a_session(2, start_h=1, unattended=True),
    ],
    ids=["later", "project", "branch", "files", "no files", "unattended"],
)
def test_sessions_that_do_not_belong_together_stay_apart(other):
    assert keys([a_session(1), other]) == [["s1"], ["s2"]]


def test_a_resumed_or_sub_agent_session_joins_its_parent_however_much_later():
    child = a_session(2, start_h=90, parent="s1", files=frozenset())

    assert keys([a_session(1), child]) == [["s1", "s2"]]


def test_the_order_in_which_sessions_are_given_changes_nothing():
    sessions = [a_session(1), a_session(2, 3), a_session(3, 6), a_session(4, 20)]

    found = {str(keys(order)) for order in itertools.permutations(sessions)}

    assert found == {str([["s1", "s2", "s3"], ["s4"]])}


def test_a_parent_that_was_never_read_leaves_the_session_alone():
    assert keys([a_session(1, parent="gone")]) == [["s1"]]

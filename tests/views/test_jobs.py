from __future__ import annotations

import sqlite3
import sys
import threading

import pytest

from tokenmirror.errors import UserError
from tokenmirror.views.jobs import Jobs


@pytest.fixture
def jobs(qtbot):
    made = Jobs(lambda: sqlite3.connect(":memory:"))
    yield made
    made.close()


def test_an_answer_arrives_in_the_windows_thread(qtbot, jobs):
    answers = []

    jobs.ask(
        "page",
        lambda db: db.execute("select 7").fetchone()[0],
        lambda n: answers.append((n, threading.current_thread())),
        answers.append,
    )

    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(7, threading.main_thread())]


def test_a_newer_question_makes_the_older_void(qtbot, jobs):
    gate, answers = threading.Event(), []
    jobs.run("page", lambda: gate.wait(20) and "old", answers.append, answers.append)
    jobs.run("page", lambda: "new", answers.append, answers.append)
    qtbot.waitUntil(lambda: answers == ["new"])

    gate.set()
    jobs.run("other", lambda: "after", answers.append, answers.append)
    jobs.run("third", lambda: "last", answers.append, answers.append)

    qtbot.waitUntil(lambda: len(answers) == 3)
    assert "old" not in answers


def test_a_question_that_was_overtaken_before_it_began_is_never_asked(qtbot, jobs):
    gate, asked, answers = threading.Event(), [], []
    for slot in ("a", "b"):
        jobs.run(slot, lambda: gate.wait(20), answers.append, answers.append)
    for number in range(20):
        jobs.run("page", lambda n=number: asked.append(n), answers.append, answers.append)

    gate.set()

    qtbot.waitUntil(lambda: len(answers) == 3)
    assert asked == [19]


def test_the_worlds_fault_is_told_as_it_is(qtbot, jobs):
    def full(db):
        raise UserError("The disk is full.", "Make room.")

    failures = []
    jobs.ask("page", full, failures.append, failures.append)

    qtbot.waitUntil(lambda: bool(failures))
    assert str(failures[0]) == "The disk is full. Make room."


def test_a_fault_of_ours_is_told_and_reaches_the_excepthook(qtbot, jobs, monkeypatch):
    seen, failures = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *info: seen.append(info[0]))

    jobs.run("page", lambda: {}["missing"], failures.append, failures.append)

    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [KeyError]
    assert isinstance(failures[0], UserError)


def test_nothing_is_told_after_closing(qtbot):
    jobs, answers = Jobs(lambda: sqlite3.connect(":memory:")), []
    jobs.ask("page", lambda db: 1, answers.append, answers.append)

    jobs.close()

    qtbot.waitUntil(lambda: True)
    assert answers == []

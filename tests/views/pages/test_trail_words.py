"""The words from prompt to line: facts first, what is not known with its reason."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from tests.views.made_up import a_detail, a_task, at
from tokenmirror.measures.held import Held
from tokenmirror.measures.listing.trail import (
    FileTrail,
    Gone,
    Stood,
    TaskDelivery,
    Trail,
    Undone,
)
from tokenmirror.views.pages.task_trail import IdLine, TaskTrail
from tokenmirror.views.pages.task_words import facts
from tokenmirror.views.pages.trail_words import stood_words, trail_words

UTC = ZoneInfo("UTC")
FILE = FileTrail(
    "src/a.py", 14, 12, 10, 10, 8, {"noted": 1, "exact": 8, "close": 1},
    (Gone(1, "changed", "mine", at(25)), Gone(1, "changed", "mine", at(27)),
     Gone(4, "reverted", "other", at(28), at(30))),
)  # fmt: skip
CHANGE = TaskDelivery(
    "1:b", at(21), at(21), 3, 20, 2, "with", 10, cost_nusd=2_100_000_000, own_nusd=2_100_000_000
)
STOOD = tuple(Stood(day, 10 if day < 4 else 8, 10) for day in range(31))
TRAIL = Trail(
    files=(FILE,),
    deliveries=(CHANGE,),
    undone=(Undone("b" * 40, "c" * 40, at(28), "message", at(30)),),
    stood=STOOD,
)


def said(trail=TRAIL, **changes):
    detail = replace(a_detail(), trail=trail, **changes)
    return trail_words(detail, UTC, lambda key: "Claude Code")


def of_file(**changes):
    return said(replace(TRAIL, files=(replace(FILE, **changes),))).files[0].words


def test_a_session_is_named_by_tool_time_and_prompts_and_can_be_copied():
    (session,) = said().sessions

    assert (session.id, session.words) == ("s1", "Claude Code, 21 Oct, 09:40, 2 prompts")
    assert session.spoken == "Copy the id of the session of Claude Code, 21 Oct, 09:40"


def test_a_file_tells_every_step_how_sure_and_what_is_gone():
    (file,) = said().files

    assert file.words == (
        "14 proposed, 12 accepted, 10 committed, 10 on the main line, 8 still there."
        " Recognised: noted 1, exact 8, close 1."
        " Gone: 2 changed by you by hand, 25 Oct to 27 Oct;"
        " 4 reverted by someone else, 28 Oct, back since 30 Oct."
    )
    assert file.counts == (12, 10, 8)


def test_the_story_of_a_file_ends_where_its_lines_end():
    none = {"evidence": {}, "gone": ()}

    assert of_file(landed=0, shipped=0, living=0, **none) == (
        "14 proposed, 12 accepted, none committed."
    )
    assert of_file(living=0, **none).endswith("10 on the main line, none still there.")


def test_what_is_not_known_of_a_file_is_said_with_its_reason():
    outside = of_file(landed=None, shipped=None, living=None)

    assert outside == "14 proposed, 12 accepted. It lies in no repository that could be read."
    assert "Not known if they are still there." in of_file(living=None)


def test_a_file_turned_down_says_so():
    assert of_file(turned_down=True) == "14 lines proposed, turned down."


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("direct", "on the main line 21 Oct"),
        ("ancestor", "merged 21 Oct"),
        ("patch", "on the main line 21 Oct, the same change under another id"),
        ("content", "on the main line 21 Oct, found again by its lines"),
    ],
)
def test_a_commit_tells_how_it_landed(how, words):
    one = replace(a_detail().commits[0], how=how, lines=10, landing="d" * 40)

    (commit,) = said(commits=(one,)).commits

    assert commit.words == f"Retry uploads on timeout: 10 lines of this task, {words}"
    assert (commit.short, len(commit.id)) == ("bbbbbbb", 40)


def test_a_commit_tells_its_release_its_naming_and_that_it_was_undone():
    one = replace(a_detail().commits[0], how="direct", released_ms=at(23), named=True, subject=None)
    standing = replace(TRAIL.undone[0], back_ms=None)

    (commit,) = said(replace(TRAIL, undone=(standing,)), commits=(one,)).commits

    assert commit.words == (
        "on the main line 21 Oct, released 23 Oct, its message names an assistant, undone later"
    )


def test_a_commit_on_a_branch_says_so():
    one = replace(a_detail().commits[0], landed_ms=None, on_main=False, how=None)

    assert said(commits=(one,)).commits[0].words.endswith("on a branch")


def test_a_shipped_change_tells_its_direct_cost_and_this_tasks_part():
    assert said().changes == ("21 Oct: 3 commits, 10 AI lines, direct cost $2.10",)
    shared = replace(CHANGE, own_nusd=1_000_000_000, at_least=True)
    assert said(replace(TRAIL, deliveries=(shared,))).changes == (
        "21 Oct: 3 commits, 10 AI lines, direct cost at least $2.10, $1.00 of it by this task",
    )
    unknown = replace(CHANGE, cost_nusd=None, own_nusd=None)
    assert said(replace(TRAIL, deliveries=(unknown,))).changes[0].endswith("cost not known")


def test_what_was_undone_and_brought_back_is_told():
    silent = Undone("b" * 40, "c" * 40, at(28), "removed_whole", None)

    assert said().undone == ("bbbbbbb was reverted 28 Oct by ccccccc, and brought back 30 Oct.",)
    assert said(replace(TRAIL, undone=(silent,))).undone == (
        "bbbbbbb was removed whole 28 Oct by ccccccc, without a word.",
    )


def test_long_lists_say_how_much_more_there_is():
    many = tuple(replace(FILE, path=f"src/{n}.py") for n in range(15))
    words = said(replace(TRAIL, files=many), commits=a_detail().commits * 10)

    assert (len(words.files), words.more_files) == (12, "3 more files")
    assert (len(words.commits), words.more_commits) == (8, "2 more commits")


def test_the_lines_over_time_are_counted_or_the_reason_is_given():
    assert stood_words(TRAIL) == "After 30 days 8 of 10 lines were still there."
    young = replace(TRAIL, stood=STOOD[:1])
    assert stood_words(young) == "Too early to tell how long the lines last."
    assert stood_words(Trail()).startswith("Nothing of it is on the main line yet")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("held", "Shipped 21 Oct, held up for two weeks"),
        ("redone", "Shipped 21 Oct, a fifth or more redone within two weeks"),
        ("reverted", "Shipped 21 Oct, reverted"),
        ("too_early", "Shipped 21 Oct, too early to tell if it holds"),
        ("unknown", "Shipped 21 Oct"),
    ],
)
def test_the_outcome_says_whether_it_held(verdict, words):
    task = a_task(held=Held(verdict))

    assert facts(task, a_detail(), UTC, lambda key: "").outcome == words


def test_the_trail_shows_every_group_and_ids_are_copied_whole(qtbot):
    trail = TaskTrail(lambda key: "Claude Code")
    qtbot.addWidget(trail)
    trail.show_trail(replace(a_detail(), trail=TRAIL), UTC)
    trail.show()
    lines = trail.findChildren(IdLine)

    lines[-1].copying.click()

    assert QGuiApplication.clipboard().text() == "b" * 40
    assert lines[-1].copying.accessibleName() == "Copy the id of commit bbbbbbb"
    assert trail.stood.isVisible()


def test_an_empty_trail_says_why_in_each_group(qtbot):
    trail = TaskTrail(lambda key: "Claude Code")
    qtbot.addWidget(trail)
    trail.show_trail(replace(a_detail(), trail=TRAIL), UTC)
    trail.show_trail(replace(a_detail(), commits=(), trail=Trail()), UTC)
    trail.show()
    words = [label.text() for label in trail.findChildren(QLabel) if label.isVisible()]

    for reason in (
        "No edit was proposed.",
        "No commit holds its lines.",
        "None of it reached the main line.",
        "Nothing of it is on the main line yet, so there is nothing to watch.",
    ):
        assert reason in words
    assert not trail.stood.isVisible()

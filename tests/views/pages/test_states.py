from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from tests.views.made_up import HERE
from tokenmirror.errors import UserError
from tokenmirror.views.pages.around import Around
from tokenmirror.views.pages.page import Asked, Coverage
from tokenmirror.views.pages.tasks import TasksAnswer, TasksPage

EMPTY = Around(allowed=False, empty=True, active=False, matching=False)
QUIET = Around(allowed=True, empty=False, active=False, matching=False, nearest=date(2026, 9, 4))
ACTIVE = Around(allowed=True, empty=False, active=True, matching=True)


@pytest.fixture
def page(qtbot, desk):
    made = TasksPage(desk)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.place = HERE
    made.show()
    return made


def answered(page, facts, answer=None, coverage=None):
    page._answered(Asked(facts, coverage, answer))


def words(page):
    return {label.text() for label in page.findChildren(QLabel) if label.isVisible()}


def press(qtbot, page, text):
    button = next(b for b in page.findChildren(QPushButton) if b.text() == text and b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_before_anything_is_allowed_the_way_in_is_offered(qtbot, page):
    answered(page, EMPTY)

    assert "Nothing has been read yet" in words(page)
    with qtbot.waitSignal(page.wants_consent):
        press(qtbot, page, "Choose which logs to read")


def test_sample_data_are_offered_too(qtbot, page):
    answered(page, EMPTY)

    with qtbot.waitSignal(page.wants_sample):
        press(qtbot, page, "Look around with sample data")


def test_a_quiet_period_leads_to_the_nearest_day(qtbot, page):
    answered(page, QUIET)

    assert "The nearest is Fri 4 Sep 2026." in words(page)
    with qtbot.waitSignal(page.go) as went:
        press(qtbot, page, "Go to 4 Sep")
    period = went.args[0].filters.period
    assert (period.first, period.last) == (date(2026, 9, 1), date(2026, 9, 30))


def test_filters_that_exclude_all_can_be_cleared(qtbot, page):
    page.place = HERE.choosing()
    answered(page, Around(allowed=True, empty=False, active=True, matching=False))

    assert "Nothing matches these filters" in words(page)
    with qtbot.waitSignal(page.go) as went:
        press(qtbot, page, "Clear the filters")
    assert went.args[0].filters == HERE.filters.cleared()


def test_a_fault_of_the_world_fills_the_page_with_its_cause_and_advice(page):
    page._failed(UserError("The archive mirror.db is damaged.", "Move the file aside."))

    assert {"The archive mirror.db is damaged.", "Move the file aside."} <= words(page)
    assert not any("Traceback" in text for text in words(page))


def test_an_answer_takes_the_place_of_a_state(page):
    answered(page, EMPTY)
    answered(page, ACTIVE, TasksAnswer(()))

    assert page.table.isVisible()
    assert page.state == "answer"


def test_the_coverage_line_is_told_with_the_answer(qtbot, page):
    line = Coverage("Read from 3 tools.", low=True)

    with qtbot.waitSignal(page.covered) as told:
        answered(page, ACTIVE, TasksAnswer(()), line)

    assert told.args == [line]


def test_a_page_that_is_not_seen_waits_with_its_question(page):
    answered(page, ACTIVE, TasksAnswer(()))
    page.hide()

    from tokenmirror.views.import_run import Changes

    page.changed(Changes(frozenset({"tasks"})))

    assert page._stale

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.views import figures
from tests.views.made_up import HERE
from tokenmirror.measures.figures import Curve, Rate, Total, Unknown
from tokenmirror.measures.redone import RedoneTask
from tokenmirror.views.pages.held_up import HeldUpAnswer, HeldUpPage

NO_REPOSITORY = Unknown("no_repository", "No repository could be read.")
TOO_EARLY = Unknown("too_early", "Two weeks must pass. From 4 Dec it can be told.")
TASKS = (
    RedoneTask("claude-code:s1", "Invoice export dates", date(2026, 10, 12), date(2026, 10, 16),
               120, 56, ("ai", "mine")),
    RedoneTask("claude-code:s2", "Move settings to one file", date(2026, 9, 29),
               date(2026, 10, 15), 248, 17, ("other",)),
)  # fmt: skip
FULL = HeldUpAnswer(
    survival=figures.CURVE,
    others=figures.OTHERS,
    weekly=figures.REWORK,
    redone=Rate(73, 900, "lines", "73 of 900 shipped lines were redone within two weeks."),
    reverts=Rate(1, 19, "changes", "1 of 19 shipped changes with AI lines was reverted."),
    fixes=Total(2, "changes", 2, "2 changes that call themselves fixes (estimated)."),
    tasks=TASKS,
    period="October 2026",
)


@pytest.fixture
def page(qtbot, desk):
    made = HeldUpPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 1500)
    made.place = HERE
    made.show()
    made._stack.setCurrentIndex(0)
    return made


def words(page):
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_the_page_tells_what_lasted_what_was_redone_and_what_was_undone(page):
    page.show_answer(FULL)

    said = words(page)
    assert (
        "Lines that shipped in October 2026, by days since then; 6,410 lines of 214 tasks" in said
    )
    assert "1 of 19 shipped changes with AI lines was reverted." in said
    assert "2 changes that call themselves fixes (estimated)." in said
    assert page.weeks.chart.data_count() == 12


def test_few_tasks_are_counted_in_words_and_not_drawn(page):
    sentence = "7 of 9 of the lines that shipped were still in place after 30 days. From 3 tasks."
    few = replace(figures.CURVE, n=3, sentence=sentence)
    page.show_answer(replace(FULL, survival=few))

    assert sentence in words(page)
    assert not page.curve.chart.isVisible()


def test_few_other_changes_are_not_drawn_beside(page):
    page.show_answer(replace(FULL, others=replace(figures.OTHERS, n=4)))

    assert page.curve.chart.series_count() == 1


@pytest.mark.parametrize("why", [NO_REPOSITORY, TOO_EARLY], ids=["no repository", "too early"])
def test_what_cannot_be_known_says_why(page, why):
    page.show_answer(HeldUpAnswer(why, why, why, why, why, why))

    assert words(page).count(why.sentence) == 3
    assert "%" not in words(page)


def test_without_a_repository_the_page_leads_to_the_repositories(qtbot, page):
    page.show_answer(replace(FULL, survival=NO_REPOSITORY))

    with qtbot.waitSignal(page.go) as went:
        page.curve.helped.emit()

    assert went.args[0].page == "sources"


def test_a_task_of_the_period_opens_in_its_list(qtbot, page):
    page.show_answer(FULL)
    page.table.selectRow(0)
    page.table.setFocus()

    with qtbot.waitSignal(page.go) as went:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)

    place = went.args[0]
    assert (place.page, place.choice("task")) == ("tasks", "claude-code:s1")
    assert place.filters == HERE.filters


def test_a_task_that_began_earlier_opens_in_its_own_week(qtbot, page):
    page.show_answer(FULL)

    with qtbot.waitSignal(page.go) as went:
        page._open_task("claude-code:s2")

    assert went.args[0].filters.period.first == date(2026, 9, 29)


def test_weeks_of_rework_name_who_did_it_and_what_is_too_early(page):
    page.show_answer(FULL)
    chart = page.weeks.chart
    chart.put_cursor(7, 2)

    assert chart.readout() == (
        "Week of 19 Oct: 4 % by you by hand and 11 % by AI in your sessions."
        " By AI in your sessions: 11 %."
    )
    assert "for 2 it is too early to tell" in chart.describe()
    assert "Enter" not in chart.readout()


def test_the_charts_can_be_read_as_tables(page):
    page.show_answer(FULL)
    page.curve.show_table(shown=True)

    assert page.curve.table_shown()
    assert isinstance(FULL.survival, Curve)

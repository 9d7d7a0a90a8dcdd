from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu

from tests.views.made_up import HERE, a_detail, tasks
from tokenmirror.views.models.tasks import COLUMNS
from tokenmirror.views.pages.tasks import TasksAnswer, TasksPage


@pytest.fixture
def page(qtbot, desk):
    made = TasksPage(desk)
    qtbot.addWidget(made)
    made.resize(1240, 760)
    made.place = HERE
    made.show()
    made.show_answer(TasksAnswer(tasks()))
    made._stack.setCurrentIndex(0)
    return made


def titles(page):
    ordered = page.table.ordered
    return [ordered.index(row, 1).data() for row in range(ordered.rowCount())]


def test_all_tasks_are_shown_newest_first(page):
    assert titles(page) == [f"Task {n}" for n in (5, 4, 3, 2, 1, 0)]
    assert page._footer.text().startswith("6 tasks, newest first.")


def test_a_chip_narrows_the_table_and_tells_the_place(qtbot, page):
    chip = next(c for c in page.chips._chips if c.choice.key == "shipped")

    with qtbot.waitSignal(page.chose) as chosen:
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)

    assert titles(page) == ["Task 5"]
    assert chosen.args[0].choice("outcome") == "shipped"


def test_chips_count_all_tasks_of_the_period(page):
    counts = {c.choice.key: c.choice.count for c in page.chips._chips}

    assert counts == dict.fromkeys(
        ("shipped", "on_branch", "in_progress", "no_lasting_change", "no_code", "unknown"), 1
    )


def test_searching_narrows_by_title(qtbot, page):
    qtbot.keyClicks(page.search, "task 3")

    assert titles(page) == ["Task 3"]


def test_nothing_found_says_so_inside_the_table(qtbot, page):
    qtbot.keyClicks(page.search, "nowhere")

    assert titles(page) == []
    assert page.table._empty


def test_a_chosen_task_is_asked_for_and_shown(qtbot, page):
    page.table.choose("claude-code:s5")

    page._show_task(a_detail("claude-code:s5"))

    assert page.detail.isVisible()
    shown = {label.text() for label in page.detail.findChildren(QLabel)}
    assert {"Task 5", "Shipped 21 Oct", "$2.10 at list price"} <= shown


def test_a_late_detail_of_a_task_that_is_gone_shows_nothing(page):
    page._show_task(a_detail("claude-code:other"))
    page._show_task(None)

    assert not page.detail.isVisible()


def test_several_tasks_are_spoken_of_together(page):
    page.table.selectAll()

    labels = {label.text() for label in page.detail.findChildren(QLabel) if label.isVisible()}
    assert "6 tasks chosen" in labels


def test_the_detail_closes_and_the_focus_goes_back(qtbot, page):
    page.table.choose("claude-code:s5")
    page._show_task(a_detail("claude-code:s5"))

    page.detail.closed.emit()

    assert not page.detail.isVisible()
    assert page.table.hasFocus()


def test_in_a_narrow_window_the_detail_is_a_page_with_a_way_back(page):
    page.resize(900, 700)
    page.table.choose("claude-code:s5")
    page._show_task(a_detail("claude-code:s5"))
    beside = page.detail.isVisible()

    page._opened("claude-code:s5")
    page._show_task(a_detail("claude-code:s5"))

    assert not beside
    assert page.detail.isVisible()
    assert not page.table.isVisible()
    page.detail.closed.emit()
    assert page.table.isVisible()


def test_chosen_rows_are_copied_with_their_head(page):
    page.table.choose("claude-code:s5")

    page.copy()

    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Began\tTitle\tProject")
    assert lines[1].split("\t")[1] == "Task 5"


def test_columns_can_be_chosen_and_are_remembered(page, desk):
    page._offer_columns()
    menu = page.findChild(QMenu)
    action = next(action for action in menu.actions() if action.data() == "cost")

    action.trigger()
    menu.close()

    assert "cost" not in desk.options.value.columns
    assert page.table.isColumnHidden([column.key for column in COLUMNS].index("cost"))


def test_an_answer_keeps_the_chosen_task(page):
    page.place = HERE.choosing(task="claude-code:s2")

    page.show_answer(TasksAnswer(tasks()))

    assert page.table.chosen_keys() == ("claude-code:s2",)

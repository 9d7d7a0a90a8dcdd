"""Worth a look: what stands out is told, leads to its tasks, and can be put aside for a while."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtWidgets import QPushButton

from tests.views.made_up import HERE, tasks
from tokenmirror.measures.worth_a_look import NOTHING, Change, Look
from tokenmirror.store import entered, reader
from tokenmirror.views.pages.tasks import TasksAnswer, TasksPage
from tokenmirror.views.pages.worth_a_look import WorthALook, behind

COST = Change(
    "G3", "period", 1, 3.0, "Cost: about $3.10, above your usual range of $1.40 to $2.60.",
    ("task 1", "task 3"), date(2026, 10, 1), date(2026, 10, 31),
)  # fmt: skip
REWORK = Change("E2", "run", 1, 2.0, "Early rework: eight weeks in a row above 9 %.", (),
                date(2026, 9, 7), date(2026, 11, 1))  # fmt: skip


@pytest.fixture
def card(qtbot, desk, theme):
    made = WorthALook(desk)
    qtbot.addWidget(made)
    made.show_look(Look((COST, REWORK)))
    return made


def buttons(card, words):
    return [b for b in card.findChildren(QPushButton) if b.text() == words and not b.isHidden()]


def test_each_change_leads_to_its_tasks(card, qtbot):
    [show] = buttons(card, "Show the tasks")  # the other names none
    with qtbot.waitSignal(card.picked) as picked:
        show.click()

    place = behind(picked.args[0], HERE.filters)

    assert (place.page, place.choice("tasks")) == ("tasks", "task 1,task 3")
    assert place.choice("behind") == COST.sentence
    assert show.accessibleName().startswith("Show 2 tasks: Cost: about $3.10")


def test_what_is_not_useful_stays_away_for_a_month_and_comes_back_when_undone(card, desk):
    buttons(card, "Not useful")[0].click()

    def aside(on):
        db = reader.connect(desk.own.path)
        try:
            return entered.put_aside(db, on)
        finally:
            db.close()

    assert aside(desk.today) == {"G3 period"}
    assert aside(desk.today + timedelta(days=29)) == {"G3 period"}
    assert aside(desk.today + timedelta(days=30)) == frozenset()
    desk.undo.undo()
    assert aside(desk.today) == frozenset()


def test_nothing_that_stands_out_is_a_good_page(card):
    card.show_look(Look((), NOTHING))

    [said] = card._parts
    assert said.text() == NOTHING


def test_the_tasks_behind_a_change_stand_alone_until_all_are_asked_for(qtbot, desk, theme):
    page = TasksPage(desk)
    qtbot.addWidget(page)
    page.show()
    rows = tasks()
    page.place = behind(COST, HERE.filters)
    page._show_place(page.place)
    page.show_answer(TasksAnswer(rows[:2]))
    page._stack.setCurrentIndex(0)

    assert page._behind.isVisible()
    assert page._behind.accessibleName() == f"These tasks are behind: {COST.sentence}"
    with qtbot.waitSignal(page.go) as gone:
        page._behind.acted.emit()
    assert gone.args[0].filters == page.place.filters
    assert gone.args[0].chosen == ()


def test_tasks_behind_a_figure_are_found_whenever_they_began(desk):
    """A page's question names them by key; their own begin may lie before the days shown."""
    from tests.measures.stores import OCTOBER, a_task, store_with
    from tokenmirror.store.days import DAY

    early, late = (
        a_task(first, "shipped") for first in (date(2026, 9, 2), date(2026, 10, 5) + DAY)
    )
    db = store_with(early, late)
    keys = [row[0] for row in db.execute("select key from tasks order by began_ms")]
    place = HERE.choosing(behind="Cost", tasks=keys[0])

    answer = TasksPage.ask(None, place, OCTOBER)(db)

    assert [row.key for row in answer.rows] == keys[:1]

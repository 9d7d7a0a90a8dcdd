from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.views import figures
from tests.views.made_up import HERE
from tokenmirror.measures.figures import Dots, Rate, Unknown
from tokenmirror.views.pages.overview import OverviewAnswer, OverviewPage

DONE = Rate(21, 25, "tasks", "21 of 25 change tasks were completed.", 0.65, 0.94, (0.6, 0.7, 0.9))
HELD = Rate(18, 20, "tasks", "18 of 20 held up for two weeks.", 0.7, 0.97, (0.6, 0.8, 0.95))
NO_REPOSITORY = Unknown("no_repository", "No repository could be read.")
TOO_EARLY = Unknown("too_early", "Two weeks must pass. From 4 Dec, 6 tasks can be told.")
FULL = OverviewAnswer(
    done=DONE,
    held=HELD,
    cost=figures.COSTS,
    chain=figures.CHAIN,
    weekly={
        "prompts": figures.PROMPTS,
        "accepted": figures.SUGGESTIONS,
        "shipped": figures.SHIPPED,
    },
    outcomes=figures.OUTCOMES,
    sources=("claude-code", "codex-cli"),
    period="October 2026",
)
BARE = OverviewAnswer(
    done=TOO_EARLY,
    held=TOO_EARLY,
    cost=Unknown("no_prices", "No token of these has a price."),
    chain=NO_REPOSITORY,
    weekly=dict.fromkeys(("prompts", "accepted", "shipped"), NO_REPOSITORY),
    outcomes=NO_REPOSITORY,
    period="October 2026",
)


@pytest.fixture
def page(qtbot, desk):
    made = OverviewPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 1500)
    made.place = HERE
    made.show()
    made.add_charts()
    made._stack.setCurrentIndex(0)
    return made


def words(page):
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_the_three_answers_stand_on_top(page):
    page.show_answer(FULL)

    assert page.done.accessibleDescription().startswith("Done: 21 of 25 change tasks completed.")
    assert page.held.accessibleDescription().startswith("Held up: 18 of 20 held for two weeks.")
    assert page.cost.accessibleName() == "Cost"


def test_the_held_up_card_and_the_last_bar_open_what_was_still_there(qtbot, page):
    page.show_answer(FULL)

    with qtbot.waitSignal(page.go) as by_card:
        qtbot.keyClick(page.held, Qt.Key.Key_Space)
    chart = page.chain.chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    with qtbot.waitSignal(page.go) as by_bar:
        qtbot.keyClick(chart, Qt.Key.Key_Return)

    assert by_card.args[0].page == by_bar.args[0].page == "held_up"
    assert chart.readout() == (
        "Still there 1,670 lines (88 %, likely 83–92 %), 220 changed or removed."  # noqa: RUF001
        " Enter to see what became of them."
    )


def test_the_question_of_the_chain_is_what_its_last_bar_can_tell(page):
    page.show_answer(FULL)
    whole = page.chain.chart.accessibleName()
    page.show_answer(replace(FULL, chain=replace(figures.CHAIN, steps=figures.CHAIN.steps[:4])))

    assert whole == "Of every line proposed, what is still there?"
    assert page.chain.chart.accessibleName() == "Of every line proposed, what came of it?"


def test_too_early_and_unknown_are_told_with_their_reason(page):
    page.show_answer(BARE)

    assert "From 4 Dec, 6 tasks can be told." in words(page)
    assert "No token of these has a price." in words(page)


def test_without_a_repository_the_page_leads_to_the_repositories(qtbot, page):
    page.show_answer(BARE)

    with qtbot.waitSignal(page.go) as went:
        page.chain.helped.emit()

    assert went.args[0].page == "sources"
    assert went.args[0].choice("tab") == "repositories"


def test_a_card_opens_the_tasks_of_the_same_period(qtbot, page):
    page.show_answer(FULL)

    with qtbot.waitSignal(page.go) as went:
        qtbot.keyClick(page.done, Qt.Key.Key_Space)

    assert (went.args[0].page, went.args[0].filters) == ("tasks", HERE.filters)


def test_a_week_of_outcomes_opens_its_tasks(qtbot, page):
    page.show_answer(FULL)

    with qtbot.waitSignal(page.go) as went:
        page.charts.outcome_picked.emit("2026-10-05/no_lasting_change")

    place = went.args[0]
    assert place.choice("outcome") == "no_lasting_change"
    assert place.filters.period.first == date(2026, 10, 5)
    assert place.filters.period.length == 7


def test_a_week_of_shipped_changes_opens_what_shipped(qtbot, page):
    page.show_answer(FULL)

    with qtbot.waitSignal(page.go) as went:
        page.charts.week_picked.emit("2026-10-19/shipped")

    assert went.args[0].choice("outcome") == "shipped"


def test_charts_are_stepped_and_opened_by_keys(qtbot, page):
    page.show_answer(FULL)
    chart = page.charts.outcomes
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Home)

    with qtbot.waitSignal(page.go) as went:
        qtbot.keyClick(chart, Qt.Key.Key_Return)

    assert went.args[0].filters.period.first == figures.FIRST


def test_a_row_can_have_its_own_tools(page):
    page.show_answer(FULL)
    page._row_sources["prompts"] = frozenset({"codex-cli"})
    page.show_answer(FULL)

    assert page._own_tools() == {
        "prompts": "Codex CLI",
        "accepted": "all tools",
        "shipped": "all tools",
    }


def test_a_series_that_cannot_be_known_has_no_row_and_says_why(page):
    weekly = {**FULL.weekly, "shipped": NO_REPOSITORY}
    page.show_answer(replace(FULL, weekly=weekly))

    assert len(page.charts.rows._rows) == 2
    assert "No repository could be read." in words(page.charts)


def test_few_costs_are_listed_one_by_one(page):
    few = Dots(figures.COSTS.dots[:3], "usd", "Three tasks.", n=3)
    page.show_answer(replace(FULL, cost=few))

    assert "%" not in page.cost.accessibleDescription()


@pytest.mark.parametrize(
    ("width", "rows"), [(1072, 1), (800, 2), (500, 3)], ids=["three", "two", "one"]
)
def test_as_many_cards_stand_beside_each_other_as_have_room(page, width, rows):
    page.show_answer(FULL)
    page.resize(width, 1500)
    page.layout().activate()
    page.content.layout().activate()

    assert len({card.y() for card in (page.done, page.held, page.cost)}) == rows

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.views.made_up import a_task, tasks
from tokenmirror.measures.listing.tasks import Hours, Lines
from tokenmirror.views.models.tasks import COLUMNS, TasksModel, automatic, found
from tokenmirror.views.widgets.cells import Role
from tokenmirror.views.widgets.marks import Mark

DASH = "\N{EN DASH}"


def model_of(*rows):
    model = TasksModel(lambda key: key.title())
    model.show_rows(rows, "UTC")
    return model


def cell(model, key, role=Qt.ItemDataRole.DisplayRole, row=0):
    column = next(place for place, column in enumerate(COLUMNS) if column.key == key)
    return model.index(row, column).data(role)


def test_the_model_keeps_the_rules_of_models(qtmodeltester):
    qtmodeltester.check(model_of(*tasks()))


def test_the_newest_task_comes_first():
    assert cell(model_of(*tasks()), "title") == "Task 5"


def test_a_row_says_what_the_task_was():
    model = model_of(a_task())

    assert cell(model, "began") == "Wed 21 Oct"
    assert cell(model, "ended") == "Shipped"
    assert cell(model, "lines") == "212 \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} 190"
    assert cell(model, "cost") == "$2.10"
    assert cell(model, "agent") == "22 min"
    assert cell(model, "yours") == f"50 min {DASH} 1 h 05 min"
    assert cell(model, "sure") == "exact 91 %"


def test_what_is_unknown_is_a_dash_and_never_a_zero():
    lines = Lines(0, 0, None, None, 0, 0)
    model = model_of(a_task(cost_nusd=None, lines=lines, hours=Hours(None, None, None)))

    assert [cell(model, key) for key in ("lines", "cost", "yours", "agent", "sure")] == [DASH] * 5
    assert cell(model, "cost", Role.SORT) is None


def test_the_persons_statement_stands_before_the_inference():
    model = model_of(a_task(outcome="no_lasting_change", stated="useful_without_code"))

    assert cell(model, "ended") == "Useful without code"
    assert cell(model, "ended", Role.SECOND) == "inferred: No lasting change"
    assert cell(model, "ended", Role.DRAWING) == Mark("outcome.no_code")


def test_a_statement_that_agrees_says_nothing_more():
    assert cell(model_of(a_task(stated="done")), "ended", Role.SECOND) is None


def test_screen_readers_hear_units():
    model = model_of(a_task())
    role = Qt.ItemDataRole.AccessibleTextRole

    assert cell(model, "cost", role) == "2.10 US dollars, estimated"
    assert cell(model, "lines", role) == "212 lines accepted, 190 shipped"
    assert cell(model, "tools", role) == "Claude-Code"


def test_days_lose_their_weekday_where_room_is_short():
    model = model_of(a_task())
    model.show_weekdays(shown=False)

    assert cell(model, "began") == "21 Oct"


@pytest.mark.parametrize(
    ("words", "outcomes", "is_found"),
    [
        ("retry", (), True),
        ("API upload", (), True),
        ("billing", (), False),
        ("", ("shipped", "no_code"), True),
        ("retry", ("no_code",), False),
    ],
)
def test_tasks_are_found_by_words_and_by_how_they_ended(words, outcomes, is_found):
    assert found(a_task(), words, frozenset(outcomes)) is is_found


def test_more_columns_come_with_more_room():
    narrow, wide = automatic(680, 1.0), automatic(1200, 1.0)

    assert narrow == ("began", "title", "project", "ended", "lines", "cost")
    assert {"tools", "turns", "agent"} <= set(wide)
    assert automatic(1200, 2.0) == narrow

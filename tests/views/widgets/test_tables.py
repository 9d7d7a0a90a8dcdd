"""Tables: order, filter, copy, the empty message; and the timeline's steps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QStandardItemModel
from pytestqt.modeltest import ModelTester

from tests.views import figures
from tests.views.figures import cell, tasks_model
from tokenmirror.views.charts.table import FigureTable
from tokenmirror.views.charts.words import chain_table
from tokenmirror.views.widgets.cells import Role
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.ordered import Ordered
from tokenmirror.views.widgets.timeline import Timeline

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def numbers(*rows: tuple[object, ...]) -> QStandardItemModel:
    model = QStandardItemModel()
    model.setHorizontalHeaderLabels(["A", "B"])
    for place, row in enumerate(rows):
        model.appendRow([cell(str(value or ""), sort=value, key=f"k{place}") for value in row])
    return model


def column(view: DataTable | Ordered, at: int = 0) -> list[str]:
    ordered = view.ordered if isinstance(view, DataTable) else view
    return [str(ordered.index(row, at).data()) for row in range(ordered.rowCount())]


def table(qtbot, model: QStandardItemModel) -> DataTable:
    view = DataTable("Tasks", "No tasks in this period.")
    qtbot.addWidget(view)
    view.show_model(model)
    view.resize(600, 300)
    view.show()
    return view


def test_the_proxy_passes_qts_own_tests(qtmodeltester: ModelTester):
    ordered = Ordered()
    ordered.setSourceModel(tasks_model())
    ordered.sort_by([(5, DOWN)])
    qtmodeltester.check(ordered)


def test_the_twin_of_a_chart_passes_qts_own_tests(qtmodeltester: ModelTester):
    twin = FigureTable()
    twin.show_table(chain_table(figures.CHAIN))
    qtmodeltester.check(twin)


def test_numbers_sort_as_numbers_and_unknown_ones_come_last(qtbot):
    view = table(qtbot, numbers((10, 1), (9, 1), (None, 1), (100, 1)))
    view.sort_column(0)
    assert column(view) == ["9", "10", "100", ""]
    view.sort_column(0)
    assert column(view) == ["100", "10", "9", ""]


def test_a_further_key_breaks_ties(qtbot):
    view = table(qtbot, numbers((2, 1), (1, 2), (1, 1)))
    view.sort_column(0)
    view.sort_column(1, further=True)
    assert list(zip(column(view, 0), column(view, 1), strict=True)) == [
        ("1", "1"), ("1", "2"), ("2", "1"),
    ]  # fmt: skip


def test_sorting_keeps_the_selection_on_its_row(qtbot):
    view = table(qtbot, numbers((3, 1), (1, 1), (2, 1)))
    assert view.choose("k0")
    view.sort_column(0)
    assert view.chosen_keys() == ("k0",)
    assert view.currentIndex().row() == 2


def test_a_filter_keeps_what_it_wants_and_the_message_says_when_nothing_is_left(qtbot):
    view = table(qtbot, numbers((3, 1), (1, 1)))
    view.filter_rows(lambda model, row: model.index(row, 0).data(Role.SORT) > 2)
    assert column(view) == ["3"]
    view.filter_rows(lambda model, row: False)
    assert column(view) == []
    assert view._empty == "No tasks in this period."


def test_rows_added_later_are_sorted_in(qtbot):
    model = numbers((3, 1), (1, 1))
    view = table(qtbot, model)
    view.sort_column(0)
    model.appendRow([cell("2", sort=2), cell("1", sort=1)])
    assert column(view) == ["1", "2", "3"]


def test_ctrl_c_copies_shown_columns_with_a_head(qtbot):
    view = table(qtbot, numbers((3, 7), (1, 8)))
    view.setColumnHidden(1, True)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "A\n3\n1"


def test_enter_opens_the_row_by_its_key(qtbot):
    view = table(qtbot, numbers((3, 7), (1, 8)))
    view.selectRow(1)
    with qtbot.waitSignal(view.opened) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == ["k1"]


def test_space_on_a_head_sorts_by_it(qtbot):
    view = table(qtbot, numbers((3, 7), (1, 8)))
    qtbot.keyClick(view.horizontalHeader(), Qt.Key.Key_Space)
    assert column(view) == ["1", "3"]


def test_fifty_thousand_rows_are_sorted(qtbot):
    model = numbers(*((n * 7919 % 50_000, n) for n in range(50_000)))
    ordered = Ordered()
    ordered.setSourceModel(model)
    ordered.sort_by([(0, UP)])
    assert ordered.index(0, 0).data(Role.SORT) == 0


def timeline(qtbot) -> Timeline:
    line = Timeline()
    qtbot.addWidget(line)
    line.show_moments(figures.MOMENTS, ("09:40", "10:55"))
    line.show()
    return line


def test_arrow_keys_step_through_a_task_in_time(qtbot):
    line = timeline(qtbot)
    with qtbot.waitSignal(line.readout) as told:
        qtbot.keyClick(line, Qt.Key.Key_Right)
    assert told.args == ["09:1 prompt, 1 words. Event 1 of 11."]
    with qtbot.waitSignal(line.readout) as told:
        qtbot.keyClick(line, Qt.Key.Key_End)
    assert told.args == ["10:15 on the main line. Event 11 of 11."]


def test_up_and_down_change_the_lane(qtbot):
    line = timeline(qtbot)
    qtbot.keyClick(line, Qt.Key.Key_Home)
    with qtbot.waitSignal(line.readout) as told:
        qtbot.keyClick(line, Qt.Key.Key_Down)
    assert "turn of 6 min" in told.args[0]


def test_an_empty_timeline_takes_keys_calmly(qtbot):
    line = Timeline()
    qtbot.addWidget(line)
    line.show()
    qtbot.keyClick(line, Qt.Key.Key_End)
    assert not line.grab().isNull()

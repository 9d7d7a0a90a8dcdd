from __future__ import annotations

from PySide6.QtCore import Qt

from tokenmirror.views.models.rows import Cell, Row, RowsModel
from tokenmirror.views.widgets.cells import Role


def rows(*texts):
    return [
        Row(f"k{place}", (Cell(text), Cell(text, sort=place))) for place, text in enumerate(texts)
    ]


def test_the_model_keeps_the_rules_of_models(qtmodeltester):
    model = RowsModel(["A", "B"])
    model.show_rows(rows("one", "two"))

    qtmodeltester.check(model)


def test_cells_are_sorted_by_their_value_and_known_by_their_row():
    model = RowsModel(["A", "B"])
    model.show_rows(rows("one", "two"))

    assert model.index(1, 1).data(Role.SORT) == 1
    assert model.index(1, 0).data(Role.SORT) == "two"
    assert model.index(1, 1).data(Role.KEY) == "k1"


def test_the_same_rows_with_other_words_keep_their_place(qtbot):
    model = RowsModel(["A", "B"])
    model.show_rows(rows("one", "two"))

    with qtbot.waitSignal(model.dataChanged), qtbot.assertNotEmitted(model.modelReset):
        model.show_rows(rows("one", "three"))

    assert model.index(1, 0).data() == "three"


def test_a_head_can_be_renamed():
    model = RowsModel(["A", "B"])
    model.name(1, "Days covered, October")

    assert model.headerData(1, Qt.Orientation.Horizontal) == "Days covered, October"

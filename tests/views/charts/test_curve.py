"""The curves of lasting lines: two kinds apart on one axis, counted for one task."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt

from tests.views.figures import CURVE, OTHERS
from tokenmirror.measures.figures import Curve, CurvePoint
from tokenmirror.measures.listing.trail import Stood
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.charts.curve import CurveChart
from tokenmirror.views.charts.curve_words import curve_table, day_words, describe_curve, told_words
from tokenmirror.views.charts.stood import StoodChart

NOTE = "You choose what to give to AI, so these are different kinds of work."


@pytest.fixture
def chart(qtbot):
    made = CurveChart()
    qtbot.addWidget(made)
    made.setAccessibleName("How many are still in the code?")
    made.resize(1000, 300)
    made.show_figure(CURVE, OTHERS)
    made.show()
    return made


def test_both_curves_have_the_same_axes(chart):
    first, second = chart._plot(0), chart._plot(1)

    assert (first.width(), first.height(), first.top()) == (
        second.width(), second.height(), second.top(),
    )  # fmt: skip
    assert first.right() < second.left()


def test_without_room_they_stand_under_each_other(chart):
    high = chart.height_for(1000)
    chart.resize(500, 600)

    assert chart._plot(0).left() == chart._plot(1).left()
    assert chart._plot(0).bottom() < chart._plot(1).top()
    assert chart.height_for(500) > 1.8 * high


def test_days_are_stepped_and_the_other_kind_is_below(qtbot, chart):
    chart.put_cursor(7, 0)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    by_day = chart.readout()
    qtbot.keyClick(chart, Qt.Key.Key_Down)

    assert by_day.startswith("Lines from AI proposals: Day 8: ")
    assert chart.readout().startswith("Your lines not recognised as AI, same weeks: Day 8: ")


def test_a_day_tells_its_share_its_range_and_the_lines_watched():
    assert day_words(CURVE, 30) == (
        "Day 30: 88 % still there, likely 83–92 %."  # noqa: RUF001
        " 4,120 lines were there and watched until then."
    )
    assert day_words(CURVE, 80) == "Day 80: too few lines were watched so long."


def test_a_wide_range_makes_the_share_a_round_one():
    wide = CurvePoint(30, 0.87, 0.69, 0.99, 9)

    assert told_words(wide) == "30 days: around 85 %, likely 70–100 %"  # noqa: RUF001
    assert told_words(CurvePoint(30, 1.0, 1.0, 1.0, 9)) == "30 days: 100 %"
    assert told_words(CurvePoint(30, 0.87, left=9)) == "30 days: 87 %"


def test_the_pointer_finds_the_day_of_its_kind(chart):
    plot = chart._plot(1)
    middle = QPointF(plot.left() + plot.width() / 3, plot.center().y())

    assert chart.datum_at(middle) == (30, 1)
    assert chart.datum_at(QPointF(1, 1)) is None


def test_nothing_opens_from_a_curve(qtbot, chart):
    chart.put_cursor(30, 0)

    with qtbot.assertNotEmitted(chart.picked):
        qtbot.keyClick(chart, Qt.Key.Key_Return)


def test_the_description_holds_shares_counts_what_is_missing_and_the_fixed_note(chart):
    said = chart.describe()

    assert len(re.findall(r"\.(?:\s|$)", said)) >= 4
    assert "88 % after 30 days" in said
    assert "6,410 lines of 214" in said
    assert "Too early to tell: Lines from AI proposals after day 60" in said
    assert said.endswith(NOTE)
    assert NOTE not in describe_curve("x", [("Lines", CURVE)])


def test_an_empty_curve_is_described_too():
    said = describe_curve("Nothing", [("Lines", Curve((), {}, 0, 0, ""))])

    assert len(re.findall(r"\.(?:\s|$)", said)) >= 3


def test_the_table_holds_both_kinds_by_labelled_day(chart):
    table = curve_table([("AI", CURVE), ("Others", OTHERS)])

    assert [key for key, _ in table.rows] == ["0", "7", "14", "30", "60"]
    assert table.rows[3][1][0] == 30
    assert table.rows[3][1][3] == 4120
    assert table.rows[4][1][4:] == (None, None, None)  # the other curve ends before


def test_a_curve_is_painted_in_every_state(qtbot, chart):
    for figure, other in (
        (CURVE, OTHERS),
        (CURVE, None),
        (replace(CURVE, points=CURVE.points[:8], day=7), None),
    ):
        chart.show_figure(figure, other)
        chart.put_cursor(3, 0)
        assert not chart.grab().isNull()


def test_a_saved_picture_of_it_has_the_note(qtbot, chart, tmp_path):
    card = ChartCard(chart, "How many are still in the code?")
    qtbot.addWidget(card)
    card.save(tmp_path / "curve.svg")

    assert NOTE in (tmp_path / "curve.svg").read_text("utf-8")


def test_one_task_is_counted_never_a_rate(qtbot):
    chart = StoodChart()
    qtbot.addWidget(chart)
    chart.show_days([Stood(0, 22, 22), Stood(1, 22, 22), Stood(2, 4, 20)])
    chart.resize(260, 90)
    chart.put_cursor(2)

    assert chart.readout() == "Day 2: 4 of 20 lines still there."
    assert "%" not in chart.describe() + chart.sentence()
    assert len(re.findall(r"\.(?:\s|$)", chart.describe())) >= 3
    assert [cells for _, cells in chart.numbers().rows] == [(0, 22, 22), (2, 4, 20)]
    assert not chart.grab().isNull()


def test_a_task_nobody_watched_has_words_and_no_line(qtbot):
    chart = StoodChart()
    qtbot.addWidget(chart)
    chart.show_days([])

    assert chart.data_count() == 0
    assert "Nothing was watched." in chart.describe()
    assert not chart.grab().isNull()

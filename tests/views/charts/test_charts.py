"""Charts: one cursor by key and pointer, words for everything, a calm wheel, pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsView

from tests.views import figures
from tokenmirror.errors import UserError
from tokenmirror.measures.figures import Unknown, Week
from tokenmirror.views.charts.chain import ChainChart
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.charts.dots import DotsChart, swarm
from tokenmirror.views.charts.fills import part_fill, step_fill
from tokenmirror.views.charts.parts import PartsChart
from tokenmirror.views.charts.plot import bucket_label, value_ticks
from tokenmirror.views.charts.week_rows import WeekRows
from tokenmirror.views.charts.weeks import WeeksChart
from tokenmirror.views.theme import Theme, tokens

SHOWN = {
    "chain": (ChainChart, figures.CHAIN), "weeks": (WeeksChart, figures.OUTCOMES),
    "rows": (WeekRows, figures.ROWS), "dots": (DotsChart, figures.COSTS),
    "parts": (PartsChart, figures.COST_PARTS),
}  # fmt: skip
KINDS = list(SHOWN)


def card(qtbot, kind: str) -> ChartCard:
    make, figure = SHOWN[kind]
    chart = make()
    chart.show_figure(figure)
    frame = ChartCard(chart, "What happened?", "By week")
    qtbot.addWidget(frame)
    frame.resize(1000, 480)
    frame.show()
    qtbot.waitExposed(frame)
    return frame


def chart_of(qtbot, kind: str) -> Chart:
    return card(qtbot, kind).chart


def press(qtbot, chart: Chart, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(chart, key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wheel_turn_is_left_to_the_page(qtbot, kind: str):
    chart = chart_of(qtbot, kind)
    middle = QPointF(chart.rect().center())
    views = [view.viewport() for view in chart.findChildren(QGraphicsView)]
    for target in (chart, *views):
        event = QWheelEvent(
            middle, middle, QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)
        assert not event.isAccepted()


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_tells_screen_readers_what_it_is(qtbot, kind: str):
    chart = chart_of(qtbot, kind)
    spoken = QAccessible.queryAccessibleInterface(chart)
    assert spoken.role() is QAccessible.Role.Chart
    assert spoken.text(QAccessible.Text.Name) == "What happened?"
    assert spoken.text(QAccessible.Text.Description).count(". ") >= 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_datum_can_be_reached_by_keys_and_read(qtbot, kind: str):
    frame = card(qtbot, kind)
    chart = frame.chart
    press(qtbot, chart, Qt.Key.Key_Home)
    first = frame._readout.words()
    press(qtbot, chart, Qt.Key.Key_End)
    assert chart.at is not None
    assert chart.at[0] == chart.data_count() - 1
    assert frame._readout.words() not in ("", first)
    press(qtbot, chart, Qt.Key.Key_Left, Qt.Key.Key_PageUp)
    assert chart.at[0] == max(chart.data_count() - 6, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_enter_picks_and_escape_lets_go(qtbot, kind: str):
    frame = card(qtbot, kind)
    press(qtbot, frame.chart, Qt.Key.Key_Home)
    with qtbot.waitSignal(frame.picked) as told:
        press(qtbot, frame.chart, Qt.Key.Key_Return)
    assert told.args[0]
    press(qtbot, frame.chart, Qt.Key.Key_Escape)
    assert frame.chart.at is None
    assert frame._readout.words() == frame.chart.sentence()


@pytest.mark.parametrize("kind", KINDS)
def test_t_swaps_chart_and_table(qtbot, kind: str):
    frame = card(qtbot, kind)
    with qtbot.waitSignal(frame.table_toggled) as told:
        press(qtbot, frame.chart, Qt.Key.Key_T)
    assert told.args == [True]
    assert frame.table_shown()
    assert frame._twin.rowCount() == len(frame.chart.numbers().rows)
    frame.show_table(shown=False)
    assert not frame.table_shown()


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_copies_the_numbers(qtbot, kind: str):
    frame = card(qtbot, kind)
    qtbot.keyClick(frame.chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == len(frame.chart.numbers().rows) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_pointer_moves_the_same_cursor(qtbot, kind: str):
    chart = chart_of(qtbot, kind)
    chart.grab()
    places = [QPoint(x, y) for x in range(0, chart.width(), 7) for y in range(0, chart.height(), 7)]
    found = {chart.datum_at(QPointF(place)) for place in places} - {None}
    assert {datum for datum, _ in found} == set(range(chart.data_count()))


@pytest.mark.parametrize("kind", KINDS)
def test_light_and_dark_are_painted_and_differ(qtbot, theme: Theme, kind: str):
    frame = card(qtbot, kind)
    light = frame.chart.grab().toImage()
    theme.set_mode("dark")
    dark = frame.chart.grab().toImage()
    assert len({light.pixel(x, y) for x in range(light.width()) for y in (20, 40)}) > 3
    assert light != dark


@pytest.mark.parametrize("kind", KINDS)
def test_saved_pictures_are_light_and_twice_the_size(qtbot, theme: Theme, tmp_path: Path, kind):
    theme.set_mode("dark")
    frame = card(qtbot, kind)
    frame.save(tmp_path / "chart.png")
    image = QImage(str(tmp_path / "chart.png"))
    assert image.width() == 2 * (frame.chart.width() + 40)
    assert image.pixelColor(2, 2) == QColor(tokens().light.colours["surface"])
    assert theme.dark


def test_a_saved_drawing_carries_its_title_and_description(qtbot, tmp_path: Path):
    frame = card(qtbot, "chain")
    frame.save(tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text("utf-8")
    assert "<title>What happened?</title>" in text
    assert "nested bars" in text


def test_a_picture_that_cannot_be_written_says_so(qtbot, tmp_path: Path):
    with pytest.raises(UserError, match="cannot be saved"):
        card(qtbot, "chain").save(tmp_path / "missing" / "chart.png")


def test_a_segment_is_picked_with_its_week_and_outcome(qtbot):
    chart = chart_of(qtbot, "weeks")
    chart.put_cursor(5, 2)
    assert chart.key_at(5, 2) == "2026-10-05/on_branch"
    with qtbot.waitSignal(chart.picked) as told:
        chart.pick()
    assert told.args == ["2026-10-05/on_branch"]


def test_a_click_picks_what_is_under_it(qtbot):
    chart = chart_of(qtbot, "weeks")
    view = chart._plot.column(5, 12)
    place = QPoint(round(view.center().x()), round(view.bottom() - 10))
    with qtbot.waitSignal(chart.picked) as told:
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["2026-10-05/shipped"]


def test_rows_have_one_cursor_and_a_key_each(qtbot):
    chart = chart_of(qtbot, "rows")
    chart.put_cursor(7, 2)
    assert chart.key_at(7, 2) == "2026-10-19/shipped"
    assert "89 yours" in chart.readout()
    assert chart.readout().endswith("Enter to see the changes.")


def test_shift_and_arrows_mark_a_span_that_enter_uses(qtbot):
    chart = chart_of(qtbot, "weeks")
    chart.put_cursor(4)
    for _ in range(2):
        qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(chart.spanned) as told:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert told.args == ["2026-09-28/", "2026-10-12/"]


def test_a_figure_that_cannot_be_known_shows_its_reason_instead(qtbot):
    frame = card(qtbot, "chain")
    frame.show_unknown(Unknown("no_git", "git was not found on this computer."), "Look again")
    assert not frame._stack.isVisible()
    assert frame._unknown.isVisible()
    frame.show_unknown(None)
    assert frame._stack.isVisible()


def test_weeks_before_the_data_and_unknown_ones_are_drawn_as_gaps(qtbot):
    frame = card(qtbot, "weeks")
    weeks = figures.OUTCOMES.weeks
    gaps: tuple[Week, ...] = (
        replace(weeks[0], recorded=False), replace(weeks[1], values=(None, None, None, None)),
    )  # fmt: skip
    frame.chart.show_figure(replace(figures.OUTCOMES, weeks=gaps + weeks[2:]))
    assert not frame.chart.grab().isNull()
    assert "the data begin later" in frame.chart.words_at(0, 0)
    assert "not known" in frame.chart.words_at(1, 0)


def test_fewer_data_take_the_cursor_back_inside(qtbot):
    frame = card(qtbot, "weeks")
    frame.chart.put_cursor(11)
    frame.chart.show_figure(replace(figures.OUTCOMES, weeks=figures.OUTCOMES.weeks[:3]))
    assert frame.chart.at == (2, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_large_text_makes_the_chart_higher_not_narrower(qtbot, theme: Theme, kind: str):
    frame = card(qtbot, kind)
    before = frame.chart.height_for(900)
    theme.set_text_scale(200)
    assert frame.chart.height_for(900) >= 1.9 * before
    assert frame.minimumSizeHint().width() < 1000


def test_the_readout_keeps_its_height_while_the_cursor_moves(qtbot):
    frame = card(qtbot, "rows")
    heights = set()
    for datum in range(12):
        frame.chart.put_cursor(datum)
        heights.add(frame._readout.heightForWidth(500))
    assert len(heights) == 1


def test_marks_of_a_swarm_keep_their_distance():
    places = [10.0, 11.0, 12.0, 13.0, 40.0, 41.0]
    spots = list(zip(places, swarm(places, 12, 40), strict=True))
    apart = [
        (x1 - x2) ** 2 + (y1 - y2) ** 2 for n, (x1, y1) in enumerate(spots) for x2, y2 in spots[:n]
    ]
    assert min(apart) >= 144


def test_a_swarm_without_room_stays_within_it():
    assert max(map(abs, swarm([5.0] * 60, 12, 30))) <= 30


@pytest.mark.parametrize(
    ("top", "most", "ticks"),
    [(8, 3, [0, 5]), (124, 1, [0, 100]), (0, 4, [0]), (3.1, 4, [0, 1, 2, 3]), (9, 1, [0, 5])],
)
def test_values_of_an_axis_are_round_and_few(top: float, most: int, ticks: list[float]):
    assert value_ticks(top, most) == ticks


def test_a_new_year_is_written_out_once():
    firsts = [week.first.replace(month=12) for week in figures.OUTCOMES.weeks[:1]]
    firsts.append(firsts[0].replace(year=2027, month=1, day=4))
    assert bucket_label(firsts, 0) == "31 Dec"
    assert bucket_label(firsts, 1) == "4 Jan 2027"


def test_four_hundred_dots_become_bars(qtbot):
    chart = chart_of(qtbot, "dots")
    many = tuple(replace(figures.COSTS.dots[0], key=f"k{n}", value=1 + n / 100) for n in range(450))
    chart.show_figure(replace(figures.COSTS, dots=many))
    assert not chart.grab().isNull()
    assert len(chart._marks.spots) == 450


def test_the_table_of_a_chart_shows_its_heads_whole(qtbot):
    frame = card(qtbot, "weeks")
    frame.show_table(shown=True)
    head = frame._table.horizontalHeader()
    assert head.length() >= frame._table.viewport().width() - head.count()
    assert head.sectionSize(3) > head.sectionSize(1)


def test_allowed_and_applied_lines_share_one_fill_and_one_word(qtbot):
    words = [entry.words for entry in chart_of(qtbot, "chain").legend()]
    assert words == ["Accepted:", "chosen by you", "allowed or applied", "undecided"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_each_part_the_measures_name_has_a_fill_of_its_own(theme: Theme, look: str):
    theme.set_mode(look)
    for keys in (("own", "unattended"), ("chosen", "let_through"),
                 ("with", "without", "cannot_tell")):  # fmt: skip
        drawn = {(part_fill(key).colour.name(), part_fill(key).style) for key in keys}
        assert len(drawn) == len(keys)
    assert len({step_fill(step.key).colour.name() for step in figures.CHAIN.steps}) == 5

"""The shared parts: what they tell, what they are called, what keys do."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QVBoxLayout, QWidget

from tests.views import gallery
from tokenmirror.measures.measure import Export, Measure
from tokenmirror.views.theme import Theme
from tokenmirror.views.widgets.answers import rate_answer
from tokenmirror.views.widgets.boxes import Box, Radio
from tokenmirror.views.widgets.buttons import Button, FocusRing, IconButton, Switch
from tokenmirror.views.widgets.chip import ChipRow, Choice
from tokenmirror.views.widgets.counting_popover import CountingPopover, counting
from tokenmirror.views.widgets.filter_bar import DateRange, Entry, ListButton, PeriodGroup
from tokenmirror.views.widgets.messages import CoverageLine, InlineMessage, Toast
from tokenmirror.views.widgets.progress_row import ProgressCard
from tokenmirror.views.widgets.stat_card import StatCard


def shown(qtbot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.show()
    return widget


def measure() -> Measure:
    return Measure(
        "F3", "done", "Done", "Of the tasks meant to change something, how many got there.",
        "shipped divided by these and the rest", "3 on a branch", "Small slices raise it", "tasks",
        frozenset(), (), "Wilson interval, 95 %", (), Export.DEFAULT, lambda db, scope: None,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize("name", list(gallery.SHEETS))
def test_everything_that_takes_the_focus_has_a_name(qtbot, name: str):
    sheet = shown(qtbot, gallery.SHEETS[name]())
    nameless = [
        type(widget).__name__
        for widget in sheet.findChildren(QWidget)
        if widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and widget.isVisibleTo(sheet)
        and widget.objectName() != "qt_spinbox_lineedit"  # its field has the name
        and isinstance(widget, QAbstractButton | QLineEdit)
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        and not isinstance(widget, Box | Radio)  # the sheet has some without words on purpose
    ]
    assert nameless == []


@pytest.mark.parametrize("name", list(gallery.SHEETS))
def test_dark_and_light_paint_something_and_differ(qtbot, theme: Theme, name: str):
    light = shown(qtbot, gallery.SHEETS[name]()).grab().toImage()
    theme.set_mode("dark")
    dark = shown(qtbot, gallery.SHEETS[name]()).grab().toImage()
    colours = {light.pixel(x, y) for x in range(0, light.width(), 9) for y in range(0, 400, 7)}
    assert len(colours) > 4
    assert light != dark


def test_a_card_is_a_button_that_says_everything(qtbot):
    card = shown(qtbot, StatCard())
    card.show_answer(rate_answer("Done", "change tasks completed", gallery.DONE))
    spoken = QAccessible.queryAccessibleInterface(card)
    assert spoken.role() is QAccessible.Role.Button
    assert "21 of 25" in spoken.text(QAccessible.Text.Description)
    with qtbot.waitSignal(card.clicked):
        qtbot.keyClick(card, Qt.Key.Key_Space)


def test_the_corner_of_a_card_asks_how_it_is_counted(qtbot):
    card = shown(qtbot, StatCard())
    card.show_answer(rate_answer("Done", "completed", gallery.DONE))
    corner = card.findChild(IconButton)
    with qtbot.waitSignal(card.asked) as asked:
        qtbot.mouseClick(corner, Qt.MouseButton.LeftButton)
    assert asked.args == [corner]


def test_a_narrow_card_puts_what_it_counts_below(qtbot):
    card = shown(qtbot, StatCard())
    card.show_answer(rate_answer("Done", "change tasks completed", gallery.DONE))
    assert card.heightForWidth(200) > card.heightForWidth(400)


def test_a_popover_says_what_the_measure_says(qtbot):
    words = counting(measure(), "25 tasks", action="Show the tasks")
    assert dict(words.rows)["Counted"] == "25 tasks"
    assert dict(words.rows)["Rule"] == "F3, version 1"


def test_a_popover_closes_and_gives_the_focus_back(qtbot):
    page = shown(qtbot, QWidget())
    opener = Button("i", parent=page)
    opener.show()
    popover = CountingPopover(counting(measure()), page)
    popover.open_under(opener)
    assert popover.isVisible()
    qtbot.keyClick(popover, Qt.Key.Key_Escape)
    assert not popover.isVisible()


def test_coverage_below_four_fifths_turns_to_caution(qtbot):
    line = shown(qtbot, CoverageLine())
    line.say("72 % of your active days are covered.", 0.72)
    assert line._words.property("tone") == "caution"
    assert line._glyph.isVisible()
    line.say("90 % of your active days are covered.", 0.9)
    assert line._words.property("tone") == "text2"


def test_a_message_can_be_acted_on_and_closed(qtbot):
    message = shown(qtbot, InlineMessage("caution", "Some days are missing.", "Details"))
    with qtbot.waitSignal(message.closed):
        qtbot.mouseClick(message.findChild(IconButton), Qt.MouseButton.LeftButton)
    assert not message.isVisible()


def test_a_toast_offers_undo_and_goes_with_escape(qtbot):
    page = shown(qtbot, QWidget())
    page.resize(600, 300)
    toast = Toast(page)
    toast.say("2 tasks hidden")
    with qtbot.waitSignal(toast.undone):
        qtbot.mouseClick(toast._undo, Qt.MouseButton.LeftButton)
    assert not toast.isVisible()
    toast.say("2 tasks hidden")
    qtbot.keyClick(toast, Qt.Key.Key_Escape)
    assert not toast.isVisible()


def chips(qtbot) -> ChipRow:
    row = ChipRow("All")
    row.show_choices([Choice("a", "Shipped", 21), Choice("b", "Unknown", 2)], 23)
    return shown(qtbot, row)


def click(qtbot, row: ChipRow, place: int, ctrl: bool = False) -> None:
    pressed = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    qtbot.mouseClick(row._chips[place], Qt.MouseButton.LeftButton, pressed)


def test_a_chip_filters_alone_and_a_second_click_lets_go(qtbot):
    row = chips(qtbot)
    click(qtbot, row, 0)
    assert row.keys() == {"a"}
    click(qtbot, row, 1)
    assert row.keys() == {"b"}
    click(qtbot, row, 1)
    assert row.keys() == frozenset()
    assert row._all.isChecked()


def test_new_counts_keep_what_was_chosen(qtbot):
    row = chips(qtbot)
    row.set_keys(frozenset({"b"}))
    row.show_choices([Choice("b", "Unknown", 5), Choice("c", "In progress", 1)], 6)
    assert row.keys() == {"b"}


def test_a_chip_says_its_count(qtbot):
    row = chips(qtbot)
    assert row._chips[0].accessibleName() == "Shipped, 21"


def test_a_list_tells_its_ticks_once_and_none_for_all(qtbot):
    button = shown(qtbot, ListButton("Tools"))
    button.show_entries([Entry("a", "Claude Code"), Entry("b", "Codex CLI", 12)], None)
    with qtbot.waitSignal(button.changed) as told:
        button.list.only("b")
    assert told.args == [frozenset({"b"})]
    assert button.text() == "Tools: 1"
    with qtbot.waitSignal(button.changed) as told:
        button.list._tick_all()
    assert told.args == [None]


def test_searching_a_list_ticks_only_what_is_seen(qtbot):
    button = shown(qtbot, ListButton("Tools"))
    button.show_entries([Entry("a", "Claude Code"), Entry("b", "Codex CLI")], frozenset())
    button.list._search.setText("codex")
    button.list._tick_all()
    assert button.list.ticked() == {"b"}


def test_the_period_steps_and_its_menu_chooses(qtbot):
    group = shown(qtbot, PeriodGroup())
    group.show_choices([("month", "This month"), ("", ""), ("all", "All")])
    group.show_period("October 2026", "month", can_go_on=False)
    with qtbot.waitSignal(group.stepped) as told:
        qtbot.mouseClick(group._back, Qt.MouseButton.LeftButton)
    assert told.args == [-1]
    assert not group._on.isEnabled()
    with qtbot.waitSignal(group.chosen) as told:
        group._group.actions()[1].trigger()
    assert told.args == ["all"]


def test_two_dates_come_in_order(qtbot):
    page = shown(qtbot, QWidget())
    popup = DateRange(date(2026, 10, 21), date(2026, 10, 3), page)
    with qtbot.waitSignal(popup.accepted) as told:
        popup._use()
    assert told.args == [date(2026, 10, 3), date(2026, 10, 21)]


def test_progress_can_be_paused_and_taken_up_again(qtbot):
    card = shown(qtbot, ProgressCard("Reading your logs"))
    with qtbot.waitSignal(card.paused) as told:
        qtbot.mouseClick(card._pause, Qt.MouseButton.LeftButton)
    assert told.args == [True]
    assert card._pause.text() == "Go on"


def test_a_row_of_progress_is_made_once(qtbot):
    card = shown(qtbot, ProgressCard("Reading"))
    row = card.row("claude-code", "Claude Code", "terminal")
    row.show_progress(0.31, "371 of 1,204 files", "2 problems")
    assert card.row("claude-code") is row
    assert row.bar.accessibleName() == "Claude Code: 31 %"


def test_a_switch_turns_by_space_and_says_what_it_switches(qtbot):
    switch = shown(qtbot, Switch("Read Claude Code"))
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert switch.isChecked()
    assert switch.accessibleName() == "Read Claude Code"


def test_the_ring_follows_the_keyboard_and_lies_outside_the_button(qtbot, qapp: QApplication):
    ring = FocusRing.install(qapp)
    page = QWidget()
    rows = QVBoxLayout(page)
    one, two = Button("One"), Button("Two")
    rows.addWidget(one)
    rows.addWidget(two)
    shown(qtbot, page)
    qtbot.waitExposed(page)
    page.activateWindow()
    two.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(two.hasFocus)
    around = two.geometry().adjusted(-4, -4, 4, 4)
    assert ring.isVisible()
    assert ring.geometry() == around.intersected(page.rect())
    two.clearFocus()
    assert not ring.isVisible()
    ring.deleteLater()


def test_icon_buttons_are_large_enough_to_hit(qtbot):
    button = shown(qtbot, IconButton("info", "How this is counted"))
    assert min(button.width(), button.height()) >= 28
    assert button.toolTip() == "How this is counted"


def test_a_hidden_popover_is_kept_on_its_screen(qtbot):
    page = shown(qtbot, QWidget())
    page.move(QPoint(5000, 5000))
    popover = CountingPopover(counting(measure()), page)
    popover.open_under(page)
    room = page.screen().availableGeometry()
    assert room.contains(popover.geometry().topLeft())
    popover.close()

"""The settings: what is changed holds at once, is refused with a sentence, and can be undone."""

from __future__ import annotations

from datetime import date

import pytest

from tests.views import made_up
from tokenmirror.store.entered import EVER, Baseline, CheckIn, Note, OwnPrice, Plan
from tokenmirror.views.settings.window import SettingsWindow

PRICE = OwnPrice("gpt-5", EVER, 125 * 10**7, None, None, None, 10**10)


@pytest.fixture
def desk(tmp_path):
    made = made_up.a_desk(tmp_path)
    yield made
    made_up.close(made)


@pytest.fixture
def window(desk, qtbot, theme):
    made = SettingsWindow(desk)
    qtbot.addWidget(made)
    return made


def settled(window, qtbot, key):
    """A section, once its last question to the archive has been answered and shown."""
    jobs, slot, told = window.desk.jobs, f"settings {key}", []
    jobs._arrived.connect(told.append)
    section = window.open_section(key)
    qtbot.waitUntil(lambda: (slot, jobs._numbers[slot]) in [(a.slot, a.number) for a in told])
    qtbot.wait(1)
    return section


def test_an_own_price_is_kept_shown_and_undone(window, desk, qtbot):
    section = settled(window, qtbot, "prices")
    sheet = section.edit_price(None, "gpt-5")
    sheet.controls["input_nusd"].setText("1.25")
    sheet.controls["output_nusd"].setText("10")

    with qtbot.waitSignal(window.told) as told:
        sheet._done()

    assert told.args == [frozenset({"own_prices"})]
    assert desk.own.entries(OwnPrice) == (PRICE,)
    qtbot.waitUntil(lambda: section.prices.table.ordered.rowCount() == 1)
    desk.undo.undo()
    assert desk.own.entries(OwnPrice) == ()
    desk.undo.redo()
    assert desk.own.entries(OwnPrice) == (PRICE,)


def test_a_price_moved_to_another_day_leaves_none_behind(window, desk, qtbot):
    desk.own.put(PRICE)
    section = settled(window, qtbot, "prices")
    sheet = section.edit_price(PRICE)
    sheet.controls["first"].setText("2026-03-01")

    sheet._done()

    assert [price.first for price in desk.own.entries(OwnPrice)] == [date(2026, 3, 1)]
    desk.undo.undo()
    assert desk.own.entries(OwnPrice) == (PRICE,)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"input_nusd": "abc", "output_nusd": "1"}, "“abc” is no amount."),
        ({"input_nusd": "1"}, "one for output"),
        ({"input_nusd": "-1", "output_nusd": "1"}, "between 0 and"),
        ({"input_nusd": "1", "output_nusd": "1", "first": "soon"}, "“soon” is no day."),
        ({"model": "", "input_nusd": "1", "output_nusd": "1"}, "name of a model"),
        ({"input_nusd": "0.00000000001", "output_nusd": "1"}, "finer than can be kept"),
    ],
)
def test_a_price_that_cannot_be_meant_is_said_and_not_kept(window, desk, qtbot, texts, words):
    sheet = settled(window, qtbot, "prices").edit_price(None, "gpt-5")
    for key, text in texts.items():
        sheet.controls[key].setText(text)

    sheet._done()

    assert words in sheet.wrong.text()
    assert sheet.wrong.isVisibleTo(sheet)
    assert desk.own.entries(OwnPrice) == ()


def test_a_plan_is_kept_with_its_tool_and_days(window, desk, qtbot):
    sheet = settled(window, qtbot, "prices").edit_plan(None)
    sheet.controls["name"].setText("Max")
    sheet.controls["source"].show_key("claude-code")
    sheet.controls["nusd"].setText("$100")
    sheet.controls["first"].setText("2026-01-15")

    sheet._done()

    plan = desk.own.entries(Plan)[0]
    assert (plan.name, plan.source, plan.nusd, plan.per) == ("Max", "claude-code", 10**11, "month")
    assert (plan.first, plan.last) == (date(2026, 1, 15), None)


def test_a_plan_that_ends_before_it_begins_is_refused(window, desk, qtbot):
    sheet = settled(window, qtbot, "prices").edit_plan(None)
    for key, text in (("name", "Max"), ("nusd", "1"), ("last", "2020-01-01")):
        sheet.controls[key].setText(text)

    sheet._done()

    assert sheet.wrong.text() == "A plan cannot end before it begins."
    assert desk.own.entries(Plan) == ()


def test_a_note_is_removed_with_the_keyboard_and_comes_back(window, desk, qtbot):
    note = Note("n1", date(2026, 10, 5), "switched")
    desk.own.put(note)
    section = settled(window, qtbot, "notes")
    section.notes.table.selectRow(0)

    section.notes._remove()

    assert desk.own.entries(Note) == ()
    desk.undo.undo()
    assert desk.own.entries(Note) == (note,)


def test_a_baseline_is_kept_and_told_to_every_page(window, desk, qtbot):
    sheet = settled(window, qtbot, "notes").edit_baseline(None)
    sheet.controls["day"].setText("2026-09-07")
    sheet.controls["words"].setText("new project")

    with qtbot.waitSignal(window.told) as told:
        sheet._done()

    assert desk.own.entries(Baseline) == (Baseline(date(2026, 9, 7), "new project"),)
    assert told.args == [frozenset({"baselines"})]


def test_answers_of_a_week_may_be_left_out_but_not_all(window, desk, qtbot):
    section = settled(window, qtbot, "check_in")
    sheet = section.ask_week(date(2026, 11, 9))

    sheet._done()
    assert sheet.wrong.text() == "There is no answer to keep."
    sheet.helped.button(2).setChecked(True)
    sheet._done()

    assert desk.own.entries(CheckIn) == (CheckIn(date(2026, 11, 9), "some"),)


def test_a_threshold_is_moved_said_and_set_back(window, desk, qtbot):
    section = settled_without_question(window, "counting")

    with qtbot.waitSignal(window.told, timeout=5000) as told:
        section.numbers["repeats"].setValue(8)

    assert "origins" in told.args[0]
    assert desk.options.value.repeats == 8
    row = section.numbers["repeats"].parent()
    assert row.default.isVisibleTo(row)
    with qtbot.waitSignal(window.told, timeout=5000):
        row.default.click()
    assert desk.options.value.repeats == 5


def test_a_rule_is_switched_off_and_back_by_undo(window, desk, qtbot):
    section = settled_without_question(window, "counting")

    with qtbot.waitSignal(window.told, timeout=5000):
        section.switches["b"].click()
    assert desk.options.value.origin_rules == ("a", "c")

    with qtbot.waitSignal(window.told, timeout=5000):
        desk.undo.undo()
    assert desk.options.value.origin_rules == ("a", "b", "c")
    assert section.switches["b"].isChecked()


def settled_without_question(window, key):
    return window.open_section(key)


def test_working_hours_that_cannot_be_meant_are_said_and_not_kept(window, desk):
    section = window.open_section("time")
    section.hours_on.click()
    section.spans[0].setText("17:00-09:00")

    section.spans[0]._told()

    assert "end after they begin" in window._message.accessibleName()
    assert desk.options.value.working_hours == ("09:00-17:30",) * 5 + ("", "")
    assert section.spans[0].text() == "09:00-17:30"


@pytest.mark.parametrize(
    ("typed", "zone"), [("europe/berlin", "Europe/Berlin"), ("Moon/Crater", ""), ("", "")]
)
def test_a_zone_is_one_that_there_is(window, desk, typed, zone):
    section = window.open_section("time")
    section.zone.setText(typed)

    section.zone._told()

    assert desk.options.value.zone == zone


def test_a_quarter_may_begin_in_any_month(window, desk, qtbot):
    section = window.open_section("time")

    with qtbot.waitSignal(window.reckoned):
        section.quarter.chosen.emit("4")

    assert desk.options.value.year_start == 4
    assert desk.days.year_start == 4


def test_a_search_opens_the_section_that_holds_the_words(window):
    window.search.setText("quarters")
    assert window._stack.currentIndex() == 0

    window.search.setText("rhythm")
    assert window._stack.currentIndex() == 1

    window.search.setText("no such words")
    assert window._nothing.isVisibleTo(window)


def test_every_section_has_words_for_having_nothing(window, qtbot):
    for key in ("prices", "notes", "check_in"):
        section = settled(window, qtbot, key)
        for table in section.findChildren(type(window.sections["notes"].notes.table)):
            assert table._empty.endswith(".")


def test_every_control_has_a_name(window):
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QLineEdit

    for kind in (QAbstractButton, QAbstractSpinBox, QLineEdit):
        for control in window.findChildren(kind):
            inner = isinstance(control.parent(), (QAbstractSpinBox, QLineEdit))
            named = control.accessibleName() or (
                control.text() if isinstance(control, QAbstractButton) else ""
            )
            assert named or inner or control.objectName().startswith("qt_"), control

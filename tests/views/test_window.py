from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from tests.measures import stores
from tests.views import made_up
from tokenmirror.errors import UserError
from tokenmirror.views import theme as themes
from tokenmirror.views.desk import Step
from tokenmirror.views.frame.history import Place
from tokenmirror.views.frame.regions import pull_back
from tokenmirror.views.import_run import Changes, Progress
from tokenmirror.views.window import Window


def archive(folder, *tasks):
    db = stores.store_with(*tasks)
    db.commit()
    db.execute("vacuum into ?", (str(folder / "mirror.db"),))


PICTURED = ("overview", "tasks", "sources")


@pytest.fixture
def window(qtbot, tmp_path):
    outcomes = ("shipped", "no_code", "no_lasting_change")
    archive(tmp_path, *(stores.a_task("2026-10-05", each, tokens=1000) for each in outcomes))
    desk = made_up.a_desk(tmp_path)
    made = Window(desk)
    qtbot.addWidget(made)
    made.resize(1280, 860)
    made.show()
    made.activateWindow()
    made.begin()
    qtbot.waitUntil(lambda: made.here is not None and settled(made) and made.isActiveWindow())
    yield made
    made.close()


@pytest.fixture
def bare(qtbot, tmp_path):
    made = Window(made_up.a_desk(tmp_path))
    qtbot.addWidget(made)
    made.show()
    made.begin()
    qtbot.waitUntil(lambda: made.here is not None and settled(made))
    yield made
    made.close()


def settled(window):
    return window.page(window.here.page).state is not None


def at(qtbot, window, page):
    qtbot.waitUntil(lambda: window.here.page == page and settled(window))


def test_it_opens_the_overview_of_the_last_full_month(window):
    assert window.here.page == "overview"
    assert (window.here.filters.period.first, window.here.filters.period.last) == (
        made_up.OCTOBER.first,
        made_up.OCTOBER.last,
    )
    assert window.header.title.text() == "Did the work get done, and did it hold?"


def test_only_pages_that_exist_are_listed(window):
    model = window.sidebar.model
    listed = [model.index(row, 0).data() for row in range(model.rowCount())]

    assert listed == ["Overview", "Tasks", "Held up", "Data", "Sources"]


@pytest.mark.parametrize(
    ("key", "page"), [("2", "tasks"), ("4", "held_up"), ("9", "sources"), ("1", "overview")]
)
def test_pages_open_by_their_keys(qtbot, window, key, page):
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)

    at(qtbot, window, page)
    assert window.sidebar.list.currentIndex().data().lower() == page.replace("_", " ")


def test_back_and_forward_walk_the_history(qtbot, window):
    window._open_page("tasks")
    at(qtbot, window, "tasks")

    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    back = window.here.page
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)

    assert (back, window.here.page) == ("overview", "tasks")


def test_the_mouses_own_keys_walk_it_too(qtbot, window):
    window._open_page("tasks")
    at(qtbot, window, "tasks")

    qtbot.mouseClick(window, Qt.MouseButton.BackButton, pos=QPoint(5, 5))

    assert window.here.page == "overview"


def test_brackets_step_the_period_and_ctrl_t_comes_to_today(qtbot, window):
    qtbot.keyClick(window, "[")
    earlier = window.here.filters.period.first.month
    qtbot.keyClick(window, "]")
    later = window.here.filters.period.first.month
    qtbot.keyClick(window, "t", Qt.KeyboardModifier.ControlModifier)

    assert (earlier, later, window.here.filters.period.first.month) == (9, 10, 11)


def test_brackets_can_be_typed_into_the_search_field(qtbot, window):
    window._open_page("tasks")
    at(qtbot, window, "tasks")
    qtbot.keyClick(window, "f", Qt.KeyboardModifier.ControlModifier)
    search = window.page("tasks").search
    search.setFocus()

    qtbot.keyClicks(search, "[x]")

    assert search.text() == "[x]"
    assert window.here.filters.period == made_up.OCTOBER


def test_filters_that_are_set_stand_as_chips_and_can_be_cleared(qtbot, window):
    window.header._sources_ticked(frozenset({"claude-code"}))
    window.header._unattended_set(True)
    chips = window.header.chips.findChildren(QAbstractButton)
    assert [chip.text() for chip in chips if chip.isVisibleTo(window)] == [
        "Tools: Claude Code",
        "With unattended runs",
        "Clear",
    ]

    window.header._clear()

    assert window.here.filters.narrowed == 0
    assert not window.header.chips.isVisible()


def test_filters_stay_when_the_page_changes(qtbot, window):
    window.header._sources_ticked(frozenset({"claude-code"}))
    window._open_page("tasks")

    assert window.here.filters.sources == frozenset({"claude-code"})


def test_a_card_of_the_overview_leads_to_as_many_tasks(qtbot, window):
    overview = window.page("overview")
    rate = overview._answer.done
    overview.done.click()
    at(qtbot, window, "tasks")
    tasks = window.page("tasks")

    ended = [made_up.a_task, *tasks._rows][1:]
    counted = [task for task in ended if task.outcome in {"shipped", "no_lasting_change"}]
    assert len(counted) == rate.trials


def test_before_anything_is_read_there_is_no_filter_bar(bare):
    assert not bare.header.bar.isVisible()
    assert not bare.header.coverage.isVisible()


def test_the_empty_page_asks_for_consent(qtbot, bare):
    with qtbot.waitSignal(bare.wants_consent):
        bare.page("overview")._states.offered.emit("consent")


def test_f6_goes_round_the_parts_of_the_window(qtbot, window):
    window.activateWindow()
    window.sidebar.list.setFocus()
    seen = []
    for _ in range(3):
        window._next_region()
        focus = QApplication.focusWidget()
        parts = {"header": window.header, "page": window.stack, "sidebar": window.sidebar}
        seen.append(next(name for name, part in parts.items() if part.isAncestorOf(focus)))

    assert seen == ["header", "page", "sidebar"]


def test_tab_reaches_every_part_and_is_nowhere_caught(qtbot, window):
    window.sidebar.list.setFocus()
    start, seen = QApplication.focusWidget(), set()
    for _ in range(80):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        seen.add(focus)
        if focus is start:
            break

    assert focus is start
    assert {window.header.bar.project_list, window.page("overview").done} <= seen


def test_the_sidebar_gets_narrow_with_the_window_and_with_large_text(window):
    assert not window.sidebar.narrow
    window.resize(1024, 700)
    by_width = window.sidebar.narrow
    window.resize(1280, 860)
    themes.current().set_text_scale(150)
    window._fit_sidebar()

    assert by_width
    assert window.sidebar.narrow


def test_while_reading_the_foot_says_how_far(window):
    run = window.desk.run
    run.last = Progress("reading", 12, 100)
    run._process = object()
    window.watch.say()
    foot = window.sidebar.foot()
    run._process = None

    assert foot == "Reading… 12 %"


def test_the_foot_says_when_it_was_read(qtbot, window):
    with made_up.connected(window.desk.own.path) as db:
        db.execute(
            "insert into runs (started_ms, ended_ms, state) values (1, ?, 'done')",
            (made_up.NOW_MS - 4 * 60_000,),
        )
    db.close()
    window.watch.look()

    qtbot.waitUntil(lambda: window.sidebar.foot() == "Read 4 min ago")


def test_what_a_reading_changed_is_asked_again(qtbot, window):
    page = window.page("overview")
    asked = []
    page.busy.connect(asked.append)

    window._changed(Changes(frozenset({"machines"})))
    unconcerned = list(asked)
    window._changed(Changes(frozenset({"tasks"})))

    assert unconcerned == []
    assert asked[0] is True
    qtbot.waitUntil(lambda: asked[-1] is False)


def test_a_step_can_be_taken_back_from_the_toast(qtbot, window):
    done = []
    window.desk.undo.push(Step("2 tasks hidden", lambda: done.append(1), done.clear))
    assert window._toast.isVisible()
    assert window._toast.accessibleName() == "2 tasks hidden"

    window._toast.undone.emit()

    assert done == []
    assert window._recent == ["2 tasks hidden", "Undone: 2 tasks hidden"]


def test_a_fault_of_the_world_is_said_over_the_page(window):
    window.message(UserError("The settings could not be saved.", "Make room on the disk."))

    assert window._message.isVisible()
    assert "Make room on the disk." in window._message.accessibleName()


def test_theme_and_text_size_are_remembered(window):
    window.menus.actions["theme_dark"].trigger()
    window.menus.actions["larger"].trigger()

    options = window.desk.options.value
    assert (options.theme, options.text_scale) == ("dark", 110)


def test_closing_remembers_page_and_place_of_the_window(qtbot, window):
    window._open_page("tasks")
    at(qtbot, window, "tasks")
    window.close()

    assert window.desk.options.value.last_page == "tasks"
    assert window.desk.options.value.geometry


def test_a_window_off_every_screen_is_pulled_back(qtbot):
    lost = QWidget()
    qtbot.addWidget(lost)
    lost.resize(900, 600)
    lost.move(20_000, 20_000)

    pull_back(lost)

    assert QApplication.primaryScreen().availableGeometry().intersects(lost.frameGeometry())


def test_sample_data_are_named_on_every_page(qtbot, tmp_path):
    desk = made_up.a_desk(tmp_path, sample=True)
    window = Window(desk)
    qtbot.addWidget(window)
    window.show()

    shown = {label.text() for label in window.findChildren(QLabel) if label.isVisible()}
    assert "Sample data, nothing of yours" in shown
    window.close()


def test_the_help_sheets_open_and_close(qtbot, window):
    from tokenmirror.views.frame.help import Sheet

    for name in ("counted", "keyboard", "changes", "about"):
        window.menus.actions[name].trigger()
        [sheet] = [child for child in window.findChildren(Sheet) if child.isVisible()]
        sheet.close()


def test_the_keyboard_sheet_lists_every_shortcut(window):
    listed = dict(window.menus.keyboard())

    assert listed["Overview"] == "Ctrl+1"
    assert listed["Today"] == "Ctrl+T"
    assert "Next part of the window" in listed


def test_no_two_actions_share_a_key(window):
    keys = [
        keys.toString() for action in window.menus.actions.values() for keys in action.shortcuts()
    ]

    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("page", ["overview", "tasks", "sources"])
def test_every_control_has_a_name(qtbot, window, page):
    window._open_page(page)
    at(qtbot, window, page)

    nameless = [
        type(widget).__name__
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not spoken(widget)
    ]
    assert nameless == []


@pytest.mark.parametrize("scale", [100, 200])
def test_no_words_are_cut(qtbot, window, scale):
    themes.current().set_text_scale(scale)
    for page in PICTURED:
        window._open_page(page)
        at(qtbot, window, page)
        window._fit_sidebar()
        qtbot.waitUntil(lambda: cut(window) == [], timeout=4000)


def test_light_and_dark_differ_and_are_not_flat(qtbot, window):
    for page in PICTURED:
        window._open_page(page)
        at(qtbot, window, page)
        themes.current().set_mode("light")
        light = window.grab().toImage()
        themes.current().set_mode("dark")
        dark = window.grab().toImage()

        assert light != dark, page
        assert len({dark.pixel(x, 300) for x in range(0, 1280, 3)}) > 2, page


def test_going_to_a_task_chooses_its_row(qtbot, window):
    key = stores_key(window)
    window.go(Place("tasks", window.here.filters).choosing(task=key))
    at(qtbot, window, "tasks")

    qtbot.waitUntil(lambda: window.page("tasks").table.chosen_keys() == (key,))


def stores_key(window):
    db = made_up.connected(window.desk.own.path)
    key = db.execute("select key from tasks limit 1").fetchone()[0]
    db.close()
    return key


def spoken(widget):
    interface = QAccessible.queryAccessibleInterface(widget)
    return bool(interface and interface.text(QAccessible.Text.Name))


def cut(window):
    """Texts of visible labels and buttons that have less room than they need."""
    found = []
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            wide = label.fontMetrics().horizontalAdvance(label.text())
            if wide > label.width() + 1:
                found.append(label.text())
        elif label.isVisible() and label.text():
            needed = label.heightForWidth(label.width())
            if needed > label.height() + 1:
                found.append(label.text())
    return found

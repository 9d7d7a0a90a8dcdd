from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from tests.views.made_up import a_source
from tokenmirror.ingest.preview import FoundSource, Preview
from tokenmirror.paths import Places
from tokenmirror.sources.source import LogFile
from tokenmirror.views.first_run.first_run import FirstRun
from tokenmirror.views.first_run.read import found_words
from tokenmirror.views.first_run.tools import places_words
from tokenmirror.views.preview_card import PreviewCard
from tokenmirror.views.widgets.boxes import Radio
from tokenmirror.views.widgets.buttons import IconButton, LinkButton, Switch

OPENED = []


def a_source_with_files(folder):
    """A source with one file, which notes every reading of it."""
    file = folder / "log.jsonl"
    file.write_text('{"type": "user", "message": "a secret"}\n')

    def read(log, cursor):
        OPENED.append(log.path)
        yield from ()

    found = LogFile(file, file.stat().st_size, file.stat().st_mtime_ns)
    return replace(a_source(), find=lambda machine: iter((found,)), read=read)


@pytest.fixture
def first_run(qtbot, desk, tmp_path):
    OPENED.clear()
    desk.load_sources = lambda: (a_source_with_files(tmp_path),)
    made = FirstRun(desk, Places(tmp_path, tmp_path, tmp_path))
    qtbot.addWidget(made)
    made.resize(1280, 860)
    made.show()
    return made


def words(part):
    return {label.text() for label in part.findChildren(QLabel) if label.isVisible()}


def at_tools(qtbot, first_run):
    first_run.open(1)
    qtbot.waitUntil(lambda: bool(first_run._tools._switches))
    return first_run._tools._switches["claude-code"]


def test_it_begins_with_what_it_is_and_never_does(first_run):
    assert "See what came of your AI-assisted work" in words(first_run)
    assert any("opens no connection" in text for text in words(first_run))
    assert not first_run.on.isVisible()


def test_every_switch_is_off_and_one_cannot_go_on(qtbot, first_run, desk):
    switch = at_tools(qtbot, first_run)

    assert not switch.isChecked()
    assert not first_run.on.isEnabled()
    assert desk.own.consents() == {}


def test_looking_for_tools_opens_no_log(qtbot, first_run):
    at_tools(qtbot, first_run)

    assert OPENED == []


def test_a_switch_is_a_consent_with_its_places(qtbot, first_run, desk, tmp_path):
    qtbot.mouseClick(at_tools(qtbot, first_run), Qt.MouseButton.LeftButton)

    consent = desk.own.consents()["claude-code"]
    assert consent.allowed
    assert consent.places == (str(tmp_path),)
    assert first_run.on.isEnabled()


def test_a_switch_turned_off_again_takes_the_consent_back(qtbot, first_run, desk):
    switch = at_tools(qtbot, first_run)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)

    assert not desk.own.consents()["claude-code"].allowed
    assert not first_run.on.isEnabled()


def test_a_preview_opens_what_it_says_and_closes_again(qtbot, first_run):
    at_tools(qtbot, first_run)
    link = next(b for b in first_run._tools.findChildren(LinkButton) if b.text() == "Preview")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    card = first_run._tools.findChild(PreviewCard)
    qtbot.waitUntil(card.isVisible)
    assert "Preview of Claude Code" in words(card)

    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)

    assert not card.isVisible()


def test_values_are_masked_until_one_asks(qtbot):
    card = PreviewCard()
    qtbot.addWidget(card)
    record = (("message", '"a secret"', '"• ••••••"'),)
    found = FoundSource("x", "X", (), 1, 10, None, None, None)
    preview = Preview("x", 1, 1, record, (("words", "2"),), ("message",))
    card.show_preview(preview, found, _when())
    card.show()
    qtbot.waitUntil(lambda: '"• ••••••"' in _values(card))

    eye = next(b for b in card.findChildren(IconButton) if b.accessibleName() == "Show the values")
    qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: '"a secret"' in _values(card))


def test_how_much_to_keep_begins_with_figures_only(qtbot, first_run, desk):
    first_run.open(3)
    radios = {r.text(): r for r in first_run.findChildren(Radio)}
    assert radios["Figures only"].isChecked()

    qtbot.mouseClick(radios["Also titles"], Qt.MouseButton.LeftButton)

    assert desk.options.value.keep == "titles"


def test_repositories_say_when_none_was_found(qtbot, first_run):
    first_run.open(2)

    qtbot.waitUntil(
        lambda: any("No repository was found yet." in text for text in words(first_run))
    )


def test_reading_begins_with_the_last_step_and_not_before(qtbot, first_run, desk):
    starts = []
    desk.run.running.connect(starts.append)
    for step in range(4):
        first_run.open(step)
    before = list(starts)

    with qtbot.waitSignal(desk.run.failed, timeout=10_000):
        first_run.open(4)

    assert before == []
    assert starts[0] is True


def test_it_can_be_left_and_resumed(qtbot, first_run):
    first_run.open(2)
    with qtbot.waitSignal(first_run.left):
        qtbot.mouseClick(first_run.leave, Qt.MouseButton.LeftButton)

    assert first_run.buttons[1].isEnabled()
    assert not first_run.buttons[3].isEnabled()


def test_the_last_button_opens_the_overview(qtbot, first_run, desk):
    first_run.open(4)

    with qtbot.waitSignal(first_run.finished):
        qtbot.mouseClick(first_run.on, Qt.MouseButton.LeftButton)


def test_the_end_tells_what_was_found_and_what_was_not():
    report = {
        "sources": [{"id": "a", "sessions": 2, "prompts": 5}, {"id": "b", "sessions": 0}],
        "repositories": [{"path": "/r", "commits_read": 12, "problem": None}],
    }

    assert found_words(report, str.upper) == [
        "A: 2 sessions, 5 prompts.",
        "B: nothing found.",
        "1 repository followed, 12 commits looked at.",
    ]


def test_places_are_told_from_the_home_folder(tmp_path):
    places = (tmp_path / ".claude" / "projects", tmp_path / "other")

    assert places_words(places, tmp_path) == "~/.claude/projects and 1 more"
    assert places_words((), tmp_path) == ""


def test_all_of_it_can_be_named(first_run):
    controls = [*first_run.findChildren(QPushButton), *first_run.findChildren(Switch)]

    assert all(control.accessibleName() or control.text() for control in controls)


def _values(card):
    from tokenmirror.views.elided import Elided

    return {value.accessibleName() for value in card.findChildren(Elided) if value.isVisible()}


def _when():
    from zoneinfo import ZoneInfo

    from tests.views.made_up import NOW
    from tokenmirror.views.pages.source_words import When

    return When(ZoneInfo("UTC"), NOW.date())

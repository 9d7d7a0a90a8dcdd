from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from tests.shared import LOGS
from tests.views.made_up import (
    HERE,
    SOURCES,
    a_find,
    a_problem,
    a_reading,
    a_repository,
    a_state,
    at,
    connected,
    many_states,
)
from tokenmirror.sources import built_in
from tokenmirror.store import readings
from tokenmirror.views.import_run import Progress, SourceProgress
from tokenmirror.views.pages.completeness import Line
from tokenmirror.views.pages.sources import SourcesAnswer, SourcesPage
from tokenmirror.views.reading_card import ReadingCard
from tokenmirror.views.widgets.boxes import Box
from tokenmirror.views.widgets.buttons import LinkButton

STATES = (a_state(), a_state(SOURCES[1], since_ms=None, reading=None))
ANSWER = SourcesAnswer(
    STATES,
    (a_repository(), a_repository("web", followed=0)),
    (Line("A1", "Days covered", "54 of 61 active days.", "How many days logs cover."),),
    (("me@example.org", True),),
)


@pytest.fixture
def page(qtbot, desk):
    made = SourcesPage(desk)
    qtbot.addWidget(made)
    qtbot.addWidget(made.tools())
    made.resize(1072, 800)
    made.place = HERE
    made.show()
    made.show_answer(ANSWER)
    made._stack.setCurrentIndex(0)
    return made


def words(page):
    return {label.text() for label in page.findChildren(QLabel) if label.isVisible()}


def test_the_first_source_is_chosen_and_told(page):
    assert page.sources.table.chosen_keys() == ("claude-code",)
    assert "What this tool records" in words(page)
    assert page.sources.stop.isVisible()
    assert not page.sources.allow.isVisible()


def test_a_source_that_is_not_allowed_offers_to_allow_it(qtbot, page):
    page.sources.table.choose("codex-cli")

    with qtbot.waitSignal(page.wants_consent):
        qtbot.mouseClick(page.sources.allow, Qt.MouseButton.LeftButton)

    assert not page.sources.stop.isVisible()


def test_problems_are_listed_with_file_and_position(page):
    faulty = a_state(reading=a_reading(problems=1, problem_files=1), problems=(a_problem(),))
    page.show_answer(SourcesAnswer((faulty,), (), ()))

    assert page.sources.problems.isVisible()
    assert page.sources.problems.ordered.index(0, 1).data() == "byte 1,204"


def test_a_fault_of_ours_is_said_over_the_table(page):
    broken = a_state(problems=(a_problem(reason="bug"),))
    page.show_answer(SourcesAnswer((broken,), (), ()))

    assert page.sources.message.isVisible()


def test_stopping_a_source_is_written_and_can_be_undone(qtbot, page, desk):
    desk.own.consent("claude-code", allowed=True, places=[])

    qtbot.mouseClick(page.sources.stop, Qt.MouseButton.LeftButton)
    stopped = desk.own.consents()["claude-code"].allowed
    desk.undo.undo()

    assert not stopped
    assert desk.own.consents()["claude-code"].allowed


def test_tabs_are_part_of_the_place(qtbot, page):
    with qtbot.waitSignal(page.chose) as chosen:
        page.tabs.setCurrentIndex(2)

    assert chosen.args[0].choice("tab") == "completeness"
    assert "54 of 61 active days." in words(page)


def test_a_repository_can_be_left_out_and_taken_back(qtbot, page, desk):
    page.tabs.setCurrentIndex(1)

    qtbot.mouseClick(page.repositories.follow, Qt.MouseButton.LeftButton)

    db = connected(desk.own.path)
    row = db.execute("select common_dir, followed from repo_choices").fetchone()
    db.close()
    assert row == ("/home/x/api/.git", 0)
    assert desk.undo.canUndo()


def test_an_address_can_be_unticked(qtbot, page, desk):
    page.tabs.setCurrentIndex(1)
    [box] = page.repositories.findChildren(Box)

    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)

    assert [entry.is_me for entry in desk.own.identities()] == [False]


def test_the_answer_is_asked_of_the_archive_without_widgets(page, desk):
    db = connected(desk.own.path)
    answer = page.ask(HERE, desk.scope(HERE.filters))(db)
    known = readings.known(db)
    db.close()

    assert [state.source.key for state in answer.states] == ["claude-code", "codex-cli"]
    assert len(answer.states[0].days.states) == 31
    assert known.projects == ()


def test_a_reading_shows_each_source(qtbot, desk):
    card = ReadingCard(desk)
    qtbot.addWidget(card)
    card.show()
    sources = (
        SourceProgress("claude-code", 40, 100, 371, 1_204, 2),
        SourceProgress("codex-cli", 0, 0, 0, 0),
    )
    card.show_progress(Progress("reading", 600_000_000, 2_500_000_000, sources=sources))

    assert "600 MB of 2.5 GB. You can look around meanwhile." in words(card)
    shown = {"371 of 1,204 files", "2 problems", "waiting"}
    qtbot.waitUntil(lambda: shown <= words(card))


# -- many sources ----------------------------------------------------------------------------


@pytest.fixture
def full(page):
    page.show_answer(replace(ANSWER, states=many_states(), report="the report"))
    return page.sources


def listed(tab):
    model = tab.table.ordered
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_sources_that_are_not_here_are_folded_and_named(full):
    here = [state.source.name for state in many_states() if state.here]

    assert listed(full)[:-1] == here
    assert "Aider" in full._folded.text()
    assert full.unfold.isVisible()


def test_folded_sources_are_shown_after_the_others_and_hidden_again(qtbot, full):
    qtbot.mouseClick(full.unfold, Qt.MouseButton.LeftButton)

    assert len(listed(full)) == len(many_states()) + 1
    assert listed(full)[-2] == "Claude.ai export"

    qtbot.mouseClick(full.unfold, Qt.MouseButton.LeftButton)
    assert "Aider" not in listed(full)


def test_a_source_is_found_by_a_part_of_its_name_also_among_the_folded(qtbot, page, full):
    page.search_for()
    qtbot.keyClicks(full.search, "kimi")

    assert listed(full) == ["Kimi Code", "Kimi CLI"]
    assert full.table.chosen_keys() == ("kimi-code",)

    qtbot.keyClicks(full.search, " nobody")
    assert listed(full) == []


def test_the_list_of_sources_is_walked_by_keys(qtbot, full):
    full.table.setFocus()
    full.table.choose("claude-code")

    for _ in range(12):
        qtbot.keyClick(full.table, Qt.Key.Key_Down)

    assert full.table.chosen_keys() == ("cursor",)
    assert full._name.text() == "Cursor"


def test_the_report_is_copied_whole(qtbot, full):
    qtbot.mouseClick(full.copy_report, Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == "the report"
    assert full.copy_report.text() == "Copied"
    qtbot.waitUntil(lambda: full.copy_report.text() == "Copy a report", timeout=4_000)


def test_unread_logs_that_go_soon_are_named(page):
    soon = a_find(SOURCES[0], oldest_ms=at(22))
    page.show_answer(replace(ANSWER, states=(a_state(since_ms=None, found=soon),)))

    assert page.sources._going.isVisible()
    assert "Claude Code" in page.sources._going.accessibleName()


def test_a_further_home_is_offered_and_added_when_asked_for(qtbot, page, desk, tmp_path):
    home = tmp_path / "kim"
    home.mkdir()
    page.show_answer(replace(ANSWER, offers=(home,)))
    link = next(b for b in page.findChildren(LinkButton) if b.text() == "Look there too")

    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)

    assert desk.own.folders() == {str(home): "home"}
    assert home in [machine.home for machine in desk.machines()]


def test_an_export_that_is_dropped_is_taken(page, desk):
    desk.sources = built_in()
    page._take(LOGS / "chatgpt/zipped/home/export.zip")

    assert set(desk.own.folders().values()) == {"export"}


def test_a_file_that_is_no_export_is_refused_with_a_reason(qtbot, page, desk, tmp_path):
    desk.sources = built_in()
    (tmp_path / "a.txt").write_text("x")

    with qtbot.waitSignal(page.failed) as said:
        page._take(tmp_path / "a.txt")

    assert "a.txt" in str(said.args[0])
    assert desk.own.folders() == {}


def test_a_source_of_another_package_that_does_not_load_is_named(page):
    page.show_answer(replace(ANSWER, faults=(("scribe", "TypeError"),)))

    assert page.sources._unloaded.isVisible()
    assert "scribe (TypeError)" in page.sources._unloaded.accessibleName()


def test_past_figures_that_moved_and_contradictions_are_listed(qtbot, page):
    page.tabs.setCurrentIndex(2)
    cases = ("Prompts, October 2026: 10 → 13; records of Codex CLI came late (20 Nov).",)
    line = Line("A8", "Recounts", "1 past figure was recounted.", "Figures.", cases)

    page.completeness.show_lines((line,))

    qtbot.waitUntil(lambda: cases[0] in words(page))

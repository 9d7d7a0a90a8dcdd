"""Questions that are asked once: automatic runs, a week; and what is said of a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.making import NOON_MS, Archive, a_prompt
from tests.views import made_up
from tokenmirror.measures.marks import Mark
from tokenmirror.settings import Settings
from tokenmirror.store import connection, entered, own, relabel
from tokenmirror.store.entered import Answer, CheckIn, Estimate
from tokenmirror.tasks.origins import Thresholds
from tokenmirror.views.charts.dated import place_of, said
from tokenmirror.views.pages.questions import Open, Questions, open_questions
from tokenmirror.views.pages.task_entries import TaskEntries
from tokenmirror.views.pages.task_entries import said as said_of

WEEK = date(2026, 11, 9)


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path)
    for n in range(6):
        made.write(a_prompt(f"p{n}", session=f"s{n}", at_ms=NOON_MS + n * 61_000))
    with connection.immediately(made.db):
        relabel.again(made.db, Thresholds())
    yield made
    made.db.close()


@pytest.fixture
def lively(archive, desk):
    desk.own = own.Own(archive.places.database)
    return desk


def origins(archive):
    return archive.rows("select distinct origin, basis from origins")


def test_automatic_runs_are_asked_about_kindly_and_once(lively, archive, qtbot, theme):
    questions = Questions(lively)
    qtbot.addWidget(questions)
    found = open_questions(archive.db, Settings(), date(2026, 11, 20))
    questions.show_open(found)

    words = questions.shown[0].accessibleName()
    assert words.startswith("These 6 runs look automatic. Keep them apart? 6 prompts in them")
    assert "(a) 5 or more equal prompts within 24 hours" in words
    questions.shown[0].acted.emit()

    assert open_questions(archive.db, Settings(), date(2026, 11, 20)) == Open()
    assert origins(archive) == [("unattended", "inferred")]
    lively.undo.undo()
    assert open_questions(archive.db, Settings(), date(2026, 11, 20)) == found


def test_counting_them_as_mine_switches_the_rule_off_and_back_by_undo(
    lively, archive, qtbot, theme
):
    questions = Questions(lively)
    qtbot.addWidget(questions)
    questions.show_open(open_questions(archive.db, Settings(), date(2026, 11, 20)))

    with qtbot.waitSignal(questions.told, timeout=5000):
        questions.shown[0].declined.emit()
    assert lively.options.value.origin_rules == ("b", "c")
    assert origins(archive) == [("unknown", "unknown")]

    with qtbot.waitSignal(questions.told, timeout=5000):
        lively.undo.undo()
    assert lively.options.value.origin_rules == ("a", "b", "c")
    assert origins(archive) == [("unattended", "inferred")]


def test_a_week_is_asked_about_only_where_that_is_switched_on(archive):
    friday = date(2026, 11, 20)
    archive.db.execute("delete from origins")

    assert open_questions(archive.db, Settings(), friday) == Open()
    on = replace(Settings(), check_in=True)
    assert open_questions(archive.db, on, friday) == Open(week=WEEK)
    assert open_questions(archive.db, on, friday, sample=True) == Open()


def test_skipping_a_week_is_silent_and_can_be_undone(lively, qtbot, theme):
    questions = Questions(lively)
    qtbot.addWidget(questions)
    questions.show_open(Open(week=WEEK))

    questions.shown[0].declined.emit()

    assert lively.own.entries(CheckIn) == ()
    assert Answer(entered.skip_question(WEEK), "skipped") in lively.own.entries(Answer)
    lively.undo.undo()
    assert Answer(entered.skip_question(WEEK), "skipped") not in lively.own.entries(Answer)


def a_task(archive):
    archive.db.execute(
        "insert into tasks (id, key, title_from, source, outcome, why, unattended, own_prompts,"
        " intended, proposed, accepted, landed, shipped, rules_version)"
        " values (1, 'tool:s0', 'day', 'tool', 'no_code', '', 1, 0, 0, 0, 0, 0, 0, 1)"
    )
    archive.db.execute("insert into task_sessions values (1, 1)")


def test_who_wrote_a_task_is_set_by_hand_and_undone(lively, archive, qtbot, theme):
    a_task(archive)
    page = Questions(lively)
    qtbot.addWidget(page)
    entries = TaskEntries(lively, page)
    written = said_of(archive.db, ["tool:s0"]).written

    with qtbot.waitSignal(entries.told, timeout=5000):
        entries._wrote(written, "own")
    assert archive.rows("select unattended, own_prompts from tasks") == [(0, 1)]
    assert said_of(archive.db, ["tool:s0"]).written.counts == {("own", "you"): 1}

    with qtbot.waitSignal(entries.told, timeout=5000):
        lively.undo.undo()
    assert archive.rows("select unattended, own_prompts from tasks") == [(1, 0)]


def test_an_estimate_is_kept_for_its_task_and_undone(lively, archive, qtbot, theme):
    a_task(archive)
    page = Questions(lively)
    qtbot.addWidget(page)
    entries = TaskEntries(lively, page)
    mine = Estimate("tool", "s0", 2.5, 80 * 10**9)

    entries.keep_estimate(None, mine)

    assert said_of(archive.db, ["tool:s0"]).estimate == mine
    lively.undo.undo()
    assert said_of(archive.db, ["tool:s0"]).estimate is None


def test_a_note_lies_within_its_week_and_is_said_there():
    weeks = [date(2026, 10, 5), date(2026, 10, 12)]
    note = Mark(date(2026, 10, 12), "switched", "note")

    assert place_of(note.day, weeks) == 0.5
    assert place_of(date(2026, 10, 19), weeks) is None
    assert said([note], weeks[0]) == ""
    assert said([note], weeks[1]) == "Note, 12 Oct: switched."


def test_sample_data_of_the_window_ask_nothing(archive):
    assert open_questions(archive.db, Settings(), made_up.NOW.date(), sample=True) == Open()

"""What the person enters is kept under its key, refused when it cannot be meant, and undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.making import Archive
from tokenmirror.errors import UserError
from tokenmirror.store import entered, own
from tokenmirror.store.entered import (
    EVER,
    Answer,
    Baseline,
    CheckIn,
    Estimate,
    Note,
    OwnPrice,
    Plan,
)

PRICE = OwnPrice("gpt-5", date(2026, 3, 1), 10**9, None, None, None, 4 * 10**9)
PLAN = Plan("p1", "Max", "claude-code", 100 * 10**9, "month", date(2026, 1, 15))
NOTE = Note("n1", date(2026, 10, 5), "switched to the new model")
WEEK = CheckIn(date(2026, 10, 5), "some", "usual", "a good week to refactor")
ENTRIES = [
    PRICE,
    PLAN,
    NOTE,
    WEEK,
    Baseline(date(2026, 9, 1), "new project"),
    Estimate("claude-code", "s1", 2.5, 80 * 10**9),
    Answer("automatic_rule_a", "keep"),
]


@pytest.fixture
def mine(tmp_path):
    made = Archive(tmp_path)
    made.db.close()
    return own.Own(made.places.database)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_an_entry_is_kept_and_taking_it_away_can_be_undone(mine, entry):
    assert mine.put(entry) is None
    assert mine.entries(type(entry)) == (entry,)

    before = mine.take(entry)
    assert (before, mine.entries(type(entry))) == (entry, ())

    mine.restore(entry, before)
    assert mine.entries(type(entry)) == (entry,)


def test_a_change_gives_what_stood_there_and_can_be_undone(mine):
    mine.put(NOTE)
    other = replace(NOTE, words="switched back")

    before = mine.put(other)
    mine.restore(other, before)

    assert mine.entries(Note) == (NOTE,)


def test_a_model_may_have_a_price_from_several_days(mine):
    ever = replace(PRICE, first=EVER, input_nusd=5)
    mine.put(PRICE)
    mine.put(ever)

    assert mine.entries(OwnPrice) == (ever, PRICE)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (replace(PRICE, model=" "), "name of a model"),
        (replace(PRICE, output_nusd=None), "one for output"),
        (replace(PRICE, cache_read_nusd=-1), "between 0 and"),
        (replace(PLAN, name=""), "needs a name"),
        (replace(PLAN, nusd=-1), "costs between 0"),
        (replace(PLAN, last=date(2026, 1, 14)), "end before it begins"),
        (replace(NOTE, words="  "), "needs some words"),
        (replace(NOTE, words="x" * 501), "at most 500 characters; this one has 501"),
        (CheckIn(date(2026, 10, 5)), "no answer to keep"),
        (replace(WEEK, helped="lots"), "not among the choices"),
        (Baseline(date(2026, 9, 1), ""), "needs some words"),
        (Estimate("t", "s", None), "needs a number of hours"),
        (Estimate("t", "s", 0), "above 0"),
        (Estimate("t", "s", 1, -5), "worth between"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(mine, entry, words):
    with pytest.raises(UserError, match=words):
        mine.put(entry)

    assert mine.entries(type(entry)) == ()


def test_a_check_in_is_asked_for_from_its_day_on_and_once(mine):
    thursday, friday = date(2026, 10, 15), date(2026, 10, 16)
    week = date(2026, 10, 5)

    def due(day, db_of=mine):
        with db_of._reading() as db:
            return entered.due_week(db, day, 0, asked_on=4)

    assert due(thursday) is None
    assert due(friday) == week
    mine.put(CheckIn(week, "much"))
    assert due(friday) is None


def test_a_skipped_check_in_is_not_asked_for_again(mine):
    week = date(2026, 10, 5)
    mine.put(Answer(entered.skip_question(week), "skipped"))

    with mine._reading() as db:
        assert entered.due_week(db, date(2026, 10, 17), 0, asked_on=4) is None
        assert entered.due_week(db, date(2026, 10, 23), 0, asked_on=4) == date(2026, 10, 12)

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tokenmirror.language import DASH
from tokenmirror.measures.periods import DEFAULT, NAMES, Period, named, shape, span, stepped, words
from tokenmirror.store.days import DAY, Days

TODAY = date(2026, 11, 20)
DAYS = Days("Europe/Berlin")


def plain(text):
    return text.replace(DASH, "-")


def custom(first, last):
    return Period("custom", date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("name", "first", "last", "text"),
    [
        ("this_week", "2026-11-16", "2026-11-22", "Week of 16 Nov"),
        ("last_week", "2026-11-09", "2026-11-15", "Week of 9 Nov"),
        ("this_month", "2026-11-01", "2026-11-30", "November 2026"),
        ("last_month", "2026-10-01", "2026-10-31", "October 2026"),
        ("quarter", "2026-10-01", "2026-12-31", "1 Oct - 31 Dec"),
        ("last_quarter", "2026-07-01", "2026-09-30", "1 Jul - 30 Sep"),
        ("last_12_weeks", "2026-08-31", "2026-11-22", "31 Aug - 22 Nov"),
        ("year", "2026-01-01", "2026-12-31", "2026"),
        ("all", "2025-12-24", "2026-11-20", "All time"),
    ],
)
def test_a_named_period_has_its_days_and_words(name, first, last, text):
    period = named(name, DAYS, TODAY, date(2025, 12, 24))

    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert plain(words(period, DAYS, TODAY)) == text


def test_every_period_has_a_name_and_the_usual_one_is_the_last_full_month():
    assert set(NAMES) >= {DEFAULT, "custom"}
    assert named(DEFAULT, DAYS, TODAY).length == 31


def test_all_time_without_data_is_today():
    assert named("all", DAYS, TODAY).length == 1


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-10-02", "2026-10-21", "2-21 Oct"),
        ("2026-10-05", "2026-10-05", "Mon 5 Oct"),
        ("2025-10-02", "2025-10-21", "2-21 Oct 2025"),
        ("2025-12-28", "2026-01-05", "28 Dec 2025 - 5 Jan 2026"),
        ("2025-12-29", "2026-01-04", "Week of 29 Dec 2025"),
    ],
)
def test_other_days_say_their_year_when_it_is_not_this_one(first, last, text):
    assert plain(words(custom(first, last), DAYS, TODAY)) == text


def test_a_span_of_one_day_is_that_day():
    assert span(TODAY, TODAY) == "20 Nov 2026"


@pytest.mark.parametrize(
    ("name", "by", "text"),
    [
        ("last_month", -1, "September 2026"),
        ("last_month", 3, "January 2027"),
        ("this_week", -1, "Week of 9 Nov"),
        ("quarter", -1, "1 Jul - 30 Sep"),
        ("year", -1, "2025"),
        ("last_12_weeks", -1, "8 Jun - 30 Aug"),
    ],
)
def test_stepping_follows_the_calendar(name, by, text):
    assert plain(words(stepped(named(name, DAYS, TODAY), DAYS, by), DAYS, TODAY)) == text


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.integers(-5, 5))
def test_stepping_there_and_back_is_the_same_period(first, length, by):
    period = Period("custom", first, first + length * DAY)

    there = stepped(period, DAYS, by)
    assume(shape(there, DAYS) == shape(period, DAYS))  # days that come to be a month step as one

    assert stepped(there, DAYS, -by) == period


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_periods_in_a_row_touch(first, length):
    period = Period("custom", first, first + length * DAY)

    assert stepped(period, DAYS, 1).first == period.last + DAY


def test_a_stretch_that_is_no_calendar_step_has_no_shape():
    assert shape(custom("2026-10-02", "2026-10-21"), DAYS) is None
    assert shape(custom("2026-10-01", "2026-10-31"), DAYS) == "month"

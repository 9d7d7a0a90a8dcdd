from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenmirror.errors import UserError
from tokenmirror.store.days import DAY, Days, add_months

BERLIN = Days("Europe/Berlin")
ODD = ["Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
       "America/St_Johns", "Antarctica/Troll"]  # fmt: skip
zones = st.one_of(st.sampled_from(ODD), st.sampled_from(sorted(available_timezones())))
ways = st.builds(
    Days,
    zones,
    st.integers(0, 16).map(lambda n: 30 * n),
    st.integers(0, 6),
    st.integers(1, 12),
)
dates = st.dates(date(2005, 1, 1), date(2035, 12, 31))
instants = st.integers(1_100_000_000_000, 2_100_000_000_000)


def ms(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_work_at_half_past_one_belongs_to_the_evening_before():
    assert BERLIN.day_of(ms("2026-10-06T01:30:00+02:00")) == date(2026, 10, 5)
    assert BERLIN.day_of(ms("2026-10-06T04:00:00+02:00")) == date(2026, 10, 6)


def test_the_day_of_the_autumn_change_has_25_hours_and_of_spring_23():
    assert Days("Europe/Berlin", 0).hours(date(2026, 10, 25)) == 25
    assert Days("Europe/Berlin", 0).hours(date(2026, 3, 29)) == 23


def test_with_a_day_that_starts_at_four_the_change_falls_into_the_day_before():
    assert BERLIN.hours(date(2026, 10, 24)) == 25
    assert BERLIN.hours(date(2026, 10, 25)) == 24


def test_a_day_may_start_at_a_clock_time_that_is_skipped_or_comes_twice():
    half_past_two = Days("Europe/Berlin", 150)

    assert half_past_two.begin_ms(date(2026, 3, 29)) == ms("2026-03-29T03:30:00+02:00")
    assert half_past_two.begin_ms(date(2026, 10, 25)) == ms("2026-10-25T02:30:00+02:00")


def test_clock_times_that_are_skipped_or_come_twice_lie_in_the_right_day():
    half_past_two = Days("Europe/Berlin", 150)

    assert half_past_two.day_of(ms("2026-03-29T03:15:00+02:00")) == date(2026, 3, 28)
    assert half_past_two.day_of(ms("2026-10-25T02:10:00+01:00")) == date(2026, 10, 25)


def test_a_day_that_a_country_skipped_is_empty():
    apia = Days("Pacific/Apia", 0)

    assert apia.hours(date(2011, 12, 30)) == 0
    assert apia.day_of(apia.begin_ms(date(2011, 12, 31))) == date(2011, 12, 31)


@given(ways, instants)
def test_every_instant_lies_in_exactly_the_day_it_is_given(days, at_ms):
    start, end = days.bounds_ms(days.day_of(at_ms), days.day_of(at_ms))

    assert start <= at_ms < end


@given(ways, dates)
def test_a_day_begins_at_a_quarter_of_an_hour(days, day):
    assert days.begin_ms(day) % 900_000 == 0  # sums by quarters of an hour serve every zone


@given(ways, dates, st.sampled_from(["week", "month", "quarter"]))
def test_a_step_begins_where_its_calendar_says(days, day, step):
    first, length = (
        days.first_of(day, step),
        (days.last_of(day, step) - days.first_of(day, step)).days + 1,
    )

    if step == "week":
        assert (first.weekday(), length) == (days.week_start, 7)
    else:
        assert first.day == 1
        assert length in ({28, 29, 30, 31} if step == "month" else {89, 90, 91, 92})
    if step == "quarter":
        assert (first.month - days.year_start) % 3 == 0


@given(ways, dates)
def test_days_follow_each_other_without_gap(days, day):
    assert days.bounds_ms(day, day)[1] == days.begin_ms(day + DAY)
    assert 0 <= days.hours(day) <= 26


@given(ways, dates, st.sampled_from(["day", "week", "month", "quarter"]))
def test_a_step_holds_its_day_and_ends_before_the_next(days, day, step):
    first, last = days.first_of(day, step), days.last_of(day, step)

    assert first <= day <= last
    assert days.next_first(first, step) == last + DAY
    assert days.first_of(last, step) == first


@given(ways, dates, st.integers(0, 400), st.sampled_from(["day", "week", "month", "quarter"]))
def test_steps_of_a_stretch_cover_it(days, day, length, step):
    last = day + timedelta(days=length)
    firsts = days.firsts(day, last, step)
    bins = days.bins(firsts, step)

    assert bins.index(days.begin_ms(day)) == 0
    assert bins.index(days.begin_ms(last)) == len(firsts) - 1
    assert bins.index(bins.edges_ms[-1]) is None
    assert bins.index(bins.edges_ms[0] - 1) is None


def test_nothing_lies_in_no_steps():
    assert BERLIN.bins([]).index(0) is None


@pytest.mark.parametrize(("start", "first"), [(0, 16), (6, 15), (5, 14)])
def test_weeks_begin_on_the_first_weekday(start, first):
    days = Days("UTC", 0, start)

    assert days.first_of(date(2026, 11, 20)) == date(2026, 11, first)


def test_quarters_follow_the_fiscal_year():
    assert Days(year_start=2).first_of(date(2026, 1, 15), "quarter") == date(2025, 11, 1)
    assert Days().first_of(date(2026, 11, 15), "quarter") == date(2026, 10, 1)


def test_a_month_later_stays_inside_the_month():
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 3, 31), -4) == date(2025, 11, 30)
    assert add_months(date(2026, 12, 5), 12) == date(2027, 12, 5)


def test_this_week_is_not_whole_and_last_week_is():
    assert not BERLIN.whole(date(2026, 11, 16), date(2026, 11, 20))
    assert BERLIN.whole(date(2026, 11, 9), date(2026, 11, 16))


def test_days_of_instants_are_a_set():
    noon = round(datetime(2026, 10, 5, 12, tzinfo=UTC).timestamp() * 1000)

    assert BERLIN.days_of([noon, noon + 1, noon + 86_400_000]) == {
        date(2026, 10, 5),
        date(2026, 10, 6),
    }


def test_an_unknown_zone_is_said():
    with pytest.raises(UserError, match="Mars/Olympus"):
        Days("Mars/Olympus")

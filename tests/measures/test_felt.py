"""K: check-ins, what was felt beside what was measured, and notes."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_task, insert, store_with
from tokenmirror.measures.felt import K1, K2, K3, kendall
from tokenmirror.measures.measure import Scope

YEAR = Scope(date(2026, 1, 1), date(2026, 10, 31), date(2026, 11, 20))
MONDAY = date(2026, 1, 5)


def answered(*answers, tasks=(), first=MONDAY):
    db = store_with(*tasks)
    for n, helped in enumerate(answers):
        insert(db, "checkins", week=(first + timedelta(weeks=n)).isoformat(), helped=helped,
               edited_ms=1)  # fmt: skip
    return db


# tuna: Hollander and Wolfe 1973, the example of R's cor.test (T = 26, tau 0.4444444);
# ties: the example of scipy.stats.kendalltau (-0.4714045)
@pytest.mark.parametrize(
    ("x", "y", "tau"),
    [
        ([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1],
         [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8], 0.4444),
        ([12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.4714),
    ],
    ids=["tuna", "ties"],
)  # fmt: skip
def test_tau_is_the_published_one(x, y, tau):
    assert kendall(list(zip(x, y, strict=True)))[0] == pytest.approx(tau, abs=5e-5)


def test_tau_of_what_never_varies_and_of_four_pairs_is_unknown():
    assert kendall([(1, n) for n in range(30)]) is None
    assert kendall([(n, n) for n in range(4)]) is None
    assert kendall([]) is None


def test_the_interval_of_tau_holds_it_and_narrows_with_more_pairs():
    few, many = (kendall([(n, n * n % 17) for n in range(count)]) for count in (10, 60))

    for tau, (low, high) in (few, many):
        assert -1 <= low <= tau <= high <= 1
    assert few[1][1] - few[1][0] > many[1][1] - many[1][0]


def test_independent_series_are_seldom_linked():
    chance = random.Random(3)
    linked = 0
    for _ in range(300):
        _, (low, high) = kendall([(chance.random(), chance.random()) for _ in range(26)])
        linked += low > 0 or high < 0

    assert linked / 300 <= 0.09  # 5 %, and what 300 runs may miss by chance


def test_answers_are_counted_and_skipped_weeks_are_silent():
    parts = K1.compute(answered("some", "much", "some", None), YEAR)

    assert {part.key: part.value for part in parts.parts} == {
        "in_the_way": 0, "little": 0, "some": 2, "much": 1}  # fmt: skip
    assert parts.sentence == "How much AI helped, in your words for 3 weeks: 2 some and 1 much."


def test_the_week_in_which_a_period_begins_is_in_it():
    db = answered("much", first=date(2026, 9, 28))

    assert K1.compute(db, OCTOBER).n == 1  # Thursday 1 October
    assert K1.compute(answered("much", first=date(2026, 9, 21)), OCTOBER).reason == "not_entered"


def weeks_of_tasks(count, n=5):
    return [
        a_task(MONDAY + timedelta(weeks=week, days=k % 5),
               "shipped" if k * 4 < (week % 4 + 1) * n else "no_lasting_change")
        for week in range(count)
        for k in range(n)
    ]  # fmt: skip


def test_each_answered_week_stands_beside_what_was_measured():
    table = K2.compute(answered("some", tasks=weeks_of_tasks(1)), YEAR)

    [(key, cells)] = table.rows
    assert key == "2026-01-05"
    assert cells[:3] == (MONDAY, 2, pytest.approx(40))
    assert table.sentence == "Feeling and clock often disagree; both are true of something."


def test_a_week_of_few_tasks_has_no_share():
    assert K2.compute(answered("some", tasks=weeks_of_tasks(1, 4)), YEAR).rows[0][1][2] is None


@pytest.mark.parametrize(("weeks", "told"), [(25, False), (26, True)])
def test_a_link_is_told_from_26_weeks_on(weeks, told):
    order = ("in_the_way", "little", "some", "much")
    db = answered(*[order[n % 4] for n in range(weeks)], tasks=weeks_of_tasks(weeks))

    sentence = K2.compute(db, YEAR).sentence

    assert ("Completion tended to rise with the answer, over 26 weeks." in sentence) == told


def test_nothing_answered_is_not_entered():
    assert K1.compute(store_with(), YEAR).reason == "not_entered"
    assert K2.compute(store_with(), YEAR).reason == "not_entered"
    assert K3.compute(store_with(), YEAR).reason == "not_entered"


def test_notes_of_the_period_stand_by_day():
    db = store_with()
    for n, day in enumerate(["2026-10-07", "2026-10-05", "2026-09-30"]):
        insert(db, "notes", id=str(n), day=day, words=f"note {n}", edited_ms=1)

    assert K3.compute(db, OCTOBER).rows == (
        ("1", (date(2026, 10, 5), "note 1")), ("0", (date(2026, 10, 7), "note 0")))  # fmt: skip

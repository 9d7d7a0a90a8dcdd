"""4.1, 4.4, 4.7: no figure is more precise than its data, over all measures."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from random import Random

import pytest

from tests.measures.figures import sentences
from tests.measures.stores import (
    OCTOBER,
    a_proposal,
    a_task,
    insert,
    store_with,
)
from tokenmirror.measures import memo
from tokenmirror.measures.figures import Dots, Rate, Total, Unknown
from tokenmirror.measures.intervals import FEW, MIN_UNITS
from tokenmirror.measures.registry import MEASURES, ask, by_id
from tokenmirror.measures.worth_a_look import changes
from tokenmirror.store import slots
from tokenmirror.store.days import DAY

CLUMPED = [m.id for m in MEASURES if m.past is not None and m.past.kind == "line_rate"]
# shares of what was counted in full, with nothing drawn: tokens, records, days and lines that
# could be followed are facts about the logs, not a rate of the person's
COUNTED_IN_FULL = {"A1", "A2", "A3", "A5", "A6", "G1"}

OUTCOMES = ("shipped", "no_lasting_change", "on_branch", "in_progress", "no_code", "unknown")


def random_proposal(random):
    accepted = random.choice([0, random.randint(1, 60)])
    landed = random.randint(0, accepted)
    shipped = random.randint(0, landed)
    return a_proposal(
        accepted, how=random.choice(["chosen", "chosen", "allowed", "applied"]),
        rejected=random.randint(0, 2) if not accepted else 0,
        landed=landed, shipped=shipped, landed_exact=random.randint(0, landed),
        shipped_exact=random.randint(0, shipped),
    )  # fmt: skip


def random_task(random):
    return a_task(
        OCTOBER.first + random.randint(0, 30) * DAY, random.choice(OUTCOMES[:2] + OUTCOMES),
        tokens=random.choice([None, random.randint(0, 10**7)]),
        source=random.choice(["claude-code", "codex-cli"]),
        project=random.randint(1, 3),
        stated=random.choice([None, None, None, "done", "set_aside"]),
        origins=tuple(random.choices(["own", "unknown"], k=random.randint(1, 4))),
        proposals=[random_proposal(random) for _ in range(random.randint(0, 3))],
    )  # fmt: skip


@cache
def made_up(n, seed):
    """An archive of n random tasks in October and every figure of it; the same each time."""
    random = Random(1000 * n + seed)
    db = filled([random_task(random) for _ in range(n)])
    with memo.kept():
        weekly = {m.id: m.weekly(db, OCTOBER) for m in MEASURES if m.weekly}
        return db, ask(db, OCTOBER), weekly


SEVERAL = pytest.mark.parametrize(
    ("n", "seed"), [(6, 0), (9, 0), (12, 0), (12, 1), (12, 2), (25, 0), (25, 1)]
)


def filled(made):
    """An archive of these tasks, with turns, calls, and completions in each session."""
    db = store_with(*made, repos=("ok", "ok", "ok"))
    sessions = db.execute("select id, started_ms from sessions order by id").fetchall()
    for n, (session, at_ms) in enumerate(sessions):
        insert(db, "turns", key=n, session_id=session, copied=0, at_ms=at_ms,
               ended_ms=at_ms + 60_000 * (1 + n % 9),
               ended=("finished", "interrupted", "asked")[n % 3])  # fmt: skip
        insert(db, "tool_calls", key=n, session_id=session, copied=0, at_ms=at_ms + 1,
               kind="test", name="Bash", args_hash=n % 4, ok=n % 2)  # fmt: skip
        insert(db, "suggestions", key=n, log_key="k", session_id=session, copied=0,
               at_ms=at_ms + 2, kind="inline", path="a.py", lines_added=1, lines_removed=0,
               added=1, removed=0, basis="stated",
               decision=("accepted", "rejected")[n % 2])  # fmt: skip
    slots.refresh(db, [session for session, _ in sessions])
    return db


def said_of(figures):
    return [(key, text) for key, figure in figures.items() for text in sentences(figure)]


def percentages(figures):
    said = [pair for pair in said_of(figures) if "%" in pair[1]]
    return [pair for pair in said if pair[0] not in COUNTED_IN_FULL]


@pytest.mark.parametrize("seed", range(4))
def test_four_tasks_never_yield_a_percentage(seed):
    db, figures, weekly = made_up(4, seed)

    assert percentages(figures) == []
    assert percentages(weekly) == []
    assert changes(db, OCTOBER, [m.id for m in MEASURES]) == ()


def rates(figures):
    return {key: one for key, one in figures.items() if isinstance(one, Rate) and one.trials}


@SEVERAL
def test_a_rate_with_an_interval_lies_in_it_and_says_so(n, seed):
    _, figures, _ = made_up(n, seed)

    for key, rate in rates(figures).items():
        if rate.low is None:
            continue
        assert 0 <= rate.low <= rate.share + 1e-12, key
        assert rate.share - 1e-12 <= rate.high <= 1, key
        assert rate.high > rate.low, key
        assert rate.n < FEW or "likely between" in rate.sentence or key == "C8", key


@SEVERAL
def test_a_percentage_of_fewer_than_eight_clumps_says_from_how_many(n, seed):
    _, figures, _ = made_up(n, seed)

    for key, rate in rates(figures).items():
        if key in CLUMPED and "%" in rate.sentence and rate.low is None:
            assert FEW <= rate.n < MIN_UNITS, key


@SEVERAL
def test_a_wide_rate_over_lines_reads_around_and_is_rounded_to_five(n, seed):
    _, figures, _ = made_up(n, seed)

    for key in CLUMPED:
        rate = figures[key]
        if not isinstance(rate, Rate) or rate.low is None:
            continue
        wide = rate.high - rate.low > 0.20
        assert ("around" in rate.sentence) == wide, key
        whole = [int(number) for number in re.findall(r"around (\d+) %", rate.sentence)]
        assert all(number % 5 == 0 for number in whole), (key, rate.sentence)


@pytest.mark.parametrize("n", [1, 4])
def test_under_five_units_no_rate_has_a_percentage(n):
    db = filled([a_task(OCTOBER.first + k * DAY, proposals=[a_proposal(9, landed=3)],
                        tokens=10**6) for k in range(n)])  # fmt: skip

    assert percentages(ask(db, OCTOBER)) == []


ESTIMATED = re.compile(r"estimate|about|at least|around|seem|roughly", re.IGNORECASE)


@SEVERAL
def test_an_estimated_figure_says_so(n, seed):
    _, figures, _ = made_up(n, seed)

    for key, figure in figures.items():
        if not isinstance(figure, Rate | Total | Dots) or figure.basis != "estimated":
            continue
        held = figure.dots if isinstance(figure, Dots) else getattr(figure, "trials", figure.n)
        assert not held or ESTIMATED.search(figure.sentence), (key, figure.sentence)


@SEVERAL
def test_shares_never_round_to_none_or_all_unless_they_are(n, seed):
    _, figures, _ = made_up(n, seed)

    for rate in rates(figures).values():
        if 0 < rate.share < 1:
            assert not re.search(r"\((?:around )?(?:0|100) %", rate.sentence), rate.sentence


def test_medians_of_few_are_listed_one_by_one():
    db = filled([a_task(OCTOBER.first + k * DAY, origins=("own",) * (k + 1)) for k in range(4)])

    assert by_id("F6").compute(db, OCTOBER).median is None
    assert "1, 2, 3, and 4" in by_id("F6").compute(db, OCTOBER).sentence
    assert by_id("I4").compute(db, OCTOBER).sentence.startswith("4 turns: ")


@pytest.mark.parametrize("n", [5, 19])
def test_medians_of_some_come_with_their_ends_and_of_many_with_quartiles(n):
    db = filled([a_task(OCTOBER.first + k * DAY, origins=("own",) * (k + 1)) for k in range(n)])
    many = filled([a_task(OCTOBER.first + k * DAY, origins=("own",) * (k + 1)) for k in range(21)])

    few = by_id("F6").compute(db, OCTOBER)
    assert few.quartiles is None
    assert f"(1 to {n})" in few.sentence
    assert by_id("F6").compute(many, OCTOBER).quartiles == (6, 16)
    assert "(half of them 6 to 16)" in by_id("F6").compute(many, OCTOBER).sentence


def test_rates_know_how_many_units_stand_behind_them():
    made = [a_task(OCTOBER.first + timedelta(days=k), proposals=[a_proposal(9, landed=k % 9)],
                   tokens=10**5) for k in range(14)]  # fmt: skip
    figures = ask(filled(made), OCTOBER)

    assert all(not isinstance(figures[key], Unknown) for key in ("D2", "F3", "I1", "G5", "C2"))
    assert {key: figures[key].n for key in ("D2", "F3", "G5", "C2")} == dict.fromkeys(
        ("D2", "F3", "G5", "C2"), 14
    )

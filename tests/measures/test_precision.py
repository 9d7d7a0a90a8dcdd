"""4.1, 4.4, 4.7: no figure is more precise than its data, over all measures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.measures.figures import sentences
from tests.measures.stores import (
    OCTOBER,
    a_delivery,
    a_proposal,
    a_task,
    insert,
    noon,
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
COUNTED_IN_FULL = {"A1", "A2", "A3", "A5", "A6"}

outcomes = st.sampled_from(
    ["shipped", "no_lasting_change", "on_branch", "in_progress", "no_code", "unknown"]
)
lines = st.integers(0, 60)
decisions = st.sampled_from(["chosen", "allowed", "applied"])


@st.composite
def proposals(draw):
    accepted = draw(lines)
    landed = draw(st.integers(0, accepted))
    shipped = draw(st.integers(0, landed))
    return a_proposal(
        accepted, how=draw(decisions), rejected=draw(st.integers(0, 1)) if not accepted else 0,
        landed=landed, shipped=shipped, landed_exact=draw(st.integers(0, landed)),
        shipped_exact=draw(st.integers(0, shipped)),
    )  # fmt: skip


@st.composite
def tasks(draw):
    return a_task(
        OCTOBER.first + draw(st.integers(0, 30)) * DAY, draw(outcomes),
        tokens=draw(st.one_of(st.none(), st.integers(0, 10**7))),
        source=draw(st.sampled_from(["claude-code", "codex-cli"])),
        project=draw(st.integers(1, 3)),
        stated=draw(st.sampled_from([None, None, None, "done", "set_aside"])),
        origins=tuple(draw(st.lists(st.sampled_from(["own", "unknown"]), min_size=1, max_size=4))),
        proposals=draw(st.lists(proposals(), max_size=3)),
    )  # fmt: skip


def filled(made):
    """An archive of these tasks, with turns, calls, and completions in each session."""
    db = store_with(*made, deliveries=[a_delivery()] * 0, repos=("ok", "ok", "ok"))
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


SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@SLOW
@given(st.lists(tasks(), min_size=4, max_size=4))
def test_four_tasks_never_yield_a_percentage(made):
    db = filled(made)
    with memo.kept():
        figures = ask(db, OCTOBER)
        weekly = {m.id: m.weekly(db, OCTOBER) for m in MEASURES if m.weekly}

    found = [pair for pair in (*said_of(figures), *said_of(weekly)) if "%" in pair[1]]

    assert [pair for pair in found if pair[0] not in COUNTED_IN_FULL] == []
    assert changes(db, OCTOBER, [m.id for m in MEASURES]) == ()


def rates(figures):
    return {key: one for key, one in figures.items() if isinstance(one, Rate) and one.trials}


@SLOW
@given(st.lists(tasks(), min_size=12, max_size=30))
def test_a_rate_with_a_percentage_has_an_interval_that_holds_it(made):
    figures = ask(filled(made), OCTOBER)

    for key, rate in rates(figures).items():
        if key in COUNTED_IN_FULL or rate.low is None:
            continue
        assert 0 <= rate.low <= rate.share + 1e-12, key
        assert rate.share - 1e-12 <= rate.high <= 1, key
        assert rate.high > rate.low, key
        if "%" in rate.sentence and rate.n >= MIN_UNITS:
            assert "likely between" in rate.sentence, key


@SLOW
@given(st.lists(tasks(), min_size=12, max_size=40))
def test_a_wide_rate_over_lines_reads_around_and_is_rounded_to_five(made):
    figures = ask(filled(made), OCTOBER, CLUMPED)

    for key, rate in rates(figures).items():
        if rate.low is None or "%" not in rate.sentence or rate.n < FEW:
            continue
        wide = rate.high - rate.low > 0.20
        assert ("around" in rate.sentence) == wide, key
        if wide:
            whole = [int(n) for n in re.findall(r"(\d+) (?:and \d+ )?%", rate.sentence)]
            assert all(n % 5 == 0 for n in whole), (key, rate.sentence)


@pytest.mark.parametrize("n", [1, 4])
def test_under_five_units_no_rate_has_a_percentage(n):
    db = filled([a_task(OCTOBER.first + k * DAY, proposals=[a_proposal(9, landed=3)],
                        tokens=10**6) for k in range(n)])  # fmt: skip

    said = [pair for pair in said_of(ask(db, OCTOBER)) if "%" in pair[1]]

    assert [pair for pair in said if pair[0] not in COUNTED_IN_FULL] == []


ESTIMATED = re.compile(r"estimate|about|at least|around|seem|roughly", re.IGNORECASE)


@SLOW
@given(st.lists(tasks(), min_size=1, max_size=20))
def test_an_estimated_figure_says_so(made):
    for key, figure in ask(filled(made), OCTOBER).items():
        if isinstance(figure, Rate | Total | Dots) and figure.basis == "estimated":
            nothing = isinstance(figure, Rate) and not figure.trials
            nothing |= isinstance(figure, Total) and not figure.value
            nothing |= isinstance(figure, Dots) and not figure.dots
            assert nothing or ESTIMATED.search(figure.sentence), (key, figure.sentence)


@SLOW
@given(st.lists(tasks(), min_size=1, max_size=20), st.integers(0, 400))
def test_shares_never_round_to_none_or_all_unless_they_are(made, back):
    scope = replace(OCTOBER, first=OCTOBER.first - timedelta(days=back))

    for key, rate in rates(ask(filled(made), scope)).items():
        if 0 < rate.share < 1 and key not in COUNTED_IN_FULL:
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
    assert noon("2026-10-01") > 0

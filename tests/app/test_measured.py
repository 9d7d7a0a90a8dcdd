"""Figures become measure objects in the public shape, whatever their kind."""

from __future__ import annotations

from datetime import date

import pytest

from tokenmirror.app.measured import measure_object
from tokenmirror.measures.figures import (
    Chain,
    Column,
    Dots,
    Part,
    Parts,
    Rate,
    Step,
    Table,
    Total,
    Unknown,
    Week,
    Weeks,
)
from tokenmirror.measures.registry import MEASURES

ANY = MEASURES[0]
WEEK = date(2026, 11, 16)


def told(figure: object, *names: str) -> tuple[object, ...]:
    """Fields of the object of a figure."""
    made = measure_object(ANY, figure)
    return tuple(made[name] for name in names)


def test_a_rate_is_in_per_cent_and_not_rounded():
    rate = Rate(1, 3, "tasks", "", low=0.1, high=0.75, usual=(0.2, 0.5, 0.8))

    assert told(rate, "value", "n", "of") == (pytest.approx(100 / 3), 1, 3)
    assert told(rate, "interval", "usual") == ([10.0, 75.0], [20.0, 80.0])


def test_a_rate_of_nothing_is_unknown():
    assert told(Rate(0, 0, "tasks", ""), "value", "missing_reason") == (None, "no_activity")


def test_an_unknown_figure_has_its_reason_and_no_number():
    made = measure_object(ANY, Unknown("no_git", "Git was not found."))

    assert (made["value"], made["basis"], made["missing_reason"]) == (None, "unknown", "no_git")


def test_a_total_keeps_its_parts():
    total = Total(5, "prompts", 5, "", parts={"own": 4, "unknown": None})

    assert told(total, "value", "parts") == (5, {"own": 4, "unknown": None})


def test_parts_add_up():
    parts = Parts((Part("a", "A", 2), Part("b", "B", 3)), "tasks", 5, "")

    assert told(parts, "value", "n", "parts") == (5, 5, {"a": 2, "b": 3})


def test_dots_give_the_pooled_figure_with_median_and_quartiles():
    dots = Dots((), "usd", "", per=1.5, median=1.0, quartiles=(0.5, 2.0), n=4, of=3)

    assert told(dots, "value", "parts", "of") == (1.5, {"median": 1.0, "q1": 0.5, "q3": 2.0}, 3)
    assert told(Dots((), "usd", ""), "value", "missing_reason") == (None, "too_few")


def test_a_chain_gives_its_steps():
    chain = Chain((Step("proposed", "", 9), Step("accepted", "", 7)), "", prompts=2, tasks=1)

    assert told(chain, "value", "parts") == (9, {"proposed": 9, "accepted": 7})


def test_weeks_count_those_of_the_period():
    weeks = Weeks(
        (Week(WEEK, (1, None)), Week(WEEK, (2, 3), in_period=True)), ("a", "b"), ("", ""),
        "prompts", "",
    )  # fmt: skip

    assert told(weeks, "value", "parts") == (5, {"a": 2, "b": 3})


def test_a_table_is_no_number_but_its_last_column_is_told():
    columns = (Column("tool", "", "text"), Column("share", "", "percent"), Column("at", "", "day"))
    table = Table(columns, (("x", ("x", 99.5, None)),), "")

    assert told(table, "value", "n", "parts") == (None, 1, {"x": 99.5})


def test_every_measure_names_itself_and_its_version():
    made = [measure_object(one, Unknown("nothing_read", "")) for one in MEASURES]

    assert len({one["id"] for one in made}) == len(MEASURES)
    assert all("@" in one["id"] and one["name"] for one in made)

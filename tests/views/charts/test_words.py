"""Descriptions of charts: three sentences or more, with the highest value and how many."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.views import figures
from tokenmirror.measures.figures import Dots, Parts, Weeks
from tokenmirror.views.charts.table import as_tsv
from tokenmirror.views.charts.words import (
    chain_table,
    describe_chain,
    describe_dots,
    describe_parts,
    describe_weeks,
    in_sentence,
    parts_table,
    rows_table,
    week_words,
    weeks_table,
)

DESCRIBED = {
    "weeks": (describe_weeks("How tasks ended", figures.OUTCOMES), "8", "12"),
    "prompts": (describe_weeks("Prompts", figures.PROMPTS), "120", "12"),
    "chain": (describe_chain("The chain", figures.CHAIN), "4,210", "38"),
    "dots": (describe_dots("Cost of a task", figures.COSTS), "$8.40", "24"),
    "parts": (describe_parts("Where the cost went", figures.COST_PARTS), "$44.00", "38"),
}


@pytest.mark.parametrize("kind", list(DESCRIBED))
def test_a_description_has_three_sentences_the_highest_and_the_count(kind: str):
    text, highest, count = DESCRIBED[kind]
    assert len(re.findall(r"\.(?:\s|$)", text)) >= 3
    assert highest in text
    assert count in text


def test_a_weekly_description_names_the_weeks_outside_the_usual_range():
    assert "outside it: 19 Oct" in describe_weeks("Prompts", figures.PROMPTS)


def test_a_description_tells_what_is_missing():
    early = tuple(replace(week, recorded=False) for week in figures.PROMPTS.weeks[:2])
    figure = replace(figures.PROMPTS, weeks=early + figures.PROMPTS.weeks[2:])
    assert "2 lie before the data begin" in describe_weeks("Prompts", figure)


@pytest.mark.parametrize(
    "text",
    [
        describe_weeks("Nothing", Weeks((), (), (), "count", "")),
        describe_dots("Nothing", Dots((), "usd", "Nothing yet.")),
        describe_parts("Nothing", Parts((), "usd", 0, "")),
    ],
)
def test_an_empty_figure_is_described_too(text: str):
    assert len(re.findall(r"\.(?:\s|$)", text)) >= 3


def test_a_week_says_its_own_sentence_or_its_parts():
    week = figures.OUTCOMES.weeks[5]
    assert week_words(week, figures.OUTCOMES) == (
        "Week of 5 Oct: 5 shipped, 1 on a branch, and 2 no lasting change found"
    )
    said = replace(week, sentence="Week of 5 Oct: 8 tasks.")
    assert week_words(said, figures.OUTCOMES) == "Week of 5 Oct: 8 tasks"


def test_the_last_week_is_so_far():
    assert week_words(figures.OUTCOMES.weeks[-1], figures.OUTCOMES).endswith(", so far")


def test_abbreviations_keep_their_capitals_in_a_sentence():
    assert in_sentence("AI lines") == "AI lines"
    assert in_sentence("On a branch") == "on a branch"


def test_the_table_of_a_chart_holds_every_number():
    table = weeks_table(figures.OUTCOMES)
    assert len(table.rows) == 12
    assert table.rows[5][1][1:] == (5, 1, 2, 0, 2, 1, 8)


def test_rows_share_their_weeks_in_one_table():
    table = rows_table([(row.name, row.weeks) for row in figures.ROWS])
    assert len(table.columns) == 1 + 2 + 2 + 3
    assert len(table.rows) == 12


def test_the_parts_of_a_step_are_rows_of_the_table():
    keys = [key for key, _ in chain_table(figures.CHAIN).rows]
    assert keys[1:3] == ["accepted", "accepted/chosen"]


def test_copied_numbers_are_tab_separated_with_a_head():
    lines = as_tsv(parts_table(figures.COST_PARTS)).splitlines()
    assert lines[0] == "Part\tValue\tShare"
    assert lines[1] == "Shipped\t$44.00\t57 %"

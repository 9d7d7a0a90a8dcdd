"""The page of every measure is that of the sample, and three of its figures are their rows."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.measures.page import NOW, OCTOBER, PAGE, page, sample
from tokenmirror import paths
from tokenmirror.app import reading, sources
from tokenmirror.app.sample import make as make_sample
from tokenmirror.app.start import Wanted, start
from tokenmirror.measures.registry import by_id
from tokenmirror.store import connection, ledger

TRACED = Path(__file__).parent / "traced.md"
TEXT = TRACED.read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
TABLES = [
    re.findall(r"^\| (.*) \|$", table, re.MULTILINE)
    for table in re.findall(r"\|(?:---\|)+\n((?:\|.*\|\n)+)", TEXT)
]

pytestmark = pytest.mark.skipif(paths.git_program() is None, reason="the sample has no commits")


@pytest.fixture(scope="module")
def db():
    with sample() as made:
        yield made


def told(db, number):
    return db.execute(QUERIES[number]).fetchall()


@pytest.mark.deep
def test_the_page_is_the_one_that_is_kept(db):
    assert page(db) == PAGE.read_text(encoding="utf-8")


@pytest.mark.deep
@pytest.mark.parametrize("number", range(3))
def test_the_rows_are_those_of_the_page_on_tracing(db, number):
    rows = [" | ".join(str(cell) for cell in row) for row in told(db, number)]

    assert rows == TABLES[number]


@pytest.mark.deep
def test_the_rate_is_that_of_its_rows(db):
    outcomes = Counter(row[-1] for row in told(db, 0))
    figure = by_id("F3").compute(db, OCTOBER)

    assert (figure.hits, figure.trials) == (outcomes["shipped"], outcomes.total())
    assert (figure.hits, figure.trials) == (22, 25)


@pytest.mark.deep
def test_the_duration_is_that_of_its_rows(db):
    rows = told(db, 1)
    figure = by_id("H2").compute(db, OCTOBER)

    assert figure.n == sum(row[1] for row in rows) == 66
    assert figure.parts["sum"] == pytest.approx(sum(row[2] for row in rows), abs=1e-6)
    assert figure.value == pytest.approx(sum(row[3] for row in rows), abs=1e-6)


@pytest.mark.deep
def test_the_money_is_that_of_its_rows(db):
    rows = told(db, 2)
    figure = by_id("G1").compute(db, OCTOBER)

    assert figure.value == pytest.approx(sum(row[-1] for row in rows), abs=1e-9)
    assert figure.n == sum(row[2] for row in rows) + 3  # of a model without a price


@pytest.mark.deep
def test_figures_kept_over_months_of_readings_stay_those_that_are_shown(tmp_path):
    """The sample read again and again as its months go by: nothing but ripening moves."""
    seen = {}
    wanted = Wanted(data_dir=tmp_path / "data", quiet=True)
    made = make_sample(tmp_path / "made", NOW, paths.git_program())
    begun = start(replace(wanted, home=made.home))
    begun = replace(begun, settings=replace(begun.settings, zone="UTC"))
    for days in (60, 45, 30, 14, 3, 0):
        now = NOW - timedelta(days=days)
        wanted_now = reading.request(begun, sources.loaded())
        reading.read(begun, wanted_now, lambda _said: None, threading.Event(), now)
        with connection.transaction(begun.places.database) as db:
            seen = ledger.figures_seen(db)
            whys = {one.why for one in ledger.recounts(db)}

    fresh = replace(begun, places=paths.places(tmp_path / "anew"))
    reading.read(fresh, wanted_now, lambda _said: None, threading.Event(), NOW)
    with connection.transaction(fresh.places.database) as db:
        anew = ledger.figures_seen(db)

    assert whys <= {"ripened", "new_records"}
    assert {key: seen[key] for key in anew} == anew

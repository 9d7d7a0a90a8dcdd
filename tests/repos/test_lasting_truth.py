"""What lasted, held against git's own blame and against reverts that were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.archived import Archived
from tests.repos.lasting import (
    agreement,
    blamed,
    found_reverts,
    living,
    my_landings,
    with_reverts,
)
from tests.repos.making import COLLEAGUE
from tests.repos.scenarios import BY_NAME, a_history
from tests.repos.styles import STYLES, Style

NAMES = [style.name for style in STYLES]
ONE_NOW = [STYLES[0], *(pytest.param(style, marks=pytest.mark.deep) for style in STYLES[1:])]
SCENARIO_NOW = ["half typed by hand", pytest.param("renamed files", marks=pytest.mark.deep)]


def read(tmp_path: Path, style: Style, scenario: str, commits: int = 60) -> Archived:
    making, _ = a_history(tmp_path / "made", style, 5, commits, BY_NAME[scenario])
    archived = Archived(making, tmp_path / "data")
    archived.read()
    return archived


@pytest.mark.parametrize("scenario", SCENARIO_NOW)
@pytest.mark.parametrize("style", STYLES, ids=NAMES)
def test_living_lines_are_those_that_blame_finds(
    tmp_path: Path, style: Style, scenario: str
) -> None:
    archived = read(tmp_path, style, scenario)

    found, truth = living(archived), blamed(archived.making, my_landings(archived))

    assert agreement(found, truth) >= 0.995


@pytest.mark.deep
@pytest.mark.parametrize("style", STYLES, ids=NAMES)
def test_living_lines_are_those_that_blame_finds_in_a_long_history(
    tmp_path: Path, style: Style
) -> None:
    archived = read(tmp_path, style, "as accepted", 600)

    found, truth = living(archived), blamed(archived.making, my_landings(archived))

    assert agreement(found, truth) >= 0.995


def test_no_more_lines_die_than_were_born(tmp_path: Path) -> None:
    archived = read(tmp_path, STYLES[0], "hand-edited")

    rows = archived.rows(
        "select b.lines, sum(d.lines), min(d.at_ms) - b.born_ms from births b"
        " join deaths d on d.birth_id = b.id group by b.id"
    )

    assert rows
    assert all(born >= died and after_ms >= 0 for born, died, after_ms in rows)


def test_a_landing_bears_no_more_lines_than_it_adds(tmp_path: Path) -> None:
    archived = read(tmp_path, STYLES[1], "hand-edited")

    rows = archived.rows(
        "select c.oid, sum(b.lines) from births b join commits c on c.id = b.commit_id"
        " group by c.id"
    )

    assert rows
    for oid, born in rows:
        counted = archived.making.git("show", "--numstat", "--format=", str(oid)).splitlines()
        assert born <= sum(int(line.split()[0]) for line in counted)


@pytest.mark.parametrize("style", ONE_NOW, ids=NAMES)
def test_reverts_are_found_and_nothing_else(tmp_path: Path, style: Style) -> None:
    making, truth = with_reverts(tmp_path / "made", style, 1, 1)
    archived = Archived(making, tmp_path / "data")
    archived.read()

    found = found_reverts(archived, truth)

    assert found.precision >= 0.98
    assert found.recall >= 0.95
    assert (found.whole_precision, found.whole_recall, found.undone) == (1, 1, 1)


def test_a_second_reading_changes_nothing_of_what_lasted(tmp_path: Path) -> None:
    making, _ = with_reverts(tmp_path / "made", STYLES[0], 2, 1)
    archived = Archived(making, tmp_path / "data")
    archived.read()
    queries = [f"select * from {table}" for table in ("births", "deaths", "reversals")]
    before = [archived.rows(query) for query in queries]
    making.append("hers.py", ["# more"])
    making.commit("More", COLLEAGUE)

    archived.read()

    assert all(before)
    assert [archived.rows(query) for query in queries] == before

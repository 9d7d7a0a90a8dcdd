"""Work that is to be called shipped, and work that is not, read by the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.cases import NOTHING_SHIPPED, STILL_FOUND, Case
from tests.repos.styles import STYLES, Style
from tests.repos.work import Work

# those that no nearby test of a scan has; the others of them run with the long tests
OFTEN = {one.name for one in NOTHING_SHIPPED} | {
    "squashed with a review fix",
    "squashed by a colleague, the branch deleted",
    "merged with a conflict solved by hand",
    "merged the wrong way round",
    "put into an earlier commit",
    "split into ten commits",
    "re-formatted before the commit",
    "edited by hand before the commit",
    "renamed on the branch, then squashed",
    "a new file moved before its commit",
    "in a worktree deleted afterwards",
    "reverted, and the revert reverted",
}


def cases() -> list[object]:
    """Every case in each style; in an ordinary run most in one."""
    found = []
    for number, one in enumerate((*NOTHING_SHIPPED, *STILL_FOUND)):
        for turn, style in enumerate(STYLES):
            often = turn == number % len(STYLES) and one.name in OFTEN
            marks = [] if often else [pytest.mark.deep]
            found.append(pytest.param(one, style, id=f"{one.name}, {style.name}", marks=marks))
    return found


@pytest.mark.parametrize(("one", "style"), cases())
def test_each_case_has_its_outcome(tmp_path: Path, one: Case, style: Style) -> None:
    work = Work(tmp_path, style)
    one.build(work)

    outcomes = work.outcomes(one.days_later)

    assert {name: outcomes.get(name) for name in one.outcomes} == one.outcomes

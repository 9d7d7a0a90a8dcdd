"""Work that is to be called shipped, and work that is not, read by the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.cases import NOTHING_SHIPPED, STILL_FOUND, Case
from tests.repos.styles import STYLES, Style
from tests.repos.work import Work

COMMON = "lines that every file has link a session as others do"
SPLIT = "the lines that ship a session are counted per landing, not per change"
NOT_YET = {
    ("much equal boilerplate typed the next day", name): COMMON
    for name in ("python", "typescript", "go")
}
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
NOT_YET["split into ten commits", "go"] = SPLIT


def cases() -> list[object]:
    """Every case in each style; in an ordinary run most in one."""
    found = []
    for number, one in enumerate((*NOTHING_SHIPPED, *STILL_FOUND)):
        for turn, style in enumerate(STYLES):
            reason = NOT_YET.get((one.name, style.name))
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
            if turn != number % len(STYLES) or one.name not in OFTEN:
                marks.append(pytest.mark.deep)
            found.append(pytest.param(one, style, id=f"{one.name}, {style.name}", marks=marks))
    return found


@pytest.mark.parametrize(("one", "style"), cases())
def test_each_case_has_its_outcome(tmp_path: Path, one: Case, style: Style) -> None:
    work = Work(tmp_path, style)
    one.build(work)

    outcomes = work.outcomes(one.days_later)

    assert {name: outcomes.get(name) for name in one.outcomes} == one.outcomes

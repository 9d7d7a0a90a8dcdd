"""How much of what is claimed is true, and how much of what is true is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.accuracy import falls_short, measured
from tests.repos.making import Scanner
from tests.repos.scenarios import BY_NAME, SCENARIOS, Scenario, a_history
from tests.repos.styles import STYLES, Style

SHORT = {"as accepted", "hand-edited", "re-formatted", "moved to another path"}
SHORT |= {"half typed by hand", "nothing of mine"}


def scenarios() -> list[object]:
    """Every scenario that has a bound, in each style.

    Those named in the design run always, each in one style; the report and the deep tests run
    all of them in all.
    """
    found = []
    for number, one in enumerate(SCENARIOS):
        for style in STYLES:
            always = one.name in SHORT and style is STYLES[number % len(STYLES)]
            marks = [] if always else [pytest.mark.deep]
            found.append(pytest.param(one, style, id=f"{one.name}, {style.name}", marks=marks))
    return found


@pytest.mark.parametrize(("scenario", "style"), scenarios())
def test_claims_are_true_and_nearly_complete(scenario: Scenario, style: Style) -> None:
    assert falls_short(scenario, measured(scenario, style, seed=7, commits=45)) == []


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("scenario", "style"), scenarios())
def test_claims_stay_true_in_longer_histories(scenario: Scenario, style: Style, seed: int) -> None:
    assert falls_short(scenario, measured(scenario, style, seed=seed, commits=300)) == []


@pytest.mark.parametrize(
    ("name", "style"), [("hand-edited", STYLES[1]), ("files written whole", STYLES[2])]
)
def test_claims_never_exceed_what_a_commit_adds(
    tmp_path: Path, scanner: Scanner, name: str, style: Style
) -> None:
    repo, truth = a_history(tmp_path / "made", style, 8, 40, BY_NAME[name])

    outcome = scanner.scan(repo)

    for oid, commit in outcome.commits.items():
        claimed = sum(claim.lines for claim in outcome.claims[oid])
        assert claimed <= (commit.added or 0)
        assert claimed <= truth.added[oid]

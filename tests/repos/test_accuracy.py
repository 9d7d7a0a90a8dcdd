"""How much of what is claimed is true, and how much of what is true is claimed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.repos.making import Outcome, Scanner
from tests.repos.seeded import Truth, a_history


def shares(outcome: Outcome, truth: Truth) -> tuple[float, float, float, float]:
    """Precision and recall of lines, then of links between sessions and commits."""
    claimed: Counter[tuple[str, str, int]] = Counter()
    for claims in outcome.claims.values():
        for claim in claims:
            claimed[claim.oid, claim.path, claim.session] += claim.lines
    linked = {(link.oid, link.session) for links in outcome.links.values() for link in links}
    hits = (claimed & truth.lines).total()
    both = len(linked & truth.links)
    return (
        hits / max(1, claimed.total()),
        hits / max(1, truth.lines.total()),
        both / max(1, len(linked)),
        both / max(1, len(truth.links)),
    )


@pytest.mark.parametrize(
    ("by_hand", "changed", "least"),
    [
        (0.0, 0.0, (0.97, 0.98, 0.94, 0.99)),
        (0.5, 0.0, (0.90, 0.95, 0.90, 0.99)),
        (0.0, 0.2, (0.94, 0.83, 0.95, 0.92)),
        (0.5, 0.2, (0.94, 0.83, 0.90, 0.92)),
    ],
    ids=["as accepted", "half typed by hand", "changed by hand", "both"],
)
def test_claims_are_true_and_nearly_complete(
    tmp_path: Path,
    scanner: Scanner,
    by_hand: float,
    changed: float,
    least: tuple[float, float, float, float],
) -> None:
    repo, truth = a_history(tmp_path / "seeded", 7, 80, by_hand=by_hand, changed=changed)

    found = shares(scanner.scan(repo), truth)

    assert all(share >= bound for share, bound in zip(found, least, strict=True)), found


def test_claims_never_exceed_what_a_commit_adds(tmp_path: Path, scanner: Scanner) -> None:
    repo, _ = a_history(tmp_path / "seeded", 8, 40, by_hand=0.3, changed=0.1)

    outcome = scanner.scan(repo)

    for oid, commit in outcome.commits.items():
        assert sum(claim.lines for claim in outcome.claims[oid]) <= (commit.added or 0)


def test_a_history_without_tools_has_no_claims(tmp_path: Path, scanner: Scanner) -> None:
    repo, _ = a_history(tmp_path / "seeded", 9, 30, by_hand=1.0)

    outcome = scanner.scan(repo)

    assert outcome.claimed_lines == 0

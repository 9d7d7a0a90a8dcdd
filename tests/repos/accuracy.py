"""How much of what is claimed is true, and how much of what is true is claimed."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.repos.making import Outcome, a_scanner
from tests.repos.scenarios import Scenario, a_history
from tests.repos.styles import Style
from tests.repos.written import Truth


@dataclass(frozen=True)
class Shares:
    """Precision and recall of lines, then of links; ``None`` of nothing.

    ``claimed`` is the share of the person's added lines that is claimed at all; ``links``
    the number of links found.  A line counts by its commit, file and session.
    """

    line_precision: float | None
    line_recall: float | None
    link_precision: float | None
    link_recall: float | None
    claimed: float
    links: int

    @property
    def rates(self) -> tuple[float | None, float | None, float | None, float | None]:
        return self.line_precision, self.line_recall, self.link_precision, self.link_recall


def shares(outcome: Outcome, truth: Truth) -> Shares:
    """Hold what a scan found against the truth."""
    claimed: Counter[tuple[str, str, int]] = Counter()
    for claims in outcome.claims.values():
        for claim in claims:
            claimed[claim.oid, claim.path, claim.session] += claim.lines
    linked = {(link.oid, link.session) for links in outcome.links.values() for link in links}
    hits = (claimed & truth.lines).total()
    both = len(linked & truth.links)
    return Shares(
        _share(hits, claimed.total()),
        _share(hits, truth.lines.total()),
        _share(both, len(linked)),
        _share(both, len(truth.links)),
        claimed.total() / max(1, truth.added.total()),
        len(linked),
    )


def _share(hits: int, of: int) -> float | None:
    return hits / of if of else None


def measured(scenario: Scenario, style: Style, seed: int, commits: int) -> Shares:
    """One scenario in one style."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo, truth = a_history(folder / "repo", style, seed, commits, scenario)
        return shares(a_scanner(folder).scan(repo), truth)


def falls_short(scenario: Scenario, found: Shares) -> list[str]:
    """Which bounds are missed, in words; empty where all are kept."""
    names = ("line precision", "line recall", "link precision", "link recall")
    short = [
        f"{name} {share} < {least}"
        for name, share, least in zip(names, found.rates, scenario.least, strict=True)
        if least is not None and (share is None or share < least)
    ]
    if scenario.most is not None and (found.claimed > scenario.most or found.links):
        short.append(f"claimed {found.claimed:.3%} of the lines with {found.links} links")
    return short

"""The stated coverage and false-alarm rates, by simulation (``measures.md`` 10.14)."""

from __future__ import annotations

import math

import pytest

from tests.measures.simulate import PAGE, Case, cases, table

SHORT_RUNS = 30
CASES = cases()
SLOW = ("survival", "two periods, lines")
NAMES = [f"{case.group}: {case.name}" for case in CASES]


def allowed(case: Case, runs: int) -> tuple[float, float]:
    """The bounds of a share, with what so few runs may miss by chance (3 standard errors)."""
    slack = 3 * math.sqrt(0.1 * 0.9 / runs)
    return case.low - slack, case.high + slack


def quick(case: Case) -> int:
    """A small part of the runs, and of slow ones still fewer."""
    if case.group.startswith(SLOW):
        return SHORT_RUNS // 2
    return min(case.runs // 20, 500 if case.runs >= 20_000 else SHORT_RUNS)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_intervals_hold_and_alarms_are_rare_in_a_few_runs(case):
    runs = quick(case)
    low, high = allowed(case, runs)

    assert low <= case.share(runs) <= high


@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_intervals_hold_and_alarms_are_rare(case):
    assert case.low <= case.share() <= case.high


def test_the_page_lists_every_case():
    page = PAGE.read_text(encoding="utf-8")

    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| ")]
    assert rows[1:] == [[f"| {case.group}", case.name] for case in CASES]
    assert "python -m tests.measures.simulate" in page


def test_a_wrong_method_is_found_out():
    contrast = next(case for case in CASES if case.group == "Wilson over clumped lines")

    assert contrast.share(100) < 0.5
    assert "| no |" in table([(contrast, 0.9)])

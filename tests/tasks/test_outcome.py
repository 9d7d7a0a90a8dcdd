"""How a task ended (F2)."""

from __future__ import annotations

import pytest

from tokenmirror.tasks.outcome import DAY_MS, Ending, outcome

NOW_MS = 100 * DAY_MS


def ended(**facts):
    values = {
        "began_ms": NOW_MS - 20 * DAY_MS,
        "intended": True,
        "ships": False,
        "landed": False,
        "branch_ms": None,
        "uncommitted": False,
        "followed": True,
    }
    return outcome(Ending(**(values | facts)), NOW_MS)[0]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"ships": True, "landed": True}, "shipped"),
        ({"ships": True, "intended": False}, "shipped"),
        ({"ships": True, "began_ms": NOW_MS}, "shipped"),
        ({"landed": True, "branch_ms": NOW_MS - DAY_MS}, "on_branch"),
        ({"landed": True, "branch_ms": NOW_MS - 31 * DAY_MS}, "no_lasting_change"),
        ({"landed": True}, "no_lasting_change"),
        ({"began_ms": NOW_MS - 13 * DAY_MS}, "in_progress"),
        ({"began_ms": NOW_MS - 14 * DAY_MS}, "no_lasting_change"),
        ({"uncommitted": True}, "in_progress"),
        ({"intended": False}, "no_code"),
        ({"intended": False, "began_ms": NOW_MS}, "no_code"),
        ({"followed": False}, "unknown"),
        ({"followed": False, "began_ms": NOW_MS}, "in_progress"),
    ],
)
def test_an_outcome_follows_from_what_became_of_the_lines(facts, expected):
    assert ended(**facts) == expected

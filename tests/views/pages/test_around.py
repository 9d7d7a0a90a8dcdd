from __future__ import annotations

import pytest

from tokenmirror.views.pages.around import Around, state_of

ACTIVE = Around(allowed=True, empty=False, active=True, matching=True)


@pytest.mark.parametrize(
    ("facts", "reading", "state"),
    [
        (Around(False, True, False, False), False, "nothing_allowed"),
        (Around(True, True, False, False), False, "nothing_read"),
        (Around(True, True, False, False), True, "reading_nothing"),
        (Around(True, False, False, False), False, "no_activity"),
        (Around(True, False, True, False), False, "no_match"),
        (ACTIVE, True, "answer"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_the_state_follows_from_the_facts(facts, reading, state):
    assert state_of(facts, reading=reading) == state


def test_a_page_without_filters_answers_for_any_period():
    facts = Around(allowed=True, empty=False, active=False, matching=False)

    assert state_of(facts, reading=False, filtered=False) == "answer"


def test_an_archive_filled_from_the_command_line_needs_no_consent():
    facts = Around(allowed=False, empty=False, active=True, matching=True)

    assert state_of(facts, reading=False) == "answer"

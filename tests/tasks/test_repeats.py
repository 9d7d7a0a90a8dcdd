"""Prompts asked again: equal or close, within a day, in one project."""

from __future__ import annotations

from tokenmirror import cues
from tokenmirror.tasks.repeats import DAY_MS, Asked, Repeat, repeats

KEY = b"k" * 32
LONG = " ".join(f"w{n}" for n in range(80))


def asked(n, text="yes", *, at=0, project=1, session=1, errors=0):
    return Asked(n, project, session, at, text.encode(), cues.sketch(text, KEY), errors)


def test_an_equal_text_within_a_day_is_a_repeat():
    found = list(repeats([asked(2, at=DAY_MS), asked(1)]))

    assert found == [Repeat(2, 1, "equal", retry=False)]


def test_a_day_later_or_in_another_project_it_is_none():
    assert not list(repeats([asked(1), asked(2, at=DAY_MS + 1)]))
    assert not list(repeats([asked(1), asked(2, project=2)]))
    assert not list(repeats([asked(1, project=None), asked(2, project=None, session=2)]))


def test_nearly_the_same_words_are_close_and_others_are_not():
    near = f"{LONG} please"
    far = " ".join(f"x{n}" for n in range(80))

    assert [one.how for one in repeats([asked(1, LONG), asked(2, near, at=1)])] == ["close"]
    assert not list(repeats([asked(1, LONG), asked(2, far, at=1)]))


def test_asking_again_after_a_service_error_is_a_retry():
    again = list(repeats([asked(1), asked(2, at=5, errors=1)]))

    assert again == [Repeat(2, 1, "equal", retry=True)]


def test_the_latest_earlier_one_is_named():
    assert [one.earlier for one in repeats([asked(1), asked(2, at=1), asked(3, at=2)])] == [1, 2]

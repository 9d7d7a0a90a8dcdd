"""Who wrote a prompt: statements first, then entry points, then three rules."""

from __future__ import annotations

import pytest

from tokenmirror.tasks.origins import DAY_MS, PromptFacts, origins


def a_prompt(number, at_ms=None, **rest):
    values = {
        "id": number,
        "session": 1,
        "stream": ("tool", "/w"),
        "at_ms": number * 977_131 if at_ms is None else at_ms,
        "author": "unknown",
        "basis": "unknown",
        "entry": "unknown",
        "text_hash": number.to_bytes(2, "big"),
        "words": 9,
    }
    return PromptFacts(**(values | rest))


def found(prompts):
    return [(one.origin, one.basis, one.rule) for one in origins(prompts)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"author": "person", "basis": "stated"}, ("own", "stated", None)),
        ({"author": "program", "basis": "inferred"}, ("unattended", "inferred", None)),
        ({"author": "agent", "basis": "stated"}, ("delegated", "stated", None)),
        ({"entry": "headless"}, ("unattended", "stated", None)),
        ({"entry": "interactive"}, ("own", "inferred", None)),
        ({}, ("unknown", "unknown", None)),
        ({"author": "person", "basis": "stated", "entry": "headless"}, ("own", "stated", None)),
    ],
)
def test_an_origin_follows_from_what_is_stated(facts, expected):
    assert found([a_prompt(1, **facts)]) == [expected]


@pytest.mark.parametrize(("count", "origin"), [(4, "unknown"), (5, "unattended")])
def test_the_same_text_five_times_a_day_looks_automatic(count, origin):
    prompts = [a_prompt(n, at_ms=n * n * 3_600_000, text_hash=b"same") for n in range(count)]

    assert {one[0] for one in found(prompts)} == {origin}


def test_short_repeated_text_is_how_people_talk():
    prompts = [a_prompt(n, at_ms=n * n * 60_000, text_hash=b"go", words=1) for n in range(9)]

    assert {one[0] for one in found(prompts)} == {"unknown"}


def test_the_same_text_over_several_days_is_no_repetition():
    prompts = [a_prompt(n, at_ms=n * DAY_MS, text_hash=b"same") for n in range(9)]

    assert {one[0] for one in found(prompts)} == {"unknown"}


@pytest.mark.parametrize(("count", "origin"), [(11, "unknown"), (12, "unattended")])
def test_twelve_prompts_in_a_clocks_rhythm_look_automatic(count, origin):
    prompts = [a_prompt(n, at_ms=n * 600_000) for n in range(count)]

    assert {one[0] for one in found(prompts)} == {origin}


def test_a_long_chain_of_instant_answers_looks_automatic():
    gaps = [n * n * 60_000 for n in range(20)]
    prompts = [a_prompt(n, at_ms=at, answered_ms=at - 1_000) for n, at in enumerate(gaps)]

    assert {one[2] for one in found(prompts)} == {"c"}


def test_rules_never_overrule_what_the_log_states():
    prompts = [
        a_prompt(n, at_ms=n * 1000, text_hash=b"same", author="person", basis="stated")
        for n in range(30)
    ]

    assert {one[0] for one in found(prompts)} == {"own"}

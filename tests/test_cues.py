"""Signs of prompts: what is taken for a check or a correction, and likeness of sketches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenmirror import cues

KEY = b"k" * 32


@pytest.mark.parametrize(
    "text",
    ["Add a retry and make sure the tests pass", "It should return 404 then", "Prüfe, ob das geht",
     "vérifie que la sortie est vide"],
)  # fmt: skip
def test_a_way_to_check_is_seen(text):
    assert cues.signs(text, KEY).checks


@pytest.mark.parametrize("text", ["add a retry to the uploader", "rename the latest module", ""])
def test_a_plain_request_states_no_check(text):
    assert not cues.signs(text, KEY).checks


@pytest.mark.parametrize(
    "text",
    ["No, use the other module", "no", "that\u2019s wrong, keep it", "It still fails with exit 1",
     "Nein, so nicht", "wait, you removed the guard", "Undo it please"],
)  # fmt: skip
def test_a_correction_is_seen(text):
    assert cues.signs(text, KEY).pushes_back


@pytest.mark.parametrize(
    "text",
    ["There is no retry yet; add one", "No retries are made by the uploader today, add them",
     "Wait for the server before the first request", "Stop the server at the end of the test",
     "add undo to the editor"],
)  # fmt: skip
def test_a_request_that_only_holds_such_a_word_is_none(text):
    assert not cues.signs(text, KEY).pushes_back


def test_what_is_pasted_far_below_is_no_correction():
    assert not cues.signs("Explain this log\n" + "x" * 400 + "\nit doesn't work", KEY).pushes_back


def test_equal_texts_are_alike_and_other_texts_are_not():
    long = " ".join(f"word{n}" for n in range(200))
    other = " ".join(f"thing{n}" for n in range(200))

    assert cues.likeness(cues.sketch(long, KEY), cues.sketch(long.upper(), KEY)) == 1
    assert cues.likeness(cues.sketch(long, KEY), cues.sketch(other, KEY)) == 0


def test_one_word_changed_in_a_long_prompt_leaves_it_close():
    words = [f"w{n}" for n in range(300)]
    changed = [*words[:150], "other", *words[151:]]

    close = cues.likeness(cues.sketch(" ".join(words), KEY), cues.sketch(" ".join(changed), KEY))

    assert 0.9 <= close < 1


@given(
    st.lists(st.sampled_from("abcdefg"), min_size=5, max_size=40),
    st.lists(st.sampled_from("abcdefg"), min_size=5, max_size=40),
)
def test_for_short_texts_the_likeness_is_exact(one, other):
    def runs(words):
        return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}

    exact = len(runs(one) & runs(other)) / len(runs(one) | runs(other))
    told = cues.likeness(cues.sketch(" ".join(one), KEY), cues.sketch(" ".join(other), KEY))

    assert told == pytest.approx(exact)


def test_a_sketch_is_keyed_and_bounded():
    text = " ".join(f"w{n}" for n in range(500))

    assert cues.sketch("too short", KEY) is None
    assert len(cues.sketch(text, KEY)) == 64 * 4
    assert cues.sketch(text, KEY) != cues.sketch(text, b"o" * 32)

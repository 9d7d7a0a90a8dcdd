"""B4 and B5: what tasks were done with, and the shape of prompts."""

from __future__ import annotations

import pytest

from tests.measures.stores import OCTOBER, a_proposal, a_task, add_prompt, noon, store_with, summed
from tokenmirror.measures.mix import B4, B5, family_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet"),
        ("claude-3-5-sonnet-20241022", "claude-sonnet"),
        ("us.anthropic.claude-opus-4-1-v1:0", "claude-opus"),
        ("anthropic/claude-3.5-haiku", "claude-haiku"),
        ("gpt-5.1-codex", "gpt"),
        ("gpt4", "gpt"),
        ("o3-mini", "o3"),
        ("qwen3-coder", "qwen"),
        ("llama3.1:8b", "llama"),
        ("models/gemini-2.5-pro", "gemini"),
        ("deepseek/deepseek-r1", "deepseek"),
        ("<synthetic>", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_family_is_the_name_up_to_the_version(model, family):
    assert family_of(model) == family


def rows(db, kind):
    return {cells[1]: cells[2:] for key, cells in B4.compute(db, OCTOBER).rows
            if key.startswith(kind)}  # fmt: skip


def test_the_mix_counts_tasks_and_not_tokens():
    db = store_with(*[a_task(source="codex-cli", tokens=1)] * 4, *[a_task(tokens=10**7)] * 6)

    assert rows(db, "tool") == {"claude-code": (6, 60), "codex-cli": (4, 40)}
    assert rows(db, "model") == {"claude-sonnet": (10, 100)}
    assert rows(db, "project") == {"p1": (10, 100)}


def test_a_task_with_several_languages_counts_for_each_in_equal_parts():
    both = [a_proposal(1, path="a.py"), a_proposal(1, path="b.ts"), a_proposal(1, path="c.py")]
    db = store_with(*[a_task(proposals=both)] * 3, *[a_task(proposals=both[:1])] * 3)

    assert rows(db, "language") == {"Python": (4.5, 75), "TypeScript": (1.5, 25)}


def test_weights_add_up_to_the_tasks_and_the_rest_stands_together():
    paths = [f"a.{end}" for end in ("py", "ts", "go", "rs", "java", "rb", "php", "lua")]
    db = store_with(*[a_task(proposals=[a_proposal(1, path=path)]) for path in paths])

    found = rows(db, "language")

    assert len(found) == 7
    assert found["Other"] == (2, 25)
    assert sum(count for count, _ in found.values()) == pytest.approx(8)


def test_four_tasks_give_counts_without_shares():
    assert rows(store_with(*[a_task()] * 4), "tool") == {"claude-code": (4, None)}


def test_what_nothing_tells_is_unknown():
    db = store_with(a_task(project=None), a_task())

    assert rows(db, "model")["Unknown"] == (2, None)
    assert rows(db, "project") == {"p1": (1, None), "Unknown": (1, None)}


def test_hidden_and_unattended_tasks_are_in_no_mix():
    db = store_with(a_task(hidden=True), a_task(unattended=True))

    assert B4.compute(db, OCTOBER).reason == "no_activity"


def shaped(*prompts, sessions=1):
    """An archive of prompts given as (words, attachments, checks), dealt out to sessions."""
    db = store_with(*[a_task(origins=()) for _ in range(sessions)])
    for n, (words, attachments, checks) in enumerate(prompts):
        add_prompt(db, n % sessions + 1, noon("2026-10-05", n), words=words)
        db.execute("update prompts set attachments = ?, checks = ? where id = (select max(id)"
                   " from prompts)", (attachments, checks))  # fmt: skip
    summed(db)
    return B5.compute(db, OCTOBER)


def test_few_prompts_are_listed_one_by_one():
    figure = shaped((9, 1, 0), (3, 0, 1))

    assert figure.sentence.startswith("2 prompts of yours with 3 and 9 words.")
    assert "%" not in figure.sentence
    assert figure.parts == {"q1": None, "q3": None, "attached": None, "checks": None}


def test_prompts_of_few_sessions_give_counts_and_no_percentage():
    figure = shaped(*[(n, n % 2, 1) for n in range(1, 11)], sessions=2)

    assert figure.sentence == (
        "10 prompts of yours with 5.5 in the median (1 to 10) words. 5 of 10 had something"
        " attached. 10 of 10 seem to state a way to check the result (estimated)."
    )


def test_many_prompts_have_a_middle_half_and_shares_with_their_interval():
    figure = shaped(*[(n, n % 2, 0) for n in range(1, 41)], sessions=10)

    assert (figure.value, figure.parts["q1"], figure.parts["q3"]) == (20.5, 10.75, 30.25)
    assert "(half of them 10.8 to 30.2)" in figure.sentence
    assert "20 of 40 (around 50 %, likely between" in figure.sentence


def test_signs_that_nobody_recorded_are_not_told():
    figure = shaped(*[(5, None, None)] * 6)

    assert figure.sentence == "6 prompts of yours with 5 in the median (5 to 5) words."
    assert figure.parts["attached"] is None


def test_prompts_of_programs_and_empty_ones_have_no_shape():
    db = store_with(a_task(origins=("delegated", "unattended")))
    add_prompt(db, 1, noon("2026-10-05"), words=0)

    assert B5.compute(db, OCTOBER).reason == "no_activity"

"""A made-up corpus with its truth: tokens, prompts, edits, and which lines were shipped."""

from __future__ import annotations

import json

import pytest

from tests.bench import make_corpus
from tests.making import read_home


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Logs and repositories of a few projects, with broken, cut and copied records."""
    folder = tmp_path_factory.mktemp("corpus") / "made"
    # all of it within the seven days in which an edit's commit is looked for: a line that was
    # committed months later is not claimed, so that a longer corpus has a few less
    spread = ["--real-cwd", "--days", "5"]
    make_corpus.main([str(folder), "--size", "4MB", "--commits", "60", *spread])
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return truth, read_home(folder / "home", folder / "data")


def test_tokens_of_each_tool_are_those_of_the_truth(corpus):
    truth, db = corpus
    claude, codex = truth["claude"], truth["codex"]

    rows = db.execute(
        "select s.source, sum(input_tokens), sum(cache_read_tokens), sum(output_tokens), count(*)"
        " from usage u join sessions s on s.id = u.session_id group by s.source order by 1"
    ).fetchall()

    fresh = codex["input"] - codex["cached_input"]
    assert rows == [
        (
            "claude-code",
            claude["input"],
            claude["cache_read"],
            claude["output"],
            claude["messages"],
        ),
        ("codex-cli", fresh, codex["cached_input"], codex["output"], codex["messages"]),
    ]


def test_prompts_and_edits_are_those_of_the_truth(corpus):
    truth, db = corpus

    prompts = db.execute("select count(*) from prompts").fetchone()[0]
    edits = dict(
        db.execute("select decision, count(*) from suggestions where kind = 'edit' group by 1")
    )

    assert prompts == truth["claude"]["prompts"] + truth["codex"]["prompts"]
    assert edits == {key: truth["edits"][key] for key in ("accepted", "failed", "rejected")}


def test_the_lines_that_were_shipped_are_those_of_the_truth(corpus):
    truth, db = corpus

    shipped = dict(
        db.execute(
            "select r.name, sum(f.shipped_lines) from follows f join repos r on r.id = f.repo_id"
            " join suggestions s on s.id = f.suggestion_id where s.kind = 'edit' group by r.name"
        )
    )

    expected = {name: each["ai_lines_shipped"] for name, each in truth["repositories"].items()}
    assert shipped == {name: lines for name, lines in expected.items() if name in shipped}
    assert sum(shipped.values()) == sum(expected.values()) > 0

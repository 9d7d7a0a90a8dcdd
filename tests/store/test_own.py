"""What the person says is kept, wins, and can be taken back."""

from __future__ import annotations

import pytest

from tests.making import Archive, a_prompt
from tokenmirror.store import own
from tokenmirror.store.own import Label


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path)
    yield made
    made.db.close()


def test_a_statement_about_a_task_is_taken_over_at_once_and_can_be_undone(archive):
    archive.write(a_prompt())
    archive.db.execute(
        "insert into tasks (id, key, title_from, source, outcome, why, unattended, own_prompts,"
        " intended, proposed, accepted, landed, shipped, rules_version)"
        " values (1, 'tool:s1', 'day', 'tool', 'no_code', '', 0, 1, 0, 0, 0, 0, 0, 1)"
    )
    archive.db.execute("insert into task_sessions values (1, 1)")
    mine = own.Own(archive.places.database)

    before = mine.label({("tool", "s1"): Label("done")})

    assert archive.rows("select stated, hidden from tasks") == [("done", 0)]
    mine.label(before)
    assert archive.rows("select stated, hidden from tasks") == [(None, 0)]


def test_a_consent_remembers_the_places_seen(archive):
    mine = own.Own(archive.places.database)

    assert mine.consent("claude-code", allowed=True, places=["/h/.claude"]) is None

    assert mine.consents()["claude-code"].places == ("/h/.claude",)
    assert mine.consent("claude-code", allowed=False, places=[]).allowed is True


def test_addresses_are_compared_without_case(archive):
    mine = own.Own(archive.places.database)

    mine.identity("Dev@Example.com", is_me=True)

    assert [(one.email, one.is_me) for one in mine.identities()] == [("dev@example.com", True)]


def test_a_day_at_which_the_range_begins_anew_can_be_marked_and_taken_back(archive):
    mine = own.Own(archive.places.database)

    assert mine.baseline("2026-10-05", "new project") is None
    assert mine.baseline("2026-10-05", "changed tool") == "new project"
    assert mine.baselines() == {"2026-10-05": "changed tool"}
    assert mine.baseline("2026-10-05", None) == "changed tool"
    assert mine.baselines() == {}


def test_an_answer_gives_the_one_before(archive):
    mine = own.Own(archive.places.database)

    assert mine.answer("baseline:x", "no") is None
    assert mine.answer("baseline:x", "yes") == "no"

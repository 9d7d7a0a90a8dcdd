"""Origins are told again when a threshold moves or the person says who wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.making import NOON_MS, Archive, a_prompt
from tokenmirror.events import Session
from tokenmirror.settings import Settings
from tokenmirror.store import connection, own, relabel
from tokenmirror.store.entered import Answer
from tokenmirror.tasks.origins import Thresholds, thresholds

USUAL = Thresholds()
TEXT = "say hello to me"


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path)
    for n in range(6):
        made.write(
            Session(session=f"s{n}", key=f"s{n}", at_ms=NOON_MS, entry="interactive"),
            a_prompt(f"p{n}", session=f"s{n}", at_ms=NOON_MS + n * n * 61_000, text=TEXT),
        )
        task = "insert into tasks (id, key, title_from, source, outcome, why, unattended,"
        made.db.execute(
            f"{task} own_prompts, intended, proposed, accepted, landed, shipped, rules_version)"
            " values (?, ?, 'day', 'tool', 'no_code', '', 0, 1, 0, 0, 0, 0, 0, 1)",
            (n + 1, f"tool:s{n}"),
        )
        made.db.execute("insert into task_sessions values (?, ?)", (n + 1, n + 1))
    yield made
    made.db.close()


def told(archive):
    return archive.rows(
        "select origin, basis, count(*) from origins group by origin, basis order by 1, 2"
    )


def again(archive, limits=USUAL):
    with connection.immediately(archive.db):
        return relabel.again(archive.db, limits)


def keys(archive):
    return [row[0] for row in archive.rows("select key from prompts order by at_ms")]


def test_a_threshold_decides_what_is_kept_apart(archive):
    again(archive)
    assert told(archive) == [("unattended", "inferred", 6)]
    assert archive.rows("select sum(unattended), sum(own_prompts) from tasks") == [(6, 0)]

    assert len(again(archive, Thresholds(repeats=7))) == 6

    assert told(archive) == [("own", "inferred", 6)]
    assert archive.rows("select sum(unattended), sum(own_prompts) from tasks") == [(0, 6)]
    assert archive.rows("select sum(own), sum(unattended) from session_slots") == [(6, 0)]


def test_a_rule_can_be_switched_off(archive):
    again(archive, thresholds(replace(Settings(), origin_rules=("b", "c"))))

    assert told(archive) == [("own", "inferred", 6)]


def test_what_the_person_says_wins_and_survives_telling_again(archive):
    again(archive)
    mine = own.Own(archive.places.database)

    before = mine.wrote(dict.fromkeys(keys(archive)[:2], "own"), USUAL)
    again(archive, Thresholds(repeats=3))

    assert told(archive) == [("own", "you", 2), ("unattended", "inferred", 4)]
    assert mine.wrote(before, USUAL) == dict.fromkeys(keys(archive)[:2], "own")
    assert told(archive) == [("unattended", "inferred", 6)]


def test_what_the_person_says_survives_reading_again_from_scratch(archive):
    again(archive)
    own.Own(archive.places.database).wrote({keys(archive)[0]: "own"}, USUAL)
    for table in ("origins", "prompts"):
        archive.db.execute(f"delete from {table}")
    archive.write(a_prompt("p0", session="s0", text=TEXT), log="again.jsonl")

    again(archive)

    assert told(archive) == [("own", "you", 1)]


def test_who_wrote_is_counted_by_basis(archive):
    again(archive)
    own.Own(archive.places.database).wrote({keys(archive)[0]: "own"}, USUAL)

    found = relabel.written(archive.db, [("tool", "s0"), ("tool", "s1")])

    assert found.counts == {("own", "you"): 1, ("unattended", "inferred"): 1}
    assert list(found.keys) == keys(archive)[:2]


def test_a_rule_is_asked_about_once(archive):
    again(archive)
    assert relabel.unconfirmed(archive.db) == relabel.Automatic("a", 6, 6)

    own.Own(archive.places.database).put(Answer(relabel.rule_question("a"), "keep"))

    assert relabel.unconfirmed(archive.db) is None


def test_a_reading_relates_again_when_a_threshold_moved(archive):
    with connection.immediately(archive.db):
        relabel.remember(archive.db, USUAL)

    assert not relabel.thresholds_moved(archive.db, USUAL)
    assert relabel.thresholds_moved(archive.db, Thresholds(repeats=6))
    again(archive)
    assert relabel.thresholds_moved(archive.db, USUAL)

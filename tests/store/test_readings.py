from __future__ import annotations

import sqlite3

import pytest

from tokenmirror.store import readings, schema

DAY = 86_400_000


@pytest.fixture
def db(tmp_path):
    schema.create(tmp_path / "mirror.db")
    db = sqlite3.connect(tmp_path / "mirror.db")
    db.execute("insert into machines values (1, 'm', 'here')")
    yield db
    db.close()


def a_file(db, path, *, source="codex-cli", gone=0, records=10, understood=9, at=(DAY, 2 * DAY)):
    cursor = db.execute(
        "insert into files (machine_id, source, path, size, mtime_ns, stamp, offset, head, state,"
        " version, records, understood, first_ms, last_ms, read_ms, gone)"
        " values (1, ?, ?, 100, 0, 0, 0, x'', x'', 1, ?, ?, ?, ?, 5, ?)",
        (source, path, records, understood, *at, gone),
    )
    return cursor.lastrowid


def a_prompt(db, at_ms, *, source="codex-cli", session="s"):
    db.execute(
        "insert or ignore into sessions (source, key, machine_id, started_ms, tool_version)"
        " values (?, ?, 1, ?, '2.1')",
        (source, session, at_ms),
    )
    row = db.execute("select id from sessions where source = ? and key = ?", (source, session))
    db.execute(
        "insert into prompts (key, log_key, session_id, copied, at_ms, author, basis, text_hash,"
        " words) values (?, 'k', ?, 0, ?, 'person', 'stated', x'', 3)",
        (at_ms, row.fetchone()[0], at_ms),
    )


def test_an_archive_without_sessions_is_empty(db):
    assert readings.is_empty(db)
    assert readings.last_run(db) is None
    assert readings.source_readings(db) == {}


def test_a_source_is_summed_over_its_files_and_gone_ones_hold_no_bytes(db):
    first = a_file(db, "a.jsonl", at=(3 * DAY, 4 * DAY))
    a_file(db, "b.jsonl", gone=1)
    db.execute("insert into problems values (?, 7, 'not_json', 1)", (first,))
    db.execute("insert into problems values (?, 9, 'torn', 1)", (first,))
    a_prompt(db, DAY)

    found = readings.source_readings(db)["codex-cli"]

    assert (found.files, found.gone, found.bytes, found.sessions) == (2, 1, 100, 1)
    assert (found.records, found.understood, found.problems) == (20, 18, 1)
    assert (found.first_ms, found.last_ms, found.versions) == (DAY, 4 * DAY, ("2.1",))


def test_problems_name_file_and_position_and_leave_out_torn_ends(db):
    file = a_file(db, "a.jsonl")
    db.execute("insert into problems values (?, 7, 'not_json', 1)", (file,))
    db.execute("insert into problems values (?, 9, 'torn', 1)", (file,))

    assert readings.file_problems(db, "codex-cli") == (
        readings.FileProblem("a.jsonl", 7, "not_json", 1),
    )


def test_unknown_kinds_are_added_up_over_files(db):
    for path, count in (("a", 2), ("b", 3)):
        file = a_file(db, path)
        db.execute("insert into unknown_kinds values (?, 'queue', ?)", (file, count))

    assert readings.unknown_kinds(db, "codex-cli") == (("queue", 5),)


@pytest.mark.parametrize(("stretch", "near"), [((0, DAY), 2 * DAY), ((8 * DAY, 9 * DAY), 5 * DAY)])
def test_the_nearest_activity_is_before_or_after(db, stretch, near):
    a_prompt(db, 2 * DAY)
    a_prompt(db, 5 * DAY)

    assert not readings.has_activity(db, *stretch)
    assert readings.nearest_activity_ms(db, *stretch) == near


def test_repositories_are_followed_until_the_person_says_no(db):
    for name in ("api", "web"):
        db.execute(
            "insert into repos (machine_id, common_dir, name, state) values (1, ?, ?, 'ok')",
            (f"/{name}/.git", name),
        )
    db.execute("insert into repo_choices values ('/web/.git', 0, null, 1)")

    assert [(r.name, r.followed) for r in readings.repositories(db)] == [
        ("api", True),
        ("web", False),
    ]


def test_activity_of_another_tool_or_project_is_not_of_this_one(db):
    a_prompt(db, DAY)

    assert readings.has_activity(db, 0, 2 * DAY, frozenset({"codex-cli"}))
    assert not readings.has_activity(db, 0, 2 * DAY, frozenset({"claude-code"}))
    assert not readings.has_activity(db, 0, 2 * DAY, None, frozenset({4}))


def test_a_source_switched_off_is_allowed_since_never(db):
    db.execute("insert into consents values ('a', 1, '[]', 7), ('b', 0, '[]', 8)")

    assert readings.allowed(db) == {"a": 7, "b": None}

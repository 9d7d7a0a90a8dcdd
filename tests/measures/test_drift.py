"""How well formats are known: counted by version, and free of content."""

from __future__ import annotations

import sqlite3

import pytest

from tokenmirror.measures import drift
from tokenmirror.sources import built_in
from tokenmirror.store import formats, schema

CANARY = "/home/kim/secret project"


@pytest.fixture
def db(tmp_path):
    schema.create(tmp_path / "mirror.db")
    db = sqlite3.connect(tmp_path / "mirror.db")
    db.execute("insert into machines values (1, 'm', 'kims-laptop')")
    yield db
    db.close()


def a_file(db, name, records, understood, *versions, source="claude-code", mtime_ms=5):
    cursor = db.execute(
        "insert into files (machine_id, source, path, size, mtime_ns, stamp, offset, head, state,"
        " version, records, understood, read_ms)"
        " values (1, ?, ?, 9, ?, 0, 0, x'', x'', 1, ?, ?, 5)",
        (source, f"{CANARY}/{name}", mtime_ms * 1_000_000, records, understood),
    )
    for version in versions:
        db.execute(
            "insert into sessions (source, key, machine_id, file_id, folder, tool_version)"
            " values (?, ?, 1, ?, ?, ?)",
            (source, f"{name}{version}", cursor.lastrowid, CANARY, version),
        )
    return cursor.lastrowid


def test_records_are_counted_by_the_version_that_wrote_them(db):
    a_file(db, "a", 100, 90, "2.1.9")
    a_file(db, "b", 50, 50, "2.1.9")
    a_file(db, "c", 10, 5, "2.1.10")
    a_file(db, "d", 30, 3, "2.1.9", "2.1.10")
    a_file(db, "e", 8, 8)
    a_file(db, "f", 0, 0, "9.9")

    rows = formats.by_version(db)["claude-code"]

    told = [(row.version, row.several, row.files, row.records, row.understood) for row in rows]
    assert told == [
        ("2.1.9", False, 2, 150, 140),
        ("2.1.10", False, 1, 10, 5),
        (None, True, 1, 30, 3),
        (None, False, 1, 8, 8),
    ]


def test_the_oldest_log_is_that_of_the_files_still_there(db):
    a_file(db, "a", 1, 1, mtime_ms=700)
    gone = a_file(db, "b", 1, 1, mtime_ms=300)
    db.execute("update files set gone = 1 where id = ?", (gone,))

    assert formats.oldest_ms(db) == {"claude-code": 700}


def test_whole_files_that_failed_are_counted_by_reason(db):
    for name, offset, reason in (
        ("a", None, "locked"),
        ("b", None, "locked"),
        ("c", 7, "not_json"),
    ):
        file = a_file(db, name, 1, 1)
        db.execute("insert into problems values (?, ?, ?, 5)", (file, offset, reason))

    assert formats.failed(db) == {"claude-code": {"locked": 2}}
    assert formats.problems(db) == {"claude-code": {"locked": 2, "not_json": 1}}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("hologram", "hologram"),
        ("event_msg/new_kind", "event_msg/new_kind"),
        ("role developer", "role developer"),
        ("without a type", "without a type"),
        (CANARY, "not shown"),
        ("fix the login", "not shown"),
        ("kim@example.org", "not shown"),
        ("", "not shown"),
    ],
)
def test_a_kind_that_is_no_name_of_a_kind_is_not_shown(kind, shown, db):
    file = a_file(db, "a", 4, 2, "2.1.9")
    db.execute("insert into unknown_kinds values (?, ?, 2)", (file, kind))

    [row] = drift.drift(db, built_in(["claude-code"]))

    assert row["unknown_kinds"] == [{"kind": shown, "count": 2}]


def test_the_report_holds_no_content(db):
    file = a_file(db, "a", 1_000, 999, "2.1.9", CANARY)
    db.execute("insert into unknown_kinds values (?, ?, 1)", (file, CANARY))
    db.execute("insert into problems values (?, 3, 'not_json', 5)", (file,))
    other = a_file(db, "b", 3, 3, CANARY)

    text = drift.as_text(drift.drift(db, built_in()), "1.2")

    assert other
    assert text.splitlines() == [
        "TokenMirror 1.2: how well logs are understood",
        "claude-code (source version 1): 2 files, 3 sessions, 1003 records, 99.9 % understood",
        "  version not shown: 3 records, 100.0 % understood",
        "  files with several versions: 1000 records, 99.9 % understood",
        "  unknown kind not shown: 1",
        "  problem not_json: 1",
    ]


def test_a_report_of_nothing_says_so():
    assert drift.as_text(drift.drift(None, built_in()), "1").endswith(
        "Nothing has been read yet.\n"
    )


def test_a_share_is_never_rounded_to_all_or_to_none(db):
    a_file(db, "a", 100_000, 99_999, "1.0")
    a_file(db, "b", 100_000, 1, "2.0")

    text = drift.as_text(drift.drift(db, built_in()), "1")

    assert "version 1.0: 100000 records, 99.9 % understood" in text
    assert "version 2.0: 100000 records, 0.1 % understood" in text

"""Archives are made, refused or named damaged, and never changed behind one's back."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from tests.making import run_python
from tokenmirror.errors import UserError
from tokenmirror.store import reader, schema
from tokenmirror.store.migrations import archive


def test_a_new_archive_is_private_and_carries_its_version(tmp_path):
    path = tmp_path / "mirror.db"

    schema.create(path)

    assert schema.version_of(path) == schema.VERSION == len(archive._migrations)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_archive_of_a_newer_program_is_refused_with_one_sentence(tmp_path):
    path = tmp_path / "mirror.db"
    schema.create(path)
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    db.close()

    with pytest.raises(UserError, match=r"newer TokenMirror \(version 99"):
        schema.create(path)


@pytest.mark.parametrize(
    "harm",
    [lambda whole: b"\xff" * 100 + whole[100:], lambda whole: whole[: len(whole) // 3]],
    ids=["header", "cut"],
)
def test_a_damaged_archive_is_named_and_left_alone(tmp_path, harm):
    path = tmp_path / "mirror.db"
    schema.create(path)
    broken = harm(path.read_bytes())
    path.write_bytes(broken)

    with pytest.raises(UserError, match="damaged"):
        reader.connect(path)
    assert path.read_bytes() == broken


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "mirror.db"
    with sqlite3.connect(path) as db:
        db.execute("create table notes (text)")
    db.close()

    with pytest.raises(UserError, match="not one of TokenMirror's"):
        schema.create(path)


def test_a_reader_cannot_write(tmp_path):
    path = tmp_path / "mirror.db"
    schema.create(path)
    db = reader.connect(path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("delete from files")
    db.close()


def test_sqlite_utils_is_not_loaded_once_the_archive_exists(tmp_path):
    path = tmp_path / "mirror.db"
    schema.create(path)

    loaded = run_python(
        "import sys; from pathlib import Path; from tokenmirror.store import schema;"
        f"schema.create(Path({str(path)!r}));"
        "print(sorted({'sqlite_utils', 'numpy'} & set(sys.modules)))"
    )

    assert loaded.strip() == "[]"

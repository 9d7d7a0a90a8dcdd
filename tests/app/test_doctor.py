"""What needs attention is said with something to do; a report holds no content."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tokenmirror import paths
from tokenmirror.app import doctor
from tokenmirror.app.start import Started, Wanted
from tokenmirror.ingest import preview
from tokenmirror.ingest.preview import FoundSource
from tokenmirror.settings import Settings
from tokenmirror.store import schema

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
FOUND = FoundSource(
    key="claude-code", name="Claude Code", places=(), files=3, bytes=9,
    oldest_ms=NOW_MS - 26 * preview.DAY_MS, newest_ms=NOW_MS, keeps_days=30,
)  # fmt: skip


def begun(folder: Path) -> Started:
    """A start on an empty home."""
    return Started(Wanted(home=folder / "home"), paths.places(folder / "data"), Settings(), "")


def test_a_first_look_says_that_nothing_was_read(tmp_path):
    body = doctor.examine(begun(tmp_path), NOW)

    assert any("Nothing has been read yet" in line for line in body["attention"])
    assert body["archive"]["version"] is None


def test_a_sound_archive_needs_no_attention(tmp_path):
    started = begun(tmp_path)
    schema.create(started.places.database)

    body = doctor.examine(started, NOW)

    assert body["archive"]["sound"] is True
    assert body["archive"]["version"] == schema.VERSION
    assert not any("archive" in line for line in body["attention"])


def test_a_damaged_archive_is_named(tmp_path):
    started = begun(tmp_path)
    started.places.database.write_bytes(b"no database" * 1_000)

    body = doctor.examine(started, NOW)

    assert body["archive"]["sound"] is False
    assert any("damaged" in line for line in body["attention"])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_folder_that_others_may_enter_is_named(tmp_path):
    started = begun(tmp_path)
    started.places.data.chmod(0o755)

    body = doctor.examine(started, NOW)

    assert any("chmod 700" in line for line in body["attention"])


@pytest.mark.parametrize(
    ("on", "keeps_days", "said"),
    [(False, 30, 1), (True, 30, 0), (False, None, 0), (False, 90, 0)],
    ids=["going soon", "read anyway", "kept for ever", "time enough"],
)
def test_logs_that_go_soon_are_named(on, keeps_days, said):
    attention: list[str] = []

    doctor._source(replace(FOUND, keeps_days=keeps_days), NOW_MS, attention, on=on)

    assert len(attention) == said


def test_a_report_for_people_ends_with_what_needs_attention(tmp_path):
    body = doctor.examine(begun(tmp_path), NOW)

    assert doctor.as_text(body).splitlines()[-1] == body["attention"][-1]
    assert doctor.as_text({**body, "attention": []}).endswith("Nothing needs attention.\n")

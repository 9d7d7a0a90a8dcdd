"""How a reading shows its progress, and what it is asked to read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tokenmirror import paths
from tokenmirror.app import reading
from tokenmirror.app.start import Started, Wanted
from tokenmirror.settings import Settings
from tokenmirror.store import own


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def begun(data: Path, settings: Settings | None = None) -> Started:
    """A start with everything in one folder."""
    return Started(Wanted(), paths.places(data), settings or Settings(), "")


def test_a_bar_shows_how_far_a_reading_is_and_goes_away():
    stream = Terminal()
    bar = reading.Bar(stream)

    bar.say({"state": "reading", "done": 50, "total": 200, "source": "codex-cli"})
    assert stream.getvalue().endswith("Reading [######                  ]  25% codex-cli")

    bar.close()
    assert stream.getvalue().rsplit("\r", 2)[1].strip() == ""


def test_a_bar_of_an_unknown_length_shows_nothing_done():
    stream = Terminal()

    reading.Bar(stream).say({"state": "looking"})

    assert "  0%" in stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "quiet"), [(io.StringIO(), False), (Terminal(), True)], ids=["a file", "quiet"]
)
def test_a_bar_says_nothing_where_nobody_looks(stream, quiet):
    bar = reading.Bar(stream, quiet=quiet)

    bar.say({"state": "reading", "done": 1, "total": 2})
    bar.close()

    assert stream.getvalue() == ""


def test_repositories_named_in_the_window_are_read_too(tmp_path):
    started = begun(tmp_path / "data")
    kept = own.opened(started.places.database)
    kept.add_folder(tmp_path / "kept", "repository")
    kept.add_folder(tmp_path / "a-home", "home")

    for name in ("objects", "refs"):
        (tmp_path / "named" / ".git" / name).mkdir(parents=True)
    (tmp_path / "named" / ".git" / "HEAD").write_text("ref: refs/heads/main", encoding="utf-8")

    wanted = reading.request(started, (), [tmp_path / "named"])

    assert wanted.repos == (tmp_path / "named", tmp_path / "kept")
    assert wanted.machine.folders == wanted.repos


@pytest.mark.parametrize(
    ("zone", "expected"), [("Asia/Tokyo", "2026-11-22"), ("America/Lima", "2026-11-21")]
)
def test_the_days_a_reading_touched_are_civil_days(tmp_path, zone, expected):
    started = begun(tmp_path, Settings(zone=zone))

    at_ms = 1_795_305_600_000  # 2026-11-22T00:00:00Z
    assert reading._day(started, at_ms) == expected


def test_a_computer_without_a_chosen_zone_uses_its_own_clock(tmp_path):
    assert reading._day(begun(tmp_path), 1_795_305_600_000) in {"2026-11-21", "2026-11-22"}
    assert reading._day(begun(tmp_path), None) is None

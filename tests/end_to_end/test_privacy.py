"""What the logs say stays in the logs: no text of them in the archive or the program's log."""

from __future__ import annotations

import os
import stat

import pytest

from tokenmirror.app.sample import words


def kept(desk) -> bytes:
    """Every byte the program has written."""
    return b"".join(path.read_bytes() for path in desk.data.rglob("*") if path.is_file())


def test_no_prompt_and_no_line_of_code_is_kept(desk, made):
    everything = kept(desk)

    prompt = words.listed()["unattended_prompt"].encode()
    assert any(prompt in path.read_bytes() for path in made.rglob("*.jsonl"))
    assert prompt not in everything
    for text in (b"newest first", b"made-up code", b"respects_the_limit"):
        assert text not in everything


def test_commit_subjects_are_not_kept_unless_chosen(desk, rows):
    assert {row["subject"] for row in rows("commits")} == {None}
    assert b"Merge branch '" not in kept(desk)


def test_the_own_log_names_no_project(desk):
    log = desk.data / "log" / "tokenmirror.log"
    text = log.read_text(encoding="utf-8") if log.exists() else ""

    for project in words.projects():
        assert project.name not in text
    assert words.listed()["person"]["email"] not in text


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_this_person_can_read_what_is_kept(desk):
    ours = list(desk.data.rglob("*"))

    open_to_others = [path for path in ours if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_reading_changes_nothing_in_the_home(new_desk, made):
    def stands() -> dict[str, tuple[int, int]]:
        files = (path for path in made.rglob("*") if path.is_file())
        return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}

    before = stands()

    new_desk.run("import", "--all-sources")

    assert stands() == before

"""The program's own log says where a fault was, never what was being read."""

from __future__ import annotations

import logging
import os
import stat

import pytest

from tokenmirror.app import log

CANARY = "canary-sentence-of-a-prompt"


@pytest.fixture(autouse=True)
def _closed():
    yield
    log.end()


def fault() -> None:
    """Fail with a message that quotes content."""
    raise ValueError(CANARY)


def test_a_fault_is_logged_without_its_message(tmp_path):
    log.begin(tmp_path / "own.log")

    try:
        fault()
    except ValueError:
        logging.getLogger("tokenmirror.x").exception("fault")

    text = (tmp_path / "own.log").read_text(encoding="utf-8")
    assert CANARY not in text
    assert "ValueError" in text
    assert "fault" in text


def test_a_cause_is_not_quoted_either(tmp_path):
    log.begin(tmp_path / "own.log")

    try:
        try:
            fault()
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError:
        logging.getLogger("tokenmirror.x").exception("fault")

    assert CANARY not in (tmp_path / "own.log").read_text(encoding="utf-8")


def test_details_are_kept_only_when_asked_for(tmp_path):
    log.begin(tmp_path / "own.log")
    logging.getLogger("tokenmirror.x").debug("a detail")
    log.begin(tmp_path / "own.log", verbose=True)
    logging.getLogger("tokenmirror.x").debug("another")

    text = (tmp_path / "own.log").read_text(encoding="utf-8")
    assert "a detail" not in text
    assert "another" in text


def test_the_log_does_not_grow_without_end(tmp_path):
    log.begin(tmp_path / "own.log")

    for _ in range(5_000):
        logging.getLogger("tokenmirror.x").info("x" * 1_000)

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == log.FILES
    assert max(sizes) <= log.FILE_BYTES


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_this_person_can_read_the_log(tmp_path):
    before = os.umask(0)
    try:
        log.begin(tmp_path / "own.log")
        logging.getLogger("tokenmirror.x").info("x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "own.log").stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_gives_no_fault(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    log.begin(tmp_path / "file" / "own.log")

    logging.getLogger("tokenmirror.x").error("lost")

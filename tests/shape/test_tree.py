"""What lies in the repository, and what must not."""

from __future__ import annotations

import re

from tests.shape import tree
from tests.shared import LOGS, ROOT

TOP = {"tokenmirror", "resources", "tests", "packaging", "pyproject.toml", "README.md", "LICENSE",
       "CHANGELOG.md"}  # fmt: skip
MEBIBYTE = 1 << 20
MADE_UP = {"a", "b", "dev", "kim", "me", "robin", "user", "x", "name"}
HOME = re.compile(r"(?<![\w.~})/])(?:/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+([A-Za-z0-9_-]+)")
OWN_PLACE = re.compile(r"(?<![\w.~})/])/root/")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}|\bgh[pousr]_\w{30,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bxox[abpr]-[0-9A-Za-z-]{10,}|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{10,}"
    r"|\bAIza[\w-]{35}\b|\bglpat-[\w-]{20}\b"
)
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)


def found(pattern: re.Pattern[str], *, logs: bool = True) -> list[str]:
    """Where a pattern stands in the repository's texts."""
    return [
        f"{path}: {match.group()}"
        for path, text in tree.texts(logs=logs)
        for match in pattern.finditer(text)
    ]


def test_the_top_level_holds_what_the_design_names():
    top = {path.relative_to(ROOT).parts[0] for path in tree.files()}

    assert {name for name in top if not name.startswith(".")} <= TOP


def test_no_file_is_larger_than_a_mebibyte():
    large = [path for path in tree.files() if path.stat().st_size > MEBIBYTE]

    assert large == []


def test_nothing_is_left_of_a_merge():
    assert found(CONFLICT, logs=False) == []


def test_nothing_is_marked_as_unfinished():
    assert found(UNFINISHED, logs=False) == []


def test_there_are_no_secrets():
    assert found(SECRETS) == []


def test_home_folders_are_made_up_ones():
    homes = {
        f"{path}: {match.group()}"
        for path, text in tree.texts(logs=False)
        for match in HOME.finditer(text)
        if match.group(1) not in MADE_UP
    }
    assert homes == set()
    assert found(OWN_PLACE, logs=False) == []


def test_links_stay_inside():
    outside = [
        path
        for path in tree.files()
        if path.is_symlink() and not path.resolve().is_relative_to(ROOT)
    ]
    assert outside == []


def test_fixtures_lie_under_their_tool():
    stray = [path for path in tree.files() if path.parent == LOGS and path.name != "README.md"]

    assert stray == []

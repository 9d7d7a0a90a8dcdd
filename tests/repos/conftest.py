from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.making import Making, Scanner, a_scanner, code


@pytest.fixture
def scanner(tmp_path: Path) -> Scanner:
    return a_scanner(tmp_path)


@pytest.fixture
def repo(tmp_path: Path) -> Making:
    """A repository with one commit of mine from before any tool was used."""
    making = Making(tmp_path / "repo")
    making.append("a.py", code("base"))
    making.commit("Begin")
    return making

"""A made-up home, read once by the command line as a person would."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tokenmirror import paths
from tokenmirror.app import cli, sample

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Desk:
    """A home and the folder of everything of ours."""

    home: Path
    data: Path

    def command(self, *arguments: str) -> list[str]:
        """The command line for this desk."""
        places = ["--data-dir", str(self.data), "--home", str(self.home)]
        return [sys.executable, "-m", "tokenmirror", *arguments, *places]

    def run(self, *arguments: str) -> Ran:
        """Run a command to its end, in this process: the same code, without its start."""
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
        err = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.code_of(self.command(*arguments)[3:])
        out.flush()
        return Ran(code, out.buffer.getvalue().decode(), err.getvalue())


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's home, with repositories where git is here."""
    return sample.make(tmp_path_factory.mktemp("made"), NOW, paths.git_program()).home


@pytest.fixture(scope="session")
def desk(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that has read the home once."""
    desk = Desk(made, tmp_path_factory.mktemp("data"))
    ran = desk.run("import", "--all-sources", "--json")
    assert ran.code == 0, ran.err
    return desk


@pytest.fixture
def new_desk(made: Path, tmp_path: Path) -> Desk:
    """A desk that has read nothing yet."""
    return Desk(made, tmp_path / "data")


Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def rows(desk: Desk) -> Rows:
    """The rows of a command, each asked for once."""
    known: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def rows_(*arguments: str) -> list[dict[str, Any]]:
        if arguments not in known:
            known[arguments] = desk.run(*arguments, "--json").json()[arguments[0]]
        return known[arguments]

    return rows_

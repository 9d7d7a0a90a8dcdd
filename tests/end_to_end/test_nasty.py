"""A home with the logs of every tool, all of one kind of damage: named, and the others go on."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Desk
from tests.sources.reading import Case, cases, machine
from tokenmirror.events import Reason
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Source

WHOLE = "continue"  # its logs stay as they are
REASONS = set(Reason.__args__)  # type: ignore[attr-defined]
GIGANTIC_BYTES = 300 * 1024 * 1024  # more than any document may have
MAGIC = b"SQLite format 3\0"


def committed() -> dict[str, Case]:
    """A fixture of each tool that lies in the repository, the largest."""
    found: dict[str, Case] = {}
    for case in cases():
        if (case.folder / "home").is_dir():
            found[case.tool] = case
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """One home with the logs of every tool."""
    home = tmp_path_factory.mktemp("every") / "home"
    for case in committed().values():
        shutil.copytree(
            case.home(), home, symlinks=True, dirs_exist_ok=True, copy_function=shutil.copyfile
        )
    for path in home.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    return home


@pytest.fixture
def desk(template, tmp_path) -> Desk:
    """A desk on a copy of that home."""
    shutil.copytree(template, tmp_path / "home", symlinks=True)
    return Desk(tmp_path / "home", tmp_path / "data")


def damaged(home: Path) -> list[tuple[Source, Path]]:
    """The logs that are to be damaged: those of every source but one."""
    kept = {
        file.path for source in built_in() if source.key == WHOLE for file in found(source, home)
    }
    return [
        (source, file.path)
        for source in built_in()
        for file in found(source, home)
        if file.path not in kept
    ]


def found(source: Source, home: Path) -> list:
    return list(source.find(machine(home)))


# -- kinds of damage -------------------------------------------------------------------------


def noise(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(5_000))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign_document(path: Path) -> None:
    path.write_bytes(b'{"name": "a package", "version": [1, 2], "deep": {"a": null}}\n' * 3)


def foreign_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("create table recipes (id integer, text)")
    db.close()


def database_of_noise(path: Path) -> None:
    path.write_bytes(MAGIC + random.Random(path.name).randbytes(9_000))


def gigantic(path: Path) -> None:
    os.truncate(path, GIGANTIC_BYTES)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_in_a_circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def forbidden(path: Path) -> None:
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("nothing is forbidden to this user")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "noise": noise,
    "half-written": half,
    "a foreign document": foreign_document,
    "a foreign database": foreign_database,
    "a database of noise": database_of_noise,
    "gigantic": gigantic,
    "empty": empty,
    "a folder": folder,
    "a pipe": pipe,
    "a link in a circle": link_in_a_circle,
    "forbidden": forbidden,
}
ANY_TEXT = {"aider"}  # its history is Markdown, in which any text may stand
TOLD = ("noise", "a database of noise", "gigantic", "forbidden")


# -- what comes of it ------------------------------------------------------------------------


def test_nearly_every_tool_has_logs_in_the_repository():
    assert len(committed()) >= 0.8 * len(built_in())


def read_all(desk: Desk, logs: list[tuple[Source, Path]]) -> dict[str, set[str]]:
    """Imports everything; gives the reasons by source, once what always holds was checked."""
    body = desk.run("import", "--all-sources", "--json").json()
    parts = {part["id"]: part for part in body["sources"]}
    reasons = {key: {p["why"] for p in part["problems"]} for key, part in parts.items()}
    assert parts[WHOLE]["sessions"] > 0
    assert parts[WHOLE]["problems"] == []
    assert set().union(*reasons.values()) <= REASONS
    assert {key for key, said in reasons.items() if "bug" in said} == set()
    return reasons


@pytest.mark.timeout(180)
def test_damage_of_every_kind_stops_nothing(desk):
    logs, kinds = damaged(desk.home), [d for d in DAMAGES if d not in ("gigantic", "forbidden")]
    for nth, (_, path) in enumerate(logs):
        if path.is_file():
            DAMAGES[kinds[nth % len(kinds)]](path)
    gigantic(next(path for source, path in logs if source.key == "codex-cli" and path.is_file()))

    reasons = read_all(desk, logs)

    assert "too_long" in reasons["codex-cli"]
    assert sum(map(bool, reasons.values())) >= 10


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_logs_are_named_and_the_others_are_read(damage, desk):
    logs = damaged(desk.home)
    for _, path in logs:
        if path.is_file():
            DAMAGES[damage](path)

    reasons = read_all(desk, logs)

    if damage in TOLD:
        still = {
            source.key
            for source, path in logs
            if path in {file.path for file in found(source, desk.home)}
            # what follows the last page of a database is none of it
            and not (damage == "gigantic" and path.open("rb").read(16) == MAGIC)
        }
        assert {key for key in still - ANY_TEXT if not reasons[key]} == set()


@contextmanager
def locked(paths: list[Path]) -> Iterator[None]:
    owners = [sqlite3.connect(path, isolation_level=None) for path in paths]
    try:
        for owner in owners:
            owner.execute("begin exclusive")
        yield
    finally:
        for owner in owners:
            owner.close()


@pytest.mark.timeout(300)
def test_a_database_that_is_locked_is_named_and_read_at_the_next_look(desk):
    database = next(path for source, path in damaged(desk.home) if source.key == "zed")
    chosen = ("import", "--source", "zed", "--source", WHOLE, "--json")
    with locked([database]):
        first = desk.run(*chosen).json()
    second = desk.run(*chosen).json()

    parts = {part["id"]: part for part in first["sources"]}
    said = {(p["file"], p["why"]) for p in parts["zed"]["problems"]}
    assert (str(database), "locked") in said
    assert parts[WHOLE]["sessions"] > 0
    assert second["files"]["read"] >= 1
    assert "locked" not in {p["why"] for part in second["sources"] for p in part["problems"]}

"""The files of the repository, for the tests of its shape."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from tests.shared import LOGS, ROOT
from tokenmirror import paths

PACKAGE = ROOT / "tokenmirror"
CACHES = {".venv", "__pycache__", ".git"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, new ones included, ignored ones not."""
    git = paths.git_program()
    if git is not None and (ROOT / ".git").exists():
        command = [str(git), "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
        listed = subprocess.run(command, capture_output=True, check=True).stdout.split(b"\0")
        found = [ROOT / name.decode() for name in listed if name]
    else:
        found = [path for path in ROOT.rglob("*") if not CACHES & set(path.parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def texts(*, logs: bool = True) -> list[tuple[Path, str]]:
    """Every file that is text, with its text; without ``tests/logs`` where that is said."""
    found = []
    for path in files():
        if not logs and path.is_relative_to(LOGS):
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((path.relative_to(ROOT), content.decode("utf-8", "replace")))
    return found


def modules() -> list[Path]:
    """The modules of the package."""
    return [path for path in files() if path.suffix == ".py" and path.is_relative_to(PACKAGE)]

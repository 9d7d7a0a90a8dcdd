"""Which repository a folder lies in, and what git says of it before its history is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenmirror.repos.git import Git
from tokenmirror.repos.nouns import Place, RepoFacts


def repository_of(folder: Path) -> Place | None:
    """The repository a folder lies in, ``None`` for none; looks at files, runs nothing.

    A folder that is not there has none: who asks keeps the roots of deleted worktrees.
    """
    raise NotImplementedError


def relative(path: str, roots: Iterable[str]) -> str | None:
    """A file's path inside the longest root that holds it, ``None`` when none does."""
    raise NotImplementedError


def facts(git: Git, place: Place, choice: str | None = None) -> RepoFacts:
    """What git says of a repository; ``choice`` is the person's landing ref, if any.

    Never raises for the repository's sake: what is wrong with it is its ``state``.
    """
    raise NotImplementedError

"""What happens to made-up code after it landed: rewritten, reverted, re-indented, released."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tokenmirror.app.sample.story import Commit, Tag

DAY_MS = 86_400_000
RELEASE_EVERY_MS = 19 * DAY_MS
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"[a-z]{4,}")
ENDINGS = ("again", "first", "kept", "all")

Fate = Literal["by_me", "by_colleague", "reverted", "taken_back", "later", "kept"]
FATES: dict[Fate, int] = {
    "by_me": 11, "by_colleague": 4, "reverted": 4, "taken_back": 3, "later": 22, "kept": 56,
}  # fmt: skip
# days until it happens, first and last
AFTER_DAYS: dict[Fate, tuple[int, int]] = {
    "by_me": (1, 12), "by_colleague": (2, 13), "reverted": (1, 8), "taken_back": (1, 8),
    "later": (17, 70),
}  # fmt: skip


@dataclass(frozen=True)
class Landed:
    """A change that reached the main line: its message, and the lines it added by file."""

    message: str
    added: dict[str, frozenset[str]]


def landed(message: str, before: dict[str, str], after: dict[str, str]) -> Landed:
    """The change from these contents to those."""
    return Landed(
        message,
        {
            path: frozenset(_lines(content)) - frozenset(_lines(before.get(path, "")))
            for path, content in after.items()
        },
    )


def fate(rng: random.Random) -> Fate:
    """What becomes of a change."""
    return rng.choices(list(FATES), list(FATES.values()))[0]


def reworded(rng: random.Random, content: str, lines: Collection[str], share: float) -> str:
    """The content with about that share of these lines rewritten or dropped."""
    found = []
    for line in _lines(content):
        if line not in lines or not line.strip() or rng.random() > share:
            found.append(line)
        elif rng.random() < 0.8:
            found.append(_other(rng, line))
    return "".join(found)


def without(content: str, lines: Collection[str]) -> str:
    """The content without these lines."""
    return "".join(line for line in _lines(content) if line not in lines)


def indented(content: str, language: str) -> str:
    """The same code with tabs for leading spaces, or the other way round."""
    spaces = " " * (4 if language == "python" else 2)
    there, then = ("\t", spaces) if "\n\t" in content else (spaces, "\t")
    found = []
    for line in _lines(content):
        rest = line
        depth = 0
        while rest.startswith(there):
            rest, depth = rest[len(there) :], depth + 1
        found.append(then * depth + rest)
    return "".join(found)


def releases(commits: Iterable[Commit], project: str, ref: str, until_ms: int) -> list[Tag]:
    """A tag every few weeks on what the ref held then."""
    mine = [one for one in commits if (one.project, one.ref) == (project, ref)]
    tags: list[Tag] = []
    if not mine:
        return tags
    at_ms = mine[0].at_ms + RELEASE_EVERY_MS
    while at_ms < until_ms:
        last = max((one for one in mine if one.at_ms <= at_ms), key=lambda one: one.at_ms)
        tags.append(Tag(project, f"v0.{len(tags) + 1}.0", last.mark, at_ms))
        at_ms += RELEASE_EVERY_MS
    return tags


def _lines(content: str) -> Sequence[str]:
    return content.splitlines(keepends=True)


def _other(rng: random.Random, line: str) -> str:
    """Another line in place of this one: another number, else another name."""
    if _NUMBER.search(line):
        return _NUMBER.sub(str(rng.randint(100, 999)), line, count=1)
    return _NAME.sub(lambda found: f"{found[0]}_{rng.choice(ENDINGS)}", line, count=1)

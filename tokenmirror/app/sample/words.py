"""The words of the sample: projects, prompts and pieces of code, filled from a list."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from tokenmirror import paths

_SLOT = re.compile(r"\{(noun|Noun|verb|Verb|quality|Quality|n|m)\}")
HEADS = {"python": '"""{0}: made-up code."""\n', "typescript": "// {0}: made-up code\n"}
ENDINGS = {"python": ".py", "typescript": ".ts"}


@dataclass(frozen=True)
class Theme:
    """What one piece of work is about."""

    noun: str
    verb: str
    quality: str
    n: int
    m: int

    def fill(self, text: str) -> str:
        """The text with its slots filled; names with a capital are capitalised."""
        return _SLOT.sub(lambda slot: self._value(slot.group(1)), text)

    def _value(self, name: str) -> str:
        value = str(getattr(self, name.lower()))
        return value.capitalize() if name[0].isupper() else value

    @property
    def branch(self) -> str:
        """A branch's name."""
        return f"{self.verb}-{self.quality}-{self.noun}"


@dataclass(frozen=True)
class Project:
    """A made-up project; ``folder`` and ``tests`` are where its files lie."""

    name: str
    language: str
    folder: str
    tests: str
    modules: tuple[str, ...]
    check: str
    lint: str

    def file(self, module: str) -> str:
        """Path of a module."""
        return f"{self.folder}/{module}{ENDINGS[self.language]}"

    def test_file(self, module: str) -> str:
        """Path of a module's tests."""
        return f"{self.tests}/test_{module}{ENDINGS[self.language]}"

    def head(self, path: str) -> str:
        """How a file begins."""
        return HEADS[self.language].format(path.rsplit("/", 1)[-1].split(".")[0])


@cache
def listed() -> dict[str, Any]:
    """The list of words that comes with the program."""
    path = paths.resource("sample/words.json")
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def projects() -> tuple[Project, ...]:
    """The projects that are repositories."""
    return tuple(
        Project(**{**entry, "modules": tuple(entry["modules"])}) for entry in listed()["projects"]
    )


def theme(rng: random.Random) -> Theme:
    """A new piece of work."""
    words = listed()
    return Theme(
        rng.choice(words["nouns"]),
        rng.choice(words["verbs"]),
        rng.choice(words["qualities"]),
        rng.randint(2, 90),
        rng.randint(1, 9),
    )


def text(rng: random.Random, kind: str, about: Theme) -> str:
    """One of the list's texts of a kind (``change_prompts``, ``subjects`` …)."""
    return about.fill(rng.choice(listed()[kind]))


def block(rng: random.Random, project: Project, about: Theme, *, test: bool = False) -> str:
    """A piece of code with one line end at its end."""
    kind = project.language + ("_test" if test else "")
    lines = rng.choice(listed()["templates"][kind])
    return about.fill("\n".join(lines)) + "\n"

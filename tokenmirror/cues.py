"""Signs in a prompt's text, told while it is read: its words are let go, only signs are kept.

All of them are estimates from lists of phrases (``resources/words/cues-1.json``) in seven
languages.  A sketch lets two prompts be compared without their words: the smallest keyed
hashes of their five-word runs (a bottom-k sketch; Cohen and Kaplan 2007).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tokenmirror import paths

LOOKED_AT = 4_000  # characters of a prompt in which a way to check is looked for
BEGINNING = 300  # a correction is said first; what is pasted below says other things
RUN_WORDS = 5
SKETCH_HASHES = 64
HASH_BYTES = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Signs:
    """What a prompt's text looks like.

    ``sketch`` are up to 64 hashes of 4 bytes, in order; ``None`` for fewer than five words.
    """

    checks: bool
    pushes_back: bool
    sketch: bytes | None


def signs(text: str, key: bytes) -> Signs:
    """The signs of a prompt; ``key`` is the one of the line hashes."""
    checks, pushes_back, first = _patterns()
    form = text[:LOOKED_AT].casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    beginning = form[:BEGINNING]
    return Signs(
        checks=bool(checks.search(form)),
        pushes_back=bool(first.match(beginning) or pushes_back.search(beginning)),
        sketch=sketch(text, key),
    )


def sketch(text: str, key: bytes) -> bytes | None:
    """The smallest hashes of a text's five-word runs, each once; see ``Signs``."""
    words = _WORD.findall(text.casefold())
    if len(words) < RUN_WORDS:
        return None
    # copying a keyed state is half the price of making one
    copied = hashlib.blake2b(digest_size=HASH_BYTES, key=key, person=b"tm-words-1").copy
    found = set()
    for at in range(len(words) - RUN_WORDS + 1):
        state = copied()
        state.update(" ".join(words[at : at + RUN_WORDS]).encode("utf-8", "surrogatepass"))
        found.add(state.digest())
    return b"".join(sorted(found)[:SKETCH_HASHES])


def likeness(one: bytes, other: bytes) -> float:
    """Estimated Jaccard likeness (0..1) of two texts by their sketches; exact for short ones."""
    mine, theirs = _hashes(one), _hashes(other)
    smallest = sorted(mine | theirs)[:SKETCH_HASHES]
    return sum(each in mine and each in theirs for each in smallest) / len(smallest)


def _hashes(sketched: bytes) -> set[bytes]:
    return {sketched[at : at + HASH_BYTES] for at in range(0, len(sketched), HASH_BYTES)}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lists = json.loads(paths.resource("words/cues-1.json").read_text(encoding="utf-8"))
    first = _one_of(lists["pushes_back_first"])
    return (
        re.compile(rf"\b(?:{_one_of(lists['checks'])})\b"),
        re.compile(rf"\b(?:{_one_of(lists['pushes_back'])})\b"),
        re.compile(rf"\W*(?:{first})(?:[,.!:;\n]|\s*$|\s+(?:that|this|it|you|i|das|du|it's)\b)"),
    )


def _one_of(phrases: Mapping[str, Iterable[str]]) -> str:
    every = {phrase for several in phrases.values() for phrase in several}
    return "|".join(re.escape(phrase) for phrase in sorted(every, key=lambda p: (-len(p), p)))

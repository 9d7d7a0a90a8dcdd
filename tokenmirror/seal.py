"""Text becomes keyed hashes and counts here, and nowhere else; the text itself is let go.

Pure: no files, no SQL.  Normal forms and hashes are those of ``shipped.md`` 4.2: a line
without any white space, hashed to 8 bytes with a key that lies outside the archive; and for
lines that may be recognised after a change by hand, *shingles*: hashes of five tokens in a
row, across line ends.  A token is a word, a number or a single other character.
"""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple

from tokenmirror.events import Suggestion

# flags of one line
REMOVED = 1
TRIVIAL = 2
IMPORT = 4

_ADDS = bytes(not flag & REMOVED for flag in range(256))

BLOB_VERSION = 2  # 1: without shingles
SHINGLE_TOKENS = 5
# shingles begin at words of two or more characters: half of the work, and what is left out
# lies within others
SHINGLE_START = 2
LARGEST_GAP = 0xFFFF
MOST_SEEN = 100_000  # lines; as many earlier ones: up to 45 MB
SEEN_CHARS = 400  # longer lines come again too seldom to be kept for it
TOKEN_CHARS = 4_000  # of one line; what stands behind is not looked at
_TOKEN = re.compile(rb"[0-9A-Za-z_\x80-\xff]+|[^0-9A-Za-z_\x80-\xff\s,;]")
_QUOTES = bytes.maketrans(b"'`", b'""')
_IMPORT = re.compile(
    r"\s*(?:import\s|from\s+\S+\s+import\b|use\s+[\w:{]|using\s+[\w.]+\s*;|#\s*include\b|"
    r"(?:const|let|var)\s+.*=\s*require\(|require(?:_once)?\s*[('\"]|package\s+[\w.]+|"
    r"extern\s+crate\b|export\s+.*\sfrom\s)"
)
_FOUR_ALNUM = re.compile(r"[^\W_](?:.*?[^\W_]){3}")
_IMPORT_STARTS = (
    "import", "from", "use", "using", "#", "const", "let", "var",
    "require", "package", "extern", "export",
)  # fmt: skip


class Shingles(NamedTuple):
    """Shingles of consecutive lines, taken as one text.

    ``tokens`` counts the tokens of each line.  ``gaps`` are the steps from one shingle's
    first token to the next one's, the first counted from the text's first token (both
    unsigned 16 bit); ``hashes`` are the shingles in order, unsigned 64-bit integers.
    """

    tokens: array[int]
    gaps: array[int]
    hashes: array[int]

    def starts(self) -> Iterator[int]:
        """First token of each shingle, counted from the text's first one."""
        return accumulate(self.gaps)


class SealedLines(NamedTuple):
    """Hashes and flags of non-blank lines, in order: added ones first, then removed ones.

    ``hashes`` are unsigned 64-bit integers, ``flags`` one byte each.  ``shingles`` are those
    of the added lines, ``None`` where they were not made.
    """

    hashes: array[int]
    flags: bytes
    shingles: Shingles | None = None


@dataclass(frozen=True, slots=True)
class Sealer:
    """Turns text into hashes with one key; ``trivial`` are lines that prove nothing."""

    key: bytes
    trivial: frozenset[str]

    def line(self, text: str) -> tuple[int, int] | None:
        """Hash and flags of one line, ``None`` for a blank one."""
        sealed = self.lines((text,))
        return (sealed.hashes[0], sealed.flags[0]) if sealed.flags else None

    def lines(self, added: Iterable[str], removed: Iterable[str] = ()) -> SealedLines:
        """Non-blank lines of an edit or of a commit's file, hashed in order.

        Bytes that are no UTF-8 are expected as surrogates, and hashed in that form.
        """
        digests: list[bytes] = []
        flags = bytearray()
        copied = self._keyed().copy
        for texts, mark in ((added, 0), (removed, REMOVED)):
            for text in texts:
                bare = "".join(text.split())
                if not bare:
                    continue
                state = copied()
                state.update(bare.encode("utf-8", "surrogatepass"))
                digests.append(state.digest())
                flags.append(self._flags(text, bare) | mark)
        return SealedLines(_numbers("Q", b"".join(digests)), bytes(flags))

    def edit(self, added: Iterable[str], removed: Iterable[str] = ()) -> SealedLines:
        """Lines of an edit that may be found again, with shingles of the added ones."""
        kept = [text for text in added if text and not text.isspace()]
        lines = self.lines(kept, removed)
        return lines._replace(shingles=self.shingles(kept)) if kept else lines

    def shingles(self, texts: Iterable[str]) -> Shingles:
        """Shingles of these lines; of a line only the first 4,000 characters count."""
        find = _TOKEN.findall
        parts = [find(text[:TOKEN_CHARS].encode("utf-8", "surrogatepass")) for text in texts]
        tokens = list(chain.from_iterable(parts))
        # a token's size, and the break behind it
        ends = [0, *accumulate([len(token) + 1 for token in tokens])]
        text = b"\n".join(tokens).translate(_QUOTES)
        copied = hashlib.blake2b(digest_size=8, key=self.key, person=b"tm-tok-1").copy
        gaps, digests, last = array("H"), [], 0
        spans = zip(ends, ends[1:], ends[SHINGLE_TOKENS:], strict=False)
        for at, (start, second, end) in enumerate(spans):
            if second - start > SHINGLE_START:
                if at - last > LARGEST_GAP:
                    break
                state = copied()
                state.update(text[start : end - 1])
                gaps.append(at - last)
                digests.append(state.digest())
                last = at
        counts = array("H", [len(part) for part in parts])
        return Shingles(counts, gaps, _numbers("Q", b"".join(digests)))

    def hasher(self) -> Callable[[str], tuple[int, int]]:
        """What gives hash and flags of one line after another, added ones or removed ones."""
        copied = self._keyed().copy

        def hashed(text: str) -> tuple[int, int]:
            bare = "".join(text.split())
            state = copied()
            state.update(bare.encode("utf-8", "surrogatepass"))
            return int.from_bytes(state.digest(), "little"), self._flags(text, bare)

        return hashed

    def _keyed(self) -> hashlib.blake2b:
        # copying a keyed state is half the price of making one
        return hashlib.blake2b(digest_size=8, key=self.key, person=b"tm-line-1")

    def _flags(self, text: str, bare: str) -> int:
        if len(bare) < 6 or bare in self.trivial:
            return TRIVIAL
        if not bare[:4].isalnum() and not _FOUR_ALNUM.search(bare):
            return TRIVIAL
        if bare.startswith(_IMPORT_STARTS) and _IMPORT.match(text):
            return IMPORT
        return 0

    def text(self, text: str) -> bytes:
        """16-byte hash of a text in normal form: lower case, single spaces, no ends."""
        form = " ".join(text.lower().split()).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(form, digest_size=16, key=self.key, person=b"tm-text-1").digest()

    def number(self, text: str) -> int:
        """Signed 64-bit keyed hash of a text as it is (arguments of a tool call)."""
        form = text.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(form, digest_size=8, key=self.key, person=b"tm-args-1")
        return int.from_bytes(digest.digest(), "little", signed=True)


class Seen(dict[str, tuple[int, int]]):
    """Hash and flags of lines by their text, found out where they are asked for.

    For a history, in which most lines come several times: added, moved, and at last removed.
    Lives in memory alone; of many lines, those asked for lately stay.
    """

    def __init__(self, sealer: Sealer) -> None:
        super().__init__()
        self._hashed = sealer.hasher()
        self._earlier: dict[str, tuple[int, int]] = {}

    def __missing__(self, text: str) -> tuple[int, int]:
        found = self._earlier.get(text) or self._hashed(text)
        if len(self) >= MOST_SEEN:
            self._earlier = dict(self)
            self.clear()
        if len(text) <= SEEN_CHARS:
            self[text] = found
        return found


def words(text: str) -> int:
    """Number of words, as white space parts them."""
    return len(text.split())


def natural_key(source: str, kind: str, key: str) -> int:
    """Signed 64-bit number of a record's natural key; the same on every machine."""
    form = f"{source}\0{kind}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(form, digest_size=8).digest(), "little", signed=True)


def pack(lines: SealedLines) -> bytes:
    """One blob of a suggestion's lines: version, count, hashes, flags, then the shingles.

    Of the shingles: tokens per added line, gaps, hashes.
    """
    parts = [
        bytes([BLOB_VERSION]),
        len(lines.flags).to_bytes(4, "little"),
        _bytes(lines.hashes),
        lines.flags,
    ]
    if lines.shingles is not None:
        parts += map(_bytes, lines.shingles)
    return b"".join(parts)


def unpack(blob: bytes) -> SealedLines:
    """The lines of a blob made by ``pack``, also by the one before shingles were known."""
    count = int.from_bytes(blob[1:5], "little")
    middle, end = 5 + 8 * count, 5 + 9 * count
    hashes, flags = _numbers("Q", blob[5:middle]), blob[middle:end]
    if len(blob) == end:
        return SealedLines(hashes, flags)
    tokens = end + 2 * flags.translate(_ADDS).count(1)
    gaps = tokens + 2 * ((len(blob) - tokens) // 10)  # a gap of 2 and a hash of 8 bytes each
    shingles = Shingles(
        _numbers("H", blob[end:tokens]),
        _numbers("H", blob[tokens:gaps]),
        _numbers("Q", blob[gaps:]),
    )
    return SealedLines(hashes, flags, shingles)


def _numbers(kind: str, little: bytes) -> array[int]:
    found = array(kind, little)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def keeps_lines(suggestion: Suggestion) -> bool:
    """Whether a suggestion's line hashes may be needed: it was, or may still be, taken."""
    return suggestion.decision in ("accepted", "undecided", "undone")

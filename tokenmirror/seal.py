"""Text becomes keyed hashes and counts here, and nowhere else; the text itself is let go.

Pure: no files, no SQL.  Normal forms and hashes are those of ``shipped.md`` 4.2: a line
without any white space, hashed to 8 bytes with a key that lies outside the archive.
"""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tokenmirror.events import Suggestion

# flags of one line
REMOVED = 1
TRIVIAL = 2
IMPORT = 4

BLOB_VERSION = 1
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


class SealedLines(NamedTuple):
    """Hashes and flags of non-blank lines, in order: added ones first, then removed ones.

    ``hashes`` are unsigned 64-bit integers, ``flags`` one byte each.
    """

    hashes: array[int]
    flags: bytes


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
        # copying a keyed state is half the price of making one
        copied = hashlib.blake2b(digest_size=8, key=self.key, person=b"tm-line-1").copy
        for texts, mark in ((added, 0), (removed, REMOVED)):
            for text in texts:
                bare = "".join(text.split())
                if not bare:
                    continue
                state = copied()
                state.update(bare.encode("utf-8", "surrogatepass"))
                digests.append(state.digest())
                flags.append(self._flags(text, bare) | mark)
        hashes = array("Q", b"".join(digests))
        if sys.byteorder == "big":
            hashes.byteswap()
        return SealedLines(hashes, bytes(flags))

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


def words(text: str) -> int:
    """Number of words, as white space parts them."""
    return len(text.split())


def natural_key(source: str, kind: str, key: str) -> int:
    """Signed 64-bit number of a record's natural key; the same on every machine."""
    form = f"{source}\0{kind}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(form, digest_size=8).digest(), "little", signed=True)


def pack(lines: SealedLines) -> bytes:
    """One blob of a suggestion's lines: version, count, hashes, flags."""
    hashes = lines.hashes
    if sys.byteorder == "big":
        hashes = hashes[:]
        hashes.byteswap()
    return (
        bytes([BLOB_VERSION])
        + len(lines.flags).to_bytes(4, "little")
        + (hashes.tobytes() + lines.flags)
    )


def unpack(blob: bytes) -> SealedLines:
    """The lines of a blob made by ``pack``."""
    count = int.from_bytes(blob[1:5], "little")
    hashes = array("Q")
    hashes.frombytes(blob[5 : 5 + 8 * count])
    if sys.byteorder == "big":
        hashes.byteswap()
    return SealedLines(hashes, blob[5 + 8 * count : 5 + 9 * count])


def keeps_lines(suggestion: Suggestion) -> bool:
    """Whether a suggestion's line hashes may be needed: it was, or may still be, taken."""
    return suggestion.decision in ("accepted", "undecided", "undone")

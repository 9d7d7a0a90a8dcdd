"""Lines that several files of a main line came to have: they may have been typed anywhere.

One byte per slot of a table that all lines share: the file in which such a line was first
added, or that there is more than one.  Now and then two lines share a slot and seem common:
of 650,000 lines one in six.  No line can be told from it.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable

SLOTS = 1 << 22
SEVERAL = 255
_SLOT_BYTES = 4


class Commons:
    """What the landings read so far added where; ``packed`` are earlier notes, in order."""

    def __init__(self, packed: Iterable[bytes] = ()) -> None:
        self._files = bytearray(SLOTS)
        self._new: dict[int, int] = {}
        for blob in packed:
            count = len(blob) // (_SLOT_BYTES + 1)
            slots = array("I", blob[: _SLOT_BYTES * count])
            for slot, file in zip(slots, blob[_SLOT_BYTES * count :], strict=True):
                self._files[slot] = file

    def note(self, path: str, lines: Iterable[int]) -> None:
        """Take lines that a landing adds to a file."""
        mark = hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=1).digest()
        file = 1 + mark[0] % (SEVERAL - 1)
        files = self._files
        for line in lines:
            slot = line % SLOTS
            if files[slot] not in (file, SEVERAL):
                self._new[slot] = files[slot] = SEVERAL if files[slot] else file

    def has(self, line: int) -> bool:
        """Whether more than one file was given this line."""
        return self._files[line % SLOTS] == SEVERAL

    def taken(self) -> bytes:
        """What is new since the last call, packed."""
        new, self._new = self._new, {}
        return array("I", new).tobytes() + bytes(new.values())

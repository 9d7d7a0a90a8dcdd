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
MOST_NOTED = 4_000  # lines, before the table is made of earlier notes
_SLOT_BYTES = 4
_ALONE = array("I", [SLOTS]).tobytes()  # first slot of notes made without the table


class Commons:
    """What the landings read so far added where; ``packed`` are earlier notes, in order.

    A few new landings are noted without looking at the earlier ones, as long as nothing is
    asked: to lay all those out takes longer than to read ten commits.
    """

    def __init__(self, packed: Iterable[bytes] = ()) -> None:
        self._earlier = list(packed)
        self._laid_out: bytearray | None = None if self._earlier else bytearray(SLOTS)
        self._new: dict[int, int] = {}

    def note(self, path: str, lines: Iterable[int]) -> None:
        """Take lines that a landing adds to a file."""
        mark = hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=1).digest()
        file = 1 + mark[0] % (SEVERAL - 1)
        if self._laid_out is None:
            self._note_alone(file, lines)
            return
        files, new = self._laid_out, self._new
        for line in lines:
            known = files[slot := line % SLOTS]
            if known != file and known != SEVERAL:
                new[slot] = files[slot] = SEVERAL if known else file

    def _note_alone(self, file: int, lines: Iterable[int]) -> None:
        new = self._new
        for line in lines:
            slot = line % SLOTS
            new[slot] = file if new.get(slot, file) == file else SEVERAL
        if len(new) > MOST_NOTED:
            self._files()

    def has(self, line: int) -> bool:
        """Whether more than one file was given this line."""
        return self._files()[line % SLOTS] == SEVERAL

    def taken(self) -> bytes:
        """What is new since the last call, packed."""
        alone = _ALONE if self._laid_out is None and self._new else b""
        new, self._new = self._new, {}
        slots = alone + array("I", new).tobytes()
        packed = slots + bytes(len(alone) // _SLOT_BYTES) + bytes(new.values())
        if alone:
            self._earlier.append(packed)
        return packed

    def _files(self) -> bytearray:
        """The table, laid out of the earlier notes once it is needed."""
        if self._laid_out is not None:
            return self._laid_out
        files = self._laid_out = bytearray(SLOTS)
        for blob in self._earlier:
            count = len(blob) // (_SLOT_BYTES + 1)
            slots, marks = array("I", blob[: _SLOT_BYTES * count]), blob[_SLOT_BYTES * count :]
            if blob.startswith(_ALONE):
                _add(files, zip(slots[1:], marks[1:], strict=True))
            else:
                for slot, file in zip(slots, marks, strict=True):
                    files[slot] = file
        self._earlier = []
        self._new = _add(files, self._new.items())
        return files


def _add(files: bytearray, notes: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Take up notes that were made without the table; gives what they change in it."""
    changed: dict[int, int] = {}
    for slot, file in notes:
        if files[slot] not in (file, SEVERAL):
            changed[slot] = files[slot] = SEVERAL if files[slot] else file
    return changed

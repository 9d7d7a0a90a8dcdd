"""Cursor's global database: which conversations changed, and the rows of one of them.

``cursorDiskKV`` reaches many gigabytes, so that no reading goes over its values.  The keys
and row ids of messages stand in its index; a message that is written anew gets a new row
id.  From them and from the time of last change a mark is made for each conversation, and
marks of conversations are added up in slots of a fixed table: the memory between two
readings has the same bound for any number of conversations, and a slot whose sum changed
names the conversations to read again.
"""

from __future__ import annotations

import sqlite3
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from tokenmirror.sources import editors
from tokenmirror.sources.cursor.shape import bytes_of
from tokenmirror.sources.editors import list_at, number_at, text_at

SLOTS = 8192
COMPOSER, BUBBLE = "composerData:", "bubbleId:"
FATES = "codeBlockPartialInlineDiffFates:"
HEADERS = "composer.composerHeaders"
_PARTS = (COMPOSER, BUBBLE, FATES)
_MASK = 0xFFFF_FFFF


class Own(msgspec.Struct):
    """What a conversation's own row says of its last change, and of its sub-agents."""

    lastUpdatedAt: object = None
    subagentComposerIds: object = None
    subComposerIds: object = None

    def children(self) -> list[str]:
        """The conversations of its sub-agents, and of its attempts beside each other."""
        told = [*list_at([self.subagentComposerIds], 0), *list_at([self.subComposerIds], 0)]
        return [name for name in told if isinstance(name, str)]


_OWN = msgspec.json.Decoder(Own)


@dataclass
class Known:
    """A conversation of the index; ``changed_ms`` is 0 where no time is told.

    ``parent`` is the conversation that names it as its sub-agent's.
    """

    session: str
    mark: int = 0
    bubbles: int = 0
    composer: bool = False
    changed_ms: int = 0
    own: Own | None = None
    parent: str | None = None


@dataclass
class Memory:
    """What was read before: the sum of marks in each slot, and the number of messages."""

    slots: array[int] = field(default_factory=lambda: array("I", bytes(4 * SLOTS)))
    records: int = 0

    def packed(self) -> bytes:
        """As bytes for a cursor, at most 33 KiB."""
        numbers = array("I", self.slots)
        return self.records.to_bytes(8, "big") + zlib.compress(numbers.tobytes(), 1)


def memory_of(state: bytes) -> Memory:
    """The memory of a cursor; an empty one when there is none or it is of another form."""
    memory = Memory()
    if len(state) <= 8:
        return memory
    try:
        numbers = array("I")
        numbers.frombytes(zlib.decompress(state[8:], bufsize=4 * SLOTS))
    except (zlib.error, ValueError):
        return memory
    if len(numbers) != SLOTS:
        return memory
    return Memory(numbers, int.from_bytes(state[:8], "big"))


def tables(db: sqlite3.Connection) -> set[str]:
    """The names of the tables."""
    return {str(row[0]) for row in db.execute("select name from sqlite_master where type='table'")}


def slot_of(session: str) -> int:
    """The slot of the fixed table that a conversation's mark is added to."""
    return zlib.crc32(session.encode("utf-8", "replace")) % SLOTS


def conversations(db: sqlite3.Connection) -> dict[str, Known]:
    """All conversations by id, from the index alone, and from a list of them."""
    found: dict[str, Known] = {}
    for part in _PARTS:
        query = "select key, rowid from cursorDiskKV where key >= ? and key < ? order by key"
        for key, row in db.execute(query, (part, _after(part))):
            session = _session(str(key), part)
            if session is None:
                continue
            known = found.setdefault(session, Known(session))
            known.mark = zlib.crc32(f"{key}\n{row}".encode("utf-8", "replace"), known.mark)
            known.bubbles += part == BUBBLE
            known.composer = known.composer or part == COMPOSER
    _add_times(db, found)
    return found


def _session(key: str, part: str) -> str | None:
    """The conversation of a key; ``None`` for parts of tool calls, whose ids hold a line end."""
    session = key[len(part) :].partition(":")[0]
    return session if session and "\n" not in key else None


def _after(prefix: str) -> str:
    """The smallest text above all that begin with a prefix that ends with a colon."""
    return prefix[:-1] + ";"


def _add_times(db: sqlite3.Connection, found: dict[str, Known]) -> None:
    listed = headers(db)
    for known in found.values():
        known.changed_ms = listed.get(known.session, -1)
        if known.changed_ms < 0:
            known.changed_ms = _own_time(db, known) if known.composer else 0
        known.mark = zlib.crc32(b"%d" % known.changed_ms, known.mark)


def _own_time(db: sqlite3.Connection, known: Known) -> int:
    known.own = _own(db, known.session)
    return number_at([known.own.lastUpdatedAt], 0) or 0


def _own(db: sqlite3.Connection, session: str) -> Own:
    try:
        return _OWN.decode(bytes_of(_value(db, COMPOSER + session)) or b"{}")
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Own()


def add_parents(db: sqlite3.Connection, found: dict[str, Known], changed: Iterable[Known]) -> None:
    """Notes with their sub-agents' conversations which of those that changed names them."""
    for known in changed:
        if known.own is None:
            known.own = _own(db, known.session) if known.composer else Own()
    for known in found.values():
        for child in known.own.children() if known.own else ():
            if child in found and child != known.session:
                found[child].parent = known.session


def headers(db: sqlite3.Connection) -> dict[str, int]:
    """Time of last change by conversation, from the list that newer builds keep."""
    there = tables(db)
    if "composerHeaders" in there:
        columns = {str(row[1]) for row in db.execute("pragma table_info(composerHeaders)")}
        if {"composerId", "lastUpdatedAt"} <= columns:
            query = "select composerId, lastUpdatedAt from composerHeaders"
            return {str(name): number_at([time], 0) or 0 for name, time in db.execute(query)}
    told = editors.decoded(item(db, HEADERS) or b"") if "ItemTable" in there else None
    heads = list_at(told, "allComposers")
    names = {text_at(head, "composerId"): number_at(head, "lastUpdatedAt") for head in heads}
    return {name: time for name, time in names.items() if name and time}


def changed(found: dict[str, Known], memory: Memory) -> Iterator[tuple[int, int, list[Known]]]:
    """Slots whose sum is another one now: number, sum, and the conversations in it.

    The one that changed last comes first.
    """
    groups: dict[int, list[Known]] = defaultdict(list)
    sums: dict[int, int] = defaultdict(int)
    for known in found.values():
        slot = slot_of(known.session)
        groups[slot].append(known)
        mark = zlib.crc32(f"{known.session}\n{known.mark}".encode("utf-8", "replace"))
        sums[slot] = (sums[slot] + mark) & _MASK
    newest = sorted(groups, key=lambda slot: -max(known.changed_ms for known in groups[slot]))
    for slot in newest:
        if memory.slots[slot] != sums[slot]:
            yield slot, sums[slot], sorted(groups[slot], key=lambda known: known.session)


def composer_row(db: sqlite3.Connection, session: str) -> object:
    """The conversation's own row; ``None`` when it is gone."""
    return _value(db, COMPOSER + session)


def bubble_rows(db: sqlite3.Connection, session: str) -> Iterator[tuple[str, object]]:
    """Messages of a conversation by their ids."""
    yield from _under(db, f"{BUBBLE}{session}:")


def fates_rows(db: sqlite3.Connection, session: str) -> Iterator[tuple[str, object]]:
    """What became of parts of edits, by ids."""
    yield from _under(db, f"{FATES}{session}:")


def _under(db: sqlite3.Connection, prefix: str) -> Iterator[tuple[str, object]]:
    query = "select key, value from cursorDiskKV where key >= ? and key < ? order by key"
    for key, value in db.execute(query, (prefix, _after(prefix))):
        yield str(key)[len(prefix) :], value


def holds(db: sqlite3.Connection, session: str) -> bool:
    """Whether the database has messages of a conversation."""
    prefix = f"{BUBBLE}{session}:"
    query = "select 1 from cursorDiskKV where key >= ? and key < ? limit 1"
    return db.execute(query, (prefix, _after(prefix))).fetchone() is not None


def _value(db: sqlite3.Connection, key: str) -> object:
    row = db.execute("select value from cursorDiskKV where key = ?", (key,)).fetchone()
    return row[0] if row else None


def content(db: sqlite3.Connection, key: object) -> str | None:
    """A kept file's text by its key; ``None`` when it is gone or not text."""
    if not isinstance(key, str) or not key.startswith("composer.content."):
        return None
    data = bytes_of(_value(db, key))
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return None


def block_diff(db: sqlite3.Connection, session: str, name: str) -> object:
    """The stored difference of a code block."""
    data = bytes_of(_value(db, f"codeBlockDiff:{session}:{name}"))
    return editors.decoded(data) if data else None


def item(db: sqlite3.Connection, key: str) -> bytes | None:
    """A value of the editor's own table, named exactly: others there are credentials."""
    row = db.execute("select value from ItemTable where key = ?", (key,)).fetchone()
    return bytes_of(row[0]) if row else None

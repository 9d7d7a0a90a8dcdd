"""What reading a thread remembers from line to line, and from one reading to the next."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from tokenmirror.events import (
    Author,
    Basis,
    CallKind,
    EditKind,
    Entry,
    Mode,
    Relation,
)
from tokenmirror.sources.codex_cli.records import Tokens

Shape = Literal["patch", "command", "call"]

KEPT_CALLS = 48
KEPT_PROMPTS = 24
KEPT_EDITS = 48
KEPT_FILES = 40
STATE_BYTES = 60_000


class Call(Struct):
    """A call whose end may still come.  ``files`` are path and kind of a patch's edits.

    ``asked``: the person is asked before it runs.  ``sent``: its events were written,
    undecided.  ``done``: its outcome is known; later records may say it better.  ``nth`` of its
    id in this turn.  ``offset`` to ``end`` is the line that proposed it, ``folder`` where the
    relative paths of its patch begin.
    """

    key: str
    name: str
    kind: CallKind
    shape: Shape
    at_ms: int | None
    turn: str | None
    copied: bool
    asked: bool = False
    how_known: bool = False
    files: list[tuple[str, EditKind]] = []
    command: str = ""
    sent: bool = False
    done: bool = False
    running: bool = False
    nth: int = 1
    offset: int = 0
    end: int = 0
    folder: str | None = None


class Asked(Struct):
    """A prompt that was read, and where its line stands."""

    key: str
    at_ms: int | None
    turn: str | None
    author: Author
    basis: Basis
    attachments: int | None
    offset: int
    end: int
    copied: bool


class Waiting(Struct):
    """A message that is a prompt only where no event says so: where its line stands."""

    at_ms: int | None
    offset: int
    end: int


class Written(Struct):
    """An edit that was written, and the line that says so, in case it is taken back."""

    turn: str | None
    key: str
    at_ms: int | None
    path: str
    kind: EditKind
    offset: int
    end: int
    folder: str | None


class Settings(Struct):
    """What the person lets the agent do, from the latest ``turn_context``."""

    policy: str | None = None
    sandbox: str | None = None
    reviewer: str | None = None
    roots: list[str] = []


class State(Struct):
    """All that the next lines of a thread's file need."""

    thread: str
    owner: str
    named: bool = False
    # facts of the session
    started_ms: int | None = None
    first_ms: int | None = None
    last: str | None = None
    folder: str | None = None
    branch: str | None = None
    entry: Entry = "unknown"
    mode: Mode = "unknown"
    parent: str | None = None
    relation: Relation | None = None
    version: str | None = None
    utc_offset_min: int | None = None
    source: str = ""
    originator: str = ""
    internal: bool = False
    # lines that are the parent's
    skip_below: int = 0
    copying: bool = False
    turn_ids: bool = False
    content: bool = False
    # the turn
    cwd: str | None = None
    model: str | None = None
    settings: Settings = msgspec.field(default_factory=Settings)
    turn: str | None = None
    turn_id: str | None = None
    turn_ms: int | None = None
    turn_open: bool = False
    turns: int = 0
    trigger: str | None = None
    delegated: bool = False
    refused: bool = False
    failed: bool = False
    # prompts
    texts: dict[str, int] = {}
    events: bool = False
    prompt_events: bool = False
    echo: str | None = None
    waiting: list[Waiting] = []
    asked: list[Asked] = []
    # tokens
    totals: Tokens | None = None
    last_tokens: Tokens | None = None
    record_turn: str | None = None
    counts: int = 0
    # calls
    calls: dict[str, Call] = {}
    written: list[Written] = []

    def packed(self) -> bytes:
        """The state as bytes, with the oldest calls let go where it grew too large."""
        packed = msgspec.msgpack.encode(self)
        while len(packed) > STATE_BYTES and (self.calls or self.asked or self.written):
            for name in list(self.calls)[: len(self.calls) // 2 + 1]:
                del self.calls[name]
            self.asked = self.asked[len(self.asked) // 2 + 1 :]
            self.written = self.written[len(self.written) // 2 + 1 :]
            packed = msgspec.msgpack.encode(self)
        return packed


unpacked = msgspec.msgpack.Decoder(State).decode


class Here(Struct):
    """Where a record stands: what every event made of it needs.

    ``scope`` goes in front of ids that are unique within one turn or thread only;
    ``offset`` to ``end`` is the record's line.
    """

    scope: str
    at_ms: int | None
    turn: str | None
    copied: bool
    offset: int
    end: int

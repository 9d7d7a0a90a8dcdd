"""What a cursor remembers of a transcript between two readings."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Struct

from tokenmirror.events import Entry, Mode, TurnEnd

KEPT = 64  # open calls, last answers and last turns that are remembered
STATE_BYTES = 64 * 1024


class OpenTurn(Struct):
    """The turn in progress; ``row`` is false where no prompt of this file began it."""

    key: str
    session: str
    at_ms: int | None = None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    last_ms: int | None = None
    refused: bool = False
    row: bool = True


class Facts(Struct):
    """What is known of the session in hand."""

    id: str
    at_ms: int | None = None
    ended_ms: int | None = None
    folder: str | None = None
    branch: str | None = None
    version: str | None = None
    entry: Entry = "unknown"
    mode: Mode = "unknown"


class OpenCall(NamedTuple):
    """Where a call without a result stands in the file."""

    offset: int
    turn: str | None
    copied: bool


class State(Struct):
    """What the next lines need.

    ``settled`` is set by the first answer of the session's own part: no copies follow it.
    ``answers`` maps an answer's ids to its key and first time.  ``queued`` is set between
    the line that takes a prompt from the queue and that prompt; ``headless`` says whether a
    program wrote the last prompt.
    """

    session: str = ""
    facts: Facts | None = None
    turn: OpenTurn | None = None
    permission_mode: str | None = None
    turn_ids: list[str] = []
    answers: dict[str, tuple[str, int | None]] = {}
    calls: dict[str, OpenCall] = {}
    queued: bool = False
    headless: bool | None = None
    replay_until_ms: int | None = None
    fork: bool = False
    fork_of: str | None = None
    settled: bool = False


_decoder = msgspec.msgpack.Decoder(State)


def recalled(memory: bytes) -> State:
    """The state of a cursor; a new one when there is none that can be read."""
    try:
        return _decoder.decode(memory) if memory else State()
    except msgspec.MsgspecError:
        return State()


def kept(state: State) -> bytes:
    """The state for a cursor, without what would exceed 64 KiB."""
    for memory in (state.answers, state.calls):
        while len(memory) > KEPT:
            del memory[next(iter(memory))]
    del state.turn_ids[:-KEPT]
    encoded = msgspec.msgpack.encode(state)
    return encoded if len(encoded) <= STATE_BYTES else b""

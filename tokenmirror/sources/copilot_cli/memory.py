"""What a cursor remembers of a Copilot session between two readings."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from tokenmirror.events import Entry, Mode, TurnEnd

KEPT_CALLS = 64
KEPT_AGENTS = 400
STATE_BYTES = 60_000


class OpenTurn(Struct):
    """The turn in progress.  ``refused``: a call of it was refused after its last answer."""

    key: str
    at_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    refused: bool = False


class OpenCall(Struct):
    """A call that may still get an outcome; its arguments stand in the line at ``offset``.

    ``waiting`` while the person is asked; ``approved`` is who let it through, empty where
    nobody says; ``since_ms`` is when it could begin to run.
    """

    key: str
    name: str
    offset: int
    at_ms: int | None
    turn: str | None
    waiting: bool = False
    approved: str | None = None
    settled: bool = False
    since_ms: int | None = None


class Totals(Struct):
    """Tokens of one model, summed by the tool; input is uncached."""

    fresh: int = 0
    read: int = 0
    written: int = 0
    out: int = 0
    reasoning: int | None = None


class State(Struct):
    """What the next events need.

    ``terminal``: it was started in a terminal; ``resumed``: somebody went on, by any way.
    ``recorded`` counts model calls by session or sub-agent.  ``stretch`` counts how often
    the tool's sums began anew; ``totals`` are the sums of the last clean end, ``since`` the
    output told by answers after it.
    """

    session: str = ""
    started_ms: int | None = None
    ended_ms: int | None = None
    folder: str | None = None
    branch: str | None = None
    version: str | None = None
    entry: Entry = "unknown"
    mode: Mode = "unknown"
    active: bool = False
    terminal: bool = False
    resumed: bool = False
    model: str | None = None
    turn: OpenTurn | None = None
    calls: dict[str, OpenCall] = {}
    recorded: dict[str, int] = {}
    stretch: int = 0
    totals: dict[str, Totals] = {}
    since: dict[str, int] = {}
    sums_ms: int | None = None


_decoder = msgspec.msgpack.Decoder(State)


def recalled(memory: bytes) -> State:
    """The state of a cursor; a new one when there is none that can be read."""
    try:
        return _decoder.decode(memory) if memory else State()
    except msgspec.MsgspecError:
        return State()


def kept(state: State) -> bytes:
    """The state for a cursor, without the oldest calls where it grew too large."""
    while len(state.recorded) > KEPT_AGENTS:
        del state.recorded[next(iter(state.recorded))]
    encoded = msgspec.msgpack.encode(state)
    while len(encoded) > STATE_BYTES and state.calls:
        for name in list(state.calls)[: len(state.calls) // 2 + 1]:
            del state.calls[name]
        encoded = msgspec.msgpack.encode(state)
    return encoded if len(encoded) <= STATE_BYTES else b""

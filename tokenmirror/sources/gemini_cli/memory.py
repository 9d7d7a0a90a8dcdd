"""What a cursor remembers of a Gemini chat between two readings."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from tokenmirror.events import TurnEnd

KEPT_PROMPTS = 200
KEPT_TEXTS = 1_500


class OpenTurn(Struct):
    """The turn in progress.  ``refused``: its last call was refused by the person."""

    key: str
    at_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    refused: bool = False


class Asked(Struct):
    """A prompt that was read: its message, its key, and where its line stands."""

    message: str
    key: str
    offset: int


class State(Struct):
    """What the next messages need.

    ``texts`` counts how often a text was sent, by a hash of it.  ``copying`` is set while
    the tool writes its earlier history again; ``last_ms`` is the time of the last message.
    ``looks`` counts the paths in which the folder was looked for.
    """

    session: str = ""
    project_hash: str | None = None
    subagent: bool = False
    started_ms: int | None = None
    ended_ms: int | None = None
    folder: str | None = None
    looks: int = 0
    messages: int = 0
    turn: OpenTurn | None = None
    texts: dict[str, int] = {}
    asked: list[Asked] = []
    copying: bool = False
    last_ms: int | None = None


_decoder = msgspec.msgpack.Decoder(State)


def recalled(memory: bytes) -> State:
    """The state of a cursor; a new one when there is none that can be read."""
    try:
        return _decoder.decode(memory) if memory else State()
    except msgspec.MsgspecError:
        return State()


def kept(state: State) -> bytes:
    """The state for a cursor, without the oldest of what grew too long."""
    del state.asked[:-KEPT_PROMPTS]
    while len(state.texts) > KEPT_TEXTS:
        del state.texts[next(iter(state.texts))]
    return msgspec.msgpack.encode(state)

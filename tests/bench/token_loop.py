"""The least a Python reader of transcripts must do: typed decoding of token counts only."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec


class Tokens(msgspec.Struct, gc=False):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class Message(msgspec.Struct, gc=False):
    usage: Tokens | None = None


class Loose(msgspec.Struct, gc=False):
    message: msgspec.Raw | None = None


def total(home: Path) -> int:
    """Sum of all tokens as the lines have them, repeated ones included."""
    decode = msgspec.json.Decoder(Loose).decode
    message = msgspec.json.Decoder(Message).decode
    tokens = 0
    for path in sorted(home.rglob("*.jsonl")):
        with path.open("rb", 1 << 20) as stream:
            for line in stream:
                try:
                    raw = decode(line).message
                    usage = message(raw).usage if raw is not None else None
                except msgspec.MsgspecError:
                    continue
                if usage is not None:
                    tokens += usage.input_tokens + usage.output_tokens
    return tokens


if __name__ == "__main__":
    print(total(Path(sys.argv[1])))

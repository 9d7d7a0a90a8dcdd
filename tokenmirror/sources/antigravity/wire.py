"""Protobuf without a schema: fields of a message by their numbers, read with care.

Antigravity publishes no schema, and numbers may come to mean other things: whatever is not
of the expected type counts as not there.
"""

from __future__ import annotations

from collections.abc import Iterator

Fields = dict[int, list[int | bytes]]
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(data: object) -> Fields:
    """The fields of a message; what follows the first fault is left out."""
    found: Fields = {}
    if isinstance(data, bytes):
        for number, value in _parts(data):
            found.setdefault(number, []).append(value)
    return found


def _parts(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if at < 0 or number == 0:
            return
        if kind == _VARINT:
            value, at = varint(data, at)
            if at < 0:
                return
            yield number, value
            continue
        length = {_FIXED64: 8, _FIXED32: 4}.get(kind, -1)
        if kind == _BYTES:
            length, at = varint(data, at)
        if at < 0 or not 0 <= length <= len(data) - at:
            return
        yield number, data[at : at + length]
        at += length


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and the offset after it; the offset is negative where there is none."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return 0, -1


def inner(data: object, *path: int) -> Fields:
    """The fields of the first message at a path of numbers; none where the path breaks off."""
    found = fields(data)
    for number in path:
        found = fields(_first(found, number, bytes))
    return found


def messages(found: Fields, number: int) -> list[bytes]:
    """All messages of a repeated field."""
    return [value for value in found.get(number, []) if isinstance(value, bytes)]


def text(found: Fields, number: int) -> str | None:
    """A field's text; ``None`` when it is empty, missing or not UTF-8."""
    value = _first(found, number, bytes)
    try:
        return (value.decode() or None) if isinstance(value, bytes) else None
    except UnicodeDecodeError:
        return None


def number(found: Fields, name: int) -> int | None:
    """A field's whole number up to 2^53; ``None`` when it is missing or of another type."""
    value = _first(found, name, int)
    return value if isinstance(value, int) and value <= 1 << 53 else None


def instant_ms(found: Fields) -> int | None:
    """UTC milliseconds of a timestamp's fields: seconds, and billionths."""
    seconds, rest = number(found, 1), number(found, 2) or 0
    if seconds is None or not 1_000_000_000 <= seconds <= 10_000_000_000:
        return None
    return seconds * 1000 + rest // 1_000_000


def _first(found: Fields, number: int, kind: type) -> int | bytes | None:
    return next((value for value in found.get(number, []) if isinstance(value, kind)), None)

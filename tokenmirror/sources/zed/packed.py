"""Unpacks zstd: with Python's own library from 3.14 on, with ``zstandard`` before."""

from __future__ import annotations

import io
import sys

from tokenmirror.sources import lines


class Packed(Exception):
    """Something packed that cannot be unpacked here."""


def unpacked(data: bytes, limit: int = lines.MAX_DOCUMENT_BYTES) -> bytes:
    """What was packed, up to ``limit`` bytes.  Raises ``Packed``, also for more than that."""
    text = _begin(data, limit + 1)
    if len(text) > limit:
        raise Packed
    return text


if sys.version_info >= (3, 14):
    from compression import zstd

    def _begin(data: bytes, length: int) -> bytes:
        try:
            return zstd.ZstdDecompressor().decompress(data, length)
        except (zstd.ZstdError, EOFError) as error:
            raise Packed from error

else:

    def _begin(data: bytes, length: int) -> bytes:
        try:
            import zstandard  # late: for people who use Zed alone; may be missing
        except ImportError as error:
            raise Packed from error
        try:
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
                return bytes(reader.read(length))
        except (zstandard.ZstdError, MemoryError) as error:
            raise Packed from error

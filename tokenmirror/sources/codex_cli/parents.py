"""Where a fork's own part begins, for ids that carry no time: a look at its parent's file."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from tokenmirror.sources.lines import Unreadable, opened, walk

READ_BYTES = 64 * 1024 * 1024
FOLDERS = ("sessions", "archived_sessions")
_TURN = re.compile(rb'"turn_id"\s*:\s*"([^"\\]{1,64})"')


def root_of(path: Path) -> Path | None:
    """The folder that holds sessions, archived sessions and the prompt history."""
    return next((p.parent for p in path.parents if p.name in FOLDERS), None)


def turns_of(thread: str, beside: Path) -> frozenset[str] | None:
    """The turn ids that a thread's file names; ``None`` when that file is not there."""
    root = root_of(beside)
    if root is None or not thread:
        return None
    for folder in FOLDERS:
        for file in walk(root / folder, (f"-{thread}.jsonl",)):
            return _turns(file.path, file.size, file.mtime_ns)
    return None


@lru_cache(maxsize=8)
def _turns(path: Path, size: int, mtime_ns: int) -> frozenset[str] | None:
    try:
        with opened(path) as handle, open(handle, "rb", closefd=False) as stream:
            text = stream.read(min(size, READ_BYTES))
    except Unreadable:
        return None
    return frozenset(found.decode(errors="replace") for found in _TURN.findall(text))

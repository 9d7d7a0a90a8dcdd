"""Vibe's tools by name: what a call would change, run or read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tokenmirror.events import CallKind, Usage
from tokenmirror.sources.calls import Edit, replaced, written
from tokenmirror.sources.editors import list_at, text_at
from tokenmirror.sources.records import Record

_READS = frozenset(
    ["read_file", "grep", "list_dir", "list_directory", "glob", "find", "web_fetch", "web_search"]
)
_BLOCK = re.compile(
    r"^<{5,9} SEARCH\n(?P<old>.*?)^={5,9}\n(?P<new>.*?)^>{5,9} REPLACE", re.DOTALL | re.MULTILINE
)


def last_name(name: str) -> str:
    """A tool's name without the family in front: ``file_system.bash`` is ``bash``."""
    return name.rsplit(".", 1)[-1]


def kind_of_tool(name: str) -> CallKind:
    """What a tool is for, apart from edits and commands."""
    return "read" if last_name(name) in _READS else "other"


def command_of(name: str, given: Record) -> str | None:
    """The command that a call would run."""
    return text_at(given, "command") if last_name(name) in ("bash", "shell") else None


def edits_of(name: str, given: Record, *, exists: bool | None = None) -> tuple[Edit, ...]:
    """The edit that a call proposes; ``exists`` tells of a file that would be written over."""
    path = text_at(given, "file_path") or text_at(given, "path")
    match last_name(name):
        case "edit":
            old, new = text_at(given, "old_string"), text_at(given, "new_string")
            return () if old is None or new is None else (replaced(path, [(old, new)]),)
        case "search_replace":
            pairs = list(_pairs(given))
            return (replaced(path, pairs),) if pairs else ()
        case "write_file":
            text = text_at(given, "content")
            return () if text is None else (written(path, text, new=not exists),)
        case _:
            return ()


def _pairs(given: Record) -> Iterator[tuple[str, str]]:
    """Old and new texts: objects in 3.x, marked blocks of one text before."""
    blocks = text_at(given, "content")
    if blocks is not None:
        yield from ((found["old"], found["new"]) for found in _BLOCK.finditer(blocks))
        return
    for block in list_at(given, "content"):
        old, new = text_at(block, "old_str"), text_at(block, "new_str")
        if old is not None and new is not None:
            yield old, new


def total(
    session: str,
    at_ms: int | None,
    model: str | None,
    sent: int | None,
    cached: int | None,
    received: int | None,
    cost_nusd: int | None = None,
) -> Usage | None:
    """Tokens of a whole session; what was sent includes what was cached."""
    if not sent and not received:
        return None
    fresh = sent
    if sent is not None and cached is not None:
        fresh = sent - cached if sent >= cached else None
    return Usage(
        session=session,
        key=session,
        at_ms=at_ms,
        model=model,
        input_tokens=fresh,
        cache_read_tokens=cached,
        output_tokens=received,
        cost_nusd=cost_nusd,
    )

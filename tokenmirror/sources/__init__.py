"""The registry of sources: one module per assistant, imported when needed.

Third-party packages may add a ``Source`` through the entry-point group
``tokenmirror.sources``; it is listed, but off until the person switches it on, and it may
not take the key of a built-in one.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from tokenmirror.sources.source import Source, joined

log = logging.getLogger(__name__)

BUILT_IN = (
    "claude_code",
    "codex_cli",
    "vscode_copilot",
    "cline",
    "continue_dev",
    "gemini_cli",
    "copilot_cli",
    "amp",
    "goose",
    "crush",
    "grok_build",
    "opencode",
    "kiro_ide",
    "kiro_cli",
    "amazon_q_ide",
    "visual_studio",
    "jetbrains",
    "aider",
    "mistral_vibe",
    "kimi",
    "droid",
    "pi",
    "openhands",
    "cursor",
    "zed",
    "windsurf",
    "antigravity",
    "chats",
)
GROUP = "tokenmirror.sources"


@dataclass(frozen=True)
class Registered:
    """A source by name; ``source`` is ``None`` when its package could not be loaded."""

    key: str
    source: Source | None
    built_in: bool
    fault: str = ""


@cache
def registered() -> tuple[Registered, ...]:
    """All sources: the built-in ones in order, then third-party ones by name."""
    mine = [Registered(source.key, source, built_in=True) for source in built_in()]
    taken = {entry.key for entry in mine}
    others = [_loaded(point, taken) for point in metadata.entry_points(group=GROUP)]
    return (*mine, *sorted(others, key=lambda entry: entry.key))


def built_in() -> tuple[Source, ...]:
    """The sources of this package, those that share a key joined, in order."""
    parts: dict[str, list[Source]] = {}
    for name in BUILT_IN:
        for source in _sources(importlib.import_module(f"tokenmirror.sources.{name}")):
            parts.setdefault(source.key, []).append(source)
    return tuple(map(joined, parts.values()))


def _sources(module: object) -> tuple[Source, ...]:
    several: tuple[Source, ...] | None = getattr(module, "SOURCES", None)
    return several if several is not None else (module.SOURCE,)  # type: ignore[attr-defined]


def by_key(key: str) -> Source | None:
    """The source of that key, if it is there and could be loaded."""
    return next((entry.source for entry in registered() if entry.key == key), None)


def _loaded(point: metadata.EntryPoint, taken: set[str]) -> Registered:
    try:
        source = point.load()
    except Exception as error:  # foreign code: its fault is shown beside its name
        log.exception("third-party source does not load")
        return Registered(point.name, None, built_in=False, fault=type(error).__name__)
    if not isinstance(source, Source):
        return Registered(point.name, None, built_in=False, fault="TypeError")
    if source.key in taken:
        return Registered(point.name, None, built_in=False, fault="KeyTaken")
    return Registered(source.key, source, built_in=False)

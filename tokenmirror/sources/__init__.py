"""The registry of sources: one module per assistant, imported when needed.

Third-party packages may add a ``Source`` through the entry-point group
``tokenmirror.sources``; it is listed, but off until the person switches it on, and it may
not take the key of a built-in one.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from tokenmirror.sources.foreign import guarded
from tokenmirror.sources.source import Source, joined

log = logging.getLogger(__name__)

# Modules with the keys of their sources, so that only those are loaded that are asked for.
BUILT_IN: dict[str, tuple[str, ...]] = {
    "claude_code": ("claude-code",),
    "codex_cli": ("codex-cli",),
    "vscode_copilot": ("vscode-copilot", "positron"),
    "cline": ("cline", "roo-code", "kilo-code", "ibm-bob"),
    "continue_dev": ("continue",),
    "gemini_cli": ("gemini-cli", "qwen-code"),
    "copilot_cli": ("copilot-cli",),
    "amp": ("amp",),
    "goose": ("goose",),
    "crush": ("crush",),
    "grok_build": ("grok-build",),
    "opencode": ("opencode", "kilo-cli"),
    "kiro_ide": ("kiro-ide",),
    "kiro_cli": ("kiro-cli", "amazon-q-cli"),
    "amazon_q_ide": ("amazon-q-ide",),
    "visual_studio": ("visual-studio",),
    "jetbrains": ("jetbrains-copilot", "jetbrains-ai"),
    "aider": ("aider",),
    "mistral_vibe": ("mistral-vibe",),
    "kimi": ("kimi-code", "kimi-cli"),
    "droid": ("droid",),
    "pi": ("pi",),
    "openhands": ("openhands",),
    "cursor": ("cursor",),
    "zed": ("zed",),
    "windsurf": ("windsurf",),
    "antigravity": ("antigravity",),
    "chats": ("trae", "cody", "copilotchat-nvim"),
    "chat_exports": ("chatgpt", "claude-ai"),
}
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
    others: list[Registered] = []
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        others.append(_loaded(point, taken))
        taken.add(others[-1].key)  # of two packages with one key the first by name has it
    return (*mine, *sorted(others, key=lambda entry: entry.key))


def built_in(keys: Collection[str] | None = None) -> tuple[Source, ...]:
    """The sources of this package, those that share a key joined, in order.

    With ``keys`` only these; then only their modules are loaded.
    """
    parts: dict[str, list[Source]] = {}
    for name, given in BUILT_IN.items():
        if keys is None or not set(given).isdisjoint(keys):
            for source in _sources(importlib.import_module(f"tokenmirror.sources.{name}")):
                parts.setdefault(source.key, []).append(source)
    return tuple(joined(part) for key, part in parts.items() if keys is None or key in keys)


def is_built_in(key: str) -> bool:
    """Whether this package has a source of that key."""
    return any(key in given for given in BUILT_IN.values())


def _sources(module: object) -> tuple[Source, ...]:
    several: tuple[Source, ...] | None = getattr(module, "SOURCES", None)
    return several if several is not None else (module.SOURCE,)  # type: ignore[attr-defined]


def by_key(key: str) -> Source | None:
    """The source of that key, if it is there and could be loaded."""
    return next((entry.source for entry in registered() if entry.key == key), None)


def _loaded(point: metadata.EntryPoint, taken: set[str]) -> Registered:
    try:
        source = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 (foreign code: its fault is shown)
        log.warning("third-party source does not load: %s", type(error).__name__)
        return Registered(point.name, None, built_in=False, fault=type(error).__name__)
    if not isinstance(source, Source):
        return Registered(point.name, None, built_in=False, fault="TypeError")
    if source.key in taken:
        return Registered(point.name, None, built_in=False, fault="KeyTaken")
    try:
        return Registered(source.key, guarded(source), built_in=False)
    except TypeError:
        return Registered(point.name, None, built_in=False, fault="TypeError")

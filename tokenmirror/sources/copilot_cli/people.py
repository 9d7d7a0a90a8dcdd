"""Whether a prompt was typed, by the marks of its session and the list of what was typed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tokenmirror.events import Author, Basis, Mode
from tokenmirror.sources import lines
from tokenmirror.sources.copilot_cli.memory import State
from tokenmirror.sources.editors import decoded, list_at, text_at

HISTORY = "command-history-state.json"
MODES: dict[str, Mode] = {"interactive": "ask", "plan": "plan", "autopilot": "auto_all"}


def typed_texts(home: Path) -> frozenset[str]:
    """Texts that were entered in the terminal, of all sessions together."""
    file = lines.log_file(home / HISTORY)
    return _read(file.path, file.size, file.mtime_ns) if file else frozenset()


@lru_cache(maxsize=4)
def _read(path: Path, size: int, mtime_ns: int) -> frozenset[str]:
    file = lines.log_file(path)
    try:
        told = decoded(lines.whole(file)) if file else None
    except lines.Unreadable:
        return frozenset()
    texts = list_at(told, "commandHistory")
    return frozenset(text.strip() for text in texts if isinstance(text, str))


def author_of(state: State, prompt: object, typed: frozenset[str]) -> tuple[Author, Basis]:
    """Who wrote a prompt.

    A start in a terminal leaves a mark; where somebody went on with a session it may have
    been by the other way, and only the list of typed texts can tell.  Builds without the
    field ``delivery`` leave no marks, so that a missing one means nothing.
    """
    if text_at(prompt, "agentMode") == "interactive":
        return "person", "inferred"
    listed = (text_at(prompt, "content") or "").strip() in typed
    if state.resumed:
        return ("person", "inferred") if listed else ("unknown", "unknown")
    if state.terminal:
        return "person", "inferred"
    if text_at(prompt, "delivery") is not None:
        return "program", "inferred"
    return ("person", "inferred") if listed else ("unknown", "unknown")

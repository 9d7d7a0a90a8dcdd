"""``vibehistory``: what was typed into the terminal, one JSON string a line."""

from __future__ import annotations

from pathlib import Path

from tokenmirror.events import Author, Basis
from tokenmirror.sources.editors import decoded
from tokenmirror.sources.lines import Unreadable, lines_from

NAME = "vibehistory"


class Typed:
    """The texts that were typed; ``None`` where there is no history."""

    def __init__(self, log: Path) -> None:
        self._texts = _texts(log)

    def author(self, text: str) -> tuple[Author, Basis]:
        """Who wrote a prompt, as far as the history tells."""
        if self._texts is None:
            return "unknown", "unknown"
        return ("person" if text.strip() in self._texts else "program"), "inferred"

    def holds(self, text: str) -> bool:
        """Whether a text was typed."""
        return self._texts is not None and text.strip() in self._texts


def _texts(log: Path) -> set[str] | None:
    home = next((folder.parent for folder in log.parents if folder.name == "logs"), None)
    if home is None:
        return None
    found: set[str] = set()
    try:
        for line in lines_from(home / NAME, 0):
            text = decoded(line.text)
            if isinstance(text, str):
                found.add(text.strip())
    except Unreadable:
        return None
    return found

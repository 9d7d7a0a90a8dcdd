"""The history of typed inputs that both programs keep, one per folder, without times."""

from __future__ import annotations

from pathlib import Path

from tokenmirror.events import Author, Basis, Entry
from tokenmirror.sources.editors import decoded, text_at
from tokenmirror.sources.lines import Unreadable, lines_from


def typed_texts(home: Path, folder_digest: str) -> frozenset[str] | None:
    """Texts typed in a folder, named by the MD5 of its path; ``None`` without a history."""
    found: set[str] = set()
    try:
        for line in lines_from(home / "user-history" / f"{folder_digest}.jsonl", 0):
            text = text_at(decoded(line.text), "content")
            if text:
                found.add(text.strip())
    except Unreadable:
        return None
    return frozenset(found)


def author_of(text: str, typed: frozenset[str] | None) -> tuple[Author, Basis]:
    """Who wrote a prompt, by the history alone."""
    if typed is None:
        return "unknown", "unknown"
    return ("person" if text.strip() in typed else "program"), "inferred"


def entry_of(authors: set[Author]) -> Entry:
    """How a session was entered, by the authors of its prompts."""
    if authors == {"person"}:
        return "interactive"
    return "headless" if authors == {"program"} else "unknown"

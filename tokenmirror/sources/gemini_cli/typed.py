"""``logs.json``: what was entered in the terminal, by session."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tokenmirror.events import Author, Basis, Entry
from tokenmirror.sources import lines
from tokenmirror.sources.editors import decoded, instant_at, list_at, text_at

LOG = "logs.json"
BEFORE_MS = 5_000  # a row is written just before its prompt; an expanded text agrees by time


class Row(NamedTuple):
    """A text that was entered, also one that is a command of the tool."""

    text: str
    at_ms: int | None


class Typed:
    """Texts entered by hand, by session; ``first_ms`` is how far back they reach."""

    def __init__(self, rows: object = None) -> None:
        self.sessions: dict[str, list[Row]] = defaultdict(list)
        for row in list_at(rows):
            session, text = text_at(row, "sessionId"), text_at(row, "message")
            if session and text and text_at(row, "type") in (None, "user"):
                self.sessions[session].append(Row(text.strip(), instant_at(row, "timestamp")))
        self._texts = {name: {row.text for row in kept} for name, kept in self.sessions.items()}
        self._times = {
            name: sorted(row.at_ms for row in kept if row.at_ms is not None)
            for name, kept in self.sessions.items()
        }
        self.first_ms = min((times[0] for times in self._times.values() if times), default=None)

    def holds(self, session: str, text: str, at_ms: int | None) -> bool:
        """Whether a prompt was entered by hand: by its text, or just before it was sent."""
        if session not in self.sessions:
            return False
        return text.strip() in self._texts[session] or self._near(session, at_ms)

    def _near(self, session: str, at_ms: int | None) -> bool:
        if at_ms is None:
            return False
        times = self._times[session]
        at = bisect_left(times, at_ms - BEFORE_MS)
        return at < len(times) and times[at] <= at_ms

    def reaches(self, at_ms: int | None) -> bool:
        """Whether it goes back so far that a session that is not named means something."""
        return self.first_ms is not None and at_ms is not None and self.first_ms <= at_ms

    def author(self, session: str, text: str, at_ms: int | None) -> tuple[Author, Basis]:
        """Who wrote a prompt, judged by its text."""
        if self.holds(session, text, at_ms):
            return "person", "inferred"
        return ("unknown", "unknown") if session in self.sessions else self.of(session, at_ms)

    def of(self, session: str, at_ms: int | None) -> tuple[Author, Basis]:
        """Who wrote the prompts of a session, judged by whether it is named."""
        if session in self.sessions:
            return "person", "inferred"
        return ("program", "inferred") if self.reaches(at_ms) else ("unknown", "unknown")

    def entry(self, session: str, at_ms: int | None) -> Entry:
        """How a session was started, as far as the log tells."""
        author = self.of(session, at_ms)[0]
        return {"person": "interactive", "program": "headless"}.get(author, "unknown")  # type: ignore[return-value]


def typed_in(place: Path) -> Typed:
    """What was entered by hand, by the log at a place; nothing when there is none."""
    file = lines.log_file(place)
    return _read(file.path, file.size, file.mtime_ns) if file else Typed()


@lru_cache(maxsize=8)
def _read(path: Path, size: int, mtime_ns: int) -> Typed:
    file = lines.log_file(path)
    try:
        return Typed(decoded(lines.whole(file))) if file else Typed()
    except lines.Unreadable:
        return Typed()

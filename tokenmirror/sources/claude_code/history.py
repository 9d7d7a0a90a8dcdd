"""``history.jsonl``: what was entered by hand, as evidence for builds that do not say."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from tokenmirror.sources.lines import Unreadable, appended, log_file
from tokenmirror.sources.source import Cursor

NEAR_MS = 2_000  # a pasted text is shortened in the history, so that only its time agrees


class Entered(Struct, gc=False, rename="camel"):
    """One line: a text, when, and in older builds without a session."""

    display: str = ""
    timestamp: float | None = None
    project: str | None = None
    session_id: str | None = None


class Typed:
    """Prompts entered by hand, by session or, where none is named, by folder."""

    def __init__(self) -> None:
        self.first_ms: float | None = None
        self._texts: set[tuple[str, str]] = set()
        self._times: dict[str, list[float]] = defaultdict(list)

    def add(self, row: Entered) -> None:
        """Takes one line in."""
        place = row.session_id or row.project or ""
        self._texts.add((place, row.display.strip()))
        if row.timestamp is not None:
            self._times[place].append(row.timestamp)
            self.first_ms = min(row.timestamp, self.first_ms or row.timestamp)

    def sort(self) -> None:
        """Makes it ready for questions."""
        for times in self._times.values():
            times.sort()

    def holds(self, session: str, folder: str | None, text: str, at_ms: int | None) -> bool:
        """Whether a prompt was entered by hand in that session.

        Rows without a session name a folder: then text and time must both agree.
        """
        if (session, text.strip()) in self._texts or self._near(session, at_ms):
            return True
        known = folder is not None and (folder, text.strip()) in self._texts
        return known and self._near(folder or "", at_ms)

    def reaches(self, at_ms: int | None) -> bool:
        """Whether it goes back so far that a missing row means something."""
        return self.first_ms is not None and at_ms is not None and self.first_ms <= at_ms

    def _near(self, place: str, at_ms: int | None) -> bool:
        times = self._times.get(place)
        if not times or at_ms is None:
            return False
        at = bisect_left(times, at_ms - NEAR_MS)
        return at < len(times) and times[at] <= at_ms + NEAR_MS


def typed_prompts(transcript: Path) -> Typed:
    """The history that belongs to a transcript; empty when there is none."""
    above = [folder for folder in transcript.parents if folder.name == "projects"]
    file = log_file(above[0].parent / "history.jsonl") if above else None
    return _read(file.path, file.size, file.mtime_ns) if file else Typed()


_decoder = msgspec.json.Decoder(Entered)


@lru_cache(maxsize=4)
def _read(path: Path, size: int, mtime_ns: int) -> Typed:
    typed = Typed()
    file = log_file(path)
    try:
        lines = appended(file, Cursor())[1] if file else iter(())
        for line in lines:
            try:
                typed.add(_decoder.decode(line.text))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue  # evidence only: a line that cannot be read is no evidence
    except Unreadable:
        return Typed()
    typed.sort()
    return typed

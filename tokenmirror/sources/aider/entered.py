"""The input history: what was entered and when.  Only its times are taken."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from pathlib import Path

from tokenmirror.sources.lines import Unreadable, lines_from
from tokenmirror.sources.records import local_ms

INPUT_HISTORY = ".aider.input.history"
NAMED_INPUT = re.compile(r"\.chat\.history\.md$")
_TIME = re.compile(r"# (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\s*$")
# A message given on the command line is noted twice at once.
TWICE_MS = 1_000
# The launch is noted in whole seconds.
_EARLIER_MS = 1_000


class Entered:
    """Texts entered in one folder with their times; each time is given out once."""

    def __init__(self) -> None:
        self._times: dict[str, list[int]] = defaultdict(list)
        self._next: dict[str, int] = defaultdict(int)

    def add(self, text: str, at_ms: int) -> None:
        """Takes an entry in; one that is written twice at once counts once."""
        times = self._times[_plain(text)]
        if not times or abs(at_ms - times[-1]) > TWICE_MS:
            times.append(at_ms)

    def knows(self, text: str) -> bool:
        """Whether a text was ever entered."""
        return _plain(text) in self._times

    def take(self, text: str, from_ms: int, until_ms: int | None) -> int | None:
        """When a text was entered between two instants; ``None`` when nothing tells."""
        times = self._times.get(_plain(text), [])
        at = max(self._next[_plain(text)], bisect_left(times, from_ms - _EARLIER_MS))
        if at >= len(times) or (until_ms is not None and times[at] >= until_ms):
            return None
        self._next[_plain(text)] = at + 1
        return times[at]


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().split("\n"))


def entered_beside(chat: Path) -> Entered:
    """The input history of a chat history: in the same folder, named alike."""
    entered = Entered()
    name = NAMED_INPUT.sub(".input.history", chat.name)
    if name == chat.name:
        return entered
    at_ms: int | None = None
    text: list[str] = []
    try:
        for line in lines_from(chat.with_name(name), 0):
            words = line.text.decode("utf-8", "replace").rstrip("\r")
            if words.startswith("+"):
                text.append(words[1:])
                continue
            if text and at_ms is not None:
                entered.add("\n".join(text), at_ms)
            text = []
            time = _TIME.match(words)
            at_ms = local_ms(time[1]) if time else at_ms
    except Unreadable:
        return entered
    if text and at_ms is not None:
        entered.add("\n".join(text), at_ms)
    return entered

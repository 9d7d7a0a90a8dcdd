"""How a change of a text is written down: snippets, hunks, patches, ranges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher, unified_diff

CONTEXT = 3


@dataclass(frozen=True)
class Region:
    """The stretch in which two texts differ: lines before it, and its old and new lines."""

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]


def region(before: str, after: str) -> Region:
    """Where two texts differ, lines with their ends."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Region(start, tuple(old[start : len(old) - tail]), tuple(new[start : len(new) - tail]))


def hunks(before: str, after: str) -> list[dict[str, object]]:
    """Hunks with context, as ``structuredPatch`` has them."""
    old, new = before.splitlines(), after.splitlines()
    found: list[dict[str, object]] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        lines: list[str] = []
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [f" {line}" for line in old[old_from:old_to]]
                continue
            lines += [f"-{line}" for line in old[old_from:old_to]]
            lines += [f"+{line}" for line in new[new_from:new_to]]
        found.append(
            {
                "oldStart": group[0][1] + 1,
                "oldLines": group[-1][2] - group[0][1],
                "newStart": group[0][3] + 1,
                "newLines": group[-1][4] - group[0][3],
                "lines": lines,
            }
        )
    return found


def diff(before: str, after: str) -> str:
    """A unified diff without the two lines of file names."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT))
    return "".join(f"{line}\n" for line in lines[2:])


def iso(at_ms: int) -> str:
    """An instant as the logs write it: UTC, milliseconds, ``Z``."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

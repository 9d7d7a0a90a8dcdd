"""Continue, in VS Code, in JetBrains editors and in the terminal (``cn``).

Place on every system: ``~/.continue``, moved by ``CONTINUE_GLOBAL_DIR``; where an editor
works over SSH, in WSL or in a container, the far machine's home.  Read are
- ``sessions/<session>.json``, rewritten whole: prompts, turns, calls, edits, and in the
  terminal program the tokens; ``sessions/sessions.json``: when each began, and where;
- ``dev_data/<version>/<event>.jsonl``, appended to, in editors alone: every completion that
  was shown and whether it was taken, the answer to every proposed edit, tokens of calls.

Nothing in a session has an id or a time: an item's key is its place and its size, so that
one that takes another's place is another.  Completions and answers to edits name no
session; they stand under the day they were given on.  ``devdata.sqlite`` repeats the
tokens of the JSONL; ``toolUsage`` and ``chatInteraction`` repeat what sessions hold, of
the latter only the times are taken.

Seen: ``cn`` 1.5.47, whose truth is known; the editors' part is known from the source of
Continue (schemas 0.1.0 and 0.2.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.continue_dev import acceptance, sessions
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

_DATA_ENDS = tuple(f"{name}.jsonl" for name in acceptance.EVENTS)


def places(machine: Machine) -> tuple[Path, ...]:
    """Continue's folders, the one that its variable names first."""
    moved = machine.variable("CONTINUE_GLOBAL_DIR")
    return tuple(dict.fromkeys(p for p in (moved, machine.home / ".continue") if p))


def find(machine: Machine) -> Iterator[LogFile]:
    """Sessions with their list, and the acceptance log."""
    for root in places(machine):
        yield from lines.walk(root / "sessions", (".json",), depth=0)
        for file in lines.walk(root / "dev_data", _DATA_ENDS, depth=1):
            if file.path.stem in acceptance.EVENTS:
                yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.suffix == ".jsonl":
        return acceptance.read(file, cursor)
    if file.path.name == sessions.INDEX:
        return sessions.read_index(file, cursor)
    return sessions.read(file, cursor)


SOURCE = Source(
    key="continue",
    name="Continue",
    version=1,
    full=frozenset({"S3"}),
    partly=frozenset({"S1", "S2", "S4", "S5", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("A completion that was not taken within ten seconds was not refused."),
        mark("In the terminal, prompts have no time and nobody says who wrote them."),
        mark("Cached input is told apart by some providers only; editors count tokens roughly."),
        mark("Who approved an edit in the terminal is not written down."),
        mark("The branch is not written down."),
    ),
)

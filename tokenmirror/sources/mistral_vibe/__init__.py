"""Mistral Vibe: the unified store of 3.x and the session folders of 2.x.

Places, the same on every system: ``$VIBE_HOME`` or ``~/.vibe`` with ``logs/session/unified/
<session>/`` (3.x and late 2.x), ``logs/session/session_*/`` (2.x) and ``vibehistory`` (what
was typed, without times or ids).

3.x: ``CURRENT`` names the valid generation, whose manifest names the chunks that are the
whole history; other chunks are older versions of it and are not read.  Entries have ids and
times, edits and commands their decision and who made it.  An entry that carries another
session's id is a copy.  2.x: ``messages.jsonl`` with ``meta.json`` beside it; no times within
a session, so that all has the time of its start; no mark of who let an edit through.

Tokens are kept as totals of a session alone, in ``inputTokens`` with the cached ones
included; they stand at the session's end.  The request that starts a sub-agent is missing
from the totals of 3.x.  A sub-agent is a session of its own with its own totals.

Typed or given by ``-p``: in 3.x by how the entry's id begins, else by whether the text is in
``vibehistory``; both are inferred.

Checked against logs of 3.0.2 and of 2.26.1 with known truth in November 2026; older files of
2.x against a fixture of another project.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.mistral_vibe import folders, unified
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source


def places(machine: Machine) -> tuple[Path, ...]:
    """Sessions and the typed inputs, under each home of Vibe."""
    named = machine.variable("VIBE_HOME")
    homes = dict.fromkeys([*([named] if named else []), machine.home / ".vibe"])
    return tuple(
        path for home in homes for path in (home / "logs" / "session", home / "vibehistory")
    )


def find(machine: Machine) -> Iterator[LogFile]:
    """The current state of each unified session, and the messages of each older one."""
    for place in places(machine)[::2]:
        for file in lines.walk(place / "unified", (unified.CURRENT,), depth=1):
            if file.path.name == unified.CURRENT:
                yield lines.log_file(file.path, file.path.with_name("meta.json")) or file
        for file in lines.walk(place, (folders.MESSAGES,)):
            above = file.path.relative_to(place).parts
            if file.path.name == folders.MESSAGES and above[0].startswith("session_"):
                yield lines.log_file(file.path, file.path.with_name("meta.json")) or file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a session says.  Raises ``Unreadable``."""
    if file.path.name.endswith(folders.MESSAGES):
        yield from folders.read(file, cursor)
    else:
        yield from unified.read(file, cursor)


SOURCE = Source(
    key="mistral-vibe",
    name="Mistral Vibe",
    version=1,
    full=frozenset({"S1", "S3", "S4", "S5"}),
    partly=frozenset({"S2", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Tokens are kept as one total per session, not per answer."),
        mark("The request that starts a sub-agent is missing from that total."),
        mark("Whether a prompt was typed is not written down; it is told from side marks."),
        mark("Sessions of version 2 have no times but their start and end."),
    ),
)

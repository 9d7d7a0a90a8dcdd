"""Google Antigravity: the app, the editor, and the terminal's ``agy``.

Places: ``antigravity``, ``antigravity-ide``, ``antigravity-cli`` and ``antigravity-acp``
under ``~/.gemini`` on every platform.  In each ``conversations/<id>.db`` (protobuf rows of
``steps`` and ``gen_metadata``; earlier ``.pb``, encrypted by the vendor) and
``brain/<id>/.system_generated/logs/transcript_full.jsonl`` or ``transcript.jsonl``.

A step has the same number in both, which is its key with the conversation's id, so that
neither counts twice.  A transcript is read whole, since a call's result stands on a later
line.  A fork repeats its parent's steps: they have the parent's keys.  Tokens are those of
``gen_metadata``, by the answer's own id.  Files that a tool writes as its own artefacts
(plans, walkthroughs) are no edits.  ``history.jsonl`` of the terminal holds what was typed;
what a script sent is not in it.

No schema is published: numbers of fields are those that other readers found in the
program's own descriptors, and whatever is of another type counts as not there.  From
fixtures and descriptions for 1.0.9 to 1.2.0; November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.antigravity.reader import (
    DATABASE,
    FULL,
    SEALED,
    SHORT,
    read,
    session_of,
    sibling,
)
from tokenmirror.sources.source import LogFile, Machine, Source

PROGRAMS = ("antigravity", "antigravity-ide", "antigravity-cli", "antigravity-acp")


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of the four programs."""
    home = machine.variable("GEMINI_HOME") or machine.home / ".gemini"
    return tuple(home / program for program in PROGRAMS)


def find(machine: Machine) -> Iterator[LogFile]:
    """Databases, transcripts, and what is encrypted and told nowhere else."""
    for root in places(machine):
        told: set[str] = set()
        for file in lines.walk(root / "conversations", (DATABASE,), depth=0):
            log = file.path.with_name(file.path.name + "-wal")
            whole = lines.log_file(file.path, log)
            if whole is not None:
                told.add(file.path.stem)
                yield whole
        for file in _transcripts(root):
            told.add(session_of(file.path))
            yield file
        for file in lines.walk(root / "conversations", (SEALED,), depth=0):
            if file.path.stem not in told:
                yield file


def _transcripts(root: Path) -> Iterator[LogFile]:
    """One transcript for each conversation, stamped with what else is read for it."""
    found: dict[str, Path] = {}
    for file in lines.walk(root / "brain", (FULL, SHORT), depth=4):
        if file.path.parent.name != "logs" or file.path.name not in (FULL, SHORT):
            continue
        session = session_of(file.path)
        if session not in found or file.path.name == FULL:
            found[session] = file.path
    for session, path in found.items():
        whole = lines.log_file(path, sibling(root, session))
        if whole is not None:
            yield whole


SOURCE = Source(
    key="antigravity",
    name="Google Antigravity",
    version=1,
    full=frozenset({"S5"}),
    partly=frozenset({"S1", "S2", "S3", "S4", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Who accepted an edit is not known; it is read as applied."),
        mark("Conversations of older builds are encrypted by the vendor."),
    ),
)

"""Cline and the extensions that grew out of it: Roo Code, Kilo Code until 2026, IBM Bob.

Places: ``<extension>/tasks/<task>/`` in ``globalStorage`` of any editor built on VS Code,
also on its servers and in a folder that ``customStoragePath`` names; for Cline also
``~/.cline/data`` (``CLINE_DATA_DIR``, ``CLINE_DIR``).  Of a task there are
- ``ui_messages.json``: what was on screen, rewritten whole; all facts come from here;
- ``api_conversation_history.json``: what calls came to, and the work folder;
- ``task_metadata.json``, ``history_item.json``, ``../state/taskHistory.json``: models,
  folder, parent.
Cline's program for the terminal and its newer core write
``~/.cline/data/sessions/<session>/*.messages.json`` instead (``sessions.py``).

Ids: a message has its time; with its task's name that is its key, in every copy of the
task.  Of several copies the newest is read.  A task that shrinks was taken back to a
checkpoint; what was read of it stays, prompts that went are marked removed.

Cline says a call that was let through and asks about others, so that chosen and allowed
are told apart; Roo and Kilo ask always, so there accepted edits are ``applied``.
Known from the sources of Cline, Roo Code and of readers of their logs, 2024 to 2026;
sessions checked on logs of Cline 3.0.65 whose truth is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import editors
from tokenmirror.sources.cline import places, reader, sessions
from tokenmirror.sources.cline.places import Family
from tokenmirror.sources.cline.tasks import Signs
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

CLINE_FAMILY = Family("saoudrizwan.claude-dev", "saoudrizwan.claude-dev", own_home=True)
ROO_FAMILY = Family(
    "rooveterinaryinc.roo-cline",
    "RooVeterinaryInc.roo-cline",
    setting="roo-cline.customStoragePath",
)
KILO_FAMILY = Family(
    "kilocode.kilo-code", "kilocode.Kilo-Code", setting="kilo-code.customStoragePath"
)
BOB_FAMILY = Family("ibm.bob-code", "IBM.bob-code", (editors.BOB, editors.BOB_IDE))

CLINE_SIGNS = Signs(says_mode=True, cache_inside=False)
ROO_SIGNS = Signs(says_mode=False, cache_inside=True)


def find(machine: Machine) -> Iterator[LogFile]:
    """Cline's tasks and sessions."""
    yield from chain(places.task_files(machine, CLINE_FAMILY), places.session_files(machine))


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one task or session of Cline; raises ``Unreadable``."""
    if file.path.name.endswith(places.MESSAGES_END):
        return sessions.read(file, cursor)
    return reader.read(file, cursor, CLINE_SIGNS, CLINE_FAMILY.state_key)


def _places(family: Family, machine: Machine) -> tuple[Path, ...]:
    return places.places(machine, family)


def _find(family: Family, machine: Machine) -> Iterator[LogFile]:
    return places.task_files(machine, family)


def _read(family: Family, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    return reader.read(file, cursor, ROO_SIGNS, family.state_key)


_NO_SHOWN = mark("Completions while typing are not part of this tool.")
_NO_BRANCH = mark("The branch is not written down.")
_UNTOLD_HAND = mark("Whether an edit was approved by hand or by a rule is not written down.")

CLINE = Source(
    key="cline",
    name="Cline",
    version=1,
    full=frozenset({"S1", "S3", "S5", "S7"}),
    partly=frozenset({"S2", "S4", "S6"}),
    places=partial(_places, CLINE_FAMILY),
    find=find,
    read=read,
    unsaid=(
        mark("The extension does not write down the branch; sessions tell the one at their start."),
        mark("In the terminal program, who approved an edit is not written down."),
        mark("Cached input that was written is told by some providers only."),
        _NO_SHOWN,
    ),
)
ROO_CODE, KILO_CODE, IBM_BOB = (
    Source(
        key=key,
        name=name,
        version=1,
        full=frozenset({"S1", "S3", "S5", "S6"}),
        partly=frozenset({"S2", "S4", "S7"}),
        places=partial(_places, family),
        find=partial(_find, family),
        read=partial(_read, family),
        reads=places.is_task,
        unsaid=(*more, _UNTOLD_HAND, _NO_BRANCH, _NO_SHOWN),
    )
    for key, name, family, more in (
        ("roo-code", "Roo Code", ROO_FAMILY, ()),
        ("kilo-code", "Kilo Code", KILO_FAMILY, ()),
        (
            "ibm-bob",
            "IBM Bob",
            BOB_FAMILY,
            (mark("Versions from 2 on keep tasks in a database that is not read."),),
        ),
    )
)
SOURCES = (CLINE, ROO_CODE, KILO_CODE, IBM_BOB)

"""Aider: the chat history that it keeps in each work tree, as Markdown.

Places, the same on every system: ``.aider.chat.history.md`` and beside it
``.aider.input.history`` in the root of each repository (without one, in the folder where it
was started: the home folder is looked at), or where ``AIDER_CHAT_HISTORY_FILE`` says.  There
is no central store, so only work trees that are known can be looked into.  Settings files
may name another place, but hold keys too, and are not read.

One launch is a session; it has no id and one time, local and without a zone, so that this
machine's zone is taken.  Times of prompts come from the input history, matched by text in
order; a message of the command line stands there twice.  Who wrote a prompt is stated by
the command line of the launch, which Aider notes first: ``--message`` is a program.

Blocks in an answer are proposals; ``Applied edit to`` settles all blocks of that file that
came before it, ``Skipping edits to`` after a "no" refuses them, ``/undo`` names the commit
that was taken back.  Blocks are also printed in commit messages and in reports of blocks
that did not match; those are no proposals.  A new file is asked for, all else is written
at once.  ``Tokens:`` counts are rounded and Aider's own estimate, so that no tokens are
taken, only the cost that it states.

The history is read whole whenever it grew: what was proposed may be undone much later.
Checked against logs of 0.86.2 with known truth in November 2026; the formats of edits other
than ``diff`` against the program's public description of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.aider.chat import Chat
from tokenmirror.sources.aider.entered import NAMED_INPUT, entered_beside
from tokenmirror.sources.aider.launch import NAME
from tokenmirror.sources.records import Tally
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

VARIABLE = "AIDER_CHAT_HISTORY_FILE"


def places(machine: Machine) -> tuple[Path, ...]:
    """The histories that each known work tree may have, and those beside the home folder."""
    found = []
    for chat in _chats(machine):
        found += [chat, chat.with_name(NAMED_INPUT.sub(".input.history", chat.name))]
    return tuple(dict.fromkeys(found))


def find(machine: Machine) -> Iterator[LogFile]:
    """Chat histories that are there."""
    for chat in _chats(machine):
        file = lines.log_file(chat)
        if file is not None and not _leads_away(chat):
            yield file


def _chats(machine: Machine) -> tuple[Path, ...]:
    named = machine.environ.get(VARIABLE, "")
    names = [NAME, *([named] if named else [])]
    folders = (*machine.folders, machine.home)
    return tuple(dict.fromkeys(folder / name for name in names for folder in folders))


def _leads_away(chat: Path) -> bool:
    """Whether it is a link to a place that another work tree, or nobody, owns."""
    try:
        return chat.is_symlink() and chat.resolve().parent != chat.parent.resolve()
    except (OSError, RuntimeError):  # a circle
        return True


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """All that a chat history says, whatever of it is new.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    chat = Chat(file.path, entered_beside(file.path), tally)
    end = 0
    for line in lines.lines_from(file.path, 0):
        if line.problem is not None:
            tally.problem(line.offset, line.problem.reason)
        else:
            chat.take(line.text.decode("utf-8", "replace").removesuffix("\r"), line.offset)
        end = line.end
    after = Cursor(chat.end(end), start.size, start.mtime_ns, start.head)
    yield from tally.batches(chat.events, start, after)


SOURCE = Source(
    key="aider",
    name="Aider",
    version=1,
    full=frozenset({"S3"}),
    partly=frozenset({"S1", "S2", "S4", "S5", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    work_trees=True,
    unsaid=(
        mark("Aider counts tokens by its own estimate and rounds them, so they are left out."),
        mark("Only the start of each launch has a time; prompts get theirs from another file."),
        mark("Edits are written at once; whether you looked at them is not written down."),
        mark("Commands that Aider ran have no result in the history."),
    ),
)

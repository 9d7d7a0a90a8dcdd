"""Chats on the sites of ChatGPT and Claude, as their exports give them.

There is no place where these lie: read are only files and folders that the person named
(``Machine.named``), at most two folders deep.  An export is the ``.zip`` as it came, read in
memory, or what was unpacked from it:
- ChatGPT: ``conversations.json``, in newer exports ``conversations-000.json`` and on; a list
  of conversations, each a tree of messages under ``mapping`` with the leaf that is shown as
  ``current_node``; instants are seconds with a fraction;
- Claude: ``conversations.json``, a list of conversations with ``chat_messages`` in order, in
  newer exports each with its ``parent_message_uuid``; instants are ISO 8601.
Which of the two a file is, its first bytes tell.  ``users.json``, ``projects.json`` and all
else in an export hold nothing that is counted, and are not opened.

The ids of messages are those of the site, so that a later export of the same conversations
adds only what is new.  Messages on other branches of the tree than the one shown were
edited away or left behind: those of the person are given as removed, answers are not given.

Known from exports that people published and from readers of others; checked on exports made
by hand, in November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources.chat_exports import chatgpt, claude_ai, documents
from tokenmirror.sources.chat_exports.documents import Kind
from tokenmirror.sources.source import LogFile, Machine, Source


def _find(kind: Kind, machine: Machine) -> Iterator[LogFile]:
    return documents.exports(machine.named, kind)


def _places(kind: Kind, machine: Machine) -> tuple[Path, ...]:
    return tuple(file.path for file in documents.exports(machine.named, kind))


_UNSAID = (
    mark("Chats on the site propose no edits of files, and name no folder and no branch."),
    mark("No tokens are in the export."),
    mark("Only what you export is read: the chats since then are not known."),
)

CHATGPT = Source(
    key="chatgpt",
    name="ChatGPT export",
    version=1,
    full=frozenset({"S1"}),
    partly=frozenset({"S2", "S5", "S6", "S7"}),
    places=partial(_places, "chatgpt"),
    find=partial(_find, "chatgpt"),
    read=partial(documents.read, chatgpt.events),
    unsaid=_UNSAID,
)
CLAUDE_AI = Source(
    key="claude-ai",
    name="Claude.ai export",
    version=1,
    full=frozenset({"S1"}),
    partly=frozenset({"S2", "S5", "S6", "S7"}),
    places=partial(_places, "claude-ai"),
    find=partial(_find, "claude-ai"),
    read=partial(documents.read, claude_ai.events),
    unsaid=(*_UNSAID, mark("Which model answered is written down in some exports only.")),
)
SOURCES = (CHATGPT, CLAUDE_AI)

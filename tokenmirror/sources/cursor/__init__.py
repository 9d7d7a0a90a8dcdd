"""Cursor: the editor's databases, and its agent's transcripts.

Places: the ``User`` folder of Cursor on every platform and under ``~/.cursor-server/data``
(``editors.user_folders``), and ``~/.cursor/projects``.  Read are
- ``globalStorage/state.vscdb``: conversations (``composerData``, ``bubbleId`` and what
  became of edits, in ``cursorDiskKV``), and Cursor's statistics by day.  It reaches many
  gigabytes; it is read in place, by exact keys, and only where a conversation changed;
- each workspace's ``state.vscdb``: the folder of conversations before Cursor 3.12, and the
  chat of 2023 and 2024;
- ``projects/<folder>/agent-transcripts``: conversations that no database here has.
Keys of ``ItemTable`` are named one by one: beside them lie credentials.

Ids: a message has its conversation's id and its own.  Keys with a line end are parts of a
call and are passed over.  A conversation without a row of its own was deleted; its messages
still count.  A sub-agent's conversation is a session with a parent.  The daily statistics
repeat in workspaces; the day is their key.

Not on disk: tokens (zero since 2025, which is read as unknown), who accepted an edit
(Cursor stamps "accepted" itself), and single completions.  Blobs of the agent
(``agentKv``) repeat messages without times or ids and are not read.

From files of Cursor 3.15 to 3.23 as others recorded and described them, and from fixtures
of other readers; November 2026.
"""

from __future__ import annotations

from tokenmirror.language import mark
from tokenmirror.sources.cursor.files import find, places
from tokenmirror.sources.cursor.reader import read
from tokenmirror.sources.source import Source

SOURCE = Source(
    key="cursor",
    name="Cursor",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S2", "S3", "S4", "S5", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Tokens are counted on the vendor's servers and are not written down."),
        mark("Completions are told as lines per day alone, without file or model."),
        mark(
            "An edit that Cursor keeps without a question looks like one that somebody"
            " accepted, unless its parts were decided on one by one."
        ),
        mark("Which prompts an earlier turn left unanswered is known for the last turn alone."),
    ),
)

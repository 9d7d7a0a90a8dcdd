"""The nouns: what logs of assistants say, as typed facts.

Conventions: ``*_ms`` UTC epoch milliseconds; ``*_tokens`` exact integers; ``*_nusd``
nano-dollars (1e-9 US dollar); ``path`` as the log gives it (absolute, or relative to the
session's folder); ``None`` means that the log does not say.

Text is transient: events carry it as the log has it, and ``seal`` lets go of it before a
row is written.  ``key`` is the log's own id of the record, unique within its source and
kind over all files: an id that is unique only within its session carries the session in
front, a byte offset carries the file's name.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Entry = Literal["interactive", "headless", "unknown"]
Mode = Literal["ask", "auto_edits", "auto_all", "plan", "unknown"]
Relation = Literal["fork", "resume", "subagent"]
# person: typed or pasted by hand.  program: a script, SDK, exec or CI entry point.
# agent: an agent wrote it for another one.  unknown: the log does not tell.
Author = Literal["person", "program", "agent", "unknown"]
# stated: a field of the prompt, turn, session or launch says it.
# inferred: a second file or a side mark says it.
Basis = Literal["stated", "inferred", "unknown"]
TurnEnd = Literal["finished", "interrupted", "error", "asked", "unknown"]
EditKind = Literal["inline", "edit", "new_file", "delete", "command"]
Decision = Literal["accepted", "rejected", "undone", "failed", "undecided"]
How = Literal["chosen", "allowed", "applied"]
CallKind = Literal["read", "edit", "test", "build", "lint", "commit", "other"]
DayCount = Literal[
    "shown", "accepted", "lines_shown", "lines_accepted", "chars_typed", "chars_ai", "chat_edits"
]
Reason = Literal[
    "not_json",
    "torn",
    "unknown_kind",
    "bad_type",
    "bad_time",
    "too_long",
    "locked",
    "encrypted",
    "unreadable",
    "bug",
]
Signal = Literal["S1", "S2", "S3", "S4", "S5", "S6", "S7"]


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What every event has.

    ``session`` is the session's id as the tool has it; ``copied`` is true where the source
    can tell that this record is a copy of one that stands in another session's log.
    """

    session: str
    key: str
    at_ms: int | None
    copied: bool = False


class Session(Event, frozen=True, gc=False, kw_only=True):
    """Facts of one conversation (S7).  ``key`` equals ``session``; ``at_ms`` is its start.

    May be given several times: later facts fill what was ``None`` or unknown, the earliest
    start and the latest end win.  ``folder`` is absolute.  ``parent`` is a session id.
    """

    folder: str | None = None
    branch: str | None = None
    entry: Entry = "unknown"
    mode: Mode = "unknown"
    parent: str | None = None
    relation: Relation | None = None
    ended_ms: int | None = None
    tool_version: str | None = None
    utc_offset_min: int | None = None


class Prompt(Event, frozen=True, gc=False, kw_only=True):
    """Text that reached the tool from outside (S1).

    ``basis`` says how the author is known; ``turn`` joins it to its turn and suggestions;
    ``removed`` marks one that the person took out of the history afterwards.
    """

    text: str
    author: Author = "unknown"
    basis: Basis = "unknown"
    attachments: int | None = None
    turn: str | None = None
    removed: bool = False


class Turn(Event, frozen=True, gc=False, kw_only=True):
    """The agent's work on one prompt (S2); ``at_ms`` is its start, ``key`` its turn id."""

    ended_ms: int | None = None
    ended: TurnEnd = "unknown"


class Suggestion(Event, frozen=True, gc=False, kw_only=True):
    """One proposed edit of one file, or one command (S3), with what became of it (S4).

    ``added`` and ``removed`` are the lines of a line diff of old and new text, in order,
    blank ones included, without line ends.  ``whole`` is true when no old text was known
    and ``added`` is the whole new file.  ``basis`` says how ``how`` is known.  A later
    batch may send the same key again with the decision filled in.
    """

    kind: EditKind
    path: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = False
    turn: str | None = None
    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"
    decided_ms: int | None = None


class ToolCall(Event, frozen=True, gc=False, kw_only=True):
    """One call of a tool by the agent (S5).

    ``args`` is the text of its arguments, hashed before storing.  ``commits`` are hashes
    (often abbreviated) that the call's output names as made by it.
    """

    kind: CallKind
    name: str
    args: str = ""
    ok: bool | None = None
    duration_ms: int | None = None
    commits: tuple[str, ...] = ()
    turn: str | None = None


class Usage(Event, frozen=True, gc=False, kw_only=True):
    """Tokens of one answer (S6).  The five kinds never overlap; their sum is the total.

    ``input_tokens`` is uncached input only.  ``reasoning_tokens`` is a part of
    ``output_tokens``.  A cache write whose duration is not stated counts as 5 minutes.
    ``output_at_least`` marks an output that the log cut short.  Of two records with one
    key the one with more output tokens wins.
    """

    model: str | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    output_at_least: bool = False
    cost_nusd: int | None = None
    credits: float | None = None


class Compaction(Event, frozen=True, gc=False, kw_only=True):
    """A conversation was cut or summed up to fit its context (S7).

    ``tokens`` are those of the context before it was cut.
    """

    tokens: int | None = None


class DayTotal(Event, frozen=True, gc=False, kw_only=True):
    """A sum that a tool keeps without its parts; ``session`` is empty.

    ``at_ms`` is the start of the stretch it covers.  Sent again, the larger count wins.
    """

    what: DayCount
    count: int
    folder: str | None = None


class Problem(msgspec.Struct, frozen=True, gc=False):
    """A place in a file that could not be read, without its text."""

    offset: int | None
    reason: Reason


AnyEvent = Session | Prompt | Turn | Suggestion | ToolCall | Usage | Compaction | DayTotal

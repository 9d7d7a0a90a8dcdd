"""The course of a session: when the person asked and decided, and when agents worked.

Instants are kept as little-endian 64-bit integers, a blob for each kind, so that years of
them are read at once.  Made again for the sessions that a reading touched.
"""

from __future__ import annotations

import sqlite3
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import IntFlag
from itertools import groupby
from operator import itemgetter

from tokenmirror.store.oddities import sound
from tokenmirror.store.quarters import TOUCHED, touch
from tokenmirror.tasks.stretches import CAP_MS, HIGH_CAP_MS, LOW_CAP_MS, Stretch, attended, joined


class Mark(IntFlag):
    """What is known of an own prompt; a bit and its *told* bit, since logs may not say."""

    ATTACHED = 1
    ATTACHED_TOLD = 2
    CHECKS = 4
    CHECKS_TOLD = 8
    PUSHES_BACK = 16
    PUSHES_BACK_TOLD = 32
    AFTER_EDIT = 64  # an edit was made since the own prompt before the last


_ASKED = f"""
select p.session_id, p.at_ms, p.words, p.attachments, p.checks, p.pushes_back
from prompts p left join origins o on o.prompt_id = p.id
where p.session_id in {TOUCHED} and p.at_ms is not null
  and coalesce(o.origin, 'unknown') in ('own', 'unknown')
  and (p.words > 0 or coalesce(p.attachments, 0) > 0) and {sound("prompts", "p.id")}
order by p.session_id, p.at_ms, p.id
"""  # noqa: S608 (constant parts)
_DECIDED = f"""
select session_id, decided_ms from suggestions
where session_id in {TOUCHED} and how = 'chosen' and basis = 'stated' and decided_ms is not null
  and {sound("suggestions", "id")}
order by session_id, decided_ms
"""  # noqa: S608 (constant parts)
_TURNS = f"""
select session_id, at_ms, ended_ms from turns
where session_id in {TOUCHED} and ended_ms > at_ms and {sound("turns", "id")}
order by session_id, at_ms, ended_ms
"""  # noqa: S608 (constant parts)
_EDITED = f"""
select session_id, at_ms from suggestions
where session_id in {TOUCHED} and at_ms is not null and kind in ('edit', 'new_file', 'delete')
  and decision <> 'failed'
order by session_id, at_ms
"""  # noqa: S608 (constant parts)

_INNER = f"select id from sessions where id in {TOUCHED} and relation = 'subagent'"  # noqa: S608
_QUERIES = (_ASKED, _DECIDED, _TURNS, _EDITED)
Row = tuple[int, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]


def refresh(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Make the courses of these sessions again."""
    touch(db, sessions)
    db.execute(f"delete from courses where session_id in {TOUCHED}")  # noqa: S608
    db.executemany("insert into courses values (?, ?, ?, ?, ?, ?, ?, ?, ?)", _rows(db))


def _rows(db: sqlite3.Connection) -> Iterator[Row]:
    asked, decided, turns, edited = (_sorted(db, query) for query in _QUERIES)
    inner = {row[0] for row in db.execute(_INNER)}
    for session in sorted({*asked, *decided, *turns}):
        yield _row(
            session,
            asked.get(session, []),
            [row[0] for row in decided.get(session, [])],
            [(row[0], row[1]) for row in turns.get(session, [])],
            [row[0] for row in edited.get(session, [])],
            inner=session in inner,
        )


def _sorted(db: sqlite3.Connection, query: str) -> dict[int, list[tuple[int, ...]]]:
    found: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for session, rows in groupby(db.execute(query), key=itemgetter(0)):
        found[session] = [row[1:] for row in rows]
    return found


def _row(
    session: int,
    prompts: Sequence[tuple[int, ...]],
    decided: Sequence[int],
    turns: Sequence[Stretch],
    edited: Sequence[int],
    *,
    inner: bool,
) -> Row:
    asked = [prompt[0] for prompt in prompts]
    ends = [] if inner else [end for _, end in turns]  # a sub-agent's end is not waited for
    low, middle, high = (
        pack(joined(attended([*asked, *decided], ends, cap)))
        for cap in (LOW_CAP_MS, CAP_MS, HIGH_CAP_MS)
    )
    words = array("i", (prompt[1] for prompt in prompts))
    if sys.byteorder == "big":
        words.byteswap()
    marks = bytes(_marks(prompts, edited))
    pairs = pack(turns)
    known = (session, pack_all(asked), words.tobytes(), marks, pack_all(decided), pairs)
    return (*known, low, middle, high)


def _marks(prompts: Sequence[tuple[int, ...]], edited: Sequence[int]) -> Iterator[int]:
    # only a prompt with words can answer an edit: the one before the last bounds the look back
    worded = [prompt[0] for prompt in prompts if prompt[1] > 0]
    number = 0
    for at_ms, words, attachments, checks, pushes_back in prompts:
        mark = Mark(0)
        if attachments is not None:
            mark |= Mark.ATTACHED_TOLD | (Mark.ATTACHED if attachments > 0 else Mark(0))
        if checks is not None:
            mark |= Mark.CHECKS_TOLD | (Mark.CHECKS if checks > 0 else Mark(0))
        if pushes_back is not None:
            mark |= Mark.PUSHES_BACK_TOLD | (Mark.PUSHES_BACK if pushes_back > 0 else Mark(0))
        if words > 0:
            since = worded[number - 2] if number >= 2 else 0
            number += 1
            if any(since <= edit < at_ms for edit in edited):
                mark |= Mark.AFTER_EDIT
        yield int(mark)


def pack(stretches: Iterable[Stretch]) -> bytes:
    """Stretches as a blob: start and end of each in turn."""
    return pack_all(instant for stretch in stretches for instant in stretch)


def pack_all(instants: Iterable[int]) -> bytes:
    """Instants as a blob."""
    packed = array("q", instants)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()

"""What is one task (F1): sessions that belong together by their links or their files.

Joined are sessions with a resume, fork or sub-agent link, and sessions of one project and
branch with less than four hours between them that touch a common file.  A session that only
a program drove is never joined to one a person worked in: otherwise scripted runs could
change the figures of the person's own tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAP_MS = 4 * 3_600_000


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as stored; ``files`` are the paths its edits name.

    ``unattended``: it has prompts, and none of them is own or of unknown origin.
    """

    id: int
    source: str
    key: str
    project: int | None
    branch: bytes | None
    started_ms: int | None
    ended_ms: int | None
    parent: str | None
    unattended: bool
    files: frozenset[str]


def tasks(sessions: Sequence[SessionFacts]) -> list[tuple[SessionFacts, ...]]:
    """The sessions of each task, earliest first; tasks by their first session.

    Every session stands in exactly one task, and the order given does not matter.
    """
    joined = _Joined(session.id for session in sessions)
    by_key = {(session.source, session.key): session for session in sessions}
    for session in sessions:
        parent = by_key.get((session.source, session.parent)) if session.parent else None
        if parent is not None and parent.unattended == session.unattended:
            joined.join(parent.id, session.id)
    _join_by_files(sessions, joined)
    groups: dict[int, list[SessionFacts]] = defaultdict(list)
    for session in sorted(sessions, key=_place):
        groups[joined.root(session.id)].append(session)
    return [tuple(group) for group in groups.values()]


def _join_by_files(sessions: Sequence[SessionFacts], joined: _Joined) -> None:
    streams: dict[tuple[int, bytes | None, bool], list[SessionFacts]] = defaultdict(list)
    for session in sessions:
        if session.project is not None and session.files and session.started_ms is not None:
            streams[session.project, session.branch, session.unattended].append(session)
    for stream in streams.values():
        last: dict[str, tuple[int, int]] = {}  # file -> end and id of its latest session
        for session in sorted(stream, key=_place):
            start = session.started_ms or 0
            end = max(start, session.ended_ms or start)
            for file in session.files:
                if file in last and start - last[file][0] < GAP_MS:
                    joined.join(last[file][1], session.id)
                    end_before = last[file][0]
                    last[file] = (max(end, end_before), session.id)
                else:
                    last[file] = (end, session.id)


def _place(session: SessionFacts) -> tuple[int, str, str]:
    return (session.started_ms or 0, session.source, session.key)


class _Joined:
    """Disjoint sets by union and path halving."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._parent = {one: one for one in ids}

    def root(self, one: int) -> int:
        while self._parent[one] != one:
            self._parent[one] = self._parent[self._parent[one]]
            one = self._parent[one]
        return one

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first

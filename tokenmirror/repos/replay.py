"""Edits and commits that come late: what earlier scans found is gone over again in order.

The result is that of a scan from the start, but a commit's contents are read only where they
may be matched otherwise now: it is new, it has moved onto the chain, or it touches files of
edits whose session got new edits, links or lost lines (``shipped.md`` 6, step 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.landing import AFTER_MS, LANDING_DAYS, Entry, Index
from tokenmirror.repos.nouns import Finding, Follow, Kept, Landed, Pool, Replay
from tokenmirror.repos.reach import CLOCKS_MS

FEWEST_MOVED = 4  # lines; with fewer an edit is not found at another path


@dataclass(slots=True)
class Again:
    """What has come into doubt so far; grows while the commits are gone over in order.

    ``names`` are the files that each kept commit touches, old and new ones.
    """

    replay: Replay
    names: Mapping[str, frozenset[str]]
    index: Index
    pool: Pool
    window_days: int
    _sessions: set[int] = field(default_factory=set)
    _edits: set[int] = field(default_factory=set)
    _linked: dict[int, int] = field(default_factory=dict)
    _fresh: dict[str, int] = field(default_factory=dict)
    _doubted: list[Entry] = field(default_factory=list)
    _brought: dict[str, list[Landed]] | None = None
    _changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._doubt(self.replay.late, ())

    def kept(self, head: Head, *, on_chain: bool) -> Kept | None:
        """What was found in a commit before, if it stands where it stood."""
        kept = self.replay.kept.get(head.oid)
        return kept if kept is not None and (kept.mono_ms is not None) == on_chain else None

    def is_doubtful(self, head: Head, renames: Mapping[str, str], *, own: bool) -> bool:
        """Whether a kept commit may be matched otherwise than before."""
        touched = self.names.get(head.oid)
        if touched is None:
            return bool(self._doubted or self._fresh)
        latest_ms = head.committed_ms + CLOCKS_MS
        if any(self._fresh.get(path, latest_ms + 1) <= latest_ms for path in touched):
            return True
        near = [entry for entry in self._doubted if self._may_hold(head, entry)]
        if not near:
            return False
        paths = {name for path in touched for name in _names(path, renames)}
        if any(entry.edit.path in paths for entry in near):
            return True
        return self._may_be_moved(head, near, touched, renames, own=own)

    def _may_be_moved(
        self,
        head: Head,
        near: Iterable[Entry],
        touched: Iterable[str],
        renames: Mapping[str, str],
        *,
        own: bool,
    ) -> bool:
        lines: dict[int, int] = {}
        for entry in near:
            session = entry.edit.session
            if own or session in self._linked or session in self.pool.linked:
                lines[session] = lines.get(session, 0) + entry.proof_lines
        if max(lines.values(), default=0) < FEWEST_MOVED:
            return False
        soonest_ms = head.earliest_ms - self.window_days * DAY_MS
        return not all(
            any(
                soonest_ms <= entry.edit.at_ms < head.committed_ms
                for name in _names(path, renames)
                for entry in self.index.entries.get(name, ())
            )
            for path in touched
        )

    def _may_hold(self, head: Head, entry: Entry) -> bool:
        oldest_ms = head.earliest_ms - max(LANDING_DAYS, self.window_days) * DAY_MS
        return oldest_ms <= entry.edit.at_ms < head.committed_ms + AFTER_MS

    def brought(self, landing: str) -> list[Landed]:
        """Commits that a kept landing was found to contain."""
        if self._brought is None:
            self._brought = {}
            for oid, kept in sorted(self.replay.kept.items()):
                if kept.landed_oid is not None and kept.landed_how and kept.mono_ms is None:
                    one = Landed(oid, kept.landed_oid, kept.landed_how)
                    self._brought.setdefault(one.landing, []).append(one)
        return self._brought.get(landing, [])

    def is_news(self, oid: str) -> bool:
        """Whether a commit was not known before, or holds something else than it did."""
        return oid not in self.replay.kept or oid in self._changed

    def keep(self, kept: Kept) -> None:
        """Take a commit as it was found before."""
        for one in kept.findings:
            entry = self.index.by_edit.get(one.edit)
            if entry is not None:
                follow = self.pool.follows.setdefault(one.edit, Follow())
                follow.mark(one, entry.edit.at_ms, kept.placed_ms, kept.mono_ms)
                entry.note(follow)
        if kept.mine:
            for session in kept.sessions:
                for linked in (self.pool.linked, self._linked):
                    linked[session] = min(linked.get(session, kept.earliest_ms), kept.earliest_ms)

    def compare(
        self, oid: str, findings: Iterable[Finding], sessions: Iterable[int], *, mine: bool
    ) -> None:
        """Doubt what a commit that was read holds otherwise than before."""
        kept = self.replay.kept.get(oid)
        before = {one.edit: one for one in kept.findings} if kept else {}
        now = {one.edit: one for one in findings}
        edits = {edit for edit in before.keys() | now if before.get(edit) != now.get(edit)}
        met = {*sessions, *(kept.sessions if kept else ())}
        if kept and kept.mine:
            for session in kept.sessions:
                known_ms = self._linked.get(session, kept.earliest_ms)
                self._linked[session] = min(known_ms, kept.earliest_ms)
        if kept and (edits or mine != kept.mine or met != kept.sessions):
            self._changed.add(oid)
        links = {one for one in met if self._linked.get(one) != self.pool.linked.get(one)}
        self._doubt(links, edits)

    def wait_for(self, paths: Iterable[str], earliest_ms: int) -> None:
        """A commit of the person's was not known before: landings may contain it."""
        for path in paths:
            self._fresh[path] = min(self._fresh.get(path, earliest_ms), earliest_ms)

    def _doubt(self, sessions: Iterable[int], edits: Iterable[int]) -> None:
        new_sessions = set(sessions) - self._sessions
        new_edits = set(edits) - self._edits
        self._sessions |= new_sessions
        self._edits |= new_edits
        if new_sessions or new_edits:
            self._doubted = [
                entry
                for entry in self.index.by_edit.values()
                if entry.edit.session in self._sessions or entry.edit.id in self._edits
            ]


def _names(path: str, renames: Mapping[str, str]) -> Iterable[str]:
    """A file's name and the ones it had before."""
    names: dict[str, None] = {}
    name: str | None = path
    while name and name not in names:
        names[name] = None
        name = renames.get(name)
    return names


def changed(pool: Pool, before: Mapping[int, Follow]) -> tuple[int, ...]:
    """Edits whose fate is another than the one that is stored."""
    nothing = Follow()
    return tuple(
        sorted(
            edit
            for edit in pool.follows.keys() | before.keys()
            if pool.follows.get(edit, nothing) != before.get(edit, nothing)
        )
    )

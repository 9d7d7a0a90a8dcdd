"""What the main line contains: by ancestry, by equal differences, by content (pure).

Deleting a branch, squashing, rebasing and picking change ids, not what was written.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.landing import SealedFile
from tokenmirror.repos.nouns import Landed

Proof = frozenset[tuple[str, int]]
CLOCKS_MS = 120_000  # clocks of two machines may differ by so much
CONTENT_DAYS = 60  # a squash of older work is not looked for
CONTENT_SHARE = 0.5
REMOVED_SHARE = 0.6


def contained(
    chain: Sequence[str], parents: Mapping[str, Sequence[str]], wanted: Iterable[str]
) -> dict[str, str]:
    """The first landing that contains each of these commits by ancestry.

    ``chain`` oldest first; ``parents`` of all commits newly contained in its last one.
    """
    on_chain = frozenset(chain)
    left = set(wanted) - on_chain
    found: dict[str, str] = {}
    seen: set[str] = set()
    for landing in chain:
        stack = list(parents.get(landing, ())[1:])
        while stack:
            oid = stack.pop()
            if oid in seen or oid in on_chain or oid not in parents:
                continue
            seen.add(oid)
            stack += parents[oid]
            if oid in left:
                found[oid] = landing
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    oid: str
    committed_ms: int
    added: Proof
    removed: Proof


@dataclass(slots=True)
class Waiting:
    """The person's commits that have not landed, to be found again in later landings."""

    _by_oid: dict[str, _Waiting] = field(default_factory=dict)
    _by_patch: dict[bytes, list[_Waiting]] = field(default_factory=dict)
    _by_path: dict[str, list[_Waiting]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)

    def add(self, head: Head, files: Sequence[SealedFile]) -> None:
        """Wait for a commit's contents to land."""
        added, removed = _proof(files, older_names=False)
        one = _Waiting(head.oid, head.committed_ms, added, removed)
        self._by_oid[head.oid] = one
        key = patch_key(files)
        if key is not None:
            self._by_patch.setdefault(key, []).append(one)
        for path in {file.path for file in files}:
            self._by_path.setdefault(path, []).append(one)

    def landed_in(
        self, head: Head, files: Sequence[SealedFile], contained: Iterable[str] = ()
    ) -> list[Landed]:
        """Of the commits waited for, those that this landing contains, by id.

        ``contained`` by ancestry; one whose contents were there before landed then.
        """
        found = self._merged(head, files, contained)
        key = patch_key(files) if self._by_patch else None
        for one in self._by_patch.get(key, ()) if key else ():
            if one.oid not in found and self._may_land(one, head):
                found[one.oid] = Landed(one.oid, head.oid, "patch")
        paths = {name for file in files for name in (file.path, file.source) if name}
        near = [one for path in paths for one in self._by_path.get(path, ())]
        if near:
            added, removed = _proof(files, older_names=True)
            for one in near:
                due = one.oid not in found and self._may_land(one, head)
                if due and _holds(one, head, added, removed):
                    found[one.oid] = Landed(one.oid, head.oid, "content")
        self._gone.update(found)
        return [found[oid] for oid in sorted(found)]

    def _merged(
        self, head: Head, files: Sequence[SealedFile], contained: Iterable[str]
    ) -> dict[str, Landed]:
        """Commits that came by ancestry; what was taken out again before is not in the landing."""
        there = [oid for oid in contained if oid not in self._gone]
        lines = _proof(files, older_names=True) if there else (frozenset(), frozenset())
        found = {}
        for oid in there:
            one = self._by_oid.get(oid)
            held = one is None or not (one.added or one.removed) or _is_in(one, *lines)
            found[oid] = Landed(oid, head.oid, "ancestor", held=held)
        return found

    def _may_land(self, one: _Waiting, head: Head) -> bool:
        return one.oid not in self._gone and one.committed_ms <= head.committed_ms + CLOCKS_MS


def patch_key(files: Sequence[SealedFile]) -> bytes | None:
    """Equal for equal differences, wherever they stand; ``None`` for one without lines."""
    state = hashlib.blake2b(digest_size=16)
    empty = True
    for file in sorted(files, key=lambda each: each.path):
        if file.added or file.removed:
            empty = False
            state.update(file.path.encode("utf-8", "surrogatepass") + b"\0")
            state.update(len(file.added).to_bytes(4, "little"))
            lines = array("Q", [*file.added, *file.removed])
            state.update(lines.tobytes() + b"\0")
    return None if empty else state.digest()


def _proof(files: Sequence[SealedFile], *, older_names: bool) -> tuple[Proof, Proof]:
    """Path and hash of the lines that prove something: added ones, removed ones."""
    added: set[tuple[str, int]] = set()
    removed: set[tuple[str, int]] = set()
    for file in files:
        for path in (file.path, file.source if older_names else None):
            if path:
                added.update((path, line) for line in file.proof_added)
                removed.update((path, line) for line in file.proof_removed)
    return frozenset(added), frozenset(removed)


def _holds(one: _Waiting, head: Head, added: Proof, removed: Proof) -> bool:
    if head.committed_ms - one.committed_ms > CONTENT_DAYS * DAY_MS:
        return False
    return _is_in(one, added, removed)


def _is_in(one: _Waiting, added: Proof, removed: Proof) -> bool:
    if one.added:
        enough = max(CONTENT_SHARE * len(one.added), min(2, len(one.added)))
        return len(one.added & added) >= enough
    return len(one.removed) > 1 and len(one.removed & removed) >= REMOVED_SHARE * len(one.removed)

"""Lines of assistants that repeat code which the repository held already.

A *copy* is a block of five or more lines in a row of suggestions, in one hunk of a landing,
that stood in a row in a file of the landing's parent and stands there still; blank lines
between are passed over.  Three of some five in a row must be different lines that are neither
trivial nor imports.  What the landing removes where it stood was moved, not copied; files
that count nowhere are no originals.

So it depends on the parent's tree and the landing alone, wherever a scan began.  The tree is
read once the first landing has enough lines of suggestions, and brought forward from there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from tokenmirror.repos.claims import printable
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import Reader
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import SealedFile
from tokenmirror.repos.nouns import Claim, Owner
from tokenmirror.repos.patches import FileChange, Patch
from tokenmirror.repos.tree_lines import BLOCK, TreeLines
from tokenmirror.seal import IMPORT, TRIVIAL

TELLING = 3  # different lines of five in a row that are neither trivial nor imports

_NEUTRAL = TRIVIAL | IMPORT


class Copies:
    """The landings of one scan, looked through for copies."""

    def __init__(self, reader: Reader, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._standing: TreeLines | None = None
        self._at = ""  # landing after which the files stand so
        self._gave_up = False
        self._found: Counter[tuple[str, str, Owner]] = Counter()  # by landing and path
        self._looked: set[str] = set()

    def land(
        self,
        head: Head,
        patch: Patch,
        files: Sequence[SealedFile],
        owners: Mapping[str, Sequence[Owner | None]],
    ) -> None:
        """Take one landing; ``files`` are parallel to the patch's, ``owners`` by their paths."""
        parent = head.parents[0] if head.parents else ""
        suggested = any(_enough(own) for own in owners.values())
        standing = self._stands(parent, wanted=suggested)
        self._at = head.oid
        readable = patch.files is not None and not (patch.bulk or patch.missing)
        if standing is not None and readable:
            added = standing.take_out(patch, asked=suggested)
            if standing.complete and suggested:
                self._look(patch, added, files, owners, standing)
            standing.put_in()
        if standing is None or not readable or not standing.complete:
            self._standing = None
        if not (suggested and parent) or self._standing is not None:
            self._looked.add(head.oid)

    def _stands(self, parent: str, *, wanted: bool) -> TreeLines | None:
        """The files as the landing's parent has them, read if they are ``wanted``."""
        if parent != self._at:
            self._standing = None
        if self._standing is None and wanted and parent and not self._gave_up:
            found = TreeLines(self._reader, self._excluded)
            found.begin(parent)
            self._gave_up = not found.complete  # it would be no other a landing later
            self._standing = found if found.complete else None
        return self._standing

    def told(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """These claims, those of landings taken since the last call with their copied lines."""
        looked, self._looked = self._looked, set()
        found, self._found = self._found, Counter()
        return tuple(
            replace(one, copied=found[one.oid, one.path, _owner(one)]) if one.oid in looked else one
            for one in claims
        )

    def _look(
        self,
        patch: Patch,
        added: Sequence[Sequence[int]],
        files: Sequence[SealedFile],
        owners: Mapping[str, Sequence[Owner | None]],
        standing: TreeLines,
    ) -> None:
        """Count copied lines of a landing whose own removals are taken out."""
        parts = [
            (change, lines, file, owners[file.path])
            for change, lines, file in zip(patch.files or (), added, files, strict=True)
            if _enough(owners.get(file.path, ()))
        ]
        standing.look_for(line for _change, lines, _file, _own in parts for line in lines)
        for change, lines, file, own in parts:
            path = printable(file.path)
            for at in _copied(change, lines, file.added_flags, own, standing):
                owner = own[at]
                if owner is not None:
                    self._found[patch.oid, path, owner] += 1


def _enough(own: Sequence[Owner | None]) -> bool:
    return len(own) - own.count(None) >= BLOCK


def _copied(
    change: FileChange,
    lines: Sequence[int],
    flags: bytes,
    own: Sequence[Owner | None],
    standing: TreeLines,
) -> set[int]:
    """The added lines of a file that stand in a block elsewhere, by their place."""
    found: set[int] = set()
    for part in _added(change):
        for begins in _begins(part, lines, own, standing):
            telling = {
                at for at in begins if _tells(lines[at : at + BLOCK], flags[at : at + BLOCK])
            }
            if not any(standing.holds(lines[at : at + BLOCK]) for at in telling):
                continue
            held = [at for at in begins if standing.holds(lines[at : at + BLOCK])]
            for _distance, pairs in groupby(enumerate(held), lambda pair: pair[1] - pair[0]):
                block = [at for _number, at in pairs]
                if not telling.isdisjoint(block):
                    found.update(range(block[0], block[-1] + BLOCK))
    return found


def _begins(
    part: range, lines: Sequence[int], own: Sequence[Owner | None], standing: TreeLines
) -> Iterator[range]:
    """Where windows begin of suggested lines in a row that may all stand somewhere."""
    begin = part.start
    for at in part:
        if own[at] is None or not standing.knows(lines[at]):
            if at - begin >= BLOCK:
                yield range(begin, at - BLOCK + 1)
            begin = at + 1
    if part.stop - begin >= BLOCK:
        yield range(begin, part.stop - BLOCK + 1)


def _tells(lines: Sequence[int], flags: bytes) -> bool:
    own = {line for line, flag in zip(lines, flags, strict=True) if not flag & _NEUTRAL}
    return len(own) >= TELLING


def _added(change: FileChange) -> Iterator[range]:
    """The added lines of each hunk, among those of the file."""
    end = 0
    for hunk in change.hunks:
        begin = end
        if hunk.new_count:
            end = bisect_left(change.numbers, hunk.new_start + hunk.new_count, begin)
        yield range(begin, end)


def _owner(claim: Claim) -> Owner:
    return Owner(claim.edit, claim.session, claim.evidence)

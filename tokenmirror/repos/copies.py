"""Lines of assistants that repeat code which the repository held already.

A *copy* is a block of five or more lines in a row of suggestions, in one hunk of a landing,
that stood in one file of the landing's parent and stands there still; blank lines between
are passed over.  Three of some five in a row must be different lines that are neither
trivial nor imports.  What the landing removes where it stood was moved, not copied; files
that count nowhere are no originals.

So it depends on the parent's tree and the landing alone, wherever a scan began.  What may be
the original is found by ``originals``; then its contents as the parent has them decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter

from tokenmirror.repos.claims import printable
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import Reader
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import SealedFile
from tokenmirror.repos.nouns import Claim, Owner
from tokenmirror.repos.originals import Originals, bare, contents, is_text, originals
from tokenmirror.repos.patches import FileChange, Patch
from tokenmirror.seal import IMPORT, TRIVIAL

BLOCK = 5  # lines in a row
TELLING = 3  # different ones among these that are neither trivial nor imports
MOST_ORIGINALS = 64  # files of one landing that are looked into; those of most blocks first
BATCH_FILES = 256

_NEUTRAL = TRIVIAL | IMPORT
Window = tuple[bytes, ...]  # so many lines in a row as make a block


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines of suggestions in a row, each with its owner, and hashes of the windows in them.

    ``telling`` are the windows that may begin a block, by their first line.
    """

    path: str
    owners: Sequence[Owner]
    windows: Sequence[int]
    telling: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Landing:
    """A landing to be looked at; ``files`` that may hold an original, with lines it removes."""

    oid: str
    parent: str
    stretches: Sequence[_Stretch]
    files: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a landing with ``runs`` of lines that somebody suggested."""

    path: str
    lines: Sequence[bytes]
    flags: bytes
    owners: Sequence[Owner | None]
    runs: Sequence[range]


@dataclass(slots=True)
class _Draft:
    """What the next step tells."""

    looked: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    landings: list[_Landing] = field(default_factory=list)


class Copies:
    """The landings of one scan, looked through for copies."""

    def __init__(self, reader: Reader, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._originals: Originals | None = None
        self._at = ""  # landing after which the originals stand so
        self._draft = _Draft()

    def land(
        self,
        head: Head,
        patch: Patch,
        files: Sequence[SealedFile],
        owners: Mapping[str, Sequence[Owner | None]],
    ) -> None:
        """Take one landing; ``files`` are parallel to the patch's, ``owners`` by their paths."""
        self._draft.looked.add(head.oid)
        parent = head.parents[0] if head.parents else ""
        changes = patch.files or ()
        if parent != self._at:
            self._originals = None
        suggested = list(_suggested(changes, files, owners)) if owners and parent else []
        if suggested:
            self._look(head.oid, parent, patch, suggested)
        self._bring_forward(patch)
        self._at = head.oid

    def told(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """These claims, those of landings taken since the last call with their copied lines."""
        draft, self._draft = self._draft, _Draft()
        copied = self._counted(draft)
        return tuple(
            replace(one, copied=copied[one.oid, one.path, _owner(one)])
            if one.oid in draft.looked and one.oid not in draft.unknown
            else one
            for one in claims
        )

    def _look(self, oid: str, parent: str, patch: Patch, suggested: Iterable[_File]) -> None:
        """Find the files in which the originals may stand."""
        known = self._originals
        if known is None:
            known = self._originals = originals(self._reader, parent, self._excluded)
        if patch.missing or not known.complete:
            self._draft.unknown.add(oid)
            return
        held: Counter[str] = Counter()
        stretches = [one for file in suggested for one in _stretches(file, known, held)]
        if not held:
            return
        removed: dict[str, frozenset[int]] = defaultdict(frozenset)
        for change in patch.files or ():
            removed[change.source or change.path] |= frozenset(change.removed_numbers)
        most = sorted(held, key=lambda path: (-held[path], path))[:MOST_ORIGINALS]
        files = {path: removed[path] for path in most}
        self._draft.landings.append(_Landing(oid, parent, stretches, files))

    def _bring_forward(self, patch: Patch) -> None:
        """Note what the landing adds; begin anew after one that cannot be followed."""
        known = self._originals
        if known is None:
            return
        if patch.files is None or patch.bulk or patch.missing:
            self._originals = None
            return
        for change in patch.files:
            if change.source and self._excluded.is_excluded(change.source):
                self._originals = None
                return
        # all of them first: names may be exchanged
        sources = [(one.source, one.path) for one in patch.files if one.source]
        for before, after in sources:
            known.rename(before, f"{after}\n")
        for _before, after in sources:
            known.rename(f"{after}\n", after)
        for change in patch.files:
            if change.added:
                known.note(change.path, _bare(change.added))

    def _counted(self, draft: _Draft) -> Counter[tuple[str, str, Owner]]:
        """Copied lines by landing, path and owner."""
        found: Counter[tuple[str, str, Owner]] = Counter()
        names = sorted({f"{one.parent}:{path}" for one in draft.landings for path in one.files})
        read: dict[str, bytes | None] = {}
        for at in range(0, len(names), BATCH_FILES):
            read |= contents(self._reader, names[at : at + BATCH_FILES])
        for landing in draft.landings:
            if any(f"{landing.parent}:{path}" not in read for path in landing.files):
                draft.unknown.add(landing.oid)
                continue
            standing = [
                _windows(content, removed)
                for path, removed in landing.files.items()
                if (content := read[f"{landing.parent}:{path}"]) is not None and is_text(content)
            ]
            for stretch in landing.stretches:
                for at in _copied(stretch, standing):
                    found[landing.oid, stretch.path, stretch.owners[at]] += 1
        return found


def _suggested(
    changes: Sequence[FileChange],
    files: Sequence[SealedFile],
    owners: Mapping[str, Sequence[Owner | None]],
) -> Iterator[_File]:
    """Files with runs of suggested lines that are long enough for a block."""
    for change, file in zip(changes, files, strict=True):
        own = owners.get(file.path, ())
        if len(own) - own.count(None) >= BLOCK:
            runs = [
                run
                for part in _added(change)
                for run in _runs([own[at] is not None for at in part], part)
            ]
            if runs:
                yield _File(printable(file.path), _bare(change.added), file.added_flags, own, runs)


def _added(change: FileChange) -> Iterator[range]:
    """The added lines of each hunk, among those of the file."""
    end = 0
    for hunk in change.hunks:
        begin = end
        if hunk.new_count:
            end = bisect_left(change.numbers, hunk.new_start + hunk.new_count, begin)
        yield range(begin, end)


def _runs(fits: Iterable[bool], part: range) -> Iterator[range]:
    """Runs of a part in which all lines fit, as long as a block at least."""
    for fit, group in groupby(zip(fits, part, strict=True), itemgetter(0)):
        row = [at for _fit, at in group]
        if fit and len(row) >= BLOCK:
            yield range(row[0], row[-1] + 1)


def _stretches(file: _File, known: Originals, held: Counter[str]) -> Iterator[_Stretch]:
    """Runs of lines that may all have an original; counts the files that may hold it."""
    for run in file.runs:
        flags = file.flags[run.start : run.stop]
        there = known.known(file.lines[run.start : run.stop])
        fits = (one or flag & _NEUTRAL > 0 for one, flag in zip(there, flags, strict=True))
        for part in _runs(fits, run):
            telling = _telling(file, part, known, held)
            if telling:
                who = [owner for at in part if (owner := file.owners[at]) is not None]
                windows = [hash(one) for one in _in_a_row(file.lines[part.start : part.stop])]
                yield _Stretch(file.path, who, windows, telling)


def _telling(file: _File, part: range, known: Originals, held: Counter[str]) -> frozenset[int]:
    """The windows that may begin a block, by their first line in the part."""
    found = set()
    for at in part[: len(part) - BLOCK + 1]:
        own = {
            file.lines[line] for line in range(at, at + BLOCK) if not file.flags[line] & _NEUTRAL
        }
        files = known.holding(own) if len(own) >= TELLING else ()
        if files:
            held.update(files)
            found.add(at - part.start)
    return frozenset(found)


def _windows(content: bytes, removed: frozenset[int]) -> frozenset[int]:
    """All windows of a file that a landing leaves as they were."""
    lines = [
        b"" if number in removed else line for number, line in enumerate(bare(content), 1) if line
    ]
    return frozenset(hash(one) for one in _in_a_row(lines))


def _in_a_row(lines: Sequence[bytes]) -> Iterator[Window]:
    return zip(*(lines[at:] for at in range(BLOCK)), strict=False)


def _copied(stretch: _Stretch, standing: Iterable[frozenset[int]]) -> set[int]:
    """The lines of a stretch that stand in a block of some file."""
    found: set[int] = set()
    for held in standing:
        equal = [at for at, window in enumerate(stretch.windows) if window in held]
        for _distance, pairs in groupby(enumerate(equal), lambda pair: pair[1] - pair[0]):
            block = [at for _number, at in pairs]
            if not stretch.telling.isdisjoint(block):
                found.update(range(block[0], block[-1] + BLOCK))
    return found


def _bare(texts: Iterable[str]) -> list[bytes]:
    return bare("".join(texts).encode("utf-8", "surrogateescape"))[:-1]


def _owner(claim: Claim) -> Owner:
    return Owner(claim.edit, claim.session, claim.evidence)

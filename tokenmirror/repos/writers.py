"""Who wrote each line that a landing adds, and who removed each that it takes away (pure).

What the matching's verdict says of a line holds; what is left is the person's where the
landing is, or where a commit of the person's that it merges in holds the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos.claims import Verdict
from tokenmirror.repos.fates import MINE, Killer, Owner
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import FileMatch, SealedFile

Hashes = frozenset[int]
NONE: Hashes = frozenset()


@dataclass(frozen=True, slots=True)
class Writers:
    """Of one file: per added line the claim, and who wrote it where there is none.

    ``rest`` per added line: an assistant that made the commit, the person, or ``None`` for
    somebody else.  ``by`` per removed line: who removed it, as far as that line tells.
    """

    claimed: Sequence[Owner | None]
    rest: Sequence[Owner | None]
    by: Sequence[Killer]


@dataclass(slots=True)
class Brought:
    """Lines that the person's commits off the chain add and remove, by commit and path."""

    _lines: dict[str, dict[str, tuple[Hashes, Hashes]]] = field(default_factory=dict)

    def add(self, oid: str, files: Iterable[SealedFile]) -> None:
        """Take a commit that a later landing contains."""
        self._lines[oid] = {
            file.path: (frozenset(file.added), frozenset(file.removed)) for file in files
        }

    def of(self, oids: Iterable[str]) -> dict[str, tuple[Hashes, Hashes]]:
        """Added and removed lines of these commits by path; they are not asked for again."""
        found: dict[str, tuple[Hashes, Hashes]] = {}
        for oid in oids:
            for path, (added, removed) in self._lines.pop(oid, {}).items():
                known = found.get(path, (NONE, NONE))
                found[path] = known[0] | added, known[1] | removed
        return found


def writers(
    head: Head,
    verdict: Verdict,
    files: Sequence[SealedFile],
    matches: Iterable[FileMatch],
    brought: Mapping[str, tuple[Hashes, Hashes]],
) -> list[Writers]:
    """Per file of a landing, who wrote and removed what.

    ``brought``: lines that the person's commits which it contains add and remove, by path.
    """
    by_path = {match.file.path: match for match in matches}
    sessions = frozenset(link.session for link in verdict.links)
    merges = len(head.parents) > 1
    found = []
    for file in files:
        if merges:
            added, removed = brought.get(file.path, (NONE, NONE))
            rest = [MINE if line in added else None for line in file.added]
            by: list[Killer] = ["mine" if line in removed else "other" for line in file.removed]
        else:
            rest = [MINE if verdict.mine else None] * len(file.added)
            by = ["mine" if verdict.mine else "other"] * len(file.removed)
        claimed: list[Owner | None] = [None] * len(file.added)
        made = False
        for at, owner in enumerate(verdict.owners.get(file.path, ())):
            if owner is not None and owner.how == "own_commit":
                rest[at] = Owner(owner.edit, owner.session)
                made = True
            elif owner is not None:
                claimed[at] = Owner(owner.edit, owner.session)
        match = by_path.get(file.path)
        found.append(Writers(claimed, rest, _removers(file, match, sessions, by, made=made)))
    return found


def _removers(
    file: SealedFile,
    match: FileMatch | None,
    sessions: Hashes,
    by: Sequence[Killer],
    *,
    made: bool,
) -> Sequence[Killer]:
    """An assistant's: where it made the commit, and lines that its edits remove."""
    if made:
        return ["ai"] * len(by)
    if match is None or not match.removed:
        return by
    gone = {entry.removed[at] for entry, at in match.removed if entry.edit.session in sessions}
    return ["ai" if line in gone else one for line, one in zip(file.removed, by, strict=True)]

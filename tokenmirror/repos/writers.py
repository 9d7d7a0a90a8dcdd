"""Who wrote each line that a landing adds, and who removed each that it takes away (pure).

From the matching's spots, as far as its verdict holds them; what is left is the person's
where the landing is, or where a commit of the person's that it merges in holds the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos.claims import Verdict, printable
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
    """Lines that the person's commits off the chain add and remove, by landing and path."""

    _added: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    _removed: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def add(self, landing: str, files: Iterable[SealedFile]) -> None:
        """Take a commit that this landing contains."""
        for file in files:
            for found, lines in ((self._added, file.added), (self._removed, file.removed)):
                if lines:
                    found.setdefault((landing, file.path), set()).update(lines)

    def of(self, landing: str, path: str) -> tuple[Hashes, Hashes]:
        """Added and removed lines; they are not asked for again."""
        key = landing, path
        return (
            frozenset(self._added.pop(key, ())),
            frozenset(self._removed.pop(key, ())),
        )


def writers(
    head: Head,
    verdict: Verdict,
    files: Sequence[SealedFile],
    matches: Iterable[FileMatch],
    brought: Brought,
) -> list[Writers]:
    """Per file of a landing, who wrote and removed what."""
    by_path = {match.file.path: match for match in matches}
    sessions = frozenset(link.session for link in verdict.links)
    made = {
        claim.path: Owner(claim.edit, claim.session)
        for claim in verdict.claims
        if claim.evidence == "own_commit"
    }
    merges = len(head.parents) > 1
    found = []
    for file in files:
        if merges:
            added, removed = brought.of(head.oid, file.path)
            rest = [MINE if line in added else None for line in file.added]
            by: list[Killer] = ["mine" if line in removed else "other" for line in file.removed]
        else:
            rest = [MINE if verdict.mine else None] * len(file.added)
            by = ["mine" if verdict.mine else "other"] * len(file.removed)
        match = by_path.get(file.path)
        own = made.get(printable(file.path))
        claimed = _claimed(file, match, sessions)
        if own is not None:
            rest = [own] * len(file.added)
        found.append(Writers(claimed, rest, _removers(file, match, sessions, by, own=own)))
    return found


def _claimed(file: SealedFile, match: FileMatch | None, sessions: Hashes) -> Sequence[Owner | None]:
    if match is None or not sessions:
        return [None] * len(file.added)
    edits = [spot[0].edit if spot else None for spot in match.spots]
    return [
        Owner(edit.id, edit.session) if edit is not None and edit.session in sessions else None
        for edit in edits
    ]


def _removers(
    file: SealedFile,
    match: FileMatch | None,
    sessions: Hashes,
    by: Sequence[Killer],
    *,
    own: Owner | None,
) -> Sequence[Killer]:
    """An assistant's: where it made the commit, and lines that its edits remove."""
    if own is not None:
        return ["ai"] * len(by)
    if match is None or not match.removed:
        return by
    gone = {entry.removed[at] for entry, at in match.removed if entry.edit.session in sessions}
    return ["ai" if line in gone else one for line, one in zip(file.removed, by, strict=True)]

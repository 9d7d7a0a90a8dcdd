"""Which landings a landing's messages say it reverts, and commits that a blame skips.

Messages are searched by git; nothing of them is kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tokenmirror.repos import history, reach
from tokenmirror.repos.git import OID, Reader, ids
from tokenmirror.repos.history import DAY_MS, SLACK_DAYS
from tokenmirror.repos.reverts import Said, plain, said

SUBJECT_DAYS = 90  # how far back a quoted subject is looked for
IGNORED_FILE = ".git-blame-ignore-revs"
_SAYS = re.compile(rb"[0-9a-f]{40,64}\0\d+\0")


@dataclass(frozen=True, slots=True)
class _Message:
    oid: str
    committed_ms: int
    said: Said


def undone(
    reader: Reader,
    chain: Sequence[str],
    below: str | None,
    since_ms: int,
    landing_with: Callable[[str], str | None],
) -> dict[str, tuple[str, ...]]:
    """Per new landing, the landings that it, or a commit it contains, says it reverts.

    ``chain`` are the new landings, oldest first, above ``below``; ``landing_with`` knows the
    landings of commits that were read before.
    """
    if not chain:
        return {}
    messages = _messages(reader, chain[-1], below, since_ms)
    if not messages:
        return {}
    names = history.resolved(reader, sorted({n for one in messages for n in one.said.names}))
    subjects = _Subjects(reader, chain[-1])
    targets: dict[str, list[str]] = defaultdict(list)
    for one in messages:
        found = [names[name] for name in one.said.names if name in names]
        if not found and one.said.subject:
            found = subjects.before(one.said.subject, one.oid, one.committed_ms)
        targets[one.oid] += found
    landing_of = _Landings(reader, chain, below, since_ms, landing_with)
    landing_of.find({*targets, *(oid for found in targets.values() for oid in found)})
    undoes: dict[str, dict[str, None]] = defaultdict(dict)
    for oid, found in targets.items():
        landing = landing_of.get(oid)
        for target in (landing_of.get(one) for one in found):
            if landing is not None and target is not None and target != landing:
                undoes[landing][target] = None
    return {landing: tuple(sorted(found)) for landing, found in undoes.items()}


def ignored(reader: Reader, tip: str | None) -> frozenset[str]:
    """Commits that ``.git-blame-ignore-revs`` at the tip names by their full ids."""
    if tip is None:
        return frozenset()
    listed = reader.ask("ls-tree", "-z", "--end-of-options", tip, IGNORED_FILE)
    entry = listed.out.split(b"\t", 1)[0].split()
    if listed.status != 0 or len(entry) != 3 or not entry[0].startswith(b"100"):
        return frozenset()
    blob = reader.ask("cat-file", "blob", entry[2].decode("ascii", "replace"))
    if blob.status != 0 or len(blob.out) > 1 << 20:
        return frozenset()
    lines = blob.out.decode("utf-8", "replace").lower().split("\n")
    words = (line.partition("#")[0].strip() for line in lines)
    return frozenset(word for word in words if OID.match(word))


def _messages(reader: Reader, tip: str, below: str | None, since_ms: int) -> list[_Message]:
    """Commits newly contained whose message says that something is reverted."""
    wanted = ids([tip, *([f"^{below}"] if below else [])])
    found = []
    for oid, committed_ms, text in _log(
        reader, "%B", since_ms, wanted, "-i", "-E", "--grep=revert|reapply"
    ):
        what = said(text)
        if what is not None:
            found.append(_Message(oid, committed_ms, what))
    return found


def _log(
    reader: Reader, field: str, since_ms: int, feed: bytes, *options: str
) -> Iterable[tuple[str, int, str]]:
    """(id, commit time, field) of commits, newest first, as far as git can give them."""
    since_s = max(0, (since_ms - SLACK_DAYS * DAY_MS) // 1000)
    form = f"--format=%H%x00%ct%x00{field}%x00"
    with reader.stream(
        "log", "-z", "--no-show-signature", "--no-notes", "--no-color", form,
        f"--since={since_s}", *options, "--stdin", feed=feed,
    ) as stream:  # fmt: skip
        # git ends each entry with a NUL of its own behind ours
        fields = stream.out.read().split(b"\0\0")
    for entry in fields:
        if _SAYS.match(entry):
            oid, seconds, text = entry.split(b"\0", 2)
            yield oid.decode("ascii"), int(seconds) * 1000, text.decode("utf-8", "replace")


class _Subjects:
    """Commits by their subject, read once and only if a message names no known id."""

    def __init__(self, reader: Reader, tip: str) -> None:
        self._reader = reader
        self._tip = tip
        self._known: dict[str, list[tuple[str, int]]] | None = None
        self._since_ms = 0

    def before(self, subject: str, oid: str, at_ms: int) -> list[str]:
        """The newest other commit with that subject, at most 90 days older."""
        since_ms = at_ms - SUBJECT_DAYS * DAY_MS
        if self._known is None or since_ms < self._since_ms:
            self._known = defaultdict(list)
            for one, committed_ms, text in _log(self._reader, "%s", since_ms, ids([self._tip])):
                self._known[plain(text)].append((one, committed_ms))
            self._since_ms = since_ms
        older = [
            (committed_ms, one)
            for one, committed_ms in self._known.get(subject, ())
            if one != oid and since_ms <= committed_ms <= at_ms
        ]
        return [max(older)[1]] if older else []


class _Landings:
    """The first landing that contains each commit asked for."""

    def __init__(
        self,
        reader: Reader,
        chain: Sequence[str],
        below: str | None,
        since_ms: int,
        landing_with: Callable[[str], str | None],
    ) -> None:
        self._reader = reader
        self._chain = chain
        self._below = below
        self._since_ms = since_ms
        self._landing_with = landing_with
        self._found: dict[str, str] = {oid: oid for oid in chain}

    def get(self, oid: str) -> str | None:
        """The landing, ``None`` where it is not known."""
        return self._found.get(oid)

    def find(self, oids: Iterable[str]) -> None:
        """Look these up: new landings first, then those read before, at last in git."""
        left = {oid for oid in oids if oid not in self._found}
        if not left:
            return
        self._take(left, self._chain, self._below)
        for oid in sorted(left - self._found.keys()):
            before = self._landing_with(oid)
            if before is not None:
                self._found[oid] = before
        left -= self._found.keys()
        if left and self._below is not None:
            since = f"--since={max(0, self._since_ms // 1000)}"
            feed = ids([self._below])
            listed = self._reader.ask("rev-list", "--first-parent", since, "--stdin", feed=feed)
            chain = listed.out.decode("ascii", "replace").split()[::-1]
            if chain:
                self._take(left, chain, None)

    def _take(self, left: Iterable[str], chain: Sequence[str], below: str | None) -> None:
        parents = history.graph(self._reader, chain[-1], below, self._since_ms)
        self._found.update(reach.contained(chain, parents, left))

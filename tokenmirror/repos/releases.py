"""When landings were first part of a release: a tag whose name looks like a version.

The time of an annotated tag is its tagger's, that of a light one its commit's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tokenmirror.repos import git as gits
from tokenmirror.repos import history
from tokenmirror.repos.git import Git, Reader
from tokenmirror.repos.nouns import Place, RepoFacts

RELEASE = r"v?[0-9]+.*"
DEEPEST = 5  # tags of tags
_TIME = re.compile(rb"^(?:tagger|committer) .*> (\d{1,11}) [+-]\d{4}$", re.MULTILINE)


class _Object(NamedTuple):
    kind: bytes
    target: str  # of a tag
    at_ms: int | None


def tags(facts: RepoFacts, pattern: str = RELEASE) -> tuple[str, ...]:
    """What the tags point to whose names match ``pattern``, each once."""
    wanted = re.compile(pattern)
    return tuple(
        sorted(
            {
                oid
                for name, oid in facts.tags.items()
                if wanted.fullmatch(name.removeprefix("refs/tags/"))
            }
        )
    )


def released(
    git: Git, place: Place, facts: RepoFacts, chain: Sequence[tuple[str, int]]
) -> dict[str, int]:
    """Time of the first release that contains each landing; others are left out.

    ``chain`` are (id, monotone time) of all landings read, oldest first.  A landing is never
    released before it landed.
    """
    names = tags(facts)
    if not names or not chain or facts.object_format is None:
        return {}
    reader = gits.reader(git, place, facts.object_format)
    tagged = _tagged(reader, names)
    place_of = {oid: at for at, (oid, _ms) in enumerate(chain)}
    reaches = _reaches(reader, {oid for oid, _ms in tagged}, place_of)
    earliest: dict[int, int] = {}
    for oid, at_ms in tagged:
        at = reaches.get(oid, -1)
        if at >= 0:
            earliest[at] = min(at_ms, earliest.get(at, at_ms))
    found: dict[str, int] = {}
    first_ms: int | None = None
    for at in range(len(chain) - 1, -1, -1):
        tag_ms = earliest.get(at)
        if tag_ms is not None:
            first_ms = tag_ms if first_ms is None else min(first_ms, tag_ms)
        if first_ms is not None:
            oid, landed_ms = chain[at]
            found[oid] = max(first_ms, landed_ms)
    return found


def _tagged(reader: Reader, oids: Sequence[str]) -> list[tuple[str, int]]:
    """(commit, time) of each tag that leads to a commit."""
    known = _objects(reader, oids)
    for _ in range(DEEPEST):
        deeper = {one.target for one in known.values() if one.target} - known.keys()
        if not deeper:
            break
        known |= _objects(reader, sorted(deeper))
    found = []
    for oid in oids:
        one, at_ms, end = known.get(oid), None, oid
        for _ in range(DEEPEST):
            if one is None or not one.target:
                break
            at_ms = one.at_ms if at_ms is None else at_ms
            end, one = one.target, known.get(one.target)
        if one is not None and one.kind == b"commit":
            at_ms = one.at_ms if at_ms is None else at_ms
            if at_ms is not None:
                found.append((end, at_ms))
    return found


def _objects(reader: Reader, oids: Iterable[str]) -> dict[str, _Object]:
    """Tags and commits among these objects."""
    found: dict[str, _Object] = {}
    with reader.stream("cat-file", "--batch", "--buffer", feed=gits.ids(oids)) as stream:
        while header := stream.out.readline().split():
            if len(header) != 3:  # it is missing
                continue
            oid, kind, size = header
            content = stream.out.read(int(size) + 1)
            if kind in (b"tag", b"commit"):
                head = content.partition(b"\n\n")[0]
                time = _TIME.search(head)
                target = head[len(b"object ") :].split(b"\n", 1)[0] if kind == b"tag" else b""
                found[oid.decode("ascii")] = _Object(
                    kind, target.decode("ascii", "replace"), int(time[1]) * 1000 if time else None
                )
    return found


def _reaches(reader: Reader, commits: Iterable[str], place_of: Mapping[str, int]) -> dict[str, int]:
    """Place of the newest landing that each commit contains; a landing holds all below it."""
    there = history.commits_among(reader, sorted(commits))
    reach = {oid: place_of[oid] for oid in there if oid in place_of}
    beside = [oid for oid in there if oid not in place_of]
    if not beside:
        return reach
    first = min(place_of, key=lambda oid: place_of[oid])
    parents_of = reader.ask("rev-list", "--parents", "--no-walk", "--stdin", feed=gits.ids([first]))
    below = parents_of.out.decode("ascii", "replace").split()[1:]
    feed = gits.ids([*beside, *(f"^{oid}" for oid in history.commits_among(reader, below))])
    with reader.stream(
        "rev-list", "--parents", "--topo-order", "--reverse", "--stdin", feed=feed
    ) as stream:
        for line in stream.out:
            oid, *parents = line.decode("ascii").split()
            at = place_of.get(oid)
            reach[oid] = (
                max((reach.get(parent, -1) for parent in parents), default=-1) if at is None else at
            )
    return reach

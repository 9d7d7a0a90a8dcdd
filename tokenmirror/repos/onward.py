"""Whether a scan may go on from where the last one ended, and if not, from where instead."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from tokenmirror.repos import history
from tokenmirror.repos.git import Git, Reader, ids, reader
from tokenmirror.repos.identity import Me
from tokenmirror.repos.nouns import Known, Place, RepoFacts
from tokenmirror.repos.plan import Lists


@dataclass(frozen=True, slots=True)
class Onward:
    """What is new among a repository's commits, as far as it touches what was read.

    ``landings``: those after the last one read; all of them where the chain was
    ``rewritten``, which does not hold that one any more.  ``late_ms``: time of the earliest
    commit off the chain that is new and may be the person's; ``None`` without one.
    """

    rewritten: bool
    landings: frozenset[str]
    late_ms: int | None


def onward(git: Git, place: Place, facts: RepoFacts, known: Known, me: Me) -> Onward:
    """Look at what is new since ``known``, without reading any contents."""
    assert facts.object_format is not None
    opened = reader(git, place, facts.object_format)
    before = {*known.tips, *([known.chain_tip] if known.chain_tip else ())}
    refs = set(facts.refs.values())
    there = frozenset(history.commits_among(opened, sorted(refs | before)))
    tip = facts.landing_tip if facts.landing_tip in there else None
    newer = _newer(opened, tip, known.chain_tip, there)
    rewritten = newer is None
    if newer is None:
        newer = _first_parents(opened, tip) if tip else []
    landings = frozenset(oid for oid, _parent in newer)
    lists = Lists(opened, tip, known.since_ms)
    tips, below = sorted(there & refs), sorted(there.intersection(known.tips))
    person = history.mailmapped(opened, me, tip) if known.tips else me
    late = [
        head.committed_ms
        for head in (lists.side(tips, below, person, ()) if known.tips else ())
        if head.oid not in known.oids and head.oid not in landings and len(head.parents) < 2
    ]
    return Onward(rewritten, landings, min(late, default=None))


def _newer(
    opened: Reader, tip: str | None, below: str | None, there: Container[str]
) -> list[tuple[str, str]] | None:
    """Landings after the last one read, newest first; ``None`` if the chain does not hold it."""
    if below is None:
        return _first_parents(opened, tip) if tip else []
    if tip == below:
        return []
    if tip is None or below not in there:
        return None
    newer = _first_parents(opened, tip, below)
    return newer if newer and newer[-1][1] == below else None


def _first_parents(opened: Reader, tip: str, below: str | None = None) -> list[tuple[str, str]]:
    """Commits of a chain with their first parent, newest first."""
    wanted = ids([tip, *([f"^{below}"] if below else [])])
    listed = opened.ask("rev-list", "--first-parent", "--parents", "--stdin", feed=wanted)
    if listed.status != 0:
        return []
    rows = (line.split() for line in listed.out.decode("ascii", "replace").splitlines())
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows]

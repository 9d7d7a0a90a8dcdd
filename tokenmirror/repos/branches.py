"""When the branches that hold a commit last moved: live work, or left behind."""

from __future__ import annotations

from collections.abc import Iterable

from tokenmirror.repos import git as gits
from tokenmirror.repos.git import Git
from tokenmirror.repos.nouns import Place, RepoFacts


def branch_moves(
    git: Git, place: Place, facts: RepoFacts, oids: Iterable[str]
) -> dict[str, int | None]:
    """For each commit off the main line: the latest tip of a branch that holds it, in ms.

    ``None`` where no branch holds it any more.  One walk over what the branches have and
    the main line has not.
    """
    wanted = set(oids)
    tips = {oid for ref, oid in facts.refs.items() if ref != facts.landing_ref}
    if not wanted or not tips or facts.object_format is None:
        return dict.fromkeys(wanted)
    reader = gits.reader(git, place, facts.object_format)
    main = facts.landing_tip
    feed = gits.ids([*sorted(tips), *([f"^{main}"] if main else [])])
    answer = reader.ask(
        "rev-list", "--stdin", "--topo-order", "--parents", "--timestamp", feed=feed
    )
    moved: dict[str, int] = {}
    for line in answer.out.decode("ascii", "replace").splitlines():
        seconds, oid, *parents = line.split()
        last = moved.get(oid, 0)
        if oid in tips:
            last = max(last, int(seconds) * 1000)
            moved[oid] = last
        for parent in parents:  # children come before their parents
            moved[parent] = max(moved.get(parent, 0), last)
    return {oid: moved.get(oid) for oid in wanted}

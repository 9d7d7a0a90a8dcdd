"""Where work stands: when its branches last moved, and what is checked out."""

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


def checked_out(git: Git, place: Place, facts: RepoFacts, path: str) -> bytes | None:
    """A file's content in the commit that is checked out; empty where it has no such file.

    ``None`` when there is no such commit or it cannot be read.  Nothing of the working tree
    is compared by git: who asks reads the file itself.
    """
    head = git.ask(place, "rev-parse", "--verify", "--quiet", "HEAD")
    oid = head.out.decode("ascii", "replace").strip()
    if head.status != 0 or not gits.OID.match(oid) or facts.object_format is None:
        return None
    reader = gits.reader(git, place, facts.object_format)
    listed = reader.ask("ls-tree", "-z", oid, "--", path)
    if listed.status != 0:
        return None
    entry = listed.out.split(b"\t", 1)[0].split()
    if len(entry) != 3 or entry[1] != b"blob":
        return b""
    blob = reader.ask("cat-file", "blob", entry[2].decode("ascii", "replace"))
    return blob.out if blob.status == 0 else None

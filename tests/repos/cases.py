"""Cases with a definite answer: whether a session's work is to be called shipped.

Each is built by real git commands and real transcripts, and read through the whole program.
The session asked about is called ``s1`` unless a case says otherwise.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.repos.making import COLLEAGUE, DAY, HOUR, ME, MINUTE
from tests.repos.styles import boilerplate, reformatted, touched_up
from tests.repos.work import Work

Build = Callable[[Work], None]


@dataclass(frozen=True)
class Case:
    """What is done, and the outcomes by session that it must have."""

    name: str
    build: Build
    outcomes: dict[str, str]
    days_later: int = 40


NOTHING_SHIPPED: list[Case] = []
STILL_FOUND: list[Case] = []


def case(name: str, *, days_later: int = 40, **outcomes: str) -> Callable[[Build], Build]:
    """Register a case; in the list of those that ship when ``s1`` does."""

    def kept(build: Build) -> Build:
        found = Case(name, build, outcomes, days_later)
        (STILL_FOUND if outcomes["s1"] == "shipped" else NOTHING_SHIPPED).append(found)
        return build

    return kept


# nothing shipped


@case("a colleague's commit", s1="no_lasting_change")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit("Hers", COLLEAGUE)


@case("an unrelated commit of mine in the same minute", s1="no_lasting_change")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block(), kept=False)
    work.now_ms -= 5 * MINUTE
    work.append(work.b, work.block())
    work.commit()


@case("an unrelated commit of mine to the same file", s1="no_lasting_change")
def _(work: Work) -> None:
    block, typed = work.block(), work.block()
    work.session("s1", work.a, block, kept=False)
    work.append(work.a, [line for line in typed if line not in block])
    work.commit()


@case("a refused edit typed by hand", s1="no_code")
def _(work: Work) -> None:
    lines = work.session("s1", work.a, work.block(), decision="reject")
    work.append(work.a, lines)
    work.commit()


@case("equal boilerplate typed the next day", s0="shipped", s1="no_lasting_change")
def _(work: Work) -> None:
    """The first session's lines landed; the second one's were undone before that."""
    common = [work.style.indent + line for line in boilerplate(work.style)]
    work.session("s0", work.a, [*work.block(), *common])
    work.commit()
    work.later(DAY)
    work.session("s1", work.b, [*work.block(), *common], kept=False)
    work.later(DAY)
    typed = [line for line in work.block() if line not in common]
    work.append(work.b, [typed[0], common[0], *typed[1:]])
    work.commit()


@case("much equal boilerplate typed the next day", s0="shipped", s1="no_lasting_change")
def _(work: Work) -> None:
    """Three lines and more of what every file has, and nothing else of the undone edit."""
    common = [work.style.indent + line for line in boilerplate(work.style)]
    work.session("s0", work.a, [*work.block(), *common])
    work.commit()
    work.later(DAY)
    work.session("s1", work.b, [*work.block(), *common], kept=False)
    work.later(DAY)
    typed = [line for line in work.block() if line not in common]
    work.append(work.b, [*typed, *common])
    work.commit()


@case("equal lines of a landed edit typed by hand", s0="shipped", s1="no_lasting_change")
def _(work: Work) -> None:
    lines = work.session("s0", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.session("s1", work.b, work.block(), kept=False)
    work.append(work.a, lines)
    work.commit()


@case("a stale branch", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit()
    work.main()


@case("a branch still moving", s1="on_branch", days_later=20)
def _(work: Work) -> None:
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit()
    work.main()


@case("a branch thrown away", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit()
    work.main()
    work.git("branch", "-q", "-D", "topic")


@case("deleted the next day, before the merge", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.append(work.b, work.block())
    before = work.read(work.a)
    work.session("s1", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.write(work.a, before)
    work.commit("Without it")
    work.main()
    work.git("merge", "-q", "--no-ff", "topic")


@case("deleted the next day, before the squash", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.append(work.b, work.block())
    before = work.read(work.a)
    work.session("s1", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.write(work.a, before)
    work.commit("Without it")
    work.main()
    work.git("merge", "-q", "--squash", "topic")
    work.commit()


@case("reverted on its branch before the squash", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.append(work.b, work.block())
    work.commit()
    work.session("s1", work.a, work.block())
    work.commit()
    work.git("revert", "--no-edit", "HEAD")
    work.main()
    work.git("merge", "-q", "--squash", "topic")
    work.commit()


@case("merged in name only", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit()
    work.main()
    work.git("merge", "-q", "--no-ff", "-s", "ours", "topic")


@case("picked to a release branch only", s1="no_lasting_change")
def _(work: Work) -> None:
    work.topic("release")
    work.append(work.b, work.block())
    work.commit()
    work.topic()
    work.session("s1", work.a, work.block())
    oid = work.commit()
    work.git("checkout", "-q", "release")
    work.git("cherry-pick", oid)
    work.main()


@case("taken off main by force", s1="no_lasting_change")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit()
    work.outcomes()
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.append(work.b, work.block())
    work.commit()


@case("committed here, never pushed", s1="no_lasting_change")
def _(work: Work) -> None:
    work.git("update-ref", "refs/remotes/origin/main", "HEAD")
    work.session("s1", work.a, work.block())
    work.commit()


# still found


@case("committed as accepted", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit()


def on_topic(work: Work) -> list[str]:
    """Two commits with the session's work on a branch; main moves on meanwhile."""
    work.topic()
    work.session("s1", work.a, work.block())
    oids = [work.commit("One")]
    work.append(work.a, work.block(2))
    oids.append(work.commit("Two"))
    work.main()
    work.append(work.b, work.block())
    work.commit("Meanwhile", COLLEAGUE)
    return oids


@case("merged", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.git("merge", "-q", "--no-ff", "topic")


@case("merged by a fast-forward", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.git("merge", "-q", "--ff-only", "topic")


@case("squashed", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.git("merge", "-q", "--squash", "topic")
    work.commit()


@case("squashed by a colleague, the branch deleted", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.outcomes()
    work.git("merge", "-q", "--squash", "topic")
    work.commit("Squashed (#7)", COLLEAGUE)
    work.git("branch", "-q", "-D", "topic")


@case("squashed with a review fix", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.git("merge", "-q", "--squash", "topic")
    lines = work.read(work.a)
    middle = slice(len(lines) // 2, len(lines) // 2 + 2)
    lines[middle] = [touched_up(work.rng, line) for line in lines[middle]]
    work.write(work.a, [*lines, *work.block(1)])
    work.commit()


@case("rebased", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    work.git("checkout", "-q", "topic")
    work.git("rebase", "-q", "main")
    work.main()
    work.git("merge", "-q", "--ff-only", "topic")


@case("picked", s1="shipped")
def _(work: Work) -> None:
    work.git("cherry-pick", *on_topic(work))


@case("merged as one of three", s1="shipped")
def _(work: Work) -> None:
    on_topic(work)
    for name in ("two", "three"):
        work.topic(name)
        work.append(f"src/{name}.{work.style.suffix}", work.block())
        work.commit(name)
    work.main()
    work.git("merge", "-q", "--no-ff", "topic", "two", "three")


@case("merged with a conflict solved by hand", s1="shipped")
def _(work: Work) -> None:
    work.topic()
    lines = work.session("s1", work.a, work.block())
    work.commit()
    work.main()
    hers = work.block()
    base = work.read(work.a)
    work.append(work.a, hers)
    work.commit("Hers", COLLEAGUE)
    work.git("merge", "-q", "--no-ff", "topic", status=1)
    work.write(work.a, [*base, *hers, *lines])
    work.commit("Merge")


@case("merged the wrong way round", s1="shipped")
def _(work: Work) -> None:
    """Main is merged into the branch, and main then moves to the branch."""
    on_topic(work)
    work.git("checkout", "-q", "topic")
    work.git("merge", "-q", "--no-ff", "main")
    work.git("branch", "-q", "-f", "main", "topic")


@case("amended", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit()
    work.outcomes()
    work.append(work.a, work.block(1))
    work.git("commit", "-q", "-a", "--amend", "-m", "Amended")


@case("put into an earlier commit", s1="shipped")
def _(work: Work) -> None:
    work.append(work.b, work.block())
    target = work.commit("Earlier")
    work.session("s1", work.b, work.block())
    work.git("commit", "-q", "-a", f"--fixup={target}")
    work.git("rebase", "-q", "-i", "--autosquash", f"{target}~1")


@case("split into ten commits", s1="shipped")
def _(work: Work) -> None:
    old = work.read(work.a)
    lines = work.session("s1", work.a, work.block(9))
    for part in range(1, 11):
        work.write(work.a, [*old, *lines[: len(lines) * part // 10]])
        work.commit(f"Part {part}")


@case("re-formatted before the commit", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block(9))
    work.write(work.a, [text for text, _ in reformatted(work.rng, work.read(work.a))])
    work.commit()


@case("edited by hand before the commit", s1="shipped")
def _(work: Work) -> None:
    old = work.read(work.a)
    lines = work.session("s1", work.a, work.block(9))
    kept = [touched_up(work.rng, line) if at % 4 == 1 else line for at, line in enumerate(lines)]
    work.write(work.a, [*old, *kept])
    work.commit()


@case("renamed before the commit", s1="shipped")
def _(work: Work) -> None:
    work.append(work.a, work.block(12))
    work.commit()
    work.session("s1", work.a, work.block())
    work.git("mv", work.a, f"src/renamed.{work.style.suffix}")
    work.commit()


@case("renamed on the branch, then squashed", s1="shipped")
def _(work: Work) -> None:
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit()
    work.git("mv", work.a, f"src/renamed.{work.style.suffix}")
    work.commit()
    work.main()
    work.git("merge", "-q", "--squash", "topic")
    work.commit()


@case("a new file moved before its commit", s1="shipped")
def _(work: Work) -> None:
    draft = f"src/draft.{work.style.suffix}"
    lines = work.session("s1", draft, work.block(9))
    (work.folder / draft).unlink()
    work.append(f"lib/final.{work.style.suffix}", lines)
    work.commit()


@case("with carriage returns", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.write(work.a, work.read(work.a), end="\r\n")
    work.commit()


@case("only lines taken out", s1="shipped")
def _(work: Work) -> None:
    lines = work.read(work.a)
    work.log("s1", work.a, lines, lines[:2])
    work.write(work.a, lines[:2])
    work.commit()


@case("in a worktree deleted afterwards", s1="shipped")
def _(work: Work) -> None:
    tree = work.home / "work" / "tree"
    work.git("worktree", "add", "-q", "-b", "topic", str(tree))
    main, work.folder = work.folder, tree
    work.session("s1", work.a, work.block())
    work.commit()
    work.outcomes()
    work.folder = main
    shutil.rmtree(tree)
    work.git("worktree", "prune")
    work.git("merge", "-q", "--squash", "topic")
    work.commit()


@case("with a clock that ran backwards", s1="shipped")
def _(work: Work) -> None:
    work.append(work.b, work.block())
    work.later(3 * HOUR)
    work.commit("From a clock that is ahead")
    work.later(-3 * HOUR)
    work.session("s1", work.a, work.block())
    work.commit()


@case("under an old address that the mailmap knows", s1="shipped")
def _(work: Work) -> None:
    work.write(".mailmap", [f"{ME[0]} <{ME[1]}> <old@home.example>"])
    work.session("s1", work.a, work.block())
    work.commit(who=("A", "old@home.example"))


@case("by a host that names me as co-author", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit(f"Squash\n\nCo-authored-by: {ME[0]} <{ME[1]}>", COLLEAGUE)


@case("deleted the next day on main", s1="shipped")
def _(work: Work) -> None:
    before = work.read(work.a)
    work.session("s1", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.write(work.a, before)
    work.commit("Without it")


@case("reverted on main", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.git("revert", "--no-edit", "HEAD")


@case("reverted, and the revert reverted", s1="shipped")
def _(work: Work) -> None:
    work.session("s1", work.a, work.block())
    work.commit()
    work.later(DAY)
    work.git("revert", "--no-edit", "HEAD")
    work.later(DAY)
    work.git("revert", "--no-edit", "HEAD")

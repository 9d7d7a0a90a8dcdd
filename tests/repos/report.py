"""The table of what is found: ``python -m tests.repos.report``; each figure beside its target.

Accuracy per scenario and style, landing by its kinds, cases with a definite outcome,
commits that assistants made, survival against git's blame, reverts.  The repositories are
throw-away ones with truth by construction.  Ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.repos import lasting
from tests.repos.accuracy import falls_short, measured
from tests.repos.archived import Archived
from tests.repos.cases import NOTHING_SHIPPED, STILL_FOUND, Case
from tests.repos.making import Making, a_scanner
from tests.repos.scenarios import BY_NAME, SCENARIOS, a_history
from tests.repos.styles import STYLES, Style, a_block
from tests.repos.work import Work

PLAIN_LANDINGS = (
    "merged", "merged by a fast-forward", "squashed", "squashed by a colleague, the branch deleted",
    "rebased", "picked", "merged as one of three", "merged with a conflict solved by hand",
    "merged the wrong way round",
)  # fmt: skip
FIXED_LANDINGS = ("squashed with a review fix",)


@dataclass(frozen=True)
class Row:
    """One figure; ``kept`` is ``None`` where nothing is asked of it or it cannot be told yet."""

    part: str
    name: str
    style: str
    figure: str
    target: str
    kept: bool | None


@dataclass(frozen=True)
class Asked:
    """How long the histories are, and how often each case is tried."""

    commits: int
    seed: int
    trials: int


def accuracy(asked: Asked, style: Style) -> Iterator[Row]:
    """Precision and recall, of lines and of links."""
    for scenario in SCENARIOS:
        found = measured(scenario, style, asked.seed, asked.commits)
        figure = " ".join("    -" if rate is None else f"{rate:.3f}" for rate in found.rates)
        target = " ".join("    -" if one is None else f"{one:.3f}" for one in scenario.least)
        kept: bool | None = not falls_short(scenario, found)
        if scenario.most is not None:
            figure += f"  claimed {found.claimed:.2%}, {found.links} links"
            target += f"  at most {scenario.most:.2%}, 0 links"
        elif scenario.least == (None,) * 4:
            figure += f"  claimed {found.claimed:.2%}, {found.links} links"
            kept = None
        yield Row("lines P R, links P R", scenario.name, style.name, figure, target, kept)


def landings(asked: Asked, style: Style) -> Iterator[Row]:
    """My commits found again on the main line, by the way they came there."""
    by_name = {case.name: case for case in STILL_FOUND}
    for names, target in ((PLAIN_LANDINGS, 1.0), (FIXED_LANDINGS, 0.95)):
        for name in names:
            hits = total = 0
            for trial in range(asked.trials):
                found, all_of_them = _landed(by_name[name], style, asked.seed + trial)
                hits, total = hits + found, total + all_of_them
            share = hits / total
            figure = f"{share:.3f} ({hits} of {total})"
            yield Row("landing", name, style.name, figure, f">= {target}", share >= target)


def _landed(case: Case, style: Style, seed: int) -> tuple[int, int]:
    """Commits of a branch that are known to have landed, and all of them."""
    with tempfile.TemporaryDirectory() as name:
        work = Work(Path(name), style, seed)
        case.build(work)
        db = work.read_all()
        rows = db.execute("select landed_oid is not null from commits where mine = 1").fetchall()
        db.close()
    return sum(row[0] for row in rows), len(rows)


def outcomes(asked: Asked, style: Style) -> Iterator[Row]:
    """Cases with a definite answer."""
    for part, some in (("nothing shipped", NOTHING_SHIPPED), ("still found", STILL_FOUND)):
        for case in some:
            right = 0
            for trial in range(asked.trials):
                right += _is_right(case, style, asked.seed + trial)
            figure = f"{right} of {asked.trials} right"
            yield Row(part, case.name, style.name, figure, "all", right == asked.trials)


def _is_right(case: Case, style: Style, seed: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        work = Work(Path(name), style, seed)
        case.build(work)
        found = work.outcomes(case.days_later)
    return {session: found.get(session) for session in case.outcomes} == case.outcomes


def agents(asked: Asked, style: Style) -> Iterator[Row]:
    """Commits that assistants made, by the id their output showed."""
    with tempfile.TemporaryDirectory() as name:
        making = Making(Path(name) / "repo")
        made, rng = [], random.Random(f"{asked.seed} {style.name}")
        for number in range(30):
            path = f"src/{number % 4}.{style.suffix}"
            making.accept(number + 1, path, a_block(rng, style))
            made.append((making.commit(), number + 1))
            making.made_by(number + 1, made[-1][0][: 7 + number % 6])
            if number % 5 == 4:  # amended away afterwards
                making.append(path, ["# by hand"])
                making.git("commit", "-q", "-a", "--amend", "--no-edit")
        links = a_scanner(Path(name)).scan(making).links
    tied = sum(
        any(one.session == session and one.how == "agent_made" for one in links.get(oid, ()))
        for oid, session in made
    )
    share = tied / len(made)
    yield Row("agent-made commits", "tied", style.name, f"{share:.3f}", ">= 1.0", share >= 1)


def survival(asked: Asked, style: Style) -> Iterator[Row]:
    """Lines alive at the tip, against git's blame: as blame counts, and with what only moves."""
    for scenario in ("as accepted", "half typed by hand", "renamed files"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            commits = max(60, asked.commits // 2)
            making, _ = a_history(folder / "made", style, asked.seed, commits, BY_NAME[scenario])
            archived = Archived(making, folder / "data")
            with lasting.nothing_travels():
                archived.read()
            if not lasting.built(archived):
                yield Row("survival", scenario, style.name, "not built", ">= 0.995", None)
                continue
            truth = lasting.blamed(making, lasting.my_landings(archived))
            share = lasting.agreement(lasting.living(archived), truth)
            again = Archived(making, folder / "again")
            again.read()
            moving = lasting.agreement(lasting.living(again), truth)
        lines = truth.total()
        figure = f"{share:.4f} of {lines} lines"
        yield Row("survival", scenario, style.name, figure, ">= 0.995", share >= 0.995)
        figure = f"{moving:.4f} of {lines} lines"
        yield Row("survival", f"{scenario}, moves followed", style.name, figure, "none set", None)


def reverts(asked: Asked, style: Style) -> Iterator[Row]:
    """Reverts by message and without one."""
    with tempfile.TemporaryDirectory() as name:
        making, truth = lasting.with_reverts(Path(name) / "made", style, asked.seed, asked.trials)
        archived = Archived(making, Path(name) / "data")
        archived.read()
        if not lasting.built(archived):
            yield Row("reverts", "by message P R", style.name, "not built", "0.98 0.95", None)
            return
        found = lasting.found_reverts(archived, truth)
    kept = found.precision >= 0.98 and found.recall >= 0.95
    figure = f"{found.precision:.3f} {found.recall:.3f}"
    yield Row("reverts", "by message P R", style.name, figure, "0.98 0.95", kept)
    figure = f"{found.whole_precision:.3f} {found.whole_recall:.3f}"
    yield Row("reverts", "without one P R", style.name, figure, "none set", None)
    figure = f"{found.undone:.3f}"
    yield Row("reverts", "undone again, R", style.name, figure, "0.95", found.undone >= 0.95)


PARTS: dict[str, Callable[[Asked, Style], Iterator[Row]]] = {
    "accuracy": accuracy,
    "landings": landings,
    "outcomes": outcomes,
    "agents": agents,
    "survival": survival,
    "reverts": reverts,
}


def printed(rows: Iterable[Row]) -> list[Row]:
    """Print rows as they come; gives them all."""
    kept, part = [], ""
    for row in rows:
        if row.part != part:
            part = row.part
            print(f"\n{part}")
        verdict = {True: "pass", False: "FAIL", None: ""}[row.kept]
        print(f"  {row.name:48}{row.style:12}{row.figure:44}{row.target:36}{verdict}", flush=True)
        kept.append(row)
    return kept


def main() -> int:
    """Print the table; ``--out`` also writes it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.repos.report", description=__doc__)
    parser.add_argument("--parts", nargs="*", choices=sorted(PARTS), default=list(PARTS))
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    asked = Asked(given.commits, given.seed, given.trials)
    rows = printed(
        row for part in given.parts for style in STYLES for row in PARTS[part](asked, style)
    )
    missed = sum(row.kept is False for row in rows)
    kept = sum(row.kept is True for row in rows)
    print(f"\n{kept} targets kept, {missed} missed, {len(rows) - kept - missed} without verdict")
    if given.out is not None:
        given.out.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())

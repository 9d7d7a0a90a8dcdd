"""What lasted, as the archive has it, against what git's own blame and the made truth say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from tests.repos.archived import Archived
from tests.repos.making import COLLEAGUE, DAY, HOUR, Making
from tests.repos.styles import Style, a_block
from tokenmirror.repos.survival import Survival

TABLES = ("births", "deaths", "reversals")


def built(archived: Archived) -> bool:
    """Whether the archive follows what became of shipped lines."""
    return all(archived.has(table) for table in TABLES)


@contextmanager
def nothing_travels() -> Iterator[None]:
    """Have readings follow nothing but renames, as git's blame does."""
    defaults = Survival.__init__.__kwdefaults__
    assert defaults is not None
    with patch.dict(defaults, transfers=False):
        yield


def living(archived: Archived) -> Counter[str]:
    """Of the lines that my landings brought, those alive at the tip, by landing."""
    rows = archived.rows(
        "select c.oid, b.lines - coalesce((select sum(d.lines) from deaths d"
        " where d.birth_id = b.id and d.until_ms is null), 0)"
        " from births b join commits c on c.id = b.commit_id"
    )
    found: Counter[str] = Counter()
    for oid, lines in rows:
        found[str(oid)] += int(str(lines))
    return +found


def blamed(making: Making, oids: frozenset[str]) -> Counter[str]:
    """Non-blank lines at the tip that git's blame gives to each of these landings."""
    found: Counter[str] = Counter()
    for path in making.git("ls-tree", "-r", "--name-only", "main").splitlines():
        oid = ""
        out = making.git("blame", "--first-parent", "--line-porcelain", "main", "--", path)
        for line in out.split("\n"):
            if line.startswith("\t"):
                found[oid] += bool(line.strip()) and oid in oids
            elif len(line.split(" ", 1)[0]) in (40, 64):
                oid = line.split(" ", 1)[0]
    return +found


def agreement(found: Counter[str], truth: Counter[str]) -> float:
    """Share of lines on which two counts by landing agree."""
    apart = ((found - truth) + (truth - found)).total()
    return 1 - apart / max(1, truth.total())


def my_landings(archived: Archived) -> frozenset[str]:
    """The landings whose author is me."""
    rows = archived.rows("select oid from commits where mine = 1 and on_chain = 1")
    return frozenset(str(oid) for (oid,) in rows)


@dataclass
class Reverts:
    """Landings with a message that reverts them, those removed without one, and the rest."""

    by_message: set[str] = field(default_factory=set)
    removed_whole: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


WAYS = (
    "kept", "message", "message", "short id", "subject only", "undone", "by hand", "part",
    "only named", "two at once", "late",
)  # fmt: skip


def with_reverts(folder: Path, style: Style, seed: int, rounds: int) -> tuple[Making, Reverts]:
    """A main line on which landings of mine are reverted in every way there is."""
    rng = random.Random(f"{seed} {style.name}")
    making, truth = Making(folder), Reverts()
    making.write(f"base.{style.suffix}", a_block(rng, style, 12))
    making.commit("Begin")
    for number in range(rounds):
        for way in WAYS:
            _a_landing(making, truth, rng, style, f"{way} {number}")
    return making, truth


def _a_landing(making: Making, truth: Reverts, rng: random.Random, style: Style, name: str) -> None:
    way = name.rpartition(" ")[0]
    path = f"src/{name.replace(' ', '_')}.{style.suffix}"
    base = a_block(rng, style, 6)
    making.write(path, base)
    making.commit(f"Base of {name}", COLLEAGUE)
    making.later(HOUR)
    oid = _landed(making, rng, style, path, f"Add {name}")
    making.later(DAY)
    {
        "kept": _kept,
        "message": _by_message,
        "short id": _by_short_id,
        "subject only": _by_subject,
        "undone": _undone,
        "by hand": _by_hand,
        "part": _in_part,
        "only named": _only_named,
        "two at once": _two_at_once,
        "late": _late,
    }[way](making, truth, _Case(oid, path, base, f"Add {name}", rng, style))
    making.later(HOUR)


@dataclass(frozen=True)
class _Case:
    oid: str
    path: str
    base: list[str]
    subject: str
    rng: random.Random
    style: Style


def _landed(making: Making, rng: random.Random, style: Style, path: str, subject: str) -> str:
    making.accept(len(making.edits) + 1, path, a_block(rng, style, 7))
    return making.commit(subject)


def _kept(making: Making, truth: Reverts, case: _Case) -> None:
    making.append(case.path, a_block(case.rng, case.style))
    making.commit("More")
    truth.kept.add(case.oid)


def _by_message(making: Making, truth: Reverts, case: _Case) -> None:
    making.git("revert", "--no-edit", case.oid)
    truth.by_message.add(case.oid)


def _by_short_id(making: Making, truth: Reverts, case: _Case) -> None:
    making.write(case.path, case.base)
    making.commit(f"Go back\n\nThis reverts commit {case.oid[:9]}.")
    truth.by_message.add(case.oid)


def _by_subject(making: Making, truth: Reverts, case: _Case) -> None:
    """The id is that of a commit which a rebase left behind."""
    making.write(case.path, case.base)
    making.commit(f'Revert "{case.subject}"\n\nThis reverts commit {"0123456789" * 4}.')
    truth.by_message.add(case.oid)


def _undone(making: Making, truth: Reverts, case: _Case) -> None:
    making.git("revert", "--no-edit", case.oid)
    making.later(HOUR)
    making.git("revert", "--no-edit", "HEAD")
    truth.by_message.add(case.oid)
    truth.undone.add(case.oid)


def _by_hand(making: Making, truth: Reverts, case: _Case) -> None:
    making.write(case.path, case.base)
    making.commit("Without it")
    truth.removed_whole.add(case.oid)


def _in_part(making: Making, truth: Reverts, case: _Case) -> None:
    lines = making.read(case.path)
    making.write(case.path, lines[: len(lines) - (len(lines) - len(case.base)) // 4])
    making.commit(f"Go back a little\n\nThis reverts commit {case.oid}.")
    truth.kept.add(case.oid)


def _only_named(making: Making, truth: Reverts, case: _Case) -> None:
    making.append(case.path, a_block(case.rng, case.style, 1))
    making.commit(f"Follow-up of {case.oid[:10]}: what it reverts is another commit")
    truth.kept.add(case.oid)


def _two_at_once(making: Making, truth: Reverts, case: _Case) -> None:
    other = f"{case.path}_two.{case.style.suffix}"
    making.write(other, case.base)
    making.commit("Base of two", COLLEAGUE)
    second = _landed(making, case.rng, case.style, other, f"{case.subject}, two")
    making.write(case.path, case.base)
    making.write(other, case.base)
    making.commit(f"Go back\n\nThis reverts commit {case.oid}.\nThis reverts commit {second}.")
    truth.by_message |= {case.oid, second}


def _late(making: Making, truth: Reverts, case: _Case) -> None:
    """Removed without a message, more than a month later."""
    making.later(40 * DAY)
    making.write(case.path, case.base)
    making.commit("Clear up")
    truth.kept.add(case.oid)


@dataclass(frozen=True)
class FoundReverts:
    """Precision and recall of reverts by message and without one; undone ones found."""

    precision: float
    recall: float
    whole_precision: float
    whole_recall: float
    undone: float


def found_reverts(archived: Archived, truth: Reverts) -> FoundReverts:
    """Hold the archive's reversals against the truth."""
    rows = archived.rows(
        "select c.oid, r.how, r.undone_ms is not null from reversals r"
        " join commits c on c.id = r.commit_id"
    )
    # a revert that is itself reverted is a landing too; only the made landings are asked for
    made = truth.by_message | truth.removed_whole | truth.kept
    ours = [(str(oid), how, undone) for oid, how, undone in rows if oid in made]
    message = {oid for oid, how, _ in ours if how == "message"}
    whole = {oid for oid, how, _ in ours if how == "removed_whole"}
    undone = {oid for oid, _, was in ours if was}
    return FoundReverts(
        len(message & truth.by_message) / max(1, len(message)),
        len(message & truth.by_message) / len(truth.by_message),
        len(whole & truth.removed_whole) / max(1, len(whole)),
        len(whole & truth.removed_whole) / len(truth.removed_whole),
        len(undone & truth.undone) / len(truth.undone),
    )

"""The switches of a seeded history: what happens to a proposed block before its commit."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.repos.making import COLLEAGUE, DAY, HOUR, MINUTE, Making
from tests.repos.styles import STYLES, Style, a_block, boilerplate, reformatted, touched_up
from tests.repos.written import HAND, THEIRS, Cell, Truth, Written

Bounds = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True)
class Scenario:
    """Shares of what is done to accepted blocks, and the least that has to be found.

    ``least``: precision and recall of lines, then of links; ``None`` where none is set.
    ``changed``: lines of which I change a word.  ``inserted``: lines I put in, per line.
    ``deleted``: lines I take out.  ``by_hand``: blocks I typed.  ``elsewhere``: blocks that
    I take from a new file of the tool's into another; ``swapped``: from a file that goes on.
    ``rewritten``: blocks in which a second session rewrites some lines.  ``whole``: edits
    that write the file whole.  ``dropped``: blocks that are undone, while others are typed
    in the same files.  ``most``: the share of my lines that may be claimed at all, with no
    link.
    """

    name: str
    least: Bounds
    by_hand: float = 0.0
    changed: float = 0.0
    inserted: float = 0.0
    deleted: float = 0.0
    formatted: bool = False
    crlf: bool = False
    elsewhere: float = 0.0
    swapped: float = 0.0
    rewritten: float = 0.0
    whole: float = 0.0
    renamed: float = 0.0
    dropped: float = 0.0
    most: float | None = None


AS_ACCEPTED = (0.97, 0.98, 0.94, 0.99)
SCENARIOS = (
    Scenario("as accepted", AS_ACCEPTED),
    Scenario("hand-edited", (0.94, 0.83, 0.95, 0.92), changed=0.2, inserted=0.1),
    Scenario("re-formatted", (0.95, 0.70, 0.95, 0.93), formatted=True),
    Scenario("moved to another path", (0.95, 0.65, 0.94, 0.45), elsewhere=1.0),
    Scenario("half typed by hand", (0.90, 0.95, 0.90, 0.99), by_hand=0.5),
    Scenario("nothing of mine", (None,) * 4, by_hand=1.0, most=0.005),
    # switches without a bound of their own, held to the nearest one
    Scenario("lines put into blocks", AS_ACCEPTED, inserted=0.2),
    Scenario("lines taken out", AS_ACCEPTED, deleted=0.2),
    Scenario("carriage returns", AS_ACCEPTED, crlf=True),
    Scenario("renamed files", AS_ACCEPTED, renamed=0.3),
    Scenario("files written whole", (0.94, 0.98, 0.94, 0.99), whole=0.5),
    Scenario("rewritten by a second session", (0.94, 0.95, 0.94, 0.93), rewritten=0.5),
    # what the rules do not promise to find: those lines are looked for where they were written
    Scenario("moved between old files", (0.95, None, 0.95, None), swapped=1.0),
    Scenario("undone blocks, others typed", (None,) * 4, dropped=1.0, most=0.001),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def a_history(
    folder: Path, style: Style, seed: int, commits: int, scenario: Scenario
) -> tuple[Making, Truth]:
    """Commits of mine and a colleague's, in which sessions and hands write side by side."""
    history = _History(folder, style, random.Random(f"{seed} {style.name}"), scenario)
    for number in range(commits):
        history.a_commit(number)
    return history.written.finish()


class _History:
    """One history under way."""

    def __init__(self, folder: Path, style: Style, rng: random.Random, scenario: Scenario) -> None:
        self.written = Written(folder)
        self.repo = self.written.repo
        self.style, self.rng, self.scenario = style, rng, scenario
        self.paths = [f"src/part{n}.{style.suffix}" for n in range(6)]
        if scenario.crlf:
            self.written.crlf.update(self.paths)
        for path in self.paths:
            for _ in range(4):
                self.written.put(path, 0, a_block(rng, style), THEIRS)
        self.written.commit("Begin", COLLEAGUE)
        self.repo.later(HOUR)

    def a_commit(self, number: int) -> None:
        """Some blocks in some files, then a commit of them."""
        rng, mine = self.rng, self.rng.random() >= 0.25
        session = 1 + number // 2
        for path in rng.sample(self.paths, rng.randint(1, 3)):
            for _ in range(rng.randint(1, 3)):
                self._a_block(path, session if mine else THEIRS)
            if rng.random() < 0.3:
                self._clear_up(path)
            if mine and rng.random() < self.scenario.renamed:
                self._rename(path)
        self.repo.later(rng.choice([MINUTE, HOUR, 5 * HOUR]))
        self.written.commit(str(number), None if mine else COLLEAGUE)
        self.repo.later(rng.choice([HOUR, DAY]))

    def _a_block(self, path: str, by: int) -> None:
        rng, scenario = self.rng, self.scenario
        texts = a_block(rng, self.style)
        at = rng.randint(0, len(self.written.files[path]))
        if by == THEIRS:
            self.written.put(path, at, texts, THEIRS)
            return
        if rng.random() < scenario.dropped:  # accepted, undone, and others typed
            self.repo.note(by, path, texts)
            texts = a_block(rng, self.style)
            self.written.put(path, at, texts, HAND)
            return
        if rng.random() < scenario.by_hand:
            self._typed(path, at, texts, by)
            return
        cells = self.written.put(path, at, texts, by)
        self._note(path, texts, by)
        self._by_a_second_session(path, cells, by)
        self._by_me(path, cells)

    def _typed(self, path: str, at: int, texts: list[str], by: int) -> None:
        self.written.put(path, at, texts, HAND)
        if self.scenario.most is not None:  # the tool worked too, in files of another folder
            self.repo.note(
                by, f"ai/part{by % 5}.{self.style.suffix}", a_block(self.rng, self.style)
            )

    def _note(self, path: str, texts: list[str], by: int) -> None:
        if self.rng.random() < self.scenario.elsewhere:
            self.repo.note(by, f"draft/{len(self.repo.edits)}.{self.style.suffix}", texts)
        elif self.rng.random() < self.scenario.swapped:
            others = [other for other in self.paths if other != path]
            self.repo.note(by, self.rng.choice(others), texts)
        elif self.rng.random() < self.scenario.whole:
            now = [cell.text for cell in self.written.files[path]]
            self.repo.note(by, path, now, whole=True)
        else:
            self.repo.note(by, path, texts)

    def _by_a_second_session(self, path: str, cells: list[Cell], by: int) -> None:
        if self.rng.random() >= self.scenario.rewritten:
            return
        first = self.rng.randrange(len(cells))
        some = cells[first : first + self.rng.randint(2, 6)]
        old = [cell.text for cell in some]
        for cell in some:
            cell.text, cell.by = touched_up(self.rng, cell.text), by + 1000
        self.repo.note(by + 1000, path, [cell.text for cell in some], old)

    def _by_me(self, path: str, cells: list[Cell]) -> None:
        """What I do to a block before I commit it."""
        rng, scenario = self.rng, self.scenario
        if scenario.formatted:
            self._format(path, cells)
        for cell in cells:
            if rng.random() < scenario.changed:
                cell.text = touched_up(rng, cell.text)
            if rng.random() < scenario.inserted:
                at = self.written.files[path].index(cell)
                typed = f"{self.style.comment}{' '.join(a_block(rng, self.style, 1)[1:])}"
                self.written.put(path, at, [typed], HAND)
        gone = [cell for cell in cells[1:-1] if rng.random() < scenario.deleted]
        if gone:
            self.written.take(path, gone)

    def _format(self, path: str, cells: list[Cell]) -> None:
        made = reformatted(self.rng, [cell.text for cell in cells])
        kept = [cells[at] for _, at in made]
        for cell, (text, _) in zip(kept, made, strict=True):
            cell.text = text
        self.written.take(path, [cell for cell in cells if cell not in kept])

    def _clear_up(self, path: str) -> None:
        """Somebody takes out a few old lines."""
        old = [cell for cell in self.written.files[path] if not cell.new]
        if len(old) > 30:
            first = self.rng.randrange(len(old) - 6)
            self.written.take(path, old[first : first + self.rng.randint(1, 6)])

    def _rename(self, path: str) -> None:
        stem = path.removesuffix(f".{self.style.suffix}")
        new = f"{stem}_{self.rng.randrange(1000)}.{self.style.suffix}"
        self.paths[self.paths.index(path)] = new
        self.written.rename(path, new)


Maker = Callable[[Path], tuple[Making, Truth]]

__all__ = ["BY_NAME", "SCENARIOS", "STYLES", "Scenario", "a_history", "boilerplate"]

"""Lines are noted only where they are looked for; that changes no answer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.repos.making import DAY, Making, Scanner, code
from tests.repos.test_copies import copied
from tokenmirror.repos import git, tree_lines
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.tree_lines import TreeLines

EVERYDAY = ["}", "import os", "", "return None", "else:", "x = 1"]


def a_tree(folder: Path, rng: random.Random) -> Making:
    """Many files by hand, then suggestions put together from pieces of them and new lines."""
    repo = Making(folder)
    texts = [
        [rng.choice([line, line, rng.choice(EVERYDAY)]) for line in code(f"file{number}", 14)]
        for number in range(40)
    ]
    for number, text in enumerate(texts):
        repo.append(f"src/{number}.py", text)
    repo.commit("Begin")
    repo.later(DAY)
    for number in range(12):
        lines: list[str] = []
        for text in rng.sample(texts, 4):
            at = rng.randrange(8)
            lines += [
                *text[at : at + rng.randint(3, 8)],
                *rng.choices(EVERYDAY, k=rng.randrange(3)),
            ]
            lines += rng.choice([[], code(f"new{number}", 3)])
        repo.accept(number % 5, f"src/{rng.choice([number, 100 + number])}.py", lines)
        if number % 3 == 0:
            repo.git("mv", f"src/{20 + number}.py", f"src/moved{number}.py")
        repo.commit(f"Accept {number}")
        repo.later(DAY)
    return repo


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.deep) for n in (2, 3, 4))])
def test_copies_are_the_same_with_all_lines_noted(
    tmp_path: Path, scanner: Scanner, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = a_tree(tmp_path / "made", random.Random(seed))
    plain, noting = TreeLines.look_for, []

    def noted(files: TreeLines, lines: set[int]) -> None:
        plain(files, lines)
        noting.append(files.notes_all)

    monkeypatch.setattr(TreeLines, "look_for", noted)
    by_need = copied(scanner, repo)
    some_left = not all(noting)
    monkeypatch.setattr(tree_lines, "LOOKS", 0)

    assert by_need == copied(scanner, repo)
    assert some_left
    assert sum(count or 0 for count in by_need.values()) > 60


def test_after_some_landings_all_lines_are_noted(tmp_path: Path, scanner: Scanner) -> None:
    repo = Making(tmp_path / "made")
    for name in ("left", "alone"):
        repo.append(f"{name}.py", code(name))
    repo.commit("Begin")
    place, _facts = scanner.facts(repo.folder)
    files = TreeLines(git.reader(scanner.git, place, "sha1"), Excluded())
    files.begin(repo.head())
    for _ in range(tree_lines.LOOKS):
        files.look_for(tree_lines.sums(code("elsewhere")[0].encode()))
    before = files.notes_all
    files.look_for([])

    assert (before, files.notes_all) == (False, True)

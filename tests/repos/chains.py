"""Long histories made in one go, with lines that look alike, renames, moves and merges."""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.repos.making import BEGIN_MS, COLLEAGUE, HOUR, ME

ALIKE = ["}", "    return None", "else:", "", "    pass", "        continue", ""]
Tree = dict[str, list[str]]


@dataclass
class Chain:
    """A stream for ``git fast-import``: commits one after the other, each with its whole tree."""

    folder: Path
    rng: random.Random
    out: list[bytes] = field(default_factory=list)
    now_ms: int = BEGIN_MS
    mark: int = 0
    lines: int = 0

    def line(self) -> str:
        if self.rng.random() < 0.3:
            return self.rng.choice(ALIKE)
        self.lines += 1
        return f"    value_{self.rng.randrange(400)} = call({self.rng.randrange(50)}, {self.lines})"

    def commit(
        self, ref: str, old: Tree, new: Tree, parents: list[int], who: tuple[str, str] = ME
    ) -> int:
        self.mark += 1
        self.now_ms += HOUR
        stamp = f"{who[0]} <{who[1]}> {self.now_ms // 1000} +0000"
        message = f"Change {self.mark}".encode()
        self._say(f"commit {ref}", f"mark :{self.mark}", f"author {stamp}", f"committer {stamp}")
        self._say(f"data {len(message)}")
        self.out.append(message + b"\n")
        for word, parent in zip(["from", *["merge"] * 9], parents, strict=False):
            self._say(f"{word} :{parent}")
        for path in old.keys() - new.keys():
            self._say(f"D {path}")
        for path, lines in new.items():
            if old.get(path) != lines:
                text = "".join(f"{one}\n" for one in lines).encode()
                self._say(f"M 100644 inline {path}", f"data {len(text)}")
                self.out.append(text + b"\n")
        return self.mark

    def _say(self, *words: str) -> None:
        self.out += [f"{one}\n".encode() for one in words]

    def write(self) -> None:
        self.folder.mkdir(parents=True)
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        for command, feed in (
            (["init", "-q", "-b", "main"], b""),
            (["fast-import", "--quiet"], b"".join(self.out)),
            (["reset", "-q", "--hard", "main"], b""),
        ):
            subprocess.run(["git", *command], cwd=self.folder, env=env, input=feed, check=True)


def edited(chain: Chain, tree: Tree, files: int = 3) -> Tree:
    """A tree with some files changed in several places, and now and then a rename or a move."""
    rng, new = chain.rng, {path: list(lines) for path, lines in tree.items()}
    for path in rng.sample(sorted(new), min(files, len(new))):
        lines = new[path]
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(0, len(lines))
            gone = rng.choice([0, 0, 1, 2, 5])
            lines[at : at + gone] = [chain.line() for _ in range(rng.choice([0, 1, 2, 6]))]
    chance = rng.random()
    path = rng.choice(sorted(new))
    if chance < 0.08:
        new[f"src/renamed{chain.mark}.py"] = new.pop(path)
    elif chance < 0.14:
        other = rng.choice(sorted(new))
        block, new[path][2:8] = new[path][2:8], []
        new[other][1:1] = block
    elif chance < 0.17 and len(new) > 3:
        del new[path]
    elif chance < 0.25:
        new[f"src/new{chain.mark}.py"] = [chain.line() for _ in range(rng.randint(5, 40))]
    return new


def a_chain(folder: Path, seed: int, landings: int, files: int = 8) -> Chain:
    """Landings of mine and a colleague's: direct ones, and merges of branches of either."""
    rng = random.Random(seed)
    chain = Chain(folder, rng)
    tree: Tree = {
        f"src/file{n}.py": [chain.line() for _ in range(rng.randint(10, 60))] for n in range(files)
    }
    tip = chain.commit("refs/heads/main", {}, tree, [], COLLEAGUE)
    for _ in range(landings - 1):
        who = ME if rng.random() < 0.6 else COLLEAGUE
        if rng.random() < 0.2:
            first = edited(chain, tree)
            second = edited(chain, first)
            side = chain.commit("refs/heads/topic", tree, first, [tip], who)
            side = chain.commit("refs/heads/topic", first, second, [side], who)
            tip = chain.commit("refs/heads/main", tree, second, [tip, side], who)
            tree = second
        else:
            new = edited(chain, tree)
            tip = chain.commit("refs/heads/main", tree, new, [tip], who)
            tree = new
    chain.write()
    return chain

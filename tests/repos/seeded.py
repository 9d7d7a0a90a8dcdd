"""Seeded histories full of boilerplate, in which the writer of every line is known."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.repos.making import COLLEAGUE, DAY, HOUR, MINUTE, Making

WORDS = ["order", "price", "stock", "cart", "user", "token", "page", "row", "cell", "node", "event"]
PYTHON = [
    "        if value is None:",
    "            return None",
    "            raise ValueError('invalid value')",
    "        for item in self.items:",
    "        self.assertEqual(result, expected)",
    "    except ValueError as error:",
    "        logger.exception('failed')",
    "    @property",
    "        return self",
    "    else:",
]
TYPESCRIPT = [
    "  if (!value) {",
    "    return undefined;",
    "  }",
    "});",
    "  const result = await client.fetch();",
    "  expect(result).toEqual(expected);",
    "    throw new Error('invalid value');",
    "  } catch (error) {",
    "export default {",
]
GO = [
    "\tif err != nil {",
    "\t\treturn nil, err",
    "\t}",
    "}",
    "\tdefer file.Close()",
    '\tt.Fatalf("unexpected error: %v", err)',
    "\tfor _, item := range items {",
    "\tctx, cancel := context.WithCancel(ctx)",
]
STYLES = {"py": PYTHON, "ts": TYPESCRIPT, "go": GO}


@dataclass
class Truth:
    """Lines by (commit, path, session), and the pairs of commit and session that belong."""

    lines: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    links: set[tuple[str, int]] = field(default_factory=set)


def a_hunk(rng: random.Random, style: str, changed: float = 0.0) -> tuple[list[str], list[str]]:
    """Lines as they are proposed, and as they are committed when some are changed by hand."""
    proposed = []
    for _ in range(rng.randint(3, 14)):
        if rng.random() < 0.4:
            proposed.append(rng.choice(STYLES[style]))
        else:
            a, b, c = (rng.choice(WORDS) for _ in range(3))
            proposed.append(f"    {a}_{b}{rng.randrange(60)} = {c}.{a}({b}, {rng.randrange(20)})")
    kept = [f"{line} # {rng.random()}" if rng.random() < changed else line for line in proposed]
    return proposed, kept


def a_history(
    folder: Path, seed: int, commits: int, *, by_hand: float, changed: float = 0.0
) -> tuple[Making, Truth]:
    """Commits of mine and a colleague's, in which sessions and hands write side by side."""
    rng = random.Random(seed)
    repo, truth = Making(folder), Truth()
    files = [f"src/{rng.choice(WORDS)}{n}.{style}" for style in STYLES for n in range(4)]
    for number in range(commits):
        theirs = rng.random() < 0.3
        session = number // 2
        written: Counter[tuple[str, int]] = Counter()
        for path in rng.sample(files, rng.randint(1, 3)):
            for _ in range(rng.randint(1, 3)):
                proposed, kept = a_hunk(rng, path[-2:], changed)
                lines = repo.read(path)
                at = rng.randint(0, len(lines))
                repo.write(path, [*lines[:at], *kept, *lines[at:]])
                if not theirs and rng.random() >= by_hand:
                    repo.note(session, path, proposed)
                    written[path, session] += len(kept)  # a touched line stays the tool's
        repo.later(rng.choice([MINUTE, HOUR, 5 * HOUR]))
        oid = repo.commit(str(number), COLLEAGUE if theirs else None)
        repo.later(rng.choice([HOUR, DAY]))
        for (path, by), count in written.items():
            truth.lines[oid, path, by] += count
            truth.links.add((oid, by))
    return repo, truth

"""A long repository followed from outside: ``python -m tests.bench --repository``.

Times and memory of a first scan, of a further one over ten new commits, and of a look at a
repository that has not changed; matched lines per second.  Each reading has a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shlex
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measured import run
from tests.repos.archived import Archived
from tests.repos.making import BEGIN_MS, COLLEAGUE, DAY, ME, MINUTE, SEALER, Making
from tests.repos.styles import STYLES, a_block
from tests.repos.written import HAND, THEIRS, Written
from tokenmirror.ingest.follow import Follower
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import Index, sealed
from tokenmirror.repos.matching import Matching
from tokenmirror.repos.nouns import Edit, Pool
from tokenmirror.repos.patches import FileChange

COMMITS = 25_000
LINES = 26  # added by a commit
FILES = 400
LONGEST = 160  # lines of a file before old ones are taken out
TARGETS: dict[str, float | None] = {
    "first scan, s": 25.0,
    "first reading, s": None,  # outcomes told too
    "first reading, CPU s": None,  # git and the start of Python too
    "first reading, peak MB": 300.0,
    "ten new commits, s": 0.3,
    "a reading with them, s": None,
    "unchanged, s": 0.05,
    "matched lines per s": 10_000.0,
}


def a_long_history(folder: Path, commits: int) -> Making:
    """A main line of commits of mine and of others; half of mine hold a session's blocks."""
    rng = random.Random(25)
    written = Written(folder)
    for number in range(commits):
        mine = rng.random() < 0.6
        session = 1 + number // 3 if mine and rng.random() < 0.5 else HAND
        left = LINES
        while left > 0:
            style = rng.choice(STYLES)
            path = f"src/{rng.randrange(FILES)}.{style.suffix}"
            texts = a_block(rng, style)
            by = session if mine else THEIRS
            at = rng.randint(0, len(written.files[path]))
            written.put(path, at, texts, by)
            if by > 0:
                written.repo.note(by, path, texts)
            left -= len(texts)
            if len(written.files[path]) > LONGEST:
                first = rng.randrange(LONGEST - 60)
                written.take(path, written.files[path][first : first + 60])
        written.repo.later(30 * MINUTE)
        written.commit(str(number), None if mine else COLLEAGUE)
    return written.finish()[0]


def opened(base: Path, data: Path) -> Archived:
    """An archive of a history made before, without what made it."""
    making = Making.__new__(Making)
    making.folder, making.edits, making.texts = base / "made", [], []
    making.now_ms = int((base / "now").read_text()) + DAY
    making.who = ME
    return Archived(making, data)


def read(base: Path, data: Path, times: int) -> None:
    """Read so often in this process; prints seconds of each, of git's part, and the peak.

    Git's part is all of the following: refs, commits, matching, writing; the rest tells
    outcomes of all tasks.
    """
    archived = opened(base, data)
    seconds, following = [], []
    plain = Follower.run

    def timed(follower: Follower, *, read: bool) -> None:
        began = time.perf_counter()
        plain(follower, read=read)
        following.append(time.perf_counter() - began)

    Follower.run = timed  # type: ignore[method-assign]
    for _ in range(times):
        began = time.perf_counter()
        archived.read()
        seconds.append(time.perf_counter() - began)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "following": following, "peak_mb": peak_mb}))


def ten_more(base: Path, data: Path) -> None:
    """Ten commits at the end of main."""
    making = opened(base, data).making
    rng = random.Random(10)
    for number in range(10):
        making.append(f"src/new{number % 3}.py", a_block(rng, STYLES[0], 8))
        making.commit(f"More {number}")


def matched_per_s() -> float:
    """Added lines of commits matched per second, beside a pool of as many lines."""
    rng = random.Random(3)
    blocks = [a_block(rng, STYLES[n % 3]) for n in range(4_000)]
    edits = tuple(
        Edit(n, n // 9, f"src/{n % 40}.py", BEGIN_MS + n * 1000, SEALER.edit(block))
        for n, block in enumerate(blocks)
    )
    index = Index(Pool(edits))
    at_ms = BEGIN_MS + DAY
    head = Head("a" * 40, (), at_ms, at_ms, 0, "A", "a@x", "A", "a@x", "", "")
    commits = []
    for first in range(0, len(blocks), 20):
        changes = [
            FileChange(f"src/{n % 40}.py", None, list(lines), list(range(1, len(lines) + 1)))
            for n, lines in enumerate(blocks[first : first + 20], first)
        ]
        commits.append(sealed(changes, SEALER))
    began = time.perf_counter()
    for files in commits:
        Matching(index, head, {}, SEALER, on_chain=True, window_days=7).match(files, {})
    return sum(len(block) for block in blocks) / (time.perf_counter() - began)


@dataclass(frozen=True)
class Reading:
    """What readings in one process took: each on the whole, and git's part of it."""

    seconds: list[float]
    following: list[float]
    peak_mb: float
    cpu_s: float


def a_reading(base: Path, data: Path, times: int) -> Reading:
    """A fresh process that reads so often."""
    out = data / "out.json"
    words = [sys.executable, "-m", "tests.bench.history", str(base), str(data), str(times)]
    command = f"exec {shlex.join(words)} > {shlex.quote(str(out))}"
    done = run(["/bin/sh", "-c", command])
    if done.status:
        raise SystemExit(f"the reading ended with {done.status}")
    said = json.loads(out.read_text(encoding="utf-8"))
    peak_mb = max(said["peak_mb"], done.peak_mb)
    return Reading(said["seconds"], said["following"], peak_mb, done.cpu_s)


def report(folder: Path, commits: int, rounds: int, out: Path | None) -> bool:
    """Make the history where it is missing, read it, print figures beside their targets."""
    base = folder / f"history-{commits}"
    if not (base / "now").exists():
        shutil.rmtree(base, ignore_errors=True)
        made = a_long_history(base / "made", commits)
        made.git("reset", "-q", "--hard", "main")
        Archived(made, base / "data")
        (base / "now").write_text(str(made.now_ms))
    figures: dict[str, list[float]] = {name: [] for name in TARGETS}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            shutil.copytree(base / "data", Path(name) / "data")
            _a_round(base, Path(name) / "data", figures)
    kept = True
    print(f"{commits} commits, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for name, target in TARGETS.items():
        middle = statistics.median(figures[name])
        if target is None:
            print(f"  {name:24}{middle:12.3f}")
            continue
        good = middle >= target if name.endswith("per s") else middle <= target
        kept = kept and good
        verdict = "pass" if good else "FAIL"
        print(f"  {name:24}{middle:12.3f}   target {target:10.3f}   {verdict}")
    if out is not None:
        out.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return kept


def _a_round(base: Path, data: Path, figures: dict[str, list[float]]) -> None:
    first = a_reading(base, data, 1)
    figures["first scan, s"] += first.following
    figures["first reading, s"] += first.seconds
    figures["first reading, CPU s"].append(first.cpu_s)
    figures["first reading, peak MB"].append(first.peak_mb)
    figures["unchanged, s"].append(statistics.median(a_reading(base, data, 6).seconds[1:]))
    making = opened(base, data).making
    tip = making.head()
    try:
        ten_more(base, data)
        further = a_reading(base, data, 1)
    finally:
        making.git("reset", "-q", "--hard", tip)
    figures["ten new commits, s"] += further.following
    figures["a reading with them, s"] += further.seconds
    figures["matched lines per s"].append(matched_per_s())


def main() -> None:
    """Used by the fresh processes: the history, the archive's folder, how often."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history")
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("times", type=int)
    given = parser.parse_args()
    read(given.base, given.data, given.times)


if __name__ == "__main__":
    main()

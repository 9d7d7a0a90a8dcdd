"""The benchmark: ``python -m tests.bench``; ratios within one run, never gates on a clock.

Each round runs every contender once, in a fresh process; the median of the rounds counts.
``--figures`` measures what the figures of each page cost on years of heavy use.
``--look`` measures a look instead: a home of 10,000 logs in which nothing changed, against a
bare walk over it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import figures, history
from tests.bench.measured import Run, run

ROOT = Path(__file__).resolve().parent.parent.parent
NOISE = 1.3  # spread of the reference above which no verdict is given


def corpus(folder: Path, size: str) -> Path:
    """The made-up corpus of that size, made where it is missing."""
    home = folder / size / "home"
    if not home.is_dir():
        maker = [sys.executable, str(ROOT / "tests" / "bench" / "make_corpus.py")]
        subprocess.run([*maker, str(folder / size), "--size", size, "--commits", "400"], check=True)
    return home


def contenders(home: Path, data: Path) -> dict[str, list[str]]:
    """What is measured, by name."""
    python = [sys.executable]
    logs = [str(path) for path in sorted(home.rglob("*.jsonl"))]
    reading = ["-m", "tokenmirror", "import", "--all-sources", "--quiet"]
    places = ["--home", str(home), "--data-dir", str(data)]
    return {
        "wc -l": [shutil.which("wc") or "wc", "-l", *logs],
        "token loop": [*python, "-m", "tests.bench.token_loop", str(home)],
        "cold import": [*python, *reading, *places],
        "unchanged import": [*python, *reading, *places],
    }


def small_logs(folder: Path, files: int) -> Path:
    """A home with that many conversations of one prompt, a hundred to a folder."""
    home = folder / f"{files}-logs" / "home"
    record = (
        '{"type":"user","uuid":"u%s","sessionId":"%s","timestamp":"2026-10-01T10:00:00.000Z",'
        '"version":"2.1.330","cwd":"/w/app","promptSource":"typed",'
        '"message":{"role":"user","content":"hello"}}\n'
    )
    for number in range(0 if home.is_dir() else files):
        place = home / ".claude" / "projects" / f"-w-app{number // 100}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.jsonl").write_text(record % (number, number))
    home.mkdir(parents=True, exist_ok=True)
    return home


def lookers(home: Path, bare: Path, data: Path) -> dict[str, list[str]]:
    """A look at many logs by one source and by all, the same without logs, and bare walks."""
    python = [sys.executable]

    def reading(at: Path, *sources: str) -> list[str]:
        places = ["--home", str(at), "--data-dir", str(data / at.parent.name)]
        return [*python, "-m", "tokenmirror", "import", "--quiet", *sources, *places]

    one, every = ("--source", "claude-code"), ("--all-sources",)
    return {
        "walk": [*python, "-m", "tests.bench.scan_walk", str(home)],
        "walk, no logs": [*python, "-m", "tests.bench.scan_walk", str(bare)],
        "look, its source": reading(home, *one),
        "its source, no logs": reading(bare, *one),
        "look, all sources": reading(home, *every),
        "all, no logs": reading(bare, *every),
    }


def look(folder: Path, rounds: int, files: int = 10_000) -> None:
    """Run the lookers; what a process takes without any logs is taken off on both sides."""
    home, bare = small_logs(folder, files), small_logs(folder, 0)
    runs: dict[str, list[float]] = {}
    env = dict(os.environ, PYTHONPYCACHEPREFIX=str(folder / "compiled"))
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a person's second start compiles nothing
    with tempfile.TemporaryDirectory() as data:
        for command in lookers(home, bare, Path(data)).values():
            run(command, env)
        for _round in range(rounds):
            for name, command in lookers(home, bare, Path(data)).items():
                done = run(command, env)
                assert done.status == 0, name
                runs.setdefault(name, []).append(done.cpu_s)
    median = {name: statistics.median(times) for name, times in runs.items()}
    print(f"{files:,} logs of which none changed, {rounds} rounds, CPU seconds")
    for name, cpu_s in median.items():
        print(f"{name:22}{cpu_s:8.3f}{min(runs[name]):8.3f}")
    walk = median["walk"] - median["walk, no logs"]
    for name, without in (
        ("look, its source", "its source, no logs"),
        ("look, all sources", "all, no logs"),
    ):
        added = median[name] - median[without]
        print(f"{name}: {added / walk:.1f} x the walk, start not counted on either side;")
        print(f"  {median[name] / median['walk']:.1f} x with the start of both programs")


def main() -> None:
    """Run the rounds, print a table, write JSON with what it ran on."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "corpus")
    parser.add_argument("--size", default="100MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--look", action="store_true")
    parser.add_argument("--repository", action="store_true", help="a long history instead of logs")
    parser.add_argument("--commits", type=int, default=history.COMMITS)
    parser.add_argument("--figures", action="store_true", help="figures of years instead of logs")
    parser.add_argument("--archive", type=Path, help="where its archive is kept, or made")
    parser.add_argument("--events", type=int, default=figures.EVENTS)
    parser.add_argument("--page", choices=list(figures.PAGES), help="one page alone")
    asked = parser.parse_args()
    if asked.figures:
        os.chdir(ROOT)
        held = figures.report(asked.archive, asked.events, asked.rounds, asked.out, asked.page)
        sys.exit(not held)
    if asked.look:
        os.chdir(ROOT)
        look(asked.corpus, asked.rounds)
        return
    if asked.repository:
        asked.corpus.mkdir(parents=True, exist_ok=True)
        os.chdir(ROOT)
        sys.exit(not history.report(asked.corpus, asked.commits, asked.rounds, asked.out))
    home = corpus(asked.corpus, asked.size)
    size_mb = sum(path.stat().st_size for path in home.rglob("*.jsonl")) / 1e6
    runs: dict[str, list[Run]] = {}
    os.chdir(ROOT)
    for _round in range(asked.rounds):
        with tempfile.TemporaryDirectory() as data:
            for name, command in contenders(home, Path(data)).items():
                runs.setdefault(name, []).append(run(command))
    report(runs, size_mb, asked.out)


def report(runs: dict[str, list[Run]], size_mb: float, out: Path | None) -> None:
    """Print medians and ratios to the token loop; warn where the machine was too busy."""
    median = {name: statistics.median(one.cpu_s for one in each) for name, each in runs.items()}
    reference = [one.cpu_s for one in runs["token loop"]]
    print(f"{size_mb:.0f} MB of logs, {len(reference)} rounds, {platform.processor() or 'cpu'}")
    print(f"{'':18}{'CPU s':>8}{'min':>8}{'MB/s':>8}{'peak MB':>9}{'x loop':>8}  exit")
    for name, each in runs.items():
        peak = max(one.peak_mb for one in each)
        least = min(one.cpu_s for one in each)
        ratio = median[name] / median["token loop"]
        codes = sorted({one.status for one in each})
        print(
            f"{name:18}{median[name]:8.2f}{least:8.2f}{size_mb / max(median[name], 1e-6):8.0f}"
            f"{peak:9.0f}{ratio:8.2f}  {codes}"
        )
    if max(reference) / min(reference) > NOISE:
        print("the token loop's own times differ by more than 1.3: too busy for a verdict")
    if out is not None:
        facts = {"size_mb": size_mb, "python": sys.version, "load": os.getloadavg()}
        facts["cpu_s"] = {name: [one.cpu_s for one in each] for name, each in runs.items()}
        out.write_text(json.dumps(facts, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The benchmark: ``python -m tests.bench``; ratios within one run, never gates on a clock.

Each round runs every contender once, in a fresh process; the median of the rounds counts.
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

from tests.bench import history
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


def main() -> None:
    """Run the rounds, print a table, write JSON with what it ran on."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "corpus")
    parser.add_argument("--size", default="100MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repository", action="store_true", help="a long history instead of logs")
    parser.add_argument("--commits", type=int, default=history.COMMITS)
    asked = parser.parse_args()
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

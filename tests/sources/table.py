"""Evidence for every source: ``python -m tests.sources.table [ID]… [--all]``.

A table of source, sample, signal, what the sample is known to hold, what was read, and
whether the two agree.  Samples that lie beside the checkout are taken in where they are
there.  Without ``--all`` only figures of which at least one side holds anything are shown.
Ends with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.sources.reading import Case, cases, read_home, summary
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Source

# figures of expected.json by the signal they are evidence for
FIGURES = {
    "prompts": "S1",
    "prompts_removed": "S1",
    "turns": "S2",
    "suggestions": "S3 S4",
    "day_totals": "S4",
    "tool_calls": "S5",
    "tokens": "S6",
    "sessions": "S7",
    "problems": "-",
}
WIDE = 60


@dataclass(frozen=True)
class Cell:
    """One figure of one sample: what it should be, and what was read."""

    source: str
    sample: str
    signal: str
    figure: str
    expected: object
    read: object

    @property
    def agrees(self) -> bool:
        """Whether the figure is as it should be."""
        return self.expected == self.read


def cells(source: Source, case: Case) -> Iterator[Cell]:
    """A row per figure that is known of a sample, and per kind in it."""
    found = summary(read_home(source, case.home()))
    for figure, expected in case.counts().items():
        read = found.get(figure)
        for kind, one, other in _apart(figure, expected, read):
            signal = FIGURES.get(figure, "-")
            yield Cell(source.key, case.name, _signal(signal, kind), kind, one, other)


def _apart(figure: str, expected: object, read: object) -> Iterator[tuple[str, object, object]]:
    """A figure by its kinds: prompts by author, edits by decision, tokens by model."""
    if figure == "suggestions":
        one, other = _by_decision(expected), _by_decision(read)
    elif isinstance(expected, dict) and isinstance(read, dict | None):
        one, other = expected, read or {}
    else:
        yield figure, expected, read
        return
    for kind in dict.fromkeys([*one, *other]):
        yield f"{figure}: {kind}", one.get(kind), other.get(kind)


def _by_decision(rows: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for row in rows if isinstance(rows, list) else []:
        kind = " ".join(filter(None, (row["kind"], row["decision"], row["how"])))
        found[kind] = f"{row['count']} (+{row['lines_added']} -{row['lines_removed']})"
    return found


def _signal(signal: str, kind: str) -> str:
    if signal == "S3 S4" and kind.split()[-1] in ("undecided", "applied"):
        return "S3"
    return signal


def shown(value: object) -> str:
    """A figure in one line."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDE else text[: WIDE - 1] + "\N{HORIZONTAL ELLIPSIS}"


def line(cell: Cell) -> str:
    """A row of the table."""
    mark = "ok" if cell.agrees else "DIFFERS"
    expected, read = shown(cell.expected), shown(cell.read)
    where = f"{cell.source:18}{cell.sample:28}{cell.signal:7}{cell.figure:44}"
    return f"{where}{mark:9}{expected}" + ("" if cell.agrees else f"  read {read}")


def table(keys: list[str], *, every: bool) -> tuple[list[str], int, int]:
    """The rows, how many figures agree, how many differ."""
    lines, agree, differ = [], 0, 0
    sources = {source.key: source for source in built_in()}
    for case in cases():
        if case.tool not in sources or (keys and case.tool not in keys):
            continue
        try:
            case.home()
        except pytest.skip.Exception:
            lines.append(f"{case.tool:18}{case.name:28}not here")
            continue
        for cell in cells(sources[case.tool], case):
            agree += cell.agrees
            differ += not cell.agrees
            if every or not cell.agrees or cell.expected not in (0, None, {}, []):
                lines.append(line(cell))
    return lines, agree, differ


def main() -> int:
    """Print the table; 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.sources.table")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    lines, agree, differ = table(asked.ids, every=asked.all)
    print(f"{'source':18}{'sample':28}{'signal':7}{'figure':44}{'':9}known")
    print("\n".join(lines))
    print(f"{agree} figures agree, {differ} differ.")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())

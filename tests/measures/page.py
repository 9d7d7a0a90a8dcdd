"""Every measure of the sample archive on one page.

``python -m tests.measures.page`` makes the sample as ``demo`` does, at a fixed instant,
prints the page and writes it to ``page.md``.  ``traced.md`` follows three of its figures to
the rows they are made of.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from tokenmirror.app import demo
from tokenmirror.app.measured import measure_object
from tokenmirror.app.start import Wanted
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.registry import MEASURES, ask
from tokenmirror.store import connection, reader

PAGE = Path(__file__).parent / "page.md"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OCTOBER = Scope(date(2026, 10, 1), date(2026, 10, 31), NOW.date())
WHY = {"no_single_number": "a table"}
HEAD = """# Every measure of the sample, October 2026

Made by `python -m tests.measures.page` from the archive that `tokenmirror demo` reads, as of
22 November 2026, noon, days from 04:00 to 04:00 UTC. Values are those of `tokenmirror measures
--json`: rates in per cent, money in US dollars, durations in seconds. What a person enters
(statements, plans, check-ins) is not part of the sample.

| id | measure | value | unit | interval | n | basis | sentence |
|---|---|---|---|---|---|---|---|
"""


@contextmanager
def sample() -> Iterator[Reader]:
    """The sample archive as of ``NOW``, read-only."""
    with demo.archive(Wanted(quiet=True), NOW) as (begun, missing):
        assert not missing, missing
        path = begun.places.database
        with connection.transaction(path) as db:
            # when a repository was looked at is the one time that comes from the clock
            db.execute("update repos set observed_ms = ?", (round(NOW.timestamp() * 1000),))
        with closing(reader.connect(path)) as db:
            yield db


def page(db: Reader) -> str:
    """The page in Markdown."""
    figures = ask(db, OCTOBER)
    return HEAD + "".join(_row(one.id, figures) for one in MEASURES)


def _row(measure_id, figures) -> str:
    measure = next(one for one in MEASURES if one.id == measure_id)
    figure = figures[measure_id]
    told = measure_object(measure, figure)
    interval, why = told["interval"], told["missing_reason"]
    cells = (
        told["id"],
        measure.title,
        _number(told["value"]) if told["value"] is not None else WHY.get(why, f"unknown: {why}"),
        told["unit"] or "",
        f"{_number(interval[0])} to {_number(interval[1])}" if interval else "",
        _of(told),
        told["basis"],
        figure.sentence,
    )
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |\n"


def _of(told) -> str:
    if told["n"] is None:
        return ""
    return f"{told['n']} of {told['of']}" if told["of"] is not None else str(told["n"])


def _number(value) -> str:
    return json.dumps(round(value, 4) if isinstance(value, float) else value)


def main() -> None:
    with sample() as db:
        made = page(db)
    PAGE.write_text(made, encoding="utf-8")
    sys.stdout.write(made)


if __name__ == "__main__":
    main()

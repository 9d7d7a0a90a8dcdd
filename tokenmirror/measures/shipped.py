"""D: what of the accepted lines was committed, and the changes that reached the main line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import (
    baselines,
    changes,
    chosen,
    columns,
    history,
    own_past,
    phrases,
    series,
    use,
)
from tokenmirror.measures.acceptance import READS, followed_and_ripe
from tokenmirror.measures.changes import Pick, Rows, Sums
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.intervals import MIN_WEEKS, usual
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.scoped import (
    absent,
    begin_day,
    no_repository,
    too_early,
)

AI = {
    "with": mark("with AI lines"),
    "without": mark("without"),
    "unknown": mark("cannot tell"),
}


def landed_of_accepted(sums: Sums[Any]) -> tuple[Any, Any]:
    """Committed lines, of accepted ones."""
    return sums.landed, sums.accepted


def _shipped(sums: Sums[Any]) -> tuple[Any, Any]:
    return sums.shipped, sums.accepted


def _landed_exact(sums: Sums[int]) -> int:
    return sums.landed_exact


def _shipped_exact(sums: Sums[int]) -> int:
    return sums.shipped_exact


def followed(db: Reader, scope: Scope) -> Rows | Unknown:
    """Ripe changes in followed projects, or why there is nothing to follow."""
    missing = absent(db, scope)
    if missing:
        return missing
    some = changes.rows(db, scope)
    in_it = some.where(followed_and_ripe(some))
    if len(in_it):
        return in_it
    unread = no_repository(db)
    if unread:
        return unread
    silent = None if len(some) else changes.not_recorded(db, scope)
    if silent:
        return silent
    first = changes.first_day(db, scope)
    return too_early(scope, first) if first is not None else in_it


def committed(db: Reader, scope: Scope) -> Total | Unknown:
    """D1: accepted lines found in commits of yours."""
    return _lines(
        db, scope, lambda sums: (sums.landed, sums.landed_exact),
        (mark("{n} accepted line was committed."), mark("{n} accepted lines were committed.")),
    )  # fmt: skip


def on_main_line(db: Reader, scope: Scope) -> Total | Unknown:
    """D3: accepted lines contained in the main line, and those of them in a release."""
    found = _lines(
        db, scope, lambda sums: (sums.shipped, sums.shipped_exact),
        (
            mark("{n} accepted line is on the main line."),
            mark("{n} accepted lines are on the main line."),
        ),
    )  # fmt: skip
    if isinstance(found, Unknown):
        return found
    out = changes.released(db, scope)
    words = tr_n(mark("{n} of them is in a release."), mark("{n} of them are in a release."), out)
    return replace(
        found,
        sentence=phrases.joined(found.sentence, words if out else ""),
        parts={**found.parts, "released": out, "not_released": found.value - out},
    )


def _lines(db: Reader, scope: Scope, pick: Pick, words: tuple[str, str]) -> Total | Unknown:
    some = followed(db, scope)
    if isinstance(some, Unknown):
        return some
    lines, exact = pick(changes.summed(some))
    close = tr_n(
        mark("{n} of them was recognised closely."), mark("{n} of them were recognised closely."),
        lines - exact,
    )  # fmt: skip
    return Total(
        value=lines,
        unit="lines",
        n=some.units,
        sentence=phrases.joined(tr_n(*words, lines), close if lines > exact else ""),
        basis="derived",
        parts={"exact": exact},
    )


def commit_rate(db: Reader, scope: Scope) -> Rate | Unknown:
    """D2: of what you accepted, how much you then committed."""
    return _rate(
        db, scope, landed_of_accepted, _landed_exact, "D2@1",
        mark("Of {trials} accepted lines, {hits} were committed{share}."),
    )  # fmt: skip


def ship_rate(db: Reader, scope: Scope) -> Rate | Unknown:
    """D4: of what you accepted, how much reached the main line."""
    return _rate(
        db, scope, _shipped, _shipped_exact, "D4@1",
        mark("Of {trials} accepted lines, {hits} are on the main line{share}."),
    )  # fmt: skip


def _rate(
    db: Reader,
    scope: Scope,
    pick: Pick,
    exact: Callable[[Sums[int]], int],
    measure: str,
    words: str,
) -> Rate | Unknown:
    some = followed(db, scope)
    if isinstance(some, Unknown):
        return some
    found = changes.rate(some, pick, scope, measure)
    hits, trials, units, interval = found
    said = tr(
        words,
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, units)),
    )  # fmt: skip
    surely = exact(changes.summed(some))
    said = phrases.joined(
        said if trials else tr(mark("No lines were accepted in this period.")),
        phrases.exact_words(surely, hits, trials, interval, units),
        phrases.from_units(units, interval),
        phrases.clump_words(changes.units(some, pick)[1].tolist()),
    )
    return changes.line_rate(found, "lines", said, apart={"exact": surely})


COMMITTED = Past(
    changes.units_of(landed_of_accepted, followed_and_ripe), "line_rate", language.percent
)
ON_MAIN_LINE = Past(changes.units_of(_shipped, followed_and_ripe), "line_rate", language.percent)
COMMITTED_BY_WEEK = series.RateSeries(
    measure="D2@1",
    key="committed",
    name=mark("committed"),
    sentence=mark("Of the lines accepted in a week, the share that was committed."),
    units=COMMITTED.units,
    ripens=True,
)
SHIPPED_BY_WEEK = series.RateSeries(
    measure="D4@1",
    key="on_main_line",
    name=mark("on the main line"),
    sentence=mark("Of the lines accepted in a week, the share that is on the main line."),
    units=ON_MAIN_LINE.units,
    ripens=True,
)


def commit_rate_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """D2 by week."""
    return series.rate_series(db, scope, COMMITTED_BY_WEEK)


def ship_rate_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """D4 by week."""
    return series.rate_series(db, scope, SHIPPED_BY_WEEK)


def _deliveries(db: Reader, scope: Scope, first: date, last: date) -> Counter[str]:
    """How many changes shipped between two days, with AI lines, without, and untold."""
    every = columns.deliveries(db)
    days = every.between(*scope.days.bounds_ms(first, last))
    codes = every.ai.code[days][chosen.deliveries(db, scope)[days]]
    return Counter({key: int((codes == code).sum()) for code, key in enumerate(every.ai.words)})


def delivered(db: Reader, scope: Scope) -> Total | Unknown:
    """D5: pieces of your work that reached the main line."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    found = _deliveries(db, scope, scope.first, scope.last)
    n = found.total()
    place = own_past.found(db, scope, "D5@1", DELIVERED, float(n)).place
    words = tr_n(
        mark("{n} change shipped{usual}; {ai} with AI-written lines."),
        mark("{n} changes shipped{usual}; {ai} with AI-written lines."),
        n, ai=language.number(found["with"]), usual=history.usual_words(place),
    )  # fmt: skip
    untold = tr_n(
        mark("For {n} it cannot be told."), mark("For {n} it cannot be told."), found["unknown"]
    )
    none = tr(mark("No changes shipped in this period."))
    return Total(
        value=n,
        unit="changes",
        n=n,
        sentence=phrases.joined(words if n else none, untold if found["unknown"] else ""),
        usual=place.limits if place else None,
        basis="derived",
        parts={key: found[key] for key in AI},
    )


def _units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    return [Behind(None, 1.0, 1.0)] * _deliveries(db, scope, first, last).total()


# a week in which nothing shipped holds data where something was asked
DELIVERED = Past(_units, "total", language.number, active=use.active_weeks)


def delivered_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """D5 by week: shipped changes with AI lines, without, and where nothing can be told."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    unread = no_repository(db)
    if unread:
        return unread
    weeks = history.shown_weeks(scope)
    found = [_deliveries(db, scope, week, scope.days.last_of(week)) for week in weeks]
    before = own_past.weeks_before(db, scope, DELIVERED)
    held = [history.total(units) for _, units in before if units]
    band = usual(held)
    return Weeks(
        weeks=tuple(
            history.week(
                scope, first, begin, tuple(float(count[key]) for key in AI), _delivery_words(count)
            )
            for first, count in zip(weeks, found, strict=True)
        ),
        parts=tuple("cannot_tell" if key == "unknown" else key for key in AI),
        names=tuple(tr(words) for words in AI.values()),
        unit="changes",
        sentence=tr(mark("Changes that reached the main line, by week.")),
        usual=band.ends if band else None,
        basis="derived",
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, weeks[0], scope.today),
    )


def _delivery_words(count: Counter[str]) -> str:
    words = tr(
        mark("{n} shipped, {ai} with AI lines"),
        n=language.number(count.total()), ai=language.number(count["with"]),
    )  # fmt: skip
    untold = tr(mark("for {n} it cannot be told"), n=language.number(count["unknown"]))
    return f"{words}, {untold}" if count["unknown"] else words


OUT = mark(
    "Lines outside of readable repositories, changes younger than 14 days, excluded files, and"
    " unattended sessions."
)
SIGNALS = frozenset({"S3", "S4", "S8"})

D1 = Measure(
    id="D1",
    term="lines committed",
    title=mark("Committed"),
    means=mark("Accepted lines that were found in commits of yours."),
    how=mark("Found within 7 days of acceptance, in a commit of one of your identities."),
    left_out=OUT,
    bias=mark("Common lines match by chance, so they count inside a matched run alone."),
    unit="lines",
    needs=SIGNALS,
    windows=("r14",),
    interval_unit="",
    beside=("A3",),
    export=Export.DEFAULT,
    compute=committed,
    reads=READS,
    splits=EVERY,
)

D2 = Measure(
    id="D2",
    term="commit (landing) rate",
    title=mark("Committed, of what was accepted"),
    means=mark("Of what you accepted, how much you then committed."),
    how=mark("Committed lines, of accepted lines at least 14 days old."),
    left_out=OUT,
    bias=mark("Commit everything and it rises."),
    unit="%",
    needs=SIGNALS,
    windows=("r14", "w"),
    interval_unit="task",
    beside=("E1", "E2"),
    export=Export.DEFAULT,
    compute=commit_rate,
    past=COMMITTED,
    weekly=commit_rate_by_week,
    reads=READS,
    splits=EVERY,
)

D3 = Measure(
    id="D3",
    term="lines on default branch / released",
    title=mark("On the main line"),
    means=mark("Accepted lines that are contained in the main line."),
    how=mark(
        "Committed lines in commits that the main line holds; in a release: where a tag that"
        " looks like a version contains them."
    ),
    left_out=OUT,
    bias=mark("A repository worked on alone ships at once."),
    unit="lines",
    needs=SIGNALS | {"S9"},
    windows=("r14",),
    interval_unit="",
    beside=("A3",),
    export=Export.DEFAULT,
    compute=on_main_line,
    reads=READS | {"births", "commits"},
    splits=EVERY,
)

D4 = Measure(
    id="D4",
    term="merge (ship) rate",
    title=mark("Shipped, of what was accepted"),
    means=mark("Of what you accepted, how much reached the main line."),
    how=mark("Lines on the main line, of accepted lines at least 14 days old."),
    left_out=OUT,
    bias=mark("A repository worked on alone ships at once."),
    unit="%",
    needs=SIGNALS | {"S9"},
    windows=("r14", "w"),
    interval_unit="task",
    beside=("E2",),
    export=Export.TICKED,
    compute=ship_rate,
    past=ON_MAIN_LINE,
    weekly=ship_rate_by_week,
    reads=READS,
    splits=EVERY,
)

D5 = Measure(
    id="D5",
    term="changes delivered (throughput)",
    title=mark("Shipped changes"),
    means=mark("Pieces of your work that reached the main line."),
    how=mark(
        "Merged branches, squashes and runs of direct commits with at least one commit of"
        " yours; with AI lines, without, or where nothing can be told."
    ),
    left_out=mark("Changes without a commit of yours. With tools chosen, those of their tasks."),
    bias=mark("Splitting work into more changes raises it."),
    unit="count",
    needs=frozenset({"S8", "S9"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("D8", "F3"),
    export=Export.DEFAULT,
    compute=delivered,
    past=DELIVERED,
    weekly=delivered_by_week,
    reads=frozenset({"deliveries", "repos", "projects", "task_deliveries", "tasks"}),
    splits=EVERY,
)

MEASURES = (D1, D2, D3, D4, D5)

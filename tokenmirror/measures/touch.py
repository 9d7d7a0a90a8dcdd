"""C6, I5, I6: how much was committed as it was proposed, and how soon after the last edit."""

from __future__ import annotations

from dataclasses import dataclass

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import changes, columns, phrases
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.figures import Rate, Total, Unknown
from tokenmirror.measures.intervals import FEW, MANY, median, ratio_interval, seed
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import absent, no_repository
from tokenmirror.measures.tasks import begun

LAST_EDITS = """
select t.id, t.landed_ms, t.accepted, max(g.at_ms)
from tasks t
cross join task_sessions ts on ts.task_id = t.id
cross join suggestions g on g.session_id = ts.session_id
where t.landed_ms is not null and t.accepted > :paced
  and g.decision = 'accepted' and g.kind <> 'command' and g.at_ms <= t.landed_ms
group by t.id
"""
MINUTE_MS = 60_000
LARGE_LINES = 200
PACED_LINES = 50


@dataclass(frozen=True)
class Lines:
    """Lines of tasks that reached a commit, columns of one length."""

    accepted: Ints
    landed: Ints
    exact: Ints

    @property
    def close(self) -> Ints:
        """Committed lines that are close to what was proposed, not equal."""
        return self.landed - self.exact


@shared
def of_tasks(db: Reader, scope: Scope) -> Lines:
    """Lines of each task of the period that reached a commit."""
    every = changes.rows(db, scope)
    some = every.where(every.followed & every.ripe)
    tasks, place = some.parted("task")
    sums = some.sums
    lines = [
        columns.added(column, place, len(tasks))
        for column in (sums.accepted, sums.landed, sums.landed_exact)
    ]
    reached = lines[1] > 0
    return Lines(*(column[reached] for column in lines))


@lasting
def _last_edits(db: Reader) -> Ints:
    """When each task reached a commit, how many lines it accepted, and its last edit.

    Shape (3, tasks); 0 for all three of a task with few lines, or none committed.
    """
    import numpy as np  # late: 100 ms

    every = columns.tasks(db)
    task, *told = columns.ints(db.execute(LAST_EDITS, {"paced": PACED_LINES}), 4)
    found = np.zeros((3, len(every.id)), dtype=np.int64)
    found[:, every.place(task)] = told
    return found


def _missing(db: Reader, scope: Scope) -> Unknown | None:
    missing = absent(db, scope) or no_repository(db)
    if missing or len(of_tasks(db, scope).landed):
        return missing
    words = tr(mark("No task with accepted lines of this period has reached a commit yet."))
    return Unknown("no_activity", words)


def kept(db: Reader, scope: Scope) -> Rate | Unknown:
    """C6: accepted lines committed exactly as proposed; lightly edited ones stand beside."""
    missing = _missing(db, scope)
    if missing:
        return missing
    some = of_tasks(db, scope)
    pairs = columns.pairs(some.exact, some.accepted)
    hits, trials = map(int, pairs.sum(axis=0))
    close = int(some.close.sum())
    interval = ratio_interval(pairs, seed("C6@1", scope.first, scope.last, *scope.choices))
    words = tr(
        mark("Of {trials} accepted lines, {hits} were committed as proposed{share}."),
        trials=language.number(trials), hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    edited = tr_n(mark("{n} more lightly edited."), mark("{n} more lightly edited."), close)
    return Rate(
        hits,
        trials,
        "lines",
        phrases.joined(words, edited if close else "", phrases.from_units(len(pairs), interval)),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        apart={"lightly_edited": close, "not_committed": trials - hits - close},
        n=len(pairs),
    )


def by_hand(db: Reader, scope: Scope) -> Rate | Unknown:
    """I5: committed AI lines that were altered between acceptance and commit."""
    missing = _missing(db, scope)
    if missing:
        return missing
    some = of_tasks(db, scope)
    pairs = columns.pairs(some.close, some.landed)
    hits, trials = map(int, pairs.sum(axis=0))
    interval = ratio_interval(pairs, seed("I5@1", scope.first, scope.last, *scope.choices))
    words = tr(
        mark("Your touch: {hits} of {trials} committed AI lines were altered before{share}."),
        trials=language.number(trials), hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    return Rate(
        hits,
        trials,
        "lines",
        phrases.joined(words, phrases.from_units(len(pairs), interval)),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        n=len(pairs),
    )


def pace(db: Reader, scope: Scope) -> Total | Unknown:
    """I6: accepted lines per minute between the last edit and the first commit, estimated."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    edits = _last_edits(db)[:, begun(db, scope)]
    landed_ms, accepted, edited_ms = edits[:, edits[1] > 0]
    minutes = np.maximum(landed_ms - edited_ms, 1_000) / MINUTE_MS
    rates: list[float] = np.sort(accepted / minutes).tolist()
    many = accepted > LARGE_LINES
    large, quick = int(many.sum()), int((minutes[many] < 1).sum())
    if not rates:
        return Unknown(
            "no_activity", tr(mark("No task with more than 50 accepted lines was committed."))
        )
    told = tr_n(
        mark("{n} large change was committed within a minute (estimated)."),
        mark("{n} large changes were committed within a minute (estimated)."),
        quick,
    )
    return Total(
        median(rates),
        "count",
        len(rates),
        phrases.joined(_rates_words(rates), told if quick else ""),
        basis="estimated",
        parts={
            "large_changes": large,
            "within_a_minute": quick,
            "fastest": max(rates) if len(rates) >= MANY else None,
        },
    )


def _rates_words(rates: list[float]) -> str:
    if len(rates) >= FEW:
        return tr(
            mark(
                "In the median {rate} accepted lines a minute passed before the commit (estimated)."
            ),
            rate=language.number(median(rates), 1),
        )
    return tr(
        mark("Accepted lines a minute before the commit: {rates} (estimated)."),
        rates=language.listing([language.number(rate, 1) for rate in sorted(rates)]),
    )


OUT = mark(
    "Lines outside of readable repositories, changes younger than 14 days, tasks that reached no"
    " commit, excluded files, and unattended sessions."
)
READS = frozenset({"proposals", "tasks", "commits", "claims"})

C6 = Measure(
    id="C6",
    term="persistence of accepted text",
    title=mark("Kept as proposed"),
    means=mark("How much of what you took was still as proposed when you committed."),
    how=mark(
        "Accepted lines found unchanged in a commit, of the accepted lines of tasks that reached"
        " one; lines found close to what was proposed count as lightly edited."
    ),
    left_out=OUT,
    bias=mark("Long suggestions lose by it; lightly edited ones stand beside."),
    unit="%",
    needs=frozenset({"S3", "S4", "S8"}),
    windows=("r14",),
    interval_unit="task",
    beside=("I5", "D2"),
    export=Export.TICKED,
    compute=kept,
    reads=READS,
    splits=EVERY,
)
I5 = Measure(
    id="I5",
    term="edits before commit",
    title=mark("Your touch"),
    means=mark("How much of what was committed you altered before."),
    how=mark("Committed AI lines that were found close to what was proposed, not equal to it."),
    left_out=OUT,
    bias=mark("A formatter's touch looks like yours."),
    unit="% of lines",
    needs=frozenset({"S3", "S4", "S8"}),
    windows=("r14",),
    interval_unit="task",
    beside=("C6",),
    export=Export.TICKED,
    compute=by_hand,
    reads=READS,
    splits=EVERY,
)
I6 = Measure(
    id="I6",
    term="review pace (estimated)",
    title=mark("Review pace"),
    means=mark("How soon after the agent's last edit you committed."),
    how=mark("Accepted lines over the minutes between last edit and first commit, per task."),
    left_out=mark("Tasks with 50 accepted lines or fewer; unattended ones."),
    bias=mark("Reading elsewhere, or while the agent worked, leaves no trace."),
    unit="lines/min, n",
    needs=frozenset({"S3", "S8"}),
    windows=("P",),
    interval_unit="task",
    beside=("E2",),
    export=Export.NEVER,
    compute=pace,
    reads=READS | {"suggestions"},
    splits=EVERY,
)

MEASURES = (C6, I5, I6)

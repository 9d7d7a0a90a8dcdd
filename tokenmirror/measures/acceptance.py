"""C: what was proposed and what of it was accepted, and who decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, changes, history, phrases, series
from tokenmirror.measures.changes import Rows, Sums
from tokenmirror.measures.columns import Bools
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.intervals import MIN_WEEKS, usual
from tokenmirror.measures.measure import EVERY, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.scoped import absent, begin_day, tools_alone, values
from tokenmirror.store.oddities import sound

DECIDED = 0.20  # of accepted lines by the person, or there is no rate

DAY_TOTALS = f"""
select what, sum(count) from day_totals
where at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and {sound("day_totals", "id")}
group by what
"""  # noqa: S608 (constant parts)


def proposed(db: Reader, scope: Scope) -> Total | Unknown:
    """C3: non-blank lines added in proposed changes."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    sums = changes.summed(some)
    followed = changes.summed(some.where(some.followed))
    words = tr_n(
        mark("{lines} lines were proposed in {n} change."),
        mark("{lines} lines were proposed in {n} changes."),
        sums.changes, lines=language.number(sums.proposed),
    )  # fmt: skip
    return Total(
        value=sums.proposed,
        unit="lines",
        n=sums.changes,
        sentence=words if sums.changes else tr(mark("No changes were proposed in this period.")),
        parts={
            "followed": followed.proposed,
            "not_followed": sums.proposed - followed.proposed,
        },
    )


def accepted(db: Reader, scope: Scope) -> Total | Unknown:
    """C4: accepted lines: chosen, allowed, applied; undecided ones stand beside."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    sums = changes.summed(some)
    words = tr(
        mark(
            "{accepted} of {proposed} proposed lines were accepted: {chosen} chosen by you,"
            " {allowed} allowed, {applied} applied; {undecided} are undecided."
        ),
        accepted=language.number(sums.accepted), proposed=language.number(sums.proposed),
        chosen=language.number(sums.chosen), allowed=language.number(sums.allowed),
        applied=language.number(sums.applied), undecided=language.number(sums.undecided),
    )  # fmt: skip
    return Total(
        value=sums.accepted,
        unit="lines",
        n=sums.changes_chosen + sums.changes_let,
        sentence=words if sums.changes else tr(mark("No changes were proposed in this period.")),
        parts={
            "chosen": sums.chosen,
            "allowed": sums.allowed,
            "applied": sums.applied,
            "undecided": sums.undecided,
        },
    )


def accepted_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C4 by week as Overview draws it: accepted proposed changes, chosen or let through."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    shown = history.shown_weeks(scope)
    past = history.weeks_before(scope, baselines.since(db, scope))
    found = _taken_by_week(db, scope, [*shown, *past])
    weeks = []
    for first in shown:
        counts = found[first]
        words = tr(
            mark("{n} accepted ({chosen} chosen)"),
            n=language.number(sum(counts)), chosen=language.number(counts[0]),
        )  # fmt: skip
        weeks.append(history.week(scope, first, begin, counts, words))
    held = [sum(found[first]) for first in past if any(found[first])]
    band = usual(held)
    return Weeks(
        weeks=tuple(weeks),
        parts=("chosen", "let_through"),
        names=(tr(mark("chosen by you")), tr(mark("allowed or applied"))),
        unit="changes",
        sentence=tr(mark("Proposed changes taken, by week.")),
        usual=band.ends if band else None,
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


def _taken_by_week(
    db: Reader, scope: Scope, weeks: Sequence[date]
) -> dict[date, tuple[float, float]]:
    """Accepted changes of each week: chosen, and let through."""
    every = changes.running(db, scope, ("changes_chosen", "changes_let"))
    found = {}
    for first in weeks:
        taken, let = every.between(scope, first, scope.days.last_of(first))
        found[first] = (float(taken), float(let))
    return found


def completions(db: Reader, scope: Scope) -> Total | Unknown:
    """Completions that tools keep as day totals: accepted ones, with those shown beside.

    A row of its own, never added to proposed changes; they belong to no project.
    """
    told = db.execute(DAY_TOTALS, values(scope)) if tools_alone(scope) else ()
    found: dict[str, int] = dict(told)
    if "accepted" not in found and "shown" not in found:
        return Unknown(
            "not_recorded", tr(mark("Completions are not recorded by the tools you use."))
        )
    taken, shown = found.get("accepted"), found.get("shown")
    if shown is None:
        words = tr(mark("Completions (day totals): {n} accepted"), n=language.number(taken or 0))
    elif taken is None:
        words = tr(mark("Completions (day totals): {n} shown"), n=language.number(shown))
    else:
        words = tr(
            mark("Completions (day totals): {shown} shown · {n} accepted"),
            shown=language.number(shown), n=language.number(taken),
        )  # fmt: skip
    return Total(
        value=taken or 0,
        unit="count",
        n=taken or 0,
        sentence=phrases.joined(words, left_out(db, scope, "day_totals")),
        parts={name: float(number) for name, number in sorted(found.items())},
    )


def _decided(sums: Sums[Any]) -> tuple[Any, Any]:
    return sums.changes_chosen, sums.changes_chosen + sums.changes_rejected


def taken(db: Reader, scope: Scope) -> Rate | Unknown:
    """C5: of the changes you decided on, how many you took; no rate where you seldom decide."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    sums = changes.summed(some)
    if sums.accepted and sums.chosen < DECIDED * sums.accepted:
        return Unknown(
            "approved_as_a_whole", tr(mark("Written by the agent, approved as a whole."))
        )
    found = changes.rate(some, _decided, scope, "C5@1")
    hits, trials, units, interval = found
    share = phrases.in_brackets(phrases.line_share(hits, trials, interval, units))
    words = tr_n(
        mark("Of {n} proposed change you decided on, you took {hits}{share}."),
        mark("Of {n} proposed changes you decided on, you took {hits}{share}."),
        trials, hits=language.number(hits), share=share,
    )  # fmt: skip
    open_ones = tr_n(mark("{n} is undecided."), mark("{n} are undecided."), sums.changes_undecided)
    said = phrases.joined(
        words if trials else tr(mark("You decided on no proposed changes in this period.")),
        phrases.from_units(units, interval),
        open_ones if sums.changes_undecided else "",
    )
    apart = {
        "undecided": sums.changes_undecided,
        "lines_taken": sums.chosen,
        "lines_decided": sums.chosen + sums.rejected,
    }
    return changes.line_rate(found, "changes", said, apart=apart)


TAKEN = Past(changes.units_of(_decided), "line_rate", language.percent)
TAKEN_BY_WEEK = series.RateSeries(
    measure="C5@1",
    key="taken",
    name=mark("taken of those you decided on"),
    sentence=mark("Of the proposed changes you decided on, the share you took, by week."),
    units=TAKEN.units,
)


def taken_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C5 by week."""
    return series.rate_series(db, scope, TAKEN_BY_WEEK)


def _turned_down(sums: Sums[Any]) -> tuple[Any, Any]:
    return sums.changes_rejected, sums.changes_chosen + sums.changes_rejected


def turned_down(db: Reader, scope: Scope) -> Rate | Unknown:
    """C7: proposed changes you refused or undid, of those you decided on."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    found = changes.rate(some, _turned_down, scope, "C7@1", by="session")
    hits, trials, units, interval = found
    share = phrases.in_brackets(phrases.line_share(hits, trials, interval, units))
    words = tr_n(
        mark("You turned down {hits} of {n} proposed change you decided on{share}."),
        mark("You turned down {hits} of {n} proposed changes you decided on{share}."),
        trials, hits=language.number(hits), share=share,
    )  # fmt: skip
    none = tr(mark("You decided on no proposed changes in this period."))
    return changes.line_rate(found, "changes", words if trials else none)


def _allowed(sums: Sums[Any]) -> tuple[Any, Any]:
    return sums.allowed, sums.accepted


def auto_approved(db: Reader, scope: Scope) -> Rate | Unknown:
    """C8: accepted lines that auto-approval or a standing permission let through."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    sums = changes.summed(some)
    found = changes.rate(some, _allowed, scope, "C8@1")
    hits, trials, units, interval = found
    words = tr(
        mark(
            "Of {trials} accepted lines, {hits} were let through without asking{share};"
            " {chosen} were chosen by you, {applied} were applied and nothing tells how."
        ),
        trials=language.number(trials), hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, units)),
        chosen=language.number(sums.chosen), applied=language.number(sums.applied),
    )  # fmt: skip
    said = phrases.joined(
        words if trials else tr(mark("No lines were accepted in this period.")),
        phrases.from_units(units, interval),
    )
    apart = {"chosen": sums.chosen, "allowed": sums.allowed, "applied": sums.applied}
    return changes.line_rate(found, "lines", said, apart=apart)


def followed_and_ripe(some: Rows) -> Bools:
    """Which changes lie in a readable repository and are at least 14 days old."""
    return some.followed & some.ripe


READS = frozenset({"proposals", "sessions", "tasks", "task_sessions"})
OUT = mark(
    "Excluded files, text overwritten within the same turn, edits that did not apply,"
    " unattended sessions, and completions, which stand apart."
)

C3 = Measure(
    id="C3",
    term="lines proposed",
    title=mark("Proposed"),
    means=mark("How many lines the tools proposed to add."),
    how=mark("Added non-blank lines of proposed changes, in the final state of each turn."),
    left_out=OUT,
    bias=mark("A wordy agent proposes more."),
    unit="lines",
    needs=frozenset({"S3"}),
    windows=("P",),
    interval_unit="",
    beside=("D2",),
    export=Export.DEFAULT,
    compute=proposed,
    reads=READS,
    splits=EVERY,
)

C4 = Measure(
    id="C4",
    term="lines accepted (3 kinds)",
    title=mark("Accepted"),
    means=mark("How many of the proposed lines were taken, and how."),
    how=mark(
        "Chosen: you pressed accept. Allowed: auto-approval or a standing permission let it"
        " through. Applied: the log shows the text was written and no more. Weekly bars count"
        " accepted changes in place of lines."
    ),
    left_out=OUT,
    bias=mark("A wordy agent raises it; what you commit tells more."),
    unit="lines",
    needs=frozenset({"S3", "S4"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("D2",),
    export=Export.DEFAULT,
    compute=accepted,
    weekly=accepted_by_week,
    reads=READS,
    splits=EVERY,
)

C5 = Measure(
    id="C5",
    term="acceptance rate (decided changes, lines)",
    title=mark("Taken"),
    means=mark("Of the changes you decided on yourself, how many you took."),
    how=mark(
        "Changes accepted by your choice, of those chosen, rejected or undone. What was allowed"
        " or applied never enters. Below 20 % of accepted lines decided by you there is no rate."
    ),
    left_out=OUT,
    bias=mark("Saying no early is good work."),
    unit="n of n, %",
    needs=frozenset({"S3", "S4"}),
    windows=("P", "w"),
    interval_unit="task",
    beside=("C7", "C8"),
    export=Export.TICKED,
    compute=taken,
    past=TAKEN,
    weekly=taken_by_week,
    reads=READS,
    splits=EVERY,
)

C7 = Measure(
    id="C7",
    term="rejection rate",
    title=mark("Turned down"),
    means=mark("How many of the changes you decided on you refused or undid."),
    how=mark("Changes rejected or undone, of those chosen, rejected or undone."),
    left_out=OUT,
    bias=mark("High is not bad: it is review at work."),
    unit="n of n, %",
    needs=frozenset({"S4"}),
    windows=("P",),
    interval_unit="session",
    beside=("C8",),
    export=Export.TICKED,
    compute=turned_down,
    reads=READS,
    splits=EVERY,
)

C8 = Measure(
    id="C8",
    term="auto-approved share",
    title=mark("Let through"),
    means=mark("How much of what was accepted nobody was asked about."),
    how=mark("Accepted lines that were allowed, of all accepted lines."),
    left_out=OUT,
    bias=mark("It explains the acceptance rate and how often you step in."),
    unit="%",
    needs=frozenset({"S4", "S7"}),
    windows=("P",),
    interval_unit="task",
    beside=("C5", "I1"),
    export=Export.TICKED,
    compute=auto_approved,
    reads=READS,
    splits=EVERY,
)

MEASURES = (C3, C4, C5, C7, C8)

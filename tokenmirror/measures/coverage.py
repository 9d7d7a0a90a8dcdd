"""A: how much of the work the logs cover, and how sure the figures are."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tokenmirror import language, sources
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import active, changes, columns, contradictions, phrases, priced
from tokenmirror.measures.changes import Rows
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.figures import (
    Column,
    Figure,
    Part,
    Parts,
    Rate,
    Table,
    Unknown,
)
from tokenmirror.measures.intervals import FEW
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.price_words import lacking, own_part
from tokenmirror.measures.prices import bundled
from tokenmirror.measures.scoped import absent, begin_day, begins_ms, values
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS

State = Literal["read", "nothing", "quiet", "before"]
LOW = 0.80  # below this the coverage line is shown with caution
WELL_UNDERSTOOD = 0.98

COMMITS = f"select distinct placed_ms / {SLOT_MS}, repo_id from commits where mine = 1"  # noqa: S608
WITHOUT_REPOSITORY = """
select s.id from sessions s left join projects p on p.id = s.project_id
where s.id in (select value from json_each(?)) and p.repo_id is null
"""
TRAILERS = """
select count(*) from commits c
where c.placed_ms >= :from_ms and c.placed_ms < :until_ms
  and c.mine = 1 and c.trailer is not null
  and not exists (select 1 from claims k where k.commit_id = c.id)
  and (:projects is null or exists (
    select 1 from projects p
    where p.repo_id = c.repo_id and p.id in (select value from json_each(:projects))))
"""

UNDERSTOOD = """
select source, sum(records), sum(understood) from files
where :sources is null or source in (select value from json_each(:sources))
group by source
order by source
"""

REACH = """
select source, min(case when gone = 0 then first_ms end), max(read_ms) from files
where :sources is null or source in (select value from json_each(:sources))
group by source
order by source
"""


@dataclass(frozen=True)
class Strip:
    """One source day by day: read, nothing there, a quiet day of yours, before its begin.

    ``covered`` of ``active``: days with a record, of your active days since its first one.
    """

    source: str
    days: tuple[tuple[date, State], ...]
    covered: int
    active: int


@dataclass(frozen=True)
class Coverage:
    """The line above every page; ``caution`` when much of the work is not covered."""

    sentence: str
    caution: bool


def _committed_days(db: Reader, scope: Scope) -> set[date]:
    import numpy as np  # late: 100 ms

    slots, repos = _commits(db)
    bounds = values(scope)
    some = (slots >= bounds["from_slot"]) & (slots < bounds["until_slot"])
    if scope.projects is not None:
        project, repo = columns.repositories(db)
        some &= np.isin(repos, repo[np.isin(project, list(scope.projects))])
    return active.days_of(scope, slots[some])


@lasting
def _commits(db: Reader) -> Ints:
    """The person's commits: quarter of an hour and repository."""
    return columns.ints(db.execute(COMMITS), 2)


def strips(db: Reader, scope: Scope) -> tuple[Strip, ...]:
    """The days of the period for each source that was ever read, up to today (A1)."""
    recorded = active.recorded(db, scope)
    busy = set().union(*recorded.values()) | _committed_days(db, scope)
    length = (min(scope.last, scope.today) - scope.first).days + 1
    days = [scope.first + n * DAY for n in range(length)]
    found = []
    for source, begin_ms in sorted(begins_ms(db, scope).items()):
        begin = scope.days.day_of(begin_ms)
        mine = recorded.get(source, set())
        states = tuple((day, _state(day, begin, mine, busy)) for day in days)
        counts = Counter(state for _, state in states)
        found.append(Strip(source, states, counts["read"], counts["read"] + counts["nothing"]))
    return tuple(found)


def _state(day: date, begin: date, mine: set[date], busy: set[date]) -> State:
    if day in mine:
        return "read"
    if day < begin:
        return "before"
    return "nothing" if day in busy else "quiet"


def covered_days(db: Reader, scope: Scope) -> Rate | Unknown:
    """A1: days with a readable record, of the days on which you were active."""
    missing = absent(db, scope)
    if missing:
        return missing
    begin = begin_day(db, scope) or scope.first
    recorded = active.recorded(db, scope)
    busy = set().union(*recorded.values()) | _committed_days(db, scope)
    busy = {day for day in busy if day >= begin}
    read = begins_ms(db, scope)
    covered = {day for source in read for day in recorded.get(source, ())} & busy
    words = tr_n(
        mark("Logs of {n} tool were read; they cover {covered} of {active} active days."),
        mark("Logs of {n} tools were read; they cover {covered} of {active} active days."),
        len(read), covered=language.number(len(covered)), active=language.number(len(busy)),
    )  # fmt: skip
    return Rate(len(covered), len(busy), "days", words, n=len(busy), basis="recorded")


def followed_lines(db: Reader, scope: Scope) -> Rate | Unknown:
    """A2: proposed lines whose project maps to a readable repository, of all proposed."""
    some = changes.rows(db, scope)
    missing = absent(db, scope) or (None if len(some) else changes.not_recorded(db, scope))
    if missing:
        return missing
    hits = changes.summed(some.where(some.followed)).proposed
    trials = changes.summed(some).proposed
    lost = _not_followed(db, some)
    units = some.units
    words = tr(
        mark("{hits} of {trials} proposed lines could be followed{share}."),
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, None, units)),
    )  # fmt: skip
    return Rate(
        hits=hits,
        trials=trials,
        unit="lines",
        sentence=words if trials else tr(mark("No lines were proposed in this period.")),
        apart={"no_repository": lost[True], "not_readable": lost[False]},
        n=units,
    )


def _not_followed(db: Reader, some: Rows) -> dict[bool, int]:
    """Proposed lines that could not be followed, by whether their project has no repository."""
    lines, apart = Counter[int](), some.where(~some.followed)
    for session, proposed in zip(apart.session.tolist(), apart.sums.proposed.tolist(), strict=True):
        lines[session] += proposed
    found = db.execute(WITHOUT_REPOSITORY, (json.dumps(sorted(lines)),))
    without = sum(lines[session] for (session,) in found)
    return {True: without, False: lines.total() - without}


def evidence(db: Reader, scope: Scope) -> Parts | Unknown:
    """A3: how surely committed lines were recognised: noted, exact, close."""
    missing = absent(db, scope)
    if missing:
        return missing
    every = changes.rows(db, scope)
    some = every.where(every.sums.landed > 0)
    sums, units = changes.summed(some), some.units
    landed, exact, noted = sums.landed, sums.landed_exact, sums.noted
    trailers = int(db.execute(TRAILERS, values(scope)).fetchone()[0])
    named = tr_n(
        mark("{n} more commit names an assistant and shows no line of it."),
        mark("{n} more commits name an assistant and show no line of it."),
        trailers,
    )
    close = max(0, landed - exact)
    counts = {"noted": noted, "exact": max(0, exact - noted), "close": close}
    return Parts(
        parts=(
            Part("noted", tr(mark("noted by the tool")), counts["noted"]),
            Part("exact", tr(mark("exact")), counts["exact"]),
            Part("close", tr(mark("close")), counts["close"]),
        ),
        unit="lines",
        n=units,
        sentence=phrases.joined(_evidence_words(counts, units), named if trailers else ""),
    )


def _evidence_words(counts: dict[str, int], units: int) -> str:
    total = sum(counts.values())
    if not total:
        return tr(mark("No committed lines to recognise in this period."))

    def said(key: str) -> str:
        return (
            language.percent(counts[key] / total) if units >= FEW else language.number(counts[key])
        )

    return tr(
        mark("Of {n} committed lines: matched exactly {exact}, closely {close}, by note {noted}."),
        n=language.number(total), exact=said("exact"), close=said("close"), noted=said("noted"),
    )  # fmt: skip


def horizon(db: Reader, scope: Scope) -> Table | Unknown:
    """A4: how far back each tool's own logs still reach, and when it removes them."""
    found = db.execute(REACH, values(scope)).fetchall()
    if not found:
        return Unknown("nothing_read", tr(mark("No logs have been read yet.")))
    rows = []
    for source, first_ms, read_ms in found:
        known = sources.by_key(source)
        oldest = scope.days.day_of(first_ms) if first_ms is not None else None
        keeps = known.keeps_days if known else None
        left = None
        if oldest is not None and keeps is not None:
            left = max(0, (oldest + timedelta(days=keeps) - scope.today).days)
        read = scope.days.day_of(read_ms)
        rows.append((source, (known.name if known else source, oldest, keeps, left, read)))
    return Table(
        columns=(
            Column("tool", tr(mark("Tool")), "text"),
            Column("oldest", tr(mark("Oldest record on disk")), "day"),
            Column("keeps_days", tr(mark("Kept by the tool, days")), "number"),
            Column("days_left", tr(mark("Days until it is removed")), "number"),
            Column("read", tr(mark("Last read")), "day"),
        ),
        rows=tuple(rows),
        sentence=tr(
            mark(
                "Some tools remove their logs after a set number of days. What TokenMirror has"
                " read stays here."
            )
        ),
    )


def unpriced(db: Reader, scope: Scope) -> Rate | Unknown:
    """A5: tokens without a known price, of all tokens."""
    missing = absent(db, scope)
    if missing:
        return missing
    cost = priced.total(db, scope)
    if not cost.tokens:
        return Unknown("not_recorded", tr(mark("No tokens are recorded for this period.")))
    words = tr(
        mark("Prices are known for {share} of tokens (price list of {day})."),
        share=language.percent(cost.priced_tokens / cost.tokens),
        day=language.day(bundled().seen, year=True),
    )
    return Rate(
        hits=cost.unpriced_tokens,
        trials=cost.tokens,
        unit="tokens",
        sentence=phrases.joined(
            words,
            lacking(cost.unpriced),
            own_part(cost),
            contradictions.left_out(db, scope, "usage"),
        ),
        n=cost.records,
        basis="recorded",
    )


def understood(db: Reader, scope: Scope) -> Table | Unknown:
    """A6: records understood, of records read, by source."""
    found = [row for row in db.execute(UNDERSTOOD, values(scope)) if row[1]]
    if not found:
        return Unknown("nothing_read", tr(mark("No logs have been read yet.")))
    partly = [source for source, records, known in found if known < WELL_UNDERSTOOD * records]
    words = tr(
        mark("{known} of {records} records were understood."),
        known=language.number(sum(row[2] for row in found)),
        records=language.number(sum(row[1] for row in found)),
    )
    lacking = tr(mark("Partly understood: {tools}."), tools=language.listing(partly))
    return Table(
        columns=(
            Column("tool", tr(mark("Tool")), "text"),
            Column("records", tr(mark("Records read")), "number"),
            Column("understood", tr(mark("Understood")), "number"),
            Column("share", tr(mark("Share")), "percent"),
        ),
        rows=tuple(
            (source, (source, records, known, 100 * known / records))
            for source, records, known in found
        ),
        sentence=phrases.joined(words, lacking if partly else "", contradictions.all_of_them(db)),
    )


def data_start(db: Reader, scope: Scope) -> Figure:
    """A7: the first day from which each source has records."""
    begins = begins_ms(db, scope)
    if not begins:
        return Unknown("nothing_read", tr(mark("No logs have been read yet.")))
    days = {source: scope.days.day_of(at_ms) for source, at_ms in sorted(begins.items())}
    return Table(
        columns=(
            Column("tool", tr(mark("Tool")), "text"),
            Column("begin", tr(mark("Data begin")), "day"),
        ),
        rows=tuple((source, (source, day)) for source, day in days.items()),
        sentence=tr(mark("Data begin on {day}."), day=language.day(min(days.values()), year=True)),
    )


def coverage(db: Reader, scope: Scope) -> Coverage:
    """The coverage sentence of ``measures.md`` 7.5, with a mark when much is not covered."""
    days, lines = covered_days(db, scope), followed_lines(db, scope)
    if isinstance(days, Unknown):
        return Coverage(days.sentence, caution=True)
    tools = tr_n(mark("{n} tool"), mark("{n} tools"), len(begins_ms(db, scope)))
    read = tr(
        mark("Read from {tools}: {days} of {active} active days"),
        tools=tools, days=language.number(days.hits), active=language.number(days.trials),
    )  # fmt: skip
    caution = bool(days.trials) and days.hits < LOW * days.trials
    if isinstance(lines, Unknown) or not lines.trials:
        return Coverage(tr(mark("{read}."), read=read), caution)
    if lines.n >= FEW:
        words = mark("{read}; {followed} of proposed lines could be followed.")
        followed = language.percent(lines.hits / lines.trials)
    else:
        words = mark("{read}; {followed} proposed lines could be followed.")
        followed = tr(
            mark("{hits} of {trials}"),
            hits=language.number(lines.hits), trials=language.number(lines.trials),
        )  # fmt: skip
    return Coverage(
        tr(words, read=read, followed=followed), caution or lines.hits < LOW * lines.trials
    )

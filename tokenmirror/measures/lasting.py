"""E: of the lines that reached the main line, how many are still there."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, chosen, columns, history, lines, lives_of, phrases
from tokenmirror.measures.columns import Bools, Ints
from tokenmirror.measures.figures import Curve, CurvePoint, Rate, Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MIN_WEEKS, ratio_interval, seed, usual
from tokenmirror.measures.lines import Kind
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import begin_day, ripe_ms, too_early
from tokenmirror.measures.survival_curve import band, interval_at
from tokenmirror.repos.fates import Killer
from tokenmirror.store.days import DAY
from tokenmirror.store.lives import DAY_MS, undoings

SHOWN_DAYS = (7, 30, 90)
REWORK_DAYS = (14, 21)
BY: dict[Killer, str] = {
    "mine": mark("{n} by you by hand"),
    "ai": mark("{n} by AI in your sessions"),
    "other": mark("{n} by someone else"),
}
BY_NAMES: dict[Killer, str] = {
    "mine": mark("by you by hand"),
    "ai": mark("by AI in your sessions"),
    "other": mark("by someone else"),
}
LANDINGS = """
select d.delivery_id, d.commit_id from delivery_commits d
where exists (select 1 from births b where b.commit_id = d.commit_id)
"""
FIXES = "select id from commits where fixes = 1"
FOLLOW_UP_MS = 14 * DAY_MS


def _curve(
    db: Reader, scope: Scope, kind: Kind, some: Ints, measure: str, words: str
) -> Curve | Unknown:
    every = lines.lives(db, kind)
    groups, with_file = lines.spans(db, kind).of(some, every.rank)
    if not len(groups):
        return Unknown(
            "no_activity", tr(mark("No such lines reached the main line in this period."))
        )
    points = band(groups, seed(measure, scope.first, scope.last, *scope.choices))
    units = groups.units
    at = {point.days: point.share for point in points}
    if len(points) <= SHOWN_DAYS[0]:
        return too_early(scope, scope.days.day_of(int(every.born_ms[some].min())))
    main_day = 30 if 30 in at else 7
    interval = interval_at(points, main_day)
    share = phrases.line_share(round(at[main_day] * 10_000), 10_000, interval, units)
    if not share:  # few tasks have no rate
        stood = lines.after(db, kind, main_day)
        share = tr(
            mark("{alive} of {known}"),
            alive=language.number(int(stood.alive[some].sum())),
            known=language.number(int(stood.known[some].sum())),
        )
    said = phrases.capital(tr(words, share=share, days=language.number(main_day)))
    apart = tr_n(
        mark("{n} line went with its whole file, apart."),
        mark("{n} lines went with their whole file, apart."),
        with_file,
    )
    return Curve(
        points=tuple(CurvePoint(p.days, p.share, p.low, p.high, p.left) for p in points),
        at={days: at.get(days) for days in SHOWN_DAYS},
        day=main_day,
        lines=groups.all_lines,
        sentence=phrases.joined(
            said,
            phrases.from_units(units, interval),
            apart if with_file else "",
        ),
        apart={"with_file": with_file},
        n=units,
    )


def survival(db: Reader, scope: Scope) -> Curve | Unknown:
    """E1: Kaplan-Meier over AI lines that landed in the period; tasks are drawn as wholes."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    return _curve(
        db, scope, lives_of.kind_of(scope), lives_of.landed(db, scope), "E1@1",
        mark("{share} of the lines that shipped were still in place after {days} days."),
    )  # fmt: skip


def survival_of_others(db: Reader, scope: Scope) -> Curve | Unknown:
    """E4: the same for lines of the person's that were not recognised as AI, by shipped change.

    The parts hold early rework (E2) of these lines.
    """
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    some = lives_of.others(db, scope)
    found = _curve(
        db, scope, "other", some, "E4@1",
        mark(
            "{share} of your other lines, not recognised as AI, were still in place after"
            " {days} days."
        ),
    )  # fmt: skip
    if isinstance(found, Unknown):
        return found
    redone = _redone(db, "other", some, REWORK_DAYS[0])
    note = tr(
        mark("You choose what to give to AI, so these are different kinds of work."),
    )
    return Curve(
        found.points,
        found.at,
        found.day,
        found.lines,
        phrases.joined(found.sentence, note),
        apart={**found.apart, "redone_14": redone.hits, "known_14": redone.known},
        n=found.n,
    )


@dataclass(frozen=True)
class _Redone:
    """Lines redone soon, of those known for so long: by unit, and who did it."""

    pairs: list[tuple[float, float]]
    by: Counter[Killer]
    pending: int

    @property
    def hits(self) -> int:
        """Lines redone."""
        return int(sum(hits for hits, _ in self.pairs))

    @property
    def known(self) -> int:
        """Lines known for so long."""
        return int(sum(known for _, known in self.pairs))


def _redone(db: Reader, kind: Kind, some: Ints, days: int) -> _Redone:
    """Of these lives the lines redone within so many days; units in the order of drawing."""
    import numpy as np  # late: 100 ms

    stood, gone = lines.after(db, kind, days), lines.redone(db, kind, days)
    known = some[stood.known[some] > 0]
    units, which = np.unique(lines.lives(db, kind).rank[known], return_inverse=True)
    hits = columns.added(gone.all[known], which, len(units))
    trials = columns.added(stood.known[known], which, len(units))
    pairs = list(zip(hits.astype(float).tolist(), trials.astype(float).tolist(), strict=True))
    by = Counter({key: n for key in BY if (n := int(gone.by[key][known].sum()))})
    return _Redone(pairs, by, int(stood.pending[some].sum()))


def rework(db: Reader, scope: Scope) -> Rate | Unknown:
    """E2: AI lines changed or removed within 14 days of landing, of those landed so long ago."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    kind, some = lives_of.kind_of(scope), lives_of.landed(db, scope)
    found, later = (_redone(db, kind, some, days) for days in REWORK_DAYS)
    hits, trials = found.hits, found.known
    if not trials and len(some):
        born_ms = lines.lives(db, kind).born_ms[some].min()
        return too_early(scope, scope.days.day_of(int(born_ms)))
    if not trials:
        return Unknown("no_activity", tr(mark("No AI lines reached the main line here.")))
    start = seed("E2@1", scope.first, scope.last, *scope.choices)
    interval = ratio_interval(found.pairs, start)
    words = tr(
        mark("{hits} of {trials} shipped lines were redone within two weeks{share}."),
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(found.pairs))),
    )  # fmt: skip
    who = _who(found.by)
    return Rate(
        hits,
        trials,
        "lines",
        phrases.joined(
            words,
            f"{phrases.capital(language.listing(who))}." if who else "",
            phrases.from_units(len(found.pairs), interval),
            phrases.clump_words(found.pairs),
        ),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        apart={
            **{f"by_{key}": found.by[key] for key in BY},
            "redone_21": later.hits,
            "known_21": later.known,
            "too_early": found.pending,
        },
        n=len(found.pairs),
    )


def _units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """Lines redone of those landed between two days, by task."""
    import numpy as np  # late: 100 ms

    kind, days = lives_of.kind_of(scope), REWORK_DAYS[0]
    some = lives_of.landed(db, scope, first, last)
    stood, gone = lines.after(db, kind, days), lines.redone(db, kind, days)
    known = some[stood.known[some] > 0]
    units, which = np.unique(lines.lives(db, kind).unit[known], return_inverse=True)
    hits = columns.added(gone.all[known], which, len(units)).astype(float)
    trials = columns.added(stood.known[known], which, len(units)).astype(float)
    return [
        Behind(unit if unit > 0 else None, *pair)
        for unit, *pair in zip(units.tolist(), hits.tolist(), trials.tolist(), strict=True)
    ]


REDONE = Past(_units, "line_rate", language.percent)


def _who(by: Counter[Killer]) -> list[str]:
    return [tr(said, n=language.number(by[key])) for key, said in BY.items() if by[key]]


def _week_words(found: _Redone) -> str:
    if not found.known:
        return tr(mark("no AI lines landed"))
    words = tr_n(
        mark("{hits} of {n} line redone"), mark("{hits} of {n} lines redone"),
        found.known, hits=language.number(found.hits),
    )  # fmt: skip
    return ", ".join([words, *_who(found.by)])


def rework_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """E2 by the week of landing, in per cent; a week of fewer than five tasks enters no band."""
    begin = begin_day(db, scope)
    if begin is None:
        return lives_of.unknown(db, scope) or Unknown("nothing_read", "")
    past = history.weeks_before(scope, baselines.since(db, scope))
    shown = history.shown_weeks(scope)

    def of_week(week: date) -> _Redone:
        mine = lives_of.landed(db, scope, week, scope.days.last_of(week))
        return _redone(db, lives_of.kind_of(scope), mine, REWORK_DAYS[0])

    before = [of_week(week) for week in past]
    limits = usual(
        [100 * one.hits / one.known for one in before if len(one.pairs) >= FEW and one.known],
        ceiling=100.0,
    )
    weeks = []
    for first_day in shown:
        found = of_week(first_day)
        young = scope.days.last_of(first_day) > scope.today - REWORK_DAYS[0] * DAY
        shares: tuple[float | None, ...] = (None,) * len(BY)
        if found.known and not young:
            shares = tuple(100 * found.by[key] / found.known for key in BY)
        words = tr(mark("too early to tell")) if young else _week_words(found)
        few = 0 < len(found.pairs) < FEW
        units = (len(found.pairs),)
        one = history.week(scope, first_day, begin, shares, words, units, few=few)
        weeks.append(replace(one, early=young))
    return Weeks(
        weeks=tuple(weeks),
        parts=tuple(f"by_{key}" for key in BY),
        names=tuple(tr(name) for name in BY_NAMES.values()),
        unit="percent",
        sentence=tr(mark("Of the lines that landed in a week, the share redone within two weeks.")),
        small_parts=("tasks",),
        small_names=(tr(mark("tasks")),),
        usual=limits.ends if limits else None,
        basis="derived",
        lacking=history.lacking_words(MIN_WEEKS, len(before)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


def reverts(db: Reader, scope: Scope) -> Rate | Unknown:
    """E3: shipped changes with AI lines that stand undone, of those landed 14 days ago or more."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    every = columns.deliveries(db)
    days = every.between(*scope.days.bounds_ms(scope.first, scope.last))
    some = chosen.deliveries(db, scope)[days] & every.ai.among({"with"})[days]
    some &= _landed_ms(db)[days] < ripe_ms(scope)
    ids = every.id[days][some].tolist()
    back = _undone(db)
    undone = [back[change] for change in ids if change in back]
    hits, whole = len(undone), undone.count("removed_whole")
    words = tr_n(
        mark("{n} of {all} shipped changes with AI lines was reverted."),
        mark("{n} of {all} shipped changes with AI lines were reverted."),
        hits, all=language.number(len(ids)),
    )  # fmt: skip
    silent = tr_n(
        mark("{n} of them was removed whole without a word."),
        mark("{n} of them were removed whole without a word."),
        whole,
    )
    none = tr(mark("No change with AI lines of this period landed 14 days ago or more."))
    return Rate(
        hits,
        len(ids),
        "changes",
        phrases.joined(words if ids else none, silent if whole else ""),
        apart={"removed_whole": whole},
        n=len(ids),
    )


@lasting
def _landed_ms(db: Reader) -> Ints:
    """When each shipped change landed, in the order of the columns."""
    import numpy as np  # late: 100 ms

    landed = dict(db.execute("select id, landed_ms from deliveries").fetchall())
    ids = columns.deliveries(db).id.tolist()
    return np.array([landed[change] for change in ids], dtype=np.int64)


@lasting
def _undone(db: Reader) -> dict[int, str]:
    """Shipped changes of which every landing with lines stands undone, and how it was."""
    back: dict[int, str] = {one.commit: one.how for one in undoings(db) if one.undone_ms is None}
    if not back:
        return {}
    landings: dict[int, set[int]] = defaultdict(set)
    for change, commit in db.execute(LANDINGS):
        landings[change].add(commit)
    return {
        change: min(back[commit] for commit in commits)
        for change, commits in landings.items()
        if commits <= back.keys()
    }


def follow_ups(db: Reader, scope: Scope) -> Total | Unknown:
    """E5: landings that call themselves a fix and changed AI lines at most 14 days old."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    kind, some = lives_of.kind_of(scope), lives_of.landed(db, scope)
    born_ms = lines.lives(db, kind).born_ms[some]
    n = _fixing(db, kind, some[born_ms < ripe_ms(scope)])
    words = tr_n(
        mark("{n} change that calls itself a fix touched AI lines within two weeks (estimated)."),
        mark("{n} changes that call themselves fixes touched AI lines within two weeks"
             " (estimated)."),
        n,
    )  # fmt: skip
    none = tr(mark("No change that calls itself a fix touched AI lines within two weeks."))
    return Total(n, "changes", n, words if n else none, basis="estimated")


@lasting
def _fixes(db: Reader, kind: Kind) -> Bools:
    """Which ends of lives are soon after they landed, by a landing that calls itself a fix."""
    import numpy as np  # late: 100 ms

    every = lines.lives(db, kind)
    soon = every.ends.at_ms - every.born_ms[every.ends.life] <= FOLLOW_UP_MS
    fixes = [commit for (commit,) in db.execute(FIXES)]
    return soon & np.isin(every.ends.commit, fixes)


def _fixing(db: Reader, kind: Kind, some: Ints) -> int:
    """How many landings that call themselves a fix soon changed lines of these lives."""
    import numpy as np  # late: 100 ms

    every = lines.lives(db, kind)
    mine = np.zeros(len(every.lines), dtype=bool)
    mine[some] = True
    ends = every.ends
    return len(np.unique(ends.commit[_fixes(db, kind) & mine[ends.life]]))


OUT = mark(
    "Lines outside of readable repositories, excluded files, hidden tasks, and unattended sessions."
)
SIGNALS = frozenset({"S8", "S9", "S10"})
READS = frozenset({"births", "deaths", "commits", "repos", "tasks", "sessions"})

E1 = Measure(
    id="E1",
    term="code survival 7/30/90 d",
    title=mark("Still there"),
    means=mark("Of the lines that shipped, how many are still in the code a month later."),
    how=mark(
        "Kaplan-Meier over AI lines that landed in the period; what is still there counts as"
        " long as it was seen. Told where a fifth of the lines was watched so long."
    ),
    left_out=mark(
        "Lines that went with their whole file stand apart; re-indenting, re-formatting, renames"
        " and moves are no end of a line."
    ),
    bias=mark("Dead code lasts best, and rework can be good."),
    unit="%",
    needs=SIGNALS,
    windows=("r30",),
    interval_unit="task",
    beside=("E2", "E3"),
    export=Export.DEFAULT,
    compute=survival,
    reads=READS,
    splits=EVERY,
)
E2 = Measure(
    id="E2",
    term="code churn 14/21 d",
    title=mark("Early rework"),
    means=mark("How much had to be redone within two weeks."),
    how=mark("AI lines changed or removed within 14 days, of those that landed so long ago."),
    left_out=mark("Re-formatting, moves, renames, whole files, and reverts (E3)."),
    bias=mark("Planned steps look like rework."),
    unit="%",
    needs=frozenset({"S8", "S10"}),
    windows=("r14", "w"),
    interval_unit="task",
    beside=("E1", "F4"),
    export=Export.DEFAULT,
    compute=rework,
    weekly=rework_by_week,
    past=REDONE,
    reads=READS,
    splits=EVERY,
)
E3 = Measure(
    id="E3",
    term="reverted changes",
    title=mark("Reverted"),
    means=mark("Shipped changes that were taken back."),
    how=mark(
        "Shipped changes with AI lines that stand undone: by a message that says so, or removed"
        " whole within 30 days; of those that landed 14 days ago or more."
    ),
    left_out=mark("A revert that was itself reverted."),
    bias=mark("A revert may be a plan, such as a flag taken back."),
    unit="n of n",
    needs=frozenset({"S8", "S9"}),
    windows=("r14",),
    interval_unit="change",
    beside=("F4",),
    export=Export.DEFAULT,
    compute=reverts,
    reads=READS | {"deliveries"},
    splits=EVERY,
)
E4 = Measure(
    id="E4",
    term="E1, E2 of unmatched lines",
    title=mark("Same weeks, your other lines"),
    means=mark("How long your lines lasted that were not recognised as AI."),
    how=mark("As E1 and E2, for lines of your commits without a match."),
    left_out=mark("Lines of others. Not recognised as AI does not mean typed by hand."),
    bias=mark("You choose what to give to AI, so these are different kinds of work."),
    unit="%",
    needs=frozenset({"S8", "S10"}),
    windows=("r14/r30",),
    interval_unit="change",
    beside=("E1", "E2"),
    export=Export.TICKED,
    compute=survival_of_others,
    reads=READS,
    splits=frozenset({"project"}),
)
E5 = Measure(
    id="E5",
    term="follow-up fixes (estimated)",
    title=mark("Possible follow-up fixes"),
    means=mark("Changes soon after that call themselves a fix."),
    how=mark(
        "Landings within 14 days whose subject begins with fix, bugfix, hotfix or revert and"
        " that changed AI lines."
    ),
    left_out=OUT,
    bias=mark("Subjects are habit: a fix may be a plan, and a fix may not say so."),
    unit="n",
    needs=frozenset({"S8", "S10"}),
    windows=("r14",),
    interval_unit="",
    beside=("E2",),
    export=Export.NEVER,
    compute=follow_ups,
    reads=READS,
    splits=EVERY,
)

MEASURES = (E1, E2, E3, E4, E5)

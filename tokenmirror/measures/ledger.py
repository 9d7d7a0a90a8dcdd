"""Reckoning: what moved of the figures of months that are over, and why (A8).

A month is kept once it is over (and ripe, for figures that ripen): what each session or
repository adds to each figure.  A later reckoning looks at the months that what was noted
reaches, compares unit by unit, and writes one entry for each cause.  Entries of one figure
follow each other, so that their sum is the difference of the figure to the last digit.

Causes that can be told apart only by order are told in order: what the person said and
changed prices before a reading, changed counting rules on the facts as they stood, then what
the reading brought.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from tokenmirror.measures import ledger_units, memo
from tokenmirror.measures.ledger_units import BY_KEY, COSTS, GROUPS, OF_GROUP, Group, Kept
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.registry import by_id
from tokenmirror.measures.scoped import begin_day
from tokenmirror.store import ledger
from tokenmirror.store.connection import immediately
from tokenmirror.store.days import DAY, Days
from tokenmirror.store.ledger import WHYS, Cause, Parts, Reckoning, Recount, Why

Stage = Literal["said", "rule", "read"]
RULES = ("rules", "exclusions", "landing_days", "origins")
RIPE = timedelta(days=ledger_units.RIPE_DAYS)


class Named(NamedTuple):
    """A cause as an entry tells it."""

    why: Why
    detail: str


Teller = Callable[[int], Named | None]


def settle(
    db: Reader, scope: Scope, made_with: Mapping[str, str], now_ms: int, stage: Stage
) -> None:
    """Reckon what is due, each month in a transaction of its own: cut short, it goes on.

    ``scope`` gives the days and today; ``made_with`` names the versions and settings that
    figures rest on: ``day``, ``prices``, ``program`` and those of ``RULES``.
    """
    before = ledger.last(db)
    with memo.kept():
        if before is None:
            if stage == "read":
                _begin(db, scope, made_with, now_ms)
            return
        _Reckoner(db, scope, before, made_with, now_ms).run(stage)


def _begin(db: Reader, scope: Scope, made_with: Mapping[str, str], now_ms: int) -> None:
    """The first reckoning: what is over is seen, and nothing can have moved."""
    with immediately(db):
        ledger.forget(db, now_ms)
        for session, shipped_ms in ledger.young_tasks(db, now_ms):
            due_ms = shipped_ms + ledger.RIPE_MS + ledger.RIPE_MS // 14
            ledger.note(db, [session], "ripened", "held", shipped_ms, due_ms=due_ms)
    none = Reckoning(now_ms, made_with, 0, 0, 0)
    _Reckoner(db, scope, none, made_with, now_ms).close()


@dataclass(frozen=True)
class _Reckoner:
    """One reckoning over what stood before."""

    db: Reader
    scope: Scope
    before: Reckoning
    made_with: Mapping[str, str]
    now_ms: int

    def run(self, stage: Stage) -> None:
        """Tell what this stage can tell."""
        if stage == "said":
            self._said()
            self._made_anew()
        elif stage == "rule":
            named = Named("rule", " ".join(self._changed(RULES)))
            self._reckon(self.scope, self._seen_months(), GROUPS, lambda _unit: named)
            self._keep_made(RULES)
        else:
            self._read()
            self.close()

    def close(self) -> None:
        """See the months that are over by now, and note when the next one may be."""
        made = json.dumps(dict(self.made_with), sort_keys=True)
        seen = ledger.figures_seen(self.db)
        for first in self._over(0):
            missing = [
                kept
                for kept in BY_KEY.values()
                if (_id(kept), _month(first)) not in seen and self._is_over(first, kept.ripe_days)
            ]
            if not missing:
                continue
            found = self._found(ledger_units.month_of(self.scope, first), _groups_of(missing))
            with immediately(self.db):
                for kept in missing:
                    parts = found.get(kept.measure, {})
                    ledger.add_up(self.db, _id(kept), _month(first), parts)
                    value = kept.value(*_totals(parts))
                    ledger.see(self.db, _id(kept), _month(first), value, kept.unit, made)
        ends = (self._end_ms(0), self._end_ms(ledger_units.RIPE_DAYS))
        with immediately(self.db):
            ledger.write(self.db, Reckoning(self.now_ms, self.made_with, *ends, self._next_ms()))

    def _said(self) -> None:
        """What the person said of sessions and tasks: these alone, as nothing else moved."""
        noted = ledger.noted(self.db, self.now_ms)
        causes = [one for one in noted if one.why in ledger.SAID and one.unit > 0]
        if not causes:
            return
        tell = self._teller(causes, None)
        self._reckon(self._old_scope(), self._months(causes), GROUPS, tell)
        with immediately(self.db):
            ledger.forget(self.db, self.now_ms, ledger.SAID)

    def _made_anew(self) -> None:
        """Prices first, for costs alone; then days cut otherwise; then the program's formulas."""
        if self._changed(("prices",)):
            named = Named("prices", "")
            self._reckon(self._old_scope(), self._seen_months(), COSTS, lambda _unit: named)
            self._keep_made(("prices",))
        if self._changed(("day",)):
            day = Named("rule", "day")
            self._reckon(self.scope, self._seen_months(), GROUPS, lambda _unit: day)
            self._keep_made(("day",))
        if self._changed(("program",)):
            self._renamed()
            words = f"program {self.before.made_with.get('program', '')}"
            program = Named("rule", f"{words} {self.made_with['program']}")
            self._reckon(self.scope, self._seen_months(), GROUPS, lambda _unit: program)
            self._keep_made(("program",))

    def _read(self) -> None:
        causes = ledger.noted(self.db, self.now_ms)
        months = self._months(causes)
        if months:
            fallback = _strongest(
                Named(one.why, one.detail) for one in causes if one.unit <= 0
            ) or Named("ripened", "")
            self._reckon(self.scope, months, GROUPS, self._teller(causes, fallback))
        with immediately(self.db):
            ledger.forget(self.db, self.now_ms)

    def _reckon(
        self, scope: Scope, months: Iterable[str], groups: Sequence[Group], tell: Teller
    ) -> None:
        """Compare the figures of these months with what stood, and tell what moved."""
        seen = ledger.figures_seen(self.db)
        for month in sorted(months):
            known = [
                kept
                for kept in (BY_KEY[key] for group in groups for key in OF_GROUP[group])
                if (_id(kept), month) in seen
            ]
            if not known:
                continue
            asked = ledger_units.month_of(scope, date.fromisoformat(f"{month}-01"))
            found = self._found(asked, _groups_of(known))
            with immediately(self.db):
                for kept in known:
                    self._compare(kept, month, found.get(kept.measure, {}), tell)

    def _compare(self, kept: Kept, month: str, now: Parts, tell: Teller) -> None:
        stood = ledger.parts(self.db, _id(kept), month)
        moved: dict[Named, Parts] = defaultdict(dict)
        for unit in stood.keys() | now.keys():
            if stood.get(unit, (0, 0)) != now.get(unit, (0, 0)):
                named = tell(unit)
                if named is not None:
                    moved[named][unit] = now.get(unit, (0, 0))
        if not moved:
            return
        hits, trials = _totals(stood)
        for named in sorted(moved, key=_rank):
            old = kept.value(hits, trials)
            for unit, added in moved[named].items():
                was = stood.get(unit, (0, 0))
                hits, trials = hits + added[0] - was[0], trials + added[1] - was[1]
            ledger.add_up(self.db, _id(kept), month, moved[named])
            self._tell(kept, month, old, kept.value(hits, trials), named)
        made = json.dumps(dict(self.made_with), sort_keys=True)
        ledger.see(self.db, _id(kept), month, kept.value(hits, trials), kept.unit, made)

    def _tell(
        self, kept: Kept, month: str, old: float | None, new: float | None, named: Named
    ) -> None:
        if old != new:
            one = Recount(0, self.now_ms, _id(kept), month, old, new, kept.unit, *named)
            ledger.tell(self.db, one)

    def _found(self, asked: Scope, groups: Iterable[Group]) -> ledger_units.Found:
        found: ledger_units.Found = {}
        for group in groups:
            found |= group(self.db, asked)
        return found

    def _teller(self, causes: Sequence[Cause], fallback: Named | None) -> Teller:
        """Who moved a session's part: what was noted of it, or of its task; else the fallback."""
        anew = _strongest(self._named(one) for one in causes if one.unit <= 0 and _sweeps(one))
        of: dict[int, list[Named]] = defaultdict(list)
        for one in causes:
            of[one.unit].append(self._named(one))
        told: dict[int, list[Named]] = defaultdict(list)
        sessions = [unit for unit in of if unit > 0]
        for session, others in ledger.together(self.db, sessions).items():
            for other in others:
                told[other] += of[session]

        def tell(unit: int) -> Named | None:
            own = [named for named in of.get(unit, ()) if named.why != "ripened"]
            found = _strongest(own or told.get(unit, ()))
            weak = found is None or found.why in {"ripened", "repository"}
            return anew if anew and weak else found or fallback

        return tell

    def _named(self, cause: Cause) -> Named:
        """New records of days that are not over yet let a figure grow: that is no recount."""
        grown = cause.why == "new_records" and cause.from_ms >= self.before.settled_ms
        return Named("ripened", "") if grown else Named(cause.why, cause.detail)

    def _months(self, causes: Collection[Cause]) -> set[str]:
        """Months that were seen and that these causes reach."""
        seen = self._seen_months()
        sessions = [one.unit for one in causes if one.unit > 0]
        reached = ledger.months_of(self.db, sessions)
        ends = ledger.ends_of(self.db, sessions)
        for one in causes:
            from_ms, until_ms = one.from_ms, self.now_ms
            if one.unit > 0:
                started_ms, until_ms = ends.get(one.unit, (from_ms, from_ms))
                from_ms = min(started_ms, from_ms or started_ms)
            elif one.detail:
                from_ms = max(0, from_ms - ledger.RIPE_MS)
            reached |= {month for month in seen if self._overlaps(month, from_ms, until_ms)}
        return reached & seen

    def _overlaps(self, month: str, from_ms: int, until_ms: int) -> bool:
        first = date.fromisoformat(f"{month}-01")
        begin_ms, end_ms = self.scope.days.bounds_ms(first, self.scope.days.last_of(first, "month"))
        return from_ms < end_ms and until_ms >= begin_ms

    def _seen_months(self) -> set[str]:
        return {month for _, month in ledger.figures_seen(self.db)}

    def _changed(self, names: Iterable[str]) -> list[str]:
        now = ledger.last(self.db) or self.before
        return [name for name in names if now.made_with.get(name) != self.made_with.get(name)]

    def _keep_made(self, names: Iterable[str]) -> None:
        now = ledger.last(self.db) or self.before
        made = {**now.made_with, **{name: self.made_with[name] for name in names}}
        with immediately(self.db):
            ledger.write(self.db, replace(now, made_with=made))

    def _old_scope(self) -> Scope:
        """The question by the days as they were cut when the months were seen."""
        zone, _, start = self.before.made_with.get("day", "").partition(" ")
        return replace(self.scope, zone=zone, day_start_min=int(start)) if start else self.scope

    def _renamed(self) -> None:
        """Go on with what stood under the version before of a measure."""
        now = {_id(kept): kept for kept in BY_KEY.values()}
        for measure in {measure for measure, _ in ledger.figures_seen(self.db)} - now.keys():
            new = next((one for one in now if _plain(one) == _plain(measure)), None)
            if new is not None:
                with immediately(self.db):
                    ledger.rename(self.db, measure, new)

    def _over(self, ripe_days: int) -> Iterator[date]:
        """First days of the months that are over since the data begin, oldest first."""
        begin = begin_day(self.db, self.scope)
        if begin is None:
            return
        for first in self.scope.days.firsts(begin, self.scope.today, "month"):
            if self._is_over(first, ripe_days):
                yield first

    def _is_over(self, first: date, ripe_days: int) -> bool:
        after = self.scope.days.next_first(first, "month")
        return after + timedelta(days=ripe_days) <= self.scope.today

    def _end_ms(self, ripe_days: int) -> int:
        """Where the last month ends that was over so many days ago."""
        then = self.scope.today - timedelta(days=ripe_days)
        return self.scope.days.begin_ms(then.replace(day=1))

    def _next_ms(self) -> int:
        days: Days = self.scope.days
        after = days.next_first(self.scope.today.replace(day=1), "month")
        ripe = self.scope.today.replace(day=1) + RIPE
        soon = [day for day in (after, ripe) if day > self.scope.today]
        return days.begin_ms(min(soon, default=self.scope.today + DAY))


def _sweeps(cause: Cause) -> bool:
    """Whether all that a repository told is told anew, so that nothing has just ripened."""
    return cause.why == "you" or cause.detail in {"rewritten", "anew"}


def _rank(named: Named) -> tuple[int, str]:
    return WHYS.index(named.why), named.detail


def _strongest(named: Iterable[Named]) -> Named | None:
    return min(named, key=_rank, default=None)


def _totals(parts: Parts) -> tuple[int, int]:
    return sum(hits for hits, _ in parts.values()), sum(trials for _, trials in parts.values())


def _groups_of(kept: Iterable[Kept]) -> list[Group]:
    wanted = {one.measure for one in kept}
    return [group for group in GROUPS if wanted & set(OF_GROUP[group])]


def _month(first: date) -> str:
    return f"{first:%Y-%m}"


def _id(kept: Kept) -> str:
    """Id and version as ``figures_seen`` has it, with the part: "F2@1:shipped"."""
    measure, _, part = kept.measure.partition(":")
    named = f"{measure}@{by_id(measure).version}"
    return f"{named}:{part}" if part else named


def _plain(measure: str) -> tuple[str, str]:
    named, _, part = measure.partition(":")
    return named.partition("@")[0], part

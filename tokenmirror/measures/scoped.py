"""A scope as the values of a query, and what a figure must know before it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS

RIPE = timedelta(days=14)
CHOICES = ("projects", "sources", "models", "outcomes", "origins", "languages")
_OF_SESSIONS = tuple(name for name in CHOICES if name != "sources")

BEGIN = """
select source, min(began_ms) from (
  select source, min(first_ms) as began_ms from files group by source
  union all
  select source, min(started_ms) from sessions group by source
  union all
  select source, min(at_ms) from day_totals group by source)
where began_ms is not null
group by source
"""
# the outcome that counts: what the person states of a task goes before what was inferred
SHOWN = """coalesce(case t.stated when 'done' then 'shipped' when 'useful_without_code' then
  'no_code' when 'set_aside' then 'set_aside' when 'did_not_work_out' then 'no_lasting_change' end,
  t.outcome, 'unknown')"""
# what a scope asks of a session s and its task t; a task is none where the session is in none
NARROWED = f"""
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or coalesce(s.project_id, 0) in (select value from json_each(:projects)))
  and (:models is null or s.id in (
    select mu.session_id from usage_sums mu left join models mm on mm.id = mu.model_id
    where coalesce(mm.name, 'unknown') in (select value from json_each(:models))))
  and (:outcomes is null or {SHOWN} in (select value from json_each(:outcomes)))
  and (:origins is null or (select ox.origin from session_sums ox where ox.session_id = s.id)
    in (select value from json_each(:origins)))
  and (:languages is null or s.id in (
    select lc.session_id from change_slots lc
    where coalesce(nullif(lc.language, ''), 'unknown') in (
      select value from json_each(:languages))))
"""  # noqa: S608 (constant parts)
# the same for a task t on its own
TASK_NARROWED = f"""
  and (:sources is null or t.source in (select value from json_each(:sources)))
  and (:projects is null or coalesce(t.project_id, 0) in (select value from json_each(:projects)))
  and (:models is null or t.id in (
    select mt.task_id from usage_sums mu join task_sessions mt on mt.session_id = mu.session_id
    left join models mm on mm.id = mu.model_id
    where coalesce(mm.name, 'unknown') in (select value from json_each(:models))))
  and (:outcomes is null or {SHOWN} in (select value from json_each(:outcomes)))
  and (:origins is null or case when t.unattended then 'unattended' when exists (
      select 1 from task_sessions ot join session_sums ox on ox.session_id = ot.session_id
      where ot.task_id = t.id and ox.origin = 'own') then 'own' else 'unknown' end
    in (select value from json_each(:origins)))
  and (:languages is null or t.id in (
    select lt.task_id from change_slots lc join task_sessions lt on lt.session_id = lc.session_id
    where coalesce(nullif(lc.language, ''), 'unknown') in (
      select value from json_each(:languages))))
"""  # noqa: S608 (constant parts)
# who drove a session decides where it is in no task
ATTENDED = """
  and (:unattended or coalesce(t.unattended, (
    select ux.origin = 'unattended' from session_sums ux where ux.session_id = s.id), 0) = 0)
"""
_JOINED = """
join sessions s on s.id = {row}.session_id
left join task_sessions ts on ts.session_id = {row}.session_id
left join tasks t on t.id = ts.task_id
where """
_DELIVERED = f"""
  and (:projects is null or exists (
    select 1 from projects dp
    where dp.repo_id = d.repo_id and dp.id in (select value from json_each(:projects))))
  and (:of_tasks = 0 or {{others}}d.id in (
    select td.delivery_id from tasks t join task_deliveries td on td.task_id = t.id
    where 1 {TASK_NARROWED.replace("(:projects is null", "(1")}))
"""  # noqa: S608 (constant parts)
READABLE = "select count(*) from repos where state in ('ok', 'shallow', 'partial')"


def values(scope: Scope, first: date | None = None, last: date | None = None) -> dict[str, object]:
    """The named values of a query over the days of the scope, or over other days.

    ``ripe_ms`` is the instant before which something is at least 14 days old.
    """
    from_ms, until_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    return {
        "from_ms": from_ms,
        "until_ms": until_ms,
        "from_slot": from_ms // SLOT_MS,
        "until_slot": until_ms // SLOT_MS,
        "ripe_ms": ripe_ms(scope),
        "unattended": int(scope.unattended),
        **{name: _listed(getattr(scope, name)) for name in CHOICES},
        "of_tasks": int(any(getattr(scope, name) is not None for name in CHOICES[1:])),
        "of_sessions": int(any(getattr(scope, name) is not None for name in _OF_SESSIONS)),
    }


def _listed(chosen: frozenset[Any] | None) -> str | None:
    return None if chosen is None else json.dumps(sorted(chosen))


def tools_alone(scope: Scope) -> bool:
    """Whether the question is narrowed by tools at most, so that totals of days are in it."""
    return all(getattr(scope, name) is None for name in _OF_SESSIONS)


def of_sessions(row: str, *, unattended: bool = False, hidden: bool = False) -> str:
    """SQL that joins sessions and tasks to rows of an alias and keeps those of the scope.

    Ends within a ``where``; tasks the person hid are out unless ``hidden`` takes them in, and
    sessions that only a program drove unless the scope, or ``unattended``, does.
    """
    shown = "1" if hidden else "coalesce(t.hidden, 0) = 0"
    return _JOINED.format(row=row) + shown + NARROWED + ("" if unattended else ATTENDED)


def of_deliveries(*, others: str = "") -> str:
    """SQL that keeps the shipped changes ``d`` of the scope's repositories and tasks.

    ``others`` is a condition under which a change is kept whatever its tasks.
    """
    return _DELIVERED.format(others=f"{others} or " if others else "")


def ripe_ms(scope: Scope) -> int:
    """The instant before which something is at least 14 civil days old."""
    return scope.days.begin_ms(scope.today - RIPE + DAY)


def begins_ms(db: Reader, scope: Scope) -> dict[str, int]:
    """The first recorded instant of each source in the scope (A7)."""
    return {
        source: at_ms
        for source, at_ms in _begins_ms(db)
        if scope.sources is None or source in scope.sources
    }


@lasting
def _begins_ms(db: Reader) -> list[tuple[str, int]]:
    return db.execute(BEGIN).fetchall()


def begin_day(db: Reader, scope: Scope) -> date | None:
    """The first civil day with a record of any source in the scope, ``None`` without data."""
    begins = begins_ms(db, scope)
    return scope.days.day_of(min(begins.values())) if begins else None


def ever(db: Reader, scope: Scope) -> Scope:
    """The same question over all days that anything was recorded of, and those of the scope."""
    begin = begin_day(db, scope) or scope.first
    return replace(scope, first=min(begin, scope.first), last=max(scope.last, scope.today))


def absent(db: Reader, scope: Scope) -> Unknown | None:
    """Why nothing can be known of this period at all, if that is so."""
    begin = begin_day(db, scope)
    if begin is None:
        return Unknown("nothing_read", tr(mark("No logs have been read yet.")))
    if scope.last < begin:
        day = language.day(begin, year=True)
        return Unknown("not_recorded", tr(mark("Nothing is recorded before {day}."), day=day))
    if scope.first > scope.today:
        return Unknown("too_early", tr(mark("This period has not begun.")))
    return None


def no_repository(db: Reader) -> Unknown | None:
    """Why nothing can be followed into a repository, if that is so."""
    if db.execute(READABLE).fetchone()[0]:
        return None
    return Unknown(
        "no_repository",
        tr(mark("No repository could be read, so what became of the lines is not known.")),
    )


def too_early(scope: Scope, first: date) -> Unknown:
    """The figure that is not ripe yet; ``first`` is the day of the oldest thing it has."""
    day = language.day(first + RIPE, year=(first + RIPE).year != scope.today.year)
    return Unknown(
        "too_early",
        tr(mark("Too early to tell: the first of it is 14 days old on {day}."), day=day),
    )

"""What a question is about in plain SQL: what columns in memory are held to."""

from __future__ import annotations

from tokenmirror.measures.measure import Scope
from tokenmirror.measures.scoped import SHOWN, listed
from tokenmirror.measures.scoped import values as of_days

CHOICES = ("projects", "sources", "models", "outcomes", "origins", "languages")
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
"""
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
"""
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
"""


def values(scope: Scope) -> dict[str, object]:
    """The named values of such a query."""
    chosen = {name: listed(getattr(scope, name)) for name in CHOICES}
    some = any(chosen[name] is not None for name in CHOICES[1:])
    return of_days(scope) | chosen | {"of_tasks": int(some)}


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

"""Sums by quarter of an hour, and of whole sessions beside them (``tables_sums``), made again.

``SLOT_TABLES`` says what is added up by what; whatever is made of these tables is built from it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tokenmirror.store import packed
from tokenmirror.store.quarters import SLOT_MS, TOUCHED, touch


@dataclass(frozen=True)
class SlotTable:
    """A table of sums by session and quarter of an hour: what parts its rows, what is added up.

    ``most`` are columns of which the largest counts in place of the sum; ``real`` those that
    hold no whole numbers; ``word`` is a text that parts the rows further.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    most: frozenset[str] = frozenset()
    real: frozenset[str] = frozenset()
    word: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that hold whole numbers."""
        return tuple(name for name in self.columns if name not in self.real)

    def added(self, table: str) -> str:
        """The columns as sums over rows of a table, in their order."""
        return ", ".join(
            f"{'max' if name in self.most else 'sum'}({table}.{name})" for name in self.columns
        )


EVENTS = SlotTable(
    "session_slots", (),
    ("own", "unknown", "unattended", "delegated", "turns", "interrupted", "asked", "errors",
     "calls", "told_calls", "bad_calls", "shown", "taken", "untold"),
)  # fmt: skip
USAGE = SlotTable(
    "usage_slots", ("model_id", "stated", "tier"),
    ("cost_nusd", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
     "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "is_open", "records", "credits"),
    frozenset({"is_open"}), frozenset({"credits"}),
)  # fmt: skip
CHANGES = SlotTable(
    "change_slots", ("followed",),
    ("proposed", "chosen", "allowed", "applied", "undecided", "rejected", "landed", "shipped",
     "landed_exact", "shipped_exact", "living", "unwatched", "noted", "changes_chosen",
     "changes_let", "changes_rejected", "changes_undecided"),
    word="language",
)  # fmt: skip
SLOT_TABLES = (EVENTS, USAGE, CHANGES)

# lines that landed never outnumber the accepted ones, shipped ones never the landed ones
_CHANGE_SLOTS = f"""
insert into change_slots
select session_id, slot, followed, language, sum(proposed), sum(chosen), sum(allowed),
  sum(applied), sum(undecided), sum(rejected), sum(landed), sum(shipped),
  sum(min(coalesce(landed_exact, landed), landed)),
  sum(min(coalesce(shipped_exact, shipped), shipped)),
  sum(min(coalesce(living, 0), shipped)), sum(iif(living is null, shipped, 0)),
  sum(min(noted, coalesce(landed_exact, landed), landed)),
  sum(decision = 'accepted' and coalesce(how, 'applied') = 'chosen'),
  sum(decision = 'accepted' and coalesce(how, 'applied') <> 'chosen'),
  sum(decision in ('rejected', 'undone')), sum(decision = 'undecided')
from (
  select session_id, at_ms / {SLOT_MS} as slot, followed, coalesce(language, '') as language,
    proposed, chosen, allowed, applied, undecided, rejected, landed_exact, shipped_exact, noted,
    living, decision, how,
    min(landed, chosen + allowed + applied) as landed,
    min(shipped, landed, chosen + allowed + applied) as shipped
  from proposals
  where session_id in {TOUCHED} and at_ms is not null and excluded = 0 and decision <> 'failed')
group by 1, 2, 3, 4
"""  # noqa: S608 (constant parts)
_EVENT_SUMS = f"""
insert into session_sums
select s.id, 'unknown', min(q.slot), max(q.slot),
  {", ".join(f"coalesce(sum(q.{name}), 0)" for name in EVENTS.columns)}
from sessions s left join session_slots q on q.session_id = s.id
where s.id in {TOUCHED} group by s.id
"""  # noqa: S608 (constant parts)
# whole sessions span all that has a time: prompts, calls, usage, proposed changes
_SPANS = f"""
update session_sums set first_slot = span.first_slot, last_slot = span.last_slot
from (
  select session_id, min(slot) as first_slot, max(slot) as last_slot from (
    select session_id, slot from session_slots where session_id in {TOUCHED}
    union all
    select session_id, slot from usage_slots where session_id in {TOUCHED}
    union all
    select session_id, slot from change_slots where session_id in {TOUCHED})
  group by session_id) span
where span.session_id = session_sums.session_id
"""  # noqa: S608 (constant parts)
# who drove a session: of its prompts the first kind there is
_ORIGIN = f"""
update session_sums set origin = case when own > 0 then 'own' when unknown > 0 then 'unknown'
  when unattended > 0 then 'unattended' else 'unknown' end
where session_id in {TOUCHED}
"""  # noqa: S608 (constant parts)


def refresh(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Make the sums of these sessions' events and usage again, from their quarters."""
    touch(db, sessions)
    db.execute(f"delete from session_sums where session_id in {TOUCHED}")  # noqa: S608
    db.execute(_EVENT_SUMS)
    db.execute(_ORIGIN)
    db.execute(_SPANS)
    _whole(db)
    packed.refresh(db, EVENTS)
    packed.refresh(db, USAGE)


def refresh_changes(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Make the sums of these sessions' proposed changes again."""
    touch(db, sessions)
    db.execute(f"delete from change_slots where session_id in {TOUCHED}")  # noqa: S608
    db.execute(_CHANGE_SLOTS)
    db.execute(_SPANS)
    packed.refresh(db, CHANGES)


def _whole(db: sqlite3.Connection) -> None:
    keys = "".join(f", q.{key}" for key in USAGE.keys)
    db.execute(f"delete from usage_sums where session_id in {TOUCHED}")  # noqa: S608
    db.execute(
        f"insert into usage_sums (session_id{keys.replace('q.', '')}, first_slot, last_slot,"  # noqa: S608
        f" {', '.join(USAGE.columns)})"
        f" select q.session_id{keys}, span.first_slot, span.last_slot, {USAGE.added('q')}"
        f" from usage_slots q join (select session_id, min(slot) as first_slot,"
        f"   max(slot) as last_slot from usage_slots where session_id in {TOUCHED}"
        f"   group by session_id) span on span.session_id = q.session_id"
        f" where q.session_id in {TOUCHED} group by q.session_id{keys}"
    )


def mark_drivers(db: sqlite3.Connection, driven: Collection[int]) -> None:
    """Say who drove sessions that no prompt of a person or program tells of.

    ``driven`` are those that only a program drove.  The others without such a prompt are as
    the session is that began them; a session begun by none stays unknown.
    """
    silent = {
        row[0]
        for row in db.execute(
            "select session_id from session_sums where own + unknown + unattended = 0"
        )
    }
    parents = dict(
        db.execute(
            "select c.id, p.id from sessions c join sessions p"
            " on p.source = c.source and p.key = c.parent"
        )
    )
    origin: dict[int, str] = dict(db.execute("select session_id, origin from session_sums"))
    found = dict.fromkeys(driven, "unattended")
    for one in silent - set(driven):
        found[one] = _driver(one, silent, parents, origin)
    db.executemany(
        "update session_sums set origin = ? where session_id = ?",
        [(said, one) for one, said in found.items() if origin.get(one) != said],
    )


def _driver(
    one: int, silent: Collection[int], parents: dict[int, int], origin: dict[int, str]
) -> str:
    seen: set[int] = set()
    while one in silent and one in parents and one not in seen:
        seen.add(one)
        one = parents[one]
    return "unknown" if one in silent else origin.get(one, "unknown")

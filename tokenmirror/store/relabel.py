"""Origins told again without a reading: the person moved a threshold, or said who wrote.

What needs the repositories (how tasks belong together, how they ended) is brought up to date
as far as origins decide it; the next reading makes all of it again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tokenmirror.store import derived, entered, facts, ledger, slots, sums
from tokenmirror.store.entered import Answer, Estimate
from tokenmirror.tasks import origins, repeats
from tokenmirror.tasks.origins import Origin, Thresholds

USED = "origin_thresholds"


@dataclass(frozen=True)
class Written:
    """Who wrote some prompts: how many of each origin and basis, and which were set by hand."""

    keys: tuple[int, ...]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Automatic:
    """What one rule found that nothing states: prompts, and the sessions they lie in."""

    rule: str
    prompts: int
    sessions: int


def thresholds_moved(db: sqlite3.Connection, limits: Thresholds) -> bool:
    """Whether a reading has to relate again, since it last did so by other thresholds."""
    used = entered.find(db, Answer(USED, ""))
    return used is None or used.answer != _text(limits)


def remember(db: sqlite3.Connection, limits: Thresholds) -> None:
    """Keep by which thresholds a reading told origins."""
    entered.put(db, Answer(USED, _text(limits)))


def again(db: sqlite3.Connection, limits: Thresholds) -> set[int]:
    """Tell all origins again; gives the sessions in which one changed.

    Must run inside a transaction.  The next reading relates in full.
    """
    moved = derived.write_origins(db, origins.origins(facts.prompts(db), limits))
    entered.take(db, Answer(USED, ""))
    if moved:
        slots.refresh(db, moved)
        repeated(db, moved)
        driven = facts.unattended_sessions(db)
        derived.mark_unattended(db, driven)
        sums.mark_drivers(db, driven)
        _tasks(db)
    return moved


def repeated(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Tell again which prompts of these sessions, and shortly after, repeat an earlier one."""
    some_sessions = sorted(sessions)
    db.executemany(
        "delete from prompt_repeats where prompt_id in"
        " (select id from prompts where session_id = ?)",
        [(session,) for session in some_sessions],
    )
    for from_ms, asked in facts.asked_around(db, some_sessions):
        some = {one.id for one in asked if one.at_ms >= from_ms}
        found = [one for one in repeats.repeats(asked) if one.prompt in some]
        derived.write_repeats(db, some, found)


def label(
    db: sqlite3.Connection, labels: Mapping[int, Origin | None], limits: Thresholds, edited_ms: int
) -> dict[int, Origin | None]:
    """Say who wrote these prompts, by their keys; ``None`` leaves it to the log and the rules.

    Gives what was said before.  Must run inside a transaction.
    """
    before: dict[int, Origin | None] = dict.fromkeys(labels)
    for key in labels:
        row = db.execute("select origin from prompt_labels where prompt_key = ?", (key,)).fetchone()
        before[key] = row[0] if row else None
    db.executemany("delete from prompt_labels where prompt_key = ?", [(key,) for key in labels])
    db.executemany(
        "insert into prompt_labels values (?, ?, ?)",
        [(key, origin, edited_ms) for key, origin in labels.items() if origin is not None],
    )
    ledger.note(db, again(db, limits), "you", "origins", None)
    return before


def written(db: sqlite3.Connection, sessions: Iterable[tuple[str, str]]) -> Written:
    """Who wrote the prompts of these sessions, each (source, id as the tool has it)."""
    keys: list[int] = []
    counts: dict[tuple[str, str], int] = {}
    for source, session in sessions:
        for key, origin, basis in db.execute(
            "select p.key, coalesce(o.origin, 'unknown'), coalesce(o.basis, 'unknown')"
            " from prompts p join sessions s on s.id = p.session_id"
            " left join origins o on o.prompt_id = p.id"
            " where s.source = ? and s.key = ? order by p.at_ms, p.id",
            (source, session),
        ):
            keys.append(key)
            counts[origin, basis] = counts.get((origin, basis), 0) + 1
    return Written(tuple(keys), counts)


def estimate_of(db: sqlite3.Connection, sessions: Iterable[tuple[str, str]]) -> Estimate | None:
    """The person's estimate of the task with these sessions, where there is one."""
    for source, session in sessions:
        found = entered.find(db, Estimate(source, session, None))
        if found is not None:
            return found
    return None


def unconfirmed(db: sqlite3.Connection) -> Automatic | None:
    """What the rules keep apart and the person was not asked about yet; the most first."""
    row = db.execute(
        "select o.rule, count(*), count(distinct p.session_id)"
        " from origins o join prompts p on p.id = o.prompt_id"
        " where o.origin = 'unattended' and o.basis = 'inferred'"
        " and o.rule not in (select substr(question, 16) from answers"
        "  where question like 'automatic_rule_%')"
        " group by o.rule order by 3 desc, o.rule limit 1"
    ).fetchone()
    return Automatic(*row) if row else None


def rule_question(rule: str) -> str:
    """Under which question it is kept that the person was asked about a rule."""
    return f"automatic_rule_{rule}"


def _text(limits: Thresholds) -> str:
    return json.dumps([limits.rules, *limits.numbers()])


def _tasks(db: sqlite3.Connection) -> None:
    """Own prompts, who drove it, and the beginning of tasks whose prompts changed."""
    driven = facts.unattended_sessions(db)
    counts = facts.prompt_counts(db)
    members: dict[int, list[int]] = {}
    for session, task in db.execute("select session_id, task_id from task_sessions"):
        members.setdefault(task, []).append(session)
    stood = {
        row[0]: row[1:]
        for row in db.execute("select id, unattended, own_prompts, began_ms from tasks")
    }
    for task, sessions in members.items():
        if task not in stood:
            continue
        known = [counts[one] for one in sessions if one in counts]
        own = [first for _n, first, _any in known if first is not None]
        others = [first for _n, _own, first in known if first is not None]
        began = min(own or others, default=stood[task][2])
        after = (
            int(all(one in driven for one in sessions)),
            sum(n for n, _own, _any in known),
            began,
        )
        if after != stood[task]:
            db.execute(
                "update tasks set unattended = ?, own_prompts = ?, began_ms = ? where id = ?",
                (*after, task),
            )

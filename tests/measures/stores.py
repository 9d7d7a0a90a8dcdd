"""Made-up archives for tests of measures: tasks with what belongs to them, and deliveries."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from tokenmirror.measures.measure import Scope
from tokenmirror.store import landed, schema, slots, sums
from tokenmirror.tasks.languages import language_of

TODAY = date(2026, 11, 20)
OCTOBER = Scope(date(2026, 10, 1), date(2026, 10, 31), TODAY)
MODEL = "claude-3-7-sonnet"  # 3 dollars per million input tokens, however long the context
EVENTS = ("turns", "tool_calls", "suggestions")  # whose sums are made at once
_numbers = count(1)


def noon(day: date | str, minute: int = 0) -> int:
    """Noon UTC of a day, in milliseconds."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    moment = datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
    return round(moment.timestamp() * 1000) + minute * 60_000


def days_ago(n: int) -> date:
    return TODAY - timedelta(days=n)


@dataclass
class Made:
    """One task of one session, with the rows that belong to it."""

    day: date | str
    outcome: str = "shipped"
    stated: str | None = None
    unattended: bool = False
    hidden: bool = False
    source: str = "claude-code"
    project: int | None = 1
    title: str | None = None
    origins: tuple[str, ...] = ("own",)
    basis: str = "stated"
    rule: str | None = None
    proposals: list[dict] = field(default_factory=list)
    usage: list[dict] = field(default_factory=list)


def a_task(day="2026-10-05", outcome="shipped", *, tokens=None, **kw) -> Made:
    """A task; ``tokens`` are input tokens of a priced model."""
    made = Made(day, outcome, **kw)
    if made.unattended and "origins" not in kw:
        made.origins = ("unattended",)
    if tokens is not None:
        made.usage.append({"input_tokens": tokens, "output_tokens": 0})
    return made


def unattended(day="2026-10-05", **kw) -> Made:
    kw = {"outcome": "no_lasting_change", **kw}
    return a_task(day, unattended=True, **kw)


def a_proposal(accepted=10, *, how="chosen", rejected=0, undecided=0, landed=0, shipped=0, **kw):
    """A proposed change: one way of accepting, or a decision when nothing was accepted."""
    decision = "accepted" if accepted else "rejected" if rejected else "undecided"
    return {
        "decision": decision,
        "how": how if accepted else None,
        "proposed": accepted + rejected + undecided,
        "chosen": accepted if how == "chosen" else 0,
        "allowed": accepted if how == "allowed" else 0,
        "applied": accepted if how == "applied" else 0,
        "undecided": undecided,
        "rejected": rejected,
        "landed": landed,
        "shipped": shipped,
        "landed_exact": landed,
        "shipped_exact": shipped,
        "followed": 1,
        "excluded": 0,
        **kw,
    }


def a_delivery(day="2026-10-06", ai="with", repo=1, **kw) -> dict:
    return {"at_ms": noon(day), "ai": ai, "repo_id": repo, **kw}


@cache
def _template() -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mirror.db"
        schema.create(path)
        db = sqlite3.connect(path)
        memory = sqlite3.connect(":memory:")
        db.backup(memory)
        db.close()
    return memory


def empty_store() -> sqlite3.Connection:
    """An archive without rows, in memory."""
    db = sqlite3.connect(":memory:")
    _template().backup(db)
    return db


def insert(db: sqlite3.Connection, table: str, **row) -> int:
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    made = db.execute(f"insert into {table} ({names}) values ({marks})", row).lastrowid
    if table in EVENTS:
        slots.refresh(db, [row["session_id"]])
    return made


def store_with(
    *tasks: Made, deliveries=(), day_totals=(), commits=(), repos=("ok",), begin="2026-01-05"
) -> sqlite3.Connection:
    """An archive with these tasks; project n lies in repository n.

    ``begin`` is the first day its logs reach back to, ``None`` for an archive without logs.
    """
    db = empty_store()
    insert(db, "machines", id=1, key="m", label="here")
    for n, state in enumerate(repos, 1):
        insert(db, "repos", id=n, machine_id=1, common_dir=f"/r{n}", name=f"r{n}", state=state)
    for n in range(1, 4):
        repo = n if n <= len(repos) else None
        insert(db, "projects", id=n, key=f"/p{n}", name=f"p{n}", repo_id=repo)
    if begin:
        for source in sorted({made.source for made in tasks} | {"claude-code"}):
            a_file(db, source, begin)
    _put_all(db, tasks)
    for n, delivery in enumerate(deliveries, 1):
        row = {"id": n, "key": f"r:{n}", "landed_ms": delivery["at_ms"], "commits": 1,
               "ai_lines": 0, **delivery}  # fmt: skip
        for task in row.pop("tasks", ()):
            insert(db, "task_deliveries", task_id=task, delivery_id=n)
        insert(db, "deliveries", **row)
    for what, day, number in day_totals:
        insert(db, "day_totals", key=next(_numbers), source="vscode", machine_id=1,
               at_ms=noon(day), what=what, count=number)  # fmt: skip
    for day in commits:
        a_commit(db, day)
    return db


def a_file(db, source, begin, *, records=100, understood=100) -> None:
    insert(db, "files", machine_id=1, source=source, path=f"/logs/{next(_numbers)}", size=1,
           mtime_ns=1, stamp=1, offset=1, head=b"", state=b"", version=1, records=records,
           understood=understood, first_ms=noon(begin), last_ms=noon(TODAY),
           read_ms=noon(TODAY))  # fmt: skip


def a_commit(db, day, *, mine=1, trailer=None) -> int:
    return insert(db, "commits", repo_id=1, oid=f"{next(_numbers):040x}", parents="",
                  authored_ms=noon(day), committed_ms=noon(day), placed_ms=noon(day),
                  utc_offset_min=0, mine=mine, on_chain=1, trailer=trailer)  # fmt: skip


def add(db: sqlite3.Connection, made: Made) -> int:
    """Add a task with its session, prompts, proposals and usage; its id."""
    session, task = _put(db, made)
    summed(db, session)
    if made.unattended:
        sums.mark_drivers(db, [session])
    return task


def _put_all(db: sqlite3.Connection, tasks: Iterable[Made]) -> None:
    """Add tasks; their sums are made once."""
    put = [(_put(db, made)[0], made) for made in tasks]
    if put:
        summed(db)
    driven = [session for session, made in put if made.unattended]
    if driven:
        sums.mark_drivers(db, driven)


def _put(db: sqlite3.Connection, made: Made) -> tuple[int, int]:
    """The same without its sums; session and task."""
    at_ms, number = noon(made.day), next(_numbers)
    session = insert(db, "sessions", source=made.source, key=f"s{number}", machine_id=1,
                     started_ms=at_ms, project_id=made.project)  # fmt: skip
    own = sum(origin in {"own", "unknown"} for origin in made.origins)
    accepted = sum(p["chosen"] + p["allowed"] + p["applied"] for p in made.proposals)
    task = insert(db, "tasks", key=f"{made.source}:s{number}", title=made.title, title_from="day",
                  project_id=made.project, source=made.source, began_ms=at_ms, ended_ms=at_ms,
                  outcome=made.outcome, why="test", stated=made.stated,
                  unattended=int(made.unattended), own_prompts=own,
                  intended=int(made.outcome != "no_code"), proposed=0, accepted=accepted,
                  landed=0, shipped=0, hidden=int(made.hidden), rules_version=1)  # fmt: skip
    insert(db, "task_sessions", session_id=session, task_id=task)
    for n, origin in enumerate(made.origins):
        _prompt(db, session, at_ms + n, origin, made.basis, made.rule)
    for proposal in made.proposals:
        row = {"session_id": session, "path": "a.py", "at_ms": at_ms,
               "unattended": int(made.unattended), **proposal}  # fmt: skip
        insert(db, "proposals", **row, language=language_of(row["path"]))
    for record in made.usage:
        _usage(db, session, {"at_ms": at_ms, **record})
    return session, task


def summed(db: sqlite3.Connection, *sessions: int) -> None:
    """Make the sums of these sessions again, of all without any: after rows were put in."""
    some = sessions or [row[0] for row in db.execute("select id from sessions")]
    slots.refresh(db, some)
    sums.refresh_changes(db, some)


def add_prompt(db, session, at_ms, origin="own", basis="stated", rule=None, words=5) -> None:
    _prompt(db, session, at_ms, origin, basis, rule, words)
    slots.refresh(db, [session])


def _prompt(db, session, at_ms, origin, basis, rule, words=5) -> None:
    prompt = insert(db, "prompts", key=next(_numbers), log_key="k", session_id=session, copied=0,
                    at_ms=at_ms, author="person", basis=basis, text_hash=b"",
                    words=words)  # fmt: skip
    insert(db, "origins", prompt_id=prompt, origin=origin, basis=basis, rule=rule)


def add_usage(db, session, record) -> None:
    _usage(db, session, record)
    slots.refresh(db, [session])


def _usage(db, session, record) -> None:
    name = record.pop("model", MODEL)
    if name is not None:
        db.execute("insert or ignore into models (name) values (?)", (name,))
        found = db.execute("select id from models where name = ?", (name,)).fetchone()
        record["model_id"] = found[0]
    insert(db, "usage", key=next(_numbers), session_id=session, copied=0, **record)


def a_life(
    db, session=1, lines=10, day="2026-10-06", *, ends=(), claimed=True, mine=1, path="a.py",
    observed=TODAY, delivery=None,
) -> int:  # fmt: skip
    """Lines that landed on a day, and their ends as (days later, lines, cause, killer).

    Gives the landing's row.  The repository was last looked at on ``observed``.
    """
    commit = a_commit(db, day)
    birth = insert(
        db, "births", repo_id=1, number=next(_numbers), commit_id=commit, path=path,
        suggestion_id=next(_numbers) if claimed else None, session_id=session if claimed else None,
        mine=mine, lines=lines, proof_lines=lines, born_ms=noon(day),
    )  # fmt: skip
    for days, gone, cause, killer in ends:
        insert(db, "deaths", birth_id=birth, at_ms=noon(day) + round(days * 86_400_000),
               lines=gone, cause=cause, commit_id=commit, killer=killer)  # fmt: skip
    db.execute("update repos set chain_ms = ?, observed_ms = ?", (noon(observed), noon(observed)))
    landed.refresh(db, [1])
    if delivery is not None:
        insert(db, "delivery_commits", commit_id=commit, delivery_id=delivery)
    return commit

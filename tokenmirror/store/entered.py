"""What the person enters: prices, plans, notes, check-ins, beginnings, estimates, answers.

Each kind is a row of one table with the same names; ``put`` and ``take`` give the row that
stood there before, so that writing it back (or taking it away) undoes them.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, ClassVar, Literal, TypeVar

from tokenmirror.errors import UserError

Helped = Literal["in_the_way", "little", "some", "much"]
Effort = Literal["less", "usual", "more"]
HELPED: tuple[Helped, ...] = ("in_the_way", "little", "some", "much")
EFFORT: tuple[Effort, ...] = ("less", "usual", "more")
EVER = date.min  # a price without a first day
LONGEST = 500  # of notes, in characters
DEAREST_NUSD = 10**15  # a million dollars: more is a slip of the finger


@dataclass(frozen=True)
class OwnPrice:
    """A price in place of the list's, in nano-dollars per million tokens, from a day on.

    ``first`` is ``EVER`` for a price without a first day.  Input and output must be told; a
    cache kind that is ``None`` costs like the kind it is part of.
    """

    TABLE: ClassVar[str] = "own_prices"
    KEY: ClassVar[tuple[str, ...]] = ("model", "first")
    model: str
    first: date
    input_nusd: int | None
    cache_read_nusd: int | None
    cache_write_5m_nusd: int | None
    cache_write_1h_nusd: int | None
    output_nusd: int | None


@dataclass(frozen=True)
class Plan:
    """What is paid for a tool each month or year; both days inclusive, ``last`` may be open."""

    TABLE: ClassVar[str] = "plans"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    name: str
    source: str | None
    nusd: int
    per: Literal["month", "year"]
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Note:
    """A dated mark on every chart over time."""

    TABLE: ClassVar[str] = "notes"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    day: date
    words: str


@dataclass(frozen=True)
class CheckIn:
    """How a week felt; ``week`` is its first day, an answer not given is ``None``."""

    TABLE: ClassVar[str] = "checkins"
    KEY: ClassVar[tuple[str, ...]] = ("week",)
    week: date
    helped: Helped | None = None
    effort: Effort | None = None
    words: str | None = None


@dataclass(frozen=True)
class Baseline:
    """A day at which the usual range begins anew."""

    TABLE: ClassVar[str] = "baselines"
    KEY: ClassVar[tuple[str, ...]] = ("day",)
    day: date
    why: str


@dataclass(frozen=True)
class Estimate:
    """What the person thinks the task of a session was worth: hours, and dollars an hour."""

    TABLE: ClassVar[str] = "estimates"
    KEY: ClassVar[tuple[str, ...]] = ("source", "session")
    source: str
    session: str
    hours: float | None
    hour_nusd: int | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to a question that is asked once."""

    TABLE: ClassVar[str] = "answers"
    KEY: ClassVar[tuple[str, ...]] = ("question",)
    question: str
    answer: str


Entry = OwnPrice | Plan | Note | CheckIn | Baseline | Estimate | Answer
Some = TypeVar("Some", OwnPrice, Plan, Note, CheckIn, Baseline, Estimate, Answer)
_DATES = {
    (kind.TABLE, entry.name)
    for kind in (OwnPrice, Plan, Note, CheckIn, Baseline)
    for entry in fields(kind)
    if entry.name in ("first", "last", "day", "week")
}


def new_id() -> str:
    """A random id for a row that has no name of its own."""
    return secrets.token_hex(8)


def every(db: sqlite3.Connection, kind: type[Some]) -> tuple[Some, ...]:
    """All rows of a kind, by their keys; dated kinds oldest first."""
    key: tuple[str, ...] = kind.KEY
    names: list[str] = [entry.name for entry in fields(kind)]
    dates: list[str] = [name for name in ("day", "week", "first") if name in names]
    order = ", ".join([*dates, *key])
    rows = db.execute(
        f"select {', '.join(names)} from {kind.TABLE} order by {order}"  # noqa: S608 (names of ours)
    )
    return tuple(_made(kind, row) for row in rows)


def find(db: sqlite3.Connection, entry: Some) -> Some | None:
    """The row that stands under the key of this one."""
    kind = type(entry)
    names = ", ".join(each.name for each in fields(kind))
    query = f"select {names} from {kind.TABLE} where {_where(kind)}"  # noqa: S608 (names of ours)
    row = db.execute(query, _values(entry)).fetchone()
    return _made(kind, row) if row else None


def put(db: sqlite3.Connection, entry: Some) -> Some | None:
    """Write a row under its key; gives what stood there.

    Raises ``UserError`` for one that cannot be meant.
    """
    wrong = problem(entry)
    if wrong:
        raise UserError(wrong, "Nothing was changed.")
    before = find(db, entry)
    names = [each.name for each in fields(entry)]
    marks = ", ".join(f":{name}" for name in names)
    db.execute(
        f"insert or replace into {entry.TABLE} ({', '.join(names)}, edited_ms)"  # noqa: S608
        f" values ({marks}, :edited_ms)",
        _values(entry) | {"edited_ms": time.time_ns() // 1_000_000},
    )
    return before


def take(db: sqlite3.Connection, entry: Some) -> Some | None:
    """Take the row under this key away; gives what stood there."""
    before = find(db, entry)
    query = f"delete from {entry.TABLE} where {_where(type(entry))}"  # noqa: S608 (names of ours)
    db.execute(query, _values(entry))
    return before


def problem(entry: Entry) -> str:
    """What is wrong with an entry, as a sentence; "" when nothing is."""
    checks: dict[type, Any] = {
        OwnPrice: _price_problem,
        Plan: _plan_problem,
        Note: lambda note: _words_problem(note.words, "A note"),
        CheckIn: _check_in_problem,
        Baseline: lambda baseline: _words_problem(baseline.why, "The reason"),
        Estimate: _estimate_problem,
        Answer: lambda _answer: "",
    }
    said: str = checks[type(entry)](entry)
    return said


def _price_problem(price: OwnPrice) -> str:
    if not price.model.strip():
        return "A price needs the name of a model."
    if price.input_nusd is None or price.output_nusd is None:
        return "A price needs an amount for input and one for output."
    told = [getattr(price, each.name) for each in fields(price) if each.name.endswith("_nusd")]
    if any(each is not None and not 0 <= each <= DEAREST_NUSD for each in told):
        return "A price lies between 0 and 1,000,000 dollars per million tokens."
    return ""


def _plan_problem(plan: Plan) -> str:
    if not plan.name.strip():
        return "A plan needs a name."
    if not 0 <= plan.nusd <= DEAREST_NUSD:
        return "A plan costs between 0 and 1,000,000 dollars."
    if plan.last is not None and plan.last < plan.first:
        return "A plan cannot end before it begins."
    return ""


def _words_problem(words: str, name: str) -> str:
    if not words.strip():
        return f"{name} needs some words."
    if len(words) > LONGEST:
        return f"{name} has at most {LONGEST} characters; this one has {len(words)}."
    return ""


def _check_in_problem(answers: CheckIn) -> str:
    if answers.helped is None and answers.effort is None and not (answers.words or "").strip():
        return "There is no answer to keep."
    if answers.helped not in (None, *HELPED) or answers.effort not in (None, *EFFORT):
        return "One of the answers is not among the choices."
    return _words_problem(answers.words, "The text") if answers.words else ""


def _estimate_problem(estimate: Estimate) -> str:
    if estimate.hours is None:
        return "An estimate needs a number of hours."
    if not 0 < estimate.hours <= 10_000:
        return "An estimate lies above 0 and at most at 10,000 hours."
    if estimate.hour_nusd is not None and not 0 <= estimate.hour_nusd <= DEAREST_NUSD:
        return "An hour is worth between 0 and 1,000,000 dollars."
    return ""


def _where(kind: type[Entry]) -> str:
    return " and ".join(f"{name} = :{name}" for name in kind.KEY)


def _values(entry: Entry) -> dict[str, object]:
    found = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in found.items()
    }


def _made(kind: type[Some], row: tuple[Any, ...]) -> Some:
    values: dict[str, Any] = {
        each.name: date.fromisoformat(value)
        if value is not None and (kind.TABLE, each.name) in _DATES
        else value
        for each, value in zip(fields(kind), row, strict=True)
    }
    return kind(**values)


def due_week(db: sqlite3.Connection, today: date, week_start: int, asked_on: int) -> date | None:
    """The first day of the week whose check-in may be asked for now, ``None`` when none is.

    ``asked_on`` is a weekday (0 = Monday): from that day on, the week that ended last is asked
    about, until it is answered, skipped, or a week older.
    """
    this = today - timedelta(days=(today.weekday() - week_start) % 7)
    if (today - this).days < (asked_on - week_start) % 7:
        return None
    week = this - timedelta(days=7)
    told = db.execute("select 1 from checkins where week = ?", (week.isoformat(),)).fetchone()
    skipped = db.execute(
        "select 1 from answers where question = ?", (skip_question(week),)
    ).fetchone()
    return None if told or skipped else week


def put_aside(db: sqlite3.Connection, today: date) -> frozenset[str]:
    """Kinds of changes that the person called not useful and that stay away today."""
    told = db.execute("select question, answer from answers where question like 'not_useful_%'")
    return frozenset(
        question.removeprefix("not_useful_")
        for question, until in told
        if today < date.fromisoformat(until)
    )


def not_useful(kind: str, until: date) -> Answer:
    """That a kind of change is not to be named until that day."""
    return Answer(f"not_useful_{kind}", until.isoformat())


def skip_question(week: date) -> str:
    """Under which question it is kept that a week's check-in was skipped."""
    return f"check_in_{week.isoformat()}"

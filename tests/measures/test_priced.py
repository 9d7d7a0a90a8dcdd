"""Costs as columns: the same as those of single records, and of the archive as it stands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.measures.stores import OCTOBER, a_task, insert, noon, store_with
from tokenmirror.measures import memo, priced, spending
from tokenmirror.measures.cost import G1
from tokenmirror.measures.prices import KINDS
from tokenmirror.measures.spending import Cost, together
from tokenmirror.store import reader
from tokenmirror.store.slots import SLOT_MS

CHANGED = "gpt-5.6"  # cheaper from 1 October 2026 on
TIERED = "claude-sonnet-4-5"  # dearer over 200,000 tokens of context
OWN = "a-model-of-mine"  # with a price from 15 October 2026 on
NO_SHRINKING = (Phase.explicit, Phase.generate)  # an archive takes long to make

counts = st.none() | st.sampled_from([0, 1, 999, 150_000])
records = st.builds(
    dict,
    day=st.dates(date(2026, 9, 25), date(2026, 11, 5)),
    model=st.sampled_from([CHANGED, TIERED, OWN, "unheard-of", None]),
    cost_nusd=st.sampled_from([None, None, None, 7]),
    output_at_least=st.sampled_from([0, 0, 1]),
    **{f"{kind}_tokens": counts for kind in KINDS},
)
tasks = st.builds(
    dict,
    hidden=st.sampled_from([False, False, True]),
    unattended=st.booleans(),
    records=st.lists(records, max_size=4),
)
models = st.none() | st.frozensets(st.sampled_from([CHANGED, TIERED, OWN, "unknown"]))


def archive(made) -> sqlite3.Connection:
    """Tasks with these records, no two at one instant."""
    held, minute = [], 0
    for one in made:
        task = a_task(hidden=one["hidden"], unattended=one["unattended"])
        for record in one["records"]:
            minute += 1
            task.usage.append({"at_ms": noon(record.pop("day"), minute), **record})
        held.append(task)
    db = store_with(*held)
    insert(db, "own_prices", model=OWN, first="2026-10-15", input_nusd=10**9,
           output_nusd=2 * 10**9, edited_ms=1)  # fmt: skip
    return db


def of_records(db, scope, *, where="1", always=False) -> Cost:
    """The cost of single records, each at the price of its instant; ``always`` on any day."""
    from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
    rows = db.execute(
        "select u.session_id, u.at_ms, coalesce(m.name, 'unknown') from usage u"
        " left join models m on m.id = u.model_id"
        " join task_sessions ts on ts.session_id = u.session_id join tasks t on t.id = ts.task_id"
        f" where {where}"
    )
    return together(
        spending.inside(db, [(session, at_ms, at_ms)])
        for session, at_ms, name in rows.fetchall()
        if (always or from_ms <= at_ms < until_ms)
        and (scope.models is None or name in scope.models)
    )


@settings(max_examples=60, phases=NO_SHRINKING)
@given(st.lists(tasks, max_size=4), models, st.integers(0, 40), st.integers(0, 30))
def test_a_cost_is_that_of_its_records_each_at_the_price_of_its_day(made, chosen, after, days):
    first = date(2026, 9, 20) + timedelta(days=after)
    scope = replace(OCTOBER, first=first, last=first + timedelta(days=days), models=chosen)
    with closing(archive(made)) as db, memo.kept():
        shown = of_records(db, scope, where="t.hidden = 0")
        nusd, _tasks = priced.by_quarter(db, scope, scope.first, scope.last)
        whole = [task for (task,) in db.execute("select id from tasks where id % 2")]

        assert priced.total(db, scope) == shown
        assert nusd.sum() == shown.nusd
        assert priced.of_unattended(db, scope) == of_records(
            db, scope, where="t.hidden = 0 and t.unattended"
        )
        assert priced.of_tasks(db, scope, whole) == of_records(
            db, scope, where="t.id % 2", always=True
        )


@settings(max_examples=30, phases=NO_SHRINKING)
@given(st.lists(tasks, max_size=4), st.integers(0, 40), st.integers(0, 30))
def test_sessions_summed_up_in_one_statement_cost_what_their_records_do(made, after, days):
    first = date(2026, 9, 20) + timedelta(days=after)
    scope = replace(OCTOBER, first=first, last=first + timedelta(days=days))
    from_slot, until_slot = (
        at_ms // SLOT_MS for at_ms in scope.days.bounds_ms(scope.first, scope.last)
    )
    with closing(archive(made)) as db, memo.kept():
        within = spending.by_session(db, slots=(from_slot, until_slot))
        odd = [task for (task,) in db.execute("select id from sessions where id % 2")]
        of_odd = spending.by_session(db, odd)

        assert together(within.values()) == of_records(db, scope)
        assert together(of_odd.values()) == of_records(
            db, scope, where="u.session_id % 2", always=True
        )


def test_a_task_is_counted_once_however_many_sessions_and_models_it_has():
    made = a_task()
    made.usage += [{"model": name, "input_tokens": 5} for name in (CHANGED, TIERED, None)]
    with closing(store_with(made, a_task(), a_task(tokens=1))) as db, memo.kept():
        spent = priced.in_period(db, OCTOBER)

        assert (len(spent.task), spent.tasks(3)) == (4, 2)


def test_a_stated_cost_is_all_of_it_though_not_all_tokens_are_told():
    made = a_task()
    made.usage.append({"cost_nusd": 7, "output_at_least": 1})
    with closing(store_with(made)) as db, memo.kept():
        assert priced.total(db, OCTOBER) == Cost(7, 7, records=1, known=True)


def test_a_price_that_the_person_enters_counts_at_once(tmp_path):
    path = tmp_path / "mirror.db"
    with (
        closing(sqlite3.connect(path)) as db,
        closing(store_with(a_task(tokens=10**6))) as made,
    ):
        made.commit()
        made.backup(db)
        db.execute("pragma journal_mode = wal")

    with closing(reader.connect(path)) as db:
        before = G1.compute(db, OCTOBER)
        with closing(sqlite3.connect(path)) as writer, writer:
            insert(writer, "own_prices", model="claude-3-7-sonnet", first="0001-01-01",
                   input_nusd=10**9, output_nusd=10**9, edited_ms=1)  # fmt: skip
        after = G1.compute(db, OCTOBER)

    assert (before.value, before.parts["own_prices"]) == (3.0, 0.0)
    assert (after.value, after.parts["own_prices"]) == (1.0, 1.0)

"""Columns in memory say what the rows of the archive say, and follow it when it changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.measures.in_sql import TASK_NARROWED, of_deliveries, of_sessions, values
from tests.measures.stores import (
    OCTOBER,
    TODAY,
    a_delivery,
    a_proposal,
    a_task,
    add,
    noon,
    store_with,
)
from tokenmirror.measures import chosen, columns, memo
from tokenmirror.measures.registry import ask
from tokenmirror.store import reader
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES, SLOT_TABLES

MODELS = ("gpt-5", "claude-sonnet-4-5", None)
OUTCOMES = ("shipped", "no_lasting_change", "no_code", "unknown")
ORIGINS = ("own", "unknown", "unattended")
NO_SHRINKING = (Phase.explicit, Phase.generate)  # an archive takes long to make
ENDINGS = {"Python": "py", "Go": "go", None: "nothing-known"}
LANGUAGES = tuple(ENDINGS)


def some(*words):
    """No choice, or some of these words."""
    return st.none() | st.frozensets(st.sampled_from([word or "unknown" for word in words]))


tasks = st.builds(
    dict,
    day=st.dates(date(2026, 9, 20), date(2026, 11, 10)),
    outcome=st.sampled_from(OUTCOMES),
    stated=st.sampled_from([None, None, "done", "set_aside", "useful_without_code"]),
    hidden=st.booleans(),
    unattended=st.booleans(),
    source=st.sampled_from(["claude-code", "codex-cli"]),
    project=st.sampled_from([1, 2, None]),
    origins=st.lists(st.sampled_from(ORIGINS), max_size=2).map(tuple),
    models=st.lists(st.sampled_from(MODELS), max_size=2),
    languages=st.lists(st.sampled_from(LANGUAGES), max_size=2),
)
scopes = st.builds(
    replace,
    st.just(OCTOBER),
    first=st.dates(date(2026, 9, 25), date(2026, 10, 10)),
    last=st.dates(date(2026, 10, 11), date(2026, 11, 5)),
    sources=some("claude-code", "codex-cli"),
    projects=st.none() | st.frozensets(st.sampled_from([0, 1, 2])),
    models=some(*MODELS),
    outcomes=some(*OUTCOMES),
    origins=some(*ORIGINS),
    languages=some(*LANGUAGES),
    unattended=st.booleans(),
)


def archive(made) -> sqlite3.Connection:
    held = []
    for one in made:
        models, written = one.pop("models"), one.pop("languages")
        task = a_task(**one)
        task.usage = [{"model": name, "input_tokens": 5, "output_tokens": 1} for name in models]
        task.proposals = [
            a_proposal(n, path=f"a.{ENDINGS[name]}") for n, name in enumerate(written, 3)
        ]
        held.append(task)
    days = ("2026-10-03", "2026-10-20", "2026-11-02")
    return store_with(
        *held, deliveries=[a_delivery(day, ai) for day in days for ai in ("with", "without")]
    )


@settings(max_examples=40, phases=NO_SHRINKING)
@given(st.lists(tasks, max_size=5), scopes, st.booleans())
def test_what_a_question_is_about_is_what_the_same_question_in_sql_finds(made, scope, every):
    with closing(archive(made)) as db:
        bound = values(scope)
        asked = {
            "sessions": f"select q.session_id from (select id as session_id from sessions) q"
            f" {of_sessions('q', unattended=every)}",
            "tasks": f"select t.id from tasks t where t.hidden = 0 {TASK_NARROWED}",
            "deliveries": f"select d.id from deliveries d where 1 {of_deliveries()}",
        }
        wanted = {name: {row[0] for row in db.execute(sql, bound)} for name, sql in asked.items()}

        with memo.kept():
            masks = {
                "sessions": chosen.sessions(db, scope, unattended=every),
                "tasks": chosen.tasks(db, scope),
                "deliveries": chosen.deliveries(db, scope),
            }
            of = {name: getattr(columns, name)(db).id for name in masks}

    assert {name: set(of[name][mask].tolist()) for name, mask in masks.items()} == wanted


@settings(max_examples=40, phases=NO_SHRINKING)
@given(st.lists(tasks, max_size=5), scopes, st.sampled_from(SLOT_TABLES))
def test_sums_within_days_are_those_of_the_rows_within_them(made, scope, table):
    with closing(archive(made)) as db:
        bound = values(scope)
        keys = ", ".join(("session_id", *table.keys))
        sums = ", ".join(f"sum({name})" for name in table.numbers)
        wanted = db.execute(
            f"select {keys}, {sums} from {table.name}"
            f" where slot >= :from_slot and slot < :until_slot group by {keys} order by {keys}",
            bound,
        ).fetchall()

        with memo.kept():
            quarters = columns.quarters(db, table)
            found = quarters.within(bound["from_slot"], bound["until_slot"])
            session = columns.sessions(db).id[found.session]
            told = [session, *map(found.key, table.keys), *map(found.sum, table.numbers)]

    assert list(zip(*(column.tolist() for column in told), strict=True)) == wanted


def test_an_archive_without_rows_has_columns_without_rows():
    with closing(store_with(begin=None)) as db, memo.kept():
        empty = [columns.quarters(db, table).within(0, 10**7) for table in SLOT_TABLES]

        assert [found.session.tolist() for found in empty] == [[], [], []]
        assert [found.total(found.quarters.names[0]) for found in empty] == [0, 0, 0]
        assert not chosen.sessions(db, OCTOBER).size
        assert not chosen.deliveries(db, replace(OCTOBER, models=frozenset({"gpt-5"}))).size


@pytest.fixture
def kept_archive(tmp_path):
    """A path with an archive of two tasks, and a connection that can only read."""
    path = tmp_path / "mirror.db"
    with (
        closing(sqlite3.connect(path)) as db,
        closing(
            store_with(a_task(proposals=[a_proposal(7)]), a_task(proposals=[a_proposal(5)]))
        ) as made,
    ):
        made.commit()
        made.backup(db)
        db.execute("pragma journal_mode = wal")
    with closing(reader.connect(path)) as db:
        yield path, db


def test_figures_follow_an_archive_that_somebody_else_changes(kept_archive):
    path, db = kept_archive
    before = ask(db, OCTOBER, ["C4"])["C4"].value
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("update tasks set hidden = 1 where id = 1")
    hidden = ask(db, OCTOBER, ["C4"])["C4"].value
    with closing(sqlite3.connect(path)) as writer, writer:
        add(writer, a_task(proposals=[a_proposal(30)]))

    assert (before, hidden, ask(db, OCTOBER, ["C4"])["C4"].value) == (12, 5, 35)


def test_one_question_is_answered_of_one_state_of_the_archive(kept_archive):
    path, db = kept_archive

    with memo.kept(db):
        before = columns.sessions(db)
        with closing(sqlite3.connect(path)) as writer, writer:
            add(writer, a_task(proposals=[a_proposal(30)]))
        within = columns.quarters(db, CHANGES)
    after = columns.sessions(db)

    assert len(within.session) == len(before.id) == 2
    assert len(after.id) == 3


def test_what_lasts_is_made_once_for_an_archive_that_stays_as_it_is(kept_archive):
    _, db = kept_archive

    assert columns.sessions(db) is columns.sessions(db)
    with memo.kept(db):
        assert columns.sessions(db) is columns.sessions(db)


def test_days_without_end_and_before_all_are_told_apart(kept_archive):
    _, db = kept_archive
    slot = noon(TODAY) // SLOT_MS
    quarters = columns.quarters(db, CHANGES)

    assert quarters.within(0, slot).total("proposed") == 12
    assert quarters.within(slot, 2**40).total("proposed") == 0

"""Births of one landing put together say the same of their lines as the births one by one."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from tests.measures.stores import a_task, insert, noon, store_with
from tokenmirror.measures import columns, lines, memo
from tokenmirror.store import landed
from tokenmirror.store.lives import DAY_MS, Life, lives

DAYS = (0, 1, 14, 30)


def an_archive(draw: random.Random):
    db = store_with(a_task(), a_task(), repos=("ok", "ok"))
    db.execute("update repos set chain_ms = ?, observed_ms = ?", (noon("2026-11-01"),) * 2)
    for commit in range(1, 5):
        born_ms = noon("2026-10-05") + draw.randrange(20 * DAY_MS)
        insert(db, "commits", id=commit, repo_id=1 + commit % 2, oid=f"{commit:040x}", parents="",
               authored_ms=born_ms, committed_ms=born_ms, placed_ms=born_ms, utc_offset_min=0,
               mine=1, on_chain=1)  # fmt: skip
        for number in range(draw.randrange(1, 5)):
            session = draw.choice([1, 2, None])
            birth = insert(db, "births", repo_id=1 + commit % 2, number=10 * commit + number,
                           commit_id=commit, path=f"{number}.py", suggestion_id=session and 1,
                           session_id=session, mine=1, lines=40, proof_lines=30,
                           born_ms=born_ms)  # fmt: skip
            for _ in range(draw.randrange(3)):
                at_ms = born_ms + draw.choice([1, 14, 14.5, 20]) * DAY_MS
                until_ms = draw.choice([None, None, at_ms + DAY_MS])
                insert(db, "deaths", birth_id=birth, at_ms=round(at_ms), lines=draw.randrange(9),
                       until_ms=until_ms and round(until_ms), commit_id=1,
                       cause=draw.choice(["changed", "with_file", "reverted"]),
                       killer=draw.choice(["mine", "ai"]))  # fmt: skip
            if draw.random() < 0.2:
                insert(db, "censored", birth_id=birth, at_ms=born_ms + DAY_MS, lines=3)
    landed.refresh(db, [1, 2])
    return db


def told(found: list[Life]):
    """What measures ask of lines, by session and landing."""
    known: Counter[tuple[object, ...]] = Counter()
    for life in found:
        key = (life.session, life.commit, life.repo, bool(life.mine), life.born_ms)
        known[*key, "lines"] += life.lines
        for days in DAYS:
            for name, n in life.after(days)._asdict().items():
                known[*key, days, name] += n
            for by, n in life.died_within(days).items() if life.after(days).known else ():
                known[*key, days, by] += n
        for span in life.spans():
            passed = max(0, span.end_ms - life.born_ms) / DAY_MS
            died = span.cause is not None and span.cause != "with_file"
            whole = math.ceil(passed) if died else math.floor(passed)
            known[*key, whole, died, span.cause == "with_file"] += span.lines
    return +known


def in_columns(db, kind: lines.Kind):
    """The same of the columns."""
    with memo.kept():
        return _in_columns(db, kind)


def _in_columns(db, kind: lines.Kind):
    every, sessions = lines.lives(db, kind), columns.sessions(db)
    known: Counter[tuple[object, ...]] = Counter()
    keys = []
    for place in range(len(every.lines)):
        at = every.session[place]
        session = None if at == lines.NONE else int(sessions.id[at])
        others = (every.commit, every.repo, every.mine, every.born_ms)
        keys.append((session, *(column[place].item() for column in others)))
        known[*keys[-1], "lines"] += int(every.lines[place])
        for days in DAYS:
            for name, column in lines.after(db, kind, days)._asdict().items():
                known[*keys[-1], days, name] += int(column[place])
            redone = lines.redone(db, kind, days)
            assert redone.all[place] == sum(column[place] for column in redone.by.values())
            for by, column in redone.by.items():
                known[*keys[-1], days, by] += int(column[place])
    spans = lines.spans(db, kind)
    rows = zip(spans.life, spans.lines, spans.days, spans.died, spans.with_file, strict=True)
    for place, n, days, died, with_file in rows:
        known[*keys[place], int(days), bool(died), bool(with_file)] += int(n)
    return +known


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["claimed", "other", "files"])
def test_landings_in_columns_say_what_their_births_say(seed, kind):
    db = an_archive(random.Random(seed))

    together = lines.lives(db, kind)

    births = lives(db, claimed=kind != "other")
    assert in_columns(db, kind) == told(births)
    rows = births if kind == "files" else {(one.commit, one.session) for one in births}
    assert len(together.lines) == len(rows)


def test_units_are_drawn_in_the_order_of_their_names():
    db = an_archive(random.Random(4))

    for kind in ("claimed", "other"):
        every = lines.lives(db, kind)
        ordered = sorted(set(every.unit.tolist()), key=repr)
        assert [ordered[rank] for rank in every.rank.tolist()] == every.unit.tolist()


def test_a_repository_is_made_again_alone():
    db = an_archive(random.Random(1))

    db.execute("update births set lines = lines + 1")
    landed.refresh(db, [2])

    together, births = in_columns(db, "claimed"), told(lives(db, claimed=True))
    differs = {key[2] for key in together.keys() | births.keys() if together[key] != births[key]}
    assert differs == {1}
    assert 2 in {key[2] for key in births}

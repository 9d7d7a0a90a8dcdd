"""Births of one landing put together say the same of their lines as the births one by one."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.measures.stores import a_task, insert, noon, store_with
from tokenmirror.store import landed
from tokenmirror.store.lives import DAY_MS, Life, landings, lives

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
        key = (life.session, life.task, life.commit, life.repo, life.mine, life.born_ms)
        known[*key, "lines"] += life.lines
        known[*key, "living"] += life.living
        for days in DAYS:
            for name, lines in life.after(days)._asdict().items():
                known[*key, days, name] += lines
            for by, lines in life.died_within(days).items():
                known[*key, days, by] += lines
        for span in life.spans():
            known[*key, span.end_ms, span.cause, span.by] += span.lines
    return +known


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("claimed", [True, False])
def test_landings_say_what_their_births_say(seed, claimed):
    db = an_archive(random.Random(seed))

    together = landings(db, claimed=claimed, from_ms=0)

    assert told(together) == told(lives(db, claimed=claimed))
    assert len(together) == len({(one.commit, one.session) for one in together})


def test_the_period_bounds_landings_and_a_repository_is_made_again_alone():
    db = an_archive(random.Random(1))
    from_ms, until_ms = noon("2026-10-10"), noon("2026-10-20")

    some = landings(db, claimed=True, from_ms=from_ms, until_ms=until_ms)
    assert told(some) == told(lives(db, claimed=True, from_ms=from_ms, until_ms=until_ms))

    db.execute("update births set lines = lines + 1")
    landed.refresh(db, [2])

    for repo, differ in ((1, True), (2, False)):
        mine = [one for one in landings(db, claimed=True, from_ms=0) if one.repo == repo]
        single = [one for one in lives(db, claimed=True) if one.repo == repo]
        assert (told(mine) != told(single)) == (differ and bool(single))

"""Sums of whole sessions equal what the events say, whatever happened to the archive."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from tests.measures.stores import a_proposal, a_task, add_usage, empty_store, insert, store_with
from tokenmirror.store import facts, filled, relabel, schema, slots, sums
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.tasks.languages import language_of
from tokenmirror.tasks.origins import Thresholds

SUMS = ("session_slots", "usage_slots", "session_sums", "usage_sums", "change_slots",
        "courses", "landed_sums", "packed")  # fmt: skip
SLOTS = range(1_788_000_000_000 // SLOT_MS, 1_794_000_000_000 // SLOT_MS)
BEFORE_SUMS = """
drop table session_sums; drop table usage_sums; drop table change_slots;
drop table courses; drop table landed_sums; drop table packed;
alter table claims drop column copied;
alter table repos drop column related;
drop table recount_causes; drop table figure_units; drop table reckonings;
drop index task_deliveries_by_delivery;
alter table session_slots drop column shown;
alter table session_slots drop column taken;
alter table session_slots drop column untold;
drop index if exists proposals_by_language;
alter table proposals drop column language;
alter table proposals drop column noted;
delete from _sqlite_migrations where name > 'm006';
pragma user_version = 5;
"""
BEFORE_PACKED = """
drop table packed; create table change_sums (session_id integer);
alter table repos drop column related;
delete from _sqlite_migrations where name > 'm010';
pragma user_version = 9;
"""


def an_archive(draw: random.Random) -> sqlite3.Connection:
    """Sessions over weeks, some with sub-agents, with all that a log may or may not tell."""
    tasks = [
        a_task(
            date(2026, 9, 1) + timedelta(days=draw.randrange(60)),
            source=draw.choice(["claude-code", "codex-cli"]),
            project=draw.choice([1, 2, None]),
            origins=draw.choice([("own",), ("own", "unknown"), ("unattended",), ("unknown",), ()]),
        )
        for _ in range(draw.randrange(2, 6))
    ]
    db = store_with(*tasks)
    db.commit()  # the next one is deaf inside of a transaction
    db.execute("pragma foreign_keys = on")
    sessions = [row[0] for row in db.execute("select id from sessions")]
    for child, parent in zip(sessions[1:], sessions, strict=False):
        if draw.random() < 0.4:
            key = db.execute("select key, source from sessions where id = ?", (parent,)).fetchone()
            db.execute(
                "update sessions set parent = ?, source = ?, relation = 'subagent' where id = ?",
                (*key, child),
            )
    for session in sessions:
        add_events(db, draw, session)
    reckoned(db, sessions)
    return db


def add_events(db: sqlite3.Connection, draw: random.Random, session: int) -> None:
    """What a reading might bring of a session: events of all kinds over two days."""
    (begun,) = db.execute("select started_ms from sessions where id = ?", (session,)).fetchone()
    for _ in range(draw.randrange(6)):
        at_ms = draw.choice([None, *[begun + draw.randrange(2 * 86_400_000) for _ in range(5)]])
        key = draw.getrandbits(60)
        common = {"key": key, "session_id": session, "copied": 0, "at_ms": at_ms}
        insert(db, "tool_calls", **common, kind="edit", name="Edit", args_hash=1,
               ok=draw.choice([0, 1, None]))  # fmt: skip
        insert(db, "turns", **common, ended_ms=at_ms and at_ms + 60_000,
               ended=draw.choice(["finished", "interrupted", "asked", "error"]))  # fmt: skip
        insert(db, "suggestions", **common, log_key=str(key), kind="inline", path="a.py",
               decision=draw.choice(["accepted", "undecided"]), basis="stated",
               lines_added=draw.randrange(3), lines_removed=0, added=draw.randrange(2),
               removed=0)  # fmt: skip
        prompt = insert(db, "prompts", **common, log_key=str(key), author="person",
                        basis="stated", text_hash=b"", words=draw.randrange(3))  # fmt: skip
        origin = draw.choice(["own", "unknown", "unattended", "delegated"])
        insert(db, "origins", prompt_id=prompt, origin=origin, basis="stated")
        add_usage(db, session, {
            "at_ms": at_ms, "model": draw.choice(["gpt-5", "claude-sonnet-4-5", None]),
            "input_tokens": draw.choice([None, draw.randrange(300_000)]), "output_tokens": 7,
            "cost_nusd": draw.choice([None, None, 5]),
        })  # fmt: skip
        accepted = draw.randrange(9)
        path = draw.choice(["a.py", "b.ts", "made/c"])
        change = a_proposal(accepted, rejected=0 if accepted else 2, landed=draw.randrange(10),
                            shipped=draw.randrange(10), how=draw.choice(["chosen", "allowed"]),
                            followed=draw.randrange(2), excluded=int(draw.random() < 0.1),
                            living=draw.choice([None, draw.randrange(10)]))  # fmt: skip
        insert(db, "proposals", session_id=session, path=path, at_ms=at_ms, unattended=0,
               language=language_of(path), **change)  # fmt: skip


def reckoned(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Do with touched sessions what a reading does."""
    some = list(sessions)
    slots.refresh(db, some)
    sums.mark_drivers(db, facts.unattended_sessions(db))
    sums.refresh_changes(db, some)


def lose(db: sqlite3.Connection, session: int) -> None:
    """Remove a session with its facts; what was reckoned of it goes with it."""
    of_session = "prompt_id in (select id from prompts where session_id = ?)"
    db.execute(f"delete from origins where {of_session}", (session,))
    for table in ("prompts", "turns", "tool_calls", "suggestions", "usage", "proposals"):
        db.execute(f"delete from {table} where session_id = ?", (session,))
    db.execute("delete from sessions where id = ?", (session,))
    reckoned(db, [])


def whole(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    return {name: sorted(db.execute(f"select * from {name}")) for name in SUMS}


def from_scratch(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    """The sums of a copy whose sums are all made anew."""
    copy = empty_store()
    db.commit()
    db.backup(copy)
    for name in SUMS:
        copy.execute(f"delete from {name}")
    reckoned(copy, facts.all_sessions(copy))
    return whole(copy)


def prompts_by_session(db: sqlite3.Connection) -> dict[int, Counter[str]]:
    """Prompts that ask something and have a time, by session and origin, in plain Python."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for session, origin in db.execute(
        "select p.session_id, coalesce(o.origin, 'unknown') from prompts p"
        " left join origins o on o.prompt_id = p.id where p.at_ms is not null and p.words > 0"
    ):
        found[session][origin] += 1
    return found


def changed_by_session(db: sqlite3.Connection) -> dict[int, Counter[str]]:
    """Lines of proposed changes by session, in plain Python."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for session, proposed, accepted, landed, shipped in db.execute(
        "select session_id, proposed, chosen + allowed + applied, landed, shipped from proposals"
        " where at_ms is not null and excluded = 0 and decision <> 'failed'"
    ):
        counts = found[session]
        counts["proposed"] += proposed
        counts["landed"] += min(landed, accepted)
        counts["shipped"] += min(shipped, landed, accepted)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_sums_say_what_the_events_say(seed):
    db = an_archive(random.Random(seed))
    prompts, lines = prompts_by_session(db), changed_by_session(db)

    for session, origin, *told in db.execute(
        "select session_id, origin, own, unknown, unattended, delegated from session_sums"
    ):
        names = ("own", "unknown", "unattended", "delegated")
        assert told == [prompts[session][name] for name in names]
        asked = [name for name in names[:3] if prompts[session][name]]
        assert [origin] == (asked[:1] or [origin])
    read = "select session_id, sum({}) from {} group by 1"
    for name in ("proposed", "landed", "shipped"):
        query = read.format(name, "change_slots")
        assert dict(db.execute(query)) == {one: every[name] for one, every in lines.items()}
    for name in ("input_tokens", "output_tokens"):
        told = dict(db.execute(read.format(name, "usage_sums")))
        assert told == dict(db.execute(read.format(f"coalesce({name}, 0)", "usage")))


@pytest.mark.parametrize("seed", range(12))
def test_sums_stay_those_of_the_events_through_readings_labels_and_losses(seed):
    draw = random.Random(seed)
    db = an_archive(draw)
    for _ in range(4):
        sessions = [row[0] for row in db.execute("select id from sessions")]
        happening = draw.choice(["more", "again", "label", "gone"])
        if happening == "more":
            some = draw.sample(sessions, min(2, len(sessions)))
            for session in some:
                add_events(db, draw, session)
            reckoned(db, some)
        elif happening == "again":
            reckoned(db, draw.sample(sessions, len(sessions) // 2))
        elif happening == "label":
            keys = [row[0] for row in db.execute("select key from prompts")]
            chosen = draw.sample(keys, min(3, len(keys)))
            relabel.label(db, dict.fromkeys(chosen, draw.choice(["own", "unattended"])),
                          Thresholds(), 1)  # fmt: skip
        elif len(sessions) > 1:
            lose(db, draw.choice(sessions))

        assert whole(db) == from_scratch(db), happening


def test_an_archive_of_before_is_brought_up_to_date_with_its_sums(tmp_path):
    db, path = an_archive(random.Random(7)), tmp_path / "mirror.db"
    accepted = a_proposal(4, landed=4, shipped=3, noted=2)
    change = insert(db, "proposals", session_id=1, path="src/a.rs", at_ms=1_790_000_000_000,
                    unattended=0, language="Rust", **accepted)  # fmt: skip
    edit = insert(db, "suggestions", key=1, log_key="e", session_id=1, copied=0, kind="edit",
                  at_ms=1_790_000_000_000, path="src/a.rs", decision="accepted", basis="stated",
                  lines_added=4, lines_removed=0, added=4, removed=0)  # fmt: skip
    insert(db, "proposal_suggestions", proposal_id=change, suggestion_id=edit)
    insert(db, "commits", id=1, repo_id=1, oid="a", parents="", authored_ms=1, committed_ms=1,
           placed_ms=1, utc_offset_min=0, mine=1, on_chain=1)  # fmt: skip
    for evidence in ("record", "exact"):
        insert(db, "claims", commit_id=1, suggestion_id=edit, session_id=1, path="src/a.rs",
               evidence=evidence, lines=2, proof_lines=2)  # fmt: skip
    insert(db, "follows", suggestion_id=edit, repo_id=1, path="src/a.rs", landed=b"\x0f",
           shipped=b"\x07", exact=b"\x0f", landed_lines=4, shipped_lines=3, exact_lines=4,
           landed_ms=1, shipped_ms=1)  # fmt: skip
    reckoned(db, facts.all_sessions(db))
    changes = db.execute("select id, language, noted from proposals").fetchall()
    db.commit()
    with sqlite3.connect(path) as file:
        db.backup(file)
        file.executescript(BEFORE_SUMS)
    file.close()

    schema.create(path)

    with sqlite3.connect(path) as file:
        assert schema.version_of(path) == schema.VERSION >= filled.SUMS_SINCE
        assert whole(file) == whole(db)
        assert file.execute("select id, language, noted from proposals").fetchall() == changes
    file.close()


def test_an_archive_of_before_the_packing_is_packed(tmp_path):
    db, path = an_archive(random.Random(8)), tmp_path / "mirror.db"
    db.commit()
    with sqlite3.connect(path) as file:
        db.backup(file)
        file.executescript(BEFORE_PACKED)
    file.close()

    schema.create(path)

    with sqlite3.connect(path) as file:
        assert whole(file) == whole(db)
        assert whole(file)["packed"]
    file.close()

"""From a task's edits to the lines still there, and its cost by shipped change; by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.measures.archive_rows import HOUR, T0, archive_with
from tests.measures.stores import OCTOBER, a_commit, a_proposal, a_task, insert, store_with
from tokenmirror.measures import listing, shipped
from tokenmirror.measures.listing.costs import by_change, by_session, split_by
from tokenmirror.measures.listing.trail import Gone

DAY = 24 * HOUR
KEY = "claude-code:s1"
NOW = T0 + 40 * DAY
LANDED = {"on_chain": 1, "mono_ms": T0}


def a_birth(number: int = 1, lines: int = 10, commit: int = 1, **row: object) -> dict[str, object]:
    """Lines of the edit of the same number, in a landing of T0."""
    return {
        "repo_id": 1, "number": number, "commit_id": commit, "path": "a.py",
        "suggestion_id": number, "session_id": 1, "mine": 1, "lines": lines,
        "proof_lines": lines, "born_ms": T0, **row,
    }  # fmt: skip


def a_death(lines: int, days: int, cause: str = "changed", by: str = "mine", **row: object):
    return {
        "birth_id": 1, "at_ms": T0 + days * DAY, "lines": lines, "cause": cause, "commit_id": 2,
        "killer": by, **row,
    }  # fmt: skip


def a_shipped_task(*, deaths=(), repos=None, **rows):
    """One task whose one edit of ten lines landed at T0, seen for forty days."""
    tables = {
        "tasks": [{"key": KEY, "shipped_ms": T0}],
        "task_sessions": [{"session_id": 1, "task_id": 1}],
        "repos": repos or [{"observed_ms": NOW, "chain_ms": NOW}],
        "commits": [{"oid": "a" * 40, **LANDED}, {"oid": "b" * 40, **LANDED}],
        "suggestions": [{}],
        "proposals": [{"proposed": 12, "chosen": 11, "landed": 10, "shipped": 10, "living": 10}],
        "proposal_suggestions": [{"suggestion_id": 1, "proposal_id": 1}],
        "births": [a_birth()],
        "deaths": list(deaths),
        **rows,
    }
    return archive_with(**tables)


def the_task(db):
    return listing.tasks(db)[0]


def test_a_task_whose_lines_stood_two_weeks_held_up():
    row = the_task(a_shipped_task(deaths=[a_death(1, 5), a_death(9, 20)]))

    assert row["held_up"] is True
    assert "held_up" not in row["missing"]


def test_a_fifth_redone_within_two_weeks_did_not_hold_up():
    assert the_task(a_shipped_task(deaths=[a_death(2, 13)]))["held_up"] is False


def test_a_revert_that_was_taken_back_does_not_stand():
    back = {"commit_id": 1, "by_commit_id": 2, "at_ms": T0 + DAY, "how": "message", "share": 1.0}
    reverted = a_shipped_task(reversals=[back])
    restored = a_shipped_task(reversals=[back | {"undone_ms": T0 + 2 * DAY}])

    assert (the_task(reverted)["held_up"], the_task(restored)["held_up"]) == (False, True)


def test_what_landed_a_week_before_the_last_look_is_too_early_to_tell():
    young = T0 + 7 * DAY
    row = the_task(a_shipped_task(repos=[{"observed_ms": young, "chain_ms": young}]))

    assert (row["held_up"], row["missing"]["held_up"]) == (None, "too_early")


def test_a_task_that_did_not_get_there_could_not_hold_up():
    row = the_task(a_shipped_task(tasks=[{"key": KEY, "outcome": "no_lasting_change"}]))

    assert (row["held_up"], row["missing"]["held_up"]) == (None, "not_completed")


def test_surviving_lines_never_outnumber_the_shipped_ones():
    many = {"proposed": 9, "applied": 9, "landed": 9, "shipped": 4, "living": 7}

    assert the_task(a_shipped_task(proposals=[many]))["lines"]["surviving"] == 4


def test_shipped_lines_nobody_watched_leave_the_count_open():
    blind = {"proposed": 9, "applied": 9, "landed": 9, "shipped": 4, "living": None}
    db = a_shipped_task(proposals=[blind])

    for row in (the_task(db), listing.sessions(db)[0]):
        assert row["lines"]["surviving"] is None
        assert row["missing"]["lines.surviving"] == "not_watched"


def test_without_anything_shipped_nothing_survives():
    young = {"proposed": 9, "applied": 9, "landed": 9, "shipped": 0, "living": None}

    assert the_task(a_shipped_task(proposals=[young]))["lines"]["surviving"] == 0


def test_a_commit_tells_its_release_its_revert_and_its_lines_still_there():
    db = a_shipped_task(
        deaths=[a_death(3, 5), a_death(2, 6, until_ms=T0 + 9 * DAY)],
        censored=[{"birth_id": 1, "at_ms": T0 + 7 * DAY, "lines": 1}],
        commits=[
            {"oid": "a", "released_ms": T0 + DAY, **LANDED},
            {"oid": "b", **LANDED},
            {"oid": "c", "landed_oid": "a", "landed_how": "patch"},
            {"oid": "d"},
        ],
        reversals=[
            {"commit_id": 1, "by_commit_id": 2, "at_ms": T0, "how": "message", "share": 0.9}
        ],
    )

    landing, undoing, beside, branch = listing.commits(db)

    assert landing["first_release"] == beside["first_release"] == "2026-09-22T14:13:20.000Z"
    assert landing["reverted_by"] == beside["reverted_by"] == "b"
    assert landing["surviving"] == {"lines": 6, "of": 9, "as_of": "2026-10-31T14:13:20.000Z"}
    assert undoing["surviving"]["of"] == 0
    assert beside["missing"]["surviving"] == "no_landing"
    assert branch["missing"]["reverted_by"] == branch["missing"]["first_release"] == "no_landing"


def test_a_landing_without_release_or_revert_says_that_it_has_none():
    landing = listing.commits(a_shipped_task())[0]

    assert (landing["first_release"], landing["reverted_by"]) == (None, None)
    assert landing["missing"]["first_release"] == "not_released"
    assert landing["missing"]["reverted_by"] == "not_reverted"


def test_a_file_is_followed_from_proposal_to_the_lines_that_are_gone():
    db = a_shipped_task(
        deaths=[a_death(2, 3), a_death(1, 3), a_death(4, 9, "reverted", "other", until_ms=NOW)],
        claims=[
            {"commit_id": 1, "suggestion_id": 1, "lines": 6},
            {"commit_id": 1, "suggestion_id": 1, "lines": 3, "evidence": "near"},
            {"commit_id": 1, "suggestion_id": 1, "lines": 1, "evidence": "record"},
        ],
        follows=[
            {
                "suggestion_id": 1, "repo_id": 1, "path": "src/a.py", "landed": b"", "shipped": b"",
                "exact": b"", "landed_lines": 10, "shipped_lines": 10, "exact_lines": 7,
            }
        ],
    )  # fmt: skip

    (file,) = listing.task_detail(db, KEY).trail.files

    assert (file.path, file.proposed, file.accepted, file.landed) == ("src/a.py", 12, 11, 10)
    assert file.evidence == {"noted": 1, "exact": 6, "close": 3}
    assert file.gone == (
        Gone(3, "changed", "mine", T0 + 3 * DAY),
        Gone(4, "reverted", "other", T0 + 9 * DAY, NOW),
    )


def test_a_refused_change_and_one_outside_of_repositories_stay_in_sight():
    db = a_shipped_task(
        suggestions=[{}, {}],
        proposals=[
            {"path": "no.py", "decision": "rejected", "proposed": 5, "rejected": 5},
            {"path": "/w/app/out.py", "followed": 0, "proposed": 3, "applied": 3},
        ],
        proposal_suggestions=[{"suggestion_id": n, "proposal_id": n} for n in (1, 2)],
    )

    refused, outside = listing.task_detail(db, KEY).trail.files

    assert refused.turned_down
    assert (outside.path, outside.landed, outside.living) == ("out.py", None, None)


def test_the_lines_of_a_task_are_counted_day_by_day():
    db = a_shipped_task(deaths=[a_death(2, 5), a_death(3, 9, "with_file", until_ms=T0 + 20 * DAY)])

    stood = {one.days: (one.alive, one.known) for one in listing.task_detail(db, KEY).trail.stood}

    assert [stood[day] for day in (0, 4, 5, 9, 30)] == [
        (10, 10),
        (10, 10),
        (8, 10),
        (5, 10),
        (8, 10),
    ]
    assert 41 not in stood  # nobody watched so long


def test_an_undone_landing_names_what_undid_it_and_when_it_came_back():
    back = {"commit_id": 1, "by_commit_id": 2, "at_ms": T0 + DAY, "how": "message", "share": 1.0}
    db = a_shipped_task(reversals=[back | {"undone_ms": T0 + 2 * DAY}])

    (undone,) = listing.task_detail(db, KEY).trail.undone

    assert (undone.oid[0], undone.by_oid[0], undone.back_ms) == ("a", "b", T0 + 2 * DAY)


def test_a_commit_of_the_task_tells_how_it_landed_and_when_it_was_released():
    db = a_shipped_task(
        commits=[
            {"oid": "a", "on_chain": 1, "mono_ms": T0 + 9, "released_ms": T0 + DAY},
            {"oid": "c", "landed_oid": "a", "landed_how": "content", "trailer": "claude"},
        ],
        links=[{"commit_id": 1}, {"commit_id": 2}],
        claims=[{"commit_id": 2, "suggestion_id": 1, "lines": 4}],
    )

    direct, beside = listing.task_detail(db, KEY).commits

    assert (direct.how, direct.released_ms, direct.lines) == ("direct", T0 + DAY, 0)
    assert (beside.how, beside.landing, beside.released_ms) == ("content", "a", T0 + DAY)
    assert (beside.lines, beside.named) == (4, True)


def two_changes(**rows):
    """A session of 7 nano-dollars that is linked to two shipped changes, one of them merged."""
    change = {"repo_id": 1, "at_ms": T0, "landed_ms": T0, "commits": 1, "ai": "with", "ai_lines": 4}
    tables = {
        "deliveries": [{"key": "1:a", **change}, {"key": "1:b", **change}],
        "delivery_commits": [
            {"commit_id": 1, "delivery_id": 1}, {"commit_id": 2, "delivery_id": 2},
            {"commit_id": 3, "delivery_id": 2},
        ],
        "task_deliveries": [{"task_id": 1, "delivery_id": n} for n in (1, 2)],
        "commits": [
            {"oid": "a", **LANDED}, {"oid": "b", **LANDED}, {"oid": "c", "landed_oid": "b"},
        ],
        "links": [{"commit_id": n} for n in (1, 2, 3)],
        "claims": [
            {"commit_id": 1, "suggestion_id": 1, "lines": 5, "proof_lines": 2},
            {"commit_id": 2, "suggestion_id": 1, "lines": 5, "proof_lines": 1},
            {"commit_id": 3, "suggestion_id": 1, "lines": 9, "proof_lines": 9},
        ],
        "usage": [{"cost_nusd": 7, "output_tokens": 1}],
    }  # fmt: skip
    return a_shipped_task(**(tables | rows))


def test_the_cost_of_a_session_is_split_by_weight_in_its_landings():
    db = two_changes()

    first, second = listing.task_detail(db, KEY).trail.deliveries

    # 2 : 1, the commit of the merged branch does not weigh twice; 14/3 and 7/3
    assert (first.cost_nusd, second.cost_nusd) == (5, 2)
    assert first.cost_nusd + second.cost_nusd == by_session(db)[1]


def test_a_link_without_lines_weighs_one():
    db = two_changes(claims=[{"commit_id": 1, "suggestion_id": 1, "lines": 5, "proof_lines": 6}])

    assert by_change(db, [1, 2]) == {1: {1: 6}, 2: {1: 1}}


def test_a_change_of_several_tasks_tells_its_cost_and_this_tasks_part():
    db = two_changes(
        sessions=[{"key": "s1"}, {"key": "s2"}, {"key": "s3"}],
        links=[{"commit_id": n, "session_id": s} for n, s in ((1, 1), (1, 2), (1, 3))],
        usage=[{"cost_nusd": 7, "output_tokens": 1},
               {"cost_nusd": 5, "output_tokens": 1, "session_id": 2}],
    )  # fmt: skip

    change, _ = listing.task_detail(db, KEY).trail.deliveries

    assert (change.cost_nusd, change.own_nusd, change.at_least) == (12, 7, True)


def test_a_change_whose_sessions_tell_no_cost_has_none():
    change, _ = listing.task_detail(two_changes(usage=[]), KEY).trail.deliveries

    assert (change.cost_nusd, change.own_nusd) == (None, None)


@given(st.integers(0, 10**15), st.dictionaries(st.integers(), st.integers(1, 10**6), min_size=1))
def test_a_split_adds_up_and_no_part_is_off_by_more_than_one(total, weights):
    parts = split_by(total, weights)

    whole = sum(weights.values())
    assert sum(parts.values()) == total
    assert all(abs(parts[key] * whole - total * weights[key]) < whole for key in weights)


def test_lines_in_a_release_are_a_part_of_those_on_the_main_line():
    made = [a_task(proposals=[a_proposal(10, landed=8, shipped=6, living=6)]) for _ in range(2)]
    db = store_with(*made)
    commit = a_commit(db, "2026-10-06")
    db.execute("update commits set released_ms = placed_ms")
    insert(db, "proposal_suggestions", suggestion_id=1, proposal_id=1)
    insert(db, "births", **a_birth(lines=9, commit=commit))

    figure = shipped.D3.compute(db, OCTOBER)

    assert figure.parts == {"exact": 12, "released": 6, "not_released": 6}
    assert figure.sentence.endswith("6 of them are in a release.")

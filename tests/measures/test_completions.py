"""C1, C2, C9: completions shown and taken, day totals, and characters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.measures.stores import OCTOBER, a_task, insert, noon, store_with
from tokenmirror.measures.completions import C1, C2, C9

DAY = "2026-10-06"


def a_completion(db, session=1, second=0.0, decision="rejected", added=2, path="a.py"):
    key = db.execute("select count(*) from suggestions").fetchone()[0]
    insert(db, "suggestions", key=key, log_key="k", session_id=session, copied=0,
           at_ms=noon(DAY) + round(1000 * second), kind="inline", path=path, decision=decision,
           basis="stated", lines_added=added, lines_removed=0, added=added,
           removed=0)  # fmt: skip


def shown(*completions, sessions=1):
    db = store_with(*[a_task(DAY) for _ in range(sessions)])
    for completion in completions:
        a_completion(db, **completion)
    return db


def counts(db):
    rate = C2.compute(db, OCTOBER)
    return rate.hits, rate.trials


def test_completions_are_taken_of_those_shown():
    db = shown({"second": 0, "decision": "accepted"}, {"second": 5}, {"second": 9})

    assert C1.compute(db, OCTOBER).sentence == "3 completions were shown."
    assert C2.compute(db, OCTOBER).sentence == "You took 1 of 3 completions shown."


def test_the_same_one_shown_again_within_a_second_is_one():
    assert counts(shown({}, {"second": 0.5}, {"second": 1.2})) == (0, 1)
    assert counts(shown({}, {"second": 1.1})) == (0, 2)
    assert counts(shown({}, {"second": 0.5, "added": 3})) == (0, 2)
    assert counts(shown({}, {"second": 0.5, "path": "b.py"})) == (0, 2)


def test_one_taken_when_it_came_again_is_one_that_was_taken():
    assert counts(shown({}, {"second": 0.5, "decision": "accepted"})) == (1, 1)
    assert counts(shown({"decision": "accepted"}, {"second": 0.5})) == (1, 1)


def test_a_completion_of_blank_lines_is_none():
    assert C2.compute(shown({"added": 0}), OCTOBER).reason == "not_recorded"


def test_twelve_sessions_give_an_interval_and_four_no_percentage():
    def of(n):
        made = [{"session": k + 1, "second": 5 * j, "decision": "accepted" if j % 3 else "rejected"}
                for k in range(n) for j in range(1 + k)]  # fmt: skip
        return C2.compute(shown(*made, sessions=n), OCTOBER)

    assert of(12).low < of(12).share < of(12).high
    assert "likely between" in of(12).sentence
    assert "%" not in of(4).sentence


def test_two_tools_are_kept_apart_and_a_word_is_said():
    db = store_with(a_task(DAY), a_task(DAY, source="continue"))
    a_completion(db, session=1, decision="accepted")
    a_completion(db, session=2)

    rate = C2.compute(db, OCTOBER)

    assert rate.apart == {"accepted:claude-code": 1, "shown:claude-code": 1,
                          "accepted:continue": 0, "shown:continue": 1}  # fmt: skip
    assert rate.sentence.endswith("Tools count what was shown in their own ways: compare none.")


def test_where_no_showing_is_recorded_the_rate_is_unknown_without_a_digit():
    db = store_with(a_task(DAY), day_totals=[("accepted", DAY, 7)])

    for measure in (C1, C2):
        figure = measure.compute(db, OCTOBER)
        assert figure.reason == "not_recorded"
        assert "not recorded" in figure.sentence
        assert not any(sign.isdigit() for sign in figure.sentence)


def test_day_totals_alone_give_a_rate_and_say_so():
    db = store_with(a_task(DAY), day_totals=[("shown", DAY, 40), ("accepted", DAY, 10)])

    assert counts(db) == (10, 40)
    assert C2.compute(db, OCTOBER).n == 1
    assert C2.compute(db, OCTOBER).sentence == (
        "You took 10 of 40 completions shown. These are day totals."
    )
    assert C1.compute(db, OCTOBER).value == 40
    assert C1.compute(db, OCTOBER).sentence == "40 completions were shown. These are day totals."


def test_lines_that_were_shown_are_lines():
    figure = C1.compute(store_with(day_totals=[("lines_shown", DAY, 90)]), OCTOBER)

    assert (figure.value, figure.unit) == (90, "lines")


def test_day_totals_stand_apart_where_showings_are_recorded():
    db = shown({})
    insert(db, "day_totals", key=1, source="vscode", machine_id=1, at_ms=noon(DAY), what="shown",
           count=99)  # fmt: skip

    assert C1.compute(db, OCTOBER).value == 1
    assert C1.compute(db, OCTOBER).parts["day_totals"] == 99
    assert counts(db) == (0, 1)


def test_day_totals_belong_to_no_project():
    db = store_with(a_task(DAY), day_totals=[("shown", DAY, 40), ("accepted", DAY, 10)])
    scope = replace(OCTOBER, projects=frozenset({1}))

    assert C2.compute(db, scope).reason == "not_recorded"


def characters(*days):
    totals = [
        (what, f"2026-10-{n + 1:02}", count)
        for n, (ai, typed) in enumerate(days)
        for what, count in (("chars_ai", ai), ("chars_typed", typed))
    ]
    return C9.compute(store_with(day_totals=totals), OCTOBER)


def test_characters_are_a_share_of_those_counted():
    few, many = characters((1000, 3000)), characters(*[(100 + n, 300) for n in range(12)])

    assert few.sentence == "AI wrote 1,000 of 4,000 of the characters that editors counted."
    assert (many.n, many.hits, many.trials) == (12, 1266, 4866)
    assert many.low < many.share < many.high


def test_editors_that_count_nothing_say_how_to_switch_it_on():
    figure = C9.compute(store_with(a_task(DAY)), OCTOBER)

    assert figure.reason == "not_recorded"
    assert "editor.aiStats.enabled" in figure.sentence


@pytest.mark.parametrize("measure", [C2, C9], ids=lambda m: m.id)
def test_a_series_without_anything_recorded_has_empty_weeks(measure):
    weeks = measure.weekly(store_with(a_task(DAY)), OCTOBER)

    assert [week.total for week in weeks.weeks] == [None] * 12
    assert weeks.usual is None

"""Shipped changes: merge units of the main line with a commit of mine."""

from __future__ import annotations

from tokenmirror.tasks.deliveries import RUN_MS, Landing, deliveries


def a_landing(number, **rest):
    values = {
        "commit": number,
        "oid": f"{number:040x}",
        "at_ms": number * 60_000,
        "landed_ms": number * 60_000,
        "mine": True,
        "brings": (),
        "sessions": frozenset({1}),
        "ai_lines": 5,
        "added": 9,
        "removed": 0,
        "told": True,
        "merge": False,
    }
    return Landing(**(values | rest))


def test_direct_commits_of_one_session_are_one_change():
    assert [one.commits for one in deliveries([a_landing(n) for n in range(10)])] == [
        tuple(range(10))
    ]


def test_a_long_pause_or_another_session_ends_the_run():
    chain = [
        a_landing(1),
        a_landing(2, landed_ms=RUN_MS + 60_001),
        a_landing(3, landed_ms=RUN_MS + 60_002, sessions=frozenset({2})),
    ]

    assert len(deliveries(chain)) == 3


def test_a_merge_is_one_change_with_the_commits_it_brings():
    merge = a_landing(5, mine=False, merge=True, brings=(3, 4), sessions=frozenset())

    assert [one.commits for one in deliveries([merge])] == [(5, 3, 4)]


def test_somebody_elses_landing_counts_only_through_a_linked_session():
    alone = a_landing(1, mine=False, sessions=frozenset(), ai_lines=0)

    assert deliveries([alone]) == []
    assert len(deliveries([a_landing(2, mine=False)])) == 1


def test_a_change_is_with_without_or_cannot_be_told():
    without = a_landing(1, sessions=frozenset(), ai_lines=0)
    unknown = a_landing(2, sessions=frozenset(), ai_lines=0, told=False)

    assert [one.ai for one in deliveries([a_landing(3), without, unknown])] == [
        "with",
        "without",
        "unknown",
    ]

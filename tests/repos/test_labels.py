"""Run-length lists of labels are what plain lists of them would be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokenmirror.repos.labels import OTHER, Hunk, Label, Run, carried, cut, labels_at, pack, unpack

labels = st.lists(st.integers(1, 300), max_size=2).map(tuple)
plain = st.lists(labels, max_size=30)
changes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), plain), max_size=4)


def runs_of(each: list[Label]) -> list[Run]:
    """Runs of a plain list, without nobody's lines at the end."""
    runs: list[Run] = []
    for label in each:
        if runs and runs[-1][1] == label:
            runs[-1] = runs[-1][0] + 1, label
        else:
            runs.append((1, label))
    return runs[:-1] if runs and not runs[-1][1] else runs


@given(plain, changes)
def test_cutting_is_what_a_plain_list_does(
    before: list[Label], some: list[tuple[int, int, list[Label]]]
) -> None:
    hunks, after, at = [], [], 0
    endless = [*before, *[OTHER] * 50]
    for kept, gone, new in some:
        start = at + kept
        hunks.append(Hunk(start + 1 if gone else start, gone, 1, len(new)))
        after += [*endless[at:start], *new]
        at = start + gone
    after += endless[at:]

    assert cut(runs_of(before), hunks, [new for _, _, new in some]) == runs_of(after)


@given(plain)
def test_runs_survive_being_packed(each: list[Label]) -> None:
    runs = runs_of(each)

    assert unpack(pack(runs)) == runs
    assert labels_at(runs, range(1, len(each) + 3)) == [*each, OTHER, OTHER]
    assert carried(runs).total() == sum(map(len, each))

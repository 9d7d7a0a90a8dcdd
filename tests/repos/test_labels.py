"""Labels of lines without end are cut as plain lists are, and packed without loss."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokenmirror.repos.labels import OTHER, Hunk, Label, carried, cut, labels_at, pack, unpack

labels = st.lists(st.integers(1, 300), max_size=2).map(tuple)
plain = st.lists(labels, max_size=30)
changes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), plain), max_size=4)


def trimmed(each: list[Label]) -> list[Label]:
    """A list without nobody's lines at the end."""
    return trimmed(each[:-1]) if each and not each[-1] else each


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

    assert cut(trimmed(before), hunks, [new for _, _, new in some]) == trimmed(after)


@given(plain)
def test_labels_survive_being_packed(each: list[Label]) -> None:
    lines = trimmed(each)

    assert unpack(pack(lines)) == lines
    assert labels_at(lines, range(1, len(each) + 3)) == [*each, OTHER, OTHER]
    assert carried(lines).total() == sum(map(len, each))


def test_equal_neighbours_are_packed_once() -> None:
    assert pack([(300,)] * 200 + [OTHER, (1, 2)]) == bytes(
        [200 & 127 | 128, 1, 1, 300 & 127 | 128, 2, 1, 0, 1, 2, 1, 2]
    )

"""Lines matched one to one, over made lines without any repository."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.repos.making import BEGIN_MS, MINUTE, SEALER, a_head, code
from tokenmirror.repos.landing import FileMatch, Index, sealed
from tokenmirror.repos.matching import Matching
from tokenmirror.repos.nouns import Edit, Pool
from tokenmirror.repos.patches import FileChange
from tokenmirror.repos.reach import contained, patch_key


def an_edit(lines: list[str], number: int = 1, path: str = "a.py", at: int = 0) -> Edit:
    return Edit(number, number, path, BEGIN_MS + at * MINUTE, SEALER.edit(lines))


def a_change(lines: list[str], path: str = "a.py", numbers: list[int] | None = None) -> FileChange:
    kept = [line for line in lines if line.strip()]
    return FileChange(path, None, kept, numbers or list(range(1, len(kept) + 1)))


def matched(edits: list[Edit], change: FileChange) -> list[int | None]:
    """Per added line the edit's id that it is found to come from."""
    [match] = match_all(edits, change)
    return [spot[0].edit.id if spot else None for spot in match.spots]


def match_all(edits: list[Edit], *changes: FileChange) -> list[FileMatch]:
    matching = Matching(
        Index(Pool(tuple(edits))), a_head(), {}, SEALER, on_chain=True, window_days=7
    )
    return matching.match(sealed(changes, SEALER), {})


def test_a_run_stays_with_its_edit() -> None:
    earlier = an_edit(["def only_here():", "    shared_line = 1", "    other_shared = 2"], 1)
    later = an_edit(["    shared_line = 1"], 2, at=1)

    found = matched([earlier, later], a_change(["def only_here():", "    shared_line = 1"]))

    assert found == [1, 1]


def test_a_run_ends_where_numbers_part() -> None:
    edit = an_edit(["first_line_here()", "}", "third_line_here()"])
    change = a_change(["first_line_here()", "}", "third_line_here()"], numbers=[1, 9, 20])

    assert matched([edit], change) == [1, None, 1]


def test_one_edit_line_pays_for_one_line() -> None:
    edit = an_edit(["repeated_line()", "a_single_line()"])

    assert matched([edit], a_change(["repeated_line()"] * 3)) == [1, None, None]


def test_a_trivial_line_alone_is_nobodys() -> None:
    assert matched([an_edit(["}", "pass"])], a_change(["}", "pass"])) == [None, None]


def test_a_trivial_line_beside_a_claimed_one_goes_along() -> None:
    edit = an_edit(["}", "a_line_that_proves()", "removed_by_hand()", "return"])

    found = matched([edit], a_change(["a_line_that_proves()", "typed_by_hand()", "return"]))

    assert found == [1, None, 1]


def test_an_edit_of_another_file_is_no_candidate() -> None:
    assert match_all([an_edit(code("one", 3), path="b.py")], a_change(code("one", 3))) == []


def test_an_edit_after_the_commit_is_no_candidate() -> None:
    assert matched([an_edit(code("one"), at=20)], a_change(code("one"))) == [None] * 8


LINES = st.lists(
    st.sampled_from([*code("one"), *code("two"), "}", "    }", "import sys"]), max_size=30
)


@given(st.lists(LINES, max_size=4), LINES)
def test_no_line_is_used_twice(edits: list[list[str]], lines: list[str]) -> None:
    pool = [an_edit(added, number, at=number) for number, added in enumerate(edits, 1)]

    for match in match_all(pool, a_change(lines)):
        exact = [
            (spot[0].edit.id, spot[1], spot[0].added[spot[1]], line)
            for spot, how, line in zip(match.spots, match.how, match.file.added, strict=True)
            if spot and how == "exact"
        ]
        assert len({(edit, at) for edit, at, _, _ in exact}) == len(exact)
        assert all(held == line for _, _, held, line in exact)


@given(LINES, st.integers(0, 5))
def test_blank_lines_change_nothing(lines: list[str], every: int) -> None:
    padded = [part for line in lines for part in (line, *[""] * every)]

    assert SEALER.lines(padded) == SEALER.lines(lines)


def test_equal_differences_have_one_key_wherever_they_stand() -> None:
    one = sealed([a_change(code("one")), a_change(code("two"), "b.py")], SEALER)
    moved = sealed(
        [a_change(code("two"), "b.py", list(range(90, 98))), a_change(code("one"))], SEALER
    )

    assert patch_key(one) == patch_key(moved) != patch_key(one[:1])
    assert patch_key(sealed([FileChange("a.py", "b.py")], SEALER)) is None


def test_a_commit_is_contained_in_the_first_landing_that_has_it() -> None:
    parents = {"m2": ["m1", "t2"], "t2": ["t1"], "m1": ["m0", "t1"], "t1": ["m0"], "m0": []}

    assert contained(["m0", "m1", "m2"], parents, ["t1", "t2", "m1"]) == {"t1": "m1", "t2": "m2"}

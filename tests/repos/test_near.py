"""Lines that were changed after they were accepted, and lines at another path."""

from __future__ import annotations

import pytest

from tests.repos.making import (
    BEGIN_MS,
    HOUR,
    MINUTE,
    SEALER,
    Making,
    Scanner,
    a_head,
    code,
    followed,
)
from tokenmirror.repos.landing import FileMatch, Index, sealed
from tokenmirror.repos.matching import Matching
from tokenmirror.repos.nouns import Edit, Pool
from tokenmirror.repos.patches import FileChange

CALL = "    total = compute_price(order, customer, discount=customer.discount)"
WRAPPED = [
    "    total = compute_price(",
    "        order,",
    "        customer,",
    "        discount=customer.discount,",
    "    )",
]


def an_edit(lines: list[str], number: int = 1, path: str = "a.py") -> Edit:
    return Edit(number, number, path, BEGIN_MS + number * MINUTE, SEALER.edit(lines))


def match(edits: list[Edit], lines: list[str], path: str = "a.py") -> FileMatch | None:
    change = FileChange(path, None, lines, list(range(1, len(lines) + 1)))
    index = Index(Pool(tuple(edits)))
    matching = Matching(index, a_head(), {}, SEALER, on_chain=True, window_days=7)
    return next(iter(matching.match(sealed([change], SEALER), {})), None)


def hows(edits: list[Edit], lines: list[str], path: str = "a.py") -> list[str | None]:
    found = match(edits, lines, path)
    return found.how if found else [None] * len(lines)


def test_a_line_changed_by_hand_is_close() -> None:
    edit = an_edit([*code("one", 4), CALL])

    found = hows([edit], [*code("one", 4), CALL.replace("total", "amount")])

    assert found == ["exact"] * 4 + ["near"]


def test_a_line_that_shares_half_is_close_only_beside_an_exact_one() -> None:
    edit = an_edit([*code("one", 4), CALL])
    half = "    total = compute_price(order, customer, rate=today)"

    assert hows([edit], [*code("one", 4), half])[-1] == "near"
    assert hows([edit], [half]) == [None]


def test_a_wrapped_line_is_close_in_all_its_parts() -> None:
    before, after = code("one", 4), code("two", 4)

    found = match([an_edit([*before, CALL, *after])], [*before, *WRAPPED, *after])

    assert found is not None
    assert found.how[4:9] == ["near"] * 5
    assert {bits for _, bits in found.close.values()} == {1 << 4}


def test_joined_lines_are_all_found() -> None:
    before, after = code("one", 4), code("two", 4)

    found = match([an_edit([*before, *WRAPPED, *after])], [*before, CALL, *after])

    assert found is not None
    assert found.how[4] == "near"
    assert {bits for _, bits in found.close.values()} == {0b11111 << 4}


@pytest.mark.parametrize(
    "line", [CALL.replace("'", '"'), CALL.replace(", ", ","), f"\t{CALL.strip()} \r"]
)
def test_what_formatters_change_makes_no_other_tokens(line: str) -> None:
    assert SEALER.shingles([line]).hashes == SEALER.shingles([CALL]).hashes


def test_a_line_pays_for_little_more_than_itself() -> None:
    found = hows(
        [an_edit([*code("one", 4), CALL])], [*code("one", 4), f"{CALL} # a", f"{CALL} # b"]
    )

    assert found[4:] == ["near", None]


def test_a_line_inserted_by_hand_is_nobodys() -> None:
    lines = code("one", 6)

    found = hows([an_edit(lines)], [*lines[:3], "    audit(customer, 'price changed')", *lines[3:]])

    assert found == ["exact"] * 3 + [None] + ["exact"] * 3


def test_used_lines_pay_for_nothing() -> None:
    lines = [*code("one", 4), CALL]

    found = hows([an_edit(lines)], [*lines, CALL.replace("total", "amount")])

    assert found == ["exact"] * 5 + [None]


def test_close_lines_alone_link_no_session(repo: Making, scanner: Scanner) -> None:
    edit = repo.note(1, "a.py", [CALL])
    repo.append("a.py", [f"{CALL}  # checked"])
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert not outcome.links[oid]
    assert followed(pool, edit).landed_lines == 0


def test_close_lines_are_counted_apart(repo: Making, scanner: Scanner) -> None:
    edit = repo.note(1, "a.py", [*code("one", 4), CALL])
    repo.append("a.py", [*code("one", 4), f"{CALL}  # checked"])
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    follow = followed(pool, edit)
    assert [(c.evidence, c.lines) for c in outcome.claims[oid]] == [("exact", 4), ("near", 1)]
    assert (follow.shipped_lines, follow.shipped_exact_lines, follow.exact_lines) == (5, 4, 4)
    assert follow.spent == 0b01111


def test_a_run_at_another_path_is_moved() -> None:
    lines = ["import functools", *code("one", 5)]

    assert hows([an_edit(lines)], lines, "other.py") == [None] + ["moved"] * 5


def test_few_lines_at_another_path_are_chance() -> None:
    assert hows([an_edit(code("one", 8))], code("one", 3), "other.py") == [None] * 3


def test_lines_scattered_over_many_files_are_chance() -> None:
    lines = code("one", 6)[:5]
    edits = [
        Edit(n, 1, f"{n}.py", BEGIN_MS + n * MINUTE, SEALER.edit([line]))
        for n, line in enumerate(lines, 1)
    ]

    assert hows(edits, lines, "other.py") == [None] * 5
    rest = Edit(9, 1, "9.py", BEGIN_MS + 9 * MINUTE, SEALER.edit(lines[1:]))
    assert hows([edits[0], rest], lines, "other.py") == ["moved"] * 5


def test_lines_of_two_sessions_make_no_run() -> None:
    lines = code("one", 7)[:6]
    edits = [an_edit(lines[::2], 1), an_edit(lines[1::2], 2)]

    assert hows(edits, lines, "other.py") == [None] * 6


def test_a_file_written_again_elsewhere_ships_once(repo: Making, scanner: Scanner) -> None:
    edit = repo.note(1, "draft/a.py", code("one"))
    repo.write("final/b.py", code("one"))
    first = repo.commit()
    repo.later(HOUR)
    repo.write("final/c.py", code("one"))
    again = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert [c.evidence for c in outcome.claims[first]] == ["moved"]
    assert outcome.shipped(1)
    assert not outcome.claims[again]
    assert followed(pool, edit).shipped_lines == 8
    assert followed(pool, edit).shipped_exact_lines == 0

"""Lines that several places have may have been typed: they link nothing by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repos.making import COLLEAGUE, DAY, HOUR, Making, Scanner, code, known_after
from tokenmirror.repos.commons import MOST_NOTED, SLOTS, Commons

COMMON = ["for item in self.items:", "    yield item.value", "logger.exception('failed')"]


def linked(scanner: Scanner, repo: Making, oid: str) -> list[int]:
    return [link.session for link in scanner.scan(repo).links[oid]]


def test_typed_lines_that_edits_of_two_files_hold_link_nothing(
    repo: Making, scanner: Scanner
) -> None:
    repo.accept(1, "a.py", [*code("one"), *COMMON])
    repo.commit()
    repo.later(DAY)
    repo.note(2, "b.py", [*code("two"), *COMMON])  # undone again
    repo.append("b.py", [*code("typed"), *COMMON])
    typed = repo.commit()

    assert linked(scanner, repo, typed) == []


MANY_COMMON = [f"    register(plugin_{number}, enabled=True)" for number in range(10)]


@pytest.mark.parametrize(("own", "links"), [(8, []), (3, [2])])
def test_one_own_line_beside_common_ones_may_be_chance(
    repo: Making, scanner: Scanner, own: int, links: list[int]
) -> None:
    lines = [f"    total_{number} = price * {number}" for number in range(own)]
    repo.accept(1, "a.py", [*code("one"), *MANY_COMMON])
    repo.commit()
    repo.later(DAY)
    repo.note(2, "b.py", [*lines, *MANY_COMMON])  # undone again
    repo.append("b.py", [*code("typed"), lines[0], *MANY_COMMON])
    typed = repo.commit()

    assert linked(scanner, repo, typed) == links


def test_typed_lines_that_two_files_of_others_have_link_nothing(
    repo: Making, scanner: Scanner
) -> None:
    repo.append("hers.py", COMMON)
    repo.append("hers_too.py", COMMON)
    repo.commit("Hers", COLLEAGUE)
    repo.note(1, "b.py", [*code("one"), *COMMON])
    repo.append("b.py", [*code("typed"), *COMMON])
    typed = repo.commit()

    assert linked(scanner, repo, typed) == []


def test_what_others_files_have_is_remembered_between_scans(repo: Making, scanner: Scanner) -> None:
    repo.append("hers.py", COMMON)
    repo.append("hers_too.py", COMMON)
    repo.commit("Hers", COLLEAGUE)
    outcome = scanner.scan(repo)
    repo.note(1, "b.py", [*code("one"), *COMMON])
    repo.append("b.py", [*code("typed"), *COMMON])
    typed = repo.commit()

    scanner.scan(repo, None, known_after(outcome, scanner.since_ms), before=outcome)

    assert outcome.links[typed] == ()


def test_a_whole_edit_that_copies_another_is_linked(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    repo.later(HOUR)
    repo.accept(2, "b.py", code("one"))
    copied = repo.commit()

    assert linked(scanner, repo, copied) == [2]


def test_an_edit_done_anew_in_its_file_is_linked(repo: Making, scanner: Scanner) -> None:
    repo.note(1, "a.py", code("one"))  # undone
    repo.later(HOUR)
    repo.note(2, "a.py", code("one"))
    repo.append("a.py", code("one")[:4])
    oid = repo.commit()

    assert linked(scanner, repo, oid) == [2]


def test_common_lines_beside_one_of_their_edit_only_are_claimed(
    repo: Making, scanner: Scanner
) -> None:
    repo.accept(1, "a.py", [*code("one"), *COMMON])
    repo.commit()
    repo.later(DAY)
    repo.accept(2, "b.py", ["def two_items(self, first, second):", *COMMON])
    oid = repo.commit()

    claims = scanner.scan(repo).claims[oid]

    assert [(claim.session, claim.lines) for claim in claims] == [(2, 4)]


def test_an_agents_commit_undone_before_its_merge_has_not_shipped(
    repo: Making, scanner: Scanner
) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.accept(1, "b.py", code("one"))
    made = repo.commit()
    repo.made_by(1, made[:7])
    repo.append("c.py", code("typed"))
    repo.commit()
    repo.git("revert", "--no-edit", made)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "topic")

    outcome = scanner.scan(repo)

    assert outcome.links[repo.head()] == ()
    assert outcome.landed[made].how == "ancestor"


def test_a_second_file_makes_a_line_common_and_the_same_file_does_not() -> None:
    commons = Commons()
    commons.note("a.py", [7, 8])
    commons.note("a.py", [7])
    commons.note("b.py", [8])

    assert [commons.has(line) for line in (7, 8, 9)] == [False, True, False]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.lists(st.integers(0, 3 * SLOTS)))))
def test_notes_are_the_same_from_their_packed_form(added: list[tuple[str, list[int]]]) -> None:
    whole, packed = Commons(), []
    for path, lines in added:
        whole.note(path, lines)
        packed.append(whole.taken())

    again = Commons(packed)

    assert all(again.has(n) == whole.has(n) for _, lines in added for n in lines)


landings = st.lists(
    st.tuples(st.sampled_from(["a.py", "b.py", "c.py"]), st.lists(st.integers(0, 12), max_size=4)),
    max_size=12,
)


@given(landings, st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12)))
def test_notes_taken_in_parts_say_the_same(
    noted: list[tuple[str, list[int]]], ends: set[int], asked: set[int]
) -> None:
    files: dict[int, set[str]] = {}
    packed: list[bytes] = []
    parts = Commons()
    for number, (path, lines) in enumerate(noted):
        parts.note(path, lines)
        for line in lines:
            files.setdefault(line, set()).add(path)
        if number in asked:
            parts.has(0)
        if number in ends:  # another scan goes on
            packed += filter(None, [parts.taken()])
            parts = Commons(packed)

    assert [line for line in range(13) if parts.has(line)] == [
        line for line in range(13) if len(files.get(line, ())) > 1
    ]


def test_a_line_stays_common_in_many_small_scans() -> None:
    packed: list[bytes] = []
    for path in ("a.py", "b.py", "b.py"):
        one = Commons(packed)
        one.note(path, [SLOTS + 5])
        packed.append(one.taken())

    assert Commons(packed).has(5)
    assert not Commons(packed).has(6)


def test_many_notes_are_laid_out_while_they_come() -> None:
    first = Commons()
    first.note("a.py", range(10))
    packed = [first.taken()]
    many = Commons(packed)
    many.note("b.py", range(MOST_NOTED + 1))
    packed.append(many.taken())

    found = [line for line in range(20) if Commons(packed).has(line)]

    assert found == list(range(10))

"""Changes undone, with and without a message, and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repos.kept import Kept
from tests.repos.making import COLLEAGUE, DAY, HOUR, ME, Making, Scanner, code
from tokenmirror.repos.reverts import Said, said

AI = 1
ID, OTHER_ID = "1234567890abcdef1234567890abcdef12345678", "fedcba0987"


@pytest.fixture
def kept(tmp_path: Path, scanner: Scanner) -> Iterator[Kept]:
    made = Kept(tmp_path, scanner)
    yield made
    made.db.close()


def shipped(repo: Making, message: str = "Add a discount", path: str = "a.py") -> str:
    """A landing with eight lines of a session's."""
    repo.accept(AI, path, code(path[0] + "discount"))
    oid = repo.commit(message)
    repo.later(2 * DAY)
    return oid


def living(kept: Kept) -> int:
    return sum(one.living for one in kept.lives() if one.suggestion is not None)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f'Revert "x"\n\nThis reverts commit {ID}.', Said((ID,), "x")),
        (f"Undo\n\nThis reverts commits {OTHER_ID}, {ID[:9]}\nand {ID}.",
         Said((OTHER_ID, ID[:9], ID), None)),
        (f'Revert "m"\n\nThis reverts commit {ID}, reversing\nchanges made to {OTHER_ID}.',
         Said((ID,), "m")),
        (f'Reapply "x" (#12)\n\nThis reverts commit {OTHER_ID}.', Said((OTHER_ID,), 'Revert "x"')),
        ('Revert "Add a thing (#11)" (#12)\n\nReverts org/app#11', Said((), "Add a thing")),
        ('Revert "Revert "x""', Said((), 'Revert "x"')),
        ("Explain how to revert a change", None),
        ("Revert to the old parser, as agreed yesterday", None),
    ],
)  # fmt: skip
def test_messages_say_what_they_revert(message: str, expected: Said | None) -> None:
    assert said(message) == expected


@pytest.mark.parametrize("who", [ME, COLLEAGUE], ids=["mine", "another's"])
def test_a_revert_by_its_message_is_told_from_rework(
    repo: Making, kept: Kept, who: tuple[str, str]
) -> None:
    oid = shipped(repo)
    repo.who = who
    repo.git("revert", "--no-edit", oid)

    kept.read(repo)

    [undoing] = kept.undoings()
    assert (undoing.how, undoing.share, undoing.undone_ms) == ("message", 1.0, None)
    assert kept.causes() == {"reverted": 8}
    assert living(kept) == 0


def test_a_revert_merged_from_a_branch_counts_on_the_main_line(repo: Making, kept: Kept) -> None:
    oid = shipped(repo)
    repo.git("checkout", "-q", "-b", "revert-1")
    repo.who = COLLEAGUE
    repo.git("revert", "--no-edit", oid)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge pull request #2", "revert-1")

    kept.read(repo)

    assert [one.how for one in kept.undoings()] == ["message"]
    assert kept.causes() == {"reverted": 8}


def test_a_merged_branch_may_be_reverted_as_a_whole(repo: Making, kept: Kept) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    shipped(repo)
    shipped(repo, path="b.py")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "topic")
    repo.later(DAY)
    repo.git("revert", "--no-edit", "-m", "1", "HEAD")

    kept.read(repo)

    assert kept.causes() == {"reverted": 16}
    assert len(kept.undoings()) == 1


@pytest.mark.parametrize("in_two", [False, True], ids=["one reading", "two readings"])
def test_a_revert_of_a_revert_brings_the_lines_back(
    repo: Making, kept: Kept, *, in_two: bool
) -> None:
    oid = shipped(repo)
    repo.git("revert", "--no-edit", oid)
    reverted_ms = repo.now_ms
    if in_two:
        kept.read(repo)
    repo.later(3 * DAY)
    repo.git("revert", "--no-edit", "HEAD")
    back_ms = repo.now_ms // 1000 * 1000

    some = kept.read(repo)

    assert len(some) == 2  # the repository's first lines, and these: nothing is born again
    life = some[-1]
    assert [(end.lines, end.until_ms, end.cause) for end in life.ends] == [(8, back_ms, "reverted")]
    assert (life.living, life.after(1).alive) == (8, 8)
    [undoing] = kept.undoings()
    assert undoing.undone_ms == back_ms
    assert undoing.stands_at(reverted_ms + DAY)
    assert not undoing.stands_at(back_ms)


def test_lines_that_came_back_can_go_again(repo: Making, kept: Kept) -> None:
    oid = shipped(repo)
    repo.git("revert", "--no-edit", oid)
    repo.later(DAY)
    repo.git("revert", "--no-edit", "HEAD")
    repo.later(DAY)
    repo.write("a.py", repo.read("a.py")[:-3])
    repo.commit()

    life = kept.read(repo)[-1]

    assert life.living == 5
    assert [(end.lines, end.cause, end.until_ms is None) for end in life.ends] == [
        (8, "reverted", False),
        (3, "deleted", True),
    ]
    assert sum(span.lines for span in life.spans()) == 8


def test_a_change_landed_again_without_a_word_undoes_its_revert(repo: Making, kept: Kept) -> None:
    oid = shipped(repo)
    lines = repo.read("a.py")
    repo.git("revert", "--no-edit", oid)
    kept.read(repo)
    repo.later(DAY)
    repo.write("a.py", [*lines, "    a_fix_on_top = 1"])
    repo.commit("Discounts, second attempt")

    kept.read(repo)

    assert living(kept) == 8
    assert [one.undone_ms is None for one in kept.undoings()] == [False]


def test_what_a_change_had_replaced_is_back_with_its_revert(repo: Making, kept: Kept) -> None:
    shipped(repo)
    lines = repo.read("a.py")
    new = [f"    other_{n} = {n}" for n in range(4)]
    repo.write("a.py", [*lines[:9], *new, *lines[13:]])
    repo.note(2, "a.py", new)
    oid = repo.commit("Replace half")
    repo.later(DAY)
    repo.git("revert", "--no-edit", oid)

    kept.read(repo)

    assert {one.session: one.living for one in kept.lives() if one.session} == {1: 8, 2: 0}


def test_a_message_without_removed_lines_is_not_believed(repo: Making, kept: Kept) -> None:
    oid = shipped(repo)
    repo.append("b.py", code("unrelated"))
    repo.write("a.py", repo.read("a.py")[:-2])
    repo.commit(f'Revert "Add a discount"\n\nThis reverts commit {oid}.')

    kept.read(repo)

    assert kept.undoings() == []
    assert kept.causes() == {"deleted": 2}


@pytest.mark.parametrize(
    "message",
    ['Revert "Add a discount"', f'Revert "Add a discount"\n\nThis reverts commit {ID}.',
     'Revert "Add a discount (#7)" (#9)\n\nReverts org/app#7'],
    ids=["no id", "an id that is not here", "of a pull request"],
)  # fmt: skip
def test_a_quoted_subject_stands_in_for_an_unknown_id(
    repo: Making, kept: Kept, message: str
) -> None:
    shipped(repo, "Add a discount (#7)")
    repo.write("a.py", repo.read("a.py")[:-8])
    repo.append("a.py", code("instead", 9))
    repo.commit(message)

    kept.read(repo)

    assert [one.how for one in kept.undoings()] == ["message"]


def test_a_quoted_subject_is_not_looked_for_further_back_than_ninety_days(
    repo: Making, kept: Kept
) -> None:
    shipped(repo)
    repo.later(95 * DAY)
    repo.write("a.py", repo.read("a.py")[:-8])
    repo.commit('Revert "Add a discount"')

    kept.read(repo)

    assert kept.undoings() == []


def test_a_change_removed_whole_without_a_message_is_undone(repo: Making, kept: Kept) -> None:
    shipped(repo)
    repo.write("a.py", repo.read("a.py")[:-8])
    repo.commit("Simplify", COLLEAGUE)

    kept.read(repo)

    assert [(one.how, one.share) for one in kept.undoings()] == [("removed_whole", 1.0)]
    assert kept.causes() == {"removed_whole": 8}


@pytest.mark.parametrize(
    ("cut", "new", "days"),
    [(8, 8, 0), (5, 0, 0), (8, 0, 40)],
    ids=["replaced", "in part", "late"],
)
def test_less_than_that_is_rework(repo: Making, kept: Kept, cut: int, new: int, days: int) -> None:
    shipped(repo)
    repo.later(days * DAY)
    repo.write("a.py", [*repo.read("a.py")[:-cut], *code("new", new)[:new]])
    repo.commit()

    kept.read(repo)

    assert kept.undoings() == []
    assert not {"reverted", "removed_whole"} & kept.causes().keys()


def test_the_last_lines_of_a_reworked_change_are_no_whole(repo: Making, kept: Kept) -> None:
    shipped(repo)
    repo.write("a.py", [*repo.read("a.py")[:-7], *code("rewritten", 7)])
    repo.commit()
    repo.later(HOUR)
    lines = repo.read("a.py")
    repo.write("a.py", lines[:-8] + lines[-7:])
    repo.commit()

    kept.read(repo)

    assert kept.undoings() == []


def test_a_restored_line_is_not_born_as_mine(repo: Making, kept: Kept) -> None:
    """What a revert puts back was written before the start, not by who reverts."""
    lines = repo.read("a.py")
    repo.write("a.py", lines[:2])
    repo.append("b.py", code("one"))
    repo.note(AI, "b.py", code("one"))
    oid = repo.commit()
    kept.read(repo)
    repo.git("revert", "--no-edit", oid)

    some = kept.read(repo)

    assert {one.path for one in some} == {"a.py", "b.py"}
    assert sum(one.lines for one in some) == 16


def test_a_session_that_reverts_is_no_author_of_what_comes_back(repo: Making, kept: Kept) -> None:
    oid = shipped(repo)
    repo.git("revert", "--no-edit", oid)
    repo.later(HOUR)
    repo.git("revert", "--no-edit", "HEAD")
    repo.made_by(AI, repo.head())

    kept.read(repo)

    assert living(kept) == 8
    assert sum(one.lines for one in kept.lives() if one.suggestion) == 8

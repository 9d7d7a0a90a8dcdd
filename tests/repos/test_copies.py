"""Suggested lines that repeat what the repository held, by repositories made for it."""

from __future__ import annotations

import random
import sqlite3
from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.repos.archived import Archived
from tests.repos.chains import a_chain
from tests.repos.making import COLLEAGUE, DAY, Making, Scanner, code
from tokenmirror.repos import git, history, patches, tree_lines
from tokenmirror.repos.excluded import Excluded
from tokenmirror.store import snapshots
from tokenmirror.store.tables_copies import COPIES

BLOCK = code("held", 8)  # the last line is trivial
FRESH = code("fresh")[:-1]


def copied(scanner: Scanner, repo: Making) -> dict[int | None, int | None]:
    """Copied lines by edit, on the main line."""
    outcome = scanner.scan(repo)
    landings = {oid for oid, one in outcome.commits.items() if one.on_chain}
    found: dict[int | None, int | None] = {}
    for claim in (one for oid in landings for one in outcome.claims[oid]):
        before = found.get(claim.edit, 0)
        found[claim.edit] = (
            None if before is None or claim.copied is None else before + claim.copied
        )
    return found


def hold(repo: Making, path: str, lines: list[str]) -> None:
    """Commit lines by hand, long before what comes next."""
    repo.append(path, lines)
    repo.commit("Write it")
    repo.later(DAY)


@pytest.fixture
def held(repo: Making) -> Making:
    """A repository that holds the block."""
    hold(repo, "held.py", [*code("above"), *BLOCK, *code("below")])
    return repo


def test_a_block_written_again_by_a_tool_is_a_copy(held: Making, scanner: Scanner) -> None:
    held.accept(1, "new.py", [*FRESH, *BLOCK, *code("end")])
    held.commit()

    assert copied(scanner, held) == {1: 8}


def test_five_lines_in_a_row_are_a_block(held: Making, scanner: Scanner) -> None:
    for count in (3, 4, 5, 6):
        held.accept(1, f"new{count}.py", [*FRESH, *BLOCK[:count], *code("end")])
    held.commit()

    assert copied(scanner, held) == {1: 0, 2: 0, 3: 5, 4: 6}


def test_white_space_and_blank_lines_make_no_difference(held: Making, scanner: Scanner) -> None:
    spread = [line for one in BLOCK for line in (f"\t\t{one}  ", "", "   ")]
    held.accept(1, "new.py", [*FRESH, *spread])
    held.commit()

    assert copied(scanner, held) == {1: 8}


def test_what_was_there_before_anything_was_read_is_an_original(
    held: Making, scanner: Scanner
) -> None:
    scanner.since_ms = held.now_ms - DAY // 2
    held.accept(1, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 8}


def test_an_original_made_in_pieces_is_one(held: Making, scanner: Scanner) -> None:
    lines = held.read("held.py")
    lines[11] = "    changed_since = first_held * 77"
    held.write("held.py", lines)
    held.commit("Change one line of it")
    held.accept(1, "new.py", lines[9:14])
    held.commit()

    assert copied(scanner, held) == {1: 5}


def test_lines_typed_by_hand_are_nobodys_copies(held: Making, scanner: Scanner) -> None:
    held.accept(1, "new.py", code("fresh"))
    held.append("new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 0}


def test_an_original_in_the_same_file_counts(held: Making, scanner: Scanner) -> None:
    held.accept(1, "held.py", [*FRESH, *BLOCK])
    held.commit()

    assert copied(scanner, held) == {1: 8}


def test_a_block_written_twice_at_once_has_no_original(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "b.py", BLOCK)
    repo.accept(1, "c.py", BLOCK)
    repo.commit()

    assert copied(scanner, repo) == {1: 0, 2: 0}


def test_a_block_that_is_moved_is_no_copy(held: Making, scanner: Scanner) -> None:
    held.write("held.py", [*code("above"), *code("below")])
    held.accept(1, "new.py", [*FRESH, *BLOCK])
    held.commit()

    assert copied(scanner, held) == {1: 0}


def test_a_block_moved_to_two_files_is_no_copy(held: Making, scanner: Scanner) -> None:
    held.write("held.py", [*code("above"), *code("below")])
    held.accept(1, "new.py", [*FRESH, *BLOCK])
    held.accept(1, "other.py", [*code("more")[:-1], *BLOCK])
    held.commit()

    assert set(copied(scanner, held).values()) == {0}


def test_a_block_deleted_before_is_no_original(held: Making, scanner: Scanner) -> None:
    held.write("held.py", [*code("above"), *code("below")])
    held.commit("Take it out")
    held.accept(1, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 0}


def test_a_file_deleted_before_is_no_original(held: Making, scanner: Scanner) -> None:
    (held.folder / "held.py").unlink()
    held.commit("Take it out")
    held.accept(1, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 0}


def test_files_that_count_nowhere_are_no_originals(repo: Making, scanner: Scanner) -> None:
    paths = ("package-lock.json", "vendor/held.py", "zero.py")
    for path in paths:
        repo.append(path, [*code(path[:4], 8), *(["\0"] if path == "zero.py" else [])])
    hold(repo, "counts.py", BLOCK)
    for path in paths:
        repo.accept(1, f"of_{path[:4]}.py", code(path[:4], 8))
    repo.accept(1, "new.py", BLOCK)
    repo.commit()

    assert copied(scanner, repo) == {1: 0, 2: 0, 3: 0, 4: 8}


def test_a_renamed_original_is_found_under_its_new_name(held: Making, scanner: Scanner) -> None:
    held.accept(1, "some.py", BLOCK)
    held.commit()
    (held.folder / "some.py").unlink()
    held.git("mv", "held.py", "sub name.py")
    held.commit("Rename")
    held.accept(2, "new.py", [*FRESH, *BLOCK])
    held.commit()

    assert copied(scanner, held) == {1: 8, 2: 8}


def test_names_that_are_exchanged_keep_their_lines(repo: Making, scanner: Scanner) -> None:
    for name in ("x.py", "y.py"):
        hold(repo, name, code(f"in_{name[0]}", 30))
    repo.accept(1, "first.py", code("in_x", 30)[:6])  # from here on lines are followed
    repo.commit()
    for old, new in (("x.py", "z.py"), ("y.py", "x.py"), ("z.py", "y.py"), ("first.py", "x2.py")):
        repo.git("mv", old, new)
    repo.commit("Exchange")
    repo.accept(2, "new.py", code("in_x", 30)[10:20])
    repo.accept(2, "new.py", code("in_y", 30)[10:20])
    repo.commit()

    assert copied(scanner, repo) == {1: 6, 2: 10, 3: 10}


def test_a_block_moved_out_of_a_file_that_is_renamed_is_no_copy(
    held: Making, scanner: Scanner
) -> None:
    held.git("mv", "held.py", "after.py")
    held.write("after.py", [*code("above"), *code("below")])
    held.accept(1, "new.py", BLOCK)
    held.accept(1, "other.py", BLOCK)
    held.commit()

    assert set(copied(scanner, held).values()) == {0}


def test_what_becomes_text_again_is_an_original(held: Making, scanner: Scanner) -> None:
    hold(held, "data.py", [*code("data"), "\0"])
    hold(held, "vendor/lib.py", code("lib"))
    held.accept(1, "first.py", BLOCK)
    held.commit()
    held.write("data.py", code("data"))
    held.git("mv", "vendor/lib.py", "lib.py")
    held.commit()
    held.accept(2, "new.py", code("data"))
    held.accept(2, "new.py", code("lib"))
    held.commit()

    assert copied(scanner, held) == {1: 8, 2: 8, 3: 8}


def test_a_rename_beside_a_copy_leaves_the_original(held: Making, scanner: Scanner) -> None:
    held.git("mv", "held.py", "after.py")
    held.accept(1, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 8}


def test_a_file_written_anew_under_another_name_is_no_copy(held: Making, scanner: Scanner) -> None:
    (held.folder / "held.py").unlink()
    held.accept(1, "new.py", [*BLOCK, *code("much", 60)])
    held.commit()

    assert copied(scanner, held) == {1: 0}


@pytest.mark.parametrize("way", ["squash", "no-ff"])
def test_a_branch_that_lands_is_held_against_the_main_line(
    held: Making, scanner: Scanner, way: str
) -> None:
    held.git("checkout", "-q", "-b", "topic")
    held.append("topic.py", code("theirs"))
    held.commit()
    held.accept(1, "new.py", [*code("theirs")[:-1], *BLOCK])
    held.commit()
    held.git("checkout", "-q", "main")
    held.git("merge", "-q", f"--{way}", "topic")
    if way == "squash":
        held.commit("Squash", COLLEAGUE)

    # the other block is of the branch itself
    assert copied(scanner, held) == {1: 8}


def test_commits_that_have_not_landed_are_not_looked_at(held: Making, scanner: Scanner) -> None:
    held.git("checkout", "-q", "-b", "topic")
    held.accept(1, "new.py", BLOCK)
    tip = held.commit()

    assert [one.copied for one in scanner.scan(held).claims[tip]] == [None]


def test_braces_and_imports_alone_are_no_block(repo: Making, scanner: Scanner) -> None:
    alike = ["import os", "import sys", "import json", "import re", "}", "};", ")", "only_one = 12"]
    hold(repo, "held.py", alike)
    repo.accept(1, "new.py", [*alike, *FRESH])
    repo.commit()

    assert copied(scanner, repo) == {1: 0}


def test_three_different_lines_make_a_block_of_trivial_ones(repo: Making, scanner: Scanner) -> None:
    for count, name in ((2, "two"), (3, "three")):
        lines = [*code(name, 9)[1 : 1 + count], "}", ")", "}"]
        hold(repo, f"{name}.py", [*code(f"in_{name}"), *lines])
        repo.accept(1, f"of_{name}.py", [*code(f"before_{name}")[:-1], *lines, f"after = {name}"])
        repo.commit()

    assert copied(scanner, repo) == {1: 0, 2: 6}


def test_trivial_lines_apart_from_a_block_do_not_belong_to_it(
    held: Making, scanner: Scanner
) -> None:
    alike = ["}", "import os", ")", "import sys", "};"]
    hold(held, "alike.py", [*code("far"), *alike])
    held.accept(1, "new.py", [*FRESH, *code("far"), "between = 1", *BLOCK, *alike])
    held.commit()

    assert copied(scanner, held) == {1: 8 + 8}


def test_lines_with_another_between_them_are_no_block(held: Making, scanner: Scanner) -> None:
    hold(held, "new.py", ["there_before = 1"])
    held.write("new.py", [*BLOCK[:4], "there_before = 1", *BLOCK[4:]])
    held.note(1, "new.py", BLOCK[:4])
    held.note(1, "new.py", BLOCK[4:])
    held.commit()

    assert copied(scanner, held) == {1: 0, 2: 0}


def test_trivial_lines_beside_a_block_belong_to_it(repo: Making, scanner: Scanner) -> None:
    alike = ["import os", "import sys", "}", *code("held", 5)[:3], "}", "{", "}", "})"]
    hold(repo, "held.py", alike)
    repo.accept(1, "new.py", [*alike, *FRESH])
    repo.commit()

    assert copied(scanner, repo) == {1: len(alike)}


def test_the_same_line_over_and_over_is_no_block(repo: Making, scanner: Scanner) -> None:
    hold(repo, "held.py", ["value_of_it(1)"] * 9)
    repo.accept(1, "new.py", ["value_of_it(1)"] * 9)
    repo.commit()

    assert copied(scanner, repo) == {1: 0}


def test_lines_that_are_no_plain_text_are_compared_too(repo: Making, scanner: Scanner) -> None:
    block = ["größe_der_sache = naïve(1)", "x = '\udcff\udcfe raw'", *code("held", 3)]
    hold(repo, "held.py", block)
    repo.accept(1, "new.py", [f"\xa0{block[0]}", *block[1:]])
    repo.commit()

    assert copied(scanner, repo) == {1: 5}


def test_a_tree_that_cannot_be_read_whole_tells_nothing(
    held: Making, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_lines, "MOST_BYTES", 100)
    held.accept(1, "new.py", BLOCK)
    held.accept(1, "short.py", code("own", 4))
    held.commit()
    held.accept(1, "later.py", code("alone", 4))
    held.commit()

    assert copied(scanner, held) == {1: None, 2: None, 3: 0}


def test_a_landing_too_large_to_take_part_is_an_original_all_the_same(
    held: Making, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.accept(1, "first.py", BLOCK)
    held.commit()
    held.append("bulk.py", code("bulky", 60))
    held.commit()
    held.accept(2, "new.py", code("bulky", 60)[20:30])
    held.commit()
    monkeypatch.setattr("tokenmirror.repos.patches.MOST_ADDED", 50)

    assert copied(scanner, held) == {1: 8, 2: 10}


def test_a_file_that_is_no_text_any_more_is_no_original(held: Making, scanner: Scanner) -> None:
    held.accept(1, "first.py", BLOCK)
    held.commit()
    for path in ("held.py", "first.py"):
        held.append(path, ["\0"])
    held.commit()
    held.accept(2, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: 8, 2: 0}


def test_landings_that_are_left_out_for_their_clocks_are_originals_too(
    held: Making, scanner: Scanner
) -> None:
    held.accept(1, "first.py", BLOCK)
    held.commit()
    now_ms, held.now_ms = held.now_ms, scanner.since_ms - 9 * DAY
    hold(held, "late.py", code("late"))
    held.now_ms = now_ms
    held.accept(2, "new.py", code("late"))
    held.commit()

    assert copied(scanner, held) == {1: 8, 2: 8}


def test_without_an_answer_of_git_nothing_is_told(
    held: Making, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_lines, "contents", lambda _reader, _names: {})
    held.accept(1, "new.py", BLOCK)
    held.commit()

    assert copied(scanner, held) == {1: None}


def test_contents_are_given_by_name(held: Making, scanner: Scanner) -> None:
    place, _ = scanner.facts(held.folder)
    opened = git.reader(scanner.git, place, "sha1")
    head = held.head()
    names = [f"{head}:held.py", f"{head}:none blob 5", f"{head}:a.py", "0" * 40, head]

    found = tree_lines.contents(opened, names)

    assert [found[name] is not None for name in names] == [True, False, True, False, False]
    assert found[f"{head}:a.py"] == (held.folder / "a.py").read_bytes()


# held against a search through all files, and against other ways to the same end


def a_history(folder: Path, rng: random.Random, commits: int) -> Making:
    """Tools append blocks, new ones and such as are there; a hand takes lines out again."""
    repo = Making(folder)
    paths = [f"src/{name}.py" for name in "abcd"]
    for path in paths:
        repo.append(path, code(f"in_{path[4]}", 12))
    repo.commit("Begin")
    repo.later(DAY)
    for number in range(commits):
        lines = code(f"new{number}", rng.randint(2, 6))[: rng.randint(1, 6)]
        for path in rng.sample(paths, 2):
            there = [line for line in repo.read(path) if line]
            at = rng.randrange(len(there) - 2)
            lines += [*there[at : at + rng.randint(2, 9)], *rng.choice([[], [""], ["}"]])]
        repo.accept(number % 5, rng.choice(paths), lines)
        repo.commit(f"Accept {number}")
        path = rng.choice(paths)
        there = repo.read(path)
        at = rng.randrange(len(there) - 8)
        repo.write(path, [*there[:at], f"by_hand = {number}", *there[at + rng.randint(0, 3) :]])
        if rng.random() < 0.3:
            repo.git("mv", path, f"src/{number}.py")
            paths[paths.index(path)] = f"src/{number}.py"
        repo.commit(f"By hand {number}")
        repo.later(8 * DAY)
    return repo


def brought_forward(
    scanner: Scanner, folder: Path
) -> tuple[tree_lines.TreeLines, tree_lines.TreeLines]:
    """Files followed from the first landing on, and those of the last one as it is read."""
    place, facts = scanner.facts(folder)
    opened = git.reader(scanner.git, place, "sha1")
    assert facts.landing_tip
    found = history.heads(opened, [facts.landing_tip], since_ms=10**12, first_parents=True)
    first, *later = [head.oid for head in found][::-1]
    followed, fresh = (tree_lines.TreeLines(opened, Excluded()) for _ in range(2))
    followed.begin(first)
    noting_all(followed)
    for patch in patches.patches(opened, later, Excluded()):
        followed.take_out(patch, asked=False)
        followed.put_in()
    fresh.begin(later[-1])
    noting_all(fresh)
    return followed, fresh


def noting_all(files: tree_lines.TreeLines) -> None:
    while not files.notes_all:
        files.look_for([])


def lines_of(files: tree_lines.TreeLines) -> dict[str, list[int]]:
    """All lines by path, of files that have any."""
    return {
        path: list(array("I", bytes(one.lines))) for path, one in files._files.items() if one.lines
    }


def held_windows(files: tree_lines.TreeLines) -> int:
    """How many windows the files have, all of which are found."""
    count = 0
    for lines in lines_of(files).values():
        bare = [line for line in lines if line]
        for at in range(len(bare) - 4):
            window = bare[at : at + 5]
            assert all(map(files.knows, window))
            assert files.holds(window)
            count += 1
    return count


def test_files_brought_forward_are_those_of_the_tip(tmp_path: Path, scanner: Scanner) -> None:
    chain = a_chain(tmp_path / "long", 6, 150)

    followed, fresh = brought_forward(scanner, chain.folder)

    assert followed.complete
    assert lines_of(followed) == lines_of(fresh)
    assert held_windows(followed) == held_windows(fresh) > 300


def test_what_is_gone_from_all_files_is_not_found(held: Making, scanner: Scanner) -> None:
    held.write("held.py", [*code("above"), *code("below")])
    held.git("rm", "-q", "a.py")
    held.commit()
    place, _facts = scanner.facts(held.folder)
    opened = git.reader(scanner.git, place, "sha1")
    tip = held.head()
    files = tree_lines.TreeLines(opened, Excluded())
    files.begin(f"{tip}^")
    noting_all(files)
    gone = tree_lines.sums("\n".join(BLOCK).encode())[:5]
    across = tree_lines.sums("\n".join([*code("above")[-2:], *code("below")[:3]]).encode())
    assert (files.holds(gone), files.holds(across)) == (True, False)

    (patch,) = patches.patches(opened, [tip], Excluded())
    files.take_out(patch, asked=True)
    assert (files.holds(gone), files.holds(across)) == (False, False)
    files.put_in()

    assert (files.holds(gone), files.holds(across)) == (False, True)
    assert "a.py" not in lines_of(files)


def test_lines_are_not_found_within_the_bytes_of_others() -> None:
    lines = [0x01010101 * (number + 1) for number in range(6)]
    row = tree_lines._packed(lines)
    astray = list(array("I", bytes(row[1:-3])))
    file = tree_lines._File(row)
    files = tree_lines.TreeLines.__new__(tree_lines.TreeLines)
    files._noted = tree_lines._Noted()
    files._noted.note(file, [*lines, *astray])

    assert files.holds(lines[1:])
    assert not files.holds(astray)


def test_a_new_file_under_the_name_of_a_moved_one_has_its_own_lines(
    held: Making, scanner: Scanner
) -> None:
    held.git("mv", "held.py", "after.py")
    held.append("held.py", code("another"))
    held.commit()

    followed, fresh = brought_forward(scanner, held.folder)

    assert lines_of(followed) == lines_of(fresh)


def test_many_blank_lines_are_passed_over(repo: Making, scanner: Scanner) -> None:
    lines = [line for one in code("held", 12) for line in (one, *[""] * 11)]
    hold(repo, "held.py", lines)
    hold(repo, "held.py", code("after"))
    repo.write("held.py", [*lines[:60], "by_hand = 1", *lines[61:], *code("after")])
    repo.commit()

    followed, fresh = brought_forward(scanner, repo.folder)

    assert lines_of(followed) == lines_of(fresh)
    assert held_windows(followed) == held_windows(fresh) > 10


def windows(lines: Sequence[str]) -> list[tuple[str, ...]]:
    bare = ["".join(line.split()) for line in lines if line.strip()]
    return [tuple(bare[at : at + 5]) for at in range(len(bare) - 4)]


def searched(repo: Making, oid: str, added: Sequence[str]) -> int:
    """Lines of an appended text that stand in a block of a file of the commit before."""
    found: set[int] = set()
    for path in repo.git("ls-tree", "-r", "--name-only", f"{oid}^").split():
        there = set(windows(repo.git("show", f"{oid}^:{path}").splitlines()))
        begins = [at for at, one in enumerate(windows(added)) if one in there]
        for block in (begins[at:] for at in range(len(begins))):
            row = [at for n, at in enumerate(block) if at == block[0] + n]
            tells = [len({one for one in windows(added)[at] if len(one) > 6}) >= 3 for at in row]
            if any(tells):
                found.update(range(row[0], row[-1] + 5))
    return len(found)


def test_it_is_what_a_search_through_all_files_finds(tmp_path: Path, scanner: Scanner) -> None:
    repo = a_history(tmp_path / "made", random.Random(3), 14)
    landings = repo.git("log", "--reverse", "--format=%H", "--grep=^Accept").split()

    found = copied(scanner, repo)

    added = [texts for texts, _removed in repo.texts]
    wanted = [searched(repo, oid, lines) for oid, lines in zip(landings, added, strict=True)]
    assert [found[edit.id] for edit in repo.edits] == wanted
    assert sum(wanted) > 60
    assert 0 in wanted


IN_CLAIMS = (
    "select c.oid, g.log_key, k.path, k.lines, k.copied from claims k"
    " join commits c on c.id = k.commit_id join suggestions g on g.id = k.suggestion_id"
    " order by 1, 2, 3"
)


def test_in_parts_and_in_any_order_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 3)
    monkeypatch.setattr("tokenmirror.repos.scan.STEP_COMMITS", 4)
    rng = random.Random(5)
    repo = a_history(tmp_path / "made", rng, 10)
    repo.git("checkout", "-q", "--detach")
    chain = repo.git("rev-list", "--first-parent", "--reverse", "main").split()
    early = set(rng.sample(range(10), 6))
    archived = Archived(repo, tmp_path / "data", early)
    for tip in (chain[4], chain[11], chain[8], chain[-1]):
        repo.git("update-ref", "refs/heads/main", tip)
        archived.read()
    archived.tell(set(range(10)) - early)
    archived.read()
    once = Archived(repo, tmp_path / "once")
    once.read()

    assert archived.rows(IN_CLAIMS) == once.rows(IN_CLAIMS)
    assert sum(int(str(row[-1])) for row in once.rows(IN_CLAIMS)) > 20


def test_archives_of_before_learn_of_copies_with_the_next_reading(tmp_path: Path) -> None:
    repo = Making(tmp_path / "made")
    hold(repo, "held.py", BLOCK)
    repo.accept(1, "new.py", [*FRESH, *BLOCK])
    repo.commit()
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    with closing(sqlite3.connect(archived.places.database)) as db, db:
        db.execute("alter table claims drop column copied")
        for statement in COPIES.split(";\n"):
            db.execute(statement)
    assert archived.rows("select copied from claims") == [(None,)]

    archived.read()

    assert archived.rows("select copied from claims") == [(8,)]

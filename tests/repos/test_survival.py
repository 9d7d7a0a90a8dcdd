"""What becomes of landed lines, held against git's blame and against known truths."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repos.chains import a_chain
from tests.repos.kept import Kept
from tests.repos.making import COLLEAGUE, DAY, HOUR, ME, SEALER, Making, Scanner, code
from tests.repos.scenarios import Scenario, a_history
from tests.repos.styles import PYTHON
from tokenmirror.repos import git, history, labels, patches
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.fates import MINE, Remembered
from tokenmirror.repos.landing import sealed
from tokenmirror.repos.survival import Landing, Survival
from tokenmirror.repos.writers import Writers

AI = 1  # a session
SEEDED = Scenario("half typed, some changed", (None,) * 4, by_hand=0.4, changed=0.1)


@pytest.fixture
def kept(tmp_path: Path, scanner: Scanner) -> Iterator[Kept]:
    made = Kept(tmp_path, scanner)
    yield made
    made.db.close()


def claimed(kept: Kept) -> tuple[int, int]:
    """Lines of suggestions on the main line: born, and there now."""
    some = [one for one in kept.lives() if one.suggestion is not None]
    return sum(one.lines for one in some), sum(one.living for one in some)


# held against blame


def passed(folder: Path, scanner: Scanner) -> Survival:
    """All landings of a repository, with renames followed and nothing else."""
    place, facts = scanner.facts(folder)
    reader = git.reader(scanner.git, place, "sha1")
    tip = facts.landing_tip
    assert tip is not None
    heads = list(history.heads(reader, [tip], since_ms=10**12, first_parents=True))[::-1]
    survival = Survival(Remembered(), transfers=False)
    found = patches.patches(reader, [head.oid for head in heads], Excluded())
    for head, patch in zip(heads, found, strict=True):
        files = sealed(patch.files or (), SEALER)
        mine = head.email == ME[1]
        owner = MINE if mine else None
        rest = [
            Writers([None] * len(f.added), [owner] * len(f.added), ["mine"] * len(f.removed))
            for f in files
        ]
        landing = Landing(head.oid, head.committed_ms, mine, closed=patch.closed)
        survival.land(landing, patch.files or (), files, rest)
    return survival


def blamed(folder: Path, path: str) -> list[tuple[str, str, bool]]:
    """(commit, author's address, blank) of each line, by git itself."""
    out = subprocess.run(
        ["git", "blame", "--first-parent", "--line-porcelain", "main", "--", path],
        cwd=folder, capture_output=True, check=True,
    ).stdout.decode().split("\n")  # fmt: skip
    rows, oid, email = [], "", ""
    for line in out:
        if line.startswith("\t"):
            rows.append((oid, email, not line.strip()))
        elif line.startswith("author-mail "):
            email = line.split("<")[1].rstrip(">")
        elif len(line.split(" ")[0]) == 40:
            oid = line.split(" ")[0]
    return rows


def test_labels_are_what_blame_says(tmp_path: Path, scanner: Scanner) -> None:
    chain = a_chain(tmp_path / "long", 3, 150)

    survival = passed(chain.folder, scanner)

    same: Counter[bool] = Counter()
    listed = subprocess.check_output(["git", "ls-files"], cwd=chain.folder, text=True)
    for path in listed.split():
        rows = blamed(chain.folder, path)
        found = labels.labels_at(survival.lines(path), range(1, len(rows) + 1))
        for (oid, email, blank), label in zip(rows, found, strict=True):
            if not blank:
                wanted = oid if email == ME[1] else None
                same[wanted == (survival.birth(label[0]).landing if label else None)] += 1
    assert same.total() > 800
    assert same[True] >= 0.995 * same.total(), same


# what must always hold


def test_births_less_deaths_are_the_lines_that_live(tmp_path: Path, kept: Kept) -> None:
    repo, _ = a_history(tmp_path / "seeded", PYTHON, 11, 60, SEEDED)

    some = kept.read(repo)

    living = {kept_number(kept, one.birth): one.living for one in some if one.living}
    assert len(living) > 50
    assert living == dict(kept.carried())


def kept_number(kept: Kept, birth: int) -> int:
    return int(kept.db.execute("select number from births where id = ?", (birth,)).fetchone()[0])


def test_moves_and_merges_keep_the_sum(tmp_path: Path, kept: Kept) -> None:
    chain = a_chain(tmp_path / "long", 4, 120)

    some = kept.read(as_making(chain.folder, chain.now_ms))

    assert sum(one.lines for one in some) > 500
    assert sum(one.living for one in some) == kept.carried().total()
    assert all(sum(span.lines for span in one.spans()) == one.lines for one in some)


def as_making(folder: Path, now_ms: int) -> Making:
    repo = Making.__new__(Making)
    repo.folder, repo.now_ms, repo.edits, repo.agent_commits = folder, now_ms, [], {}
    repo.who = ME
    return repo


def a_varied_history(folder: Path, seed: int, commits: int) -> Making:
    """Edits of tools and hands, cut, moved, renamed, merged, reverted and brought back."""
    rng, repo = random.Random(seed), Making(folder)
    repo.append("src/base.py", code("base", 30))
    repo.commit()
    for number in range(commits):
        repo.later(rng.choice([HOUR, DAY, 5 * DAY]))
        who = COLLEAGUE if rng.random() < 0.2 else ME
        files = repo.git("ls-files", "src").split()
        path = rng.choice(files)
        lines = repo.read(path)
        at = rng.randrange(len(lines) + 1)
        match rng.choice(["tool", "tool", "tool", "cut", "cut", "move", "name", "undo", "merge"]):
            case "tool":
                new = code(f"t{number}", rng.randint(4, 12))
                target = rng.choice([path, f"src/f{number}.py"])
                old = repo.read(target)
                repo.write(target, [*old[: min(at, len(old))], *new, *old[at:]])
                if who == ME and rng.random() < 0.7:
                    repo.note(number // 3, target, new)
            case "cut":
                repo.write(path, [*lines[:at], *code(f"h{number}", 3), *lines[at + 4 :]])
            case "move":
                repo.write(path, [*lines[:at], *lines[at + 6 :]])
                target = rng.choice(files)
                repo.append(target, lines[at : at + 6])
            case "name":
                repo.git("mv", path, f"src/n{number}.py")
            case "undo":
                repo.who = who
                repo.git("revert", "--no-edit", rng.choice(["HEAD", "HEAD~1"]), status=None)
                repo.git("revert", "--abort", status=None)
            case "merge":
                repo.git("checkout", "-q", "-b", f"side{number}")
                repo.accept(number // 3, path, code(f"m{number}", 6))
                repo.commit()
                repo.git("checkout", "-q", "main")
                repo.git("merge", "-q", "--no-ff", f"side{number}")
        repo.commit(f"Change {number}", who)
    return repo


@pytest.mark.parametrize(
    ("seed", "every"),
    [
        (22, 7),
        pytest.param(21, 1, marks=pytest.mark.deep),
        pytest.param(23, 25, marks=pytest.mark.deep),
    ],
)
def test_a_scan_split_anywhere_keeps_the_same(
    tmp_path: Path, scanner: Scanner, seed: int, every: int
) -> None:
    repo = a_varied_history(tmp_path / "varied", seed, 50)
    for folder in ("once", "often"):
        (tmp_path / folder).mkdir()
    once, often = Kept(tmp_path / "once", scanner), Kept(tmp_path / "often", scanner)
    once.read(repo)
    repo.git("checkout", "-q", "--detach")
    oids = repo.git("rev-list", "--first-parent", "--reverse", "HEAD").split()

    for oid in [*oids[every - 1 :: every], oids[-1]]:
        repo.git("branch", "-q", "-f", "main", oid)
        often.read(repo)

    assert often.tables() == once.tables()
    assert sum(one.living for one in once.lives()) == once.carried().total()
    assert len(once.causes()) > 2
    once.db.close()
    often.db.close()


def test_a_second_reading_changes_nothing(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.write("a.py", repo.read("a.py")[:-3])
    repo.commit()
    kept.read(repo)
    before = kept.tables()

    kept.read(repo)

    assert kept.tables() == before


def test_births_of_suggestions_are_the_claims(tmp_path: Path, kept: Kept) -> None:
    repo, _ = a_history(tmp_path / "seeded", PYTHON, 13, 40, SEEDED)

    kept.read(repo)

    per_commit = "select commit_id, suggestion_id, path, sum(lines) from {} group by 1, 2, 3"
    born = set(kept.db.execute(per_commit.format("births where suggestion_id is not null")))
    claims = set(kept.db.execute(per_commit.format("claims where lines > 0")))
    assert len(claims) > 20
    assert born == claims


# whose lines, and how they end


def test_own_lines_that_no_suggestion_holds_are_born_too(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.append("a.py", code("typed"))
    repo.commit()

    some = kept.read(repo)

    assert {(one.suggestion is not None, one.lines, one.mine) for one in some[-2:]} == {
        (True, 8, True),
        (False, 8, True),
    }


def test_lines_of_a_colleague_are_not_followed(repo: Making, kept: Kept) -> None:
    kept.read(repo)
    repo.append("a.py", code("theirs"))
    repo.commit(who=COLLEAGUE)

    assert kept.read(repo) == kept.lives()
    assert sum(one.lines for one in kept.lives()) == 8


def test_a_merge_brings_in_my_lines_and_not_a_colleagues(repo: Making, kept: Kept) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.append("mine.py", code("mine"))
    repo.commit()
    repo.append("theirs.py", code("theirs"))
    repo.commit(who=COLLEAGUE)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "topic")

    some = kept.read(repo)

    assert [(one.path, one.lines) for one in some[1:]] == [("mine.py", 8)]


@pytest.mark.parametrize(
    ("who", "by"), [(ME, "mine"), (COLLEAGUE, "other")], ids=["by me", "by another"]
)
def test_rework_says_who_did_it(repo: Making, kept: Kept, who: tuple[str, str], by: str) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.later(3 * DAY)
    lines = repo.read("a.py")
    lines[9:11] = ["    something_else = 1", "    and_more = 2"]
    repo.write("a.py", lines)
    repo.commit(who=who)

    [life] = [one for one in kept.read(repo, now_ms=repo.now_ms + 30 * DAY) if one.suggestion]

    assert [(end.lines, end.cause, end.by) for end in life.ends] == [(2, "changed", by)]


def test_rework_by_an_assistant_is_its_own(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.later(DAY)
    old = repo.read("a.py")[9:12]
    new = ["    better_way = first_one", "    more_of_it = second_one", "    third_thing = 3"]
    repo.write("a.py", [*repo.read("a.py")[:9], *new, *repo.read("a.py")[12:]])
    repo.note(2, "a.py", new, old)
    repo.commit()

    life = next(one for one in kept.read(repo) if one.session == AI)

    assert [(end.lines, end.cause, end.by) for end in life.ends] == [(3, "changed", "ai")]


def test_a_file_removed_later_takes_its_lines_with_it(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "gone.py", code("one"))
    repo.commit()
    repo.later(60 * DAY)
    repo.git("rm", "-q", "gone.py")
    repo.commit()

    kept.read(repo)

    assert kept.causes() == {"with_file": 8}


# what is not death


def test_a_rename_is_no_death(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.git("mv", "a.py", "b.py")
    repo.commit(who=COLLEAGUE)
    repo.write("b.py", repo.read("b.py")[:-1])
    repo.commit()

    kept.read(repo)

    assert claimed(kept) == (8, 7)


def test_two_files_that_swap_their_names_keep_their_lines(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "x.py", code("one", 30))
    repo.commit()
    repo.append("y.py", code("theirs", 30))
    repo.commit(who=COLLEAGUE)
    for old, new in (("x.py", "t"), ("y.py", "x.py"), ("t", "y.py")):
        repo.git("mv", old, new)
    repo.commit(who=COLLEAGUE)
    kept.read(repo)

    repo.git("rm", "-q", "x.py")
    repo.commit(who=COLLEAGUE)
    kept.read(repo)

    assert claimed(kept)[0] == 30
    assert sum(one.living for one in kept.lives()) == kept.carried().total()


def wrapped(lines: list[str]) -> list[str]:
    """Calls with each argument on a line of its own, and other quotes."""
    out = []
    for line in lines:
        if "(" in line and "def" not in line:
            before, _, rest = line.partition("(")
            out += [f"{before}(", *(f"        {p.strip()}," for p in rest.rstrip(")").split(","))]
            out.append("    )")
        else:
            out.append(line)
    return [line.replace("'", '"') for line in out]


CALLS = [f"    result_{n} = call_number_{n}(first_{n}, 'second {n}')" for n in range(6)]


@pytest.mark.parametrize(
    "after",
    [
        [f"    {line}" for line in CALLS],
        [line.replace("    ", "\t", 1) for line in CALLS],
        wrapped(CALLS),
        [line.replace("'", '"') for line in CALLS],
    ],
    ids=["deeper", "tabs", "wrapped", "quotes"],
)
def test_formatting_is_no_death_and_no_birth(repo: Making, kept: Kept, after: list[str]) -> None:
    repo.accept(AI, "calls.py", CALLS)
    repo.commit()
    repo.write("calls.py", after)
    repo.commit()

    some = kept.read(repo)

    assert claimed(kept) == (6, 6)
    assert len(some) == 2  # the repository's first lines, and these


def test_joined_lines_still_count_for_each(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "calls.py", wrapped(CALLS))
    repo.commit()
    repo.write("calls.py", CALLS)
    repo.commit(who=COLLEAGUE)
    repo.write("calls.py", CALLS[1:])
    repo.commit(who=COLLEAGUE)

    kept.read(repo)

    assert claimed(kept) == (24, 20)


@pytest.mark.parametrize("target", ["a.py", "other.py"], ids=["within a file", "to another"])
def test_a_moved_block_keeps_its_birth(repo: Making, kept: Kept, target: str) -> None:
    repo.append("a.py", code("between", 30))
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    lines = repo.read("a.py")
    block, rest = lines[-8:], lines[:-8]
    repo.write("a.py", rest)
    repo.write(target, [*block, *repo.read(target)])
    repo.commit()

    kept.read(repo)

    assert claimed(kept) == (8, 8)
    assert not kept.causes()


def test_two_lines_elsewhere_are_no_move(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    lines = repo.read("a.py")
    repo.write("a.py", lines[:9] + lines[11:])
    repo.write("other.py", lines[9:11])
    repo.commit()

    kept.read(repo)

    assert claimed(kept) == (8, 6)


def test_a_formatting_of_many_files_moves_all_labels(repo: Making, kept: Kept) -> None:
    for n in range(25):
        repo.accept(AI, f"m{n}.py", [f"def f{n}(x):", *(line for line in CALLS)])
    repo.commit()
    repo.later(DAY)
    for n in range(25):
        new = [f"def f{n}(x):", *(f"  {line}" for line in CALLS)]
        repo.write(
            f"m{n}.py", [*new[:1], "    # a line the tool added", *new[1:]] if n == 3 else new
        )
    repo.write("m4.py", ["def f4(y):", *(f"  {line}" for line in CALLS)])
    repo.commit()

    some = kept.read(repo)

    assert claimed(kept) == (25 * 7, 25 * 7)
    assert len({one.commit for one in some}) == 2


def test_a_commit_that_blame_is_told_to_skip_moves_all_labels(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.write("a.py", [line.upper() for line in repo.read("a.py")])
    oid = repo.commit()
    repo.write(".git-blame-ignore-revs", ["# upper case", oid + " # once"])
    repo.commit(who=COLLEAGUE)

    kept.read(repo)

    assert claimed(kept) == (8, 8)
    assert not kept.causes()


# what cannot be followed


def test_excluded_files_take_no_part(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "vendor/a.js", code("one"))
    repo.commit()

    assert [one.path for one in kept.read(repo)] == ["a.py"]


def test_lines_that_move_into_an_excluded_folder_are_lost_from_sight(
    repo: Making, kept: Kept
) -> None:
    repo.accept(AI, "b.py", code("one"))
    repo.commit()
    (repo.folder / "vendor").mkdir()
    repo.git("mv", "b.py", "vendor/b.py")
    repo.commit()

    life = next(one for one in kept.read(repo) if one.suggestion)

    assert (life.living, life.ends, [lines for _at, lines in life.lost]) == (0, (), [8])


def test_a_file_that_turns_binary_is_lost_from_sight(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "some and more.py", code("one"))
    repo.commit()
    (repo.folder / "some and more.py").write_bytes(b"\0\1\2" * 50)
    repo.commit()

    life = next(one for one in kept.read(repo) if one.suggestion)

    assert (life.living, life.ends, len(life.lost)) == (0, (), 1)


def test_a_bulk_landing_loses_what_it_touches_and_nothing_else(
    repo: Making, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "MOST_ADDED", 500)
    for name in ("touched.py", "moved.py", "left.py"):
        repo.accept(AI, name, code(name[:4]))
    repo.commit()
    repo.append("touched.py", ["x = 1"])
    repo.git("mv", "moved.py", "elsewhere.py")
    repo.append("big.py", code("big", 600))
    repo.commit(who=COLLEAGUE)
    repo.write("elsewhere.py", repo.read("elsewhere.py")[1:])
    repo.commit(who=COLLEAGUE)

    some = {one.path: one for one in kept.read(repo)}

    assert [lines for _at, lines in some["touched.py"].lost] == [8]
    assert (some["left.py"].living, some["moved.py"].living) == (8, 7)
    assert not some["left.py"].lost
    assert not some["moved.py"].lost


def test_a_landing_whose_contents_are_missing_is_no_death(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.accept(AI, "b.py", code("two"))
    repo.commit()
    repo.write("a.py", ["nothing_left = 1"])
    repo.write("b.py", repo.read("b.py")[1:])
    repo.commit(who=COLLEAGUE)
    blob = repo.git("rev-parse", "HEAD:a.py")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    some = {one.path: one for one in kept.read(repo) if one.suggestion}

    assert (some["a.py"].living, some["a.py"].ends, len(some["a.py"].lost)) == (0, (), 1)
    assert (some["b.py"].living, some["b.py"].lost) == (7, ())


# what figures are given


def test_survival_after_days_counts_what_was_watched_long_enough(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.later(10 * DAY)
    repo.write("a.py", repo.read("a.py")[:-2])
    repo.commit()
    now_ms = repo.now_ms + 6 * DAY

    [life] = [one for one in kept.read(repo, now_ms=now_ms) if one.suggestion]

    assert life.after(7) == (8, 8, 0)
    assert life.after(14) == (6, 8, 0)
    assert life.after(30) == (0, 0, 8)
    assert life.died_within(14) == {"mine": 2}
    assert [(span.lines, span.cause) for span in life.spans()] == [(2, "deleted"), (6, None)]


def test_an_old_tip_is_not_taken_for_todays_state(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    kept.read(repo, now_ms=repo.now_ms + 5 * DAY)
    young = kept.lives()[-1]

    kept.read(repo, now_ms=repo.now_ms + 9 * DAY)
    old = kept.lives()[-1]

    assert young.observed_ms - young.born_ms > 4 * DAY
    assert old.observed_ms == old.born_ms


def test_clocks_that_run_backwards_give_no_negative_age(repo: Making, kept: Kept) -> None:
    repo.accept(AI, "a.py", code("one"))
    repo.commit()
    repo.later(-5 * HOUR)
    repo.write("a.py", repo.read("a.py")[:-2])
    repo.commit()

    [life] = [one for one in kept.read(repo) if one.suggestion]

    assert [end.at_ms - life.born_ms for end in life.ends] == [0]

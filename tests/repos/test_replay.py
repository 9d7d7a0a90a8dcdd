"""What comes late is found as if it had been there from the start, and little is read for it."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import pytest

from tests.repos.making import (
    COLLEAGUE,
    DAY,
    HOUR,
    MINUTE,
    Making,
    Outcome,
    Scanner,
    code,
    followed,
    replay_after,
)
from tests.repos.seeded import a_hunk
from tokenmirror.repos import patches, scan
from tokenmirror.repos.nouns import Edit, Follow, Pool

FILES = ("src/a.py", "src/b.py", "lib/c.py", "lib/d.py")


def a_history(folder: Path, seed: int, commits: int = 18) -> Making:
    """Sessions, hands and a colleague on branches that are merged, squashed, picked or left."""
    rng = random.Random(seed)
    repo = Making(folder)
    repo.append("src/a.py", code("base"))
    repo.commit("Base")
    for number in range(commits):
        on_topic = rng.random() < 0.4
        if on_topic:
            repo.git("checkout", "-q", "-b", f"topic{number}")
        for _ in range(rng.randint(1, 2)):
            write(repo, rng, number)
            repo.commit(f"{number}", COLLEAGUE if not on_topic and rng.random() < 0.3 else None)
            repo.later(rng.choice([MINUTE, HOUR, DAY]))
        if on_topic:
            repo.git("checkout", "-q", "main")
            bring_in(repo, rng, number)
    return repo


def write(repo: Making, rng: random.Random, number: int) -> None:
    for path in rng.sample(FILES, rng.randint(1, 2)):
        proposed, kept = a_hunk(rng, "py", 0.1)
        lines = repo.read(path)
        at = rng.randint(0, len(lines))
        gone = lines[at : at + rng.choice([0, 0, 2])]
        repo.write(path, [*lines[:at], *kept, *lines[at + len(gone) :]])
        if rng.random() < 0.7:
            repo.note(number // 3 % 7, path, proposed, gone)
    if rng.random() < 0.1:
        source, target = rng.sample(FILES, 2)
        repo.write(f"moved/{number}.py", repo.read(source)[:12])
        repo.append(target, code(f"typed{number}", 4))


def bring_in(repo: Making, rng: random.Random, number: int) -> None:
    way = rng.choice(["merge", "squash", "theirs", "pick", "stay"])
    branch = f"topic{number}"
    if way == "merge":
        repo.git("merge", "-q", "--no-ff", "-X", "ours", branch)
    elif way in ("squash", "theirs"):
        repo.git("merge", "-q", "--squash", "-X", "ours", branch)
        repo.commit(f"Squash {number}", COLLEAGUE if way == "theirs" else None)
    elif way == "pick":
        repo.git("cherry-pick", "-X", "ours", "--allow-empty", f"main..{branch}")


def parted(pool: Pool, edits: list[Edit]) -> Pool:
    return Pool(tuple(edits), pool.agent_commits)


def check(scanner: Scanner, repo: Making, early: list[Edit], late: set[int]) -> Outcome:
    """Scan with some edits, go over it with all, and compare with one scan of all."""
    first = parted(repo.pool(), early)
    outcome = scanner.scan(repo, first)
    known = replay_after(outcome, copy.deepcopy(first.follows), scanner.since_ms, late)
    pool, whole = repo.pool(), repo.pool()

    outcome = scanner.scan(repo, pool, known, before=outcome)

    at_once = scanner.scan(repo, whole)
    assert outcome.tables() == at_once.tables()
    nothing = Follow()
    for edit in repo.edits:
        assert pool.follows.get(edit.id, nothing) == whole.follows.get(edit.id, nothing)
    return outcome


@pytest.mark.parametrize("seed", range(4))
def test_late_edits_are_found_as_in_a_scan_from_the_start(
    tmp_path: Path, scanner: Scanner, seed: int
) -> None:
    repo = a_history(tmp_path / "made", seed)
    rng = random.Random(seed)
    late = {edit.id for edit in repo.edits if rng.random() < 0.25}
    early = [edit for edit in repo.edits if edit.id not in late]

    check(scanner, repo, early, {e.session for e in repo.edits if e.id in late})


@pytest.mark.parametrize("seed", range(6, 8))
def test_another_tools_sessions_are_found_late(tmp_path: Path, scanner: Scanner, seed: int) -> None:
    repo = a_history(tmp_path / "made", seed)

    check(scanner, repo, [e for e in repo.edits if e.session % 3], {0, 3, 6})


def test_nothing_late_changes_nothing(tmp_path: Path, scanner: Scanner) -> None:
    repo = a_history(tmp_path / "made", 3)

    outcome = check(scanner, repo, repo.edits, set())

    assert outcome.steps[-1].touched == ()


def test_a_commit_seen_after_its_squash_is_found_in_it(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    edit = repo.accept(1, "b.py", code("one"))
    oid = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--squash", "topic")
    landing = repo.commit("Squashed", COLLEAGUE)
    repo.git("update-ref", "refs/kept", "topic")
    repo.git("branch", "-q", "-D", "topic")
    first = repo.pool()
    outcome = scanner.scan(repo, first)
    assert followed(first, edit).shipped_lines == 0
    repo.git("branch", "topic", "refs/kept")
    pool = repo.pool()

    known = replay_after(outcome, first.follows, scanner.since_ms, ())
    scanner.scan(repo, pool, known, before=outcome)

    assert outcome.landed[oid].landing == landing
    assert outcome.shipped(1)
    assert followed(pool, edit).shipped_lines == 8
    assert outcome.tables() == scanner.scan(repo).tables()


def test_only_commits_that_may_hold_late_edits_are_read(
    repo: Making, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        repo.accept(number, f"f{number}.py", code(f"t{number}"))
        repo.commit()
        repo.later(DAY)
    first = parted(repo.pool(), [edit for edit in repo.edits if edit.session != 4])
    outcome = scanner.scan(repo, first)
    known = replay_after(outcome, first.follows, scanner.since_ms, {4})
    read: list[str] = []

    def counted(reader: object, oids: list[str], excluded: object) -> object:
        read.extend(oids)
        return patches.patches(reader, oids, excluded)

    monkeypatch.setattr(scan, "patches", counted)
    scanner.scan(repo, repo.pool(), known, before=outcome)

    assert outcome.shipped(4)
    assert 1 <= len(read) <= 8


def test_a_session_that_loses_its_link_loses_what_hung_on_it(
    repo: Making, scanner: Scanner
) -> None:
    repo.note(1, "a.py", code("one", 4))
    old = repo.note(1, "b.py", code("two"))
    repo.note(2, "a.py", code("one", 4))  # known late: the last to write these lines
    repo.append("a.py", code("one", 4))
    repo.commit()
    repo.later(20 * DAY)
    repo.append("b.py", code("two"))
    landing = repo.commit()

    outcome = check(scanner, repo, repo.edits[:2], {2})

    assert outcome.claims[landing] == ()
    assert followed(repo.pool(), old).shipped_lines == 0


def test_a_late_edit_is_found_at_another_path(repo: Making, scanner: Scanner) -> None:
    repo.note(1, "draft/x.py", code("one"))
    repo.append("final/y.py", code("one"))
    oid = repo.commit()

    outcome = check(scanner, repo, [], {1})

    assert [claim.evidence for claim in outcome.claims[oid]] == ["moved"]


def test_a_typed_commit_seen_late_is_found_in_its_squash(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.append("b.py", code("typed"))
    oid = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--squash", "topic")
    landing = repo.commit("Squashed")
    repo.git("update-ref", "refs/kept", "topic")
    repo.git("branch", "-q", "-D", "topic")
    outcome = scanner.scan(repo)
    repo.git("branch", "topic", "refs/kept")

    known = replay_after(outcome, {}, scanner.since_ms, ())
    scanner.scan(repo, None, known, before=outcome)

    assert outcome.landed[oid].landing == landing
    assert outcome.tables() == scanner.scan(repo).tables()

"""Repositories with holes: what can be read is read, and the rest is said to be missing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.repos.making import Making, Scanner, code, followed


def forget(repo: Making, name: str) -> None:
    """Take one object away."""
    oid = repo.head(name)
    (repo.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()


def spoil(repo: Making, name: str) -> None:
    """Damage one object's content."""
    oid = repo.head(name)
    file = repo.folder / ".git/objects" / oid[:2] / oid[2:]
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-40] + b"\0" * 40)


def test_a_missing_content_costs_one_file(repo: Making, scanner: Scanner) -> None:
    repo.append("gone.py", code("gone"))
    edit = repo.accept(1, "a.py", code("one"))
    broken = repo.commit()
    later = repo.accept(1, "c.py", code("two"))
    repo.commit()
    forget(repo, f"{broken}:gone.py")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert followed(pool, later).shipped_lines == 8
    assert outcome.commits[broken].added == 8
    assert outcome.steps[-1].state == "partial"


def test_a_damaged_content_costs_one_commit(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", [hashlib.sha256(bytes([n])).hexdigest() for n in range(250)])
    broken = repo.commit()
    repo.write("b.py", code("between"))
    repo.commit()
    later = repo.accept(1, "c.py", code("two"))
    repo.commit()
    spoil(repo, f"{broken}:a.py")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert outcome.commits[broken].added is None
    assert followed(pool, later).shipped_lines == 8
    assert len(outcome.commits) == 4


def test_a_missing_tree_costs_its_commits(repo: Making, scanner: Scanner) -> None:
    repo.write("deep/b.py", code("between"))
    broken = repo.commit()
    repo.write("deep/b.py", code("after"))
    repo.commit()
    edit = repo.accept(1, "c.py", code("two"))
    repo.commit()
    forget(repo, f"{broken}:deep")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.commits[broken].added is None


def test_a_missing_commit_ends_the_list_and_not_the_scan(repo: Making, scanner: Scanner) -> None:
    gone = repo.commit()
    repo.commit("Cannot be placed")
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    forget(repo, gone)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.steps[-1].state == "partial"


@pytest.mark.parametrize("between", [0, 2])
def test_many_missing_contents_are_passed_over_at_once(
    repo: Making, scanner: Scanner, between: int
) -> None:
    broken = []
    for n in range(24):
        repo.write(f"gone{n}.py", code(f"gone{n}"))
        broken.append(repo.commit())
        for m in range(between if n > 20 else 0):
            repo.write(f"kept{n}{m}.py", code(f"kept{n}{m}"))
            repo.commit()
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    for n, oid in enumerate(broken):
        forget(repo, f"{oid}:gone{n}.py")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert [outcome.commits[oid].added for oid in broken] == [0] * 20 + [None] * 4


def test_a_partial_clone_fetches_nothing(repo: Making, scanner: Scanner, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    url = f"file://{repo.folder}"
    repo.git("clone", "-q", "--bare", "--filter=blob:none", url, str(tmp_path / "partial"))
    partial = tmp_path / "partial"
    before = sorted(file.name for file in (partial / "objects").rglob("*"))
    place, facts = scanner.facts(partial)
    repo.folder = partial

    outcome = scanner.scan(repo)

    assert (facts.state, facts.reason) == ("partial", "missing_objects")
    assert place.root is None
    assert [c.added for c in outcome.commits.values()] == [0, 0]
    assert sorted(file.name for file in (partial / "objects").rglob("*")) == before


def test_a_branch_that_points_at_nothing_is_passed_over(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    gone = repo.commit("Gone")
    repo.git("checkout", "-q", "main")
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    forget(repo, gone)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert gone not in outcome.steps[-1].tips

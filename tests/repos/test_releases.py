"""When landings were first part of a release."""

from __future__ import annotations

import pytest

from tests.repos.making import DAY, Making, Scanner, code
from tokenmirror.repos import releases


def released(repo: Making, scanner: Scanner) -> dict[str, int]:
    """Days from the repository's beginning to each landing's release, by subject."""
    place, facts = scanner.facts(repo.folder)
    rows = [
        line.split(" ", 2)
        for line in repo.git(
            "log", "--first-parent", "--reverse", "--format=%H %ct %s", "main"
        ).split("\n")
    ]
    chain = [(oid, int(seconds) * 1000) for oid, seconds, _ in rows]
    found = releases.released(scanner.git, place, facts, chain)
    return {name: (found[oid] - chain[0][1]) // DAY for oid, _, name in rows if oid in found}


def landing(repo: Making, name: str) -> None:
    repo.append("a.py", code(name))
    repo.commit(name)
    repo.later(DAY)


@pytest.fixture
def repo(repo: Making) -> Making:
    for name in ("one", "two", "three"):
        landing(repo, name)
    return repo


def test_an_annotated_tag_has_a_time_of_its_own(repo: Making, scanner: Scanner) -> None:
    repo.later(10 * DAY)
    repo.git("tag", "-a", "-m", "first", "v1.0", "main~1")

    assert released(repo, scanner) == {"Begin": 13, "one": 13, "two": 13}


def test_a_light_tag_has_the_time_of_its_commit(repo: Making, scanner: Scanner) -> None:
    repo.later(10 * DAY)
    repo.git("tag", "1.0", "main~1")

    assert released(repo, scanner) == {"Begin": 1, "one": 1, "two": 1}


def test_the_first_release_counts(repo: Making, scanner: Scanner) -> None:
    repo.git("tag", "-a", "-m", "first", "v1", "main~2")
    repo.later(5 * DAY)
    repo.git("tag", "-a", "-m", "second", "v2", "main")
    repo.git("tag", "-a", "-m", "again", "v1.1", "v1")

    assert released(repo, scanner) == {"Begin": 3, "one": 3, "two": 8, "three": 8}


def test_a_tag_on_a_release_branch_holds_what_the_branch_had(
    repo: Making, scanner: Scanner
) -> None:
    repo.git("checkout", "-q", "-b", "release", "main~1")
    repo.append("b.py", code("fix"))
    repo.commit("fix")
    repo.git("tag", "-a", "-m", "first", "v1")
    repo.git("checkout", "-q", "main")

    assert released(repo, scanner) == {"Begin": 3, "one": 3, "two": 3}


@pytest.mark.parametrize("name", ["nightly", "x1.0", "releases"])
def test_other_tags_are_no_releases(repo: Making, scanner: Scanner, name: str) -> None:
    repo.git("tag", name)

    assert released(repo, scanner) == {}


def test_a_tag_of_a_tag_and_of_a_file_are_no_error(repo: Making, scanner: Scanner) -> None:
    repo.git("tag", "-a", "-m", "x", "0-file", "HEAD:a.py")
    repo.git("tag", "-a", "-m", "x", "inner", "main~3")
    repo.git("tag", "-a", "-m", "x", "v1", "inner")

    assert released(repo, scanner) == {"Begin": 3}


def test_a_new_tag_changes_the_digest(repo: Making, scanner: Scanner) -> None:
    before = scanner.facts(repo.folder)[1]
    repo.git("tag", "v1")
    after = scanner.facts(repo.folder)[1]

    assert before.refs_digest != after.refs_digest
    assert before.refs == after.refs

"""In whatever order edits and commits become known, the archive ends up the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.repos.archived import Archived
from tests.repos.making import COLLEAGUE, DAY, HOUR, MINUTE, Making, code
from tests.repos.styles import PYTHON, a_block, touched_up
from tokenmirror.store import snapshots

FILES = ("src/a.py", "src/b.py", "lib/c.py", "lib/d.py")
FOLLOWS = (
    "select g.log_key, f.path, f.landed, f.shipped, f.exact, f.shipped_exact, f.spent, f.gone{}"
    " from follows f join suggestions g on g.id = f.suggestion_id order by 1"
)
BIRTH = "b.number, b.path, {} from {} x join births b on b.id = x.birth_id"
TABLES = (
    "select oid, mine, on_chain, mono_ms, landed_oid, landed_how, added, proof_lines"
    " from commits order by 1",
    "select c.oid, s.key, g.log_key, k.path, k.evidence, k.lines, k.proof_lines, k.removed_lines,"
    " k.copied"
    " from claims k join commits c on c.id = k.commit_id join sessions s on s.id = k.session_id"
    " left join suggestions g on g.id = k.suggestion_id order by 1, 2, 3, 4, 5",
    "select c.oid, s.key, l.how, l.ships from links l join commits c on c.id = l.commit_id"
    " join sessions s on s.id = l.session_id order by 1, 2",
    "select c.oid, g.log_key, f.exact, f.moved, f.close, f.gone from findings f"
    " join commits c on c.id = f.commit_id join suggestions g on g.id = f.suggestion_id"
    " order by 1, 2",
    "select b.number, c.oid, b.path, g.log_key, b.mine, b.lines, b.proof_lines, b.born_ms"
    " from births b join commits c on c.id = b.commit_id"
    " left join suggestions g on g.id = b.suggestion_id order by 1",
    "select b.number, d.at_ms, d.until_ms, d.lines, d.cause, c.oid, d.killer from deaths d"
    " join births b on b.id = d.birth_id join commits c on c.id = d.commit_id"
    " order by 1, 2, 5, 7, 3, 4",
    "select b.number, z.at_ms, z.lines from censored z join births b on b.id = z.birth_id"
    " order by 1, 2",
    "select c.oid, k.oid, at_ms, how, share, undone_ms from reversals r"
    " join commits c on c.id = r.commit_id join commits k on k.id = r.by_commit_id order by 1, 2",
    "select path, labels from track_files order by path",
    "select c.oid, at_ms, length(lines) from graves g join commits c on c.id = g.commit_id"
    " order by 1",
    "select chain_tip, chain_ms, renames, state from repos",
)


def tables(archived: Archived, *, dates: bool = True) -> dict[str, list[tuple[object, ...]]]:
    """All that was matched, by names that do not depend on the order of reading."""
    queries = [*TABLES, FOLLOWS.format(", f.landed_ms, f.shipped_ms" if dates else "")]
    return {query: archived.rows(query) for query in queries}


def a_history(folder: Path, seed: int, commits: int = 16) -> Making:
    """Sessions, hands and a colleague on branches that are merged, squashed, picked or left."""
    rng = random.Random(seed)
    repo = Making(folder)
    for path in FILES:
        repo.append(path, a_block(rng, PYTHON))
    repo.commit("Base", COLLEAGUE)
    for number in range(commits):
        on_topic = rng.random() < 0.4
        if on_topic:
            repo.git("checkout", "-q", "-b", f"topic{number}")
        for _ in range(rng.randint(1, 2)):
            _write(repo, rng, number)
            repo.commit(f"{number}", COLLEAGUE if not on_topic and rng.random() < 0.3 else None)
            repo.later(rng.choice([MINUTE, HOUR, DAY]))
        if on_topic:
            repo.git("checkout", "-q", "main")
            _bring_in(repo, rng, number)
        elif rng.random() < 0.2:
            repo.git("revert", "--no-edit", "HEAD")
            repo.later(HOUR)
    return repo


def _write(repo: Making, rng: random.Random, number: int) -> None:
    for path in rng.sample(FILES, rng.randint(1, 2)):
        proposed = a_block(rng, PYTHON)
        kept = [touched_up(rng, line) if rng.random() < 0.1 else line for line in proposed]
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


def _bring_in(repo: Making, rng: random.Random, number: int) -> None:
    way = rng.choice(["merge", "squash", "theirs", "pick", "stay"])
    branch = f"topic{number}"
    if way == "merge":
        repo.git("merge", "-q", "--no-ff", "-X", "ours", branch)
    elif way in ("squash", "theirs"):
        repo.git("merge", "-q", "--squash", "-X", "ours", branch)
        repo.commit(f"Squash {number}", COLLEAGUE if way == "theirs" else None)
    elif way == "pick":
        repo.git("cherry-pick", "-X", "ours", "--allow-empty", f"main..{branch}")


def at_once(repo: Making, folder: Path, *, dates: bool = True) -> dict[str, object]:
    """What one reading of everything gives."""
    archived = Archived(repo, folder)
    archived.read()
    return dict(tables(archived, dates=dates))


def a_repository(folder: Path, seed: int) -> Making:
    repo = a_history(folder, seed)
    repo.git("checkout", "-q", "--detach")  # branches may then be set at will
    return repo


def refs(repo: Making) -> dict[str, str]:
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")
    return dict(line.split() for line in lines.splitlines())


def show(repo: Making, seen: dict[str, str]) -> None:
    """Leave only these branches."""
    for name in refs(repo).keys() - seen.keys():
        repo.git("update-ref", "-d", name)
    for name, oid in seen.items():
        repo.git("update-ref", name, oid)


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(30) if seed != 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_edits_may_come_in_any_order(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 3)
    repo, rng = a_repository(tmp_path / "made", seed), random.Random(seed)
    part = {number: rng.randrange(3) for number in range(len(repo.edits))}
    archived = Archived(repo, tmp_path / "data", [n for n, p in part.items() if p == 0])
    archived.read()
    for turn in (1, 2):
        archived.tell([number for number, p in part.items() if p == turn])
        archived.read()

    assert tables(archived) == at_once(repo, tmp_path / "once")


@pytest.mark.parametrize("seed", SEEDS)
def test_another_tools_sessions_may_come_late(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 4)
    repo = a_repository(tmp_path / "made", seed)
    early = [number for number, edit in enumerate(repo.edits) if edit.session % 3]
    archived = Archived(repo, tmp_path / "data", early)
    archived.read()
    archived.tell(set(range(len(repo.edits))) - set(early))
    archived.read()

    assert tables(archived) == at_once(repo, tmp_path / "once")


@pytest.mark.parametrize("seed", SEEDS)
def test_branches_and_edits_may_come_in_any_order(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Main as it grew; each branch at once, before its squash, or long after it."""
    monkeypatch.setattr(snapshots, "EVERY", 2)
    repo, rng = a_repository(tmp_path / "made", seed), random.Random(seed)
    last = refs(repo)
    chain = repo.git("rev-list", "--first-parent", "--reverse", "main").split()
    turns = sorted(rng.sample(range(1, len(chain)), 3))
    told = {number: rng.randrange(4) for number in range(len(repo.edits))}
    archived = Archived(repo, tmp_path / "data", [])
    for turn, at in enumerate(turns):
        branches = {name: oid for name, oid in last.items() if rng.random() < 0.4}
        show(repo, branches | {"refs/heads/main": chain[at]})
        archived.tell([number for number, when in told.items() if when == turn])
        archived.read()
    show(repo, last)
    archived.tell([number for number, when in told.items() if when == 3])
    archived.read()

    assert tables(archived) == at_once(repo, tmp_path / "once")


@pytest.mark.parametrize("seed", SEEDS)
def test_main_may_be_another_branch_before(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was called main is forgotten once it is pushed over; first dates stay."""
    monkeypatch.setattr(snapshots, "EVERY", 2)
    repo, rng = a_repository(tmp_path / "made", seed), random.Random(seed)
    last = refs(repo)
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    for name in rng.sample(sorted(last), min(3, len(last))):
        show(repo, last | {"refs/heads/main": last[name]})
        archived.read()
    show(repo, last)
    archived.read()

    assert tables(archived, dates=False) == at_once(repo, tmp_path / "once", dates=False)


def test_an_edit_that_comes_late_is_not_paid_with_the_whole_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 1)
    monkeypatch.setattr("tokenmirror.repos.scan.STEP_COMMITS", 5)
    repo = Making(tmp_path / "made")
    for number in range(60):
        repo.accept(number, f"f{number}.py", code(f"t{number}"))
        repo.commit()
        repo.later(DAY)
    archived = Archived(repo, tmp_path / "data", set(range(60)) - {52})
    archived.read()
    archived.tell([52])

    again = archived.read()

    assert again.repositories[0].commits_read < 30
    assert tables(archived) == at_once(repo, tmp_path / "once")


def test_a_squash_of_a_branch_thrown_away_stays_shipped_when_all_is_read_again(
    tmp_path: Path,
) -> None:
    """What only a commit of no branch tells is read again from there."""
    repo = Making(tmp_path / "made")
    repo.append("a.py", code("base"))
    repo.commit("Base")
    repo.git("checkout", "-q", "-b", "topic")
    repo.accept(1, "b.py", code("one"))
    repo.commit()
    repo.git("checkout", "-q", "main")
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    repo.git("merge", "-q", "--squash", "topic")
    landing = repo.commit("Squashed", COLLEAGUE)
    repo.git("branch", "-q", "-D", "topic")
    archived.read()
    repo.later(-30 * DAY)
    repo.note(2, "c.py", code("earlier"))
    archived.tell([1])

    archived.read()

    linked = archived.rows("select c.oid from links l join commits c on c.id = l.commit_id")
    assert (landing,) in linked

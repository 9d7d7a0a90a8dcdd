"""Readings that tell anew only what moved end up where telling everything anew does."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.repos.archived import Archived
from tests.repos.making import DAY, Making, code
from tests.repos.test_late import a_repository, refs, show
from tokenmirror.ingest.relate import Relater
from tokenmirror.store import derived, facts, landed, snapshots
from tokenmirror.store.derived import ProposalRow

MADE = (
    "proposals", "proposal_suggestions", "change_slots", "deliveries",
    "delivery_commits", "tasks", "task_sessions", "task_deliveries", "landed_sums", "origins",
)  # fmt: skip
PROPOSED = (
    "select session_id, turn_key, path, at_ms, decision, how, unattended, followed, excluded,"
    " proposed, chosen, allowed, applied, undecided, rejected, landed, shipped, landed_ms,"
    " shipped_ms, living, landed_exact, shipped_exact, noted, language, (select"
    "  group_concat(ps.suggestion_id) from proposal_suggestions ps where ps.proposal_id = p.id)"
    " from proposals p order by session_id, path, at_ms"
)
TOLD = (
    PROPOSED,
    "select * from change_slots order by 1, 2, 3, 4",
    "select * from session_sums order by 1",
    "select key, repo_id, at_ms, landed_ms, commits, added, removed, ai, ai_lines from deliveries"
    " order by 1",
    "select dc.commit_id, d.key from delivery_commits dc join deliveries d on d.id = dc.delivery_id"
    " order by 1",
    "select key, title, title_from, project_id, source, began_ms, ended_ms, outcome, why, stated,"
    " unattended, own_prompts, intended, proposed, accepted, landed, shipped, landed_ms,"
    " shipped_ms, hidden, rules_version from tasks order by 1",
    "select ts.session_id, t.key from task_sessions ts join tasks t on t.id = ts.task_id"
    " order by 1",
    "select t.key, d.key from task_deliveries td join tasks t on t.id = td.task_id"
    " join deliveries d on d.id = td.delivery_id order by 1, 2",
    "select count(*), count(distinct delivery_id) from task_deliveries",
    "select * from landed_sums order by commit_id, session_id, mine, born_ms",
)
SEEDS = [2, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(20) if seed != 2)]


def told(archived: Archived) -> dict[str, list[tuple[object, ...]]]:
    return {query: archived.rows(query) for query in TOLD}


def anew(archived: Archived, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a reading of the same makes where nothing was told before."""
    shutil.copytree(archived.folder, folder)
    other = Archived(archived.making, folder, [])
    with sqlite3.connect(other.places.database) as db:
        for table in MADE:
            db.execute(f"delete from {table}")
        landed.refresh(db, facts.repositories(db))
    db.close()
    other.read()
    return told(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_telling_what_moved_is_telling_everything(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits that come late, branches that come and go, a main line that is another before."""
    monkeypatch.setattr(snapshots, "EVERY", 2)
    repo, rng = a_repository(tmp_path / "made", seed), random.Random(seed)
    last = refs(repo)
    chain = repo.git("rev-list", "--first-parent", "--reverse", "main").split()
    mains = [chain[at] for at in sorted(rng.sample(range(1, len(chain)), 3))]
    mains.insert(rng.randrange(3), last[rng.choice(sorted(last))])
    when = {number: rng.randrange(4) for number in range(len(repo.edits))}
    archived = Archived(repo, tmp_path / "data", [])
    for turn, main in enumerate(mains):
        branches = {name: oid for name, oid in last.items() if rng.random() < 0.5}
        show(repo, branches | {"refs/heads/main": main})
        archived.tell([number for number, its_turn in when.items() if its_turn == turn])
        archived.read()
        assert told(archived) == anew(archived, tmp_path / f"anew{turn}")
    assert archived.rows("select sum(shipped), sum(living) from proposals") > [(0, 0)]


@pytest.fixture
def two(tmp_path: Path) -> Archived:
    """Two sessions in one repository, each with a file of its own; one has landed."""
    repo = Making(tmp_path / "made")
    repo.accept(1, "a.py", code("one"))
    repo.commit("One")
    repo.later(DAY)
    repo.accept(2, "b.py", code("two"))
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    return archived


def test_only_changes_whose_lines_fared_otherwise_are_made_again(
    two: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ProposalRow] = []
    plain = derived.write_proposals

    def noted(db: sqlite3.Connection, sessions: list[int], rows: list[ProposalRow]) -> None:
        made.extend(rows)
        plain(db, sessions, rows)

    monkeypatch.setattr(derived, "write_proposals", noted)
    two.making.commit("Two")
    two.read()

    assert [Path(row.proposal.path).name for row in made] == ["b.py"]
    assert two.rows("select landed > 0 from proposals") == [(1,), (1,)]


def test_only_landings_whose_lines_fared_otherwise_are_put_together_again(
    two: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    plain = landed.refresh_some

    def noted(db: sqlite3.Connection, commits: set[int]) -> None:
        asked.append(set(commits))
        plain(db, asked[-1])

    monkeypatch.setattr(landed, "refresh_some", noted)
    one, second = two.making.head(), two.making.commit("Two")
    two.read()
    two.making.write("a.py", code("one")[2:])
    two.making.commit("Three")
    two.read()

    rows = dict(two.rows("select oid, id from commits"))
    assert asked == [{rows[second]}, {rows[one]}]
    assert two.rows("select count(*) from landed_sums where ends <> '[]'") == [(1,)]


def test_what_a_reading_cut_short_left_untold_is_told_by_the_next(
    two: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.making.commit("Two")

    def broken(*_all: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Relater, "run", broken)
        with pytest.raises(KeyboardInterrupt):
            two.read()
    two.making.append("c.py", code("by hand"))
    two.making.commit("Three")
    two.read()

    assert two.rows("select landed > 0 from proposals") == [(1,), (1,)]
    assert two.rows("select count(*) from landed_sums") == [(3,)]
    assert two.rows("select related from repos") == [(1,)]

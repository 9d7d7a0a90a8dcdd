"""From accepted edits to landings, over throw-away repositories."""

from __future__ import annotations

import subprocess

import pytest

from tests.repos.making import (
    COLLEAGUE,
    DAY,
    HOUR,
    ME,
    MINUTE,
    Making,
    Scanner,
    code,
    followed,
    known_after,
)


def on_topic(repo: Making, *parts: list[str]) -> list[str]:
    """Session 1 adds parts to a.py, each committed on a branch; main moves on meanwhile."""
    repo.git("checkout", "-q", "-b", "topic")
    oids = []
    for number, lines in enumerate(parts):
        repo.accept(1, "a.py", lines)
        oids.append(repo.commit(f"Add part {number}"))
    repo.git("checkout", "-q", "main")
    repo.append("other.py", code("other"))
    repo.commit("Meanwhile", COLLEAGUE)
    return oids


def test_a_direct_commit_ships(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.shipped(1)
    assert outcome.commits[oid].mine
    assert outcome.commits[oid].added == 8
    assert outcome.commits[oid].proof_lines == 7


def test_a_line_keeps_its_first_landing_date(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.git("checkout", "-q", "-b", "topic")
    first = repo.commit()
    repo.later(DAY)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "topic")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).landed_ms == outcome.commits[first].authored_ms
    assert followed(pool, edit).shipped_ms == outcome.commits[repo.head()].committed_ms


@pytest.mark.parametrize("way", ["merge", "squash", "fixed squash", "rebase", "pick", "forward"])
def test_every_way_of_merging_ships(repo: Making, scanner: Scanner, way: str) -> None:
    oids = on_topic(repo, code("one"), code("two"))
    repo.later(HOUR)
    expected = merge(repo, way, oids)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert outcome.shipped(1)
    assert all(followed(pool, edit).shipped_lines >= 7 for edit in repo.edits)
    assert [outcome.how(oid) for oid in oids] == expected


def merge(repo: Making, way: str, oids: list[str]) -> list[str]:
    """Bring the branch in; gives how each of its commits is found again."""
    if way == "merge":
        repo.git("merge", "-q", "--no-ff", "topic")
        return ["ancestor", "ancestor"]
    if way == "forward":
        repo.git("reset", "-q", "--hard", "main~1")
        repo.git("merge", "-q", "--ff-only", "topic")
        return ["ancestor", "ancestor"]
    if way == "rebase":
        repo.git("checkout", "-q", "topic")
        repo.git("branch", "kept")
        repo.git("rebase", "-q", "main")
        repo.git("checkout", "-q", "main")
        repo.git("merge", "-q", "--ff-only", "topic")
        return ["patch", "patch"]
    if way == "pick":
        repo.git("cherry-pick", *oids)
        return ["patch", "patch"]
    repo.git("merge", "-q", "--squash", "topic")
    if way == "fixed squash":
        lines = repo.read("a.py")
        lines[9] = "    review_fix = first_one + 1"
        repo.write("a.py", lines)
    repo.commit("Squashed")
    return ["content", "content"]


def test_the_branch_may_be_deleted_after_a_squash(repo: Making, scanner: Scanner) -> None:
    on_topic(repo, code("one"))
    repo.git("merge", "-q", "--squash", "topic")
    repo.commit("Squashed")
    repo.git("branch", "-q", "-D", "topic")

    assert scanner.scan(repo).shipped(1)


def test_an_amended_commit_ships_once(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    repo.append("a.py", ["# typed afterwards, by hand"])
    repo.git("commit", "-q", "-a", "--amend", "--no-edit")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.claimed_lines == 8


def test_lines_never_committed_stay_open(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.git("checkout", "-q", "--", "a.py")
    repo.append("b.py", code("unrelated"))
    repo.commit("Unrelated, in the same minute")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).landed_lines == 0
    assert not outcome.linked(1)


def test_a_stale_branch_is_landed_and_not_shipped(repo: Making, scanner: Scanner) -> None:
    [oid] = on_topic(repo, code("one"))
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, repo.edits[0]).landed_lines == 8
    assert followed(pool, repo.edits[0]).shipped_lines == 0
    assert outcome.linked(1)
    assert not outcome.shipped(1)
    assert outcome.how(oid) is None


def test_a_colleague_who_commits_my_lines_alone_ships_nothing(
    repo: Making, scanner: Scanner
) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit("Hers now", COLLEAGUE)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).landed_lines == 0
    assert not outcome.linked(1)


def test_a_colleague_who_squashes_my_branch_ships_it(repo: Making, scanner: Scanner) -> None:
    [oid] = on_topic(repo, code("one"))
    repo.git("merge", "-q", "--squash", "topic")
    landing = repo.commit("Squashed by Bo", COLLEAGUE)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert outcome.shipped(1)
    assert followed(pool, repo.edits[0]).shipped_lines == 8
    assert not outcome.commits[landing].mine
    assert outcome.landed[oid].landing == landing


def test_a_colleague_ships_before_i_commit_anything(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", code("one"))
    early = repo.commit("Hers first", COLLEAGUE)
    repo.accept(1, "b.py", code("two"))
    repo.commit("Mine later")

    outcome = scanner.scan(repo)

    assert not outcome.links[early]


def test_a_landing_that_names_me_as_co_author_is_mine(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    oid = repo.commit(f"Squash\n\nCo-authored-by: {ME[0]} <{ME[1]}>", COLLEAGUE)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert outcome.commits[oid].mine
    assert followed(pool, edit).shipped_lines == 8


def test_a_refused_edit_typed_by_hand_is_not_the_tools(repo: Making, scanner: Scanner) -> None:
    repo.note(1, "a.py", code("refused"))
    repo.edits.clear()  # a refused edit never enters the pool
    repo.append("a.py", code("refused"))
    oid = repo.commit()

    outcome = scanner.scan(repo)

    assert outcome.commits[oid].added == 8
    assert not outcome.claims[oid]


def test_equal_lines_typed_the_next_day_are_mine_by_hand(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    repo.later(DAY)
    repo.append("a.py", ["# again", *code("one")])
    typed = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert not outcome.claims[typed]


def test_an_edit_of_more_than_a_week_ago_is_not_looked_for(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.later(8 * DAY)
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).landed_lines == 0


def test_a_late_squash_of_a_linked_session_ships(repo: Making, scanner: Scanner) -> None:
    on_topic(repo, code("one"))
    repo.later(30 * DAY)
    repo.git("merge", "-q", "--squash", "topic")
    repo.commit("Squashed a month later")

    assert scanner.scan(repo).shipped(1)


def test_a_written_file_is_claimed_where_git_sees_a_change(repo: Making, scanner: Scanner) -> None:
    whole = [*code("base"), *code("new")]
    repo.write("a.py", whole)
    edit = repo.note(1, "a.py", whole, whole=True)
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped == 0b11111111_00000000


def test_a_session_that_only_deletes_ships(repo: Making, scanner: Scanner) -> None:
    lines = repo.read("a.py")
    repo.write("a.py", lines[:1])
    repo.note(1, "a.py", [], lines[1:])
    oid = repo.commit()

    outcome = scanner.scan(repo)

    assert [(k.how, k.ships) for k in outcome.links[oid]] == [("removals", True)]
    assert [(c.lines, c.removed_lines) for c in outcome.claims[oid]] == [(0, 6)]


def test_one_equal_line_in_a_larger_commit_links_nothing(repo: Making, scanner: Scanner) -> None:
    repo.note(1, "a.py", code("one"))
    repo.append("a.py", [*code("typed"), code("one")[2]])
    oid = repo.commit()

    outcome = scanner.scan(repo)

    assert not outcome.links[oid]
    assert not outcome.claims[oid]


def test_two_lines_link_and_do_not_ship_alone(repo: Making, scanner: Scanner) -> None:
    edit = repo.note(1, "a.py", code("one"))
    repo.append("a.py", [*code("typed"), *code("one")[2:4]])
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert [k.ships for k in outcome.links[oid]] == [False]
    assert [c.proof_lines for c in outcome.claims[oid]] == [2]
    assert followed(pool, edit).shipped_ms == outcome.commits[oid].mono_ms


def test_the_latest_edit_gets_a_line_that_two_sessions_wrote(
    repo: Making, scanner: Scanner
) -> None:
    first = repo.note(1, "a.py", code("one"))
    second = repo.accept(2, "a.py", code("one"))
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, first).landed_lines == 0
    assert followed(pool, second).landed_lines == 8


def test_a_moved_block_is_nobodys_new_line(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    repo.later(HOUR)
    repo.write("a.py", [*code("one"), *code("base")])
    repo.note(2, "a.py", code("one"), code("one"))
    moved = repo.commit("Move")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert not outcome.claims[moved]
    assert outcome.commits[moved].proof_lines == 0


def test_a_renamed_file_keeps_its_edits(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one", 5))
    repo.git("mv", "a.py", "moved.py")
    repo.commit("Rename and edit")
    later = repo.note(1, "a.py", code("two"))
    repo.append("moved.py", code("two"))
    repo.commit("Under its new name")
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 5
    assert followed(pool, later).shipped_lines == 8


def test_line_ends_and_indentation_do_not_matter(repo: Making, scanner: Scanner) -> None:
    edit = repo.note(1, "w.py", code("one"))
    repo.write("w.py", ["\t\t" + line + "\f" for line in code("one")], end="\r\n")
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


@pytest.mark.parametrize(
    "path",
    ["a b.py", 'say "so".py', "two\nlines.py", "tab\there.py", "ünï.py", "back\\slash.py", "-x.py"],
)
def test_odd_names_are_read(repo: Making, scanner: Scanner, path: str) -> None:
    edit = repo.accept(1, f"odd names/{path}", code("one"))
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_name_that_is_no_text_can_be_stored(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "latin-\udce9.py", [*code("one"), "# caf\udce9 au lait"])
    oid = repo.commit()

    outcome = scanner.scan(repo)

    assert [(c.path, c.lines) for c in outcome.claims[oid]] == [("latin-\\xe9.py", 9)]


def test_lines_that_look_like_a_patch_are_lines(repo: Making, scanner: Scanner) -> None:
    odd = ["-- drop_everything();", "++ a/b.py is not a name", "@@ -1 +1 @@ not a hunk", "\\ No"]
    odd += ["diff --git a/x b/x", "rename to elsewhere.py"]
    repo.append("odd.sql", odd)
    repo.commit()
    repo.write("odd.sql", code("after"))
    edit = repo.note(1, "odd.sql", code("after"), odd)
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.commits[oid].removed == 6


def test_files_that_count_nowhere_are_left_out(repo: Making, scanner: Scanner) -> None:
    for path in ("uv.lock", "web/node_modules/x.js", "x.min.js", "gen/api.py", "mine/z.py"):
        repo.accept(1, path, code("one"))
    repo.write(".gitattributes", ["gen/** linguist-generated"])
    scanner.patterns = ("mine/*",)
    oid = repo.commit()

    outcome = scanner.scan(repo)

    assert outcome.commits[oid].added == 1
    assert not outcome.links[oid]


def test_binary_files_links_and_submodules_have_no_lines(repo: Making, scanner: Scanner) -> None:
    (repo.folder / "picture.data").write_bytes(b"\0\1\2\n" * 50)
    (repo.folder / "large.txt").write_text("a line of words that is long\n" * 40_000)
    (repo.folder / "link.py").symlink_to("a.py")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},sub")
    (repo.folder / "a.py").chmod(0o755)
    oid = repo.commit()

    assert scanner.scan(repo).commits[oid].added == 0


def test_a_huge_commit_takes_no_part(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    for n in range(3):
        repo.write(f"dump{n}.py", [f"value_{n}_{i} = 'abc'" for i in range(20_000)])
    oid = repo.commit()
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert outcome.commits[oid].bulk
    assert outcome.commits[oid].added is None
    assert followed(pool, edit).landed_lines == 0


def test_an_import_alone_proves_nothing(repo: Making, scanner: Scanner) -> None:
    repo.note(1, "a.py", ["import collections", "import functools"])
    repo.append("a.py", ["import collections", "import functools"])
    oid = repo.commit()

    assert not scanner.scan(repo).links[oid]


def test_an_import_counts_beside_proof(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", ["import collections", "", *code("one")])
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 9


def test_an_agents_commit_is_tied_by_its_short_id(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", code("one", 4))
    repo.append("a.py", code("formatted"))  # a change made by the agent's shell
    oid = repo.commit()
    repo.made_by(1, oid[:7])

    outcome = scanner.scan(repo)

    assert [(k.how, k.ships) for k in outcome.links[oid]] == [("agent_made", True)]
    assert {(c.evidence, c.lines) for c in outcome.claims[oid]} == {
        ("exact", 4),
        ("own_commit", 8),
    }


def test_an_agents_commit_amended_away_is_still_tied(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", code("one"))
    oid = repo.commit()
    repo.made_by(1, oid[:10])
    repo.append("a.py", ["# a touch of my own hand"])
    repo.git("commit", "-q", "-a", "--amend", "-m", "Amended")

    outcome = scanner.scan(repo)

    assert not outcome.commits[oid].reachable
    assert outcome.landed[oid].landing == repo.head()
    assert [(k.how, k.ships) for k in outcome.links[repo.head()]] == [("agent_made", True)]


def test_an_agents_commit_makes_its_address_mine(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "a.py", code("one"))
    oid = repo.commit(who=("Ada Byron", "Ada@Work.example"))
    repo.made_by(1, oid[:7])
    repo.append("b.py", code("typed"))
    typed = repo.commit(who=("Ada Byron", "ada@work.example"))

    outcome = scanner.scan(repo)

    assert outcome.steps[0].emails == ("ada@work.example",)
    assert outcome.commits[typed].mine


def test_a_colleagues_commit_picked_by_an_agent_is_not_mine(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "hers")
    repo.append("b.py", code("hers"))
    hers = repo.commit("Hers", COLLEAGUE)
    repo.git("checkout", "-q", "main")
    repo.later(MINUTE)
    repo.git("cherry-pick", hers)
    repo.git("commit", "-q", "--amend", "--no-edit", f"--author={COLLEAGUE[0]} <{COLLEAGUE[1]}>")
    repo.made_by(1, repo.head()[:7])

    outcome = scanner.scan(repo)

    assert outcome.steps[0].emails == ()
    assert not outcome.commits[repo.head()].mine


def test_an_id_of_an_old_commit_in_a_log_ties_nothing(repo: Making, scanner: Scanner) -> None:
    repo.later(3 * DAY)
    repo.made_by(1, repo.head()[:7])

    assert not scanner.scan(repo).linked(1)


def test_a_bots_commit_is_mine_only_through_a_session(repo: Making, scanner: Scanner) -> None:
    bot = ("helper[bot]", "12+helper[bot]@users.noreply.example.org")
    repo.append("b.py", code("botted"))
    alone = repo.commit("By itself", bot)
    repo.accept(1, "a.py", code("one"))
    tied = repo.commit("For me", bot)
    repo.made_by(1, tied[:7])

    outcome = scanner.scan(repo)

    assert not outcome.commits[alone].mine
    assert outcome.commits[tied].mine
    assert outcome.steps[0].emails == ()


def test_an_assistant_named_in_a_message_is_a_hint_only(repo: Making, scanner: Scanner) -> None:
    repo.append("a.py", code("typed"))
    oid = repo.commit("Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>")

    outcome = scanner.scan(repo)

    assert outcome.commits[oid].trailer == "claude-code"
    assert not outcome.claims[oid]


def test_the_mailmap_is_applied(repo: Making, scanner: Scanner) -> None:
    repo.write(".mailmap", [f"{ME[0]} <{ME[1]}> <old@home.example>"])
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit(who=("A", "old@home.example"))
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_date_that_cannot_be_is_replaced(repo: Making, scanner: Scanner) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "x", "--date=@86400 +0000")
    early = repo.head()
    repo.git("commit", "-q", "--allow-empty", "-m", "x", f"--date=@{repo.now_ms // 1000 + 200000}")
    late = repo.head()

    commits = scanner.scan(repo).commits

    assert commits[early].placed_ms == commits[early].committed_ms
    assert commits[late].placed_ms == commits[late].committed_ms
    assert commits[early].authored_ms == 86_400_000


def test_landing_times_never_run_backwards(repo: Making, scanner: Scanner) -> None:
    first = repo.commit()
    repo.later(-10 * MINUTE)
    second = repo.commit()

    commits = scanner.scan(repo).commits

    assert commits[second].committed_ms < commits[first].committed_ms
    assert commits[second].mono_ms == commits[first].mono_ms


def test_scanning_on_gives_what_one_scan_gives(repo: Making, scanner: Scanner) -> None:
    stages = [
        lambda: on_topic(repo, code("one"), code("two")),
        lambda: (repo.git("merge", "-q", "--squash", "topic"), repo.commit("Squash", COLLEAGUE)),
        lambda: (repo.accept(2, "a.py", code("three")), repo.git("mv", "a.py", "n.py")),
        lambda: (repo.commit("Renamed"), repo.later(DAY)),
        lambda: (repo.note(2, "a.py", code("five")), repo.append("n.py", code("five"))),
        lambda: repo.commit("Found under its new name"),
        lambda: (repo.append("n.py", code("three")), repo.commit("Typed again")),
        lambda: (repo.accept(2, "n.py", code("four")), repo.commit("More")),
    ]
    parted, follows, linked = None, {}, {}
    for stage in stages:
        stage()
        pool = repo.pool()
        pool.follows, pool.linked = follows, linked
        known = known_after(parted, scanner.since_ms) if parted else None
        parted = scanner.scan(repo, pool, known, before=parted)
    pool = repo.pool()

    at_once = scanner.scan(repo, pool)

    assert parted is not None
    assert parted.tables() == at_once.tables()
    assert follows == pool.follows


def test_scanning_again_reads_nothing_new(repo: Making, scanner: Scanner) -> None:
    on_topic(repo, code("one"))
    outcome = scanner.scan(repo)

    [step] = scanner.scan(repo, known=known_after(outcome, scanner.since_ms)).steps

    assert (step.commits, step.claims, step.links, step.landed, step.touched) == ((),) * 5


def test_a_commit_pushed_later_moves_onto_the_chain(repo: Making, scanner: Scanner) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.accept(1, "a.py", code("one"))
    oid = repo.commit()
    pool = repo.pool()
    outcome = scanner.scan(repo, pool)
    assert not outcome.commits[oid].on_chain
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")

    scanner.scan(repo, pool, known_after(outcome, scanner.since_ms), before=outcome)

    assert outcome.commits[oid].on_chain
    assert outcome.shipped(1)


def test_the_order_of_branches_changes_nothing(repo: Making, scanner: Scanner) -> None:
    for name in ("one", "two", "three"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.accept(1, "a.py", code("same"))
        repo.commit(name)
    first = scanner.scan(repo).tables()
    for old, new in (("one", "z"), ("three", "b")):
        repo.git("branch", "-q", "-m", old, new)

    assert scanner.scan(repo).tables() == first


@pytest.mark.parametrize(("commits", "lines"), [(1, 20_000), (3, 20_000), (50, 5)])
def test_how_landings_are_batched_changes_nothing(
    repo: Making, scanner: Scanner, monkeypatch: pytest.MonkeyPatch, commits: int, lines: int
) -> None:
    for number in range(7):
        repo.accept(1 + number % 2, f"{number % 3}.py", code(f"part {number}"))
        repo.commit(str(number), None if number % 4 else COLLEAGUE)
    at_once = scanner.scan(repo).tables()
    monkeypatch.setattr("tokenmirror.repos.scan.BATCH_COMMITS", commits)
    monkeypatch.setattr("tokenmirror.repos.scan.BATCH_LINES", lines)

    assert scanner.scan(repo).tables() == at_once


def test_a_scan_can_be_stopped_between_commits(repo: Making, scanner: Scanner) -> None:
    for _ in range(5):
        repo.commit()
    calls = iter(range(100))
    scanner.stopped = lambda: next(calls) > 3

    [step] = scanner.scan(repo).steps

    assert len(step.commits) == 3
    assert step.chain_tip == step.commits[-1].oid


def test_a_stopped_scan_goes_on_where_it_ended(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    for topic in ("one", "two", "three"):
        repo.accept(1, "a.py", code(topic))
        repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--squash", "topic")
    repo.commit()
    at_once = scanner.scan(repo).tables()
    pool = repo.pool()
    outcome = None
    for limit in (3, 3, 3, 100):
        calls = iter(range(limit))
        scanner.stopped = lambda calls=calls: next(calls, None) is None
        known = known_after(outcome, scanner.since_ms) if outcome else None
        outcome = scanner.scan(repo, pool, known, before=outcome)

    assert outcome is not None
    assert outcome.tables() == at_once


def test_many_commits_come_in_steps_of_two_hundred(repo: Making, scanner: Scanner) -> None:
    stream = "".join(
        f"commit refs/heads/many\ncommitter {ME[0]} <{ME[1]}> {repo.now_ms // 1000 + n} +0000\n"
        f"data 1\nx\n" + ("from refs/heads/main\n" if not n else "")
        for n in range(450)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.folder, input=stream.encode())

    steps = scanner.scan(repo).steps

    assert [len(step.commits) for step in steps] == [200, 200, 50, 1]
    assert [bool(step.tips) for step in steps] == [False, False, True, True]


def test_a_commit_of_mine_that_only_removes_is_found_in_a_squash(
    repo: Making, scanner: Scanner
) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("a.py", repo.read("a.py")[:3])
    oid = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.append("b.py", code("other"))
    repo.git("merge", "-q", "--squash", "topic")
    landing = repo.commit("Squashed", COLLEAGUE)

    assert scanner.scan(repo).landed[oid].landing == landing


def test_small_later_work_on_a_branch_is_not_taken_for_landed(
    repo: Making, scanner: Scanner
) -> None:
    oids = on_topic(repo, code("one"), code("two"))
    repo.git("cherry-pick", oids[0])

    outcome = scanner.scan(repo)

    assert [outcome.how(oid) for oid in oids] == ["patch", None]


def test_a_branch_merged_after_months_ships_its_lines(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    edit = repo.accept(1, "b.py", code("one"))
    repo.commit()
    dropped = repo.accept(1, "c.py", code("two"))
    repo.commit()
    repo.git("rm", "-q", "c.py")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.later(100 * DAY)
    repo.git("merge", "-q", "--no-ff", "topic")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert followed(pool, dropped).shipped_lines == 0
    assert outcome.shipped(1)


def test_a_late_merge_ships_its_lines_in_a_later_scan_too(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    edit = repo.accept(1, "b.py", code("one"))
    repo.commit()
    repo.git("checkout", "-q", "main")
    pool = repo.pool()
    before = scanner.scan(repo, pool)
    repo.later(100 * DAY)
    repo.git("merge", "-q", "--no-ff", "topic")

    scanner.scan(repo, pool, known_after(before, scanner.since_ms), before=before)

    assert followed(pool, edit).shipped_lines == 8
    assert before.shipped(1)


def test_lines_removed_once_are_removed_once(repo: Making, scanner: Scanner) -> None:
    lines = repo.read("a.py")
    repo.write("a.py", lines[:1])
    edit = repo.note(1, "a.py", [], lines[1:])
    repo.commit()
    repo.write("a.py", lines)
    repo.commit("Back again")
    repo.write("a.py", lines[:1])
    again = repo.commit("Removed again, by hand")
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert not outcome.links[again]
    assert followed(pool, edit).gone == 0b111111

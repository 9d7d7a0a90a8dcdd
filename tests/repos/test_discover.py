"""Where repositories lie, and what is said of them before their history is read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.repos.making import COLLEAGUE, ME, Making, Scanner, code, followed
from tokenmirror.repos.discover import relative, repository_of
from tokenmirror.repos.nouns import Place


def test_a_repository_is_found_from_below(repo: Making) -> None:
    (repo.folder / "deep/er").mkdir(parents=True)

    found = repository_of(repo.folder / "deep/er")

    assert found == Place((repo.folder / ".git").resolve(), repo.folder)


def test_no_repository_is_none(tmp_path: Path) -> None:
    assert repository_of(tmp_path) is None
    assert repository_of(tmp_path / "not there") is None
    assert repository_of(Path("relative")) is None
    assert repository_of(Path("/with\0nul")) is None


def test_an_empty_git_folder_is_passed_over(repo: Making) -> None:
    (repo.folder / "inner/.git").mkdir(parents=True)

    found = repository_of(repo.folder / "inner")

    assert found is not None
    assert found.root == repo.folder


def test_a_worktree_belongs_to_its_repository(repo: Making, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "topic")

    found = repository_of(tmp_path / "tree")

    assert found == Place((repo.folder / ".git").resolve(), tmp_path / "tree")


def test_all_working_trees_are_named_deleted_ones_too(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "topic")
    shutil.rmtree(tmp_path / "tree")

    _, facts = scanner.facts(repo.folder)

    assert facts.roots == (repo.folder, tmp_path / "tree")


def test_an_edit_in_a_deleted_worktree_ships(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree), "-b", "topic")
    edit = repo.note(1, "b.py", code("one"))
    (tree / "b.py").write_text("\n".join(code("one")) + "\n")
    repo.git("-C", str(tree), "add", "-A")
    repo.git("-C", str(tree), "commit", "-q", "-m", "From a worktree")
    repo.git("worktree", "remove", str(tree))
    repo.git("merge", "-q", "--ff-only", "topic")
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_detached_head_is_read(repo: Making, scanner: Scanner) -> None:
    repo.git("checkout", "-q", "--detach")
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).landed_lines == 8
    assert followed(pool, edit).shipped_lines == 0


def test_a_submodule_is_a_repository_of_its_own(repo: Making, tmp_path: Path) -> None:
    inner = Making(tmp_path / "inner")
    inner.commit()
    add = ("submodule", "--quiet", "add", str(inner.folder), "sub")
    repo.git("-c", "protocol.file.allow=always", *add)

    found = repository_of(repo.folder / "sub")

    assert found == Place((repo.folder / ".git/modules/sub").resolve(), repo.folder / "sub")


def test_a_submodules_facts_survive_its_folder(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    inner = Making(tmp_path / "inner")
    inner.commit()
    add = ("submodule", "--quiet", "add", str(inner.folder), "sub")
    repo.git("-c", "protocol.file.allow=always", *add)
    place, facts = scanner.facts(repo.folder / "sub")
    assert facts.state == "ok"
    assert facts.roots == (repo.folder / "sub",)
    shutil.rmtree(repo.folder / "sub")

    from tokenmirror.repos import discover

    assert discover.facts(scanner.git, place).refs == facts.refs


@pytest.mark.parametrize(
    "content",
    ["gitdir: /nowhere/at/all\n", "gitdir: ../..\n", "nonsense", "", "gitdir: //host/share/x\n"],
)
def test_a_git_file_that_points_elsewhere_is_no_repository(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd/.git").write_text(content)

    assert repository_of(tmp_path / "odd") is None


def test_a_git_file_that_is_a_pipe_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    os.mkfifo(tmp_path / "odd/.git")

    assert repository_of(tmp_path / "odd") is None


def test_a_bare_repository_has_no_root(tmp_path: Path, scanner: Scanner) -> None:
    bare = Making(tmp_path / "bare.git", "--bare")

    place, facts = scanner.facts(bare.folder)

    assert place == Place(bare.folder, None)
    assert (facts.state, facts.reason) == ("empty", "no_commits")


def test_an_empty_repository_says_so_and_reads_nothing(tmp_path: Path, scanner: Scanner) -> None:
    empty = Making(tmp_path / "empty")

    _, facts = scanner.facts(empty.folder)

    assert (facts.state, facts.reason, facts.landing_ref) == ("empty", "no_commits", None)
    assert scanner.scan(empty).steps == []


def test_a_repository_deleted_since_is_missing(repo: Making, scanner: Scanner) -> None:
    from tokenmirror.repos import discover

    place, _ = scanner.facts(repo.folder)
    shutil.rmtree(repo.folder)

    assert discover.facts(scanner.git, place).state == "missing"


def test_a_damaged_repository_is_unreadable(repo: Making, scanner: Scanner) -> None:
    (repo.folder / ".git/config").write_text("[core\nbroken")

    _, facts = scanner.facts(repo.folder)

    assert (facts.state, facts.reason) == ("unreadable", "damaged")


def test_a_damaged_repository_inside_another_is_not_taken_for_it(
    repo: Making, scanner: Scanner
) -> None:
    inner = repo.folder / "inner/.git"
    (inner / "objects").mkdir(parents=True)
    (inner / "HEAD").write_text("nonsense")

    _, facts = scanner.facts(repo.folder / "inner")

    assert facts.state == "unreadable"


def refs(repo: Making, *names: str) -> None:
    for name in names:
        repo.git("update-ref", name, "HEAD")


@pytest.mark.parametrize(
    ("names", "head", "expected"),
    [
        ((), "", ("refs/heads/main", "local_name")),
        (("refs/remotes/origin/main",), "", ("refs/remotes/origin/main", "remote_name")),
        (
            ("refs/remotes/origin/main", "refs/remotes/upstream/trunk"),
            "",
            ("refs/remotes/upstream/trunk", "remote_name"),
        ),
        (
            ("refs/remotes/origin/main", "refs/remotes/origin/next"),
            "next",
            ("refs/remotes/origin/next", "remote_head"),
        ),
        (("refs/remotes/fork/develop",), "", ("refs/remotes/fork/develop", "remote_name")),
        (("refs/remotes/origin/topic",), "", (None, None)),
    ],
)
def test_the_main_line_is_the_first_that_exists(
    repo: Making,
    scanner: Scanner,
    names: tuple[str, ...],
    head: str,
    expected: tuple[str | None, str | None],
) -> None:
    refs(repo, *names)
    if head:
        repo.git("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{head}")

    _, facts = scanner.facts(repo.folder)

    assert (facts.landing_ref, facts.landing_from) == expected


def test_the_remote_that_main_follows_comes_first(repo: Making, scanner: Scanner) -> None:
    refs(repo, "refs/remotes/origin/main", "refs/remotes/team/main")
    repo.git("config", "branch.main.remote", "team")
    repo.git("config", "branch.main.merge", "refs/heads/main")
    repo.git("config", "remote.team.url", "nowhere")
    repo.git("config", "remote.team.fetch", "+refs/heads/*:refs/remotes/team/*")

    _, facts = scanner.facts(repo.folder)

    assert facts.landing_ref == "refs/remotes/team/main"


def test_the_persons_choice_comes_first_while_it_exists(repo: Making, scanner: Scanner) -> None:
    refs(repo, "refs/heads/release")

    _, chosen = scanner.facts(repo.folder, "refs/heads/release")
    _, gone = scanner.facts(repo.folder, "refs/heads/deleted")

    assert (chosen.landing_ref, chosen.landing_from) == ("refs/heads/release", "chosen")
    assert gone.landing_from == "local_name"


def test_two_branches_without_a_known_name_are_no_main_line(repo: Making, scanner: Scanner) -> None:
    repo.git("branch", "-q", "-m", "main", "one")
    _, single = scanner.facts(repo.folder)
    refs(repo, "refs/heads/two")
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    pool = repo.pool()

    _, facts = scanner.facts(repo.folder)
    scanner.scan(repo, pool)

    assert single.landing_from == "single"
    assert (facts.state, facts.reason, facts.landing_ref) == ("ok", "no_main_line", None)
    assert followed(pool, edit).landed_lines == 8


def test_the_default_branch_of_the_persons_configuration_counts(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text("[init]\ndefaultBranch = stem\n")
    refs(repo, "refs/heads/stem")

    assert scanner.facts(repo.folder)[1].landing_ref == "refs/heads/stem"


def test_addresses_come_from_the_home_and_the_repository(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    work = f'[includeIf "gitdir:{repo.folder}/"]\npath = work\n'
    (tmp_path / "home/.gitconfig").write_text(f"[user]\nemail = a@home.example\nname = Ada\n{work}")
    (tmp_path / "home/work").write_text("[user]\nemail = a@work.example\n")
    repo.git("config", "user.email", "a@repo.example")

    _, facts = scanner.facts(repo.folder)

    assert facts.emails == ("a@repo.example", "a@work.example", "a@home.example")
    assert facts.names == ("Ada",)


def test_the_digest_changes_when_a_branch_moves(repo: Making, scanner: Scanner) -> None:
    first = scanner.facts(repo.folder)[1].refs_digest
    same = scanner.facts(repo.folder)[1].refs_digest
    repo.commit()
    moved = scanner.facts(repo.folder)[1].refs_digest

    assert first == same != moved


def test_a_shallow_clone_says_so_and_claims_no_whole_tree(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    repo.accept(1, "a.py", code("one"))
    edge = repo.commit(who=COLLEAGUE)
    shallow = Making(tmp_path / "shallow")
    shallow.git("fetch", "-q", "--depth=1", f"file://{repo.folder}", "main:refs/heads/main", "-u")

    _, facts = scanner.facts(shallow.folder)
    outcome = scanner.scan(shallow, repo.pool())

    assert (facts.state, facts.reason) == ("shallow", "cut_history")
    assert outcome.commits[edge].added is None
    assert not outcome.linked(1)


def test_a_repository_with_longer_ids_is_read(tmp_path: Path, scanner: Scanner) -> None:
    longer = Making(tmp_path / "longer", object_format="sha256")
    edit = longer.accept(1, "a.py", code("one"))
    longer.commit()
    pool = longer.pool()

    scanner.scan(longer, pool)

    assert scanner.facts(longer.folder)[1].object_format == "sha256"
    assert followed(pool, edit).shipped_lines == 8


def test_a_folder_with_odd_marks_is_read(tmp_path: Path, scanner: Scanner) -> None:
    odd = Making(tmp_path / 'a:b;"c" d')
    edit = odd.accept(1, "a.py", code("one"))
    odd.commit()
    pool = odd.pool()

    scanner.scan(odd, pool)

    assert followed(pool, edit).shipped_lines == 8


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/a/repo/src/x.py", "src/x.py"),
        ("/home/a/repo/tree/src/x.py", "src/x.py"),
        ("/home/a/repo/./src/../y.py", "y.py"),
        ("/home/a/repository/x.py", None),
        ("/home/a/repo", None),
        ("x.py", None),
    ],
)
def test_a_path_is_taken_from_the_longest_root(path: str, expected: str | None) -> None:
    assert relative(path, ["/home/a/repo", "/home/a/repo/tree/"]) == expected


def test_a_windows_path_is_taken_apart() -> None:
    assert relative("C:\\work\\repo\\src\\x.py", ["C:\\work\\repo"]) == "src/x.py"


def test_me_is_the_author_and_not_the_committer(repo: Making, scanner: Scanner) -> None:
    repo.append("a.py", code("hers"))
    repo.git("add", "-A")
    author = f"--author={COLLEAGUE[0]} <{COLLEAGUE[1]}>"
    repo.git("-c", f"user.email={ME[1]}", "commit", "-q", "-m", "Hers", author)

    assert not scanner.scan(repo).commits[repo.head()].mine

"""Git on repositories that are not ours: nothing of theirs runs, nothing is written."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from tests.repos.making import DAY, Making, Scanner, code, followed
from tokenmirror.errors import UserError
from tokenmirror.paths import git_program
from tokenmirror.repos import discover, git, patches, scan
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.nouns import Place
from tokenmirror.repos.onward import onward

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are shell scripts")


def a_program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with the digest of its bytes and the time of its last change."""
    return {
        str(file.relative_to(folder)): (
            f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.stat().st_mtime_ns}"
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def make_hostile(repo: Making, marker: Path) -> None:
    """Let every program that git may start by configuration leave a mark."""
    evil = str(a_program(marker.parent / "evil", f"echo ran \"$@\" >> '{marker}'; cat"))
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.gitProxy",
        "gpg.program",
        "gpg.ssh.program",
        "diff.external",
        "diff.odd.textconv",
        "diff.odd.command",
        "filter.odd.smudge",
        "filter.odd.clean",
        "filter.odd.process",
        "pager.log",
        "interactive.diffFilter",
        "credential.helper",
        "uploadpack.packObjectsHook",
        "remote.origin.uploadpack",
        "alias.log",
        "alias.for-each-ref",
        "trailer.odd.command",
    ):
        repo.git("config", key, f"!{evil}" if key.startswith("alias") else evil)
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.hooksPath", str(marker.parent / "hooks"))
    repo.git("config", "core.attributesFile", str(marker.parent / "attributes"))
    repo.git("config", "include.path", str(marker.parent / "more"))
    (marker.parent / "attributes").write_text("* diff=odd filter=odd\n")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        a_program(repo.folder / ".git/hooks" / hook, f"echo hook >> '{marker}'")
        a_program(marker.parent / "hooks" / hook, f"echo hook >> '{marker}'")


def test_nothing_of_a_hostile_repository_runs(
    repo: Making, scanner: Scanner, tmp_path: Path
) -> None:
    marker = tmp_path / "evil/marker"
    repo.write(".gitattributes", ["* diff=odd filter=odd"])
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit("Fine\n\nodd: trailer")
    repo.made_by(1, repo.head()[:8])
    marker.parent.mkdir()
    make_hostile(repo, marker)
    before = contents(repo.folder)
    pool = repo.pool()

    outcome = scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8
    assert outcome.commits
    assert not marker.exists()
    assert contents(repo.folder) == before


def test_an_inherited_environment_changes_nothing(
    repo: Making, scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    evil = a_program(tmp_path / "evil", f"echo ran >> '{tmp_path / 'marker'}'")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(evil))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    scanner.git = git.found(git_program(), tmp_path / "reader")

    assert scanner.scan(repo).shipped(1)
    assert not (tmp_path / "marker").exists()
    assert not (tmp_path / "trace").exists()


def test_no_git_is_told_to_the_person(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was not found"):
        git.found(None, tmp_path)
    with pytest.raises(UserError, match="cannot be started"):
        git.found(tmp_path / "git", tmp_path)


@pytest.mark.parametrize(
    ("says", "words"),
    [("git version 2.31.8", "2.31 is too old"), ("hello", "does not answer as git does")],
)
def test_a_git_that_cannot_be_used_is_told(tmp_path: Path, says: str, words: str) -> None:
    fake = a_program(tmp_path / "git", f"echo {says}")

    with pytest.raises(UserError, match=words):
        git.found(fake, tmp_path)


def test_a_repository_of_another_account_is_left_alone(repo: Making, tmp_path: Path) -> None:
    refusal = "fatal: detected dubious ownership in repository at 'x'"
    version = 'case "$*" in *--version*) echo git version 2.47.0; exit;; esac'
    says = f'{version}\necho "{refusal}" >&2; exit 128'
    fake = git.found(a_program(tmp_path / "git", says), tmp_path / "reader")

    facts = discover.facts(fake, Place(repo.folder / ".git", repo.folder))

    assert (facts.state, facts.reason) == ("not_yours", "owner")


def test_our_own_repositories_have_no_remote_and_no_hook(scanner: Scanner, repo: Making) -> None:
    scanner.scan(repo)

    own = scanner.git.reader_dir / "sha1"

    assert sorted(file.name for file in own.iterdir()) == ["HEAD", "config", "objects", "refs"]
    assert "remote" not in (own / "config").read_text()


def test_a_folder_that_cannot_be_written_is_told(repo: Making, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = git.found(git_program(), tmp_path / "file")

    with pytest.raises(UserError, match="cannot be made"):
        git.reader(blocked, Place(repo.folder / ".git", repo.folder), "sha1")


def test_a_git_that_says_nothing_is_ended(tmp_path: Path) -> None:
    silent = a_program(tmp_path / "git", "exec sleep 600")
    reader = git.Reader(silent, tmp_path, os.environ, idle_seconds=0.05)

    with reader.stream("log") as stream:
        rest = stream.out.read()

    assert (rest, stream.hung) == (b"", True)


def test_a_git_that_hangs_is_not_asked_again(tmp_path: Path) -> None:
    text = f"echo >> '{tmp_path}/starts'; printf '\\0{'a' * 40}\\n\\0{'b' * 40}\\n'; exec sleep 600"
    reader = git.Reader(a_program(tmp_path / "git", text), tmp_path, os.environ, 0.05)

    found = list(patches.patches(reader, ["a" * 40, "b" * 40, "c" * 40], Excluded()))

    assert [patch.files is None for patch in found] == [False, True, True]
    assert (tmp_path / "starts").read_text() == "\n"


def test_leaving_a_stream_ends_its_git(repo: Making, scanner: Scanner) -> None:
    place, facts = scanner.facts(repo.folder)
    reader = git.reader(scanner.git, place, "sha1")

    with reader.stream("cat-file", "--batch-check", "--batch-all-objects") as stream:
        child = stream._child

    assert child.poll() is not None
    assert facts.state == "ok"


def test_only_full_ids_reach_git() -> None:
    with pytest.raises(AssertionError):
        git.ids(["--upload-pack=evil"])


def test_helpers_give_nothing_for_what_cannot_be_read(tmp_path: Path, scanner: Scanner) -> None:
    empty = Making(tmp_path / "empty")
    place, facts = scanner.facts(empty.folder)

    assert scan.attributes(scanner.git, place, facts) == ()
    assert scan.unreachable(scanner.git, place, facts, ["a" * 40]) == (set(), set())


def test_commits_that_no_branch_holds_are_named(repo: Making, scanner: Scanner) -> None:
    gone = repo.commit("Soon amended")
    repo.git("commit", "-q", "--allow-empty", "--amend", "-m", "Amended")
    place, facts = scanner.facts(repo.folder)

    found = scan.unreachable(scanner.git, place, facts, [gone, repo.head(), "a" * 40])

    assert found == ({gone}, {"a" * 40})


def test_the_chain_continues_until_it_is_rewritten(repo: Making, scanner: Scanner) -> None:
    from tests.repos.making import known_after

    repo.commit()
    known = known_after(scanner.scan(repo), scanner.since_ms)
    place, same = scanner.facts(repo.folder)
    repo.commit()
    _, further = scanner.facts(repo.folder)
    repo.git("reset", "-q", "--hard", "HEAD~2")
    _, back = scanner.facts(repo.folder)
    repo.append("b.py", code("other"))
    repo.commit()
    _, rewritten = scanner.facts(repo.folder)

    answers = [
        onward(scanner.git, place, each, known, scanner.person)
        for each in (same, further, back, rewritten)
    ]

    assert [one.rewritten for one in answers] == [False, False, True, True]
    assert [len(one.landings) for one in answers] == [0, 1, 1, 2]


def test_a_merge_that_takes_the_chain_aside_is_no_continuation(
    repo: Making, scanner: Scanner
) -> None:
    from tests.repos.making import known_after

    repo.git("branch", "-q", "aside")
    repo.commit("On main")
    known = known_after(scanner.scan(repo), scanner.since_ms)
    repo.git("checkout", "-q", "aside")
    repo.append("b.py", code("aside"))
    repo.commit("Aside")
    repo.git("merge", "-q", "--no-ff", "main")
    repo.git("branch", "-q", "-f", "main", "aside")
    place, facts = scanner.facts(repo.folder)

    assert onward(scanner.git, place, facts, known, scanner.person).rewritten


def test_old_commits_are_not_read(repo: Making, scanner: Scanner) -> None:
    repo.later(30 * DAY)
    new = repo.commit()
    scanner.since_ms = repo.now_ms - DAY

    assert set(scanner.scan(repo).commits) == {new}

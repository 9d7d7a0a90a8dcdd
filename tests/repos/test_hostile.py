"""Repositories that mean harm or are odd, read by the whole program: nothing runs or changes."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repos.archived import Archived
from tests.repos.making import DAY, Making, Scanner, code, followed
from tests.repos.test_git import a_program, contents, make_hostile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are shell scripts")
SHIPPED = "select coalesce(sum(shipped_lines), 0) from follows"


def shipped(archived: Archived) -> object:
    return archived.rows(SHIPPED)[0][0]


def everything(folder: Path) -> dict[str, str]:
    """Every file with its bytes, its mode and its time; every folder and link by name."""
    others = {
        str(path.relative_to(folder)): f"{path.lstat().st_mode:o} {path.lstat().st_mtime_ns}"
        for path in folder.rglob("*")
    }
    return others | {f"{name} bytes": said for name, said in contents(folder).items()}


def traps(repo: Making, folder: Path) -> Path:
    """All that may start a program: configuration, hooks, attributes, a remote, a monitor.

    Gives the file that each of them would write.
    """
    marker = folder / "evil" / "marker"
    marker.parent.mkdir()
    make_hostile(repo, marker)
    evil = marker.parent / "evil"
    for key, value in {
        "core.alternateRefsCommand": str(evil),
        "core.untrackedCache": "true",
        "diff.odd.cachetextconv": "true",
        "fetch.recurseSubmodules": "true",
        "gpg.format": "x509",
        "gpg.x509.program": str(evil),
        "log.mailmap": "true",
        "mailmap.blob": "HEAD:.gitattributes",
        "merge.odd.driver": str(evil),
        "remote.origin.url": f"ext::{evil}",
        "remote.origin.promisor": "true",
        "remote.origin.vcs": "odd",
        "protocol.ext.allow": "always",
        "sequence.editor": str(evil),
        "submodule.recurse": "true",
        "submodule.sub.update": f"!{evil}",
        "uploadarchive.allowUnreachable": "true",
        "diff.renameLimit": "1",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "core.quotePath": "true",
        "log.date": "relative",
        "format.pretty": "oneline",
        "core.pager": str(evil),
        "core.worktree": "/",
    }.items():
        repo.git("config", key, value, status=None)
    for hook in (
        "post-index-change",
        "pre-commit",
        "post-rewrite",
        "pre-push",
        "sendemail-validate",
    ):
        a_program(repo.folder / ".git/hooks" / hook, f"echo {hook} >> '{marker}'")
    (repo.folder / ".git/info").mkdir(exist_ok=True)
    (repo.folder / ".git/info/attributes").write_text("* diff=odd filter=odd merge=odd\n")
    return marker


def test_no_program_of_a_repository_runs_in_a_whole_reading(tmp_path: Path) -> None:
    repo = Making(tmp_path / "repo")
    repo.write(".gitattributes", ["* diff=odd filter=odd merge=odd"])
    repo.write(".lfsconfig", ["[lfs]", "\turl = ext::evil"])
    repo.accept(1, "a.py", code("one"))
    repo.commit("Fine\n\nodd: trailer")
    archived = Archived(repo, tmp_path / "data")
    marker = traps(repo, tmp_path)
    before = everything(repo.folder / ".git")

    archived.read()
    archived.read()

    assert shipped(archived) == 8
    assert not marker.exists()
    assert everything(repo.folder / ".git") == before


@pytest.mark.parametrize(
    "plain",
    [
        ("log", "-p"),
        ("log", "--ext-diff", "-p"),
        ("log", "--show-signature"),
        ("status",),
        ("diff",),
        ("update-ref", "refs/heads/x", "HEAD"),
    ],
    ids=" ".join,
)
def test_the_traps_do_snap_when_git_is_asked_plainly(
    tmp_path: Path, plain: tuple[str, ...]
) -> None:
    """Else nothing would be proved by a marker that is not there."""
    repo = Making(tmp_path / "repo")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    signed = repo.git("cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n", 1
    )
    (tmp_path / "signed").write_text(f"{signed}\n")
    oid = repo.git("hash-object", "-t", "commit", "-w", str(tmp_path / "signed"))
    repo.git("update-ref", "refs/heads/main", oid)
    marker = traps(repo, tmp_path)
    repo.git("config", "--unset", "core.worktree")
    repo.append("a.py", code("two"))

    program, *words = plain
    repo.git("-c", "alias.log=", program, *words, status=None)

    assert marker.exists()


def test_a_promised_content_is_not_fetched(tmp_path: Path) -> None:
    """A clone without contents, whose remote is a program that would give them."""
    repo = Making(tmp_path / "origin")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    for topic in ("one", "two", "three"):
        repo.accept(1, "a.py", code(topic))
        repo.commit()
    clone, marker = tmp_path / "clone", tmp_path / "marker"
    url = f"file://{repo.folder}"
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", url, str(clone))
    repo.folder = clone
    archived = Archived(repo, tmp_path / "data")
    fetched = a_program(
        tmp_path / "upload", f'echo "$@" >> \'{marker}\'\nexec git-upload-pack "$@"'
    )
    repo.git("config", "remote.origin.uploadpack", str(fetched))
    before = everything(clone)

    archived.read()

    assert archived.rows("select state, reason from repos") == [("partial", "missing_objects")]
    assert shipped(archived) == 0
    assert not marker.exists()
    assert everything(clone) == before


def test_objects_kept_elsewhere_are_read(repo: Making, scanner: Scanner, tmp_path: Path) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    pool = repo.pool()
    repo.git("clone", "-q", "--shared", str(repo.folder), str(tmp_path / "borrower"))
    repo.folder = tmp_path / "borrower"

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_loop_of_borrowed_objects_ends(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    alternates = repo.folder / ".git/objects/info/alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{repo.folder}/.git/objects\n/nowhere/objects\n\n../../none\n")
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_replaced_commit_is_read_as_it_was(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    true = repo.commit()
    repo.git("checkout", "-q", "--detach", "HEAD~1")
    repo.append("a.py", code("forged"))
    forged = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("replace", true, forged)
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_repository_inside_another_has_its_own_edits(tmp_path: Path) -> None:
    outer = Making(tmp_path / "outer")
    outer.accept(1, "a.py", code("outer"))
    outer.write(".gitignore", ["inner/"])
    outer.commit()
    inner = Making(tmp_path / "outer/inner")
    inner.write("b.py", code("inner"))
    inner.commit()
    outer.note(2, "inner/b.py", code("inner"))
    archived = Archived(outer, tmp_path / "data")

    archived.read()

    rows = archived.rows(
        "select r.name, f.path from follows f join repos r on r.id = f.repo_id order by 1"
    )
    assert rows == [("inner", "b.py"), ("outer", "a.py")]


def test_a_git_file_that_leads_elsewhere_runs_nothing_there(tmp_path: Path) -> None:
    """A folder that somebody made points at a repository full of traps."""
    repo = Making(tmp_path / "there")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    archived = Archived(repo, tmp_path / "data")
    marker = traps(repo, tmp_path)
    before = everything(tmp_path / "there")
    lure = tmp_path / "lure"
    lure.mkdir()
    (lure / ".git").write_text(f"gitdir: {tmp_path / 'there' / '.git'}\n")
    repo.folder = lure

    archived.read()

    assert not marker.exists()
    assert everything(tmp_path / "there") == before
    assert [path.name for path in lure.iterdir()] == [".git"]


def test_a_repository_deleted_between_readings_keeps_what_was_found(tmp_path: Path) -> None:
    repo = Making(tmp_path / "repo")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    kept = [archived.rows(f"select * from {table}") for table in ("commits", "claims", "links")]
    shutil.rmtree(repo.folder)

    archived.read()

    assert archived.rows("select state, reason from repos") == [("missing", "gone")]
    assert shipped(archived) == 8
    assert [archived.rows(f"select * from {t}") for t in ("commits", "claims", "links")] == kept
    assert archived.rows("select outcome from tasks") == [("shipped",)]


def test_a_repository_made_anew_in_the_same_place_is_read_anew(tmp_path: Path) -> None:
    repo = Making(tmp_path / "repo")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    archived = Archived(repo, tmp_path / "data")
    archived.read()
    shutil.rmtree(repo.folder)
    other = Making(repo.folder)
    other.git("config", "user.email", "ada@example.org")
    other.write("b.py", code("other"))
    other.commit()

    archived.read()

    assert shipped(archived) == 0
    assert archived.rows("select oid from commits") in ([], [(other.head(),)])


def test_one_bad_repository_stops_no_other(tmp_path: Path) -> None:
    good, bad = Making(tmp_path / "good"), Making(tmp_path / "bad")
    bad.commit()
    for file in (bad.folder / ".git").rglob("*"):
        if file.is_file() and "objects" in file.parts:
            file.chmod(0o600)
            file.write_bytes(b"no object")
    good.accept(1, "a.py", code("one"))
    good.note(2, str(bad.folder / "b.py"), code("two"))
    good.commit()
    archived = Archived(good, tmp_path / "data")

    report = archived.read()

    assert shipped(archived) == 8
    assert len(report.repositories) == 2


@pytest.mark.parametrize("links", ["reftable", "files"])
def test_refs_are_read_however_they_are_kept(tmp_path: Path, scanner: Scanner, links: str) -> None:
    probe = subprocess.run(
        ["git", "init", "-q", f"--ref-format={links}", str(tmp_path / "probe")],
        capture_output=True, check=False,
    )  # fmt: skip
    if probe.returncode:
        pytest.skip("this git does not know ways of keeping refs")
    repo = Making(tmp_path / "repo", f"--ref-format={links}")
    edit = repo.accept(1, "a.py", code("one"))
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def test_a_huge_commit_between_others_costs_itself_only(tmp_path: Path) -> None:
    repo = Making(tmp_path / "repo")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    repo.write("dump.py", [f"v{number} = 7" for number in range(60_000)])
    bulk = repo.commit()
    repo.accept(2, "a.py", code("two"))
    repo.commit()
    archived = Archived(repo, tmp_path / "data")

    archived.read()

    assert shipped(archived) == 16
    assert archived.rows("select oid, added from commits where bulk = 1") == [(bulk, None)]


ODD_NAMES: list[str] = [
    "a b.py", 'say "so".py', "two\nlines.py", "-rf.py", "latin-\udce9.py", "ünï.py", "a\\b.py",
    "$(touch marker).py", "`touch marker`.py", ":(top)a.py", "*.py", "x" * 200 + ".py",
]  # fmt: skip


def test_no_name_of_a_file_does_harm(repo: Making, scanner: Scanner) -> None:
    edits = [repo.accept(1, f"odd/{name}", code(f"t{n}")) for n, name in enumerate(ODD_NAMES)]
    repo.commit()
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert [followed(pool, edit).shipped_lines for edit in edits] == [8] * len(ODD_NAMES)
    assert not list(repo.folder.rglob("marker"))


@pytest.mark.parametrize("name", ["--upload-pack=x", "a;b", "$(x)", "main@{0}", "ü", "HEAD"])
def test_no_name_of_a_branch_does_harm(repo: Making, scanner: Scanner, name: str) -> None:
    edit = repo.accept(1, "a.py", code("one"))
    oid = repo.commit()
    file = repo.folder / ".git/refs/heads" / name
    file.write_text(f"{oid}\n")
    pool = repo.pool()

    scanner.scan(repo, pool)

    assert followed(pool, edit).shipped_lines == 8


def spoil(file: Path, rng: random.Random) -> None:
    """Change some bytes of a file, cut it short, or empty it."""
    content = bytearray(file.read_bytes())
    way = rng.randrange(3)
    if way == 0 and content:
        for _ in range(5):
            content[rng.randrange(len(content))] = rng.randrange(256)
    elif way == 1:
        del content[len(content) // 2 :]
    else:
        content.clear()
    file.chmod(0o600)
    file.write_bytes(content)


def spoiled_readings(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    repo = Making(folder / "repo")
    for number in range(4):
        repo.accept(number, "a.py", code(f"t{number}"))
        repo.commit()
        repo.later(DAY)
    if rng.random() < 0.5:
        repo.git("gc", "-q")
    archived = Archived(repo, folder / "data")
    if rng.random() < 0.5:
        archived.read()
    files = [f for f in (repo.folder / ".git").rglob("*") if f.is_file() and "hooks" not in f.parts]
    for file in rng.sample(sorted(files), rng.randint(1, 4)):
        spoil(file, rng)
    before = everything(repo.folder)

    archived.read()

    count = archived.rows(SHIPPED)[0][0]
    assert isinstance(count, int)
    assert 0 <= count <= 32
    assert everything(repo.folder) == before


@pytest.mark.parametrize("seed", range(3))
def test_a_spoiled_repository_is_survived(tmp_path: Path, seed: int) -> None:
    spoiled_readings(tmp_path, seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(3, 153))
def test_many_spoiled_repositories_are_survived(tmp_path: Path, seed: int) -> None:
    spoiled_readings(tmp_path, seed)


def digest(folder: Path) -> str:
    return hashlib.sha256(repr(sorted(everything(folder).items())).encode()).hexdigest()


def no_write(repo: Making) -> None:
    for path in [repo.folder, *repo.folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes are POSIX")
def test_a_repository_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    repo = Making(tmp_path / "repo")
    repo.accept(1, "a.py", code("one"))
    repo.commit()
    archived = Archived(repo, tmp_path / "data")
    no_write(repo)
    before = digest(repo.folder)

    archived.read()

    assert shipped(archived) == 8
    assert digest(repo.folder) == before

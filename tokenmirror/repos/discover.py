"""Which repository a folder lies in, and what git says of it before its history is read."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tokenmirror.repos.git import OID, Answer, Git
from tokenmirror.repos.nouns import LandingFrom, Place, RepoFacts, State, StateReason

Landing = tuple[str, LandingFrom]
LINK_BYTES = 4096  # of a .git file or a commondir file; a longer one is not git's
MAIN_NAMES = ("main", "master", "trunk", "develop")
_REF_FORMAT = "%(objectname)%00%(refname)%00%(symref)%00%(upstream:remotename)"
_PERSON = r"^((user|author)\.(email|name)|init\.defaultbranch)$"


def repository_of(folder: Path) -> Place | None:
    """The repository a folder lies in, ``None`` for none; looks at files, runs nothing.

    A folder that is not there has none: who asks keeps the roots of deleted worktrees.
    """
    try:
        if not folder.is_absolute() or not folder.is_dir():
            return None
        for top in (folder, *folder.parents):
            mark = top / ".git"
            if mark.is_dir():
                common = _common(mark)
                if common is not None:
                    return Place(common.resolve(), top)
            elif mark.is_file():  # a worktree or a submodule; git looks no further either
                admin = _pointed(mark, "gitdir:")
                common = _common(admin) if admin else None
                return Place(common.resolve(), top) if common else None
            elif _is_common(top):
                return Place(top.resolve(), None)
    except (OSError, ValueError):
        return None
    return None


def relative(path: str, roots: Iterable[str]) -> str | None:
    """A file's path inside the longest root that holds it, ``None`` when none does.

    Both are absolute; where file systems fold case, so does the comparison of the root.
    """
    plain = _plain(path)
    folds = sys.platform in ("win32", "darwin")
    wanted = plain.casefold() if folds else plain
    best = ""
    for root in roots:
        text = _plain(root).rstrip("/") + "/"
        inside = wanted.startswith(text.casefold() if folds else text)
        if inside and len(text) > len(best):
            best = text
    return plain[len(best) :] or None if best else None


def facts(git: Git, place: Place, choice: str | None = None) -> RepoFacts:
    """What git says of a repository; ``choice`` is the person's landing ref, if any.

    Never raises for the repository's sake: what is wrong with it is its ``state``.
    """
    if not _is_common(place.common_dir):
        return RepoFacts("missing", "gone")
    form = git.ask(place, "rev-parse", "--show-object-format")
    if form.status != 0:
        return _refused(form)
    object_format = form.out.decode("ascii", "replace").strip()
    listed = git.ask(
        place, "for-each-ref", f"--format={_REF_FORMAT}", "refs/heads/", "refs/remotes/",
        "refs/tags/",
    )  # fmt: skip
    if listed.status != 0 or object_format not in ("sha1", "sha256"):
        return _refused(listed)
    settings = _settings(git, place)
    rows = [line.split("\0") for line in _text(listed.out).split("\n") if line]
    tags = {name: oid for oid, name, _, _ in rows if name.startswith("refs/tags/")}
    refs = {name: oid for oid, name, _, _ in rows if name not in tags}
    refs |= dict(_detached(place.common_dir))
    symbolic = {name: target for _, name, target, _ in rows if target}
    remotes = {name: remote for _, name, _, remote in rows if remote}
    landing = _landing(refs, symbolic, remotes, settings.get("defaultbranch", ()), choice)
    state, reason = _state(place.common_dir, refs, landing)
    return RepoFacts(
        state,
        reason,
        object_format,
        landing[0] if landing else None,
        landing[1] if landing else None,
        refs,
        refs_digest=_digest({**refs, **tags}, symbolic),
        roots=_roots(place),
        emails=tuple(dict.fromkeys(settings.get("email", ()))),
        names=tuple(dict.fromkeys(settings.get("name", ()))),
        tags=tags,
    )


def _common(admin: Path) -> Path | None:
    """The folder shared by all worktrees, from the one of this worktree."""
    common = admin
    if (admin / "commondir").is_file():
        common = _pointed(admin / "commondir", "") or admin
    return common if _is_common(common) else None


def _is_common(folder: Path) -> bool:
    try:
        return (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    except OSError:
        return False


def _pointed(file: Path, prefix: str) -> Path | None:
    """The folder that a small file of git's names; ``None`` when it says something else."""
    with file.open("rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return None
        content = opened.read(LINK_BYTES)
    text = os.fsdecode(content).rstrip("\r\n")
    if not text.startswith(prefix):
        return None
    target = text.removeprefix(prefix).strip()
    if not target or "\n" in target or "\0" in target:
        return None
    # a file in a repository must not make us call on another machine
    if target.replace("\\", "/").startswith("//") and not str(file).startswith("\\\\"):
        return None
    return file.parent / target


def _plain(path: str) -> str:
    """A path with ``/``, without ``.`` and ``..``."""
    windows = sys.platform == "win32" or path[1:3] == ":\\"
    return posixpath.normpath(path.replace("\\", "/") if windows else path)


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")


def _refused(answer: Answer) -> RepoFacts:
    if "dubious ownership" in answer.err or "is owned by someone else" in answer.err:
        return RepoFacts("not_yours", "owner")
    return RepoFacts("unreadable", "slow" if answer.status is None else "damaged")


def _settings(git: Git, place: Place) -> dict[str, list[str]]:
    """Names, addresses and default branch, from the person's configuration and this one's.

    The most particular value comes last in git's answer, and first here.
    """
    answer = git.ask_person(place, "config", "-z", "--get-regexp", _PERSON)
    values: dict[str, list[str]] = {}
    for entry in reversed(_text(answer.out).split("\0")):
        key, _, value = entry.partition("\n")
        if value.strip():
            values.setdefault(key.rpartition(".")[2], []).append(value.strip())
    return values


def _detached(common: Path) -> Iterator[tuple[str, str]]:
    """Heads of working trees that are on no branch: agents like to work so."""
    for file in (common / "HEAD", *sorted(common.glob("worktrees/*/HEAD"))):
        try:
            oid = file.read_bytes()[:100].decode("ascii", "replace").strip()
        except OSError:
            continue
        if OID.match(oid):
            yield file.relative_to(common).as_posix(), oid


def _digest(refs: Mapping[str, str], symbolic: Mapping[str, str]) -> bytes:
    lines = [f"{oid} {name} {symbolic.get(name, '')}\n" for name, oid in refs.items()]
    text = "".join(lines).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=16).digest()


def _roots(place: Place) -> tuple[Path, ...]:
    """Tops of all working trees: the main one, the one looked from, the linked ones."""
    common = place.common_dir
    roots = [common.parent] if common.name == ".git" else []
    if place.root is not None:
        roots.append(place.root)
    for file in sorted(common.glob("worktrees/*/gitdir")):
        try:
            mark = _pointed(file, "")
        except OSError:
            continue
        if mark is not None:
            roots.append(Path(os.path.normpath(mark)).parent)
    return tuple(dict.fromkeys(roots))


def _state(
    common: Path, refs: Mapping[str, str], landing: Landing | None
) -> tuple[State, StateReason | None]:
    if not refs:
        return "empty", "no_commits"
    if (common / "shallow").is_file():
        return "shallow", "cut_history"
    if any(common.glob("objects/pack/*.promisor")):
        return "partial", "missing_objects"
    return "ok", None if landing else "no_main_line"


def _landing(
    refs: Mapping[str, str],
    symbolic: Mapping[str, str],
    remotes: Mapping[str, str],
    defaults: Iterable[str],
    choice: str | None,
) -> Landing | None:
    """The ref that counts as the main line, and how it was found (``shipped.md`` 2)."""
    if choice and choice in refs:
        return choice, "chosen"
    names = tuple(dict.fromkeys((*defaults, *MAIN_NAMES)))
    if any(name.startswith("refs/remotes/") for name in refs):
        return _remote_landing(refs, symbolic, remotes, names)
    local = [name for name in refs if name.startswith("refs/heads/")]
    for name in names:
        if f"refs/heads/{name}" in refs:
            return f"refs/heads/{name}", "local_name"
    return (local[0], "single") if len(local) == 1 else None


def _remote_landing(
    refs: Mapping[str, str],
    symbolic: Mapping[str, str],
    remotes: Mapping[str, str],
    names: Iterable[str],
) -> Landing | None:
    default = next((name for name in names if f"refs/heads/{name}" in refs), None)
    upstream = remotes.get(f"refs/heads/{default}")
    others = sorted({name.split("/")[2] for name in refs if name.startswith("refs/remotes/")})
    known = [remote for remote in (upstream, "upstream", "origin", *others) if remote]
    for remote in known:
        target = symbolic.get(f"refs/remotes/{remote}/HEAD")
        if target and target in refs:
            return target, "remote_head"
    for remote in known:
        for name in MAIN_NAMES:
            if f"refs/remotes/{remote}/{name}" in refs:
                return f"refs/remotes/{remote}/{name}", "remote_name"
    return None

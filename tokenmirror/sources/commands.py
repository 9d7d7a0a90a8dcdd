"""What a shell command of an agent is for, and which commits its output names.

Both answers are judged from the words of the command line alone: the same words give the
same answer for every tool.  Reading is linear in the length of the line; a line that no
shell would take is judged by the part that can be read.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tokenmirror.events import CallKind

# Of several commands in one line the first of these names the whole line.
WEIGHT: tuple[CallKind, ...] = ("commit", "test", "build", "lint", "edit", "read", "other")
MAX_CHARS = 65_536

_PIECE = re.compile(
    r"""(?P<end>&&|\|\|?|;+|&(?!>)|\n|[()])
      | (?P<write>(?:\d|&)?>>?\|?&?)
      | (?P<from><<?<?-?)
      | (?P<word>(?:[^\s'"\\;&|<>()]|\\(?s:.)|'[^']*'|"(?:\\(?s:.)|[^"\\])*")++)
    """,
    re.VERBOSE,
)
_SHELL_SIGNS = re.compile(r"""['"\\;&|<>()\n]""")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][\w.-]*)\1")
_QUOTING = re.compile(r"""\\\n|\\(.)|['"]""", re.DOTALL)
_SETTING = re.compile(r"[A-Za-z_]\w*=")
_MADE = re.compile(r"^\[[^\]\n]* ([0-9a-f]{7,64})\]", re.MULTILINE)
_HASH_LINE = re.compile(r"^(?:commit )?([0-9a-f]{7,64})(?=\s|$)", re.MULTILINE)
_ONE = re.compile(r"^(?:-?1|-n1|--max-count=1|HEAD|@)$")


class Command(NamedTuple):
    """One simple command; ``writes`` is true when its output goes to a file."""

    words: tuple[str, ...]
    writes: bool = False


@lru_cache(maxsize=256)
def kind_of(command: str) -> CallKind:
    """What a command line does, by its weightiest part (``WEIGHT``)."""
    kinds = {_kind(part) for part in simple_commands(command)}
    return next((kind for kind in WEIGHT if kind in kinds), "other")


def commits_in(command: str, output: str) -> tuple[str, ...]:
    """Hashes, as printed, of the commits that a command line made.

    Taken from the ``[branch abc1234]`` line of ``git commit``; where the commit was quiet,
    from ``git log``, ``git show`` or ``git rev-parse`` behind it in the same line.  Empty
    when nothing was committed or nothing was printed.
    """
    steps = [_git(part.words) for part in simple_commands(command)]
    made = [i for i, step in enumerate(steps) if step and step[0] == "commit"]
    if not made:
        return ()
    stated = tuple(dict.fromkeys(_MADE.findall(output)))
    if stated:
        return stated
    printers = [i for i, step in enumerate(steps) if step and _prints_hash(step)]
    behind = [i for i in printers if i > made[-1]]
    hashes = list(dict.fromkeys(_HASH_LINE.findall(output)))
    if not behind or not hashes:
        return ()
    if len(behind) < len(printers):  # older hashes may stand in front: only the last is sure
        return tuple(hashes[-1:]) if _prints_one(steps[behind[-1]]) else ()
    return tuple(hashes[: len(made)])


def simple_commands(line: str, depth: int = 2) -> list[Command]:
    """The simple commands of a shell line, in order, without wrappers such as ``sudo``.

    Words are unquoted; texts fed in by ``<<`` are left out; the text of ``sh -c`` is read
    as a line of its own.
    """
    if not _SHELL_SIGNS.search(line):  # most lines: one command of plain words
        found: list[Command] = []
        _add(found, line[:MAX_CHARS].split(), writes=False, depth=depth)
        return found
    return _split(line, depth)


def _split(line: str, depth: int) -> list[Command]:
    found: list[Command] = []
    words: list[str] = []
    writes = skip = False
    for piece in _PIECE.finditer(_without_heredocs(line[:MAX_CHARS])):
        if piece.lastgroup == "end":
            _add(found, words, writes=writes, depth=depth)
            words, writes, skip = [], False, False
        elif piece.lastgroup == "write":
            skip = True
            writes = writes or not piece.group().endswith("&")
        elif piece.lastgroup == "from":
            skip = True
        elif skip:
            skip = False
            writes = writes and piece.group() != "/dev/null"
        else:
            words.append(_unquoted(piece.group()))
    _add(found, words, writes=writes, depth=depth)
    return found


def _add(found: list[Command], words: list[str], *, writes: bool, depth: int) -> None:
    plain = _unwrapped(words)
    if not plain:
        return
    if depth and _name(plain[0]) in SHELLS and len(plain) > 2 and _is_c(plain[1]):
        found.extend(simple_commands(plain[2], depth - 1))
        return
    found.append(Command(tuple(plain), writes))


def _is_c(word: str) -> bool:
    return word in {"/c", "-Command"} or (word.startswith("-") and word.endswith("c"))


def _unquoted(word: str) -> str:
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    return _QUOTING.sub(lambda match: match.group(1) or "", word)


def _without_heredocs(text: str) -> str:
    if "<<" not in text:
        return text
    kept: list[str] = []
    until = ""
    for line in text.split("\n"):
        if until:
            until = "" if line.strip() == until else until
            continue
        kept.append(line)
        opening = _HEREDOC.search(line)
        until = opening.group(2) if opening else ""
    return "\n".join(kept)


def _name(word: str) -> str:
    return word.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe")


def _unwrapped(words: list[str]) -> list[str]:
    """The command itself, without settings and without programs that start another one."""
    left = words
    while left:
        name = _name(left[0])
        if _SETTING.match(left[0]) or name in KEYWORDS:
            left = left[1:]
        elif name in WRAPPERS:
            left = _after_options(left[1:])
        elif name in RUNNERS and len(left) > 2 and left[1] in RUNNERS[name]:
            left = _after_options(left[2:])
        elif _PYTHON.match(name) and len(left) > 2 and left[1] == "-m":
            left = left[2:]
        else:
            break
    return left


def _after_options(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and (words[at].startswith("-") or words[at][:1].isdigit()):
        at += 1
    return words[at:]


def _kind(command: Command) -> CallKind:
    words = command.words
    name = _name(words[0])
    kind = _kind_by_name(name, words)
    if command.writes and kind in {"read", "other"}:
        return "edit"
    return kind


def _kind_by_name(name: str, words: tuple[str, ...]) -> CallKind:
    step = _git(words)
    if step:
        return "commit" if step[0] == "commit" else GIT.get(step[0], "other")
    if name in SUBCOMMANDS:
        return _kind_by_subcommand(SUBCOMMANDS[name], words)
    if name in SCRIPT_RUNNERS:
        return _kind_of_script(words) or ("build" if name in MAKERS else "other")
    if name in KINDS:
        return _kind_with_options(name, KINDS[name], words)
    if _PYTHON.match(name) or name in {"node", "ruby", "bash", "sh", "php", "perl", "tsx"}:
        return _kind_of_program(words)
    return "test" if _TEST_NAME.search(name) else "other"


def _kind_with_options(name: str, kind: CallKind, words: tuple[str, ...]) -> CallKind:
    if name in {"sed", "perl"} and any(word.startswith("-i") for word in words[1:]):
        return "edit"
    if name == "tsc" and "--noEmit" in words:
        return "lint"
    if name == "find" and "-delete" in words:
        return "edit"
    return kind


def _kind_by_subcommand(table: dict[str, CallKind], words: tuple[str, ...]) -> CallKind:
    for word in words[1:]:
        if word.startswith(("-", "+")):
            continue
        # Gradle and Maven take several goals, projects in front (:app:test)
        kind = table.get(word.rsplit(":", 1)[-1])
        if kind:
            return kind
        if "" in table:
            return table[""]
    return "other"


def _kind_of_script(words: tuple[str, ...]) -> CallKind | None:
    """By the name that a project gave its script: ``test:unit``, ``lint``, ``build``."""
    for word in words[1:]:
        if word.startswith("-") or word in {"run", "run-script", "exec", "x", "dlx"}:
            continue
        if KINDS.get(word) in {"test", "build", "lint"}:
            return KINDS[word]
        parts = set(re.split(r"[:\-_./]", word.lower()))
        for kind, names in SCRIPT_NAMES:
            if parts & names:
                return kind
    return None


def _kind_of_program(words: tuple[str, ...]) -> CallKind:
    for word in words[1:]:
        if word in {"--test", "test", "spec"}:
            return "test"
        if not word.startswith("-"):
            name = _name(word)
            if name in {"manage.py", "artisan", "console"}:
                continue
            return "test" if _TEST_NAME.search(name) else "other"
    return "other"


def _git(words: tuple[str, ...]) -> tuple[str, ...]:
    """Subcommand and arguments of a git command; empty for other commands."""
    if _name(words[0]) != "git":
        return ()
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in {"-c", "-C", "--git-dir", "--work-tree"} else 1
    return words[at:]


def _prints_hash(step: tuple[str, ...]) -> bool:
    return step[0] in {"log", "show", "rev-parse", "reflog"}


def _prints_one(step: tuple[str, ...]) -> bool:
    return step[0] in {"rev-parse", "show"} or any(_ONE.match(word) for word in step[1:])


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _all(kind: CallKind, names: str) -> dict[str, CallKind]:
    return dict.fromkeys(names.split(), kind)


_PYTHON = re.compile(r"^(?:python|pypy)[\d.]*$|^py$")
_TEST_NAME = re.compile(r"(?:^|[_\-.])tests?(?:$|[_\-.])")

SHELLS = frozenset(["bash", "sh", "zsh", "dash", "fish", "cmd", "powershell", "pwsh"])
KEYWORDS = frozenset(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "$"])
WRAPPERS = _set(
    "sudo doas time env nohup nice ionice timeout gtimeout stdbuf xargs command exec builtin "
    "npx pnpx bunx uvx pipx xvfb-run"
)
RUNNERS: dict[str, frozenset[str]] = {
    "uv": frozenset(["run", "tool"]),
    "poetry": frozenset(["run"]),
    "pdm": frozenset(["run"]),
    "hatch": frozenset(["run"]),
    "pipenv": frozenset(["run"]),
    "conda": frozenset(["run"]),
    "bundle": frozenset(["exec"]),
    "pnpm": frozenset(["exec", "dlx"]),
    "yarn": frozenset(["exec", "dlx"]),
    "npm": frozenset(["exec", "x"]),
    "bun": frozenset(["x"]),
    "pipx": frozenset(["run"]),
    "rbenv": frozenset(["exec"]),
}
MAKERS = frozenset(["make", "gmake", "ninja"])
SCRIPT_RUNNERS = MAKERS | _set(
    "npm pnpm yarn bun just task rake composer invoke inv nx turbo lerna hatch"
)
SCRIPT_NAMES: tuple[tuple[CallKind, frozenset[str]], ...] = (
    ("test", _set("test tests spec specs e2e unit check coverage verify t")),
    ("lint", _set("lint format fmt typecheck types tsc eslint prettier style")),
    ("build", _set("build compile bundle dist package all release")),
)
_BY_KIND: tuple[tuple[CallKind, str], ...] = (
    (
        "test",
        "pytest py.test unittest nose2 nosetests tox nox jest vitest mocha ava karma jasmine "
        "cypress playwright rspec cucumber phpunit pest ctest gotestsum behave testthat "
        "runtests run-tests bats tap",
    ),
    (
        "build",
        "cmake meson gcc g++ cc c++ clang clang++ rustc javac kotlinc tsc webpack rollup esbuild "
        "msbuild xcodebuild ant scons build pyinstaller maturin tsup parcel vite-build",
    ),
    (
        "lint",
        "ruff flake8 pylint mypy pyright basedpyright black isort bandit vulture eslint prettier "
        "stylelint tslint biome oxlint standard golangci-lint gofmt goimports staticcheck rustfmt "
        "shellcheck shfmt rubocop clang-format clang-tidy cppcheck ktlint detekt checkstyle "
        "pre-commit hadolint yamllint markdownlint actionlint phpcs phpstan psalm swiftlint "
        "compileall py_compile vet",
    ),
    (
        "edit",
        "cp mv rm mkdir rmdir touch tee patch truncate ln chmod chown unzip install rsync "
        "apply_patch set-content add-content new-item remove-item copy-item move-item del copy "
        "move ren",
    ),
    (
        "read",
        "cat bat head tail less more ls dir tree find fd grep egrep fgrep rg ag ack wc sed awk "
        "gawk cut sort uniq diff cmp comm stat file du df pwd which type where jq yq xxd od nl "
        "strings readlink realpath basename dirname printenv env get-content get-childitem "
        "select-string gci gc column tac",
    ),
)
KINDS: dict[str, CallKind] = {name: kind for kind, names in _BY_KIND for name in names.split()}
GIT: dict[str, CallKind] = {
    **_all("edit", "apply mv rm restore clean checkout am"),
    **_all(
        "read",
        "status log diff show blame branch ls-files ls-tree grep rev-parse remote describe "
        "config shortlog reflog cat-file tag merge-base rev-list name-rev",
    ),
}
_GOALS: dict[str, CallKind] = {
    **_all("test", "test check verify integrationtest connectedcheck"),
    **_all("build", "build assemble package compile install bootjar jar"),
    **_all("lint", "spotlessapply spotlesscheck lint ktlintcheck"),
}
SUBCOMMANDS: dict[str, dict[str, CallKind]] = {
    "go": {"test": "test", "build": "build", "install": "build", "vet": "lint", "fmt": "lint"},
    "cargo": {
        **dict.fromkeys(["test", "nextest", "t", "bench"], "test"),
        **dict.fromkeys(["build", "b", "check", "c", "rustc"], "build"),
        **dict.fromkeys(["clippy", "fmt"], "lint"),
    },
    "mvn": _GOALS,
    "mvnw": _GOALS,
    "gradle": _GOALS,
    "gradlew": _GOALS,
    "dotnet": {"test": "test", "build": "build", "publish": "build", "format": "lint"},
    "swift": {"test": "test", "build": "build"},
    "bazel": {"test": "test", "build": "build"},
    "mix": {"test": "test", "compile": "build", "format": "lint", "credo": "lint"},
    "deno": {"test": "test", "lint": "lint", "fmt": "lint", "check": "lint", "compile": "build"},
    "rails": {"test": "test", "spec": "test"},
    "flutter": {"test": "test", "build": "build", "analyze": "lint"},
    "dart": {"test": "test", "compile": "build", "analyze": "lint", "format": "lint"},
    "zig": {"test": "test", "build": "build"},
    "vite": {"build": "build"},
    "next": {"build": "build", "lint": "lint"},
    "docker": {"build": "build", "buildx": "build"},
    "hatch": {"build": "build", "test": "test", "fmt": "lint"},
    "poetry": {"build": "build"},
    "terraform": {"validate": "lint", "fmt": "lint"},
}

"""Files that count nowhere: locks, vendored and generated trees, binaries, minified text.

The built-in list is ``resources/lines/excluded-1.txt``.  Pure: paths in, yes or no out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property

from tokenmirror.paths import resource

LIST_NAME = "lines/excluded-1.txt"
_YES = {"linguist-generated", "linguist-vendored", "binary", "-diff"}
_NOTHING = r"(?!)"
_NO = {"-linguist-generated", "-linguist-vendored", "!linguist-generated", "!linguist-vendored"}


class Excluded:
    """Which paths take no part in any count, inside a repository or outside.

    ``patterns`` are the person's globs, in the form of ``.gitignore``; ``attributes`` are
    (folder, text) of the ``.gitattributes`` files of the main line's tip.  The person's
    word goes before the repository's, and that before the built-in list.
    """

    def __init__(
        self, patterns: Iterable[str] = (), attributes: Iterable[tuple[str, str]] = ()
    ) -> None:
        own = _rules(patterns)
        inside = [rule for part in sorted(attributes, key=_depth) for rule in _attributes(*part)]
        self._lists = (own, inside, _built_in())
        self._seen: dict[str, bool] = {}

    def is_excluded(self, path: str) -> bool:
        """Whether a file takes no part; ``path`` with ``/``, relative where it can be."""
        known = self._seen.get(path)
        if known is None:
            known = self._seen[path] = self._decide(path.lstrip("/"))
        return known

    def _decide(self, path: str) -> bool:
        for rules in self._lists:
            for pattern, verdict in reversed(rules):
                if pattern.match(path):
                    return verdict
        return False


class _Patterns:
    """Patterns of ``.gitignore`` of one verdict; most are a name, or how a name ends.

    Those are looked up, which is quicker than to compile a regular expression of them all.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        plain = {pattern: _PLAIN.match(pattern) for pattern in patterns if pattern.isascii()}
        words = [
            (found["any"], found["word"].lower(), found["folder"])
            for found in plain.values()
            if found
        ]
        self._folders = {word for any_start, word, _ in words if not any_start}
        self._names = {word for any_start, word, folder in words if not (any_start or folder)}
        self._folder_ends = tuple(word for any_start, word, _ in words if any_start)
        self._ends = tuple(word for any_start, word, folder in words if any_start and not folder)
        self._rest = _joined([pattern for pattern in patterns if not plain.get(pattern)])

    @cached_property
    def _every(self) -> re.Pattern[str]:
        return _joined(self._patterns)

    def match(self, path: str) -> bool:
        """Whether a path is meant, or lies in a folder that is."""
        if not path.isascii():  # letters may have other forms
            return self._every.match(path) is not None
        *folders, name = path.lower().split("/")
        if name in self._names or name.endswith(self._ends):
            return True
        if not self._folders.isdisjoint(folders):
            return True
        if self._folder_ends and any(folder.endswith(self._folder_ends) for folder in folders):
            return True
        return self._rest.match(path) is not None


# a name without special marks, or the end of one; perhaps of a folder alone
_PLAIN = re.compile(r"(?P<any>\*?)(?P<word>[^*?\[\]\\/]+)(?P<folder>/?)\Z")
Rule = tuple[re.Pattern[str] | _Patterns, bool]


@cache
def _built_in() -> list[Rule]:
    text = resource(LIST_NAME).read_text(encoding="utf-8")
    return _rules(line for line in text.splitlines() if not line.startswith("#"))


def _rules(patterns: Iterable[str]) -> list[Rule]:
    """Patterns of ``.gitignore``, in order; neighbours of one verdict are one rule."""
    joined: list[tuple[list[str], bool]] = []
    for line in patterns:
        pattern = line.strip()
        verdict = not pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        if not pattern.strip("/"):
            continue
        if not joined or joined[-1][1] is not verdict:
            joined.append(([], verdict))
        joined[-1][0].append(pattern)
    return [(_Patterns(found), verdict) for found, verdict in joined]


def _joined(patterns: Iterable[str]) -> re.Pattern[str]:
    forms = [_form(pattern, "", below=True) for pattern in patterns]
    return re.compile("|".join(forms) or _NOTHING, re.IGNORECASE | re.DOTALL)


def _attributes(folder: str, text: str) -> list[Rule]:
    """What a ``.gitattributes`` says of being generated, vendored or binary, in order."""
    rules: list[Rule] = []
    for line in text.splitlines():
        pattern, words = _pattern_and_words(line.strip())
        verdict = _verdict(words)
        if verdict is not None and pattern.strip("/"):
            form = _form(pattern, folder, below=pattern.endswith("/"))
            rules.append((re.compile(form, re.DOTALL), verdict))
    return rules


def _pattern_and_words(line: str) -> tuple[str, list[str]]:
    if not line or line.startswith(("#", "[attr]")):
        return "", []
    if line.startswith('"'):
        pattern, _, rest = line[1:].partition('"')
        return pattern, rest.split()
    pattern, *words = line.split()
    return pattern, words


def _verdict(words: list[str]) -> bool | None:
    verdict = None
    for word in words:
        name, _, value = word.partition("=")
        if name in _YES:
            verdict = value.lower() != "false"
        elif name in _NO:
            verdict = False
    return verdict


def _form(pattern: str, folder: str, *, below: bool) -> str:
    """A regular expression of a glob; ``below`` lets it also match what lies inside."""
    anchored = "/" in pattern.rstrip("/")
    is_folder = pattern.endswith("/")
    bare = pattern.strip("/")
    start = re.escape(folder + "/") if folder else ""
    if not anchored:
        start += "(?:.*/)?"
    end = "/.*" if is_folder else "(?:/.*)?" if below else ""
    return f"{start}{_glob(bare)}{end}\\Z"


_GLOB = re.compile(r"\*\*/|/\*\*\Z|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|\\.|[^*?\[\\]+|.", re.DOTALL)


def _glob(pattern: str) -> str:
    return "".join(map(_piece, _GLOB.findall(pattern)))


def _piece(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if len(token) > 2 and token[0] == "[" and token[-1] == "]":
        body = token[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        body = f"^/{body[1:]}" if body[0] in "!^" else body
        return f"[{body}]" if _compiles(f"[{body}]") else re.escape(token)
    return re.escape(token[1:] if token[0] == "\\" and len(token) > 1 else token)


def _compiles(form: str) -> bool:
    try:
        re.compile(form)
    except re.error:
        return False
    return True


def _depth(part: tuple[str, str]) -> tuple[int, str]:
    return (part[0].count("/") + 1 if part[0] else 0), part[0]

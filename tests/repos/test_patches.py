"""Git's patch output, read file by file."""

from __future__ import annotations

import io

import pytest

from tokenmirror.repos import patches
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.patches import Patch, parsed

OID = "a" * 40


def read(*lines: bytes) -> list[Patch]:
    text = b"\n".join((b"\0" + OID.encode(), b"", *lines, b""))
    return list(parsed(io.BytesIO(text), Excluded()))


def a_file(*lines: bytes, name: bytes = b"a.py") -> tuple[bytes, ...]:
    header = (b"diff --git a/" + name + b" b/" + name, b"index 1..2 100644")
    return (*header, b"--- a/" + name, b"+++ b/" + name, *lines)


def test_lines_carry_their_new_numbers() -> None:
    [patch] = read(
        *a_file(b"@@ -3,0 +4,2 @@ def f", b"+one", b"+two", b"@@ -9 +11 @@", b"-a", b"+b")
    )

    [file] = patch.files or []

    assert (file.added, file.numbers) == (["one\n", "two\n", "b\n"], [4, 5, 11])
    assert (file.removed, patch.added, patch.removed) == (["a\n"], 3, 1)


def test_hunks_stand_where_their_headers_say() -> None:
    [patch] = read(
        *a_file(b"@@ -3,0 +4,2 @@", b"+one", b"+", b"@@ -9,3 +12 @@", b"-a", b"-", b"-b", b"+c")
    )

    [file] = patch.files or []

    assert file.hunks == [(3, 0, 4, 2), (9, 3, 12, 1)]
    assert (file.removed_numbers, file.numbers) == ([9, 11], [4, 12])


def test_a_deleted_file_is_marked() -> None:
    header = (b"diff --git a/x b/x", b"deleted file mode 100644", b"--- a/x", b"+++ /dev/null")
    [patch] = read(*header, b"@@ -1 +0,0 @@", b"-line")

    assert [(file.path, file.deleted) for file in patch.files or []] == [("x", True)]


@pytest.mark.parametrize(
    ("names", "closed"),
    [
        (b"a/x and b/y and b/x and b/y", ["x and b/y"]),
        (b"a/x and y and /dev/null", ["x and y"]),
        (b"/dev/null and b/x", []),
        (b'"a/\303\274" and "b/\303\274"', ["ü"]),
    ],
    ids=["changed", "deleted", "new", "quoted"],
)
def test_binary_contents_close_a_file(names: bytes, closed: list[str]) -> None:
    [patch] = read(b"diff --git a/x b/x", b"index 1..2", b"Binary files " + names + b" differ")

    assert (patch.files, patch.closed) == ([], closed)


def test_a_name_that_is_left_out_closes_the_one_before() -> None:
    names = (b"rename from src/a.js", b"rename to vendor/a.js")
    [patch] = read(b"diff --git a/x b/y", b"similarity index 100%", *names)

    assert (patch.files, patch.closed) == ([], ["src/a.js"])


def test_a_missing_last_newline_is_no_line() -> None:
    none = b"\\ No newline at end of file"
    [patch] = read(*a_file(b"@@ -1 +1 @@", b"-old", none, b"+new", none), *a_file(name=b"b.py"))

    files = patch.files or []

    assert [file.path for file in files] == ["a.py", "b.py"]
    assert (files[0].removed, files[0].added) == (["old\n"], ["new\n"])


def test_lines_that_look_like_headers_are_lines() -> None:
    odd = (b"--- a/x", b"+++ b/y", b"+@@ -1 +1 @@", b"+\0" + OID.encode(), b"+diff --git a/x b/x")
    [patch] = read(*a_file(b"@@ -1 +1,4 @@", *odd))

    [file] = patch.files or []

    assert file.path == "a.py"
    assert file.removed == ["-- a/x\n"]
    assert len(file.added) == 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b'"b/say \\"so\\".py"', 'say "so".py'),
        (b'"b/two\\nlines.py"', "two\nlines.py"),
        (b'"b/\\303\\274\\\\.py"', "ü\\.py"),
        (b"b/with space.py\t", "with space.py"),
        (b"b/latin-\xe9.py", "latin-\udce9.py"),
    ],
)
def test_names_are_unquoted(name: bytes, expected: str) -> None:
    header = (b"diff --git x y", b"--- /dev/null", b"+++ " + name)
    [patch] = read(*header, b"@@ -0,0 +1 @@", b"+line")

    assert [file.path for file in patch.files or []] == [expected]


def test_a_rename_without_a_change_is_known() -> None:
    names = (b"rename from old name.py", b'rename to "new\\tname.py"')
    [patch] = read(b"diff --git a/x b/y", b"similarity index 100%", *names)

    assert [(f.source, f.path) for f in patch.files or []] == [("old name.py", "new\tname.py")]


def test_a_mode_without_a_change_has_no_name_and_no_line() -> None:
    [patch] = read(b"diff --git a/x b/x", b"old mode 100644", b"new mode 100755")

    assert patch.files == []


def test_an_over_long_line_keeps_the_commit_out(monkeypatch: pytest.MonkeyPatch) -> None:
    long = b"+" + b"x" * (patches.LINE_BYTES + 5)
    again = (b"\0" + b"b" * 40, *a_file(b"@@ -0,0 +1 @@", b"+line"))
    first, second = read(*a_file(b"@@ -0,0 +1,2 @@", long, b"+short"), *again)

    assert first.bulk
    assert first.files == []
    assert [file.added for file in second.files or []] == [["line\n"]]


def test_an_over_long_line_of_a_file_left_out_does_not_matter() -> None:
    long = b"+" + b"x" * (patches.LINE_BYTES + 5)
    lock = a_file(b"@@ -0,0 +1 @@", long, name=b"uv.lock")
    [patch] = read(*lock, *a_file(b"@@ -0,0 +1 @@", b"+line"))

    assert not patch.bulk
    assert [file.path for file in patch.files or []] == ["a.py"]


def test_too_many_files_keep_the_commit_out() -> None:
    many = [line for n in range(2001) for line in a_file(name=b"f%d.py" % n)]

    [patch] = read(*many)

    assert patch.bulk


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_an_output_read_in_small_parts_is_the_same(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hunk = (b"@@ -1,2 +1 @@ def f", b"-a\r", b"-diff --git a/x b/x", b"+@@ -1 +1 @@")
    lines = (*a_file(*hunk), *a_file(*hunk, name=b"b.py"), b"\0" + b"b" * 40, b"\0" + b"c" * 40)
    whole = read(*lines)
    monkeypatch.setattr(patches, "READ_BYTES", size)

    assert read(*lines) == whole
    assert [len(patch.files or []) for patch in whole] == [2, 0, 0]


def test_an_output_cut_anywhere_is_no_error() -> None:
    whole = (
        b"\0" + OID.encode() + b"\n\n" + b"\n".join(a_file(b"@@ -1 +1,2 @@", b"-a", b"+b", b"+c"))
    )

    for end in range(len(whole)):
        list(parsed(io.BytesIO(whole[:end]), Excluded()))

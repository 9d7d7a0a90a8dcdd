from __future__ import annotations

import pytest

from tokenmirror.repos.excluded import Excluded


@pytest.mark.parametrize(
    "path",
    [
        "uv.lock",
        "a/package-lock.json",
        "go.sum",
        "node_modules/a/b.js",
        "/home/a/proj/node_modules/x.js",
        "vendor/github.com/x/y.go",
        "web/dist/app.js",
        "app.min.js",
        "app.js.map",
        "__snapshots__/a.ts",
        "book.ipynb",
        "logo.SVG",
        "locale/de/messages.po",
        "api_pb2.py",
        "two\nlines.lock",
        "Vendor/x.py",
        "build/café.py",
        "naïve/UV.LOCK",
    ],
)
def test_built_in_files_count_nowhere(path: str) -> None:
    assert Excluded().is_excluded(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/app.py",
        "src/build/rules.py",
        "src/bücher/build/x.py",
        "locksmith.py",
        "src/map.ts",
        "distance/x.py",
        "src/vendor",
        "Makefile",
    ],
)
def test_ordinary_files_count(path: str) -> None:
    assert not Excluded().is_excluded(path)


def test_attributes_of_the_tip_decide() -> None:
    root = (
        "gen/** linguist-generated=true\n*.js binary\nsrc/x.js -linguist-generated\n[attr]odd -diff"
    )
    inner = "/a.txt linguist-vendored\n# *.py binary\n\n"
    excluded = Excluded(attributes=[("sub", inner), ("", root), ("sub/deep", "*.txt -diff")])

    assert excluded.is_excluded("gen/a/b.py")
    assert excluded.is_excluded("lib/y.js")
    assert not excluded.is_excluded("src/x.js")
    assert excluded.is_excluded("sub/a.txt")
    assert not excluded.is_excluded("sub/b.txt")
    assert excluded.is_excluded("sub/deep/z.txt")
    assert not excluded.is_excluded("a.txt")


def test_attributes_can_take_a_file_back_from_the_list() -> None:
    excluded = Excluded(attributes=[("", "dist/** linguist-generated=false")])

    assert not excluded.is_excluded("dist/app.js")


def test_the_persons_globs_come_first() -> None:
    excluded = Excluded(["docs/*.md", "!uv.lock", "secret/", "[!a]?.txt", "", "/"])

    assert excluded.is_excluded("docs/a.md")
    assert not excluded.is_excluded("docs/b/a.md")
    assert not excluded.is_excluded("uv.lock")
    assert excluded.is_excluded("x/secret/y/z.py")
    assert excluded.is_excluded("b1.txt")
    assert not excluded.is_excluded("a1.txt")


@pytest.mark.parametrize(
    "glob", ["[", "[]", "[z-a]", "\\", "a\\", "***", "(", "a{b", "[[:alpha:]]"]
)
def test_an_odd_glob_is_taken_as_it_can_be(glob: str) -> None:
    assert not Excluded([glob]).is_excluded("src/ordinary.py") or glob == "***"

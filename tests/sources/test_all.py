"""Every source of the registry, over every fixture that has an ``expected.json``."""

from __future__ import annotations

import os
import random
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.sources.reading import (
    EVERYWHERE,
    Case,
    Cursors,
    Read,
    cases,
    machine,
    read_changed,
    read_file,
    read_growing,
    read_home,
    record_ends,
    summary,
)
from tokenmirror.sources import built_in, lines
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import Cursor, LogFile, Source

SOURCES = {source.key: source for source in built_in()}
CASES = [case for case in cases() if case.tool in SOURCES]

every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
every_case = pytest.mark.parametrize("case", CASES, ids=[f"{c.tool}/{c.name}" for c in CASES])
LAYOUTS = [(c, name) for c in CASES for name in EVERYWHERE if name in c.expected.get("layouts", {})]

NASTY = {
    "empty": b"",
    "blank lines": b"\n\r\n   \n",
    "NULs": b"\0" * 4096 + b"\n",
    "noise": random.Random(1).randbytes(20_000) + b"\n",
    "not UTF-8": b'{"type":"user","message":{"role":"user","content":"\xff\xfe\x80"}}\n',
    "half a character": b'{"type":"user","uuid":"\xc3"}\n',
    "lone surrogate": b'{"type":"user","uuid":"\\ud800","sessionId":"\\udfff"}\n',
    "deep": b'{"message":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n",
    "deep and open": b"[" * 200_000 + b"\n",
    "wrong types": b'{"type":5,"message":[],"payload":7,"timestamp":{},"sessionId":[]}\n',
    "no object": b'5\n"x"\nnull\n[]\ntrue\n',
    "huge numbers": b'{"type":"user","timestamp":1e999}\n{"timestamp":' + b"9" * 5_000 + b"}\n",
    "other JSON": b'{"a":{"b":[1,2,{"c":null}]}}\n' * 50,
    "no line end": b'{"type":"user"',
    "carriage returns": b'{"type":"user"}\r{"type":"user"}\r\n',
}


# -- what it finds ---------------------------------------------------------------------------


@every_case
def test_a_fixture_gives_what_is_known_of_it(case: Case):
    read = read_home(SOURCES[case.tool], case.home())

    assert {name: summary(read).get(name) for name in case.counts()} == case.counts()


@every_source
def test_every_source_has_a_fixture(source: Source):
    assert any(case.tool == source.key for case in CASES)


@pytest.mark.parametrize(
    ("case", "platform"), LAYOUTS, ids=[f"{c.tool}/{c.name}-{platform}" for c, platform in LAYOUTS]
)
def test_the_same_is_found_where_each_platform_keeps_it(case: Case, platform, tmp_path):
    layouts = case.expected["layouts"]
    home = case.copied_to(tmp_path / "home").resolve()
    for old, new in layouts[platform].items():
        (home / new).parent.mkdir(parents=True, exist_ok=True)
        (home / old).rename(home / new)

    read = Read()
    for file in SOURCES[case.tool].find(machine(home, (platform,))):
        read_file(SOURCES[case.tool], file, read)

    assert {name: summary(read).get(name) for name in case.counts()} == case.counts()


# -- how it is read changes nothing ----------------------------------------------------------


@every_case
@pytest.mark.parametrize("most", [24, pytest.param(1_000_000, marks=pytest.mark.deep)])
def test_reading_at_every_record_equals_reading_at_once(case: Case, most, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    once = read_home(source, home)
    ends = {path: record_ends(path) for path in appended_files(source, home)}

    # of a long file some: the first ones, where it says what it is, and a choice of the others
    dice = random.Random(case.name)
    for path, all_of_it in ends.items():
        if len(all_of_it) > most:
            chosen = dice.sample(all_of_it[most // 2 :], most - most // 2)
            ends[path] = [*all_of_it[: most // 2], *sorted(chosen)]
    grown = read_growing(source, home, ends)

    assert facts(grown) == facts(once)
    assert counted(grown) == counted(once)


@every_case
@pytest.mark.parametrize(
    ("seed", "times"), [(0, 4), *(pytest.param(n, 12, marks=pytest.mark.deep) for n in (1, 2, 3))]
)
def test_reading_at_any_byte_equals_reading_at_once(case: Case, seed, times, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    once, dice = read_home(source, home), random.Random(seed)
    files = appended_files(source, home)
    dice.shuffle(files)

    cuts = {p: sorted(dice.choices(range(p.stat().st_size + 1), k=times)) for p in files}
    grown = read_growing(source, home, cuts)

    assert facts(grown) == facts(once)
    assert counted(grown) == counted(once)


ORDERS: dict[str, Callable[[list[LogFile]], list[LogFile]]] = {
    "last first": lambda files: files[::-1],
    "newest first": lambda files: sorted(files, key=lambda file: -file.mtime_ns),
    "smallest first": lambda files: sorted(files, key=lambda file: file.size),
    "shuffled": lambda files: random.Random(7).sample(files, len(files)),
}


@every_case
def test_the_order_of_files_changes_nothing(case: Case):
    source, home = SOURCES[case.tool], case.home()
    if len(list(source.find(machine(home)))) < 2:
        pytest.skip("there is one file alone")
    found = read_home(source, home).merged()

    for name, order in ORDERS.items():
        assert read_home(source, home, order).merged() == found, name


@every_case
def test_reading_again_adds_nothing(case: Case):
    source, home = SOURCES[case.tool], case.home()
    read, cursors = Read(), Cursors()
    read_changed(source, home, read, cursors)
    once = read.merged()

    for file, cursor in cursors.values():
        read_file(source, file, read, cursor)  # as when only the time of the file moved
    for file, _ in cursors.values():
        read_file(source, file, read)  # from the start, as after a new version

    assert read.merged() == once


# -- nothing it meets breaks it --------------------------------------------------------------


@every_case
def test_a_file_of_nonsense_never_raises(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    files = list(source.find(machine(home)))
    for name, content in NASTY.items():
        for file in files:
            file.path.write_bytes(content)

        read = read_home(source, home)

        assert read.understood <= read.records, name


@every_case
def test_nonsense_between_records_costs_no_other_record(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    once = read_home(source, home)
    for path in appended_files(source, home):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"not JSON\n" + b"\0\0{\n".join(lines) + b'{"torn": ')

    read = read_home(source, home)

    assert summary(read) | {"problems": 0} == summary(once) | {"problems": 0}
    assert len(read.problems) > len(once.problems) or not appended_files(source, home)


@every_case
def test_a_huge_line_is_a_problem_and_the_rest_is_read(case: Case, tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 4 * 1024 * 1024)  # as with the real limit, sooner
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    once, path = read_home(source, home), next(iter(appended_files(source, home)), None)
    if path is None:
        pytest.skip("this source reads whole documents")
    path.write_bytes(b'{"x":"' + b"x" * (4 * 1024 * 1024) + b'"}\n' + path.read_bytes())

    read = read_home(source, home)

    assert "too_long" in {problem.reason for problem in read.problems}
    assert summary(read)["tokens"] == summary(once)["tokens"]


@every_case
def test_mutated_files_never_raise(case: Case, tmp_path):
    mutate_and_read(case, tmp_path, 15, random.Random(15))


@pytest.mark.deep
@pytest.mark.timeout(600)
@every_case
def test_many_mutated_files_never_raise(case: Case, tmp_path):
    mutate_and_read(case, tmp_path, 2_000, random.Random(2_000))


@every_source
@pytest.mark.parametrize("kind", ["gone", "folder", "fifo", "forbidden", "dangling link"])
def test_what_is_no_readable_file_is_unreadable(source: Source, kind, tmp_path):
    path = tmp_path / "log.jsonl"
    make_unreadable(path, kind)

    with pytest.raises(Unreadable):
        list(source.read(LogFile(path, 10, 10), Cursor()))


@every_case
def test_folders_and_pipes_named_like_logs_are_passed_over(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    once = read_home(source, home).merged()
    for file in list(source.find(machine(home))):
        file.path.with_name("0" + file.path.name).mkdir()
        os.mkfifo(file.path.with_name("1" + file.path.name))
        file.path.with_name("2" + file.path.name).symlink_to("/dev/zero")

    assert read_home(source, home).merged() == once


@every_source
def test_a_home_without_logs_gives_nothing(source: Source, tmp_path):
    assert list(source.find(machine(tmp_path / "nobody"))) == []
    assert all(place.is_absolute() for place in source.places(machine(tmp_path)))


# -- it keeps to its places ------------------------------------------------------------------


@every_case
def test_nothing_outside_its_places_is_opened(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    with opened_files() as opened:
        places = source.places(machine(home))
        read_home(source, home)

    inside = [path for path in opened if path.is_relative_to(home)]
    assert inside or not list(source.find(machine(home)))
    assert [p for p in inside if not any(p.is_relative_to(place) for place in places)] == []


@every_case
def test_nothing_is_written(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    before = tree(home)

    read_home(source, home)

    assert tree(home) == before


# -- it stays quick --------------------------------------------------------------------------


@every_case
def test_steps_grow_no_faster_than_the_file(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    path = max(appended_files(source, home), key=lambda p: p.stat().st_size, default=None)
    if path is None:
        pytest.skip("this source reads whole documents")
    text = path.read_bytes()

    few, many = (steps(source, home, path, text * times) for times in (2, 8))

    assert many < few * 5


@pytest.mark.deep
@every_case
def test_time_grows_no_faster_than_the_file(case: Case, tmp_path):
    source, home = SOURCES[case.tool], case.copied_to(tmp_path / "home")
    path = max(appended_files(source, home), key=lambda p: p.stat().st_size, default=None)
    if path is None:
        pytest.skip("this source reads whole documents")
    text = path.read_bytes()
    times = max(1, 2_000_000 // len(text))

    few, many = (seconds(source, home, path, text * times * n) for n in (1, 8))

    assert many < few * 16


# -- makers ----------------------------------------------------------------------------------


def facts(read: Read) -> dict[tuple[str, str], object]:
    """All rows without what a log may state better later: a call's instant and arguments."""
    rows = read.merged()
    return {key: replace(row, at_ms=None, **NO_ARGS.get(key[0], {})) for key, row in rows.items()}


NO_ARGS = {"ToolCall": {"args": ""}}


def counted(read: Read) -> tuple[int, int, int]:
    return read.records, read.understood, len(read.problems)


def appended_files(source: Source, home: Path) -> list[Path]:
    """Files that their tool appends to, line by line."""
    return [f.path for f in source.find(machine(home)) if f.path.suffix == ".jsonl"]


def mutate_and_read(case: Case, folder: Path, times: int, dice: random.Random) -> None:
    source, home = SOURCES[case.tool], case.copied_to(folder / "home")
    files = list(source.find(machine(home)))
    for _ in range(times):
        file = dice.choice(files)
        original = file.path.read_bytes()
        file.path.write_bytes(mutated(original, dice))
        read_file(source, file, Read())
        file.path.write_bytes(original)


def mutated(text: bytes, dice: random.Random) -> bytes:
    """A text with a few accidents: bytes changed, lost, doubled, or taken from elsewhere."""
    changed = bytearray(text)
    for _ in range(dice.randrange(1, 6)):
        at, length = dice.randrange(len(changed) + 1), dice.choice((1, 2, 8, 60, 900))
        accident = dice.randrange(5)
        if accident == 0:
            changed[at : at + length] = dice.randbytes(length)
        elif accident == 1:
            del changed[at : at + length]
        elif accident == 2:
            changed[at:at] = changed[at : at + length]
        elif accident == 3:
            other = dice.randrange(len(changed) + 1)
            changed[at : at + length] = changed[other : other + length]
        else:
            tokens = (b"null", b"-1", b"[]", b"{}", b'""', b"1e400", b"true", b'{"a":')
            changed[at : at + length] = dice.choice(tokens)
    return bytes(changed)


def make_unreadable(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "dangling link":
        path.symlink_to(path.with_name("nowhere"))
    elif kind == "forbidden":
        path.write_bytes(b"{}\n")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("nothing is forbidden to this user")


_watched: list[list[Path]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event == "open" and _watched and isinstance(args[0], str | bytes):
        _watched[-1].append(Path(os.fsdecode(args[0])))


sys.addaudithook(_hook)


@contextmanager
def opened_files() -> Iterator[list[Path]]:
    """Paths opened meanwhile, apart from private temporary copies."""
    seen: list[Path] = []
    _watched.append(seen)
    try:
        yield seen
    finally:
        _watched.pop()
        private = Path(tempfile.gettempdir(), "tokenmirror-")
        seen[:] = [path for path in seen if not str(path).startswith(str(private))]


def tree(home: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path.relative_to(home)): (facts.st_size, facts.st_mtime_ns, stat.S_IFMT(facts.st_mode))
        for path in sorted(home.rglob("*"))
        for facts in [path.lstat()]
    }


def steps(source: Source, home: Path, path: Path, text: bytes) -> int:
    """How many calls, of Python and C functions, reading the file takes."""
    path.write_bytes(text)
    file = next(f for f in source.find(machine(home)) if f.path == path)
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(step)
    try:
        for _ in source.read(file, Cursor()):
            pass
    finally:
        sys.setprofile(None)
    return count


def seconds(source: Source, home: Path, path: Path, text: bytes) -> float:
    path.write_bytes(text)
    file = next(f for f in source.find(machine(home)) if f.path == path)
    began = time.process_time()
    for _ in source.read(file, Cursor()):
        pass
    return time.process_time() - began

"""Three ways of reading a log: appended lines, whole documents, live databases."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tokenmirror.sources import lines
from tokenmirror.sources.source import Cursor, LogFile

# -- walking ---------------------------------------------------------------------------------


def test_files_are_found_by_their_ending_in_order_of_name(tmp_path):
    for name in ("b.jsonl", "a/c.jsonl", "a/d.txt", "e.jsonl.bak"):
        written(tmp_path / name)

    assert names(tmp_path, ".jsonl") == ["a/c.jsonl", "b.jsonl"]


def test_folders_deeper_than_asked_for_are_left_alone(tmp_path):
    written(tmp_path / "1/2/3/a.jsonl")

    assert [f.path.name for f in lines.walk(tmp_path, (".jsonl",), depth=2)] == []
    assert [f.path.name for f in lines.walk(tmp_path, (".jsonl",), depth=3)] == ["a.jsonl"]


def test_a_link_is_taken_when_it_stays_under_the_root(tmp_path):
    written(tmp_path / "root/a/real.jsonl")
    (tmp_path / "root/b").mkdir()
    (tmp_path / "root/b/link.jsonl").symlink_to(tmp_path / "root/a/real.jsonl")

    assert names(tmp_path / "root", ".jsonl") == ["a/real.jsonl", "b/link.jsonl"]


def test_a_link_out_of_the_root_and_a_linked_folder_are_passed_over(tmp_path):
    written(tmp_path / "outside/secret.jsonl")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link.jsonl").symlink_to(tmp_path / "outside/secret.jsonl")
    (tmp_path / "root/folder").symlink_to(tmp_path / "outside")

    assert names(tmp_path / "root", ".jsonl") == []


def test_a_link_in_a_circle_ends(tmp_path):
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "a.jsonl")
    (tmp_path / "loop").symlink_to(tmp_path)

    assert names(tmp_path, ".jsonl") == []


def test_a_folder_that_is_not_there_holds_no_files(tmp_path):
    assert names(tmp_path / "nowhere", "") == []


# -- a named file ----------------------------------------------------------------------------


def test_the_stamp_changes_with_a_companion(tmp_path):
    path, beside = written(tmp_path / "a.db"), written(tmp_path / "a.db-wal")
    before = lines.log_file(path, beside)

    beside.write_bytes(b"longer")

    assert lines.log_file(path, beside).stamp != before.stamp


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_regular_file_is_no_log(tmp_path, make):
    make(tmp_path / "log")

    assert lines.log_file(tmp_path / "log") is None


def test_opening_a_pipe_neither_waits_nor_succeeds(tmp_path):
    os.mkfifo(tmp_path / "log")

    with pytest.raises(lines.Unreadable), lines.opened(tmp_path / "log"):
        pass


# -- appended lines --------------------------------------------------------------------------


def test_an_unfinished_line_waits_for_its_end(tmp_path):
    path = written(tmp_path / "a", b"one\ntw")

    first, cursor = read(path, Cursor())
    path.write_bytes(b"one\ntwo\n")
    second, _ = read(path, cursor)

    assert (first, second) == ([b"one"], [b"two"])


def test_nothing_new_gives_nothing(tmp_path):
    path = written(tmp_path / "a", b"one\n")
    _, cursor = read(path, Cursor())

    assert read(path, cursor)[0] == []


@pytest.mark.parametrize("now", [b"on\n", b"new\ntwo\nthree\n"], ids=["shrunk", "replaced"])
def test_a_file_that_was_replaced_is_read_from_its_start(tmp_path, now):
    path = written(tmp_path / "a", b"one\ntwo\n")
    _, cursor = read(path, Cursor())
    path.write_bytes(now)

    start, _ = lines.appended(found(path), Cursor(cursor.offset, head=cursor.head, state=b"x"))

    assert (start.offset, start.state) == (0, b"")


def test_a_short_file_that_grew_is_known_by_its_beginning(tmp_path):
    path = written(tmp_path / "a", b"1\n")
    _, cursor = read(path, Cursor())
    path.write_bytes(b"1\n" + b"2\n" * 5_000)

    assert len(read(path, cursor)[0]) == 5_000


def test_a_mark_at_the_very_start_is_no_part_of_the_first_line(tmp_path):
    path = written(tmp_path / "a", b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n")

    assert read(path, Cursor())[0] == [b"one", b"\xef\xbb\xbftwo"]


def test_a_line_that_is_too_long_is_a_problem_and_the_next_one_is_read(tmp_path):
    path = written(tmp_path / "a", b"x" * (lines.MAX_LINE_BYTES + 2) + b"\nnext\n")

    first, second = lines.appended(found(path), Cursor())[1]

    assert (first.text, first.problem.reason, first.problem.offset) == (b"", "too_long", 0)
    assert (second.text, second.offset) == (b"next", first.end)


def test_a_line_of_just_the_greatest_length_is_read(tmp_path):
    path = written(tmp_path / "a", b"x" * lines.MAX_LINE_BYTES + b"\n")

    (line,) = lines.appended(found(path), Cursor())[1]

    assert len(line.text) + (line.problem is not None) == lines.MAX_LINE_BYTES


def test_a_line_is_found_again_at_its_offset(tmp_path):
    path = written(tmp_path / "a", b"one\ntwo\nthree")

    assert lines.line_at(path, 4) == b"two"
    assert lines.line_at(path, 8) == b"three"


# -- whole documents -------------------------------------------------------------------------


def test_a_whole_document_comes_without_its_mark(tmp_path):
    path = written(tmp_path / "a", b"\xef\xbb\xbf{}")

    assert lines.whole(found(path)) == b"{}"


def test_a_document_that_is_gone_is_unreadable(tmp_path):
    with pytest.raises(lines.Unreadable) as gone:
        lines.whole(LogFile(tmp_path / "a", 1, 1))

    assert gone.value.reason == "unreadable"


def test_a_document_that_is_too_large_is_unreadable(tmp_path):
    path = written(tmp_path / "a")
    os.truncate(path, lines.MAX_DOCUMENT_BYTES + 1)

    with pytest.raises(lines.Unreadable) as large:
        lines.whole(found(path))

    assert large.value.reason == "too_long"


# -- live databases --------------------------------------------------------------------------


def test_a_database_is_read_with_what_its_owner_has_just_written(tmp_path):
    owner = database(tmp_path / "a.db", wal=True)
    owner.execute("insert into t values (2)")

    with lines.sqlite_copy(tmp_path / "a.db") as db:
        rows = db.execute("select x from t order by x").fetchall()
    owner.close()

    assert rows == [(1,), (2,)]


def test_a_database_is_left_as_it_is(tmp_path):
    database(tmp_path / "a.db").close()
    before = [(p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir()]

    with lines.sqlite_copy(tmp_path / "a.db") as db, pytest.raises(sqlite3.OperationalError):
        db.execute("insert into t values (3)")

    assert [(p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir()] == before


def test_a_database_in_use_gives_the_state_before_the_running_change(tmp_path):
    owner = database(tmp_path / "a.db", wal=True)
    owner.execute("begin immediate")
    owner.execute("insert into t values (2)")

    with lines.sqlite_copy(tmp_path / "a.db") as db:
        rows = db.execute("select x from t").fetchall()
    owner.rollback()
    owner.close()

    assert rows == [(1,)]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0torn"])
def test_what_is_no_database_is_unreadable(tmp_path, content):
    path = written(tmp_path / "a.db", content)

    with pytest.raises(lines.Unreadable), lines.sqlite_copy(path) as db:
        db.execute("select 1 from t").fetchone()


def test_a_database_that_is_not_there_is_unreadable_and_not_made(tmp_path):
    with pytest.raises(lines.Unreadable), lines.sqlite_copy(tmp_path / "a.db"):
        pass

    assert list(tmp_path.iterdir()) == []


# -- makers ----------------------------------------------------------------------------------


def written(path: Path, content: bytes = b"{}\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(root: Path, suffix: str) -> list[str]:
    return [file.path.relative_to(root).as_posix() for file in lines.walk(root, (suffix,))]


def found(path: Path) -> LogFile:
    file = lines.log_file(path)
    assert file is not None
    return file


def read(path: Path, cursor: Cursor) -> tuple[list[bytes], Cursor]:
    start, new = lines.appended(found(path), cursor)
    texts, end = [], start.offset
    for line in new:
        texts.append(line.text)
        end = line.end
    return texts, Cursor(end, start.size, start.mtime_ns, start.head, start.state)


def database(path: Path, *, wal: bool = False) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    if wal:
        db.execute("pragma journal_mode=wal")
    db.execute("create table t (x)")
    db.execute("insert into t values (1)")
    return db


def test_what_is_read_whole_keeps_its_memory_when_it_is_rewritten(tmp_path):
    path = tmp_path / "task.json"
    path.write_text("[1, 2, 3]")
    cursor = lines.reread(lines.log_file(path), 3, b"memory")

    path.write_text("[4]")

    assert cursor.state == b"memory"
    assert not lines.restarted(lines.log_file(path), cursor)


def test_a_database_with_an_empty_log_is_read_as_it_lies(tmp_path):
    database = tmp_path / "x.db"
    with sqlite3.connect(database) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("create table t (x)")
    db.close()
    for end in ("-wal", "-shm"):  # as its owner leaves them when it is killed
        (tmp_path / f"x.db{end}").write_bytes(b"")

    with lines.sqlite_copy(database) as db:
        assert db.execute("select count(*) from t").fetchone() == (0,)

    assert {path.name: path.stat().st_size for path in tmp_path.iterdir() if path != database} == {
        "x.db-wal": 0,
        "x.db-shm": 0,
    }


def test_a_database_that_changed_goes_on_from_its_cursor(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table t (a)")
    cursor = lines.database_cursor(lines.log_file(path), b"memory")
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany("insert into t values (?)", [("x" * 900,)] * 50)

    assert not lines.restarted(lines.log_file(path), cursor)
    path.write_bytes(b"another form of the same size and name")
    assert lines.restarted(lines.log_file(path), cursor)


MOUNTS = (
    "/dev/sda1 / ext4 rw 0 0\nC:\\134 /mnt/c 9p rw,aname=drvfs 0 0\n"
    "host:/x /net\\040work nfs4 rw 0 0\n9p / 9p rw 0 0\nbroken\n"
)


@pytest.mark.parametrize(
    ("path", "far"),
    [("/mnt/c/a.db", True), ("/net work/a.db", True), ("/home/a.db", False), ("/mnt/cc/a", False)],
)
def test_a_file_on_a_disk_of_the_other_system_is_far(path, far):
    assert lines.is_far(Path(path), lines.mounted_far(MOUNTS)) is far


def test_a_far_database_is_read_in_a_copy_with_its_log(tmp_path):
    path = tmp_path / "a.db"
    owner = sqlite3.connect(path, isolation_level=None)
    owner.execute("pragma journal_mode = wal")
    owner.execute("create table t (x)")
    owner.execute("insert into t values (7)")

    with lines.sqlite_copy(path, far=True) as db:
        place = db.execute("pragma database_list").fetchone()[2]
        rows = db.execute("select x from t").fetchall()

    owner.close()
    assert rows == [(7,)]
    assert Path(place) != path
    assert not Path(place).exists()


def test_a_far_pipe_is_not_copied(tmp_path):
    os.mkfifo(tmp_path / "a.db")

    with pytest.raises(lines.Unreadable), lines.sqlite_copy(tmp_path / "a.db", far=True):
        pass


def test_a_line_that_is_too_long_and_not_finished_is_named_and_not_passed(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n")
    os.truncate(path, lines.MAX_LINE_BYTES + 10)

    first, last = lines.lines_from(path, 0)

    assert (first.text, last.end) == (b"{}", 3)
    assert last.problem is not None
    assert (last.problem.offset, last.problem.reason) == (3, "too_long")

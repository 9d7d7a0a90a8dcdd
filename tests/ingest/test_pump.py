"""Reading logs into the archive: only what is new, nothing twice, nothing lost."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import msgspec
import pytest

from tests.making import NOON_MS, Archive, a_prompt, a_usage
from tokenmirror.events import Problem
from tokenmirror.ingest import pump
from tokenmirror.ingest.report import Report
from tokenmirror.sources import lines
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source


def places(machine: Machine) -> tuple[Path, ...]:
    return (machine.home / ".toy",)


def find(machine: Machine):
    yield from lines.walk(machine.home / ".toy", (".jsonl",))


def read(file: LogFile, cursor: Cursor):
    """One prompt a line: {"id", "at"}; each line is a batch of its own."""
    now, found = lines.appended(file, cursor)
    for line in found:
        now = dataclasses.replace(now, offset=line.end)
        try:
            record = msgspec.json.decode(line.text)
        except msgspec.DecodeError:
            yield Batch((), now, (Problem(line.offset, "not_json"),), records=1)
            continue
        if record.get("crash"):
            raise ZeroDivisionError
        session = file.path.stem
        events = (a_prompt(record["id"], session, NOON_MS + record["at"]),)
        yield Batch((*events, a_usage(record["id"], session)), now, records=1, understood=1)


TOY = Source("toy", "Toy", 1, frozenset({"S1"}), frozenset(), places, find, read)


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "data")
    yield made
    made.db.close()


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home" / ".toy").mkdir(parents=True)
    return tmp_path / "home"


def log(home, name, *records):
    path = home / ".toy" / name
    with path.open("ab") as stream:
        stream.writelines(msgspec.json.encode(record) + b"\n" for record in records)
    return path


def read_all(archive, home, source=TOY, *, full=False, stopped=lambda: False, said=None):
    report = Report()
    machine = Machine(home, ("linux",))
    work = pump.look(archive.db, archive.machine, [machine], [source], report, full=full)
    say = said.append if said is not None else lambda _message: None
    pump.Pump(archive.writer, report, say, stopped, full=full).read(work)
    return report


def ids(archive):
    return [row[0] for row in archive.rows("select log_key from prompts order by at_ms")]


def test_only_what_was_appended_is_read(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1}, {"id": "2", "at": 2})
    read_all(archive, home)
    before = path.stat().st_size
    log(home, "a.jsonl", {"id": "3", "at": 3})

    report = read_all(archive, home)

    assert ids(archive) == ["1", "2", "3"]
    assert (report.records_read, report.bytes_read) == (1, path.stat().st_size - before)


def test_an_unchanged_file_is_not_opened(archive, home):
    log(home, "a.jsonl", {"id": "1", "at": 1})
    read_all(archive, home)

    report = read_all(archive, home)

    assert (report.files_found, report.files_unchanged, report.files_read) == (1, 1, 0)


def test_a_torn_last_line_is_read_once_it_is_whole(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1})
    with path.open("ab") as stream:
        stream.write(b'{"id":"2",')
    read_all(archive, home)
    with path.open("ab") as stream:
        stream.write(b'"at":2}\n')

    read_all(archive, home)

    assert ids(archive) == ["1", "2"]
    assert archive.one("select count(*) from problems") == 0


def test_a_broken_line_is_counted_and_the_next_one_read(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1})
    with path.open("ab") as stream:
        stream.write(b"not json\n")
    log(home, "a.jsonl", {"id": "2", "at": 2})

    report = read_all(archive, home)

    assert ids(archive) == ["1", "2"]
    assert report.source("toy").problems == [(str(path), 18, "not_json")]
    assert archive.rows("select records, understood from files") == [(3, 2)]


def test_a_replaced_file_is_read_from_its_start_and_loses_nothing(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1}, {"id": "2", "at": 2})
    read_all(archive, home)
    path.unlink()
    log(home, "a.jsonl", {"id": "9", "at": 9})

    read_all(archive, home)

    assert ids(archive) == ["1", "2", "9"]
    assert archive.rows("select records from files") == [(1,)]


def test_rows_stay_when_their_log_is_deleted(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1})
    read_all(archive, home)
    path.unlink()

    read_all(archive, home)

    assert ids(archive) == ["1"]
    assert archive.one("select gone from files") == 1


def test_a_new_version_of_a_source_reads_its_files_again(archive, home):
    log(home, "a.jsonl", {"id": "1", "at": 1})
    read_all(archive, home)
    archive.db.execute("update prompts set words = 999")

    read_all(archive, home, dataclasses.replace(TOY, version=2))

    assert archive.rows("select words from prompts") == [(6,)]


def test_reading_all_again_keeps_what_only_the_archive_has(archive, home):
    log(home, "a.jsonl", {"id": "1", "at": 1})
    gone = log(home, "b.jsonl", {"id": "2", "at": 2})
    read_all(archive, home)
    gone.unlink()

    report = read_all(archive, home, full=True)

    assert (ids(archive), report.files_read) == (["1", "2"], 1)


def test_stopping_keeps_what_is_complete_and_goes_on_from_there(archive, home):
    log(home, "a.jsonl", *({"id": str(n), "at": n} for n in range(4)))
    answers = iter([False, False, True])

    report = read_all(archive, home, stopped=lambda: next(answers))

    assert (report.stopped, ids(archive)) == (True, ["0", "1"])
    assert read_all(archive, home).records_read == 2
    assert ids(archive) == ["0", "1", "2", "3"]


def test_a_fault_of_a_decoder_is_named_and_the_other_files_are_read(archive, home):
    log(home, "a.jsonl", {"crash": True})
    log(home, "b.jsonl", {"id": "1", "at": 1})

    report = read_all(archive, home)

    assert ids(archive) == ["1"]
    assert [why for _file, _at, why in report.source("toy").problems] == ["bug"]
    assert archive.rows("select reason from problems") == [("bug",)]


def test_a_source_rests_after_five_faults(archive, home):
    for n in range(8):
        log(home, f"{n}.jsonl", {"crash": True})

    report = read_all(archive, home)

    assert (report.files_failed, report.source("toy").rests) == (5, True)


def test_a_file_that_vanishes_while_being_read_is_named(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1})
    log(home, "b.jsonl", {"id": "2", "at": 2})
    report = Report()
    machine = Machine(home, ("linux",))
    work = pump.look(archive.db, archive.machine, [machine], [TOY], report)
    path.unlink()

    pump.Pump(archive.writer, report, lambda _said: None, lambda: False, full=False).read(work)

    assert ids(archive) == ["2"]
    assert report.source("toy").problems == [(str(path), None, "unreadable")]


def test_progress_tells_bytes_and_files_of_each_source(archive, home):
    path = log(home, "a.jsonl", {"id": "1", "at": 1})
    said = []

    read_all(archive, home, said=said)

    size = path.stat().st_size
    far = {"done": size, "total": size, "files_done": 1, "files": 1, "problems": 0}
    assert said[-1]["sources"] == [{"id": "toy", **far}]


def test_a_second_home_is_read_too(archive, home, tmp_path):
    other = tmp_path / "other"
    (other / ".toy").mkdir(parents=True)
    log(home, "a.jsonl", {"id": "1", "at": 1})
    log(other, "b.jsonl", {"id": "2", "at": 2})
    machines = [Machine(home, ("linux",)), Machine(other, ("linux",))]

    work = pump.look(archive.db, archive.machine, machines, [TOY], Report())

    assert sorted(one.file.path.name for one in work) == ["a.jsonl", "b.jsonl"]


def test_the_newest_file_is_read_first(archive, home):
    old = log(home, "z.jsonl", {"id": "1", "at": 1})
    log(home, "a.jsonl", {"id": "2", "at": 2})
    os.utime(old, ns=(1, 1))

    work = pump.look(archive.db, archive.machine, [Machine(home, ("linux",))], [TOY], Report())

    assert [one.file.path.name for one in work] == ["a.jsonl", "z.jsonl"]

"""Files that were only touched: no record, and no problem, is counted a second time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.making import Archive
from tests.sources.reading import Case, cases, machine
from tokenmirror.ingest import pump
from tokenmirror.ingest.report import Report
from tokenmirror.sources import built_in

SOURCES = {source.key: source for source in built_in()}
CASES = [case for case in cases() if case.tool in SOURCES]
COUNTS = "select sum(records), sum(understood), (select count(*) from problems) from files"


def read(archive: Archive, case: Case, home: Path) -> tuple:
    source, report = SOURCES[case.tool], Report()
    report.source(source.key)
    work = pump.look(archive.db, archive.machine, (machine(home),), [source], report)
    pump.Pump(archive.writer, report, lambda _said: None, lambda: False, full=False).read(work)
    return archive.rows(COUNTS)[0]


@pytest.mark.deep
@pytest.mark.parametrize("case", CASES, ids=[f"{case.tool}/{case.name}" for case in CASES])
def test_reading_touched_files_again_counts_nothing_twice(case, tmp_path):
    home, archive = case.copied_to(tmp_path / "home").resolve(), Archive(tmp_path / "data")
    once = read(archive, case, home)
    for folder, _, names in os.walk(home):
        for name in names:
            file = Path(folder, name)
            os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 10**9))

    assert read(archive, case, home) == once

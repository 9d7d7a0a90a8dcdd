"""A source of somebody else's package, found by its entry point: the whole way, and its faults.

``PACKAGE`` is all that such a package needs: a module with a ``Source``, and in its metadata
the entry point that names it.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from tokenmirror import sources
from tokenmirror.app import cli
from tokenmirror.sources.foreign import SourceFault
from tokenmirror.sources.source import Cursor, LogFile, Machine
from tokenmirror.store import own

PACKAGE = '''
"""Chats of an imaginary tool: ``~/.scribe/*.jsonl``, a prompt a line."""

from dataclasses import replace

import msgspec

from tokenmirror.events import Problem, Prompt, Session
from tokenmirror.sources import lines
from tokenmirror.sources.source import Batch, Source


def places(machine):
    return (machine.home / ".scribe",)


def find(machine):
    return lines.walk(machine.home / ".scribe", (".jsonl",), depth=0)


def read(file, cursor):
    cursor, new = lines.appended(file, cursor)
    events, problems, records = [], [], 0
    for line in new:
        records += 1
        try:
            record = msgspec.json.decode(line.text, type=dict[str, str])
            events.append(
                Prompt(
                    session=file.path.stem,
                    key=f"{file.path.stem}:{line.offset}",
                    at_ms=None,
                    text=record["asked"],
                )
            )
        except (msgspec.MsgspecError, KeyError):
            problems.append(Problem(line.offset, "bad_type"))
        cursor = replace(cursor, offset=line.end)
    events.insert(0, Session(session=file.path.stem, key=file.path.stem, at_ms=None))
    yield Batch(tuple(events), cursor, tuple(problems), records, records - len(problems))


SOURCE = Source(
    key="scribe",
    name="Scribe",
    version=1,
    full=frozenset({"S1"}),
    partly=frozenset(),
    places=places,
    find=find,
    read=read,
)
'''


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a package with one source, as an installer leaves it; gives the registry."""

    def installed(code: str, point: str = "scribe", attribute: str = "SOURCE"):
        site = tmp_path / "site"
        info = site / f"{point}_log-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{point}_log.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {point}-log\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[tokenmirror.sources]\n{point} = {point}_log:{attribute}\n"
        )
        monkeypatch.syspath_prepend(str(site))
        sources.registered.cache_clear()
        return next(entry for entry in sources.registered() if not entry.built_in)

    yield installed
    sys.modules.pop("scribe_log", None)
    sources.registered.cache_clear()


def a_home(folder: Path) -> Path:
    (folder / ".scribe").mkdir(parents=True)
    (folder / ".scribe" / "monday.jsonl").write_text('{"asked": "why"}\n{"said": 1}\n')
    return folder


def imported(tmp_path: Path, capsys, *how: str) -> dict:
    places = ["--data-dir", str(tmp_path / "data"), "--home", str(tmp_path / "home"), "--json"]
    code = cli.code_of([*places, "import", *how])
    out = capsys.readouterr()
    assert code == 0, out.err
    return {row["id"]: row for row in json.loads(out.out)["sources"]}


def test_it_is_read_once_it_is_named(install, tmp_path, capsys):
    install(PACKAGE)
    a_home(tmp_path / "home")

    read = imported(tmp_path, capsys, "--source", "scribe")["scribe"]

    assert (read["prompts"], read["sessions"], read["records_bad"]) == (1, 1, 1)


def test_it_is_off_until_the_person_allows_it(install, tmp_path, capsys):
    install(PACKAGE)
    a_home(tmp_path / "home")

    assert "scribe" not in imported(tmp_path, capsys, "--all-sources")

    own.Own(tmp_path / "data/archive/mirror.db").consent("scribe", allowed=True, places=[])
    assert imported(tmp_path, capsys)["scribe"]["prompts"] == 1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("raise RuntimeError('secret')", "RuntimeError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("SOURCE = 5", "TypeError"),
        ("import no_such_module_here", "ModuleNotFoundError"),
        (PACKAGE.replace('key="scribe"', 'key="claude-code"'), "KeyTaken"),
        (PACKAGE.replace('name="Scribe"', "name=None"), "TypeError"),
        (PACKAGE.replace('{"S1"}', '{"S99"}'), "TypeError"),
        (PACKAGE.replace("find=find", "find=None"), "TypeError"),
    ],
)
def test_one_that_does_not_load_is_named_with_its_fault(install, code, fault):
    entry = install(code)

    assert (entry.key, entry.source, entry.fault) == ("scribe", None, fault)


FIND = "    return lines.walk"
READ = "    cursor, new = lines"
FAULTS = {
    "find raises": (FIND, "    raise ValueError\n    return lines.walk"),
    "find ends the program": (FIND, "    raise SystemExit\n    return lines.walk"),
    "find gives no files": (FIND, "    return [1]\n    return lines.walk"),
    "find gives nothing to go through": (FIND, "    return 7\n    return lines.walk"),
    "read raises": (READ, "    raise KeyError\n    cursor, new = lines"),
    "read ends the program": (READ, "    raise SystemExit\n    cursor, new = lines"),
    "read gives no batch": (READ, "    yield 5\n    cursor, new = lines"),
    "read never ends": (READ, "    while True: yield Batch((), cursor)\n    cursor, new = lines"),
    "an event of wrong types": ('text=record["asked"]', "text=5"),
    "a key of wrong type": ('key=f"', 'key=9 or f"'),
    "an event that is none": ("events.insert(0, Session(", "events.insert(0, dict("),
    "counts below nothing": ("records, records -", "records, -1 -"),
    "a state too large": ("offset=line.end", "offset=line.end, state=bytes(99_999)"),
}


@pytest.mark.parametrize(("old", "new"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_one_is_named_and_the_others_are_read(old, new, install, tmp_path, capsys):
    install(PACKAGE.replace(old, new))
    home = a_home(tmp_path / "home")
    (home / ".continue/sessions").mkdir(parents=True)
    (home / ".continue/sessions/s.json").write_text(
        '{"sessionId": "s", "history": [{"message": {"role": "user", "content": "hi"}}]}'
    )

    read = imported(tmp_path, capsys, "--source", "scribe", "--source", "continue")

    assert [problem["why"] for problem in read["scribe"]["problems"]][-1:] == ["bug"]
    assert read["continue"]["prompts"] == 1


def test_places_that_cannot_be_asked_are_none(install, tmp_path):
    entry = install(PACKAGE.replace('return (machine.home / ".scribe",)', "return 1 / 0"))

    assert entry.source.places(Machine(tmp_path, ("linux",))) == ()


def test_the_words_of_an_error_go_nowhere(install, tmp_path):
    entry = install(PACKAGE.replace(READ, "    raise ValueError('my prompt')\n" + READ))
    file = LogFile(tmp_path / "a", 1, 1)

    with pytest.raises(SourceFault) as fault:
        list(entry.source.read(file, Cursor()))

    assert (str(fault.value), fault.value.__cause__) == ("ValueError", None)


def test_one_that_does_not_load_needs_attention(install, tmp_path, capsys):
    install("raise RuntimeError('secret')")

    cli.code_of(["--data-dir", str(tmp_path), "doctor"])

    said = capsys.readouterr().out
    assert "scribe" in said
    assert "RuntimeError" in said
    assert "secret" not in said

"""Sources as values: two packages that read one tool."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tokenmirror.sources import BUILT_IN
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source, joined

OLD, NEW = LogFile(Path("/h/tasks/t/old.json"), 1, 1), LogFile(Path("/h/new.db"), 1, 1)


def a_source(file: LogFile, **fields) -> Source:
    defaults = {"full": frozenset({"S1"}), "partly": frozenset(), "version": 1}
    return Source(
        key="tool",
        name="Tool",
        places=lambda machine: (file.path.parent,),
        find=lambda machine: iter((file,)),
        read=lambda asked, cursor: iter((Batch((), Cursor(len(str(file.path)))),)),
        **defaults | fields,
    )


def test_two_sources_of_one_key_are_found_and_read_as_one():
    old = a_source(OLD, reads=lambda path: path.suffix == ".json", version=2)
    both = joined([old, a_source(NEW)])
    machine = Machine(Path("/h"), ("linux",))

    assert list(both.find(machine)) == [OLD, NEW]
    assert both.places(machine) == (OLD.path.parent, NEW.path.parent)
    for file in (OLD, NEW):
        (batch,) = both.read(file, Cursor())
        assert batch.cursor.offset == len(str(file.path))
    assert both.version == 3


def test_a_signal_is_full_only_where_every_part_gives_it_in_full():
    one = a_source(OLD, full=frozenset({"S1", "S2"}), keeps_days=30, unsaid=("a",))
    other = a_source(NEW, full=frozenset({"S1"}), partly=frozenset({"S6"}), unsaid=("a", "b"))

    both = joined([one, other])

    assert (both.full, both.partly) == ({"S1"}, {"S2", "S6"})
    assert (both.keeps_days, both.unsaid) == (30, ("a", "b"))


def test_a_source_alone_stays_as_it_is():
    source = a_source(NEW)

    assert joined([source]) is source


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_module_has_the_sources_that_the_registry_says(name):
    module = importlib.import_module(f"tokenmirror.sources.{name}")

    given = getattr(module, "SOURCES", None) or (module.SOURCE,)

    assert tuple(source.key for source in given) == BUILT_IN[name]


def test_only_the_sources_that_are_asked_for_are_loaded():
    code = (
        "import sys; from tokenmirror.sources import built_in;"
        "print(*(s.key for s in built_in(['zed', 'qwen-code', 'no-such'])));"
        "print(*sorted(m for m in sys.modules if m.startswith('tokenmirror.sources.')))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    keys, modules = ran.stdout.splitlines()
    assert keys.split() == ["qwen-code", "zed"]
    assert "tokenmirror.sources.cursor" not in modules.split()

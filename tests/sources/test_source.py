"""Sources as values: two packages that read one tool."""

from __future__ import annotations

from pathlib import Path

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

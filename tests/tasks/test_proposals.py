"""Proposed changes: all edits of one turn to one file, as the turn left them."""

from __future__ import annotations

from tests.making import SEALER
from tokenmirror.tasks.proposals import Edit, proposals


def an_edit(number, added=(), removed=(), **rest):
    lines = SEALER.lines(added, removed)
    values = {
        "id": number,
        "session": 1,
        "turn": 7,
        "path": "a.py",
        "at_ms": number,
        "decision": "accepted",
        "how": "chosen",
        "added": sum(1 for line in added if line.strip()),
        "whole": False,
        "lines": lines,
    }
    return Edit(**(values | rest))


def test_edits_of_one_turn_to_one_file_are_one_proposed_change():
    found = proposals([an_edit(1, ["one()"]), an_edit(2, ["two()"]), an_edit(3, ["x()"], path="b")])

    assert [(one.path, one.proposed, one.suggestions) for one in found] == [
        ("a.py", 2, (1, 2)),
        ("b", 1, (3,)),
    ]


def test_text_overwritten_within_the_turn_is_out():
    found = proposals([an_edit(1, ["first()", "kept()"]), an_edit(2, ["second()"], ["first()"])])

    assert (found[0].proposed, found[0].accepted) == (2, 2)


def test_text_overwritten_in_a_later_turn_was_proposed():
    later = an_edit(2, ["second()"], ["first()"], turn=8)

    assert [one.proposed for one in proposals([an_edit(1, ["first()"]), later])] == [1, 1]


def test_a_whole_file_written_again_replaces_what_the_turn_wrote_before():
    again = an_edit(2, ["a()", "c()"], whole=True)

    assert proposals([an_edit(1, ["a()", "b()"], whole=True), again])[0].proposed == 2


def test_a_refused_edit_leaves_what_stands_alone():
    refused = an_edit(2, ["x()", "y()", "z()"], decision="rejected", lines=None)

    one = proposals([an_edit(1, ["first()"]), refused])[0]

    assert (one.chosen, one.rejected, one.decision) == (1, 3, "accepted")


def test_failed_edits_are_out():
    assert proposals([an_edit(1, ["a()"], decision="failed", how=None)]) == []


def test_kinds_of_acceptance_are_kept_apart():
    hows = [("chosen", 1), ("allowed", 2), ("applied", 3)]
    edits = [an_edit(n, [f"line_{n}()"], how=how) for how, n in hows]

    one = proposals([*edits, an_edit(4, ["u()"], decision="undecided", how=None)])[0]

    assert (one.chosen, one.allowed, one.applied, one.undecided) == (1, 1, 1, 1)
    assert (one.decision, one.how, one.accepted) == ("accepted", "chosen", 3)

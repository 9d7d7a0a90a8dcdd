"""What became of an edit, out of the archive."""

from __future__ import annotations

from tests.measures.stores import a_commit, a_task, insert, store_with
from tokenmirror.store import facts


def test_a_line_that_two_commits_record_is_noted_once():
    db = store_with(a_task())
    edit = insert(
        db, "suggestions", key=9, log_key="k", session_id=1, copied=0, at_ms=1, kind="edit",
        decision="accepted", basis="stated", lines_added=9, lines_removed=0, added=9, removed=0,
    )  # fmt: skip
    bits = b"\xff"
    insert(db, "follows", suggestion_id=edit, repo_id=1, path="a.py", landed=bits, shipped=b"",
           exact=b"\x1f", landed_lines=8, shipped_lines=0, exact_lines=5)  # fmt: skip
    for kind, lines in (("own_commit", 3), ("own_commit", 3), ("near", 2)):
        insert(db, "claims", commit_id=a_commit(db, "2026-10-05"), suggestion_id=edit,
               session_id=1, path="a.py", evidence=kind, lines=lines, proof_lines=0)  # fmt: skip

    fate = facts.fates(db, [edit])[edit]

    assert (fate.landed, fate.landed_exact, fate.noted) == (8, 5, 3)

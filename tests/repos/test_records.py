"""What tools recorded beside the commits: read safely, and never against the text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.repos.making import HOUR, Making, Outcome, Scanner, code, followed
from tokenmirror.repos.nouns import Pool
from tokenmirror.repos.records import Range, authorship, sessions_of, traced

SESSION = "5b2e8c3d-4f60-4182-93a4-b5c6d7e8f90a"
OTHER = "0b8f0c52-0000-4000-8000-000000000001"


def a_log(*files: tuple[str, str], session: str = SESSION, key: str = "s_c9883b05a2487d") -> str:
    """An authorship log; per file its name as written there and the ranges."""
    said = {
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.4.0",
        "base_commit_sha": "",
        "prompts": {"c9883b05a2487d6d": {"agent_id": {"tool": "cursor", "id": OTHER}}},
        "sessions": {key: {"agent_id": {"tool": "claude", "id": session, "model": "m"}}},
    }
    lines = [f"{path}\n  {key}::t_9f8e7d6c5b4a32 {ranges}" for path, ranges in files]
    return "\n".join([*lines, "---", json.dumps(said, indent=2)])


def a_trace(oid: str, at_ms: int, path: str, first: int, last: int, **contributor: str) -> str:
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(),
            "vcs": {"type": "git", "revision": oid},
            "files": [
                {
                    "path": path,
                    "conversations": [
                        {
                            "url": f"file:///home/someone/.claude/projects/x/{SESSION}.jsonl",
                            "contributor": {"type": "ai", **contributor},
                            "ranges": [{"start_line": first, "end_line": last}],
                        }
                    ],
                }
            ],
        }
    )


def with_sessions(repo: Making) -> Pool:
    pool = repo.pool()
    pool.sessions = {SESSION: 1, OTHER: 2}
    return pool


def found_in(outcome: Outcome, oid: str) -> list[tuple[int | None, int, str, int]]:
    return [(c.edit, c.session, c.evidence, c.lines) for c in outcome.claims[oid]]


def test_an_authorship_log_is_read() -> None:
    log = a_log(("src/a.py", "1-4,9,12-13"), ('"with space.py"', "7"))

    assert authorship(log) == {
        "src/a.py": [Range(1, 4, (SESSION,)), Range(9, 9, (SESSION,)), Range(12, 13, (SESSION,))],
        "with space.py": [Range(7, 7, (SESSION,))],
    }


def test_older_keys_are_prompts_and_people_are_left_out() -> None:
    log = a_log(("a.py", "1")).replace("---", "  c9883b05a2487d6d 5-6\n  h_a1b2c3d4e5f678 8\n---")

    assert authorship(log)["a.py"] == [Range(1, 1, (SESSION,)), Range(5, 6, (OTHER,))]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "---",
        "a.py\n  s_1 1-4\n---\n{",
        "a.py\n  s_1 1-4\n---\n[]",
        "a.py\n  s_1 1-4\n---\n" + "[" * 100_000,
        a_log(("a.py", "x-y,1-2-3,-4,99999999999")),
        a_log(("a.py", "1")).replace("3.0.0", "9.0.0"),
        a_log(("a.py", "1"), session="short"),
    ],
)
def test_notes_of_another_form_say_nothing(note: str) -> None:
    assert authorship(note) == {}


def test_the_last_record_of_a_line_wins() -> None:
    ranges = [Range(1, 5, (SESSION,)), Range(2, 3, ("unknown", OTHER)), Range(4, 9, ("unknown",))]

    assert sessions_of([1, 2, 3, 7], ranges, {SESSION: 1, OTHER: 2}) == (1, 2, 2, None)


@pytest.mark.parametrize("line", ["", "{", "[]", '{"vcs": 3}', '{"vcs": {"type": "git"}}'])
def test_traces_of_another_form_say_nothing(line: str) -> None:
    assert traced(line) is None


@pytest.mark.parametrize("kind", ["human", "mixed", "unknown"])
def test_only_lines_of_a_tool_alone_are_traced(kind: str) -> None:
    assert traced(a_trace("a" * 40, 0, "a.py", 1, 2, type=kind)) is None


def test_lines_of_no_edit_are_claimed_by_a_note(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    repo.git("notes", "--ref=ai", "add", "-m", a_log(("b.py", "1-8")), oid)

    outcome = scanner.scan(repo, with_sessions(repo))

    assert found_in(outcome, oid) == [(None, 1, "record", 8)]
    assert outcome.shipped(1)


def test_notes_in_folders_are_found(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    blob = repo.git("hash-object", "-w", "--stdin", feed=a_log(("b.py", "1-8")))
    tree = repo.git("mktree", feed=f"100644 blob {blob}\t{oid[2:]}\n")
    above = repo.git("mktree", feed=f"040000 tree {tree}\t{oid[:2]}\n")
    repo.git("update-ref", "refs/notes/ai", repo.git("commit-tree", above, "-m", "Notes"))

    assert scanner.scan(repo, with_sessions(repo)).shipped(1)


def test_the_text_wins_over_a_note(repo: Making, scanner: Scanner) -> None:
    edit = repo.accept(1, "b.py", code("one"))
    oid = repo.commit()
    repo.git("notes", "--ref=ai", "add", "-m", a_log(("b.py", "1-8"), session=OTHER), oid)

    outcome = scanner.scan(repo, with_sessions(repo))

    assert found_in(outcome, oid) == [(edit.id, 1, "exact", 8)]


def test_a_note_makes_changed_lines_sure(repo: Making, scanner: Scanner) -> None:
    line = "    total = compute_price(order, customer, discount)"
    edit = repo.note(1, "b.py", [*code("one", 4), line])
    repo.append("b.py", [*code("one", 4), f"{line}  # checked"])
    oid = repo.commit()
    repo.git("notes", "--ref=ai", "add", "-m", a_log(("b.py", "5")), oid)
    pool = with_sessions(repo)

    outcome = scanner.scan(repo, pool)

    assert found_in(outcome, oid) == [(edit.id, 1, "exact", 4), (edit.id, 1, "record", 1)]
    assert followed(pool, edit).exact_lines == 5


def test_a_note_of_an_unknown_session_claims_nothing(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    repo.git("notes", "--ref=ai", "add", "-m", a_log(("b.py", "1-8")), oid)

    assert not scanner.scan(repo).claims[oid]


def test_a_note_on_a_commit_in_no_branch_is_left_out(repo: Making, scanner: Scanner) -> None:
    repo.accept(1, "b.py", code("one"))
    repo.append("c.py", code("generated"))
    oid = repo.commit()
    repo.made_by(1, oid[:10])
    repo.git("notes", "--ref=ai", "add", "-m", a_log(("c.py", "1-8")), oid)
    repo.git("commit", "-q", "--amend", "-m", "Amended")

    outcome = scanner.scan(repo, with_sessions(repo))

    assert {c.evidence for c in outcome.claims[oid]} == {"exact"}


def test_another_tools_note_is_a_hint_only(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    note = json.dumps({"generator": "Qwen-Coder", "files": {"b.py": {"aiChars": 300}}})
    repo.git("notes", "--ref=ai-attribution", "add", "-m", note, oid)

    outcome = scanner.scan(repo, with_sessions(repo))

    assert outcome.commits[oid].trailer == "qwen-code"
    assert not outcome.claims[oid]


def test_a_trace_made_at_its_commit_claims_lines(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    at_ms = scanner.scan(repo).commits[oid].committed_ms
    (repo.folder / ".agent-trace").mkdir()
    (repo.folder / ".agent-trace" / "traces.jsonl").write_text(
        a_trace(oid, at_ms, "b.py", 1, 4) + "\nno json\n" + a_trace(oid, at_ms + HOUR, "b.py", 5, 8)
    )

    outcome = scanner.scan(repo, with_sessions(repo))

    assert found_in(outcome, oid) == [(None, 1, "record", 4)]


def test_a_trace_behind_a_link_is_not_read(repo: Making, scanner: Scanner) -> None:
    repo.append("b.py", code("generated"))
    oid = repo.commit()
    at_ms = scanner.scan(repo).commits[oid].committed_ms
    (repo.folder / "elsewhere").write_text(a_trace(oid, at_ms, "b.py", 1, 4))
    (repo.folder / ".agent-trace").mkdir()
    (repo.folder / ".agent-trace" / "traces.jsonl").symlink_to(repo.folder / "elsewhere")

    assert not scanner.scan(repo, with_sessions(repo)).claims[oid]

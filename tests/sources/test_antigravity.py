"""Antigravity: steps of database and transcript, which are the same, and tokens."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.shared import shared
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.antigravity import SOURCE, find, places, wire

CLI, IDE = Path(".gemini/antigravity-cli"), Path(".gemini/antigravity-ide")
T0 = 1_782_900_000
ISO = "2026-07-01T10:00:0{}Z"


# -- makers ----------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def message(*parts: tuple[int, object]) -> bytes:
    """A protobuf message of numbers, texts and messages."""
    out = b""
    for number, value in parts:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def step(kind: int, *parts: tuple[int, object], meta: bytes = b"", status: int = 3) -> bytes:
    at = message((1, message((1, T0), (2, 500_000_000)))) + meta
    return message((1, kind), (4, status), (5, at), *parts)


def typed(text: str = "add a retry") -> bytes:
    return step(14, (19, message((3, message((1, text))))))


def planned(name: str, args: object, call: str = "c1") -> bytes:
    told = message((1, call), (2, name), (3, json.dumps(args)))
    return step(15, (20, message((1, "I will"), (7, told))))


def gave(text: str, call: str = "c1", status: int = 3) -> bytes:
    meta = message((4, message((1, call), (2, "x"))))
    return step(132, (140, message((2, message((1, text))))), meta=meta, status=status)


def answered(
    read: int = 100, written: int = 30, name: str = "r1", shown: str = "Gemini 3.1 Pro (High)"
) -> bytes:
    counts = message((1, 1016), (2, read), (3, written), (5, 7), (9, 20), (10, 10), (11, name))
    chat = message((4, counts), (19, "gemini-pro-default"), (21, shown))
    return message((1, chat), (2, varint(1)))


def database(home: Path, *steps: bytes, name: str = "s1", at: Path = CLI, **more: object) -> Path:
    """``more`` names tables with one row's data; ``usage`` is that of ``gen_metadata``."""
    path = home / at / "conversations" / f"{name}.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table steps (idx integer primary key, step_payload blob)")
        db.executemany("insert into steps values (?, ?)", enumerate(steps))
        for table in ("gen_metadata", "parent_references", "trajectory_metadata_blob"):
            db.execute(f"create table {table} (idx integer primary key, data blob)")
            data = more.get(table, [])
            rows = enumerate(data if isinstance(data, list) else [data])
            db.executemany(f"insert into {table} values (?, ?)", rows)
    return path


def line(index: int, kind: str, content: str | None = None, **more: object) -> dict[str, object]:
    source = "USER_EXPLICIT" if kind == "USER_INPUT" else "MODEL"
    told = {"step_index": index, "source": source, "type": kind, "status": "DONE"}
    told |= {"created_at": ISO.format(index)}
    return told | ({"content": content} if content is not None else {}) | more


def asked(index: int = 0, text: str = "add a retry") -> dict[str, object]:
    rest = "<ADDITIONAL_METADATA>\nnot typed\n</ADDITIONAL_METADATA>"
    return line(index, "USER_INPUT", f"<USER_REQUEST>\n{text}\n</USER_REQUEST>\n{rest}")


def calls(index: int, name: str, **args: object) -> dict[str, object]:
    return line(index, "PLANNER_RESPONSE", tool_calls=[{"name": name, "args": args}])


def transcript(
    home: Path, *told: object, name: str = "s1", at: Path = CLI, file: str = "transcript_full"
) -> Path:
    path = home / at / "brain" / name / ".system_generated" / "logs" / f"{file}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in told))
    return path


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def only(home: Path, kind: type) -> object:
    (row,) = read(home).rows(kind)
    return row


# -- transcripts -----------------------------------------------------------------------------


def test_a_prompt_is_what_stands_in_the_request(tmp_path):
    transcript(tmp_path, asked(), line(1, "CONVERSATION_HISTORY"))

    prompt = only(tmp_path, Prompt)

    assert (prompt.text, prompt.key, prompt.session) == ("add a retry", "s1/0", "s1")
    assert (prompt.turn, only(tmp_path, Turn).key) == ("s1/0", "s1/0")
    assert prompt.at_ms == T0 * 1000


def test_a_notice_of_the_system_is_no_prompt(tmp_path):
    notice = asked() | {"source": "SYSTEM"}
    transcript(tmp_path, notice, line(1, "SYSTEM_MESSAGE", "x"))

    assert read(tmp_path).events == []


def test_a_command_s_end_stands_in_its_result(tmp_path):
    told = [asked(), calls(2, "run_command", CommandLine="pytest", Cwd="/w")]
    transcript(tmp_path, *told, line(3, "RUN_COMMAND", "\tThe command failed with exit code: 1"))

    call, proposed = only(tmp_path, ToolCall), only(tmp_path, Suggestion)

    assert (call.kind, call.ok, call.turn) == ("test", False, "s1/0")
    assert (proposed.kind, proposed.decision, proposed.how) == ("command", "accepted", "applied")


def test_a_commit_is_named(tmp_path):
    told = line(2, "RUN_COMMAND", "\t\tOutput:\n\t\t[main 1a2b3c4] x\n")
    transcript(tmp_path, calls(1, "run_command", CommandLine="git commit -m x"), told)

    assert only(tmp_path, ToolCall).commits == ("1a2b3c4",)


@pytest.mark.parametrize(
    ("status", "decision", "ok"),
    [("DONE", "accepted", True), ("ERROR", "failed", False), ("RUNNING", "undecided", None)],
)
def test_an_edit_is_applied_once_it_is_done(tmp_path, status, decision, ok):
    args = {"TargetFile": "/w/a.py", "TargetContent": "a\n", "ReplacementContent": "b\n"}
    told = line(2, "CODE_ACTION", "", status=status)
    transcript(tmp_path, calls(1, "replace_file_content", **args), told)

    edit = only(tmp_path, Suggestion)

    assert (edit.decision, only(tmp_path, ToolCall).ok) == (decision, ok)
    assert (edit.path, edit.added, edit.removed) == ("/w/a.py", ("b",), ("a",))


def test_a_call_without_a_result_is_undecided(tmp_path):
    transcript(tmp_path, calls(1, "write_to_file", TargetFile="/w/a", CodeContent="x\n"))

    assert only(tmp_path, Suggestion).decision == "undecided"
    assert only(tmp_path, ToolCall).ok is None


def test_the_difference_that_a_result_shows_is_preferred(tmp_path):
    shown = "[diff_block_start]\n@@ -1 +1 @@\n x\n-old\n+new\n[diff_block_end]"
    told = calls(1, "multi_replace_file_content", TargetFile="/w/a", ReplacementChunks=[])
    transcript(tmp_path, told, line(2, "CODE_ACTION", shown))

    edit = only(tmp_path, Suggestion)

    assert (edit.added, edit.removed) == (("new",), ("old",))


@pytest.mark.parametrize(
    ("more", "kind", "whole"),
    [({"Overwrite": False}, "new_file", False), ({"Overwrite": True}, "edit", True)],
)
def test_a_file_is_written_anew_or_over(tmp_path, more, kind, whole):
    told = calls(1, "write_to_file", TargetFile="/w/a", CodeContent="x\ny\n", **more)
    transcript(tmp_path, told, line(2, "CODE_ACTION", "Created"))

    edit = only(tmp_path, Suggestion)

    assert (edit.kind, edit.whole, edit.added) == (kind, whole, ("x", "y"))


def test_an_artefact_of_the_tool_is_no_edit(tmp_path):
    args = {"TargetFile": "/h/.gemini/plan.md", "CodeContent": "x", "IsArtifact": True}
    transcript(tmp_path, calls(1, "write_to_file", **args), line(2, "CODE_ACTION", ""))

    assert read(tmp_path).rows(Suggestion) == []
    assert only(tmp_path, ToolCall).kind == "edit"


def test_the_shorter_transcript_packs_its_arguments(tmp_path):
    args = {"TargetFile": '"/w/a"', "CodeContent": '"x\\n"', "Overwrite": "false"}
    told = [calls(1, "write_to_file", **args), line(2, "CODE_ACTION", "")]
    transcript(tmp_path, *told, file="transcript")

    edit = only(tmp_path, Suggestion)

    assert (edit.path, edit.added, edit.kind) == ("/w/a", ("x",), "new_file")


def test_of_two_transcripts_the_full_one_counts(tmp_path):
    transcript(tmp_path, asked(text="full"))
    transcript(tmp_path, asked(text="short"), file="transcript")

    assert only(tmp_path, Prompt).text == "full"


def test_an_unknown_line_is_counted_by_its_name(tmp_path):
    transcript(tmp_path, asked(), line(1, "NOVELTY", "x"), {"type": "USER_INPUT"})

    found = read(tmp_path)

    assert found.unknown == {"NOVELTY": 1}
    assert [problem.reason for problem in found.problems] == ["bad_type"]
    assert (found.records, found.understood) == (3, 1)


# -- who asked -------------------------------------------------------------------------------


def history(home: Path, *told: dict[str, object]) -> None:
    path = home / CLI / "history.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in told))


OLDER = {"display": "hello", "timestamp": 1}


@pytest.mark.parametrize(
    ("lines", "author", "basis"),
    [
        ([], "unknown", "unknown"),
        ([OLDER | {"display": "add a retry"}], "person", "inferred"),
        ([OLDER | {"display": "add a retry", "conversationId": "s1"}], "person", "inferred"),
        ([OLDER | {"display": "add a retry", "conversationId": "s2"}], "program", "inferred"),
        ([OLDER], "program", "inferred"),
        ([OLDER | {"timestamp": T0 * 2000}], "unknown", "unknown"),
    ],
    ids=["no file", "before it has an id", "typed", "another's", "not typed", "begins later"],
)
def test_what_was_typed_at_the_terminal_is_known_from_its_history(tmp_path, lines, author, basis):
    transcript(tmp_path, asked())
    if lines:
        history(tmp_path, *lines)

    prompt = only(tmp_path, Prompt)

    assert (prompt.author, prompt.basis) == (author, basis)


def test_the_editor_s_prompts_are_a_person_s(tmp_path):
    transcript(tmp_path, asked(), at=IDE)

    assert only(tmp_path, Prompt).author == "person"
    assert only(tmp_path, Session).entry == "interactive"


def test_the_history_names_the_folder(tmp_path):
    transcript(tmp_path, asked())
    history(tmp_path, OLDER | {"conversationId": "s1", "workspace": "/w/shop"})

    assert only(tmp_path, Session).folder == "/w/shop"


# -- databases -------------------------------------------------------------------------------


def test_steps_of_a_database_are_told(tmp_path):
    args = {"TargetFile": "/w/a", "TargetContent": "a", "ReplacementContent": "b"}
    database(tmp_path, typed(), planned("replace_file_content", args), gave("done"))

    prompt, edit = only(tmp_path, Prompt), only(tmp_path, Suggestion)

    assert (prompt.text, prompt.at_ms) == ("add a retry", T0 * 1000)
    assert (edit.decision, edit.added, edit.turn) == ("accepted", ("b",), "s1/0")


def test_results_belong_to_the_calls_they_name(tmp_path):
    steps = [planned("run_command", {"CommandLine": "a"}, "c1")]
    steps += [planned("run_command", {"CommandLine": "b"}, "c2")]
    steps += [gave("", "c2", status=7), gave("", "c1")]
    database(tmp_path, typed(), *steps)

    assert [call.ok for call in read(tmp_path).rows(ToolCall)] == [True, False]


@pytest.mark.parametrize("first", ["database", "transcript"])
def test_a_step_that_stands_in_both_counts_once(tmp_path, first):
    args = {"CommandLine": "pytest"}
    database(tmp_path, typed(), planned("run_command", args), gave("ok"))
    transcript(tmp_path, asked(), calls(1, "run_command", **args), line(2, "RUN_COMMAND", "ok"))

    order = (lambda files: files) if first == "database" else (lambda files: files[::-1])
    found = read_home(SOURCE, tmp_path, order)

    kinds = (Session, Prompt, Turn, ToolCall, Suggestion)
    assert [len(found.rows(kind)) for kind in kinds] == [1, 1, 1, 1, 1]


def test_tokens_are_those_of_each_answer(tmp_path):
    again = answered(5, 31, "r2", "MODEL_PLACEHOLDER_M16")
    database(tmp_path, typed(), planned("x", {}), gen_metadata=[answered(), again])

    one, two = read(tmp_path).rows(Usage)

    assert (one.model, one.input_tokens, one.output_tokens) == ("gemini-3.1-pro", 100, 30)
    assert (one.cache_read_tokens, one.reasoning_tokens, one.key) == (7, 20, "r1")
    assert (two.model, two.at_ms) == ("gemini-pro-default", T0 * 1000 + 500)


def test_a_recorded_answer_is_read():
    rows = json.loads(shared("samples/antigravity/gen-metadata.json").read_text())["rows"]
    counts = wire.inner(bytes.fromhex(rows[0]["hex"]), 1, 4)

    numbers = [wire.number(counts, name) for name in (2, 3, 9, 10)]

    assert numbers == [30_265, 730, 659, 71]
    assert numbers[1] == numbers[2] + numbers[3]  # the whole output, and its two parts


def test_a_conversation_of_tokens_alone_is_a_session(tmp_path):
    database(tmp_path, gen_metadata=answered())

    assert only(tmp_path, Session).key == "s1"


def test_a_workspace_gives_the_folder(tmp_path):
    told = message((1, message((1, "file:///w/my%20shop"))), (2, message((1, T0 - 9))))
    database(tmp_path, typed(), trajectory_metadata_blob=told)

    session = only(tmp_path, Session)

    assert (session.folder, session.at_ms) == ("/w/my shop", (T0 - 9) * 1000)


def test_a_sub_agent_has_a_parent(tmp_path):
    database(tmp_path, typed(), name="s2", trajectory_metadata_blob=message((5, "s1")))

    session = only(tmp_path, Session)

    assert (session.parent, session.relation) == ("s1", "subagent")
    assert only(tmp_path, Prompt).author == "agent"


def test_a_fork_repeats_nothing(tmp_path):
    database(tmp_path, typed("one"))
    reference = message((1, "t1"), (2, 0), (5, 2), (6, "s1"))
    database(tmp_path, typed("one"), typed("two"), name="s2", parent_references=reference)

    prompts = {prompt.key: prompt.session for prompt in read(tmp_path).rows(Prompt)}

    assert prompts == {"s1/0": "s1", "s2/1": "s2"}


def test_a_database_of_another_form_gives_nothing(tmp_path):
    path = tmp_path / CLI / "conversations" / "s1.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table steps (idx, other)")
        db.execute("create table gen_metadata (data)")
        db.execute("insert into gen_metadata values ('text')")

    assert read(tmp_path).events == []


def test_what_is_encrypted_is_a_problem_unless_told_elsewhere(tmp_path):
    database(tmp_path, typed())
    for name in ("s1", "s9"):
        (tmp_path / CLI / "conversations" / f"{name}.pb").write_bytes(b"\x9c")

    found = read(tmp_path)

    assert [problem.reason for problem in found.problems] == ["encrypted"]
    assert "s1.pb" not in {file.path.name for file in find(machine(tmp_path))}


# -- protobuf --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", b"\x00\x00", b"\x0b", b"\x08", b"\x0d\x01", 7],
)
def test_what_is_no_message_has_no_fields(data):
    assert wire.fields(data) == {}


def test_fields_before_a_fault_are_read():
    found = wire.fields(message((1, 5), (2, "x")) + b"\x1a\x7f")

    assert (wire.number(found, 1), wire.text(found, 2)) == (5, "x")


def test_fixed_numbers_are_passed_over():
    data = b"\x09" + bytes(8) + b"\x15" + bytes(4) + message((3, 300))

    assert wire.number(wire.fields(data), 3) == 300


def test_antigravity_is_looked_for_in_its_four_folders(tmp_path):
    names = [place.name for place in places(machine(tmp_path))]

    assert names == ["antigravity", "antigravity-ide", "antigravity-cli", "antigravity-acp"]

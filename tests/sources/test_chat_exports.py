"""Exports of chat sites: what is named is read, told apart by shape, and never doubled."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.reading import Read, read_file
from tokenmirror.events import Prompt, Session, ToolCall, Turn, Usage
from tokenmirror.sources.chat_exports import CHATGPT, CLAUDE_AI, documents
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import Cursor, Machine, Source

GPT = LOGS / "chatgpt/unpacked/home/Downloads/my-export/conversations.json"
ZIPPED = LOGS / "chatgpt/zipped/home/export.zip"
CLAUDE = LOGS / "claude-ai/unpacked/home/data-2026-01-03/conversations.json"


def naming(*paths: Path) -> Machine:
    return Machine(Path("/nobody"), ("linux",), named=paths)


def read(source: Source, *paths: Path) -> Read:
    found = Read()
    for file in source.find(naming(*paths)):
        read_file(source, file, found)
    return found


def test_nothing_is_looked_for_that_nobody_named(tmp_path):
    (tmp_path / "conversations.json").write_bytes(GPT.read_bytes())

    assert list(CHATGPT.find(Machine(tmp_path, ("linux",)))) == []


@pytest.mark.parametrize(("path", "mine"), [(GPT, CHATGPT), (ZIPPED, CHATGPT), (CLAUDE, CLAUDE_AI)])
def test_an_export_is_told_by_its_shape_whatever_its_name(path, mine, tmp_path):
    renamed = tmp_path / ("a.zip" if path is ZIPPED else "a.json")
    renamed.write_bytes(path.read_bytes())

    takers = [s for s in (CHATGPT, CLAUDE_AI) if list(s.find(naming(renamed)))]

    assert takers == [mine]


def test_a_file_that_is_no_export_is_taken_by_neither(tmp_path):
    other = tmp_path / "package.json"
    other.write_text('[{"name": "\\"mapping\\": {}"}]')

    assert not documents.is_export(other)
    assert [*CHATGPT.find(naming(other)), *CLAUDE_AI.find(naming(other))] == []


def test_only_conversations_are_opened_of_an_export():
    assert [file.path for file in CLAUDE_AI.find(naming(CLAUDE.parent))] == [CLAUDE]


def test_an_archive_gives_what_the_unpacked_export_gives():
    assert read(CHATGPT, ZIPPED).merged() == read(CHATGPT, GPT).merged()


def test_an_archive_is_not_unpacked_to_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    read(CHATGPT, ZIPPED)

    assert list(tmp_path.iterdir()) == []


def test_prompts_are_the_persons_and_edited_ones_are_removed():
    prompts = {row.key: row for row in read(CHATGPT, GPT).rows(Prompt)}

    assert {key: row.removed for key, row in prompts.items()} == {
        "u1": True,
        "u1b": False,
        "u2": False,
        "v1": False,
    }
    assert {(row.author, row.basis) for row in prompts.values()} == {("person", "stated")}
    assert prompts["u2"].attachments == 1
    assert prompts["u1b"].at_ms == 1767260060000


def test_answers_on_a_branch_left_behind_are_not_counted():
    found = read(CHATGPT, GPT)

    assert {row.key for row in found.rows(Usage)} == {"a1c", "a2", "w1"}
    assert [row.name for row in found.rows(ToolCall)] == ["python"]


def test_a_stopped_answer_is_an_interrupted_turn():
    turns = {row.key: (row.ended, row.ended_ms) for row in read(CHATGPT, GPT).rows(Turn)}

    assert turns["u2"] == ("interrupted", 1767260130000)
    assert turns["u1b"] == ("finished", 1767260070125)


def test_tokens_are_unknown_and_models_are_named():
    usage = [*read(CHATGPT, GPT).rows(Usage), *read(CLAUDE_AI, CLAUDE).rows(Usage)]

    assert {row.model for row in usage} == {"gpt-5", "gpt-5-mini", "claude-sonnet-5"}
    assert {(row.input_tokens, row.output_tokens, row.cost_nusd) for row in usage} == {(None,) * 3}


def test_an_unknown_kind_of_content_is_counted_by_name():
    found = read(CHATGPT, GPT)

    assert dict(found.unknown) == {"hologram": 1}
    assert (found.records, found.understood) == (13, 12)


def test_of_parents_in_a_claude_export_the_last_branch_is_shown():
    prompts = {row.key: row.removed for row in read(CLAUDE_AI, CLAUDE).rows(Prompt)}

    assert prompts == {"m1": False, "m3": False, "n1": True, "n3": False}


def test_instants_of_claude_are_read_to_the_millisecond():
    began = {row.key: row.at_ms for row in read(CLAUDE_AI, CLAUDE).rows(Session)}

    assert began["c-1"] == 1767344400123


def test_a_later_export_adds_only_what_is_new(tmp_path):
    path = tmp_path / "conversations.json"
    old = json.loads(GPT.read_text())
    path.write_text(json.dumps(old[:1]))
    first = Read()
    cursor = read_file(CHATGPT, next(CHATGPT.find(naming(path))), first)

    path.write_text(json.dumps(old))
    cursor = read_file(CHATGPT, next(CHATGPT.find(naming(path))), first, cursor)

    assert first.merged() == read(CHATGPT, GPT).merged()
    assert (first.records, first.understood, dict(first.unknown)) == (13, 12, {"hologram": 1})


def test_a_tree_that_runs_in_a_circle_ends(tmp_path):
    path = tmp_path / "conversations.json"
    node = {"message": {"id": "u", "author": {"role": "user"}, "content": {}}, "parent": "a"}
    conversation = {"id": "c", "mapping": {"a": node}, "current_node": "a"}
    path.write_text(json.dumps([conversation]))

    assert read(CHATGPT, path).records == 1


@pytest.mark.parametrize("content", [b"[", b'[{"mapping": {', b'[{"mapping": 5}]', b"[" * 90_000])
def test_a_half_written_export_is_a_problem(content, tmp_path):
    path = tmp_path / "conversations.json"
    path.write_bytes(b'[{"mapping": {}}]')
    file = next(CHATGPT.find(naming(path)))
    path.write_bytes(content)
    found = Read()

    read_file(CHATGPT, file, found)

    assert len(found.problems) == 1


def test_an_encrypted_archive_is_named_as_such(tmp_path):
    path = tmp_path / "export.zip"
    data = bytearray(ZIPPED.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            data[start + place] |= 1
    path.write_bytes(data)
    file = next(CHATGPT.find(naming(path)))

    with pytest.raises(Unreadable) as error:
        list(CHATGPT.read(file, Cursor()))

    assert error.value.reason == "encrypted"


def test_an_archive_larger_inside_than_may_be_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("tokenmirror.sources.lines.MAX_DOCUMENT_BYTES", 1_000_000)
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b'[{"mapping": {}' + b" " * 2_000_000 + b"}]")
    file = next(CHATGPT.find(naming(path)))

    with pytest.raises(Unreadable) as error:
        list(CHATGPT.read(file, Cursor()))

    assert error.value.reason == "too_long"

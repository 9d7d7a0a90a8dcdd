"""What is special to Mistral Vibe, in both of its layouts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources import truth
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.mistral_vibe import SOURCE

FOLDERS = {name: LOGS / "mistral-vibe" / name for name in ("unified", "folders")}
TRUTHS = {name: truth.truth_of(folder) for name, folder in FOLDERS.items()}
BASH = {"unified": "file_system.bash", "folders": "bash"}
EVERY = [
    pytest.param(name, session, id=f"{name}/{truth.labels(session)}")
    for name, told in TRUTHS.items()
    for session in told["sessions"]
]
every_session = pytest.mark.parametrize(("name", "session"), EVERY)
each = pytest.mark.parametrize("name", FOLDERS)


@pytest.fixture(scope="module")
def reads() -> dict[str, Read]:
    return {name: read_home(SOURCE, folder / "home") for name, folder in FOLDERS.items()}


# -- the recorded runs -----------------------------------------------------------------------


@every_session
def test_prompts_of_each_session_are_those_that_were_given(reads, name, session):
    read = reads[name]

    assert truth.prompts(read, session["id"], "person") == truth.given_prompts(session, "typed")
    assert truth.prompts(read, session["id"], "program") == truth.given_prompts(session, "headless")


@every_session
def test_edits_of_each_session_are_those_that_were_made(reads, name, session):
    assert truth.edits(reads[name], session["id"]) == truth.given_edits(session)


@every_session
def test_commands_of_each_session_are_those_that_ran(reads, name, session):
    ran = truth.commands(reads[name], session["id"], BASH[name])

    assert ran == truth.given_commands(session)


@every_session
def test_tokens_of_each_session_are_those_that_were_reported(reads, name, session):
    given = truth.given_tokens(session["tokens"])
    if name == "unified" and session["subagent_prompt"]:  # the request that spawns is not counted
        given = (given[0] - 1_717, given[1] - 5_649, 0, given[3] - 856)

    assert truth.tokens(reads[name], [session["id"]]) == given


@each
def test_a_sub_agents_tokens_are_counted_once_in_a_session_of_its_own(reads, name):
    (child,) = [s for s in reads[name].rows(Session) if s.relation == "subagent"]
    parent = next(s for s in TRUTHS[name]["sessions"] if s["subagent_prompt"])

    assert (child.parent, child.folder) == (parent["id"], "/home/dev/work/shop")
    assert truth.tokens(reads[name], [child.key]) == truth.given_tokens(parent["tokens_subagent"])
    assert [p for p in reads[name].rows(Prompt) if p.session == child.key] == []


@each
def test_turns_end_as_they_did(reads, name):
    ends = [turn.ended for turn in reads[name].rows(Turn)]

    assert ends.count("interrupted") == TRUTHS[name]["totals"]["interrupted_turns"]
    assert "unknown" not in ends


@each
def test_the_commit_of_the_agent_is_named(reads, name):
    (named,) = truth.named_commits(reads[name])

    assert truth.agents_commits(TRUTHS[name])[0].startswith(named)


def test_who_let_an_edit_through_is_stated_in_version_3_alone(reads):
    hows = {
        name: {(s.decision, s.how, s.basis) for s in read.rows(Suggestion) if s.kind != "command"}
        for name, read in reads.items()
    }

    assert hows["unified"] == {
        ("accepted", "chosen", "stated"),
        ("rejected", "chosen", "stated"),
    }
    assert hows["folders"] == {
        ("accepted", "applied", "unknown"),
        ("rejected", "chosen", "stated"),
    }


def test_the_cost_and_branch_that_version_2_states_are_taken(reads):
    stats = [
        json.loads(path.read_text())["stats"]["session_cost"]
        for path in (FOLDERS["folders"] / "home").rglob("meta.json")
    ]

    assert sum(u.cost_nusd for u in reads["folders"].rows(Usage)) == round(sum(stats) * 1e9)
    assert {s.branch for s in reads["folders"].rows(Session)} == {"main"}
    assert {u.model for u in reads["folders"].rows(Usage)} == {"devstral-test"}


# -- places ----------------------------------------------------------------------------------


def test_the_variable_adds_a_home(tmp_path):
    session(tmp_path / "vibe", [])
    session(tmp_path / "home" / ".vibe", [], name="other")
    wanted = machine(tmp_path / "home", VIBE_HOME=str(tmp_path / "vibe"))

    assert {f.path.parent.name for f in SOURCE.find(wanted)} == {"s1", "other"}


# -- version 3 by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        ({"decision": "execute", "approvalSource": "config"}, ("accepted", "allowed")),
        ({"decision": "execute", "approvalSource": "bypass"}, ("accepted", "allowed")),
        ({"decision": "execute", "approvalSource": "user"}, ("accepted", "chosen")),
        ({}, ("accepted", "applied")),
        ({"decision": "skip", "approvalSource": "user"}, ("rejected", "chosen")),
        ({"decision": "skip", "approvalSource": "config"}, ("failed", None)),
        ({"decision": "execute", "approvalSource": "user", "status": "failed"}, ("failed", None)),
        ({"status": "running"}, ("undecided", None)),
    ],
)
def test_what_the_store_states_of_an_edit(state, ended, tmp_path):
    session(tmp_path / ".vibe", [asked("rs-1"), effect({"status": "completed", **state})])

    (edit,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (edit.decision, edit.how) == ended


def test_only_chunks_of_the_valid_generation_are_the_history(tmp_path):
    folder = session(tmp_path / ".vibe", [asked("rs-1")])
    (folder / "chunks" / ("f" * 64 + ".json")).write_text(json.dumps([asked("rs-2")]))

    assert len(read_home(SOURCE, tmp_path).rows(Prompt)) == 1


def test_a_chunk_that_is_gone_is_a_problem_and_the_rest_is_read(tmp_path):
    session(tmp_path / ".vibe", [asked("rs-1")], more=["e" * 64])

    read = read_home(SOURCE, tmp_path)

    assert len(read.rows(Prompt)) == 1
    assert [problem.reason for problem in read.problems] == ["torn"]


def test_a_chunks_name_cannot_lead_elsewhere(tmp_path):
    (tmp_path / "secret.json").write_text(json.dumps([asked("rs-9")]))
    session(tmp_path / ".vibe", [], more=["../../../../../../secret"])

    assert read_home(SOURCE, tmp_path).rows(Prompt) == []


@pytest.mark.parametrize("parent", ["\0", "..", "../s1", "x" * 5_000])
def test_a_parents_name_cannot_lead_elsewhere(parent, tmp_path):
    session(tmp_path / ".vibe", [], name="child-1", parent=parent)

    (child,) = read_home(SOURCE, tmp_path).rows(Session)

    assert (child.relation, child.folder) == ("subagent", None)


def test_entries_of_another_session_are_copies_with_its_keys(tmp_path):
    home = tmp_path / ".vibe"
    session(home, [asked("rs-1")])
    session(home, [asked("rs-1"), asked("rs-2", owner="s2")], name="s2", parent="s1")

    read = read_home(SOURCE, tmp_path)

    assert [(p.key, p.session) for p in read.rows(Prompt)] == [("s1/rs-1", "s1"), ("s2/rs-2", "s2")]
    assert {s.key: s.relation for s in read.rows(Session)} == {"s1": None, "s2": "fork"}


def test_a_refusal_that_ends_a_turn_is_no_interruption(tmp_path):
    refusal = effect({"status": "failed", "decision": "skip", "approvalSource": "user"})
    session(tmp_path / ".vibe", [asked("rs-1"), refusal])

    assert [turn.ended for turn in read_home(SOURCE, tmp_path).rows(Turn)] == ["asked"]


def test_a_session_rewritten_with_more_entries_doubles_nothing(tmp_path):
    session(tmp_path / ".vibe", [asked("rs-1")])
    first = read_home(SOURCE, tmp_path)
    session(tmp_path / ".vibe", [asked("rs-1"), asked("rs-2")])
    for row in read_home(SOURCE, tmp_path).events:
        first.events.append(row)

    assert len(first.rows(Prompt)) == 2


# -- version 2 by hand -----------------------------------------------------------------------


def test_blocks_of_older_builds_are_read(tmp_path):
    blocks = f"{'<' * 7} SEARCH\none\n=======\ntwo\n{'>' * 7} REPLACE\n"
    call = {"name": "search_replace", "arguments": {"file_path": "a.py", "content": blocks}}
    messages(
        tmp_path,
        {"role": "user", "content": "do it"},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": call}]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    )

    (edit,) = read_home(SOURCE, tmp_path).rows(Suggestion)

    assert (edit.added, edit.removed, edit.decision) == (("two",), ("one",), "accepted")


def test_without_a_history_of_typed_texts_nobody_is_the_author(tmp_path):
    messages(tmp_path, {"role": "user", "content": "do it"})

    assert [p.author for p in read_home(SOURCE, tmp_path).rows(Prompt)] == ["unknown"]


def test_injected_messages_are_no_prompts(tmp_path):
    messages(tmp_path, {"role": "user", "content": "reminder", "injected": True})

    assert read_home(SOURCE, tmp_path).rows(Prompt) == []


def test_a_prompt_at_the_end_may_still_be_answered(tmp_path):
    messages(tmp_path, {"role": "user", "content": "a"}, {"role": "user", "content": "b"})

    ends = [turn.ended for turn in read_home(SOURCE, tmp_path).rows(Turn)]

    assert sorted(ends) == ["interrupted", "unknown"]


def test_unknown_roles_are_counted_by_name(tmp_path):
    messages(tmp_path, {"role": "oracle", "content": "x"})

    assert read_home(SOURCE, tmp_path).unknown == {"oracle": 1}


def test_a_call_without_a_result_is_undecided(tmp_path):
    call = {"name": "bash", "arguments": '{"command": "pytest"}'}
    messages(tmp_path, {"role": "assistant", "tool_calls": [{"id": "c", "function": call}]})

    read = read_home(SOURCE, tmp_path)

    assert [s.decision for s in read.rows(Suggestion)] == ["undecided"]
    assert [(c.kind, c.ok) for c in read.rows(ToolCall)] == [("test", None)]


# -- makers ----------------------------------------------------------------------------------


def session(
    home: Path, entries: list, *, name: str = "s1", parent: str | None = None, more: list = ()
) -> Path:
    """A session of version 3 with its entries in one chunk."""
    folder = home / "logs" / "session" / "unified" / name
    place = folder / "generations" / "0001"
    for made in (place, folder / "chunks"):
        made.mkdir(parents=True, exist_ok=True)
    chunk = "a" * 64
    facts = {"id": name, "createdAt": 1_000_000, "parentSessionId": parent}
    (folder / "chunks" / f"{chunk}.json").write_text(json.dumps(entries))
    (place / "manifest.json").write_text(
        json.dumps({"projection_state": {"chunks": [chunk, *more]}})
    )
    (place / "projection-state.json").write_text(json.dumps({"snapshot": {"session": facts}}))
    (folder / "CURRENT").write_text(json.dumps({"generation": "0001", "session_id": name}))
    return folder


def asked(identity: str, owner: str = "s1") -> dict:
    return {
        "type": "message",
        "role": "user",
        "source": "turn_start",
        "id": identity,
        "sessionId": owner,
        "turnId": f"turn-{identity}",
        "createdAt": 1_000_000,
        "content": [{"type": "text", "text": f"text of {identity}"}],
    }


def effect(state: dict) -> dict:
    given = {"file_path": "a.py", "content": [{"old_str": "one", "new_str": "two"}]}
    return {
        "type": "effect",
        "id": "effect-1",
        "sessionId": "s1",
        "turnId": "turn-rs-1",
        "detail": {"toolName": "file_system.search_replace", "input": given},
        "state": state,
    }


def messages(home: Path, *lines: dict) -> None:
    """A session folder of version 2."""
    folder = home / ".vibe" / "logs" / "session" / "session_20260302_090000_abcd1234"
    folder.mkdir(parents=True)
    facts = {"session_id": "s2", "start_time": "2026-03-02T09:00:00Z"}
    (folder / "meta.json").write_text(json.dumps(facts))
    (folder / "messages.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

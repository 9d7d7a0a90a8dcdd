"""What is special to Factory Droid, Pi and OpenHands CLI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources import truth
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources import droid, openhands, pi

TOOLS = {source.key: source for source in (droid.SOURCE, pi.SOURCE, openhands.SOURCE)}
TRUTHS = {key: truth.truth_of(LOGS / key / "live") for key in TOOLS}
SHELL = {"droid": "Execute", "pi": "bash", "openhands": "terminal"}
# Pi asks nobody, so that what would be refused elsewhere was written.
REFUSED = {"droid": "failed", "pi": "accepted", "openhands": "rejected"}
EVERY = [
    pytest.param(key, session, id=f"{key}/{truth.labels(session)}")
    for key, told in TRUTHS.items()
    for session in told["sessions"]
]
every_session = pytest.mark.parametrize(("key", "session"), EVERY)
each = pytest.mark.parametrize("key", TOOLS)


@pytest.fixture(scope="module")
def reads() -> dict[str, Read]:
    return {key: read_home(TOOLS[key], LOGS / key / "live" / "home") for key in TOOLS}


# -- the recorded runs -----------------------------------------------------------------------


@every_session
def test_prompts_of_each_session_are_those_that_were_given(reads, key, session):
    given = truth.given_prompts(session, "typed") + truth.given_prompts(session, "headless")

    assert truth.prompts(reads[key], session["id"]) == sorted(given)


@every_session
def test_edits_of_each_session_are_those_that_were_made(reads, key, session):
    assert truth.edits(reads[key], session["id"]) == truth.given_edits(session, REFUSED[key])


@every_session
def test_commands_of_each_session_are_those_that_ran(reads, key, session):
    ran = truth.commands(reads[key], session["id"], SHELL[key])

    assert [ok for _, ok in ran] == [ok for _, ok in truth.given_commands(session)]
    if "denied" not in session["labels"]:  # the truth cuts that command short
        assert ran == truth.given_commands(session)


@every_session
def test_tokens_of_each_session_are_those_that_were_reported(reads, key, session):
    given = truth.added(
        truth.given_tokens(session["tokens"]), truth.given_tokens(session["tokens_subagent"])
    )
    if key == "droid" and "side" in session["labels"]:  # three empty answers are not counted
        given = (given[0] - 2_193, given[1] - 8_463, 0, given[3] - 912)

    assert truth.tokens(reads[key], [session["id"]]) == given


@each
def test_interruptions_are_those_that_happened(reads, key):
    ends = [turn.ended for turn in reads[key].rows(Turn)]

    assert ends.count("interrupted") == TRUTHS[key]["totals"]["interrupted_turns"]
    assert "unknown" not in ends


@each
def test_the_commit_of_the_agent_is_named(reads, key):
    (named,) = truth.named_commits(reads[key])

    assert truth.agents_commits(TRUTHS[key])[0].startswith(named)


def test_who_wrote_a_prompt_is_known_as_far_as_each_tool_tells(reads):
    authors = {key: {(p.author, p.basis) for p in read.rows(Prompt)} for key, read in reads.items()}

    assert authors == {
        "droid": {("program", "stated")},
        "pi": {("unknown", "unknown")},
        "openhands": {("person", "inferred"), ("unknown", "unknown")},
    }


def test_hidden_output_is_apart_only_where_it_is_told(reads):
    hidden = {key: {u.reasoning_tokens for u in read.rows(Usage)} for key, read in reads.items()}
    given = TRUTHS["openhands"]["totals"]

    assert hidden["droid"] == hidden["pi"] == {None}
    assert sum(u.reasoning_tokens for u in reads["openhands"].rows(Usage)) == (
        given["tokens_main"]["reasoning"] + given["tokens_subagent"]["reasoning"]
    )


def test_pis_own_cost_is_taken(reads):
    assert all(use.cost_nusd > 0 for use in reads["pi"].rows(Usage))


# -- places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "variable", "moved"),
    [
        ("pi", "PI_CODING_AGENT_DIR", ".pi/agent"),
        ("openhands", "OPENHANDS_PERSISTENCE_DIR", ".openhands"),
        ("openhands", "OPENHANDS_CONVERSATIONS_DIR", ".openhands/conversations"),
    ],
)
def test_variables_add_a_place(key, variable, moved, tmp_path):
    home = LOGS / key / "live" / "home"
    wanted = machine(tmp_path, **{variable: str(home / moved)})

    assert len(list(TOOLS[key].find(wanted))) == len(list(TOOLS[key].find(machine(home)))) > 0


# -- Droid by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "author"),
    [
        ({"tags": [{"name": "exec"}]}, ("program", "stated")),
        ({"tags": []}, ("person", "inferred")),
        ({}, ("unknown", "unknown")),
        (None, ("unknown", "unknown")),
    ],
)
def test_tags_tell_who_wrote_in_droid(settings, author, tmp_path):
    droid_session(tmp_path, [said("u1", "user", [text("do it")])], settings)

    (prompt,) = read_home(droid.SOURCE, tmp_path).rows(Prompt)

    assert (prompt.author, prompt.basis) == author


def test_what_droid_says_to_the_model_or_to_itself_is_no_prompt(tmp_path):
    lines = [
        said("context-1", "user", [text("reminder")]),
        said("__internal__2", "user", [text("Continue.")]),
        said("u3", "user", [text("notice")], visibility="user_only"),
        said("u4", "user", [text("real"), text("contents of a file")]),
    ]
    droid_session(tmp_path, lines, {})

    assert [(p.text, p.attachments) for p in read_home(droid.SOURCE, tmp_path).rows(Prompt)] == [
        ("real", 1)
    ]


DROID_EDITS = {
    "edit": ("Edit", {"file_path": "a.py", "old_str": "one", "new_str": "two"}),
    "several": (
        "MultiEdit",
        {"file_path": "a.py", "edits": [{"old_str": "one", "new_str": "two"}]},
    ),
    "patch": ("ApplyPatch", {"input": "*** Begin Patch\n*** Update File: a.py\n-one\n+two\n"}),
}


@pytest.mark.parametrize(("name", "given"), DROID_EDITS.values(), ids=DROID_EDITS)
def test_every_edit_tool_of_droid_is_read(name, given, tmp_path):
    droid_session(tmp_path, droid_call(name, given, '{"success": true}'), {})

    (edit,) = read_home(droid.SOURCE, tmp_path).rows(Suggestion)

    assert (edit.path, edit.added, edit.removed) == ("a.py", ("two",), ("one",))
    assert (edit.decision, edit.how) == ("accepted", "applied")


def test_an_edit_of_droid_that_did_not_succeed_failed(tmp_path):
    call = droid_call("Create", {"file_path": "a.py", "content": "x"}, '{"success": false}')
    droid_session(tmp_path, call, {"autonomyMode": "auto-high"})

    (edit,) = read_home(droid.SOURCE, tmp_path).rows(Suggestion)

    assert (edit.kind, edit.decision, edit.how) == ("new_file", "failed", None)


def test_credits_and_hidden_output_of_droid_are_apart(tmp_path):
    used = {"inputTokens": 5, "outputTokens": 7, "thinkingTokens": 3, "factoryCredits": 2.5}
    droid_session(tmp_path, [said("u1", "user", [text("do it")])], {"tokenUsage": used})

    (use,) = read_home(droid.SOURCE, tmp_path).rows(Usage)

    assert (use.input_tokens, use.output_tokens, use.reasoning_tokens, use.credits) == (
        5,
        7,
        3,
        2.5,
    )
    assert use.cache_read_tokens is None


# -- Pi by hand ------------------------------------------------------------------------------


def test_a_fork_of_pi_repeats_nothing(tmp_path):
    entries = [pi_entry("e1", "user", "first", 1), pi_entry("e2", "assistant", "answer", 2)]
    pi_session(tmp_path, "aaaa", [], 0, entries)
    forked = [*entries, pi_entry("e3", "user", "second", 5)]
    pi_session(tmp_path, "bbbb", [("parentSession", "/x/2026_aaaa.jsonl")], 4, forked)

    read = read_home(pi.SOURCE, tmp_path)

    assert [(p.text, p.session) for p in read.rows(Prompt)] == [
        ("first", "aaaa"),
        ("second", "bbbb"),
    ]
    assert sum(use.output_tokens for use in read.rows(Usage)) == 7
    assert [s.parent for s in read.rows(Session)] == [None, "aaaa"]


def test_omp_keeps_the_same_files(tmp_path):
    pi_session(tmp_path, "aaaa", [], 0, [pi_entry("e1", "user", "x", 1)], home=".omp")

    assert len(read_home(pi.SOURCE, tmp_path).rows(Prompt)) == 1


def test_what_a_person_ran_in_pi_is_no_prompt(tmp_path):
    entry = pi_entry("e1", "bashExecution", "ls", 1)
    pi_session(tmp_path, "aaaa", [], 0, [entry])

    assert read_home(pi.SOURCE, tmp_path).rows(Prompt) == []


# -- OpenHands by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "result", "ended"),
    [
        ("AlwaysConfirm", {}, ("accepted", "chosen")),
        ("NeverConfirm", {}, ("accepted", "allowed")),
        ("ConfirmRisky", {}, ("accepted", "applied")),
        ("AlwaysConfirm", {"is_error": True}, ("failed", None)),
        ("AlwaysConfirm", "user", ("rejected", "chosen")),
        ("AlwaysConfirm", "hook", ("failed", None)),
        ("AlwaysConfirm", None, ("undecided", None)),
    ],
)
def test_what_became_of_an_edit_of_openhands(policy, result, ended, tmp_path):
    given = {"command": "str_replace", "path": "a.py", "old_str": "one", "new_str": "two"}
    events = [hands_call("file_editor", given)]
    if isinstance(result, str):
        events.append(
            {"kind": "UserRejectObservation", "rejection_source": result, "action_id": "a1"}
        )
    elif result is not None:
        events.append({"kind": "ObservationEvent", "action_id": "a1", "observation": result})
    conversation(tmp_path, events, policy)

    (edit,) = read_home(openhands.SOURCE, tmp_path).rows(Suggestion)

    assert (edit.decision, edit.how) == ended


def test_a_call_that_could_not_be_made_failed(tmp_path):
    fault = {"kind": "AgentErrorEvent", "tool_call_id": "c1"}
    conversation(tmp_path, [hands_call("terminal", {"command": "pytest"}), fault], "NeverConfirm")

    assert [s.decision for s in read_home(openhands.SOURCE, tmp_path).rows(Suggestion)] == [
        "failed"
    ]


def test_a_file_written_over_has_the_lines_that_changed(tmp_path):
    given = {"command": "create", "path": "a.py", "file_text": "one\ntwo\n"}
    seen = {"prev_exist": True, "old_content": "one\n", "new_content": "one\ntwo\n"}
    result = {"kind": "ObservationEvent", "action_id": "a1", "observation": seen}
    conversation(tmp_path, [hands_call("file_editor", given), result], "NeverConfirm")

    (edit,) = read_home(openhands.SOURCE, tmp_path).rows(Suggestion)

    assert (edit.kind, edit.added, edit.whole) == ("edit", ("two",), False)


def test_a_pause_interrupts_a_turn(tmp_path):
    asked = {"kind": "MessageEvent", "source": "user", "id": "m1", "llm_message": {}}
    conversation(tmp_path, [asked, {"kind": "PauseEvent", "source": "user"}], "AlwaysConfirm")

    assert [turn.ended for turn in read_home(openhands.SOURCE, tmp_path).rows(Turn)] == [
        "interrupted"
    ]


def test_tokens_of_a_sub_agent_whose_folder_is_gone_are_taken_from_above(tmp_path):
    conversation(tmp_path, [hands_call("terminal", {"command": "ls"})], "NeverConfirm", task=9)

    assert [use.output_tokens for use in read_home(openhands.SOURCE, tmp_path).rows(Usage)] == [9]


def test_an_event_that_is_half_written_is_a_problem_and_the_rest_is_read(tmp_path):
    folder = conversation(tmp_path, [hands_call("terminal", {"command": "ls"})], "NeverConfirm")
    (folder / "events" / "event-00009-x.json").write_text('{"kind": "Mess')

    read = read_home(openhands.SOURCE, tmp_path)

    assert len(read.rows(ToolCall)) == 1
    assert [problem.reason for problem in read.problems] == ["not_json"]


# -- makers ----------------------------------------------------------------------------------


def text(words: str) -> dict:
    return {"type": "text", "text": words}


def said(identity: str, role: str, content: list, **more: object) -> dict:
    message = {"role": role, "content": content}
    at = "2026-03-02T09:00:00.000Z"
    return {"type": "message", "id": identity, "timestamp": at, "message": message, **more}


def droid_session(home: Path, lines: list[dict], settings: dict | None) -> None:
    folder = home / ".factory" / "sessions" / "-w"
    folder.mkdir(parents=True)
    start = {"type": "session_start", "id": "s1", "cwd": "/w"}
    write_lines(folder / "s1.jsonl", [start, *lines])
    if settings is not None:
        (folder / "s1.settings.json").write_text(json.dumps(settings))


def droid_call(name: str, given: dict, result: str) -> list[dict]:
    use = {"type": "tool_use", "id": "c1", "name": name, "input": given}
    back = {"type": "tool_result", "tool_use_id": "c1", "content": result}
    return [said("a1", "assistant", [use]), said("r1", "user", [back])]


def pi_session(
    user: Path, name: str, more: list, minute: int, entries: list[dict], *, home: str = ".pi"
) -> None:
    folder = user / home / "agent" / "sessions" / "--w--"
    folder.mkdir(parents=True, exist_ok=True)
    start = {"type": "session", "id": name, "timestamp": pi_time(minute), "cwd": "/w", **dict(more)}
    write_lines(folder / f"2026_{name}.jsonl", [start, *entries])


def pi_entry(identity: str, role: str, words: str, minute: int) -> dict:
    used = {"input": 3, "output": 7, "cacheRead": 0, "cacheWrite": 0}
    message = {"role": role, "content": [text(words)], "usage": used}
    at = pi_time(minute)
    return {"type": "message", "id": identity, "timestamp": at, "message": message}


def pi_time(minute: int) -> str:
    return f"2026-03-02T09:{minute:02d}:00.000Z"


def write_lines(path: Path, lines: list[dict]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def conversation(home: Path, events: list[dict], policy: str, task: int = 0) -> Path:
    """A conversation of OpenHands; ``task`` are output tokens of a sub-agent."""
    folder = home / ".openhands" / "conversations" / ("a" * 32)
    (folder / "events").mkdir(parents=True)
    uses = [{"prompt_tokens": 1, "completion_tokens": task, "response_id": "r1"}] if task else []
    state = {
        "confirmation_policy": {"kind": policy},
        "workspace": {"working_dir": "/w"},
        "stats": {"usage_to_metrics": {"task:1": {"token_usages": uses}}},
    }
    (folder / "base_state.json").write_text(json.dumps(state))
    for number, event in enumerate(events):
        made = {"timestamp": "2026-03-02T09:00:00.000000", **event}
        (folder / "events" / f"event-{number:05d}-x.json").write_text(json.dumps(made))
    return folder


def hands_call(name: str, given: dict) -> dict:
    return {
        "kind": "ActionEvent",
        "source": "agent",
        "id": "a1",
        "tool_call_id": "c1",
        "tool_name": name,
        "action": given,
    }

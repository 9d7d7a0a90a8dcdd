"""Codex CLI: what its rollouts say, in every shape that it has had."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.shared import LOGS, ROOT, shared
from tests.sources.reading import (
    Read,
    cases,
    machine,
    read_growing,
    read_home,
    record_ends,
    summary,
)
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.codex_cli import SOURCE

LIVE = LOGS / "codex-cli" / "live" / "home"
THREAD = "019c0000-0000-7000-8000-00000000000a"  # made at 2026-01-28T22:28:55Z
CHILD = "019c0100-0000-7000-8000-00000000000b"
OTHER = "019c0100-0000-7000-8000-00000000000c"
TURN = "019c0001-0000-7000-8000-000000000001"  # after THREAD, before CHILD
LATER = "019c0101-0000-7000-8000-000000000002"  # after CHILD
ELSE = "019c0102-0000-7000-8000-000000000003"


# -- makers ----------------------------------------------------------------------------------


def rollout(
    home: Path, *lines: dict, thread: str = THREAD, place: str = "sessions/2026/01/28"
) -> Path:
    path = home / ".codex" / place / f"rollout-2026-01-28T22-28-55-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def line(kind: str, at: str = "2026-01-29T00:00:01.000Z", **payload: object) -> dict:
    return {"timestamp": at, "type": kind, "payload": payload}


def meta(thread: str = THREAD, at: str = "2026-01-28T22:28:55.000Z", **more: object) -> dict:
    facts = {"cwd": "/w", "originator": "codex_cli_rs", "source": "cli", "cli_version": "0.98.0"}
    return line("session_meta", at, id=thread, timestamp=at, **{**facts, **more})


def context(
    turn: str | None = None, policy: str = "on-request", sandbox: str = "workspace-write", **more
) -> dict:
    named = {} if turn is None else {"turn_id": turn}
    settings = {"approval_policy": policy, "sandbox_policy": {"type": sandbox}}
    return line("turn_context", cwd="/w", model="gpt-5", **named, **settings, **more)


def event(kind: str, at: str = "2026-01-29T00:00:01.000Z", **more: object) -> dict:
    return line("event_msg", at, type=kind, **more)


def started(turn: str, trigger: str | None = "user", parent: str | None = None) -> dict:
    said = {"turn_id": turn, "turn_trigger": trigger, "parent_turn_id": parent}
    return event("task_started", turn_id=turn, turn_attribution=said)


def typed(text: str, turn: str = TURN) -> dict:
    item = {"type": "UserMessage", "id": "i1", "content": [{"type": "text", "text": text}]}
    return event("item_completed", turn_id=turn, item=item)


def said(text: str, at: str = "2026-01-29T00:00:01.000Z") -> dict:
    return event("user_message", at, message=text, images=[])


def message(text: str, role: str = "user", **more: object) -> dict:
    content = [{"type": "input_text", "text": text}]
    return line("response_item", type="message", role=role, content=content, **more)


def call(name: str, arguments: dict, identity: str = "call_1") -> dict:
    facts = {"name": name, "arguments": json.dumps(arguments), "call_id": identity}
    return line("response_item", type="function_call", **facts)


def output(text: object, identity: str = "call_1") -> dict:
    return line("response_item", type="function_call_output", call_id=identity, output=text)


def patch(*body: str) -> str:
    return "\n".join(("*** Begin Patch", *body, "*** End Patch", ""))


def patching(*body: str, identity: str = "call_1") -> dict:
    facts = {"name": "apply_patch", "input": patch(*body), "call_id": identity}
    return line("response_item", type="custom_tool_call", **facts)


def changed(path: str = "/w/a.py", status: str = "completed", diff: str = "@@ -1 +1 @@\n-x\n+y\n"):
    change = {path: {"type": "update", "unified_diff": diff, "move_path": None}}
    item = {"type": "FileChange", "id": "call_1", "status": status, "changes": change}
    return event("item_completed", turn_id=TURN, item=item)


def tokens(fresh: int, out: int = 10, cached: int = 0) -> dict:
    return {
        "input_tokens": fresh + cached,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_output_tokens": 0,
        "total_tokens": fresh + cached + out,
    }


def count(total: dict, last: dict | None = None, **more: object) -> dict:
    last_one = {} if last is None else {"last_token_usage": last}
    return event("token_count", info={"total_token_usage": total, **last_one}, **more)


def record(usage: dict, response: str, turn: str = TURN, thread: str = THREAD) -> dict:
    ids = {"thread_id": thread, "turn_id": turn, "response_id": response}
    return line("token_usage_record", usage=usage, **ids)


EDIT = ("*** Update File: a.py", "@@", "-x", "+y")


def prompts(read: Read) -> list[tuple[str, str, str]]:
    return [(row.text, row.author, row.basis) for row in read.rows(Prompt)]


def edits(read: Read) -> list[tuple[str, str | None, str | None]]:
    return [(row.decision, row.how, row.path) for row in read.rows(Suggestion)]


def inputs(read: Read) -> list[int]:
    return sorted(row.input_tokens for row in read.rows(Usage))


def ends(read: Read) -> list[str]:
    return sorted(row.ended for row in read.rows(Turn))


def sessions(read: Read) -> dict[str, Session]:
    return {row.key: row for row in read.rows(Session)}


# -- logs of known truth ---------------------------------------------------------------------


@pytest.mark.parametrize("case", list(cases("codex-cli")), ids=lambda case: case.name)
def test_a_log_gives_what_it_holds(case):
    found = summary(read_home(SOURCE, case.home()))

    assert {name: found[name] for name in case.counts()} == case.counts()


def test_live_tokens_are_exact_in_every_session():
    truth = json.loads((shared("samples/live/codex") / "TRUTH.json").read_text())
    read = read_home(SOURCE, LIVE)
    found = {key: Counter() for key in sessions(read)}
    for row in read.rows(Usage):
        found[row.session].update(
            input_uncached=row.input_tokens,
            cache_read=row.cache_read_tokens,
            cache_write=row.cache_write_5m_tokens,
            output_visible=row.output_tokens - row.reasoning_tokens,
            reasoning=row.reasoning_tokens,
            requests=1,
        )

    for session in truth["sessions"]:
        want = {name: n for name, n in session["tokens"].items() if name != "total"}
        assert dict(found.pop(session["id"])) == want
    (helper,) = found.values()
    want = truth["totals"]["tokens_subagent"]
    assert {name: want[name] for name in helper} == dict(helper)


def test_live_prompts_and_edits_are_those_of_the_truth():
    truth = json.loads((shared("samples/live/codex") / "TRUTH.json").read_text())
    read = read_home(SOURCE, LIVE)

    for session in truth["sessions"]:
        own = [row for row in read.rows(Prompt) if row.session == session["id"]]
        asked = [(p["text"], "person") for p in session["typed_prompts"]]
        asked += [(p["text"], "program") for p in session["headless_prompts"]]
        assert sorted((p.text, p.author) for p in own) == sorted(asked)
        rows = [row for row in read.rows(Suggestion) if row.session == session["id"] and row.path]
        made = [(r.path, len(r.added), len(r.removed), r.decision == "accepted") for r in rows]
        want = [
            (
                f"/home/dev/work/shop/{e['file']}",
                e["added"],
                e["removed"],
                e["outcome"] == "applied",
            )
            for e in session["edits"]
        ]
        assert sorted(made) == sorted(want)


def test_live_commands_name_their_commit_and_their_kind():
    calls = [row for row in read_home(SOURCE, LIVE).rows(ToolCall) if row.name == "exec_command"]

    assert [row.commits for row in calls if row.kind == "commit"] == [("bd2dd95",)]
    assert Counter(row.kind for row in calls) == {"read": 4, "test": 2, "commit": 1}
    assert [row.ok for row in calls if row.kind == "test"] == [True, False]


def test_live_forks_and_sub_agents_know_their_parents():
    rows = sessions(read_home(SOURCE, LIVE)).values()

    related = {row.relation: (row.key[:13], row.parent[:13]) for row in rows if row.parent}
    assert related == {
        "fork": ("01a203cc-7bff", "01a203cb-2200"),
        "subagent": ("01a203cd-5483", "01a203cd-5414"),
    }
    assert {row.branch for row in rows} == {"main"}
    assert {row.utc_offset_min for row in rows} == {0}


def test_a_made_corpus_comes_out_as_its_truth(tmp_path):
    script = ROOT / "tests" / "bench" / "make_corpus.py"
    script = script if script.exists() else shared("tools/make_corpus.py")
    arguments = ["--size", "1MB", "--sources", "codex", "--no-git", "--projects", "2"]
    subprocess.run(
        [sys.executable, script, tmp_path / "made", *arguments], check=True, capture_output=True
    )
    truth = json.loads((tmp_path / "made" / "truth.json").read_text())

    read = read_home(SOURCE, tmp_path / "made" / "home")

    want, uses, rows = truth["codex"], read.rows(Usage), read.rows(Suggestion)
    assert len(sessions(read)) == want["sessions"]
    assert len(prompts(read)) == want["prompts"]
    assert len(uses) == want["messages"]
    assert sum(u.input_tokens + u.cache_read_tokens for u in uses) == want["input"]
    assert sum(u.output_tokens for u in uses) == want["output"]
    decided = Counter(row.decision for row in rows if row.kind == "edit")
    lines = sum(len(r.added) for r in rows if r.decision == "accepted")
    assert lines == truth["edits"]["lines_accepted"]
    assert all(decided[name] == truth["edits"][name] for name in decided)


# -- where the logs are ----------------------------------------------------------------------


def test_codex_home_moves_all_places(tmp_path):
    places = SOURCE.places(machine(tmp_path, CODEX_HOME=str(tmp_path / "c")))

    names = ("sessions", "archived_sessions", "history.jsonl")
    assert places == tuple(tmp_path / "c" / name for name in names)


def test_a_thread_in_both_folders_for_a_moment_is_one(tmp_path):
    rollout(tmp_path, meta(), said("a"))
    rollout(tmp_path, meta(), said("a"), place="archived_sessions")

    assert len(prompts(read_home(SOURCE, tmp_path))) == 1


def test_a_packed_rollout_is_a_problem(tmp_path):
    path = rollout(tmp_path, meta())
    path.rename(path.with_name(path.name + ".zst"))

    assert [p.reason for p in read_home(SOURCE, tmp_path).problems] == ["unreadable"]


def test_the_files_name_gives_the_zone(tmp_path):
    path = rollout(tmp_path, meta(), said("a"))
    path.rename(path.with_name(path.name.replace("22-28-55", "23-58-55")))

    assert sessions(read_home(SOURCE, tmp_path))[THREAD].utc_offset_min == 90


def test_a_document_of_the_first_builds_is_read(tmp_path):
    folder = tmp_path / ".codex" / "sessions"
    folder.mkdir(parents=True)
    ask = message("make it so")["payload"]
    run = call("shell", {"command": ["bash", "-lc", "ls"]})["payload"]
    done = output('{"output":"a","metadata":{"exit_code":0,"duration_seconds":0.5}}')["payload"]
    session = {"timestamp": "2025-05-01T10:00:00.000Z", "id": "old-1", "instructions": ""}
    document = {"session": session, "items": [ask, run, done]}
    (folder / "rollout-2025-05-01-old-1.json").write_text(json.dumps(document))

    read = read_home(SOURCE, tmp_path)

    assert list(sessions(read)) == ["old-1"]
    assert prompts(read) == [("make it so", "unknown", "unknown")]
    assert [(row.kind, row.ok, row.duration_ms) for row in read.rows(ToolCall)] == [
        ("read", True, 500)
    ]


def test_lines_without_envelopes_are_read(tmp_path):
    first = {"id": "old-2", "timestamp": "2025-07-01T10:00:00.000Z", "instructions": None}
    rollout(
        tmp_path,
        first,
        {"record_type": "state"},
        message("hello")["payload"],
        message("hi", role="assistant")["payload"],
    )

    read = read_home(SOURCE, tmp_path)

    assert prompts(read) == [("hello", "unknown", "unknown")]
    assert (read.records, read.understood) == (4, 4)


# -- prompts ---------------------------------------------------------------------------------


def test_a_prompt_in_two_shapes_is_one(tmp_path):
    rollout(tmp_path, meta(), started(TURN), message("go"), typed("go"))

    assert prompts(read_home(SOURCE, tmp_path)) == [("go", "person", "stated")]


def test_a_message_before_its_event_is_not_counted_when_read_alone(tmp_path):
    path = rollout(tmp_path, meta(), context(), message("go"), said("go"), context())

    read = read_growing(SOURCE, tmp_path, {path: record_ends(path)})

    assert prompts(read) == [("go", "person", "stated")]
    assert ends(read) == ["unknown"]


def test_injected_messages_are_no_prompts(tmp_path):
    texts = ("<environment_context>x", "# AGENTS.md instructions for /w", "<user_shell_command>ls")
    answer = message("ok", role="assistant")
    rollout(tmp_path, meta(), *map(message, texts), message("do it"), answer)

    assert [text for text, *_ in prompts(read_home(SOURCE, tmp_path))] == ["do it"]


def test_a_steered_prompt_joins_the_turn(tmp_path):
    rollout(tmp_path, meta(), started(TURN), typed("go"), typed("no, left"))

    rows = read_home(SOURCE, tmp_path).rows(Prompt)
    assert {row.turn for row in rows} == {TURN}
    assert len(rows) == 2


def test_the_same_words_twice_in_one_turn_are_two_prompts(tmp_path):
    rollout(tmp_path, meta(), started(TURN), typed("go"), typed("go"))

    assert len(prompts(read_home(SOURCE, tmp_path))) == 2


def test_an_editors_context_is_not_part_of_the_prompt(tmp_path):
    text = "# Context from my IDE setup:\n## Active file: a.py\n## My request for Codex:\nfix it\n"
    rollout(tmp_path, meta(source="vscode", originator="codex_vscode"), said(text))

    assert prompts(read_home(SOURCE, tmp_path)) == [("fix it", "person", "stated")]


def test_a_shell_command_typed_by_the_person_is_nothing_of_the_agents(tmp_path):
    item = {"type": "CommandExecution", "id": "u1", "source": "user_shell", "command": ["ls"]}
    ran = event("item_completed", turn_id=TURN, item={**item, "exit_code": 0})
    rollout(tmp_path, meta(), started(TURN, None), ran, message("<user_shell_command>ls"))

    read = read_home(SOURCE, tmp_path)
    assert (prompts(read), read.rows(Suggestion), read.rows(ToolCall)) == ([], [], [])


def test_a_prompt_taken_back_is_marked_removed(tmp_path):
    back = event("thread_rolled_back", num_turns=1)
    rollout(tmp_path, meta(), said("one"), said("two"), back, said("three"))

    rows = read_home(SOURCE, tmp_path).rows(Prompt)
    assert {row.text: row.removed for row in rows} == {"one": False, "two": True, "three": False}


@pytest.mark.parametrize(
    ("trigger", "start", "want"),
    [
        ("user", "cli", ("person", "stated")),
        ("exec", "cli", ("program", "stated")),
        (None, "cli", ("person", "stated")),
        (None, "exec", ("program", "stated")),
        (None, "elsewhere", ("unknown", "unknown")),
    ],
)
def test_the_author_is_the_turns_word_then_the_threads(tmp_path, trigger, start, want):
    origin = "codex_cli_rs" if start == "cli" else "another"
    begin = meta(source=start, originator=origin)
    rollout(tmp_path, begin, started(TURN, trigger), typed("go"))

    ((_, *author),) = prompts(read_home(SOURCE, tmp_path))
    assert tuple(author) == want


def history(home: Path, *rows: tuple[str, int, str]) -> None:
    lines = [json.dumps({"session_id": s, "ts": ts, "text": text}) for s, ts, text in rows]
    (home / ".codex" / "history.jsonl").write_text("\n".join(lines) + "\n")


def test_the_terminal_may_go_on_with_a_thread_of_exec(tmp_path):
    rollout(tmp_path, meta(source="exec", originator="codex_exec"), said("one"), said("two"))
    history(tmp_path, (THREAD, 5, "two"))

    assert sorted(prompts(read_home(SOURCE, tmp_path))) == [
        ("one", "program", "stated"),
        ("two", "person", "inferred"),
    ]


def test_exec_may_go_on_with_a_thread_of_the_terminal(tmp_path):
    rollout(tmp_path, meta(), said("one"), said("two"))
    history(tmp_path, (THREAD, 5, "one"))

    assert sorted(prompts(read_home(SOURCE, tmp_path))) == [
        ("one", "person", "stated"),
        ("two", "program", "inferred"),
    ]


def test_another_text_typed_at_that_moment_is_a_short_name_of_the_prompt(tmp_path):
    rollout(tmp_path, meta(), said("one"), said("a long text"))
    moment = 1_769_644_801  # 2026-01-29T00:00:01Z
    history(tmp_path, (THREAD, 5, "one"), (THREAD, moment, "/prompts:long"))

    assert {author for _, author, _ in prompts(read_home(SOURCE, tmp_path))} == {"person"}


# -- tokens ----------------------------------------------------------------------------------


def test_cached_and_written_input_is_not_counted_as_fresh(tmp_path):
    usage = {**tokens(100, cached=700), "cache_write_input_tokens": 30}
    rollout(tmp_path, meta(), started(TURN), record(usage, "resp_1"))

    (row,) = read_home(SOURCE, tmp_path).rows(Usage)
    assert (row.input_tokens, row.cache_read_tokens, row.cache_write_5m_tokens) == (70, 700, 30)


def test_a_repeated_count_is_one_answer(tmp_path):
    first = count(tokens(5), tokens(5))
    rollout(tmp_path, meta(), said("a"), first, first, count(tokens(12), tokens(7)))

    assert inputs(read_home(SOURCE, tmp_path)) == [5, 7]


def test_a_count_of_limits_alone_is_no_answer(tmp_path):
    rollout(tmp_path, meta(), said("a"), event("token_count", info=None, rate_limits={}))

    read = read_home(SOURCE, tmp_path)
    assert (read.rows(Usage), read.problems) == ([], [])


def test_counts_say_nothing_new_where_records_are(tmp_path):
    one = record(tokens(5), "resp_1")
    rollout(tmp_path, meta(), started(TURN), one, count(tokens(5), tokens(5)))

    assert inputs(read_home(SOURCE, tmp_path)) == [5]


def test_an_older_build_that_goes_on_with_a_thread_is_counted(tmp_path):
    done = event("task_complete", turn_id=TURN)
    old = count(tokens(12), tokens(7))
    rollout(tmp_path, meta(), started(TURN), record(tokens(5), "r"), done, started(LATER), old)

    assert inputs(read_home(SOURCE, tmp_path)) == [5, 7]


def test_without_last_answers_differences_count_and_a_reset_is_taken_whole(tmp_path):
    sums = (tokens(5), tokens(12, 30), tokens(4, 6))
    rollout(tmp_path, meta(), said("a"), *map(count, sums))

    assert inputs(read_home(SOURCE, tmp_path)) == [4, 5, 7]


def test_the_oldest_counts_are_answers_themselves(tmp_path):
    rollout(tmp_path, meta(), said("a"), event("token_count", **tokens(5)))

    assert inputs(read_home(SOURCE, tmp_path)) == [5]


def test_the_model_is_the_one_of_the_latest_context(tmp_path):
    other = line("turn_context", cwd="/w", model="gpt-6")
    rollout(
        tmp_path, meta(), context(), count(tokens(5), tokens(5)), other, count(tokens(9), tokens(4))
    )

    rows = read_home(SOURCE, tmp_path).rows(Usage)
    assert {row.input_tokens: row.model for row in rows} == {5: "gpt-5", 4: "gpt-6"}


# -- forks and sub-agents --------------------------------------------------------------------

SPAWNED = {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}}
SOON = "2026-01-29T03:08:33.100Z"  # within moments of CHILD's start


def copies(*lines: dict) -> list[dict]:
    return [{**one, "timestamp": SOON} for one in lines]


def parent_lines() -> list[dict]:
    used = count(tokens(5), tokens(5))
    return [meta(), started(TURN), context(TURN), said("mine"), patching(*EDIT), changed(), used]


def child_meta(thread: str = CHILD, **more: object) -> dict:
    return meta(thread, at="2026-01-29T03:08:33.000Z", **more)


@pytest.mark.parametrize("order", [list, lambda files: files[::-1]], ids=["oldest", "newest"])
def test_an_old_fork_adds_its_own_part_alone(tmp_path, order):
    own = [started(LATER), context(LATER), said("forked"), count(tokens(11), tokens(6))]
    rollout(tmp_path, *parent_lines())
    fork = child_meta(forked_from_id=THREAD)
    rollout(tmp_path, fork, *copies(*parent_lines()), *own, thread=CHILD)

    read = read_home(SOURCE, tmp_path, order)

    assert {row.text: row.session for row in read.rows(Prompt)} == {"mine": THREAD, "forked": CHILD}
    assert {row.session: row.input_tokens for row in read.rows(Usage)} == {THREAD: 5, CHILD: 6}
    assert [row.session for row in read.rows(Suggestion)] == [THREAD]


def test_a_fork_whose_parent_is_gone_keeps_what_it_copied(tmp_path):
    fork = child_meta(forked_from_id=THREAD)
    rollout(tmp_path, fork, *copies(*parent_lines()), thread=CHILD)

    read = read_home(SOURCE, tmp_path)

    assert inputs(read) == [5]
    assert all(row.copied for row in read.rows(Prompt))


def test_a_fork_that_starts_from_its_parents_sum_counts_its_answers(tmp_path):
    own = [started(LATER), said("forked"), count(tokens(105), tokens(5))]
    rollout(tmp_path, child_meta(forked_from_id=THREAD), *own, thread=CHILD)

    assert inputs(read_home(SOURCE, tmp_path)) == [5]


def test_two_sub_agents_with_equal_turns_are_two(tmp_path):
    for thread, turn in ((CHILD, LATER), (OTHER, ELSE)):
        begin = child_meta(thread, source=SPAWNED)
        mine = [started(turn, "user", TURN), count(tokens(6), tokens(6))]
        rollout(tmp_path, begin, *copies(*parent_lines()), *mine, thread=thread)

    read = read_home(SOURCE, tmp_path)

    assert inputs(read) == [5, 6, 6]
    assert {row.relation for row in read.rows(Session)} == {"subagent"}


def test_ids_without_a_time_are_told_apart_by_the_parents_file(tmp_path):
    plain = [started("t1"), context("t1"), said("mine"), count(tokens(5), tokens(5))]
    rollout(tmp_path, meta("parent"), *plain, thread="parent")
    begin = child_meta("child", forked_from_id="parent")
    own = [started("t2"), said("forked"), count(tokens(5), tokens(5))]
    rollout(tmp_path, begin, meta("parent"), *plain, *own, thread="child")

    read = read_home(SOURCE, tmp_path)

    assert {row.text: row.session for row in read.rows(Prompt)} == {
        "mine": "parent",
        "forked": "child",
    }
    assert len(read.rows(Turn)) == 2


def test_copies_without_ids_end_where_their_burst_ends(tmp_path):
    first = "2026-01-28T22:28:59.000Z"
    rollout(tmp_path, meta("parent"), said("mine", first), thread="parent")
    begin = child_meta("child", forked_from_id="parent")
    rollout(
        tmp_path,
        begin,
        *copies(meta("parent"), said("mine")),
        said("mine", "2026-01-29T03:09:00.000Z"),
        thread="child",
    )

    rows = read_home(SOURCE, tmp_path).rows(Prompt)
    assert sorted((row.text, row.session) for row in rows) == [
        ("mine", "child"),
        ("mine", "parent"),
    ]


@pytest.mark.parametrize("known", [True, False], ids=["parent here", "parent gone"])
def test_counts_copied_without_their_turns_are_the_parents(tmp_path, known):
    if known:
        rollout(tmp_path, *parent_lines())
    own = [started(LATER), count(tokens(11), tokens(6))]
    copied = copies(meta(), count(tokens(5), tokens(5)))
    rollout(tmp_path, child_meta(source=SPAWNED), *copied, *own, thread=CHILD)

    assert inputs(read_home(SOURCE, tmp_path)) == [5, 6]


def test_a_sub_agents_task_is_no_prompt(tmp_path):
    task = [started(LATER, "user", TURN), said("list the tests")]
    rollout(tmp_path, child_meta(source=SPAWNED), *task, thread=CHILD)

    read = read_home(SOURCE, tmp_path)

    assert prompts(read) == []
    assert sessions(read)[CHILD].parent == THREAD


def test_what_a_person_types_to_a_sub_agent_is_a_prompt(tmp_path):
    rollout(
        tmp_path, child_meta(source=SPAWNED), started(LATER), typed("stop", LATER), thread=CHILD
    )

    assert prompts(read_home(SOURCE, tmp_path)) == [("stop", "person", "stated")]


def test_a_sub_agents_copy_of_an_abort_interrupts_nothing(tmp_path):
    rollout(tmp_path, meta(), started(TURN), said("go"), event("task_complete", turn_id=TURN))
    abort = event("turn_aborted", turn_id=TURN, reason="interrupted")
    copy = copies(meta(), started(TURN), abort)
    rollout(tmp_path, child_meta(source=SPAWNED), *copy, thread=CHILD)

    assert ends(read_home(SOURCE, tmp_path)) == ["finished"]


# -- edits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "sandbox", "how", "basis"),
    [
        ("on-request", "read-only", "chosen", "inferred"),
        ("untrusted", "workspace-write", "chosen", "inferred"),
        ("on-request", "workspace-write", "allowed", "inferred"),
        ("on-request", "danger-full-access", "allowed", "inferred"),
        ("never", "read-only", "allowed", "inferred"),
    ],
)
def test_how_an_edit_got_through_is_inferred_from_the_settings(
    tmp_path, policy, sandbox, how, basis
):
    rollout(tmp_path, meta(), context(TURN, policy, sandbox), patching(*EDIT), changed())

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.decision, row.how, row.basis) == ("accepted", how, basis)


def test_an_edit_outside_the_work_tree_is_asked_for(tmp_path):
    outside = ("*** Add File: /etc/motd", "+hello")
    rollout(tmp_path, meta(), context(TURN), patching(*outside), output("Success. Updated"))

    assert edits(read_home(SOURCE, tmp_path)) == [("accepted", "chosen", "/etc/motd")]


def test_without_settings_an_edit_was_only_seen_to_be_written(tmp_path):
    rollout(tmp_path, meta(), patching(*EDIT), changed("/w/a.py"))

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.how, row.basis) == ("applied", "unknown")


@pytest.mark.parametrize(
    "lines",
    [
        [patching(*EDIT), changed()],
        [call("apply_patch", {"input": patch(*EDIT)}), changed()],
        [call("shell", {"command": ["apply_patch", patch(*EDIT)]}), changed()],
        [call("exec_command", {"cmd": f"apply_patch <<'EOF'\n{patch(*EDIT)}EOF\n"}), changed()],
        [call("shell", {"command": ["bash", "-lc", f"apply_patch <<'EOF'\n{patch(*EDIT)}EOF"]}),
         output("Exit code: 0\nOutput:\nSuccess. Updated the following files:\nM a.py")],
        [patching(*EDIT), event("patch_apply_end", call_id="call_1", success=True,
                                changes={"a.py": {"unified_diff": "@@\n-x\n+y"}})],
    ],
    ids=["tool", "function", "words", "heredoc", "output", "old-event"],
)  # fmt: skip
def test_a_patch_is_an_edit_in_every_shape(tmp_path, lines):
    rollout(tmp_path, meta(), context(TURN), *lines)

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.kind, row.decision, row.path) == ("edit", "accepted", "/w/a.py")
    assert (row.added, row.removed) == (("y",), ("x",))


def test_a_patch_of_several_files_is_an_edit_of_each(tmp_path):
    body = (*EDIT, "*** Add File: b.py", "+1", "+", "*** Delete File: c.py")
    rollout(tmp_path, meta(), context(TURN), patching(*body), output("Success. Updated"))

    rows = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert [(row.kind, row.path, len(row.added), row.whole) for row in rows] == [
        ("edit", "/w/a.py", 1, False),
        ("new_file", "/w/b.py", 2, True),
        ("delete", "/w/c.py", 0, False),
    ]


def test_a_script_that_turns_out_to_edit_files_is_an_edit(tmp_path):
    facts = {"name": "exec", "input": "tools.apply_patch(p)", "call_id": "call_1"}
    script = line("response_item", type="custom_tool_call", **facts)
    rollout(tmp_path, meta(), context(TURN), script, changed())

    read = read_home(SOURCE, tmp_path)
    assert edits(read) == [("accepted", "allowed", "/w/a.py")]
    assert [row.kind for row in read.rows(ToolCall)] == ["edit"]


@pytest.mark.parametrize(("auto", "how"), [(True, "allowed"), (False, "chosen")])
def test_a_stated_approval_is_taken_as_stated(tmp_path, auto, how):
    one = changed()
    one["payload"]["item"]["auto_approved"] = auto
    rollout(tmp_path, meta(), context(TURN), patching(*EDIT), one)

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.how, row.basis) == (how, "stated")


def test_lines_that_a_model_repeats_on_both_sides_are_not_changed(tmp_path):
    body = ("*** Update File: a.py", "@@", "-a", "-b", "+a", "+B")
    rollout(tmp_path, meta(), context(TURN), patching(*body))

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.added, row.removed) == (("B",), ("b",))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("patch rejected by user", ("rejected", "chosen")),
        ("apply_patch verification failed: no such line", ("failed", None)),
        ("patch rejected: writing is blocked by read-only sandbox; "
         "rejected by user approval settings", ("failed", None)),
        ("Exit code: 1\nOutput:\nnot found", ("failed", None)),
        ('{"output":"Success.","metadata":{"exit_code":0}}', ("accepted", "allowed")),
        ("who knows", ("undecided", None)),
    ],
)  # fmt: skip
def test_an_output_says_what_became_of_a_patch(tmp_path, text, want):
    rollout(tmp_path, meta(), context(TURN), patching(*EDIT), output(text))

    assert edits(read_home(SOURCE, tmp_path)) == [(*want, "/w/a.py")]


def test_a_declined_item_is_a_refusal(tmp_path):
    rollout(tmp_path, meta(), context(TURN), patching(*EDIT), changed(status="declined"))

    assert edits(read_home(SOURCE, tmp_path)) == [("rejected", "chosen", "/w/a.py")]


def test_a_patch_pending_at_an_abort_was_refused_and_interrupts_nothing(tmp_path):
    asked = context(TURN, "on-request", "read-only")
    abort = event("turn_aborted", turn_id=TURN, reason="interrupted")
    gone = output("aborted by user after 1.8s")
    rollout(tmp_path, meta(), started(TURN), asked, patching(*EDIT), gone, abort)

    read = read_home(SOURCE, tmp_path)

    assert edits(read) == [("rejected", "chosen", "/w/a.py")]
    assert ends(read) == ["asked"]


def test_an_abort_with_nothing_pending_interrupts(tmp_path):
    abort = event("turn_aborted", turn_id=TURN, reason="interrupted")
    rollout(tmp_path, meta(), started(TURN), typed("go"), abort)

    assert ends(read_home(SOURCE, tmp_path)) == ["interrupted"]


def test_a_running_command_that_nobody_was_asked_for_is_interrupted(tmp_path):
    abort = event("turn_aborted", turn_id=TURN, reason="interrupted")
    slow = call("exec_command", {"cmd": "make all"})
    rollout(tmp_path, meta(), started(TURN), context(TURN), slow, abort)

    read = read_home(SOURCE, tmp_path)

    assert edits(read) == [("undecided", None, None)]
    assert ends(read) == ["interrupted"]


def test_edits_taken_back_are_undone(tmp_path):
    undo = event("undo_completed", success=True)
    rollout(tmp_path, meta(), context(TURN), patching(*EDIT), changed(), undo)

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.decision, row.added) == ("undone", ("y",))


def test_call_ids_that_a_provider_uses_again_are_other_calls(tmp_path):
    one, two = (("*** Add File: a.py", f"+{n}") for n in "12")
    wrote = output("Success. Updated")
    rollout(tmp_path, meta(), context(TURN), patching(*one), wrote, patching(*two), wrote)

    assert [row.added for row in read_home(SOURCE, tmp_path).rows(Suggestion)] == [("1",), ("2",)]


# -- commands --------------------------------------------------------------------------------


def ran(command: str, code: int = 0, text: str = "") -> dict:
    facts = {"command": ["/bin/bash", "-lc", command], "exit_code": code}
    item = {"type": "CommandExecution", "id": "call_1", "status": "completed", **facts}
    span = {"secs": 1, "nanos": 500_000_000}
    return event("item_completed", item={**item, "aggregated_output": text, "duration": span})


def test_a_command_has_its_exit_code_duration_and_commit(tmp_path):
    words = "git commit -m 'a change'"
    shell = call("exec_command", {"cmd": words, "sandbox_permissions": "require_escalated"})
    rollout(tmp_path, meta(), context(TURN), shell, ran(words, 0, "[main abc1234] a change\n"))

    read = read_home(SOURCE, tmp_path)

    (row,) = read.rows(ToolCall)
    assert (row.kind, row.ok, row.duration_ms, row.commits) == ("commit", True, 1500, ("abc1234",))
    assert edits(read) == [("accepted", "chosen", None)]


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("Chunk ID: 1\nProcess exited with code 2\nOutput:\nrejected by user", False),
        ("Exit code: 0\nWall time: 0.5 seconds\nOutput:\nx", True),
        ({"content": "x", "success": True}, True),
        ([{"type": "input_text", "text": "Exit code: 1"}], False),
        ("just text", None),
    ],
    ids=["exec", "shell", "object", "list", "text"],
)
def test_an_output_gives_the_exit_code(tmp_path, text, ok):
    rollout(tmp_path, meta(), context(TURN), call("exec_command", {"cmd": "ls"}), output(text))

    read = read_home(SOURCE, tmp_path)
    assert [row.ok for row in read.rows(ToolCall)] == [ok]
    assert edits(read) == [("accepted", "allowed", None)]


def test_a_forbidden_command_failed_with_nobody_asked(tmp_path):
    no = output("approval policy is Never; reject command — you should not ask")
    rollout(tmp_path, meta(), context(TURN, "never"), call("shell", {"command": ["rm", "x"]}), no)

    assert edits(read_home(SOURCE, tmp_path)) == [("failed", None, None)]


def test_a_command_in_the_background_ends_in_a_later_turn(tmp_path):
    running = output("Chunk ID: 1\nWall time: 1.0 seconds\nProcess running with session ID 7\n")
    done = event("task_complete", turn_id=TURN)
    shell = call("exec_command", {"cmd": "sleep 9"})
    rollout(tmp_path, meta(), started(TURN), context(TURN), shell, running, done,
            started(LATER), ran("sleep 9", 3))  # fmt: skip

    (row,) = read_home(SOURCE, tmp_path).rows(ToolCall)
    assert (row.ok, row.turn) == (False, TURN)


# -- growth and faults -----------------------------------------------------------------------


@pytest.mark.parametrize("last", [changed(), output("Success. Updated"), "undone", "refused"])
def test_an_outcome_in_a_later_reading_keeps_the_lines(tmp_path, last):
    ends_so = {
        "undone": [changed(), event("undo_completed", success=True)],
        "refused": [output("patch rejected by user")],
    }
    lines = ends_so[last] if isinstance(last, str) else [last]
    path = rollout(tmp_path, meta(), started(TURN), context(TURN), patching(*EDIT), *lines)
    once = read_home(SOURCE, tmp_path)

    grown = read_growing(SOURCE, tmp_path, {path: record_ends(path)})

    assert grown.merged() == once.merged()
    assert [row.added for row in grown.rows(Suggestion)] == [("y",)]


def test_bad_lines_are_problems_and_the_rest_is_read(tmp_path):
    path = rollout(tmp_path, meta(), said("one"))
    bad = [
        b"{",
        b'{"type":"event_msg","payload":{"type":7}}',
        b"\x00\x00",
        b"\xff\xfe",
        b"[" * 9999,
    ]
    with path.open("ab") as stream:
        stream.write(b"\n".join([*bad, json.dumps(said("two")).encode(), b""]))

    read = read_home(SOURCE, tmp_path)

    assert [text for text, *_ in prompts(read)] == ["one", "two"]
    assert Counter(p.reason for p in read.problems) == {"not_json": 3, "bad_type": 2}


def test_a_time_that_is_none_is_a_problem(tmp_path):
    rollout(tmp_path, meta(), said("one", "yesterday"))

    assert [p.reason for p in read_home(SOURCE, tmp_path).problems] == ["bad_time"]


def test_unknown_kinds_are_counted_by_name(tmp_path):
    strange = [line("dream"), event("sigh"), line("response_item", type="song")]
    rollout(tmp_path, meta(), *strange, event("item_completed", item={"type": "Poem"}))

    read = read_home(SOURCE, tmp_path)

    names = {"dream", "event_msg.sigh", "response_item.song", "item_completed.Poem"}
    assert set(read.unknown) == names
    assert read.records - read.understood == len(names)


# -- the rest of what a session says ---------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({"approval_policy": "on-request", "sandbox_policy": {"type": "read-only"}}, "ask"),
        ({"approval_policy": "on-request", "sandbox_policy": {"mode": "workspace-write"}},
         "auto_edits"),
        ({"approval_policy": "never", "sandbox_policy": "workspace-write"}, "auto_all"),
        ({"approval_policy": {"granular": {}}, "sandbox_policy": {"type": "read-only"}}, "ask"),
        ({"approval_policy": "never", "collaboration_mode": {"mode": "plan"}}, "plan"),
        ({"approval_policy": "on-request", "permission_profile": {"type": "disabled"}}, "auto_all"),
        ({"approval_policy": "on-request", "permission_profile": {
            "type": "managed", "file_system": {"type": "restricted",
                                               "entries": [{"access": "write"}]}}}, "auto_edits"),
        ({}, "unknown"),
    ],
)  # fmt: skip
def test_the_mode_is_told_by_policy_and_sandbox(tmp_path, settings, mode):
    rollout(tmp_path, meta(), line("turn_context", cwd="/w", **settings), said("a"))

    assert sessions(read_home(SOURCE, tmp_path))[THREAD].mode == mode


@pytest.mark.parametrize(
    ("source", "originator", "entry"),
    [
        ("vscode", "codex-tui", "interactive"),
        ("vscode", "codex_vscode", "interactive"),
        ("exec", "codex-tui", "headless"),
        ("vscode", "codex_sdk_ts", "headless"),
        ({"custom": "x"}, "another", "unknown"),
    ],
)
def test_the_entry_is_told_by_source_and_client(tmp_path, source, originator, entry):
    rollout(tmp_path, meta(source=source, originator=originator), said("a"))

    assert sessions(read_home(SOURCE, tmp_path))[THREAD].entry == entry


def test_pictures_are_attachments(tmp_path):
    content = [{"type": "text", "text": "see"}, {"type": "local_image", "path": "a.png"}]
    item = {"type": "UserMessage", "id": "i1", "content": content}
    new = event("item_completed", turn_id=TURN, item=item)
    old = event("user_message", message="look", images=["data:"], local_images=["b.png"])
    rollout(tmp_path, meta(), started(TURN), new, old)

    rows = read_home(SOURCE, tmp_path).rows(Prompt)
    assert {row.text: row.attachments for row in rows} == {"see": 1, "look": 2}


def test_a_prompt_of_a_picture_alone_is_a_prompt_and_an_empty_one_is_none(tmp_path):
    picture = event("user_message", message="", images=["data:"])
    rollout(tmp_path, meta(), picture, event("user_message", message=" ", images=[]))

    assert [row.attachments for row in read_home(SOURCE, tmp_path).rows(Prompt)] == [1]


@pytest.mark.parametrize(
    ("lines", "ended"),
    [
        ([event("error", message="gone"), event("task_complete", turn_id=TURN)], "error"),
        ([event("turn_aborted", turn_id=TURN, reason="review_ended")], "finished"),
        ([event("turn_aborted", reason="replaced")], "interrupted"),
        ([], "unknown"),
    ],
    ids=["error", "review", "replaced", "open"],
)
def test_a_turn_ends_as_its_last_word_says(tmp_path, lines, ended):
    rollout(tmp_path, meta(), started(TURN), typed("go"), *lines)

    assert ends(read_home(SOURCE, tmp_path)) == [ended]


def test_a_turn_that_is_named_after_its_start_is_one(tmp_path):
    rollout(tmp_path, meta(), event("task_started"), context(TURN), said("go"),
            event("task_complete", turn_id=TURN))  # fmt: skip

    assert ends(read_home(SOURCE, tmp_path)) == ["finished"]


def test_another_threads_beginning_behind_its_own_marks_a_fork(tmp_path):
    rollout(tmp_path, meta(), said("mine"), thread=THREAD)
    copied = copies(meta(), said("mine"))
    later = said("forked", "2026-01-29T09:00:00.000Z")
    rollout(tmp_path, child_meta(), *copied, later, thread=CHILD)

    read = read_home(SOURCE, tmp_path)

    assert {row.text: row.session for row in read.rows(Prompt)} == {"mine": THREAD, "forked": CHILD}
    assert sessions(read)[CHILD].parent == THREAD


def test_windows_paths_stay_windows_paths(tmp_path):
    here = line("turn_context", cwd="C:\\w", model="m", approval_policy="on-request",
                sandbox_policy={"type": "workspace-write"})  # fmt: skip
    rollout(tmp_path, meta(cwd="C:\\w"), here, patching(*EDIT), changed("C:\\w\\a.py"))

    (row,) = read_home(SOURCE, tmp_path).rows(Suggestion)
    assert (row.path, row.how) == ("C:\\w\\a.py", "allowed")


def test_a_script_that_goes_to_a_folder_first_edits_there(tmp_path):
    script = f"cd sub && apply_patch <<'EOF'\n{patch(*EDIT)}EOF\n"
    rollout(tmp_path, meta(), context(TURN), call("shell_command", {"command": script}))

    assert edits(read_home(SOURCE, tmp_path)) == [("undecided", None, "/w/sub/a.py")]


def test_a_turn_of_very_many_calls_keeps_its_state_small(tmp_path):
    many = [
        call("exec_command", {"cmd": f"git commit -m {n} {'x' * 3_000}"}, f"call_{n}")
        for n in range(200)
    ]
    rollout(tmp_path, meta(), context(TURN), *many)

    read = read_home(SOURCE, tmp_path)  # checks the size of every state
    assert len(read.rows(ToolCall)) == 200


def test_a_document_that_is_none_is_a_problem(tmp_path):
    folder = tmp_path / ".codex" / "sessions"
    folder.mkdir(parents=True)
    (folder / "rollout-2025-05-01-old-1.json").write_text('{"session": ')

    assert [p.reason for p in read_home(SOURCE, tmp_path).problems] == ["not_json"]

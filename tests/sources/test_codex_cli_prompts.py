"""Codex CLI: prompts, their authors, tokens, and threads that copy one another."""

from __future__ import annotations

import pytest

from tests.sources.codex_rollouts import (
    CHILD,
    ELSE,
    LATER,
    OTHER,
    SPAWNED,
    THREAD,
    TURN,
    child_meta,
    context,
    copies,
    count,
    ends,
    event,
    history,
    inputs,
    line,
    message,
    meta,
    parent_lines,
    prompts,
    record,
    rollout,
    said,
    sessions,
    started,
    tokens,
    typed,
)
from tests.sources.reading import read_growing, read_home, record_ends
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.codex_cli import SOURCE

# -- prompts -----------------------------------------------------------------------------------


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


# -- tokens ------------------------------------------------------------------------------------


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


# -- forks and sub-agents ----------------------------------------------------------------------


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

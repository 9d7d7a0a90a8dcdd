"""Codex CLI: proposed edits and commands, and what became of them."""

from __future__ import annotations

import pytest

from tests.sources.codex_rollouts import (
    EDIT,
    LATER,
    TURN,
    call,
    changed,
    context,
    edits,
    ends,
    event,
    line,
    meta,
    output,
    patch,
    patching,
    ran,
    rollout,
    started,
    typed,
)
from tests.sources.reading import read_home
from tokenmirror.events import Suggestion, ToolCall
from tokenmirror.sources.codex_cli import SOURCE

# -- edits -------------------------------------------------------------------------------------


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


# -- commands ----------------------------------------------------------------------------------


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

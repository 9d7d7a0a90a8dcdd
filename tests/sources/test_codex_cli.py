"""Codex CLI: its logs of known truth, where they lie, and what faults in them do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.shared import LOGS, ROOT
from tests.sources.codex_rollouts import (
    CHILD,
    EDIT,
    THREAD,
    TURN,
    call,
    changed,
    child_meta,
    context,
    copies,
    edits,
    ends,
    event,
    line,
    message,
    meta,
    output,
    patch,
    patching,
    prompts,
    rollout,
    said,
    sessions,
    started,
    typed,
)
from tests.sources.reading import cases, machine, read_growing, read_home, record_ends, summary
from tokenmirror.events import Prompt, Suggestion, ToolCall, Usage
from tokenmirror.sources.codex_cli import SOURCE

LIVE = LOGS / "codex-cli" / "live" / "home"


# -- logs of known truth -----------------------------------------------------------------------


@pytest.mark.parametrize("case", list(cases("codex-cli")), ids=lambda case: case.name)
def test_a_log_gives_what_it_holds(case):
    found = summary(read_home(SOURCE, case.home()))

    assert {name: found[name] for name in case.counts()} == case.counts()


def test_live_tokens_are_exact_in_every_session():
    truth = json.loads((LIVE.parent / "TRUTH.json").read_text())
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
    (sub_agent,) = found.values()
    want = truth["totals"]["tokens_subagent"]
    assert {name: want[name] for name in sub_agent} == dict(sub_agent)


def test_live_prompts_and_edits_are_those_of_the_truth():
    truth = json.loads((LIVE.parent / "TRUTH.json").read_text())
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


# -- where the logs are ------------------------------------------------------------------------


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


# -- the rest of what a session says -----------------------------------------------------------


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


# -- growth and faults -------------------------------------------------------------------------


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

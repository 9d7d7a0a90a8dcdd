"""What is special to Aider's chat histories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shared import LOGS
from tests.sources.reading import Read, machine, merged, read_file, read_home
from tokenmirror.events import Prompt, Session, Suggestion, ToolCall, Turn, Usage
from tokenmirror.sources.aider import SOURCE
from tokenmirror.sources.records import instant_ms
from tokenmirror.sources.source import Cursor, Machine

LIVE = LOGS / "aider" / "live"
TRUTH = json.loads((LIVE / "TRUTH.json").read_text())
START = """
# aider chat started at 2026-03-02 09:00:00

> /usr/bin/aider --model gpt-4o{options}  
> Aider v0.86.2  
> Main model: gpt-4o with {form} edit format  

"""  # noqa: W291 (two spaces end Aider's lines)
SEARCH, REPLACE = f"{'<' * 7} SEARCH", f"{'>' * 7} REPLACE"
EDIT = f"{SEARCH}\none\n=======\ntwo\n{REPLACE}\n"
BLOCK = f"a.py\n```python\n{EDIT}```\n"
TOKENS = "\n> Tokens: 2.5k sent, 19 received. Cost: $0.0063 message, $0.01 session.  \n"


# -- the recorded run ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live() -> Read:
    return read_home(SOURCE, LIVE / "home")


def test_prompts_are_those_that_were_given_and_their_author_is_stated(live: Read):
    prompts = live.rows(Prompt)

    for author, name in (("person", "typed_prompts"), ("program", "headless_prompts")):
        given = [p["text"] for s in TRUTH["sessions"] for p in s[name]]
        assert sorted(p.text for p in prompts if p.author == author) == sorted(given)
    assert {p.basis for p in prompts} == {"stated"}


def test_prompts_have_the_times_of_the_input_history(live: Read):
    given = [p for s in TRUTH["sessions"] for p in s["typed_prompts"]]
    found = {p.text: p.at_ms for p in live.rows(Prompt) if p.author == "person"}

    for prompt in given:
        late_ms = found[prompt["text"]] - instant_ms(prompt["t"])
        assert 0 <= late_ms < 1_500
    volume = sorted(p.at_ms for p in live.rows(Prompt) if p.author == "program")
    assert len(set(volume)) == TRUTH["totals"]["headless_prompts"]


def test_edits_are_those_that_were_made(live: Read):
    outcomes = {"applied": "accepted", "applied, then undone by /undo": "undone"}
    edits = sorted(
        (e.at_ms, e.path, len(e.added), len(e.removed), e.decision) for e in edits_of(live)
    )

    assert sorted(edit[1:] for edit in edits) == sorted(
        (e["file"], e["added"], e["removed"], outcomes[e["outcome"]])
        for e in TRUTH["edits_by_hand"]
    )


def test_commits_of_the_tool_are_named_and_the_persons_are_not(live: Read):
    made = [c["hash"][:7] for c in TRUTH["commits"] if c["by"] == "agent"]

    assert sorted(sha for call in live.rows(ToolCall) for sha in call.commits) == sorted(made)


def test_turns_end_as_they_did_and_tokens_are_not_guessed(live: Read):
    turns = [turn.ended for turn in live.rows(Turn)]

    assert turns.count("interrupted") == TRUTH["totals"]["interrupted_turns"]
    assert {use.output_tokens for use in live.rows(Usage)} == {None}
    assert len(live.rows(Session)) == TRUTH["totals"]["sessions"]


# -- how it is read --------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["live/home/work/shop", "captured/home/work/proja"])
def test_a_history_that_grows_line_by_line_gives_the_same(folder, tmp_path):
    home, tree = tmp_path, tmp_path / "work" / Path(folder).name
    tree.mkdir(parents=True)
    for file in (LOGS / "aider" / folder).iterdir():
        (tree / file.name).write_bytes(file.read_bytes())
    once = read_home(SOURCE, home)
    path = next(SOURCE.find(machine(home))).path
    text = path.read_bytes()

    grown, cursor, end = Read(), Cursor(), 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        path.write_bytes(text[:end])
        cursor = read_file(SOURCE, next(SOURCE.find(machine(home))), grown, cursor)

    assert merged(grown.events) == once.merged()
    assert (grown.records, grown.understood) == (once.records, once.understood)


def test_a_prompt_at_the_very_end_waits_for_what_follows(tmp_path):
    path = history(tmp_path, "#### first line  \n")
    read = Read()
    cursor = read_file(SOURCE, next(SOURCE.find(machine(tmp_path))), read)
    path.write_text(path.read_text() + "#### second line  \n\nAn answer.\n")
    read_file(SOURCE, next(SOURCE.find(machine(tmp_path))), read, cursor)

    assert [p.text for p in read.rows(Prompt)] == ["first line\nsecond line"]


def test_histories_lie_in_work_trees_at_home_and_where_the_variable_says(tmp_path):
    tree, other = tmp_path / "code" / "tree", tmp_path / "other.md"
    tree.mkdir(parents=True)
    for path in (tree / ".aider.chat.history.md", tmp_path / ".aider.chat.history.md", other):
        path.write_text(START)
    known = Machine(tmp_path, ("linux",), {"AIDER_CHAT_HISTORY_FILE": str(other)}, (tree,))

    found = {file.path for file in SOURCE.find(known)}

    assert found == {tree / ".aider.chat.history.md", tmp_path / ".aider.chat.history.md", other}


def test_a_link_to_another_trees_history_is_not_followed(tmp_path):
    history(tmp_path, "")
    link = tmp_path / "work" / "twin" / ".aider.chat.history.md"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "work" / "proj" / link.name)

    assert [file.path.parent.name for file in SOURCE.find(machine(tmp_path))] == ["proj"]


def test_two_launches_in_one_second_are_two_sessions(tmp_path):
    history(tmp_path, START.format(options="", form="diff"))

    assert len(read_home(SOURCE, tmp_path).rows(Session)) == 2


def test_a_history_that_was_cut_is_a_problem_and_the_rest_is_read(tmp_path):
    path = history(tmp_path, "#### do it  \n\nDone.\n")
    path.write_text("#### lost  \n\nanswer\n" + path.read_text())

    read = read_home(SOURCE, tmp_path)

    assert [p.text for p in read.rows(Prompt)] == ["do it"]
    assert [problem.reason for problem in read.problems] == ["torn"]


# -- prompts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "author", "entry"),
    [
        (" -m do it", "program", "headless"),
        (" --message=do it", "program", "headless"),
        (" --message-file task.md", "program", "headless"),
        (" --model-metadata-file m.json", "person", "interactive"),
        ("", "person", "interactive"),
    ],
)
def test_the_command_line_says_who_wrote(options, author, entry, tmp_path):
    history(tmp_path, "#### do it  \n\nDone.\n" + TOKENS, options=options)

    read = read_home(SOURCE, tmp_path)

    assert [(p.author, p.basis) for p in read.rows(Prompt)] == [(author, "stated")]
    assert read.rows(Session)[0].entry == entry


def test_without_a_command_line_nothing_says_who_wrote(tmp_path):
    text = "# aider chat started at 2026-03-02 09:00:00\n\n> Added a.py to the chat.  \n\n"
    history(tmp_path, text + "#### do it  \n\nDone.\n", start="")

    assert [(p.author, p.basis) for p in read_home(SOURCE, tmp_path).rows(Prompt)] == [
        ("unknown", "unknown")
    ]


def test_a_message_of_several_lines_on_the_command_line_is_no_prompt(tmp_path):
    start = START.format(options=" -m fix\n#### heading  \nmore", form="diff")
    history(tmp_path, "#### fix  \n#### #### heading  \n#### more  \n\nok\n" + TOKENS, start=start)

    assert [p.text for p in read_home(SOURCE, tmp_path).rows(Prompt)] == ["fix\n#### heading\nmore"]


def test_headings_and_quotes_in_an_answer_are_no_prompts(tmp_path):
    answer = "Steps:\n\n#### One  \n\n> quoted\n\n#### Two\n\ntext\n"
    history(tmp_path, "#### how?  \n\n" + answer + TOKENS)

    assert [p.text for p in read_home(SOURCE, tmp_path).rows(Prompt)] == ["how?"]


@pytest.mark.parametrize(
    ("entered", "prompts"),
    [("/add a.py", []), ("!ls", []), ("/run pytest", []), ("/ask why?", ["why?"]), ("/ask", [])],
)
def test_slash_commands_are_prompts_when_their_text_goes_to_the_model(entered, prompts, tmp_path):
    history(tmp_path, f"#### {entered}  \n\n> ok  \n")

    assert [p.text for p in read_home(SOURCE, tmp_path).rows(Prompt)] == prompts


# -- edits -----------------------------------------------------------------------------------


FORMS = {
    "diff": ("diff", BLOCK),
    "diff-fenced": ("diff-fenced", f"```\na.py\n{EDIT}```\n"),
    "whole": ("whole", "**a.py**:\n```python\ntwo\n```\n"),
    "udiff": ("udiff", "```diff\n--- a.py\n+++ a.py\n@@ ... @@\n-one\n+two\n```\n"),
    "patch": (
        "patch",
        "*** Begin Patch\n*** Update File: a.py\n@@ f\n-one\n+two\n*** End Patch\n",
    ),
    "architect": ("editor-diff", BLOCK),
}


@pytest.mark.parametrize(("form", "answer"), FORMS.values(), ids=FORMS)
def test_every_edit_format_is_read(form, answer, tmp_path):
    history(tmp_path, f"#### do it  \n\n{answer}{TOKENS}> Applied edit to a.py  \n", form=form)

    (edit,) = edits_of(read_home(SOURCE, tmp_path))

    assert (edit.path, edit.added, edit.decision, edit.how) == (
        "a.py",
        ("two",),
        "accepted",
        "applied",
    )
    assert edit.removed == (() if form == "whole" else ("one",))
    assert edit.whole == (form == "whole")


ENDS = {
    "refused": ("> a.py  \n> Create new file? (Y)es/(N)o [Yes]: n  \n> Skipping edits to a.py  \n",
                ("rejected", "chosen")),
    "ignored by a rule": ("> Skipping edits to a.py that matches gitignore spec.  \n",
                          ("failed", None)),
    "a dry run": ("> Did not apply edit to a.py (--dry-run)  \n", ("failed", None)),
    "no conforming": ("> The LLM did not conform to the edit format.  \n", ("failed", None)),
    "nothing said": ("", ("undecided", None)),
    "allowed a file": (
        "> a.py  \n> Allow edits to file that has not been added to the chat? (Y)es/(N)o [Yes]: y"
        "  \n> Applied edit to a.py  \n", ("accepted", "chosen")),
}  # fmt: skip


@pytest.mark.parametrize(("said", "ended"), ENDS.values(), ids=ENDS)
def test_what_aider_says_decides(said, ended, tmp_path):
    history(tmp_path, f"#### do it  \n\n{BLOCK}{TOKENS}{said}")

    (edit,) = edits_of(read_home(SOURCE, tmp_path))

    assert (edit.decision, edit.how) == ended


def test_an_option_that_answers_yes_is_no_click(tmp_path):
    said = "> a.py  \n> Create new file? (Y)es/(N)o [Yes]: y  \n> Applied edit to a.py  \n"
    history(tmp_path, f"#### do it  \n\n{BLOCK}{TOKENS}{said}", options=" --yes-always")

    (edit,) = edits_of(read_home(SOURCE, tmp_path))

    assert (edit.kind, edit.decision, edit.how) == ("new_file", "accepted", "allowed")


REPORT = f"""> The LLM did not conform to the edit format.  
> https://aider.chat/docs/troubleshooting/edit-errors.html  
> # 1 SEARCH/REPLACE block failed to match!

## SearchReplaceNoExactMatch: This SEARCH block failed to exactly match lines in a.py
{EDIT}
The SEARCH section must exactly match an existing block of lines including all white
space, comments, indentation, docstrings, etc

"""  # noqa: W291


def test_a_block_in_a_report_is_no_proposal_and_its_retry_is_one(tmp_path):
    retry = BLOCK.replace("one", "1")
    history(
        tmp_path,
        f"#### do it  \n\n{BLOCK}{TOKENS}{REPORT}{retry}{TOKENS}> Applied edit to a.py  \n",
    )

    edits = edits_of(read_home(SOURCE, tmp_path))

    assert [(e.removed, e.decision) for e in edits] == [
        (("one",), "failed"),
        (("1",), "accepted"),
    ]


def test_blocks_that_matched_beside_one_that_failed_were_written(tmp_path):
    other = BLOCK.replace("a.py", "b.py")
    others = "# The other 1 SEARCH/REPLACE block were applied successfully.\nDon't re-send.\n"
    history(tmp_path, f"#### do it  \n\n{BLOCK}\n{other}{TOKENS}{REPORT}{others}")

    edits = edits_of(read_home(SOURCE, tmp_path))

    assert {e.path: e.decision for e in edits} == {"a.py": "failed", "b.py": "accepted"}


def test_code_shown_for_a_question_is_no_proposal(tmp_path):
    history(tmp_path, f"#### /ask how?  \n\n{BLOCK}{TOKENS}")

    assert edits_of(read_home(SOURCE, tmp_path)) == []


@pytest.mark.parametrize(
    ("answer", "ended"), [("y", ("accepted", "chosen")), ("n", ("rejected", "chosen"))]
)
def test_a_command_that_aider_proposes_is_decided_by_its_question(answer, ended, tmp_path):
    said = f"> pytest -q  \n> Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: {answer}  \n"
    history(tmp_path, f"#### do it  \n\nRun it.\n{TOKENS}{said}")

    read = read_home(SOURCE, tmp_path)

    (command,) = [s for s in read.rows(Suggestion) if s.kind == "command"]
    assert (command.decision, command.how) == ended
    assert [(call.kind, call.args) for call in read.rows(ToolCall)] == [("test", "pytest -q")]


def test_a_commit_of_the_persons_own_work_is_not_the_tools(tmp_path):
    said = "> Committing a.py before applying edits.  \n> Commit 1111111 mine  \n"
    said += "> Applied edit to a.py  \n> Commit 2222222 feat: more\n\nbody  \n"
    history(tmp_path, f"#### do it  \n\n{BLOCK}{TOKENS}{said}")

    read = read_home(SOURCE, tmp_path)

    assert [call.commits for call in read.rows(ToolCall)] == [("2222222",)]


# -- makers ----------------------------------------------------------------------------------


def history(
    home: Path, text: str, *, options: str = "", form: str = "diff", start: str = START
) -> Path:
    """A history in ``work/proj`` below a home, with one launch and what follows."""
    path = home / "work" / "proj" / ".aider.chat.history.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = start.format(options=options, form=form) if start == START else start
    path.write_text(begin + text)
    return path


def edits_of(read: Read) -> list[Suggestion]:
    return [s for s in read.rows(Suggestion) if s.kind != "command"]

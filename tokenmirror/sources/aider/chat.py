"""The chat history, line by line: what is a prompt, what Aider says, what the model says.

Aider's own lines begin with ``> ``, entered ones with ``#### ``; all else is the model's.
Both can stand in an answer too: Aider ends its lines and the person's with two spaces, and a
prompt follows one of Aider's lines, not the text of an answer, unless that was broken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from tokenmirror.events import AnyEvent
from tokenmirror.sources.aider.blocks import Answer, Block
from tokenmirror.sources.aider.entered import Entered
from tokenmirror.sources.aider.launch import Asked, Launch, Proposed
from tokenmirror.sources.records import Tally, local_ms

_LAUNCH = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$")
_MODEL = re.compile(r"(?P<role>Main model|Editor model|Models?): (?P<name>\S+) with (?P<form>\S+)")
_TOKENS = re.compile(r"Tokens: .*sent")
_COST = re.compile(r"Cost: \$(\d{1,9}(?:\.\d{1,9})?) message")
_APPLIED = re.compile(r"Applied edit to (.+)$")
_NOT_APPLIED = re.compile(r"Did not apply edit to (.+) \(--dry-run\)")
_SKIPPING = re.compile(r"Skipping edits to (?P<path>.+?)(?P<rule> that matches gitignore spec.*)?$")
_COMMIT = re.compile(r"Commit ([0-9a-f]{7,64}) ")
_REMOVED = re.compile(r"Removed: ([0-9a-f]{7,64})\b")
_ANSWERED = re.compile(r"(?P<question>[^?]+\?).*: ?(?P<answer>\w*)$")
_FAILED = re.compile(r"# \d+ SEARCH/REPLACE blocks? failed to match")
_FAILED_IN = re.compile(r"## SearchReplace\w*: .* lines in (.+)$")
_REPORT_END = re.compile(r"space, comments, indentation, docstrings|Just reply with fixed versions")
_OTHERS_APPLIED = re.compile(r"# The other \d+ SEARCH/REPLACE blocks? (?:was|were) applied")
_ERROR = re.compile(r"litellm\.|(?:The API provider|Retrying in) ")
_ADDED = re.compile(r"Added (.+) to the chat")
_CREATING = re.compile(r"Creating empty file (.+)$")
# Aider's lines that may go on without a mark, so that they do not end with two spaces.
_GOES_ON = re.compile(r"> (?:Commit [0-9a-f]{7,64} |# \d+ SEARCH/REPLACE block|Tokens: |\^C)")
_COMMAND_LINE = re.compile(r"\S*aider|.*aider(?:\.exe|\.py|[/\\]__main__\.py)?(?:\s|$)")
# Slash commands whose text goes to the model.
_ASKS_MODEL = re.compile(r"/(?:ask|code|architect|context|help)\s+(?P<text>\S.*)$", re.DOTALL)
_NO_EDITS = ("/ask", "/help", "/context")
_TALK = ("ask", "help", "context")


Heard = Callable[["Chat", Launch, re.Match[str]], None]


class Chat:
    """The state of reading one history."""

    def __init__(self, path: Path, entered: Entered, tally: Tally) -> None:
        self.path = path
        self.entered = entered
        self.tally = tally
        self.events: list[AnyEvent] = []
        self.launch: Launch | None = None
        self._same_start: dict[str, int] = {}
        self._cut = False
        self._fresh()

    def _fresh(self) -> None:
        """As at the beginning of a launch."""
        self._starting = True  # until Aider names its version, its command line goes on
        self._in_commit = False  # in the lines of a commit's message
        self._own_commit = True
        self._talk = False  # nothing in such an answer is meant for a file
        self._broken_off = False
        self._format = ""
        self._files: list[str] = []
        self._answer = Answer("")
        self._report: Answer | None = None
        self._failing: list[Proposed] = []
        self._undecided: list[Proposed] = []
        self._uncommitted: list[Proposed] = []
        self._created: set[str] = set()
        self._chosen: set[str] = set()
        self._refused: set[str] = set()
        self._subject = ""
        self._prompt: list[str] = []
        self._prompt_offset = 0
        self._above = "start"
        self._blank_lines = 0

    # -- lines ------------------------------------------------------------------------------

    def take(self, line: str, offset: int) -> None:
        """Reads one line, without its end."""
        started = _LAUNCH.match(line)
        entered = line.startswith("#### ") and line.endswith("  ")
        if self._prompt and not entered:
            self._said()
        if started is not None:
            self._launched(started[1], offset)
        elif self.launch is None:
            self._stray(line, offset)
        elif entered and self._may_enter(line):
            self._prompt_offset = self._prompt_offset if self._prompt else offset
            self._prompt.append(line[5:].strip())
            self._above = "entered"
        elif _is_own(line) and self._may_say(line):
            self.tally.record(offset)
            self._own(self.launch, line)
            self._above = "own"
        else:
            self._text(self.launch, line)
        self._blank_lines = 0 if line.strip() else self._blank_lines + 1

    def end(self, offset: int) -> int:
        """The file's end for now; gives the offset from which to read on.

        A prompt at the very end may go on: it is left for the next reading.
        """
        self._close(None)
        return self._prompt_offset if self._prompt else offset

    def _stray(self, line: str, offset: int) -> None:
        """Text above the first launch: the history was cut, or is none."""
        if line.strip() and not self._cut:
            self._cut = True
            self.tally.problem(offset, "torn")

    def _launched(self, started: str, offset: int) -> None:
        at_ms = local_ms(started)
        self._close(at_ms)
        self.tally.record(offset)
        if at_ms is None:
            self.tally.note(offset, "bad_time")
        nth = self._same_start[started] = self._same_start.get(started, -1) + 1
        self.launch = Launch(self.path, started, at_ms, nth)
        self._fresh()

    def _close(self, until_ms: int | None) -> None:
        if self.launch is not None:
            self.events.extend(self.launch.events(self.entered, until_ms))

    def _may_enter(self, line: str) -> bool:
        """Whether a line with a prompt's marks is one, and no heading in an answer."""
        if self._above == "entered" or self.entered.knows(line[5:]):
            return True
        if self._starting and self.launch is not None and self.launch.command_line:
            return False  # a message of several lines on the command line
        if self._above in ("own", "start"):
            return True
        return self._broken_off and self._blank_lines > 1

    def _may_say(self, line: str) -> bool:
        """Inside a block only what ends an answer is Aider's own."""
        return not self._answer.inside or line.startswith(("> Tokens: ", "> ^C"))

    def _text(self, launch: Launch, line: str) -> None:
        if line.strip():
            self._above = "text"
        if self._in_commit or (self._starting and launch.command_line):
            return
        if self._report is not None:
            self._read_report(self._report, line)
        elif self._failing and _OTHERS_APPLIED.match(line):
            for edit in self._failing:
                if edit.decision == "undecided":
                    self._accept(launch, edit)
            self._failing = []
        elif not self._talk:
            self._answer.take(line)
            self._collect(launch)

    def _collect(self, launch: Launch) -> None:
        """Blocks that the answer has completed become proposals."""
        for block in self._answer.blocks:
            edit = Proposed(block, launch.turn, launch.entry, creates=block.creates)
            launch.proposed.append(edit)
            self._undecided.append(edit)
        self._answer.blocks.clear()

    # -- what was entered -------------------------------------------------------------------

    def _said(self) -> None:
        text, self._prompt = "\n".join(self._prompt), []
        self.tally.record(self._prompt_offset)
        launch = self.launch
        if launch is None:
            return
        self._starting = self._in_commit = False
        self._report, self._failing = None, []
        launch.entries.append(text)
        command = _ASKS_MODEL.match(text)
        if command is None and text.startswith(("/", "!")):
            self._own_commit = not text.startswith("/commit")
            return
        self._talk = text.startswith(_NO_EDITS) or self._format in _TALK
        self._answer = Answer(self._format, self._files[0] if len(self._files) == 1 else None)
        self._undecided, self._chosen, self._refused = [], set(), set()
        self._own_commit, self._broken_off = True, False
        launch.asked.append(Asked(launch.entry, command["text"] if command else text))

    # -- what Aider says --------------------------------------------------------------------

    def _own(self, launch: Launch, line: str) -> None:
        text = line[2:].strip()
        self._in_commit, self._report = False, None
        if self._starting and launch.command_line is None and _COMMAND_LINE.match(text):
            launch.command_line = text
            return
        self._starting = self._starting and launch.command_line is not None
        for pattern, heard in self._says:
            found = pattern.match(text)
            if found is not None:
                heard(self, launch, found)
                break
        else:
            self._subject = text or self._subject
        if _COMMIT.match(text):
            self._in_commit = not line.endswith("  ")

    def _version(self, launch: Launch, found: re.Match[str]) -> None:
        self._starting = False
        launch.version = found[1]

    def _model(self, launch: Launch, found: re.Match[str]) -> None:
        self._starting = False
        self._format = found["form"]  # of an architect the editor's, which comes behind
        if found["role"] != "Editor model":
            launch.model = found["name"]

    def _added(self, _launch: Launch, found: re.Match[str]) -> None:
        self._files.append(found[1])

    def _creating(self, _launch: Launch, found: re.Match[str]) -> None:
        self._created.add(_plain(found[1]))

    def _answered(self, launch: Launch, found: re.Match[str]) -> None:
        self._answer.inside = ""
        self._failing = []
        if launch.asked and launch.asked[-1].ended == "unknown":
            launch.asked[-1].ended = "finished"
        cost = _COST.search(found.string)
        nusd = round(float(cost[1]) * 1e9) if cost else 0
        launch.answers.append((launch.entry, launch.model, nusd or None))

    def _interrupted(self, launch: Launch, _found: re.Match[str]) -> None:
        self._answer.inside = ""
        if launch.asked and launch.asked[-1].ended == "unknown":
            launch.asked[-1].ended = "interrupted"
            self._broken_off = True

    def _error(self, launch: Launch, _found: re.Match[str]) -> None:
        if launch.asked:
            launch.asked[-1].error = True

    def _applied(self, launch: Launch, found: re.Match[str]) -> None:
        for edit in self._taken(found[1]):
            self._accept(launch, edit)

    def _not_applied(self, _launch: Launch, found: re.Match[str]) -> None:
        for edit in self._taken(found[1]):
            edit.decision = "failed"

    def _skipped(self, _launch: Launch, found: re.Match[str]) -> None:
        refused = found["rule"] is None and _plain(found["path"]) in self._refused
        for edit in self._taken(found["path"]):
            edit.decision = "rejected" if refused else "failed"
            edit.how = "chosen" if refused else None

    def _taken(self, path: str) -> list[Proposed]:
        """The undecided edits of a file, which are decided now."""
        of_file = [e for e in self._undecided if _plain(e.block.path) == _plain(path)]
        self._undecided = [e for e in self._undecided if _plain(e.block.path) != _plain(path)]
        return of_file

    def _accept(self, launch: Launch, edit: Proposed) -> None:
        path = _plain(edit.block.path)
        edit.decision, edit.how = "accepted", "applied"
        if path in self._chosen:
            edit.how = "allowed" if launch.says_yes else "chosen"
        created = {name for name in self._created if name == path or name.endswith(f"/{path}")}
        edit.creates = edit.creates or bool(created)
        self._created -= created
        self._uncommitted.append(edit)

    def _question(self, launch: Launch, found: re.Match[str]) -> None:
        question, yes = found["question"], found["answer"].lower()[:1] in ("y", "a")
        if question.startswith(("Create new file", "Allow edits to file")):
            path = _plain(self._subject)
            (self._chosen if yes else self._refused).add(path)
            if yes and question.startswith("Create"):
                self._created.add(path)
        elif question.startswith("Run shell command") and self._subject:
            run = Proposed(Block(None, (), ()), launch.turn, launch.entry, command=self._subject)
            run.decision, run.how = ("accepted", "chosen") if yes else ("rejected", "chosen")
            if launch.says_yes:  # an option answered
                run.decision, run.how = ("accepted", "allowed") if yes else ("failed", None)
            launch.proposed.append(run)

    def _not_mine(self, _launch: Launch, _found: re.Match[str]) -> None:
        self._own_commit = False

    def _committed(self, launch: Launch, found: re.Match[str]) -> None:
        if self._own_commit and self._uncommitted:
            launch.commits.append((launch.entry, launch.turn, found[1]))
            for edit in self._uncommitted:
                edit.commit = found[1]
            self._uncommitted = []
        self._own_commit = True

    def _removed(self, launch: Launch, found: re.Match[str]) -> None:
        for edit in launch.proposed:
            if edit.commit and (
                edit.commit.startswith(found[1]) or found[1].startswith(edit.commit)
            ):
                edit.decision, edit.how = "undone", None
                edit.decided_entry = launch.entry

    def _failed(self, _launch: Launch, _found: re.Match[str]) -> None:
        self._failing, self._undecided = self._undecided, []
        for edit in self._failing:
            edit.decision = "failed"

    def _reports(self, _launch: Launch, _found: re.Match[str]) -> None:
        """Blocks that did not match are printed once more: they name those that failed."""
        self._report = Answer("")
        for edit in self._failing:
            edit.decision = "undecided"

    def _read_report(self, report: Answer, line: str) -> None:
        named = _FAILED_IN.match(line)
        if named is not None:
            report.named(named[1])
            return
        report.take(line)
        for block in report.blocks:
            open_ones = (edit for edit in self._failing if edit.decision == "undecided")
            edit = next((edit for edit in open_ones if _alike(edit.block, block)), None)
            if edit is not None:
                edit.decision = "failed"
        report.blocks.clear()
        if not report.inside and _REPORT_END.match(line):
            self._report = None

    _says: ClassVar[tuple[tuple[re.Pattern[str], Heard], ...]] = (
        (re.compile(r"Aider v(\S+)"), _version),
        (_MODEL, _model),
        (_TOKENS, _answered),
        (_APPLIED, _applied),
        (_NOT_APPLIED, _not_applied),
        (_SKIPPING, _skipped),
        (re.compile(r"Committing .* before applying edits"), _not_mine),
        (_COMMIT, _committed),
        (_REMOVED, _removed),
        (re.compile(r"The LLM did not conform"), _failed),
        (_FAILED, _reports),
        (re.compile(r"\^C"), _interrupted),
        (_ADDED, _added),
        (_CREATING, _creating),
        (_ERROR, _error),
        (_ANSWERED, _question),
    )


def _is_own(line: str) -> bool:
    """Whether Aider said a line: models quote with ``> `` too, but do not end so."""
    return line.startswith("> ") and (line.endswith("  ") or _GOES_ON.match(line) is not None)


def _plain(path: str | None) -> str:
    return (path or "").replace("\\", "/").removeprefix("./")


def _alike(one: Block, other: Block) -> bool:
    return (_plain(one.path), one.added, one.removed) == (
        _plain(other.path),
        other.added,
        other.removed,
    )

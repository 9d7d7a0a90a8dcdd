"""Thirty made-up weeks of work, planned from a seed and an instant, always the same.

Tasks end in every way there is: merged, squashed, committed straight to the main line, left
on a branch, still under way, without lasting change, without code; by hand and unattended.
What landed is kept, rewritten, reverted, brought back, re-indented, and released in part.
"""

from __future__ import annotations

import random
import uuid
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Literal

from tokenmirror.app.sample import aftermath, words
from tokenmirror.app.sample.aftermath import Landed
from tokenmirror.app.sample.story import Check, Commit, Edit, Session, Story, Tokens, Tool, Turn
from tokenmirror.app.sample.words import Project, Theme

WEEKS = 30
TASKS_A_WEEK = (5, 9)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MAIN = "refs/heads/main"
RELEASED = ("orchard-api", "harvest-jobs")  # the third project makes no releases
GONE = "refs/sample/gone/"  # a branch that was deleted once its work had landed

Ending = Literal["merge", "squash", "direct", "branch", "nothing", "no_code", "loose"]
ENDINGS: dict[Ending, int] = {
    "merge": 22, "squash": 15, "direct": 20, "branch": 8, "nothing": 11, "no_code": 17, "loose": 4,
}  # fmt: skip
TOOLS: dict[Tool, int] = {"claude-code": 50, "codex-cli": 25, "vscode-copilot": 25}
MODELS: dict[Tool, dict[str, int]] = {
    "claude-code": {"claude-sonnet-5-5": 7, "claude-opus-5-5": 2, "claude-haiku-5-5": 1},
    "codex-cli": {"gpt-5.2-codex": 8, "orchard-coder-1": 2},  # the second has no public price
    "vscode-copilot": {"copilot/gpt-5-mini": 6, "copilot/claude-sonnet-4.6": 3},
}


@dataclass
class _Tree:
    """A project's main line as it grows: contents, files in use, changes on their way."""

    project: Project
    files: dict[str, str]
    busy_until: dict[str, int] = field(default_factory=dict)
    coming: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    last: str = ""  # file of the last piece of work

    def at(self, at_ms: int) -> dict[str, str]:
        """The contents at that time; time only moves on."""
        for landing in sorted(self.coming, key=lambda one: one[0]):
            if landing[0] <= at_ms:
                self.files.update(landing[1])
        self.coming = [landing for landing in self.coming if landing[0] > at_ms]
        return self.files

    def free(self, at_ms: int) -> list[str]:
        """Modules that no other work has in hand."""
        files = [self.project.file(module) for module in self.project.modules]
        return [path for path in files if self.busy_until.get(path, 0) <= at_ms]


class Planner:
    """Plans the sample; one generator of random numbers, used in a fixed order."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._rng = random.Random(seed)  # noqa: S311 (made-up work, no secret)
        self._now = now
        self._now_ms = round(now.timestamp() * 1000)
        self._sessions: list[Session] = []
        self._commits: list[Commit] = []
        self._drafts: dict[str, dict[str, str]] = {}
        self._marks = 0
        self._planned = 0
        self._working: list[int] = []  # when tasks begin
        self._ahead: list[tuple[int, int, Callable[[int], None]]] = []
        self._trees = {project.name: self._founded(project) for project in words.projects()}

    def story(self) -> Story:
        """Everything that happens before ``now``."""
        for at_ms, plan in sorted(self._begins(), key=lambda begin: begin[0]):
            self._plan(at_ms, plan)
            if plan == self._task:
                self._working.append(at_ms)
        while self._ahead:
            at_ms, _, plan = heappop(self._ahead)
            plan(at_ms)
        sessions = [one for one in map(self._until_now, self._sessions) if one.turns]
        commits = [commit for commit in self._commits if commit.at_ms < self._now_ms]
        return Story(
            tuple(sorted(sessions, key=lambda one: (one.turns[0].at_ms, one.id))),
            tuple(sorted(commits, key=lambda commit: (commit.project, commit.at_ms, commit.mark))),
            self._drafts,
            tuple(
                tag
                for project in RELEASED
                for tag in aftermath.releases(commits, project, MAIN, self._now_ms)
            ),
        )

    def _plan(self, at_ms: int, plan: Callable[[int], None]) -> None:
        """Let this happen at that time; what comes first happens first."""
        heappush(self._ahead, (at_ms, self._planned, plan))
        self._planned += 1

    def _plan_later(self, at_ms: int, plan: Callable[[int], None]) -> None:
        """Let this happen when work is next begun after that time; a few minutes before it."""
        self._plan(self._next_work(at_ms), plan)

    def _next_work(self, at_ms: int) -> int:
        """A few minutes before work is next begun after that time."""
        place = bisect_left(self._working, at_ms)
        if place == len(self._working):
            return at_ms
        return max(at_ms, self._working[place] - self._rng.randint(2, 20) * MINUTE_MS)

    def _until_now(self, session: Session) -> Session:
        turns = tuple(turn for turn in session.turns if turn.ended_ms < self._now_ms)
        return replace(session, turns=turns)

    def _founded(self, project: Project) -> _Tree:
        at_ms = self._now_ms - (WEEKS * 7 + 10) * DAY_MS
        files = {"README.md": f"# {project.name}\n\nMade up for looking around.\n"}
        for module in project.modules:
            path = project.file(module)
            blocks = [words.block(self._rng, project, words.theme(self._rng)) for _ in range(2)]
            files[path] = "\n\n".join([project.head(path), *blocks])
        self._commit(at_ms, project.name, MAIN, dict(files), "Begin", mine=False)
        return _Tree(project, dict(files))

    def _begins(self) -> list[tuple[int, Callable[[int], None]]]:
        """Beginnings of all work: tasks on working days, other commits, nightly runs."""
        found: list[tuple[int, Callable[[int], None]]] = []
        for week in range(WEEKS):
            monday = self._morning(week)
            tasks = [self._working_ms(monday) for _ in range(self._rng.randint(*TASKS_A_WEEK))]
            found += [(at_ms, self._task) for at_ms in tasks]
            for at_ms in self._rng.sample(tasks, 2):
                found.append((at_ms - self._rng.randint(2, 50) * MINUTE_MS, self._by_hand))
            found += [(self._working_ms(monday), self._by_colleague) for _ in range(2)]
            if week % 3 == 1:
                found.append((self._working_ms(monday), self._reformat))
            for day in (1, 4):
                night = monday + timedelta(days=day, hours=-6, minutes=week)
                found.append((_ms(night), self._unattended))
        # two tasks in two places at one time may not share an instant
        return [(at_ms + place, plan) for place, (at_ms, plan) in enumerate(found)]

    def _morning(self, week: int) -> datetime:
        first = self._now - timedelta(days=7 * (WEEKS - 1 - week) + self._now.weekday())
        return first.replace(hour=9, minute=0, second=0, microsecond=0)

    def _working_ms(self, monday: datetime) -> int:
        day = self._rng.choices(range(7), (20, 20, 20, 20, 16, 2, 2))[0]
        return _ms(monday + timedelta(days=day, minutes=self._rng.randint(0, 9 * 60)))

    def _task(self, at_ms: int) -> None:
        rng = self._rng
        # branches that wait for a review are young ones; an old one counts as left behind
        young = at_ms > self._now_ms - 25 * DAY_MS
        weights = ENDINGS | {"branch": 20 if young else 3}
        ending = rng.choices(list(weights), list(weights.values()))[0]
        about = words.theme(rng)
        tree = rng.choice(list(self._trees.values()))
        tool = rng.choices(list(TOOLS), list(TOOLS.values()))[0]
        if ending == "no_code":
            turns = self._talk(at_ms, about)
            self._session(tool, tree.project.name, "main", turns)
            return
        if ending == "loose":
            self._loose(at_ms, tool, about)
            return
        free = tree.free(at_ms)
        recent = [one for one in free if one == tree.last]
        if recent and rng.random() < 0.3:
            free = recent
        path = rng.choice(free) if free else tree.project.file(about.branch.replace("-", "_"))
        self._change(at_ms, tool, tree, path, about, ending)

    def _loose(self, at_ms: int, tool: Tool, about: Theme) -> None:
        # a folder that is no repository: what became of it cannot be known
        project = words.projects()[0]
        note = Edit(f"{about.branch}.py", None, words.block(self._rng, project, about))
        turn = self._turn(at_ms, words.text(self._rng, "change_prompts", about), (note,), ())
        self._session(tool, words.listed()["loose_folder"], "", (turn,))

    def _change(
        self, at_ms: int, tool: Tool, tree: _Tree, path: str, about: Theme, ending: Ending
    ) -> None:
        branch = "main" if ending == "direct" else about.branch
        before = dict(tree.at(at_ms))
        turns, files = self._work(at_ms, tree, path, about)
        whole = turns[-1].edits[0].decision == "accepted"
        by_agent = (
            whole and tool == "claude-code" and ending == "direct" and self._rng.random() < 0.4
        )
        ended_ms = turns[-1].ended_ms
        if by_agent:
            subject = words.text(self._rng, "subjects", about)
            mark = self._commit(ended_ms, tree.project.name, MAIN, files, subject)
            turns[-1] = replace(
                turns[-1], commit=mark, requests=(*turns[-1].requests, self._spent(9))
            )
            tree.coming.append((ended_ms, files))
            landed_ms = ended_ms
        else:
            files = self._by_own_hand(files)
            landed_ms, subject = self._end(ended_ms, tree, files, about, ending)
        for touched in files:
            tree.busy_until[touched] = landed_ms + MINUTE_MS
        if ending in {"merge", "squash", "direct"}:
            tree.last = path
            self._afterwards(tree, landed_ms, aftermath.landed(subject, before, files))
        self._say(tool, tree.project.name, branch, turns)

    def _say(self, tool: Tool, project: str, branch: str, turns: list[Turn]) -> None:
        # some work is taken up again in a second conversation
        if len(turns) > 2 and self._rng.random() < 0.3:
            cut = len(turns) // 2
            self._session(tool, project, branch, tuple(turns[:cut]))
            self._session(tool, project, branch, tuple(turns[cut:]))
        else:
            self._session(tool, project, branch, tuple(turns))

    def _end(
        self, ended_ms: int, tree: _Tree, files: dict[str, str], about: Theme, ending: Ending
    ) -> tuple[int, str]:
        """Commit what the work left; gives when its files are free, and the last message."""
        rng, name = self._rng, tree.project.name
        subject = words.text(rng, "subjects", about)
        written_ms = ended_ms + rng.randint(5, 100) * MINUTE_MS
        landed_ms = self._next_work(written_ms + rng.randint(1, 40) * HOUR_MS)
        if ending == "nothing":
            if ended_ms > self._now_ms - 3 * DAY_MS:
                self._drafts.setdefault(name, {}).update(files)
            return written_ms, subject
        if ending == "direct":
            self._commit(written_ms, name, MAIN, files, subject)
            tree.coming.append((written_ms, files))
            return written_ms, subject
        if ending == "branch":
            self._commit(written_ms, name, f"refs/heads/{about.branch}", files, subject)
            return written_ms, subject
        mark = self._commit(written_ms, name, f"{GONE}{about.branch}", files, subject)
        if ending == "merge":
            message, merges = f"Merge branch '{about.branch}'", mark
        else:
            message, merges = f"{subject} (#{mark})", None
        self._commit(landed_ms, name, MAIN, files, message, merges=merges)
        tree.coming.append((landed_ms, files))
        return landed_ms, message

    def _afterwards(self, tree: _Tree, landed_ms: int, change: Landed) -> None:
        """Plan what becomes of a change that landed."""
        fate = aftermath.fate(self._rng)
        if fate == "kept":
            return
        first, last = aftermath.AFTER_DAYS[fate]
        at_ms = landed_ms + self._rng.randint(first * 24, last * 24) * HOUR_MS

        def happens(at_ms: int) -> None:
            if fate in {"reverted", "taken_back"}:
                self._revert(at_ms, tree, change, back=fate == "taken_back")
            else:
                self._rework(at_ms, tree, change, mine=fate != "by_colleague")

        self._plan_later(at_ms, happens)

    def _free(self, at_ms: int, tree: _Tree, change: Landed) -> dict[str, str]:
        """Contents of a change's files; none while another piece of work has one in hand."""
        if any(tree.busy_until.get(path, 0) > at_ms for path in change.added):
            return {}
        there = tree.at(at_ms)
        return {path: there[path] for path in change.added if path in there}

    def _rework(self, at_ms: int, tree: _Tree, change: Landed, *, mine: bool) -> None:
        files = {}
        share = self._rng.uniform(0.25, 0.7)
        for path, content in self._free(at_ms, tree, change).items():
            files[path] = aftermath.reworded(self._rng, content, change.added[path], share)
        if files:
            message = f"Rework: {change.message.split(' (#')[0]}"
            self._commit(at_ms, tree.project.name, MAIN, files, message, mine=mine)
            tree.coming.append((at_ms, files))

    def _revert(self, at_ms: int, tree: _Tree, change: Landed, *, back: bool) -> None:
        before = self._free(at_ms, tree, change)
        if not before:
            return
        files = {path: aftermath.without(text, change.added[path]) for path, text in before.items()}
        self._commit(at_ms, tree.project.name, MAIN, files, f'Revert "{change.message}"')
        tree.coming.append((at_ms, files))

        def reapply(at_ms: int) -> None:
            if self._free(at_ms, tree, change) == files:
                message = f'Reapply "{change.message}"'
                self._commit(at_ms, tree.project.name, MAIN, before, message)
                tree.coming.append((at_ms, before))

        if back:
            self._plan_later(at_ms + self._rng.randint(20, 90) * HOUR_MS, reapply)

    def _reformat(self, at_ms: int) -> None:
        """Some files get another indentation, which changes no line."""
        tree = self._rng.choice(list(self._trees.values()))
        there = tree.at(at_ms)
        some = [path for path in tree.free(at_ms) if path in there]
        chosen = self._rng.sample(some, min(3, len(some)))
        files = {path: aftermath.indented(there[path], tree.project.language) for path in chosen}
        if files:
            self._commit(at_ms, tree.project.name, MAIN, files, "Indent the code in one way")
            tree.coming.append((at_ms, files))

    def _work(
        self, at_ms: int, tree: _Tree, path: str, about: Theme
    ) -> tuple[list[Turn], dict[str, str]]:
        """Turns that change a file and perhaps its tests; gives also what they left."""
        rng, project = self._rng, tree.project
        start = tree.at(at_ms)
        files: dict[str, str] = {}
        turns: list[Turn] = []
        prompt = words.text(rng, "change_prompts", about)
        test = project.test_file(path.rsplit("/", 1)[-1].split(".")[0])
        for number in range(rng.choices((1, 2, 3, 4, 5), (25, 30, 22, 15, 8))[0]):
            place = test if number and rng.random() < 0.35 else path
            before = files.get(place, start.get(place))
            after = self._grown(project, place, before, about if not number else _other(rng, about))
            edit = Edit(place, before, after, self._decision(first=not number))
            if edit.decision == "accepted":
                files[place] = after
            turns.append(self._turn(at_ms, prompt, (edit,), self._checks(project, edit)))
            at_ms = turns[-1].ended_ms + rng.randint(20, 900) * 1000
            prompt = words.text(rng, "follow_ups", about)
        return turns, files

    def _decision(self, *, first: bool) -> Literal["accepted", "rejected", "failed"]:
        if first:
            return "accepted"
        roll = self._rng.random()
        return "rejected" if roll < 0.14 else "failed" if roll < 0.17 else "accepted"

    def _grown(self, project: Project, path: str, before: str | None, about: Theme) -> str:
        new = words.block(self._rng, project, about, test=path.startswith(project.tests))
        if before is None:
            return f"{project.head(path)}\n\n{new}"
        lines = before.splitlines(keepends=True)
        if len(lines) > 14 and self._rng.random() < 0.3:
            # a piece of the old text goes
            first = 3 if self._rng.random() < 0.5 else max(3, len(lines) - 20)
            start = self._rng.randint(first, len(lines) - 8)
            del lines[start : start + self._rng.randint(2, 5)]
        return "".join(lines) + "\n\n" + new

    def _checks(self, project: Project, edit: Edit) -> tuple[Check, ...]:
        if edit.decision != "accepted" or self._rng.random() < 0.45:
            return ()
        checks = [Check(project.check, self._rng.random() < 0.8)]
        if self._rng.random() < 0.3:
            checks.append(Check(project.lint, self._rng.random() < 0.9))
        return tuple(checks)

    def _by_own_hand(self, files: dict[str, str]) -> dict[str, str]:
        """What a person changes before committing: sometimes a line or two."""
        changed = dict(files)
        for path, content in files.items():
            if self._rng.random() < 0.35:
                lines = content.splitlines(keepends=True)
                del lines[-self._rng.randint(1, 3) :]
                changed[path] = "".join(lines)
        return changed

    def _talk(self, at_ms: int, about: Theme) -> tuple[Turn, ...]:
        turns = []
        for _ in range(self._rng.randint(1, 4)):
            prompt = words.text(self._rng, "questions", about)
            turn = self._turn(at_ms, prompt, (), ())
            if self._rng.random() < 0.06:
                turn = replace(turn, interrupted=True)
            turns.append(turn)
            at_ms = turn.ended_ms + self._rng.randint(30, 600) * 1000
        return tuple(turns)

    def _turn(
        self, at_ms: int, prompt: str, edits: tuple[Edit, ...], checks: tuple[Check, ...]
    ) -> Turn:
        calls = 1 + len(edits) + len(checks)
        length_ms = self._rng.randint(12, 70) * 1000 * calls
        requests = tuple(self._spent(number) for number in range(calls + 1))
        return Turn(at_ms, at_ms + length_ms, prompt, edits, checks, requests)

    def _spent(self, number: int) -> Tokens:
        rng = self._rng
        return Tokens(
            input=rng.randint(4, 1_900),
            cache_read=rng.randint(20_000, 90_000) + 14_000 * number,
            cache_write=rng.randint(2_000, 24_000),
            output=rng.randint(200, 3_800),
            reasoning=rng.randint(20, 110),
        )

    def _session(
        self,
        tool: Tool,
        project: str,
        branch: str,
        turns: tuple[Turn, ...],
        *,
        headless: bool = False,
    ) -> None:
        models = MODELS[tool]
        self._sessions.append(
            Session(
                tool=tool,
                id=self._uuid(),
                project=project,
                branch=branch,
                model=self._rng.choices(list(models), list(models.values()))[0],
                turns=turns,
                headless=headless,
                asks=not headless and self._rng.random() < 0.6,
            )
        )

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _unattended(self, at_ms: int) -> None:
        tree = self._trees["harvest-jobs"]
        before = tree.at(at_ms).get("CHANGES.md")
        about = words.theme(self._rng)
        line = about.fill("- {verb}-{noun} pinned to {n}.{m}\n- {quality}-{noun} needs {m}.{n}\n")
        edit = Edit("CHANGES.md", before, (before or "# Changes\n") + line)
        check = Check(tree.project.check, self._rng.random() < 0.9)
        turn = self._turn(at_ms, words.listed()["unattended_prompt"], (edit,), (check,))
        self._session("claude-code", tree.project.name, "main", (turn,), headless=True)
        if self._rng.random() < 0.3:
            taken_ms = turn.ended_ms + 6 * HOUR_MS
            files = {edit.path: edit.after}
            self._commit(taken_ms, tree.project.name, MAIN, files, "Take over the nightly pins")
            tree.coming.append((taken_ms, files))

    def _by_hand(self, at_ms: int) -> None:
        self._plain(at_ms, mine=True)

    def _by_colleague(self, at_ms: int) -> None:
        self._plain(at_ms, mine=False)

    def _plain(self, at_ms: int, *, mine: bool) -> None:
        """A commit without any assistant."""
        tree = self._rng.choice(list(self._trees.values()))
        about = words.theme(self._rng)
        lines = [
            about.fill(f"The {{noun}} is {{quality}} for {{n}} days, item {n}.") for n in range(5)
        ]
        path = f"docs/{about.branch}.md"
        files = {path: "\n".join([f"# {about.noun}", "", *lines, ""])}
        self._commit(
            at_ms, tree.project.name, MAIN, files, words.text(self._rng, "other_subjects", about),
            mine=mine,
        )  # fmt: skip
        tree.coming.append((at_ms, files))
        if self._rng.random() < 0.25:
            change = aftermath.landed("the wording", {}, files)
            later_ms = at_ms + self._rng.randint(20, 900) * HOUR_MS
            self._plan_later(later_ms, lambda at: self._rework(at, tree, change, mine=True))

    def _commit(
        self,
        at_ms: int,
        project: str,
        ref: str,
        files: dict[str, str],
        message: str,
        *,
        mine: bool = True,
        merges: int | None = None,
    ) -> int:
        self._marks += 1
        self._commits.append(Commit(self._marks, at_ms, project, ref, files, message, mine, merges))
        return self._marks


def _other(rng: random.Random, about: Theme) -> Theme:
    return replace(words.theme(rng), noun=about.noun)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)

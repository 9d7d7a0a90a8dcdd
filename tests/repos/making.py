"""Throw-away repositories with the truth known by construction."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.paths import git_program, resource
from tokenmirror.repos import discover, git, scan
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.history import Head
from tokenmirror.repos.identity import Me, me
from tokenmirror.repos.nouns import (
    AgentCommit,
    Claim,
    Edit,
    Finding,
    Follow,
    Known,
    Landed,
    Link,
    Place,
    Pool,
    RepoFacts,
    ScannedCommit,
    Step,
)
from tokenmirror.seal import Sealer

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BEGIN_MS = 1_750_000_000_000
ME = ("Ada Byron", "ada@example.org")
COLLEAGUE = ("Bo Chen", "bo@example.org")
TRIVIAL = resource("lines/trivial-1.txt").read_text(encoding="utf-8").splitlines()
SEALER = Sealer(b"k" * 32, frozenset(line for line in TRIVIAL if not line.startswith("# ")))


def a_head(committed_ms: int = BEGIN_MS + 10 * MINUTE) -> Head:
    """A commit of mine without any history around it."""
    people = ("Ada", "ada@x", "Ada", "ada@x")
    return Head("a" * 40, (), committed_ms, committed_ms, 0, *people, "", "")


def code(topic: str, count: int = 8) -> list[str]:
    """Lines of a function that no other topic has; one of them is trivial."""
    lines = [f"def {topic}_work(first_{topic}, second_{topic}):"]
    lines += [f"    {topic}_{n} = first_{topic} * {n} + second_{topic}" for n in range(count - 2)]
    return [*lines, "    return"]


@dataclass
class Outcome:
    """All that the steps of a scan, or of several, say."""

    steps: list[Step] = field(default_factory=list)
    commits: dict[str, ScannedCommit] = field(default_factory=dict)
    claims: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    links: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    landed: dict[str, Landed] = field(default_factory=dict)
    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        self.steps.append(step)
        for commit in step.commits:
            self.commits[commit.oid] = commit
            self.claims[commit.oid] = tuple(c for c in step.claims if c.oid == commit.oid)
            self.links[commit.oid] = tuple(k for k in step.links if k.oid == commit.oid)
            self.findings[commit.oid] = tuple(f for o, f in step.findings if o == commit.oid)
            self.landed.pop(commit.oid, None)
        self.landed |= {one.oid: one for one in step.landed}

    @property
    def claimed_lines(self) -> int:
        return sum(c.lines for claims in self.claims.values() for c in claims)

    def shipped(self, session: int) -> bool:
        return any(k.ships and k.session == session for ks in self.links.values() for k in ks)

    def linked(self, session: int) -> bool:
        return any(k.session == session for ks in self.links.values() for k in ks)

    def how(self, oid: str) -> str | None:
        return self.landed[oid].how if oid in self.landed else self.commits[oid].landed_how

    def tables(self) -> tuple[object, ...]:
        """What would be stored, in an order of its own."""
        rows = [
            (c, self.claims[c.oid], self.links[c.oid], self.landed.get(c.oid))
            for c in sorted(self.commits.values(), key=lambda c: c.oid)
        ]
        return tuple(rows)


class Making:
    """A repository in the making, with a clock of its own and the edits that were accepted.

    ``texts`` are the added and removed lines of ``edits``, one by one.
    """

    def __init__(self, folder: Path, *options: str, object_format: str = "sha1") -> None:
        self.folder = folder
        self.now_ms = BEGIN_MS
        self.edits: list[Edit] = []
        self.texts: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.agent_commits: dict[str, tuple[AgentCommit, ...]] = {}
        self.who = ME
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", f"--object-format={object_format}", *options)

    def later(self, ms: int) -> None:
        self.now_ms += ms

    def git(self, *args: str, status: int | None = 0, feed: str | None = None) -> str:
        name, email = self.who
        date = f"{self.now_ms // 1000} +0200"
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        env |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
        env |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        env |= {"GIT_COMMITTER_DATE": date, "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no"}
        command = ["git", "-c", "advice.detachedHead=false", "-c", "gc.auto=0", *args]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            capture_output=True,
            check=False,
            timeout=30,
            input=None if feed is None else feed.encode(),
        )
        assert status is None or done.returncode == status, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, path: str, lines: list[str], end: str = "\n") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(line + end for line in lines)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))

    def read(self, path: str) -> list[str]:
        file = self.folder / path
        if not file.exists():
            return []
        return file.read_bytes().decode("utf-8", "surrogateescape").splitlines()

    def append(self, path: str, lines: list[str]) -> None:
        """Type lines by hand at a file's end."""
        self.write(path, [*self.read(path), *lines])

    def note(
        self,
        session: int,
        path: str,
        added: list[str],
        removed: list[str] | tuple[()] = (),
        *,
        whole: bool = False,
    ) -> Edit:
        """An accepted edit as the log has it; the file is left alone."""
        lines = SEALER.edit(added, removed)
        edit = Edit(len(self.edits) + 1, session, path, self.now_ms, lines, whole)
        self.edits.append(edit)
        self.texts.append((tuple(added), tuple(removed)))
        self.later(MINUTE)
        return edit

    def accept(self, session: int, path: str, lines: list[str]) -> Edit:
        """A tool adds lines at a file's end, and the person keeps them."""
        self.append(path, lines)
        return self.note(session, path, lines)

    def commit(self, message: str = "Change", who: tuple[str, str] | None = None) -> str:
        self.who = who or ME
        self.later(MINUTE)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.who = ME
        self.later(MINUTE)
        return self.head()

    def head(self, name: str = "HEAD") -> str:
        return self.git("rev-parse", name)

    def made_by(self, session: int, name: str) -> None:
        """The log of a session says that it made this commit."""
        known = self.agent_commits.get(name, ())
        self.agent_commits[name] = (*known, AgentCommit(session, self.now_ms))

    def pool(self) -> Pool:
        return Pool(tuple(self.edits), self.agent_commits)


@dataclass
class Scanner:
    """Scans a repository as the program would; keeps what it would store."""

    git: git.Git
    person: Me = field(default_factory=lambda: me([ME[1]], [ME[0]]))
    since_ms: int = BEGIN_MS - DAY
    patterns: tuple[str, ...] = ()
    stopped: Callable[[], bool] = lambda: False

    def facts(self, folder: Path, choice: str | None = None) -> tuple[Place, RepoFacts]:
        place = discover.repository_of(folder)
        assert place is not None
        return place, discover.facts(self.git, place, choice)

    def scan(
        self,
        making: Making,
        pool: Pool | None = None,
        known: Known | None = None,
        choice: str | None = None,
        before: Outcome | None = None,
    ) -> Outcome:
        place, facts = self.facts(making.folder, choice)
        excluded = Excluded(self.patterns, scan.attributes(self.git, place, facts))
        outcome = before or Outcome()
        for step in scan.scan(
            self.git,
            place,
            facts,
            known or Known(self.since_ms),
            pool if pool is not None else making.pool(),
            self.person,
            excluded,
            SEALER,
            self.stopped,
        ):
            outcome.take(step)
        return outcome


def a_scanner(folder: Path) -> Scanner:
    """A scanner whose own repositories lie in a folder."""
    return Scanner(git.found(git_program(), folder / "reader", folder / "home"))


def known_after(outcome: Outcome, since_ms: int) -> Known:
    """What the program would have stored after these steps."""
    last = outcome.steps[-1]
    waiting = [
        c.oid
        for c in outcome.commits.values()
        if c.mine and not c.on_chain and c.oid not in outcome.landed
    ]
    return Known(
        since_ms,
        last.tips,
        last.chain_tip,
        last.chain_ms,
        last.renames,
        frozenset(outcome.commits),
        tuple(sorted(waiting)),
        {
            oid: tuple(sorted({c.edit for c in outcome.claims[oid] if c.edit is not None}))
            for oid in waiting
        },
        commons=tuple(step.commons for step in outcome.steps),
    )


def followed(pool: Pool, edit: Edit) -> Follow:
    """What became of an edit."""
    return pool.follows.get(edit.id, Follow())

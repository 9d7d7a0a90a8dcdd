"""Recounts end to end: readings of made-up logs, each with a cause for past figures to move."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from click.testing import CliRunner

from tests.claude_logs import transcript
from tests.making import PLATFORMS
from tokenmirror import paths
from tokenmirror.app.cli import tokenmirror
from tokenmirror.app.ledger import Ledger
from tokenmirror.events import Prompt
from tokenmirror.ingest.run import Request, run
from tokenmirror.settings import Settings
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Machine
from tokenmirror.store import connection, entered, ledger, own, relabel
from tokenmirror.tasks.origins import Thresholds

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTINGS = Settings(zone="UTC")
[CLAUDE] = built_in(("claude-code",))
LINES = "first line of it\nsecond line of it\nthird line of it\n"


def at(month, day, hour=12):
    return round(datetime(2026, month, day, hour, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def home(tmp_path):
    """A home with one session of each of several days in September and October."""
    made = tmp_path / "home"
    for month in (9, 10):
        for day in (3, 9, 15):
            a_session(made, month, day)
    return made


def a_session(home, month, day, path="app.py"):
    folder = home / "work" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    edits = [(path, "old\n", LINES)]
    return transcript(home, f"s-{month}-{day}", folder, at(month, day), edits)


class Mirror:
    """An archive of a home, read again and again."""

    def __init__(self, home, data):
        self.home, self.places = home, paths.places(data)

    def read(self, *, source=CLAUDE, settings=SETTINGS, full=False, stopped=lambda: False, now=NOW):
        request = Request(Machine(self.home, PLATFORMS), [source], home=self.home, full=full)
        now_ms = round(now.timestamp() * 1000)
        run(request, settings, self.places, lambda _said: None, stopped, now_ms, Ledger(settings))
        return self

    def rows(self, measure=None):
        with self.open() as db:
            found = sorted(ledger.recounts(db), key=lambda one: one.id)
        return [one for one in found if measure in (None, one.measure)]

    def told(self, measure="B1@1"):
        return [(one.month, one.old, one.new, one.why, one.detail) for one in self.rows(measure)]

    def seen(self):
        with self.open() as db:
            return ledger.figures_seen(db)

    def open(self):
        return connection.transaction(self.places.database)


@pytest.fixture
def mirror(home, tmp_path):
    return Mirror(home, tmp_path / "data").read()


def test_reading_again_recounts_nothing(mirror):
    mirror.read().read(full=True)

    assert mirror.seen()["B1@1", "2026-10"] == 3
    assert mirror.rows() == []


def test_a_log_that_comes_late_is_told(mirror, home):
    a_session(home, 10, 20)

    mirror.read()

    assert mirror.told() == [("2026-10", 3, 4, "new_records", "claude-code")]
    assert {one.why for one in mirror.rows()} == {"new_records"}


def test_work_of_the_running_month_is_no_recount(mirror, home):
    a_session(home, 11, 19)

    mirror.read()

    assert mirror.rows() == []


def test_logs_that_the_tool_removes_and_that_come_back_move_nothing(mirror, home):
    logs = [path for path in home.rglob("*.jsonl") if path.is_file()]
    kept = {path: path.read_bytes() for path in logs}
    for path in logs:
        path.unlink()
    mirror.read()
    for path, content in kept.items():
        path.write_bytes(content)
    mirror.read()

    assert mirror.rows() == []


def cut(home, session):
    """Take the first record, the prompt, out of a session's log."""
    [path] = home.rglob(f"{session}.jsonl")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def test_a_log_that_was_cut_takes_nothing_from_the_archive(mirror, home):
    cut(home, "s-10-9")

    assert mirror.read().rows() == []


def rewriting(file, cursor):
    """Reads as tools are read that write their whole file anew: it replaces what it gave."""
    for batch in CLAUDE.read(file, type(cursor)()):
        yield dataclasses.replace(batch, replaces=True)


def test_a_file_that_was_rewritten_shorter_is_told_as_read_again(home, tmp_path):
    source = dataclasses.replace(CLAUDE, read=rewriting)
    mirror = Mirror(home, tmp_path / "data").read(source=source)
    cut(home, "s-10-9")

    mirror.read(source=source)

    assert mirror.told() == [("2026-10", 3, 2, "reread", "claude-code")]


def without_prompts_of(day):
    """Claude Code's source in a version that reads prompts of a day no more."""

    def read(file, cursor):
        for batch in CLAUDE.read(file, cursor):
            events = tuple(
                event
                for event in batch.events
                if not (type(event) is Prompt and day in event.session)
            )
            yield dataclasses.replace(batch, events=events)

    return dataclasses.replace(CLAUDE, read=read, version=CLAUDE.version + 1)


def test_a_source_that_reads_otherwise_is_told_with_its_versions(mirror):
    mirror.read(source=without_prompts_of("s-10-9"))

    versions = f"claude-code {CLAUDE.version} {CLAUDE.version + 1}"
    assert mirror.told() == [("2026-10", 3, 2, "source_version", versions)]


def relabelled(mirror, session):
    person = own.Own(mirror.places.database)
    with mirror.open() as db:
        keys = relabel.written(db, [("claude-code", session)]).keys
    person.wrote(dict.fromkeys(keys, "unattended"), Thresholds())


def test_a_relabelled_prompt_is_told_as_said_by_you(mirror):
    relabelled(mirror, "s-10-9")

    mirror.read()

    assert mirror.told() == [("2026-10", 3, 2, "you", "origins")]
    assert {one.why for one in mirror.rows()} == {"you"}


def test_a_task_that_was_hidden_is_told_as_said_by_you(mirror):
    hidden = own.Label(hidden=True)
    own.Own(mirror.places.database).label({("claude-code", "s-10-9"): hidden})

    mirror.read()

    assert mirror.told() == [("2026-10", 3, 2, "you", "tasks")]


def test_files_left_out_are_told_as_a_rule(mirror):
    mirror.read(settings=dataclasses.replace(SETTINGS, excluded=("*.py",)))

    assert [(one.month, one.new, one.why, one.detail) for one in mirror.rows("C3@1")] == [
        ("2026-09", 0, "rule", "exclusions"),
        ("2026-10", 0, "rule", "exclusions"),
    ]


def a_price(mirror):
    own.Own(mirror.places.database).put(
        entered.OwnPrice("claude-sonnet-4-5", entered.EVER, 10**12, None, None, None, 10**12)
    )


def test_a_changed_price_is_told(mirror):
    a_price(mirror)

    mirror.read()

    assert {(one.measure, one.why) for one in mirror.rows()} == {("G1@1", "prices")}


def test_all_causes_in_one_reading_add_up(mirror, home):
    before = mirror.seen()
    relabelled(mirror, "s-10-9")
    a_price(mirror)
    a_session(home, 9, 21, "late.txt")

    mirror.read(
        settings=dataclasses.replace(SETTINGS, excluded=("*.py",)),
        source=without_prompts_of("s-10-15"),
    )

    whys = {one.why for one in mirror.rows()}
    assert whys == {"you", "prices", "rule", "source_version", "new_records"}
    for key, now in mirror.seen().items():
        chain = [one for one in mirror.rows() if (one.measure, one.month) == key]
        assert all(one.new == after.old for one, after in itertools.pairwise(chain))
        ends = [before[key], now, *(end for one in chain for end in (one.old, one.new))]
        if None not in ends:
            moved = sum(Fraction(one.new) - Fraction(one.old) for one in chain)
            assert moved == Fraction(now) - Fraction(before[key])
    versions = f"claude-code {CLAUDE.version} {CLAUDE.version + 1}"
    assert mirror.told() == [
        ("2026-10", 3, 2, "you", "origins"),
        ("2026-09", 3, 4, "new_records", "claude-code"),
        ("2026-10", 2, 1, "source_version", versions),
    ]


def test_a_reading_that_was_stopped_is_reckoned_by_the_next(mirror, home):
    a_session(home, 10, 20)
    mirror.read(stopped=lambda: True)
    early = mirror.rows()

    mirror.read()

    assert early == []
    assert mirror.told() == [("2026-10", 3, 4, "new_records", "claude-code")]


def test_a_reading_without_news_loads_no_figures(mirror, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tokenmirror.measures.ledger", None)
    os.utime(next(mirror.home.rglob("s-10-9.jsonl")))

    mirror.read()

    assert mirror.rows() == []


OLD = "".join(f"setting_{n} = {n}\n" for n in range(6))
NEW = OLD + "".join(f"discount_for_{n} = price_of({n}) * rate\n" for n in range(5))


def git(tree, *words, at_ms):
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "Kim"), ("EMAIL", "kim@example.com"), ("DATE", f"@{at_ms // 1000} +0")
        )
    }  # fmt: skip
    subprocess.run(["git", "-C", str(tree), *words], check=True, env=os.environ | who)


def saved(tree, text, at_ms):
    (tree / "prices.py").write_text(text, encoding="utf-8")
    git(tree, "add", "-A", at_ms=at_ms)
    git(tree, "commit", "-q", "-m", "work", at_ms=at_ms)


@pytest.fixture
def branched(tmp_path):
    """A home whose one edit was committed to a branch of its repository in October."""
    tree = tmp_path / "home" / "work" / "app"
    tree.mkdir(parents=True)
    git(tree, "init", "-q", "-b", "main", at_ms=at(10, 1))
    git(tree, "config", "user.email", "kim@example.com", at_ms=at(10, 1))
    saved(tree, OLD, at(10, 1))
    git(tree, "switch", "-q", "-c", "discounts", at_ms=at(10, 5))
    transcript(tmp_path / "home", "s1", tree, at(10, 5), [("prices.py", OLD, NEW)])
    saved(tree, NEW, at(10, 5, 15))
    git(tree, "switch", "-q", "main", at_ms=at(10, 6))
    return tree


def test_a_branch_that_is_merged_later_has_ripened(branched, tmp_path):
    mirror = Mirror(tmp_path / "home", tmp_path / "data").read()
    git(branched, "merge", "-q", "--no-ff", "-m", "Merge", "discounts", at_ms=at(11, 21))

    mirror.read(now=NOW.replace(day=22))

    assert mirror.seen()["F3@1", "2026-10"] == 100
    assert {one.why for one in mirror.rows()} == {"ripened"}
    assert [(one.old, one.new) for one in mirror.rows("F2@1:shipped")] == [(0, 1)]
    assert [(one.old, one.new) for one in mirror.rows("D3@1")] == [(0, 5)]


def test_an_address_that_is_not_yours_any_more_is_told_as_said_by_you(branched, tmp_path):
    git(branched, "merge", "-q", "--no-ff", "-m", "Merge", "discounts", at_ms=at(10, 7))
    mirror = Mirror(tmp_path / "home", tmp_path / "data").read()

    own.Own(mirror.places.database).identity("kim@example.com", is_me=False)
    mirror.read()

    assert [(one.old, one.new) for one in mirror.rows("F2@1:shipped")] == [(1, 0)]
    assert {one.why for one in mirror.rows()} == {"you"}


def test_a_commit_on_other_work_moves_nothing(branched, tmp_path):
    mirror = Mirror(tmp_path / "home", tmp_path / "data").read()
    saved(branched, OLD + "another = 1\n", at(11, 21))

    mirror.read(now=NOW.replace(day=22))

    assert mirror.rows() == []


def test_the_command_line_lists_what_moved(mirror, home):
    a_session(home, 10, 20)
    mirror.read()
    asked = ["--data-dir", str(mirror.places.data), "sources", "--recounts", "--json"]

    document = json.loads(CliRunner().invoke(tokenmirror, asked).stdout)

    assert document["schema"] == "tokenmirror/recounts@1"
    [row] = [row for row in document["recounts"] if row["figure"] == "B1@1"]
    assert (row["month"], row["old"], row["new"], row["difference"]) == ("2026-10", 3, 4, 1)
    assert (row["why"], row["detail"]) == ("new_records", "claude-code")
    assert row["words"] == "records of Claude Code came late"


def test_a_history_that_was_rewritten_is_told(branched, tmp_path):
    git(branched, "merge", "-q", "--no-ff", "-m", "Merge", "discounts", at_ms=at(10, 7))
    mirror = Mirror(tmp_path / "home", tmp_path / "data").read()
    git(branched, "reset", "-q", "--hard", "HEAD~1", at_ms=at(11, 21))
    git(branched, "branch", "-q", "-D", "discounts", at_ms=at(11, 21))

    mirror.read(now=NOW.replace(day=22))

    assert [(one.old, one.new) for one in mirror.rows("F2@1:shipped")] == [(1, 0)]
    assert {(one.why, one.detail) for one in mirror.rows()} == {("repository", "rewritten")}

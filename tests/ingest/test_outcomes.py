"""From a transcript and a repository to a task's outcome, by the content of lines."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from tests.claude_logs import transcript
from tests.making import dump, read_home
from tokenmirror.store import own

DAY_MS = 86_400_000
BEGAN_MS = int(datetime(2026, 10, 1, 9, tzinfo=UTC).timestamp() * 1000)
OLD = "".join(f"setting_{n} = {n}\n" for n in range(6))
NEW = OLD + "".join(f"discount_for_{n} = price_of({n}) * rate\n" for n in range(5))


class Work:
    """A work tree with its repository, and the home whose logs speak of it."""

    def __init__(self, folder):
        self.tree = folder / "home" / "work" / "app"
        self.home = folder / "home"
        self.data = folder / "data"
        self.tree.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.save(OLD, BEGAN_MS - DAY_MS)

    def git(self, *words, at_ms=BEGAN_MS, author="Kim <kim@example.com>"):
        name, email = author.rstrip(">").split(" <")
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email), ("DATE", f"@{at_ms // 1000} +0"))
        }
        subprocess.run(
            ["git", "-c", "user.email=kim@example.com", "-C", str(self.tree), *words],
            check=True,
            env=os.environ | who,
        )

    def save(self, text, at_ms, **author):
        (self.tree / "prices.py").write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "work", at_ms=at_ms, **author)

    def session(self, name="s1", at_ms=BEGAN_MS, **decision):
        transcript(self.home, name, self.tree, at_ms, [("prices.py", OLD, NEW)], **decision)

    def outcomes(self, now_ms=BEGAN_MS + 40 * DAY_MS):
        db = read_home(self.home, self.data, now_ms=now_ms)
        return [row[0] for row in db.execute("select outcome from tasks order by key")]


@pytest.fixture
def work(tmp_path):
    made = Work(tmp_path)
    config = made.tree / ".git" / "config"
    config.write_text(config.read_text() + "[user]\n\temail = kim@example.com\n")
    return made


@pytest.fixture
def nameless(tmp_path):
    """A work tree of somebody whom no configuration names."""
    return Work(tmp_path)


def test_an_edit_committed_hours_later_is_shipped(work):
    work.session()
    work.save(NEW, BEGAN_MS + 3 * 3_600_000)

    assert work.outcomes() == ["shipped"]


def test_landed_lines_carry_how_many_were_recognised_exactly(work):
    work.session()
    work.save(NEW, BEGAN_MS + 3_600_000)

    db = read_home(work.home, work.data, now_ms=BEGAN_MS + 40 * DAY_MS)

    [(landed, landed_exact, shipped, shipped_exact)] = db.execute(
        "select landed, landed_exact, shipped, shipped_exact from proposals"
    ).fetchall()
    assert landed > 0
    assert (landed_exact, shipped_exact) == (landed, shipped)


def test_an_edit_that_was_never_committed_left_no_lasting_change(work):
    work.session()

    assert work.outcomes() == ["no_lasting_change"]
    assert work.outcomes(now_ms=BEGAN_MS + DAY_MS) == ["in_progress"]


def test_an_edit_that_still_waits_in_the_working_tree_is_in_progress(work):
    work.session()
    (work.tree / "prices.py").write_text(NEW, encoding="utf-8")

    assert work.outcomes() == ["in_progress"]


def test_lines_that_somebody_else_committed_are_no_open_work(work):
    work.session()
    work.save(NEW, BEGAN_MS + DAY_MS, author="Ada <ada@example.com>")

    assert work.outcomes() == ["no_lasting_change"]


def test_a_refused_edit_typed_by_hand_is_not_the_tools(work):
    work.session(decision="reject")
    work.save(NEW, BEGAN_MS + 60_000)

    assert work.outcomes() == ["no_code"]


def test_a_commit_made_after_a_reading_is_found_by_the_next(work):
    work.session()
    assert work.outcomes(now_ms=BEGAN_MS + DAY_MS) == ["in_progress"]
    work.save(NEW, BEGAN_MS + 3 * 3_600_000)

    assert work.outcomes() == ["shipped"]


def test_a_log_read_after_its_commit_was_scanned_is_matched_all_the_same(work, tmp_path):
    work.session("s0", BEGAN_MS - 3_600_000)
    work.save(NEW + "unrelated_addition = 1\n", BEGAN_MS - 1_800_000)
    work.save(OLD, BEGAN_MS - 900_000)
    work.outcomes()
    work.session("s1")
    work.save(NEW, BEGAN_MS + 3_600_000)
    work.outcomes()
    work.session("s2", BEGAN_MS + 7_200_000)

    later = read_home(work.home, work.data, now_ms=BEGAN_MS + 40 * DAY_MS)

    at_once = read_home(work.home, tmp_path / "anew", now_ms=BEGAN_MS + 40 * DAY_MS)
    assert dump(later) == dump(at_once)


def test_work_on_a_branch_that_moves_is_on_a_branch_until_it_is_merged(work):
    work.session()
    work.git("checkout", "-q", "-b", "topic")
    work.save(NEW, BEGAN_MS + 3_600_000)
    work.git("checkout", "-q", "main")

    assert work.outcomes(now_ms=BEGAN_MS + 20 * DAY_MS) == ["on_branch"]
    assert work.outcomes(now_ms=BEGAN_MS + 60 * DAY_MS) == ["no_lasting_change"]
    work.git("merge", "-q", "--no-ff", "--no-edit", "topic", at_ms=BEGAN_MS + 70 * DAY_MS)
    assert work.outcomes(now_ms=BEGAN_MS + 71 * DAY_MS) == ["shipped"]


def test_the_only_author_of_a_repository_is_the_person_where_nothing_names_one(nameless):
    nameless.session()
    nameless.save(NEW, BEGAN_MS + 3_600_000)

    assert nameless.outcomes() == ["shipped"]


def test_with_several_authors_and_no_name_what_landed_is_unknown(nameless):
    nameless.session()
    nameless.save(NEW, BEGAN_MS + 3_600_000)
    nameless.save(NEW + "more_of_it = 1\n", BEGAN_MS + 7_200_000, author="Ada <ada@example.com>")

    assert nameless.outcomes() == ["unknown"]
    nameless.git("config", "user.email", "kim@example.com")
    assert nameless.outcomes() == ["shipped"]


def test_a_new_address_under_my_name_waits_to_be_confirmed(work):
    work.git("config", "user.name", "Kim")
    work.session()
    work.save(NEW, BEGAN_MS + 3_600_000, author="Kim <kim@home.example>")

    assert work.outcomes() == ["no_lasting_change"]
    own.Own(work.data / "archive" / "mirror.db").identity("kim@home.example", is_me=True)
    assert work.outcomes() == ["shipped"]


def matched(db):
    """What was matched, by names that do not depend on the order of reading."""
    claims = """
    select c.oid, g.log_key, s.key, k.path, k.evidence, k.lines, k.proof_lines, k.removed_lines
    from claims k join commits c on c.id = k.commit_id join sessions s on s.id = k.session_id
    left join suggestions g on g.id = k.suggestion_id order by 1, 2, 3, 4, 5
    """
    follows = """
    select g.log_key, f.path, f.landed, f.shipped, f.exact, f.shipped_exact, f.spent, f.gone,
      f.landed_ms, f.shipped_ms
    from follows f join suggestions g on g.id = f.suggestion_id order by 1
    """
    links = """
    select c.oid, s.key, l.how, l.ships from links l
    join commits c on c.id = l.commit_id join sessions s on s.id = l.session_id order by 1, 2
    """
    return [db.execute(each).fetchall() for each in (claims, follows, links)]


def test_a_log_read_after_its_commits_is_followed_as_if_read_before(work, tmp_path):
    work.session("s1")
    work.save(NEW, BEGAN_MS + 3_600_000)
    newer = NEW + "".join(f"tax_for_{n} = tax_of({n}) * share\n" for n in range(5))
    work.save(newer, BEGAN_MS + DAY_MS)
    read_home(work.home, work.data).close()
    transcript(work.home, "s2", work.tree, BEGAN_MS + 7_200_000, [("prices.py", NEW, newer)])

    late = matched(read_home(work.home, work.data))

    assert late == matched(read_home(work.home, tmp_path / "other"))
    assert {session for _, session, _, _ in late[2]} == {"s1", "s2"}


def test_what_an_earlier_version_found_is_found_again_by_newer_rules(work):
    work.session("s1")
    work.save(NEW, BEGAN_MS + 3_600_000)
    db = read_home(work.home, work.data)
    before = matched(db)
    db.execute("delete from findings")
    db.execute("delete from claims")
    db.execute("update repos set pool_digest = x'00', since_ms = null")
    db.commit()

    assert matched(read_home(work.home, work.data)) == before
    assert before[0]


def test_a_late_log_whose_reading_was_stopped_is_followed_at_the_next(work):
    work.session("s1")
    work.save(NEW, BEGAN_MS + 3_600_000)
    db = read_home(work.home, work.data)
    repo = db.execute("select id from repos").fetchone()[0]
    db.execute("insert into late_edits values (?, ?)", (repo, BEGAN_MS))
    db.execute("delete from claims")
    db.commit()

    again = read_home(work.home, work.data)

    assert again.execute("select count(*) from claims").fetchone()[0] == 1
    assert again.execute("select count(*) from late_edits").fetchone()[0] == 0

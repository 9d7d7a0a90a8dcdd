"""From a transcript and a repository to how long its lines lasted, reading by reading."""

from __future__ import annotations

import pytest

from tests.ingest.test_outcomes import BEGAN_MS, DAY_MS, NEW, OLD, Work
from tests.making import read_home
from tokenmirror.measures import lines
from tokenmirror.store import lives


@pytest.fixture
def work(tmp_path):
    made = Work(tmp_path)
    config = made.tree / ".git" / "config"
    config.write_text(config.read_text() + "[user]\n\temail = kim@example.com\n")
    made.session()
    made.save(NEW, BEGAN_MS + 3_600_000)
    return made


def lived(work):
    """Claimed births after a reading."""
    db = read_home(work.home, work.data, now_ms=BEGAN_MS + 40 * DAY_MS)
    found = lives.lives(db, claimed=True)
    together = lines.lives(db, "claimed")
    gone = together.ends.lines[together.ends.until_ms == lines.NEVER_MS].sum()
    living = together.lines.sum() - gone - together.lost.lines.sum()
    assert living == sum(one.living for one in found)
    db.close()
    return found


def test_a_birth_knows_its_task_and_its_shipped_change(work):
    [life] = lived(work)

    assert (life.lines, life.living, life.mine, life.path) == (5, 5, True, "prices.py")
    assert life.task is not None
    assert life.delivery is not None
    assert life.born_ms == BEGAN_MS + 3_600_000


def test_a_death_is_found_by_the_next_reading(work):
    lived(work)
    work.save(OLD + NEW.splitlines()[-1] + "\n", BEGAN_MS + 2 * DAY_MS)

    [life] = lived(work)

    assert life.living == 1
    assert life.died_within(14, {"removed_whole"}) == {"mine": 4}


def test_a_new_tag_releases_without_a_new_commit(work):
    assert [one.released_ms for one in lived(work)] == [None]
    work.git("tag", "-a", "-m", "out", "v1.0", at_ms=BEGAN_MS + DAY_MS)

    assert [one.released_ms for one in lived(work)] == [BEGAN_MS + DAY_MS]


def test_a_rewritten_main_line_is_followed_anew(work):
    work.save(OLD, BEGAN_MS + DAY_MS)
    assert [one.living for one in lived(work)] == [0]
    work.git("reset", "-q", "--hard", "HEAD~1")
    (work.tree / "other.py").write_text("unrelated = 1\n")
    work.save(NEW, BEGAN_MS + 2 * DAY_MS)

    assert [(one.living, one.ends) for one in lived(work)] == [(5, ())]


def test_a_commit_named_later_as_one_to_skip_loses_its_deaths(work):
    work.save(NEW.upper(), BEGAN_MS + DAY_MS)
    assert [one.living for one in lived(work)] == [0]
    oid = (work.tree / ".git" / "refs" / "heads" / "main").read_text().strip()
    (work.tree / ".git-blame-ignore-revs").write_text(oid + "\n")
    work.save(NEW.upper(), BEGAN_MS + 2 * DAY_MS)

    assert [(one.living, one.ends) for one in lived(work)] == [(5, ())]


def test_a_repository_that_is_gone_ages_no_further(work):
    [before] = lived(work)
    (work.tree / ".git").rename(work.tree / "gone")

    [after] = lived(work)

    assert after == before

"""What must hold of every history: however it is rewritten, parted, padded or read again."""

from __future__ import annotations

import base64
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.making import read_home
from tests.repos.archived import Archived
from tests.repos.making import COLLEAGUE, DAY, HOUR, Making, Outcome, Scanner, code, known_after
from tests.repos.scenarios import BY_NAME, a_history
from tests.repos.styles import PYTHON, STYLES, a_block
from tests.repos.work import Work

NAMES = [style.name for style in STYLES]
FATES = (
    "select key, outcome, intended, accepted, landed, shipped, landed_ms, shipped_ms"
    " from tasks order by 1"
)


def fates(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Each task's outcome, lines and first landing."""
    rows = db.execute(FATES).fetchall()
    db.close()
    return rows


def amend(work: Work) -> None:
    work.append(work.b, work.block(1))
    work.git("commit", "-q", "-a", "--amend", "-m", "Amended")


def reword(work: Work) -> None:
    work.git("commit", "-q", "--amend", "-m", "Other words")


def rebase(work: Work) -> None:
    work.git("checkout", "-q", "-b", "other", "HEAD~2")
    work.append(f"src/c.{work.style.suffix}", work.block())
    work.commit("Elsewhere", COLLEAGUE)
    work.git("checkout", "-q", "main")
    work.git("rebase", "-q", "other")


def squash(work: Work) -> None:
    work.git("reset", "-q", "--soft", "HEAD~2")
    work.commit("Both in one")


def filtered(work: Work) -> None:
    """All of main is written again under other ids."""
    work.git("checkout", "-q", "--orphan", "new", work.head("main~2"))
    work.commit("Begin anew")
    work.git("cherry-pick", "main~1", "main")
    work.git("branch", "-q", "-f", "main", "new")
    work.git("checkout", "-q", "main")


def nothing(work: Work) -> None:
    pass


REWRITES: list[Callable[[Work], None]] = [nothing, reword, amend, rebase, squash, filtered]


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda one: one.__name__)
def test_rewriting_the_main_line_changes_no_outcome_and_no_date(
    tmp_path: Path, rewrite: Callable[[Work], None]
) -> None:
    work = Work(tmp_path, PYTHON)
    work.session("s1", work.a, work.block())
    work.commit("One")
    work.later(DAY)
    work.session("s2", work.b, work.block())
    work.commit("Two")
    before = fates(work.read_all())
    work.later(DAY)
    rewrite(work)

    after = fates(work.read_all())

    assert after == before
    assert [row[1] for row in before] == ["shipped", "shipped"]


@pytest.mark.parametrize("way", ["--no-ff", "--squash", "rebase"])
def test_a_branch_keeps_its_landing_date_when_it_is_merged(tmp_path: Path, way: str) -> None:
    work = Work(tmp_path, PYTHON)
    work.topic()
    work.session("s1", work.a, work.block())
    work.commit("On a branch")
    first = fates(work.read_all(days_later=1))
    work.later(3 * DAY)
    work.main()
    work.append(work.b, work.block())
    work.commit("Meanwhile", COLLEAGUE)
    if way == "rebase":
        work.git("rebase", "-q", "main", "topic")
        work.main()
        work.git("merge", "-q", "--ff-only", "topic")
    else:
        work.git("merge", "-q", way, "topic")
        work.commit("Squashed")

    merged = fates(work.read_all())

    assert [row[6] for row in merged] == [row[6] for row in first]
    assert [(row[1], row[4]) for row in merged] == [("shipped", first[0][4])]


def test_reading_all_anew_gives_what_reading_as_it_came_gave(tmp_path: Path) -> None:
    work = Work(tmp_path, PYTHON)
    for day in range(4):
        work.topic(f"topic{day}")
        work.session(f"s{day}", work.a if day % 2 else work.b, work.block())
        work.commit()
        work.read_all().close()
        work.main()
        work.git("merge", "-q", "--no-ff" if day % 2 else "--ff", f"topic{day}")
        work.read_all().close()
        work.later(DAY)

    anew = fates(work.read_all(data=tmp_path / "anew"))

    assert fates(work.read_all()) == anew


def a_scanned_history(folder: Path) -> Making:
    """Sessions, hands and a colleague on main, with branches squashed and picked into it."""
    making, _ = a_history(folder, PYTHON, 11, 14, BY_NAME["hand-edited"])
    making.git("reset", "-q", "--hard", "main")
    rng = random.Random(3)
    for number in range(3):
        making.git("checkout", "-q", "-b", f"topic{number}", "main")
        making.accept(50 + number, "src/new.py", a_block(rng, PYTHON))
        making.commit(f"Topic {number}")
        making.git("checkout", "-q", "main")
        making.later(HOUR)
        how = ["--squash", "--no-ff", "--squash"][number]
        making.git("merge", "-q", how, f"topic{number}")
        making.commit(f"Bring in {number}", COLLEAGUE if number == 2 else None)
    return making


def in_parts(scanner: Scanner, making: Making, limits: list[int]) -> Outcome:
    """A scan that is stopped after so many commits, and goes on, and at last runs through."""
    pool, outcome = making.pool(), None
    for limit in [*limits, 10_000]:
        calls = iter(range(limit))
        scanner.stopped = lambda calls=calls: next(calls, None) is None
        known = known_after(outcome, scanner.since_ms) if outcome and outcome.steps else None
        outcome = scanner.scan(making, pool, known, before=outcome)
    assert outcome is not None
    return outcome


def test_a_scan_may_be_parted_anywhere(tmp_path: Path, scanner: Scanner) -> None:
    making = a_scanned_history(tmp_path / "made")
    at_once = scanner.scan(making).tables()

    for limit in (2, 5, 9, 14, 19):
        assert in_parts(scanner, making, [limit]).tables() == at_once, limit


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(20))
def test_a_scan_may_be_parted_anywhere_and_often(
    tmp_path: Path, scanner: Scanner, seed: int
) -> None:
    making = a_scanned_history(tmp_path / "made")
    at_once = scanner.scan(making).tables()
    rng = random.Random(seed)

    limits = [rng.randint(1, 8) for _ in range(rng.randint(1, 6))]

    assert in_parts(scanner, making, limits).tables() == at_once


def test_a_second_reading_writes_nothing(tmp_path: Path) -> None:
    making = a_scanned_history(tmp_path / "made")
    archived = Archived(making, tmp_path / "data")
    archived.read()
    tables = ("commits", "claims", "links", "follows", "worktrees", "identities")
    before = [archived.rows(f"select * from {table}") for table in tables]

    again = archived.read()

    assert [part.commits_read for part in again.repositories] == [0]
    assert [archived.rows(f"select * from {table}") for table in tables] == before


def padded(lines: list[str], padding: list[str]) -> list[str]:
    return [part for line in lines for part in (line, *padding)]


PADDINGS = [[""], ["", "   ", "\t"], ["}", ""], ["pass", "}"]]


def paddings() -> list[object]:
    """Every padding in each style; a third of them in an ordinary run."""
    return [
        pytest.param(
            style,
            padding,
            id=f"{style.name} {padding}",
            marks=[] if (turn + number) % 3 == 0 else [pytest.mark.deep],
        )
        for turn, style in enumerate(STYLES)
        for number, padding in enumerate(PADDINGS)
    ]


@pytest.mark.parametrize(("style", "padding"), paddings())
def test_padding_changes_no_headline(tmp_path: Path, style, padding: list[str]) -> None:
    """A tool that writes many empty or trivial lines has shipped no more, and no less."""

    def headline(folder: Path, added: list[str], rest: list[str]) -> list[tuple[object, ...]]:
        work = Work(folder, style)
        work.session("s1", work.a, added)
        work.commit()
        work.later(DAY)
        work.session("s2", work.b, rest, kept=False)
        work.append(work.b, padding)
        work.commit()
        db = work.read_all()
        rows = db.execute(
            "select key, outcome, (select count(*) from deliveries),"
            " (select count(*) from links) from tasks order by key"
        ).fetchall()
        db.close()
        return rows

    rng = random.Random(5)
    added, rest = a_block(rng, style, 5), a_block(rng, style, 5)

    plain = headline(tmp_path / "plain", added, rest)
    much = headline(tmp_path / "much", padded(added, padding), padded(rest, padding))

    assert much == plain
    assert [row[1] for row in plain] == ["shipped", "no_lasting_change"]


def spellings(line: str) -> list[bytes]:
    """A line as it may be hidden in a file: raw, wide, in hexadecimal, in base 64."""
    raw = line.encode()
    forms = [raw, line.encode("utf-16-le"), line.encode("utf-16-be"), raw.hex().encode()]
    for shift in range(3):  # base 64 looks different at each of three offsets
        coded = base64.b64encode(b" " * shift + raw)
        forms.append(coded[4 * (shift > 0) : len(coded) // 4 * 4 - 4])
    return [raw.hex().upper().encode(), *forms]


ONE_NOW = [STYLES[0], *(pytest.param(style, marks=pytest.mark.deep) for style in STYLES[1:])]


@pytest.mark.parametrize("style", ONE_NOW, ids=NAMES)
def test_no_line_of_any_file_is_in_the_archive(tmp_path: Path, style) -> None:
    making, _ = a_history(tmp_path / "made", style, 4, 25, BY_NAME["hand-edited"])
    archived = Archived(making, tmp_path / "data")
    archived.read()
    lines = {line.strip() for added, _ in making.texts for line in added}
    texts = making.git("log", "-p", "-U0", "--format=")
    lines |= {line[1:].strip() for line in texts.splitlines() if line[:1] in "+-"}

    kept = b"".join(file.read_bytes() for file in tmp_path.glob("data/**/*") if file.is_file())

    long = sorted(line for line in lines if len(line) >= 12)
    some = random.Random(1).sample(long, 60)
    assert len(kept) > 50_000
    assert [line for line in some if any(form in kept for form in spellings(line))] == []


def test_a_log_found_late_gives_what_it_would_have_given_early(tmp_path: Path) -> None:
    work = Work(tmp_path, PYTHON)
    work.session("s1", work.a, work.block())
    late = work.block()
    log = work.home / ".claude" / "projects" / "-made-up" / "s2.jsonl"
    work.later(DAY)
    work.session("s2", work.b, late)
    kept = log.read_bytes()
    log.unlink()
    work.commit()
    work.read_all().close()
    work.later(2 * DAY)
    work.append(work.a, work.block())
    work.commit("Later")
    work.read_all().close()
    log.write_bytes(kept)

    afterwards = fates(work.read_all())

    at_once = fates(read_home(work.home, tmp_path / "anew", now_ms=work.now_ms + 40 * DAY))
    assert afterwards == at_once
    assert [row[1] for row in at_once] == ["shipped", "shipped"]


def test_many_unlinked_lines_of_code_link_nothing(scanner: Scanner, repo: Making) -> None:
    """Sessions of other files do not come to hold what I typed."""
    for number in range(20):
        repo.note(number, f"other{number}.py", code(f"topic{number}"))
    repo.append("a.py", code("typed", 40))
    oid = repo.commit()

    assert scanner.scan(repo).links[oid] == ()

from dataclasses import replace
from datetime import date

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_file,
    a_proposal,
    a_task,
    noon,
    store_with,
    unattended,
)
from tokenmirror.measures.coverage import coverage, strips
from tokenmirror.measures.registry import by_id


def ask(measure_id, db, scope=OCTOBER):
    return by_id(measure_id).compute(db, scope)


def test_days_covered_are_of_the_days_you_were_active():
    db = store_with(
        a_task("2026-10-05"), a_task("2026-10-06"), commits=["2026-10-06", "2026-10-09"]
    )

    rate = ask("A1", db)

    assert (rate.hits, rate.trials) == (2, 3)
    assert rate.sentence == "Logs of 1 tool were read; they cover 2 of 3 active days."


def test_commits_of_others_and_unattended_runs_make_no_day_active():
    db = store_with(a_task("2026-10-05"), unattended("2026-10-07"))
    a_commit(db, "2026-10-08", mine=0)

    assert ask("A1", db).trials == 1
    assert ask("A1", db, replace(OCTOBER, unattended=True)).trials == 2


def test_days_before_the_first_record_do_not_count():
    db = store_with(a_task("2026-10-15"), commits=["2026-10-02"], begin="2026-10-14")

    assert ask("A1", db).trials == 1


def test_the_days_of_other_tools_are_active_days_of_this_one():
    db = store_with(a_task("2026-10-05"), a_task("2026-10-06", source="codex-cli"))

    rate = ask("A1", db, replace(OCTOBER, sources=frozenset({"codex-cli"})))

    assert (rate.hits, rate.trials) == (1, 2)


def test_day_totals_are_records_too():
    db = store_with(day_totals=[("accepted", "2026-10-05", 1)])

    assert (ask("A1", db).hits, ask("A1", db).trials) == (1, 1)


def test_each_source_has_a_strip_of_its_days():
    db = store_with(a_task("2026-10-05"), a_task("2026-10-06", source="codex-cli"))
    db.execute("update files set first_ms = ? where source = 'codex-cli'", (noon("2026-10-06"),))

    claude, codex = strips(db, OCTOBER)
    states = dict(codex.days)

    assert (claude.source, claude.covered, claude.active) == ("claude-code", 1, 2)
    assert (codex.covered, codex.active) == (1, 1)
    assert [states[date(2026, 10, n)] for n in (5, 6, 7)] == ["before", "read", "quiet"]
    assert dict(claude.days)[date(2026, 10, 6)] == "nothing"
    assert len(claude.days) == 31


def test_lines_that_cannot_be_followed_are_told_apart():
    db = store_with(
        a_task(proposals=[a_proposal(80)]),
        a_task(project=3, proposals=[a_proposal(15, followed=0)]),
        a_task(project=2, proposals=[a_proposal(5, followed=0)]),
        repos=("ok", "missing"),
    )

    rate = ask("A2", db)

    assert (rate.hits, rate.trials) == (80, 100)
    assert rate.apart == {"no_repository": 15, "not_readable": 5}
    assert rate.sentence == "80 of 100 proposed lines could be followed."


def landed(lines, exact, noted):
    return a_proposal(lines, landed=lines, landed_exact=exact, noted=noted)


def test_committed_lines_are_told_by_how_surely_they_were_recognised():
    db = store_with(*[a_task(proposals=[landed(10, 8, 3)]) for _ in range(5)])

    parts = ask("A3", db)

    assert {part.key: part.value for part in parts.parts} == {"noted": 15, "exact": 25, "close": 10}
    assert (parts.total, parts.n) == (50, 5)
    assert parts.sentence == (
        "Of 50 committed lines: matched exactly 50 %, closely 20 %, by note 30 %."
    )


def test_few_tasks_show_lines_and_no_percentages():
    db = store_with(a_task(proposals=[landed(3, 2, 0)]))
    a_commit(db, "2026-10-06", trailer="Claude")

    assert ask("A3", db).sentence == (
        "Of 3 committed lines: matched exactly 2, closely 1, by note 0."
        " 1 more commit names an assistant and shows no line of it."
    )
    assert ask("A3", store_with()).sentence == "No committed lines to recognise in this period."


def test_the_horizon_tells_when_a_tool_removes_its_logs():
    db = store_with(begin="2026-11-01")
    a_file(db, "other-tool", "2026-11-10")

    rows = dict(ask("A4", db).rows)

    assert rows["claude-code"][:4] == ("Claude Code", date(2026, 11, 1), 30, 11)
    assert rows["other-tool"][:4] == ("other-tool", date(2026, 11, 10), None, None)


def test_files_that_are_gone_reach_back_no_more():
    db = store_with(begin="2026-11-01")
    db.execute("update files set gone = 1")

    assert dict(ask("A4", db).rows)["claude-code"][1:4] == (None, 30, None)


def test_tokens_without_a_price_are_said_with_their_models():
    made = a_task(tokens=900)
    made.usage.append({"input_tokens": 100, "output_tokens": 0, "model": "unheard-of"})

    rate = ask("A5", store_with(made))

    assert (rate.hits, rate.trials) == (100, 1000)
    assert rate.sentence == (
        "Prices are known for 90 % of tokens (price list of 22 Nov 2026). No price: unheard-of."
    )
    assert ask("A5", store_with(a_task())).reason == "not_recorded"


def test_records_that_were_not_understood_are_counted_by_source():
    db = store_with()
    a_file(db, "codex-cli", "2026-10-01", records=100, understood=90)

    table = ask("A6", db)

    assert dict(table.rows)["codex-cli"] == ("codex-cli", 100, 90, 90.0)
    assert table.sentence == "190 of 200 records were understood. Partly understood: codex-cli."


def test_the_data_begin_with_the_first_record_of_each_source():
    db = store_with(a_task("2025-12-24", source="codex-cli"))

    table = ask("A7", db)

    assert dict(table.rows)["codex-cli"] == ("codex-cli", date(2025, 12, 24))
    assert table.sentence == "Data begin on 24 Dec 2025."


def test_the_coverage_sentence_names_tools_days_and_lines():
    db = store_with(*[a_task(f"2026-10-0{n}", proposals=[a_proposal(9), a_proposal(1, followed=0)])
                      for n in range(1, 6)], commits=["2026-10-09"])  # fmt: skip

    found = coverage(db, OCTOBER)

    assert found.sentence == (
        "Read from 1 tool: 5 of 6 active days; 90 % of proposed lines could be followed."
    )
    assert not found.caution


@pytest.mark.parametrize(
    ("tasks", "commits", "sentence", "caution"),
    [
        ([a_task(proposals=[a_proposal(1), a_proposal(9, followed=0)])], [],
         "Read from 1 tool: 1 of 1 active days; 1 of 10 proposed lines could be followed.", True),
        ([a_task()], ["2026-10-08"], "Read from 1 tool: 1 of 2 active days.", True),
        ([], [], "Read from 1 tool: 0 of 0 active days.", False),
    ],
    ids=["few lines followed", "no proposals", "nothing"],
)  # fmt: skip
def test_coverage_that_is_low_is_shown_with_caution(tasks, commits, sentence, caution):
    found = coverage(store_with(*tasks, commits=commits), OCTOBER)

    assert (found.sentence, found.caution) == (sentence, caution)


def test_coverage_without_logs_says_so():
    assert coverage(store_with(begin=None), OCTOBER).sentence == "No logs have been read yet."

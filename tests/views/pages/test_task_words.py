from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tests.views.made_up import a_detail, a_task, at
from tokenmirror.views.pages.task_words import clocks, facts, moments

UTC = ZoneInfo("UTC")


def said(task=None, detail=None):
    return facts(task or a_task(), detail or a_detail(), UTC, lambda key: "Claude Code")


def test_the_facts_tell_the_story_of_a_task():
    words = said()
    work, proof = dict(words.work), dict(words.proof)

    assert words.about == "api · Wed 21 Oct, 09:40–10:55 · Claude Code"  # noqa: RUF001
    assert words.outcome == "Shipped 21 Oct"
    assert work["Work"] == "5 prompts, 2 turns"
    assert work["Cost"] == "$2.10 at list price"
    assert proof["Changes"] == "1 commit, main line 21 Oct, 10:52"
    assert proof["Checks"] == "tests passed before commit"
    assert proof["How sure"] == "exact 91 %, close 9 % of 195 lines"


def test_what_was_not_recorded_and_what_has_no_price_are_told_apart():
    assert dict(said(a_task(cost_nusd=None)).work)["Cost"] == "no price known"
    assert dict(said(a_task(cost_nusd=None, has_usage=False)).work)["Cost"] == "not recorded"


def test_a_statement_that_differs_leaves_the_inference_in_sight():
    words = said(a_task(outcome="no_lasting_change", stated="set_aside"))

    assert words.outcome == "Set aside"
    assert words.inferred == "Inferred from your commits: No lasting change"


def test_a_task_without_commits_says_so():
    words = said(a_task(outcome="no_code"), replace(a_detail(), commits=(), evidence={}))

    assert dict(words.proof)["Changes"] == "no commits"
    assert dict(words.proof)["How sure"] == "no lines found in commits"
    assert words.why.startswith("No edit was proposed")


def test_moments_hold_text_only_where_it_is_kept():
    prompts = [m.sentence for m in moments(a_detail(), UTC) if m.kind == "prompt"]

    assert prompts == ["prompt, 42 words", "prompt, 7 words: Now the tests, please"]


def test_a_stopped_turn_a_check_and_a_landing_are_moments():
    found = moments(a_detail(), UTC)

    assert [m.interrupted for m in found if m.kind == "turn"] == [False, True]
    assert [m.sentence for m in found if m.lane == "checks"] == ["tests passed"]
    assert [m.kind for m in found if m.lane == "git"] == ["commit", "main"]


def test_the_axis_has_clock_times_on_one_day_and_days_over_several():
    one_day = moments(a_detail(), UTC)
    prompt = replace(a_detail().prompts[0], at_ms=at(23))
    several = moments(replace(a_detail(), prompts=(prompt,)), UTC)

    assert clocks(one_day, UTC) == ("09:40", "10:16", "10:52")
    assert clocks(several, UTC) == ("21 Oct", "23 Oct")
    assert clocks([], UTC) == ()


def test_an_agents_own_prompts_are_not_the_persons():
    prompts = tuple(replace(prompt, origin="delegated") for prompt in a_detail().prompts)

    found = moments(replace(a_detail(), prompts=prompts), UTC)

    assert not [m for m in found if m.lane == "you"]

from __future__ import annotations

from tests.views.made_up import HERE
from tokenmirror.views.frame.history import LONGEST, History, Place


def test_walking_back_and_on_goes_through_the_places():
    history = History()
    tasks = Place("tasks", HERE.filters)
    sources = Place("sources", HERE.filters)
    history.go(tasks)
    history.go(sources)

    assert history.step(-1) == tasks
    assert history.step(-1) is None
    assert history.step(1) == sources


def test_going_somewhere_new_forgets_what_was_ahead():
    history = History()
    for page in ("overview", "tasks", "sources"):
        history.go(Place(page, HERE.filters))
    history.step(-1)

    history.go(HERE.choosing(outcome="shipped"))

    assert not history.can_step(1)
    assert history.step(-1) == Place("tasks", HERE.filters)


def test_going_where_one_is_makes_no_step():
    history = History()
    history.go(HERE)
    history.go(HERE)

    assert not history.can_step(-1)


def test_a_choice_corrects_the_place_without_a_step():
    history = History()
    history.go(HERE)
    history.correct(HERE.choosing(task="a"))

    assert history.here == HERE.choosing(task="a")
    assert not history.can_step(-1)


def test_the_oldest_places_are_let_go():
    history = History()
    for number in range(LONGEST + 5):
        history.go(HERE.choosing(task=str(number)))

    steps = 0
    while history.step(-1):
        steps += 1

    assert steps == LONGEST - 1


def test_an_empty_choice_takes_one_away():
    assert HERE.choosing(task="a").choosing(task="") == HERE
    assert HERE.choosing(task="a").choice("task") == "a"
    assert HERE.choice("task") == ""


def test_filters_count_what_differs_from_the_default():
    filters = HERE.filters.with_sources(frozenset({"codex-cli"})).with_unattended(unattended=True)

    assert filters.narrowed == 2
    assert filters.cleared() == HERE.filters

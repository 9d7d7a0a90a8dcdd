from tests.measures.stores import OCTOBER, a_task, add, store_with
from tokenmirror.measures import memo
from tokenmirror.measures.memo import shared
from tokenmirror.measures.tasks import everything


def counting():
    asked = []

    @shared
    def answer(db, number, *, more=0):
        asked.append(number)
        return number + more

    return answer, asked


def test_a_shared_answer_is_asked_for_once_within_a_question():
    answer, asked = counting()

    with memo.kept():
        found = [answer("db", 1), answer("db", 1), answer("db", 2), answer("db", 1, more=5)]

    assert found == [1, 1, 2, 6]
    assert asked == [1, 2, 1]


def test_another_archive_has_its_own_answers():
    answer, asked = counting()

    with memo.kept():
        answer("one", 1)
        answer("other", 1)

    assert asked == [1, 1]


def test_nothing_is_remembered_after_the_question():
    db = store_with(a_task())
    with memo.kept(), memo.kept():
        before = everything(db, OCTOBER)
    add(db, a_task())

    assert (len(before), len(everything(db, OCTOBER))) == (1, 2)

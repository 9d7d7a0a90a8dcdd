from __future__ import annotations

import pytest

from tests.measures import stores
from tests.views import made_up
from tests.views.made_up import HERE
from tokenmirror.views.pages.tasks import TasksPage


@pytest.fixture
def desk(tmp_path):
    rows = [stores.a_task("2026-10-05", outcome) for outcome in ("no_code", "shipped")]
    db = stores.store_with(*rows)
    db.commit()
    db.execute("vacuum into ?", (str(tmp_path / "mirror.db"),))
    made = made_up.a_desk(tmp_path)
    yield made
    made_up.close(made)


@pytest.fixture
def page(qtbot, desk):
    made = TasksPage(desk)
    qtbot.addWidget(made)
    made.resize(1240, 760)
    made.show()
    made.told.connect(lambda _: made.refresh())
    made.open(HERE)
    qtbot.waitUntil(lambda: made.state == "answer")
    return made


def said(desk):
    with made_up.connected(desk.own.path) as db:
        rows = db.execute("select stated, hidden from tasks order by id").fetchall()
    db.close()
    return rows


def test_a_statement_is_written_and_can_be_taken_back(qtbot, page, desk):
    page.table.selectRow(0)
    page.detail.stated.emit("useful_without_code")
    qtbot.waitUntil(lambda: desk.undo.count() == 1)
    stated = {row[0] for row in said(desk)}

    desk.undo.undo()

    assert stated == {None, "useful_without_code"}
    assert {row[0] for row in said(desk)} == {None}


def test_what_is_said_of_several_is_one_step(qtbot, page, desk):
    page.table.selectAll()
    page.detail.stated.emit("set_aside")
    qtbot.waitUntil(lambda: desk.undo.count() == 1)

    assert {row[0] for row in said(desk)} == {"set_aside"}
    assert desk.undo.undoText() == "2 tasks: “Set aside”"


def test_a_hidden_task_leaves_the_table_and_comes_back_on_undo(qtbot, page, desk):
    page.table.selectRow(0)
    page.detail.hidden_wanted.emit()
    qtbot.waitUntil(lambda: page.table.ordered.rowCount() == 1)

    desk.undo.undo()

    qtbot.waitUntil(lambda: page.table.ordered.rowCount() == 2)

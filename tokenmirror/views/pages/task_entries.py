"""What the person says of tasks besides how they ended: who wrote, and what it was worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures.listing.detail import task_detail
from tokenmirror.measures.measure import Reader
from tokenmirror.store import relabel
from tokenmirror.store.entered import Entry, Estimate
from tokenmirror.store.own import SessionKey
from tokenmirror.store.relabel import Written
from tokenmirror.tasks.origins import Origin, thresholds
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.settings.fields import hours_of, money_nusd, money_text

ORIGINS: dict[Origin, str] = {
    "own": mark("by you"),
    "unattended": mark("by a program"),
    "delegated": mark("by an agent"),
    "unknown": mark("by nobody known"),
}
BASES = {
    "stated": mark("the log says so"),
    "inferred": mark("by a rule"),
    "you": mark("you said so"),
    "unknown": mark("nothing tells"),
}
CHOICES: tuple[tuple[Origin | None, str], ...] = (
    ("own", mark("All of it is mine")),
    ("unattended", mark("A program wrote all of it")),
    (None, mark("As the log and the rules tell")),
)
TABLES = frozenset({"origins", "prompts", "tasks", "proposals"})


@dataclass(frozen=True)
class Said:
    """Of some tasks: their sessions, who wrote the prompts, and the estimate that stands."""

    sessions: tuple[SessionKey, ...]
    written: Written
    estimate: Estimate | None


def said(db: Reader, tasks: Sequence[str]) -> Said:
    """What is known and said of these tasks, by their keys."""
    details = [task_detail(db, key) for key in tasks]
    sessions = tuple((s.tool, s.id) for detail in details if detail for s in detail.sessions)
    return Said(sessions, relabel.written(db, sessions), relabel.estimate_of(db, sessions))


class TaskEntries(QObject):
    """Asks for it over a page and writes it, with a way back."""

    told = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self.menu: QMenu | None = None

    def ask_authors(self, tasks: Sequence[str], opener: QWidget) -> None:
        """Offer who wrote the prompts of these tasks, under the button."""

        def answer(found: Said) -> None:
            self._offer(found, opener)

        self._ask(tasks, answer)

    def ask_estimate(self, tasks: Sequence[str]) -> None:
        """Ask what a task was worth; of several, each gets the same."""
        self._ask(tasks, self._open_estimate)

    def _ask(self, tasks: Sequence[str], answer: Callable[[Said], None]) -> None:
        keys = tuple(tasks)
        if keys:
            self._desk.jobs.ask("said", lambda db: said(db, keys), answer, self.failed.emit)

    def _offer(self, found: Said, opener: QWidget) -> None:
        menu = self.menu = QMenu(self._page)
        for (origin, basis), count in sorted(found.written.counts.items()):
            words = tr_n(
                "{n} prompt: {who}, {basis}", "{n} prompts: {who}, {basis}",
                count, who=tr(ORIGINS[origin]), basis=tr(BASES[basis]),  # type: ignore[index]
            )  # fmt: skip
            menu.addAction(words).setEnabled(False)
        if not found.written.keys:
            menu.addAction(tr("No prompt of it is recorded")).setEnabled(False)
        else:
            menu.addSeparator()
            for choice, words in CHOICES:
                action = menu.addAction(tr(words))
                action.triggered.connect(partial(self._wrote, found.written, choice))
        menu.popup(opener.mapToGlobal(QPoint(0, opener.height())))

    def _wrote(self, written: Written, origin: Origin | None, *_checked: bool) -> None:
        labels: dict[int, Origin | None] = dict.fromkeys(written.keys, origin)
        stood: dict[int, Origin | None] = {}
        prompts = tr_n("{n} prompt", "{n} prompts", len(labels))
        words = dict(CHOICES)[origin]

        def do() -> None:
            self._write(labels, stood)

        def back() -> None:
            self._write(dict(stood), None)

        self._push(tr("{prompts}: {words}", prompts=prompts, words=tr(words)), do, back)

    def _write(
        self, labels: Mapping[int, Origin | None], stood: dict[int, Origin | None] | None
    ) -> None:
        own, limits = self._desk.own, thresholds(self._desk.options.value)

        def done(before: dict[int, Origin | None]) -> None:
            if stood is not None:
                stood.clear()
                stood.update(before)
            self.told.emit(TABLES)

        self._desk.jobs.run("wrote", lambda: own.wrote(labels, limits), done, self.failed.emit)

    def _open_estimate(self, found: Said) -> None:
        from tokenmirror.views.settings.form import EntrySheet, Field  # late: start-up time

        if not found.sessions:
            return
        source, session = found.sessions[0]
        old = found.estimate
        fields = [
            Field("hours", tr("Hours"), f"{old.hours:g}" if old and old.hours else "", tr(
                "hours it would have taken, or saved, as you see it")),
            Field("worth", tr("An hour is worth"), money_text(old.hour_nusd) if old else "",
                  tr("dollars, or empty")),
        ]  # fmt: skip

        def make(texts: dict[str, str]) -> Entry:
            return Estimate(source, session, hours_of(texts["hours"]), money_nusd(texts["worth"]))

        def keep(new: Entry) -> None:
            assert isinstance(new, Estimate)
            self.keep_estimate(old, new)

        EntrySheet(tr("Your estimate"), fields, make, keep, self._page).open()

    def keep_estimate(self, old: Estimate | None, new: Estimate) -> None:
        """Keep an estimate with the first session of its task."""
        own = self._desk.own

        def do() -> None:
            own.put(new)
            self.told.emit(frozenset({"estimates"}))

        def back() -> None:
            own.restore(new, old)
            self.told.emit(frozenset({"estimates"}))

        self._push(tr("Your estimate: {hours} h", hours=f"{new.hours:g}"), do, back)

    def _push(self, words: str, do: Callable[[], None], back: Callable[[], None]) -> None:
        try:
            self._desk.undo.push(Step(words, do, back))
        except UserError as error:
            self.failed.emit(error)

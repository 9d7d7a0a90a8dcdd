"""Sources: what was read, and how complete it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from tokenmirror import __version__
from tokenmirror.errors import UserError
from tokenmirror.ingest import preview
from tokenmirror.ingest.preview import FoundSource, Preview
from tokenmirror.language import mark, tr
from tokenmirror.measures import coverage, drift
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.sources import homes, registered
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import formats, readings
from tokenmirror.store.readings import Repository
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.folder import ask_folder
from tokenmirror.views.frame.help import Sheet
from tokenmirror.views.frame.history import Place
from tokenmirror.views.pages.completeness import CompletenessTab, Line, completeness
from tokenmirror.views.pages.page import Page, column
from tokenmirror.views.pages.repositories import RepositoriesTab
from tokenmirror.views.pages.source_detail import SourcesTab
from tokenmirror.views.pages.source_words import SourceState, When, day_states
from tokenmirror.views.preview_card import PreviewCard
from tokenmirror.views.reading_card import ReadingCard
from tokenmirror.views.widgets.buttons import Button, PrimaryButton

LONGEST_STRIP = 92  # days
TABS = ("sources", "repositories", "completeness")


@dataclass(frozen=True)
class SourcesAnswer:
    """Every known source with what was read of it; repositories; completeness in words."""

    states: tuple[SourceState, ...]
    repositories: tuple[Repository, ...]
    lines: tuple[Line, ...]
    people: tuple[tuple[str, bool], ...] = ()
    report: str = ""
    offers: tuple[Path, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


class SourcesPage(Page[SourcesAnswer]):
    """Three tabs; nothing here is filtered, the strip of days is that of the period."""

    key = "sources"
    question = mark("What was read, and how complete is it?")
    reads = frozenset(
        {"files", "problems", "sessions", "repos", "commits", "consents", "prompts", "recounts"}
    )
    filtered = False

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setAcceptDrops(True)
        self._tools = self._buttons()
        rows = column(self.content)
        rows.setSpacing(theme.current().px(14))
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(tr("Parts of Sources"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in (tr("Sources"), tr("Repositories"), tr("Completeness")):
            self.tabs.addTab(words)
        self.sources = SourcesTab()
        self.repositories = RepositoriesTab()
        self.completeness = CompletenessTab()
        self._parts = QStackedWidget()
        for part in (self.sources, self.repositories, self.completeness):
            self._parts.addWidget(part)
        rows.addWidget(self.tabs)
        rows.addWidget(ReadingCard(desk))
        rows.addWidget(self._parts)
        rows.addStretch(1)
        self._connect()

    def ask(self, place: Place, scope: Scope) -> Callable[[Reader], SourcesAnswer]:
        sources, machines = self.desk.sources, self.desk.machines()
        offered = self._offers()

        def answer(db: Reader) -> SourcesAnswer:
            read, since = readings.source_readings(db), readings.allowed(db)
            versions, failed = formats.by_version(db), formats.failed(db)
            there = preview.found(machines[0], sources, machines[1:])
            short = _at_most(scope, LONGEST_STRIP)
            strips = {strip.source: strip for strip in coverage.strips(db, short)}
            length = (min(short.last, short.today) - short.first).days + 1
            states = tuple(
                SourceState(
                    source=source,
                    since_ms=since.get(source.key),
                    reading=read.get(source.key),
                    days=day_states(
                        source,
                        strips.get(source.key),
                        max(length, 0),
                        allowed=since.get(source.key) is not None,
                    ),
                    problems=readings.file_problems(db, source.key),
                    unknown=readings.unknown_kinds(db, source.key),
                    places=tuple(map(str, found.places)),
                    missed=_missed(machines[0], source, found),
                    found=found,
                    versions=versions.get(source.key, ()),
                    failed=failed.get(source.key, {}),
                )
                for source, found in zip(sources, there, strict=True)
            )
            repositories = readings.repositories(db)
            people = readings.identities(db)
            report = drift.as_text(drift.drift(db, sources), __version__)
            lines = completeness(db, scope)
            faults = tuple((entry.key, entry.fault) for entry in registered() if entry.fault)
            return SourcesAnswer(states, repositories, lines, people, report, offered, faults)

        return answer

    def show_answer(self, answer: SourcesAnswer) -> None:
        when = When(ZoneInfo(self.desk.days.zone), self.desk.today, self.desk.clock_ms())
        period = self.place.filters.period if self.place else None
        self.sources.show_sources(answer.states, answer.repositories, when, period)
        self.sources.show_faults(answer.faults)
        self.sources.show_report(answer.report)
        self.sources.show_offers(answer.offers)
        self.repositories.show_repositories(answer.repositories, when)
        self.repositories.show_people(answer.people)
        self.completeness.show_lines(answer.lines)

    def open(self, place: Place) -> None:
        super().open(place)
        tab = place.choice("tab")
        self.tabs.setCurrentIndex(TABS.index(tab) if tab in TABS else 0)

    def search_for(self) -> None:
        if self._parts.currentWidget() is self.sources:
            self.sources.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def tools(self) -> QWidget | None:
        return self._tools

    def copy(self) -> None:
        part = self._parts.currentWidget()
        if isinstance(part, SourcesTab | RepositoriesTab):
            part.table.copy()

    def _buttons(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(8))
        add = Button(tr("Add a folder…"), icon="add")
        add.clicked.connect(self._add_folder)
        self.read = PrimaryButton(tr("Read now"), icon="read")
        self.read.clicked.connect(self._read)
        row.addWidget(add)
        row.addWidget(self.read)
        return holder

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.sources.consent_wanted.connect(self.wants_consent)
        self.sources.stop_wanted.connect(self._stop)
        self.sources.again_wanted.connect(self._again)
        self.sources.preview_wanted.connect(self._preview)
        self.sources.add_wanted.connect(self._add)
        self.repositories.follow_wanted.connect(self._follow)
        self.repositories.identity_wanted.connect(self._identify)
        self.desk.run.running.connect(self._running)

    def _tab_chosen(self, number: int) -> None:
        self._parts.setCurrentIndex(number)
        if self.place is not None:
            self.place = self.place.choosing(tab=TABS[number] if number else "")
            self.chose.emit(self.place)

    def _running(self, running: bool) -> None:
        self.read.setEnabled(not running)

    def _read(self) -> None:
        self.desk.run.start()

    def _again(self, key: str) -> None:
        self.desk.run.start("--full", "--source", key)

    def _stop(self, key: str) -> None:
        name = self.desk.source_name(key)
        self._push(
            tr("{name} is not read any more; what was read is kept", name=name),
            lambda: self._consent(key, allowed=False),
            lambda: self._consent(key, allowed=True),
        )

    def _consent(self, key: str, *, allowed: bool) -> None:
        source = next(source for source in self.desk.sources if source.key == key)
        places = [*map(str, preview.places(self.desk.machines(), source))]
        self.desk.own.consent(key, allowed=allowed, places=places)
        self.told.emit(frozenset({"consents"}))

    def _follow(self, common_dir: str, followed: bool) -> None:
        name = common_dir.removesuffix("/.git").rsplit("/", 1)[-1]
        words = tr("{name} is followed") if followed else tr("{name} is not followed any more")
        self._push(
            words.format(name=name),
            lambda: self._choose(common_dir, followed=followed),
            lambda: self._choose(common_dir, followed=not followed),
        )

    def _choose(self, common_dir: str, *, followed: bool) -> None:
        self.desk.own.repo_choice(common_dir, followed=followed)
        self.told.emit(frozenset({"repos"}))

    def _identify(self, email: str, mine: bool) -> None:
        words = tr("{email} is yours") if mine else tr("{email} is not yours")
        self._push(
            words.format(email=email),
            lambda: self._say_mine(email, mine=mine),
            lambda: self._say_mine(email, mine=not mine),
        )

    def _say_mine(self, email: str, *, mine: bool) -> None:
        self.desk.own.identity(email, is_me=mine)
        self.told.emit(frozenset({"repos"}))

    def _push(self, words: str, do: Callable[[], None], back: Callable[[], None]) -> None:
        try:
            self.desk.undo.push(Step(words, do, back))
        except UserError as error:
            self.failed.emit(error)

    def _add_folder(self) -> None:
        folder = ask_folder(self)
        if folder is not None:
            self._add(folder)

    def _add(self, path: Path) -> None:
        """Look into a home, or take an export that was handed over; read at the next reading."""
        try:
            self.desk.own.add_folder(path, "home" if path.is_dir() else "export")
        except UserError as error:
            self.failed.emit(error)
            return
        self.refresh()

    def _offers(self) -> tuple[Path, ...]:
        """Further homes of this computer that were not added yet; none in sample data."""
        if self.desk.sample or self.desk.home is not None:
            return ()
        known = self.desk.own.folders()
        found = homes.offers(homes.surroundings())
        return tuple(offer.path for offer in found if str(offer.path) not in known)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self._take(Path(url.toLocalFile()))
        event.acceptProposedAction()

    def _take(self, path: Path) -> None:
        """A folder or an export that was dropped here."""
        if path.is_dir() or takes_export(self.desk.sources, path):
            self._add(path)
            return
        self.failed.emit(
            UserError(
                tr("{name} is no export of a chat site that can be read here.", name=path.name),
                tr("Drop the .zip as it came, the conversations.json in it, or a folder."),
            )
        )

    def _preview(self, key: str) -> None:
        desk = self.desk
        source = next(source for source in desk.sources if source.key == key)
        (machine, *others), keep = desk.machines(), desk.options.value.keep == "text"

        def look() -> tuple[FoundSource, Preview]:
            found = preview.found(machine, [source], others)[0]
            return found, preview.preview(machine, source, others, keep_text=keep)

        desk.jobs.run("preview", look, self._show_preview, self.failed.emit)

    def _show_preview(self, found: tuple[FoundSource, Preview]) -> None:
        source, shown = found
        sheet = Sheet(tr("Preview"), self)
        card = PreviewCard()
        card.show_preview(shown, source, When(ZoneInfo(self.desk.days.zone), self.desk.today))
        sheet.rows.addWidget(card, 1)
        sheet.finish()
        sheet.resize(theme.current().px(960), theme.current().px(420))
        sheet.open()


def _missed(here: Machine, source: Source, found: FoundSource) -> tuple[str, ...]:
    """Places of a source on this computer itself that were looked for and are not there."""
    return tuple(str(place) for place in source.places(here) if place not in found.places)


def takes_export(sources: Iterable[Source], path: Path) -> bool:
    """Whether a source reads this file once it is handed over."""
    here = Machine(path.parent, (), named=(path,))
    return any(file.path == path for source in sources for file in source.find(here))


def _at_most(scope: Scope, days: int) -> Scope:
    """The last days of a scope, up to today, so that a strip of them can be seen."""
    last = min(scope.last, scope.today)
    return replace(scope, first=max(scope.first, last - timedelta(days=days - 1)))

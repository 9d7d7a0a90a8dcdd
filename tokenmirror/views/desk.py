"""What every page is handed: nobody imports a global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from tokenmirror import settings as stored
from tokenmirror.measures.measure import Scope
from tokenmirror.settings import Settings
from tokenmirror.sources import homes
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store.days import Days
from tokenmirror.store.own import Own
from tokenmirror.views.frame.history import Filters
from tokenmirror.views.import_run import ImportRun
from tokenmirror.views.jobs import Jobs


class Options(QObject):
    """The settings in use; a change is saved at once and told.

    Without a path (sample data, tests) nothing is saved.  Raises ``UserError`` as
    ``settings.save`` does; the change holds for this run all the same.
    """

    changed = Signal()

    def __init__(self, value: Settings, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.value = value
        self._path = path

    def change(self, **values: Any) -> None:  # noqa: ANN401 (fields of Settings)
        """Take these options over."""
        after = replace(self.value, **values)
        if after == self.value:
            return
        self.value = after
        self.changed.emit()
        if self._path is not None:
            stored.save(self._path, after)


@dataclass
class Desk:
    """All that pages work with.  ``clock_ms`` is now; ``sample`` marks made-up data.

    ``begin`` is the first day with data, once it is known; ``home`` a copied home that is read.
    """

    jobs: Jobs
    own: Own
    run: ImportRun
    options: Options
    undo: QUndoStack
    machine: Machine
    load_sources: Callable[[], tuple[Source, ...]]
    zone: str
    clock_ms: Callable[[], int]
    sample: bool = False
    begin: date | None = None
    home: Path | None = None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """All sources there are; loaded when they are first needed, after the first paint."""
        return self.load_sources()

    @property
    def days(self) -> Days:
        """The person's civil days."""
        options = self.options.value
        return Days(
            options.zone or self.zone,
            options.day_start_min,
            options.week_start,
            options.year_start,
        )

    @property
    def today(self) -> date:
        """The civil day it is."""
        return self.days.day_of(self.clock_ms())

    def scope(self, filters: Filters) -> Scope:
        """The question behind these filters, asked today."""
        days, today = self.days, self.today
        return Scope(
            first=filters.period.first,
            last=filters.period.last,
            today=today,
            zone=days.zone,
            day_start_min=days.day_start_min,
            week_start=days.week_start,
            sources=filters.sources,
            projects=filters.projects,
            unattended=filters.unattended,
            year_start=days.year_start,
            working=stored.working(self.options.value.working_hours),
        )

    def machines(self) -> tuple[Machine, ...]:
        """Where logs are looked for: this computer first, then homes that were added."""
        return homes.machines(self.machine, self.own.folders())

    def source_name(self, key: str) -> str:
        """The name of a source, its key when it is not known here."""
        return next((source.name for source in self.sources if source.key == key), key)


class Step(QUndoCommand):
    """A change that can be taken back: two calls and the sentence that tells it."""

    def __init__(self, text: str, do: Callable[[], None], back: Callable[[], None]) -> None:
        super().__init__(text)
        self._do, self._back = do, back

    def redo(self) -> None:
        self._do()

    def undo(self) -> None:
        self._back()

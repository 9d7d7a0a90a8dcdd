"""Notes and beginnings: dated marks on charts, and days at which the usual range starts anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.measures.measure import Reader
from tokenmirror.store import entered
from tokenmirror.store.entered import Baseline, Entry, Note
from tokenmirror.views.desk import Desk
from tokenmirror.views.models.rows import Cell, Row
from tokenmirror.views.settings.entries import EntriesCard
from tokenmirror.views.settings.fields import NOTHING, day_of
from tokenmirror.views.settings.form import EntrySheet, Field
from tokenmirror.views.settings.section import Section


@dataclass(frozen=True)
class Kept:
    """What the person wrote down."""

    notes: tuple[Note, ...]
    baselines: tuple[Baseline, ...]


def kept(db: Reader) -> Kept:
    """The entries of the section, out of the archive."""
    return Kept(entered.every(db, Note), entered.every(db, Baseline))


class NotesSection(Section):
    """Both are days with words; a day can begin only one usual range."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Notes"), tr("Both are marked on every chart over time."))
        self._kept = Kept((), ())
        heads = [tr("Day"), tr("Note")]
        self.notes = EntriesCard(
            tr("Notes"), heads, {0: 120}, tr("You have written no note."), tr("Add a note…")
        )
        self.baselines = EntriesCard(
            tr("Days from which your usual range begins anew"), [tr("Day"), tr("Why")], {0: 120},
            tr("Your usual range begins with your data."), tr("Add a day…"),
        )  # fmt: skip
        self.notes.added.connect(lambda: self.edit_note(None))
        self.notes.opened.connect(lambda key: self.edit_note(self._note(key)))
        self.notes.removed.connect(self._remove_note)
        self.baselines.added.connect(lambda: self.edit_baseline(None))
        self.baselines.opened.connect(lambda key: self.edit_baseline(self._baseline(key)))
        self.baselines.removed.connect(self._remove_baseline)
        self.body.addWidget(self.notes)
        self.body.addWidget(self.baselines)
        self.finish()

    def refresh(self) -> None:
        self.ask("notes", kept, self.show_kept)

    def show_kept(self, found: Kept) -> None:
        """Show what lies in the archive, newest first."""
        self._kept = found
        self.notes.show_rows([_row(n.id, n.day, n.words) for n in reversed(found.notes)])
        self.baselines.show_rows(
            [_row(b.day.isoformat(), b.day, b.why) for b in reversed(found.baselines)]
        )

    def edit_note(self, old: Note | None) -> EntrySheet:
        """Ask for a note, or for the change of one."""
        key = old.id if old else entered.new_id()

        def make(texts: dict[str, str]) -> Entry:
            return Note(key, _day(texts["day"]), texts["words"].strip())

        def keep(new: Entry) -> None:
            assert isinstance(new, Note)
            self.replace(old, new, tr("The note of {day}", day=language.day(new.day)))

        words = (tr("Note"), old.words if old else "")
        return self._sheet(tr("Note"), old.day if old else None, words, make, keep)

    def edit_baseline(self, old: Baseline | None) -> EntrySheet:
        """Ask for a day, or for the change of one."""

        def make(texts: dict[str, str]) -> Entry:
            return Baseline(_day(texts["day"]), texts["words"].strip())

        def keep(new: Entry) -> None:
            assert isinstance(new, Baseline)
            words = tr("Your usual range begins anew on {day}", day=language.day(new.day))
            self.replace(old, new, words)

        title, why = tr("Your usual range begins anew"), (tr("Why"), old.why if old else "")
        return self._sheet(title, old.day if old else None, why, make, keep)

    def _sheet(
        self,
        title: str,
        day: date | None,
        words: tuple[str, str],
        make: Callable[[dict[str, str]], Entry],
        keep: Callable[[Entry], None],
    ) -> EntrySheet:
        fields = [
            Field("day", tr("Day"), (day or self.desk.today).isoformat()),
            Field("words", *words),
        ]
        sheet = EntrySheet(title, fields, make, keep, self)
        sheet.open()
        return sheet

    def _remove_note(self, key: str) -> None:
        note = self._note(key)
        self.replace(note, None, tr("The note of {day} removed", day=language.day(note.day)))

    def _remove_baseline(self, key: str) -> None:
        baseline = self._baseline(key)
        words = tr("Your usual range no longer begins on {day}", day=language.day(baseline.day))
        self.replace(baseline, None, words)

    def _note(self, key: str) -> Note:
        return next(note for note in self._kept.notes if note.id == key)

    def _baseline(self, key: str) -> Baseline:
        return next(each for each in self._kept.baselines if each.day.isoformat() == key)


def _row(key: str, day: date, words: str) -> Row:
    return Row(key, (Cell(language.day(day, year=True), sort=day.toordinal()), Cell(words)))


def _day(text: str) -> date:
    day = day_of(text)
    if day is None:
        raise UserError(tr("It needs a day. Write it like 2026-10-31."), NOTHING)
    return day

"""A8: figures of the past that moved, and why, from the ledger that a reading keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenmirror import language, sources
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures.figures import Column, Table, Unknown
from tokenmirror.measures.measure import NONE, Export, Measure, Reader, Scope
from tokenmirror.measures.tasks import OUTCOMES
from tokenmirror.store import ledger
from tokenmirror.store.ledger import Recount

WHY = {
    "source_version": mark("the logs of {tool} are read by a newer version"),
    "reread": mark("the logs of {tool} were read again"),
    "new_records": mark("records of {tool} came late"),
    "origins": mark("later prompts showed that some ran unattended"),
    "you": mark("you said something else of a task, a prompt, an address or a repository"),
    "prices": mark("prices changed"),
    "rules": mark("a counting rule changed"),
    "exclusions": mark("other files are left out"),
    "landing_days": mark("commits are looked for over another number of days"),
    "origin_rules": mark("the rules for unattended runs changed"),
    "day": mark("days are cut otherwise"),
    "repository": mark("a repository's history was read anew"),
    "ripened": mark("ripened: later work reached it"),
}
RULES = {
    "rules": "rules",
    "program": "rules",
    "exclusions": "exclusions",
    "landing_days": "landing_days",
    "origins": "origin_rules",
    "day": "day",
}


@dataclass(frozen=True)
class Told:
    """A recount with its words; ``title`` is what the measure is called."""

    one: Recount
    title: str
    why: str

    @property
    def difference(self) -> float | None:
        """New less old; ``None`` where one of them is unknown."""
        if self.one.old is None or self.one.new is None:
            return None
        return self.one.new - self.one.old

    @property
    def ripened(self) -> bool:
        """Whether it grew with later work, which is no recount."""
        return self.one.why == "ripened"


def told(db: Reader) -> list[Told]:
    """All past figures that moved, the newest first."""
    return [Told(one, title(one.measure), _why(one)) for one in ledger.recounts(db)]


def title(measure: str) -> str:
    """What a kept figure is called: "F2: Shipped" for a part, "Prompts" for a whole."""
    from tokenmirror.measures.registry import by_id, has  # late: the registry lists A8 too

    named, _, part = measure.partition(":")
    plain = named.partition("@")[0]
    words = tr(by_id(plain).title) if has(plain) else plain
    if not part:
        return words
    return tr(mark("{title}: {part}"), title=words, part=tr(OUTCOMES[part]).lower())


def _why(one: Recount) -> str:
    if one.why == "rule":
        keys = dict.fromkeys(RULES.get(each, "") for each in one.detail.split())
        return language.listing([tr(WHY[key]) for key in keys if key] or [tr(WHY["rules"])])
    if one.why == "new_records" and one.detail == "origins":
        return tr(WHY["origins"])
    tool, *_versions = [*one.detail.split(), ""]
    known = sources.by_key(tool) if tool else None
    return tr(WHY[one.why], tool=known.name if known else tool)


def listed(db: Reader, scope: Scope) -> list[str]:
    """Each past figure that moved in a sentence, the newest first."""
    found = []
    for each in told(db):
        one = each.one
        day = scope.days.day_of(one.at_ms)
        found.append(
            tr(
                mark("{title}, {month}: {old} → {new}; {why} ({day})."),
                title=each.title, month=language.month(date.fromisoformat(f"{one.month}-01")),
                old=_amount(one.old, one.unit), new=_amount(one.new, one.unit), why=each.why,
                day=language.day(day, year=day.year != scope.today.year),
            )
        )  # fmt: skip
    return found


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return tr(mark("not known"))
    if unit == "percent":
        return tr(mark("{n} %"), n=language.number(value, 1))
    return language.money(round(value * 1e9)) if unit == "usd" else language.number(value)


def recounts(db: Reader, scope: Scope) -> Table | Unknown:
    """A8: past figures that moved, with what they were, what they are, and why."""
    if ledger.last(db) is None:
        return Unknown("nothing_read", tr(mark("No logs have been read to the end yet.")))
    found = told(db)
    return Table(
        columns=(
            Column("at", tr(mark("Recounted")), "day"),
            Column("figure", tr(mark("Figure")), "text"),
            Column("month", tr(mark("Month")), "text"),
            Column("old", tr(mark("Before")), "number"),
            Column("new", tr(mark("Now")), "number"),
            Column("why", tr(mark("Why")), "text"),
            Column("difference", tr(mark("Difference")), "number"),
        ),
        rows=tuple((_key(each, scope), _cells(each, scope)) for each in found),
        sentence=_words(found, scope),
    )


def _key(each: Told, scope: Scope) -> str:
    one = each.one
    parts = (scope.days.day_of(one.at_ms).isoformat(), one.measure, one.month, one.why, one.detail)
    return " ".join([str(one.id), *(part for part in parts if part)])


def _cells(each: Told, scope: Scope) -> tuple[object, ...]:
    one = each.one
    return (
        scope.days.day_of(one.at_ms),
        each.title,
        language.month(date.fromisoformat(f"{one.month}-01")),
        one.old,
        one.new,
        each.why,
        each.difference,
    )


def _words(found: list[Told], scope: Scope) -> str:
    moved = [each for each in found if not each.ripened]
    ripened = len(found) - len(moved)
    later = tr_n(
        mark("{n} more grew with later work."), mark("{n} more grew with later work."), ripened
    )
    if not moved:
        none = tr(mark("No past figure was recounted."))
        return f"{none} {later}" if ripened else none
    day = scope.days.day_of(moved[0].one.at_ms)
    words = tr_n(
        mark("{n} past figure was recounted, last on {day}: {why}."),
        mark("{n} past figures were recounted, last on {day}: {why}."),
        len(moved),
        day=language.day(day, year=day.year != scope.today.year),
        why=moved[0].why,
    )
    return f"{words} {later}" if ripened else words


A8 = Measure(
    id="A8",
    term="recounts",
    title=mark("Recounts"),
    means=mark("Figures of months that were over which moved later, and why."),
    how=mark(
        "After each reading the figures of past months are compared with what they were. Each"
        " cause has an entry of its own; the entries of a figure add up to its difference."
    ),
    left_out=mark(
        "Months that are not over or not ripe; survival curves and times, which do not add up."
        " What grows with later work is listed as ripened and is no recount."
    ),
    bias=mark("Of several causes within one session the first is told."),
    unit="list",
    needs=frozenset({"ledger"}),
    windows=("all",),
    interval_unit="",
    beside=("A6", "A7"),
    export=Export.FOOTNOTE,
    compute=recounts,
    reads=frozenset({"recounts", "figures_seen"}),
    splits=NONE,
)

MEASURES = (A8,)

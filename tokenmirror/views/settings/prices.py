"""Prices: what the person pays, and prices of their own in place of the list's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tokenmirror import language
from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr
from tokenmirror.measures import spending
from tokenmirror.measures.measure import Reader
from tokenmirror.measures.prices import bundled
from tokenmirror.store import entered
from tokenmirror.store.entered import EVER, Entry, OwnPrice, Plan
from tokenmirror.views.desk import Desk
from tokenmirror.views.models.rows import Cell, Row
from tokenmirror.views.settings.entries import EntriesCard
from tokenmirror.views.settings.fields import NOTHING, day_of, money_nusd, money_text
from tokenmirror.views.settings.form import EntrySheet, Field
from tokenmirror.views.settings.section import Section
from tokenmirror.views.widgets.messages import InlineMessage

KINDS = (
    ("input_nusd", mark("Input")),
    ("cache_read_nusd", mark("Cache read")),
    ("cache_write_5m_nusd", mark("Cache write, 5 min")),
    ("cache_write_1h_nusd", mark("Cache write, 1 h")),
    ("output_nusd", mark("Output")),
)
T = TypeVar("T")
PER = (("month", mark("a month")), ("year", mark("a year")))


@dataclass(frozen=True)
class Kept:
    """What the person entered, and the models that have no price."""

    prices: tuple[OwnPrice, ...]
    plans: tuple[Plan, ...]
    lacking: tuple[str, ...]


def kept(db: Reader) -> Kept:
    """The entries of the section, out of the archive."""
    return Kept(
        entered.every(db, OwnPrice), entered.every(db, Plan), spending.models_without_price(db)
    )


class PricesSection(Section):
    """Own prices by model and day; plans by tool."""

    def __init__(self, desk: Desk) -> None:
        day = language.day(bundled().seen, year=True)
        super().__init__(desk, tr("Prices"), tr(
            "Public list prices of {day} come with the program. A price of your own for an exact"
            " model comes before it; it is marked wherever it is used.", day=day,
        ))  # fmt: skip
        self._kept = Kept((), (), ())
        self.missing = InlineMessage("info", "", tr("Enter a price…"), closable=False)
        self.missing.acted.connect(self._add_lacking)
        self.missing.hide()
        self.body.addWidget(self.missing)
        self._add_cards()
        self.finish()

    def _add_cards(self) -> None:
        heads = [tr("Model"), tr("From"), tr("Input"), tr("Cache read"), tr("Output")]
        self.prices = EntriesCard(
            tr("Your own prices, in dollars per million tokens"), heads,
            {1: 110, 2: 90, 3: 100, 4: 90}, tr("You have entered no price."),
            tr("Add a price…"), right=(2, 3, 4),
        )  # fmt: skip
        heads = [tr("Plan"), tr("Tool"), tr("Price"), tr("From"), tr("Until")]
        self.plans = EntriesCard(
            tr("What you pay"), heads, {1: 130, 2: 120, 3: 100, 4: 100},
            tr("You have entered no plan."), tr("Add a plan…"), right=(2,),
        )  # fmt: skip
        self.prices.added.connect(lambda: self.edit_price(None))
        self.prices.opened.connect(lambda key: self.edit_price(self._price(key)))
        self.prices.removed.connect(self._remove_price)
        self.plans.added.connect(lambda: self.edit_plan(None))
        self.plans.opened.connect(lambda key: self.edit_plan(self._plan(key)))
        self.plans.removed.connect(self._remove_plan)
        self.body.addWidget(self.prices)
        self.body.addWidget(self.plans)

    def refresh(self) -> None:
        self.ask("prices", kept, self.show_kept)

    def show_kept(self, found: Kept) -> None:
        """Show what lies in the archive."""
        self._kept = found
        self.prices.show_rows([_price_row(price) for price in found.prices])
        self.plans.show_rows([self._plan_row(plan) for plan in found.plans])
        self.missing.setVisible(bool(found.lacking))
        self.missing.say(
            language.tr_n(
                "{n} model has no price: {models}.", "{n} models have no price: {models}.",
                len(found.lacking), models=language.listing(list(found.lacking[:5])),
            )
        )  # fmt: skip

    def edit_price(self, old: OwnPrice | None, model: str = "") -> EntrySheet:
        """Ask for a price, or for the change of one."""
        fields = [
            Field("model", tr("Model"), old.model if old else model, note=tr(
                "Exactly as the tool names it.")),
            Field("first", tr("From"), _day_text(old.first if old else EVER), tr(
                "always, or a day like 2026-10-31")),
        ]  # fmt: skip
        fields += [
            Field(kind, tr(name), money_text(getattr(old, kind)) if old else "",
                  tr("like input") if "cache" in kind else tr("dollars per million tokens"))
            for kind, name in KINDS
        ]  # fmt: skip
        title = tr("Change a price") if old else tr("Add a price")
        return self._sheet(title, fields, _price_of, lambda new: self.keep_price(old, new))

    def keep_price(self, old: OwnPrice | None, new: Entry) -> None:
        """Keep a price, in place of another where there is one."""
        assert isinstance(new, OwnPrice)
        self.replace(old, new, tr("Your own price of {model}", model=new.model))

    def edit_plan(self, old: Plan | None) -> EntrySheet:
        """Ask for a plan, or for the change of one."""
        tools = [("", tr("all tools"))]
        tools += [(source.key, source.name) for source in self.desk.sources]
        fields = [
            Field("name", tr("Name"), old.name if old else ""),
            Field("source", tr("Tool"), (old.source or "") if old else "", choices=tools),
            Field("nusd", tr("Price"), money_text(old.nusd) if old else "", tr("dollars")),
            Field("per", tr("Each"), old.per if old else "month",
                  choices=[(key, tr(words)) for key, words in PER]),
            Field("first", tr("From"), (old.first if old else self.desk.today).isoformat()),
            Field("last", tr("Until"), old.last.isoformat() if old and old.last else "",
                  tr("still running")),
        ]  # fmt: skip
        key = old.id if old else entered.new_id()

        def make(texts: dict[str, str]) -> Plan:
            return Plan(
                id=key,
                name=texts["name"].strip(),
                source=texts["source"] or None,
                nusd=_told(money_nusd(texts["nusd"]), tr("A plan needs a price.")),
                per="year" if texts["per"] == "year" else "month",
                first=_told(day_of(texts["first"]), tr("A plan needs a first day.")),
                last=day_of(texts["last"]),
            )

        title = tr("Change a plan") if old else tr("Add a plan")
        return self._sheet(title, fields, make, lambda new: self.keep_plan(old, new))

    def keep_plan(self, old: Plan | None, new: Entry) -> None:
        """Keep a plan, in place of another where there is one."""
        assert isinstance(new, Plan)
        self.replace(old, new, tr("The plan {name}", name=new.name))

    def _sheet(
        self,
        title: str,
        fields: Sequence[Field],
        make: Callable[[dict[str, str]], Entry],
        keep: Callable[[Entry], None],
    ) -> EntrySheet:
        sheet = EntrySheet(title, fields, make, keep, self)
        sheet.open()
        return sheet

    def _add_lacking(self) -> None:
        self.edit_price(None, self._kept.lacking[0] if self._kept.lacking else "")

    def _remove_price(self, key: str) -> None:
        price = self._price(key)
        self.replace(price, None, tr("Your own price of {model} removed", model=price.model))

    def _remove_plan(self, key: str) -> None:
        plan = self._plan(key)
        self.replace(plan, None, tr("The plan {name} removed", name=plan.name))

    def _price(self, key: str) -> OwnPrice:
        return next(price for price in self._kept.prices if _price_key(price) == key)

    def _plan(self, key: str) -> Plan:
        return next(plan for plan in self._kept.plans if plan.id == key)

    def _plan_row(self, plan: Plan) -> Row:
        tool = self.desk.source_name(plan.source) if plan.source else tr("all tools")
        price = f"{language.money(plan.nusd)} {tr(dict(PER)[plan.per])}"
        return Row(plan.id, (
            Cell(plan.name), Cell(tool), Cell(price, sort=plan.nusd, right=True),
            Cell(language.day(plan.first, year=True), sort=plan.first.toordinal()),
            Cell(language.day(plan.last, year=True) if plan.last else tr("still running")),
        ))  # fmt: skip


def _price_key(price: OwnPrice) -> str:
    return f"{price.first.isoformat()} {price.model}"


def _price_row(price: OwnPrice) -> Row:
    since = tr("always") if price.first == EVER else language.day(price.first, year=True)
    amounts = (price.input_nusd, price.cache_read_nusd, price.output_nusd)
    cells = [
        Cell(f"${money_text(each)}" if each is not None else tr("like input"), right=True,
             sort=each or 0, tone=None if each is not None else "text3")
        for each in amounts
    ]  # fmt: skip
    first = Cell(since, sort=price.first.toordinal())
    return Row(_price_key(price), (Cell(price.model), first, *cells))


def _price_of(texts: dict[str, str]) -> OwnPrice:
    amounts = {kind: money_nusd(texts[kind]) for kind, _name in KINDS}
    first = texts["first"].strip()
    since = EVER if first.casefold() in ("", tr("always")) else day_of(first)
    return OwnPrice(model=texts["model"].strip(), first=since or EVER, **amounts)


def _day_text(day: object) -> str:
    return tr("always") if day == EVER else str(day)


def _told(value: T | None, words: str) -> T:
    if value is None:
        raise UserError(words, NOTHING)
    return value

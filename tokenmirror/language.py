"""All words and number formats a person meets: translation, plurals, numbers, money, dates.

One gettext catalogue serves window, command line and documents; Babel (CLDR) gives number,
money and date formats.  Nothing here knows what is said.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from tokenmirror import paths

if TYPE_CHECKING:
    from babel import Locale

DOMAIN = "tokenmirror"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Speech:
    """A language in use: its catalogue and the locale of its formats (``en_US``)."""

    locale: str
    catalogue: gettext.NullTranslations


_speech: ContextVar[Speech] = ContextVar("speech")


def use(locale: str = "en_US") -> None:
    """Speak this language from now on; without a catalogue the words stay English."""
    catalogue = gettext.translation(
        DOMAIN, paths.resource("i18n"), languages=[locale], fallback=True
    )
    _speech.set(Speech(locale, catalogue))
    # threads begin with an empty context: they speak what was chosen last
    global _default
    _default = Speech(locale, catalogue)


_default = Speech("en_US", gettext.NullTranslations())


def speech() -> Speech:
    """The language in use."""
    return _speech.get(_default)


def mark(message: str) -> str:
    """Mark a message for translation where it is declared; ``tr`` translates it when shown."""
    return message


def tr(message: str, **slots: object) -> str:
    """The message in the language in use, with its named slots filled."""
    text = speech().catalogue.gettext(message)
    return text.format(**slots) if slots else text


def tr_n(one: str, many: str, n: int, **slots: object) -> str:
    """The message for ``n`` things; the slot ``n`` is filled with the grouped number."""
    text = speech().catalogue.ngettext(one, many, n)
    return text.format(n=number(n), **slots)


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale:
    from babel import Locale  # late: 15 ms, only once something is formatted

    return Locale.parse(name)


def locale() -> Locale:
    """The Babel locale of the language in use."""
    return _locale(speech().locale)


def number(value: float, digits: int = 0) -> str:
    """A number with the locale's grouping and that many decimals."""
    return _number(speech().locale, value, digits)


@lru_cache(maxsize=4096)  # rows by the thousand hold the same numbers
def _number(name: str, value: float, digits: int) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale(name)).replace("-", MINUS)


def percent(fraction: float, step: int = 1) -> str:
    """A share of 0..1 as a whole percentage, to the nearest ``step``.

    "<1 %" and ">99 %" stand for shares that are not exactly 0 or 1.
    """
    whole = round(100 * fraction / step) * step
    if whole == 0 and fraction > 0:
        return "<" + tr("{n} %", n=number(step))
    if whole == 100 and fraction < 1:
        return ">" + tr("{n} %", n=number(100 - step))
    return tr("{n} %", n=number(whole))


def percent_range(low: float, high: float, step: int = 1) -> str:
    """Two shares of 0..1 as one range of whole percentages."""
    ends = [number(round(100 * end / step) * step) for end in (low, high)]
    return tr("{n} %", n=DASH.join(ends))


def money(nusd: int) -> str:
    """Nano-dollars as dollars: 2 decimals under 100, none above."""
    from babel.numbers import format_currency

    dollars = nusd / 1e9
    if 0 < dollars < 0.005:
        return "<" + format_currency(0.01, "USD", locale=locale())
    pattern = "¤#,##0.00" if abs(dollars) < 100 else "¤#,##0"
    return format_currency(dollars, "USD", format=pattern, locale=locale(), currency_digits=False)


def tokens(count: int) -> str:
    """Tokens with three significant digits: 812, 1.24 k, 1.24 M, 1.24 G."""
    for limit, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= limit * 0.9995:
            scaled = count / limit
            return f"{number(scaled, max(0, 2 - len(str(int(scaled))) + 1))} {unit}"
    return number(count)


def duration(ms: float) -> str:
    """A length of time: "45 s", "25 min", "1 h 25 min", "3 d"."""
    seconds = round(ms / 1000)
    if seconds < 60:
        return tr("{n} s", n=number(seconds))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{n} min", n=number(minutes))
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return tr("{h} h {m} min", h=hours, m=f"{rest:02d}") if rest else tr("{h} h", h=hours)
    return tr("{n} d", n=number(round(minutes / 1440)))


def size(bytes_: int) -> str:
    """A file size in decimal units: "812 B", "48 kB", "2.1 GB"."""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if bytes_ >= limit:
            scaled = bytes_ / limit
            return f"{number(scaled, 1 if scaled < 10 else 0)} {unit}"
    return f"{number(bytes_)} B"


def day(value: date, *, weekday: bool = False, year: bool = False) -> str:
    """A date: "5 Oct", "Mon 5 Oct", "5 Oct 2026" (order as the locale has it)."""
    parts = ("E" if weekday else "", "y" if year else "")
    return _day(speech().locale, value, *parts)


@lru_cache(maxsize=4096)  # rows by the thousand name the same days
def _day(name: str, value: date, weekday: str, year: str) -> str:
    from babel.dates import format_date, format_skeleton

    if name.startswith("en"):  # day before month everywhere, as in the design
        pattern = ("EEE " if weekday else "") + "d MMM" + (" y" if year else "")
        return format_date(value, pattern, locale=_locale(name))
    return format_skeleton(f"{weekday}MMMd{year}", value, locale=_locale(name))


def month(value: date, *, year: bool = True) -> str:
    """A month with its year: "October 2026", or its name alone."""
    from babel.dates import format_date, format_skeleton

    if not year:
        return format_date(value, "LLLL", locale=locale())
    return format_skeleton("yMMMM", value, locale=locale())


def weekday(value: date) -> str:
    """The name of a day's weekday: "Monday"."""
    from babel.dates import format_date

    return format_date(value, "cccc", locale=locale())


def clock(value: datetime) -> str:
    """A time of day: "14:01"."""
    from babel.dates import format_time

    return format_time(value, "HH:mm", locale=locale())


def listing(words: Sequence[str]) -> str:
    """Words joined as a list: "a, b and c"."""
    from babel.lists import format_list

    return format_list(list(words), locale=locale())

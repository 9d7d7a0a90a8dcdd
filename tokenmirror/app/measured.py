"""The measures as the command line writes them: one object each, for a period and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tokenmirror.app.start import Started, archive, days
from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.measures import groups, listing
from tokenmirror.measures.figures import (
    Chain,
    Curve,
    Dots,
    Figure,
    Parts,
    Rate,
    Table,
    Total,
    Unknown,
    Weeks,
)
from tokenmirror.measures.groups import By
from tokenmirror.measures.listing.rows import instant
from tokenmirror.measures.measure import Measure, Reader, Scope
from tokenmirror.measures.registry import MEASURES
from tokenmirror.measures.scoped import begin_day
from tokenmirror.settings import working

NUMBERS = frozenset({"number", "percent", "tokens", "lines", "money"})


@dataclass(frozen=True)
class Asked:
    """The question: civil days, filters by name, and by what to part the answer."""

    since: date | None = None
    until: date | None = None
    tools: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    by: By | None = None
    unattended: bool = False


def body(begun: Started, asked: Asked, now: datetime) -> dict[str, Any]:
    """The fields of the ``measures`` document.

    Raises ``UserError`` when nothing has been read yet.
    """
    if not begun.places.database.exists():
        raise UserError(
            tr("Nothing has been read yet."), tr("Read logs first: tokenmirror import.")
        )
    with archive(begun) as db:
        scope = _scope(db, begun, asked, now)
        return {
            "period": {
                "since": asked.since.isoformat() if asked.since else None,
                "until": asked.until.isoformat() if asked.until else None,
                "zone": scope.zone,
                "day_start": f"{scope.day_start_min // 60:02d}:{scope.day_start_min % 60:02d}",
            },
            "filters": {
                "tools": sorted(asked.tools),
                "projects": sorted(asked.projects),
                "include_unattended": asked.unattended,
            },
            "coverage": _coverage(db),
            "measures": _measures(groups.answers(db, scope)),
            "groups": [
                {"key": key, "measures": _measures(groups.answers(db, part, asked.by))}
                for key, part in (groups.parts(db, scope, asked.by) if asked.by else ())
            ],
        }


def _measures(found: Mapping[str, Figure]) -> list[dict[str, Any]]:
    return [measure_object(measure, found[measure.id]) for measure in MEASURES]


def _scope(db: Reader, begun: Started, asked: Asked, now: datetime) -> Scope:
    cut = days(begun.settings)
    today = cut.day_of(round(now.timestamp() * 1000))
    scope = Scope(
        first=asked.since or today,
        last=asked.until or today,
        today=today,
        zone=cut.zone,
        day_start_min=cut.day_start_min,
        week_start=cut.week_start,
        sources=frozenset(asked.tools) or None,
        projects=listing.projects_named(db, asked.projects) if asked.projects else None,
        unattended=asked.unattended,
        year_start=cut.year_start,
        working=working(begun.settings.working_hours),
    )
    if asked.since is None:
        first = begin_day(db, scope) or today
        scope = replace(scope, first=min(first, scope.last))
    return scope


def _coverage(db: Reader) -> dict[str, Any]:
    read = listing.read_so_far(db)
    firsts = [part.first_ms for part in read.values() if part.first_ms is not None]
    lasts = [part.last_ms for part in read.values() if part.last_ms is not None]
    return {
        "sources": sorted(read),
        "first_record": instant(min(firsts, default=None)),
        "last_record": instant(max(lasts, default=None)),
        "repositories": listing.repositories_by_state(db),
    }


def measure_object(measure: Measure, figure: Figure) -> dict[str, Any]:
    """A measure with its figure in the shape of ``cli.md``; unknown figures are ``null``."""
    made: dict[str, Any] = {
        "id": f"{measure.id}@{measure.version}",
        "name": measure.term,
        "value": None,
        "unit": measure.unit or None,
        "n": None,
        "of": None,
        "parts": None,
        "interval": None,
        "basis": "unknown",
        "missing_reason": None,
        "beside": list(measure.beside),
        "usual": None,
    }
    if isinstance(figure, Table) and not measure.unit:
        made |= {"value": len(figure.rows), "unit": "tasks"}
    made |= _told(figure)
    if made["value"] is None and made["missing_reason"] is None:
        made["missing_reason"] = "no_single_number"  # days, texts: a table says them
    return made


def _told(figure: Figure) -> dict[str, Any]:
    match figure:
        case Unknown():
            return {"missing_reason": figure.reason}
        case Rate():
            return _rate(figure)
        case Total():
            return {
                "value": figure.value,
                "unit": figure.unit,
                "n": figure.n,
                "parts": figure.parts or None,
                "interval": _pair(figure.low, figure.high),
                "usual": _usual(figure.usual),
                "basis": figure.basis,
            }
        case Parts():
            return {
                "value": figure.total,
                "unit": figure.unit,
                "n": figure.n,
                "parts": {part.key: part.value for part in figure.parts},
                "basis": figure.basis,
            }
        case Dots():
            return _dots(figure)
        case Chain():
            steps = {step.key: step.lines for step in figure.steps}
            first = figure.steps[0].lines if figure.steps else None
            return {
                "value": first,
                "unit": "lines",
                "n": figure.tasks,
                "parts": steps,
                "basis": figure.basis,
            }
        case Curve():
            return _curve(figure)
        case Weeks():
            return _weeks(figure)
        case Table():
            return _table(figure)


def _rate(rate: Rate) -> dict[str, Any]:
    share = rate.share
    return {
        "value": None if share is None else 100 * share,
        "unit": "percent",
        "n": rate.hits,
        "of": rate.trials,
        "parts": dict(rate.apart) or None,
        "interval": _pair(rate.low, rate.high, 100),
        "usual": _usual(rate.usual, 100),
        "basis": rate.basis,
        "missing_reason": "no_activity" if share is None else None,
    }


def _dots(dots: Dots) -> dict[str, Any]:
    low, high = dots.quartiles or (None, None)
    # a cost has one figure over all tasks; of times and sizes it is the median
    value = dots.median if dots.per is None else dots.per
    return {
        "value": value,
        "unit": dots.unit,
        "n": dots.n,
        "of": dots.of,
        "parts": {"median": dots.median, "q1": low, "q3": high, **dots.beside},
        "interval": _pair(dots.low, dots.high),
        "usual": _usual(dots.usual),
        "basis": dots.basis,
        "missing_reason": "too_few" if value is None else None,
    }


def _curve(curve: Curve) -> dict[str, Any]:
    told = curve.told
    shares = {f"{days}_d": None if at is None else 100 * at for days, at in curve.at.items()}
    return {
        "value": 100 * told.share,
        "unit": "percent",
        "n": curve.n,
        "of": curve.lines,
        "parts": {"days": curve.day, **shares, **curve.apart},
        "interval": _pair(told.low, told.high, 100),
        "basis": curve.basis,
    }


def _weeks(weeks: Weeks) -> dict[str, Any]:
    inside = [week for week in weeks.weeks if week.in_period]
    known = [week.total for week in inside if week.total is not None]
    parts = {
        key: sum(value for week in inside if (value := week.values[place]) is not None)
        for place, key in enumerate(weeks.parts)
    }
    return {
        "value": sum(known) if known else None,
        "unit": weeks.unit,
        "n": len(known),
        "parts": parts,
        "usual": _usual(weeks.usual),
        "basis": weeks.basis,
        "missing_reason": None if known else "no_activity",
    }


def _table(table: Table) -> dict[str, Any]:
    # a table is no one number: its last column of numbers stands in the parts
    places = [place for place, column in enumerate(table.columns) if column.kind in NUMBERS]
    parts = {key: cells[places[-1]] for key, cells in table.rows} if places else None
    return {"n": len(table.rows), "parts": parts, "basis": "derived"}


def _pair(low: float | None, high: float | None, times: float = 1) -> list[float] | None:
    return None if low is None or high is None else [low * times, high * times]


def _usual(usual: tuple[float, float, float] | None, times: float = 1) -> list[float] | None:
    return None if usual is None else [usual[0] * times, usual[2] * times]


def rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The measures of a document as flat rows, the whole period first, then its parts."""
    found = [{"group": "", **one} for one in body["measures"]]
    for group in body["groups"]:
        found += [{"group": group["key"], **one} for one in group["measures"]]
    return found

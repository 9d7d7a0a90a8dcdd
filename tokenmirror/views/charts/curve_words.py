"""What a curve of lasting lines says: readouts, its description, and its table."""

from __future__ import annotations

from collections.abc import Sequence

from tokenmirror.language import listing, mark, number, percent, percent_range, tr
from tokenmirror.measures.figures import Column, Curve, CurvePoint, Table
from tokenmirror.measures.intervals import percent_step

MARKS = (0, 7, 14, 30, 60, 90)  # days that are labelled and stand in the table
OTHER_KINDS = mark("You choose what to give to AI, so these are different kinds of work.")

Named = tuple[str, Curve]


def _share_words(point: CurvePoint) -> tuple[str, str]:
    """The share and its likely range, no finer than the range allows; "" where there is none."""
    if point.low is None or point.high is None:
        return percent(point.share), ""
    step = percent_step(point.low, point.high)
    low, high = (round(100 * end / step) * step / 100 for end in (point.low, point.high))
    share = percent(point.share, step)
    if low == high:  # all tasks are alike: drawing them again tells nothing
        return share, ""
    said = tr("around {share}", share=share) if step > 1 else share
    return said, percent_range(low, high)


def told_words(point: CurvePoint) -> str:
    """The day a curve is told by: "30 days: 88 %, likely 83-92 %"."""
    days = number(point.days)
    share, likely = _share_words(point)
    if not likely:
        return tr("{days} days: {share}", days=days, share=share)
    return tr("{days} days: {share}, likely {range}", days=days, share=share, range=likely)


def day_words(curve: Curve, day: int) -> str:
    """The readout of one day: share, likely range, lines watched so long."""
    if day >= len(curve.points):
        return tr("Day {day}: too few lines were watched so long.", day=number(day))
    point = curve.points[day]
    left = number(point.left)
    share, likely = _share_words(point)
    if not likely:
        return tr(
            "Day {day}: {share} still there. {n} lines were there and watched until then.",
            day=number(day), share=share, n=left,
        )  # fmt: skip
    return tr(
        "Day {day}: {share} still there, likely {range}. {n} lines were there and watched until"
        " then.",
        day=number(day), share=share, n=left, range=likely,
    )  # fmt: skip


def describe_curve(title: str, named: Sequence[Named]) -> str:
    """Kind and axes; for each curve what is left after some days; what is missing."""
    kind = tr(
        "{title}: step curves of the share still there, 0 to 100 %, over 90 days since the lines"
        " shipped; {n} of them.",
        title=title,
        n=number(len(named)),
    )
    said = [_curve_words(name, curve) for name, curve in named]
    note = tr(OTHER_KINDS) if len(named) > 1 else ""
    return " ".join(part for part in (kind, *said, _missing(named), note) if part)


def curve_table(named: Sequence[Named]) -> Table:
    """The curves by labelled day: share, likely range, lines left."""
    columns = [Column("days", tr("Days"), "number")]
    rows: list[tuple[str, tuple[object, ...]]] = []
    for place, (name, _) in enumerate(named):
        prefix = f"{name}: " if len(named) > 1 else ""
        columns += [
            Column(f"share{place}", f"{prefix}{tr('still there')}", "percent"),
            Column(f"likely{place}", f"{prefix}{tr('likely')}", "text"),
            Column(f"left{place}", f"{prefix}{tr('lines left')}", "number"),
        ]
    reach = max((len(curve.points) for _, curve in named), default=0)
    for day in (day for day in MARKS if day < reach):
        cells: list[object] = [day]
        for _, curve in named:
            cells += _cells(curve, day)
        rows.append((str(day), tuple(cells)))
    return Table(tuple(columns), tuple(rows), named[0][1].sentence if named else "")


def _cells(curve: Curve, day: int) -> tuple[object, ...]:
    if day >= len(curve.points):
        return (None, None, None)
    point = curve.points[day]
    return (point.share, _share_words(point)[1] or None, point.left)


def _curve_words(name: str, curve: Curve) -> str:
    if not curve.points:
        return tr("{name}: nothing can be told.", name=name)
    days = [
        tr(
            "{share} after {days} days",
            share=_share_words(curve.points[day])[0],
            days=number(day),
        )
        for day in MARKS[1:]
        if day < len(curve.points)
    ]
    return tr(
        "{name}: {lines} lines of {n} pieces of work, {shares}.",
        name=name,
        lines=number(curve.lines),
        n=number(curve.n),
        shares=listing(days) or tr("all of it too young"),
    )


def _missing(named: Sequence[Named]) -> str:
    short = [
        tr("{name} after day {day}", name=name, day=number(len(curve.points) - 1))
        for name, curve in named
        if curve.points and len(curve.points) <= MARKS[-1]
    ]
    if not short:
        return tr("Nothing is missing.")
    return tr("Too early to tell: {names}.", names=listing(short))

"""What charts say: descriptions of at least three sentences, readouts, and their tables.

One pure function for each kind of figure; the same text is the description for screen
readers, the ``alt`` of pictures and the stand-in where pictures cannot go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tokenmirror.language import day, listing, number, percent, percent_range, tr, tr_n
from tokenmirror.measures.figures import Chain, Column, Dots, Parts, Step, Table, Week, Weeks
from tokenmirror.views.widgets.answers import speaker


def describe_weeks(title: str, weeks: Weeks) -> str:
    """Kind and axes; lowest, highest and latest; against the usual range; what is missing."""
    say = speaker(weeks.unit)
    known = [(week, week.total) for week in weeks.weeks if week.recorded]
    totals = [(week, total) for week, total in known if total is not None]
    kind = tr(
        "{title}: stacked bars, one a {step}, from 0; {n} of them, of {names}.",
        title=title,
        step=_step(weeks),
        n=number(len(weeks.weeks)),
        names=listing(weeks.names) or title,
    )
    if not totals:
        nothing = tr("None of them holds anything known.")
        return " ".join((kind, nothing, _missing(weeks)))
    low = min(totals, key=_total)
    high = max(totals, key=_total)
    last = totals[-1]
    range_ = tr(
        "Lowest {low} in the {step} of {low_day}, highest {high} in that of {high_day}, "
        "latest {last}; {all} in all.",
        step=_step(weeks),
        low=say(low[1]), low_day=day(low[0].first),
        high=say(high[1]), high_day=day(high[0].first),
        last=say(last[1]) + (tr(" so far") if last[0].so_far else ""),
        all=say(sum(total for _, total in totals)),
    )  # fmt: skip
    if weeks.unit == "percent":  # shares of different wholes do not add up
        range_ = tr(
            "Lowest {low} in the {step} of {low_day}, highest {high} in that of {high_day}, "
            "latest {last}.",
            step=_step(weeks),
            low=say(low[1]), low_day=day(low[0].first),
            high=say(high[1]), high_day=day(high[0].first),
            last=say(last[1]),
        )  # fmt: skip
    return " ".join((kind, range_, _against_usual(weeks, totals), _missing(weeks)))


def describe_chain(title: str, chain: Chain) -> str:
    """Kind and axes; each bar with its share; the largest loss; what it rests on."""
    kind = tr("{title}: {n} nested bars in lines, from 0.", title=title, n=len(chain.steps))
    bars = listing([step_words(step) for step in chain.steps]) or tr("no bars")
    rest = tr_n("It rests on {n} task.", "It rests on {n} tasks.", chain.tasks)
    lost = [step.loss for step in chain.steps if step.loss]
    losses = tr("Not carried on: {losses}.", losses=listing(lost)) if lost else tr("No loss named.")
    return " ".join(
        part for part in (kind, tr("{bars}.", bars=bars), losses, rest, chain.apart) if part
    )


def describe_dots(title: str, dots: Dots) -> str:
    """Kind and axes; lowest, highest, middle; against the usual range; what is left out."""
    say = speaker(dots.unit)
    scale = tr("a logarithmic axis") if dots.log else tr("an axis from 0")
    kind = tr("{title}: one mark a task on {scale}; {n} tasks.", title=title, scale=scale,
              n=number(len(dots.dots)))  # fmt: skip
    if not dots.dots:
        return " ".join((kind, tr("There is nothing to mark."), dots.sentence))
    low = min(dots.dots, key=lambda one: one.value)
    high = max(dots.dots, key=lambda one: one.value)
    ends = tr(
        "Lowest {low} ({low_title}), highest {high} ({high_title}).",
        low=say(low.value), low_title=low.title, high=say(high.value), high_title=high.title,
    )  # fmt: skip
    middle = ""
    if dots.median is not None:
        middle = tr("Median {median}.", median=say(dots.median))
        if dots.quartiles is not None:
            middle = tr(
                "Median {median}, half between {low} and {high}.",
                median=say(dots.median),
                low=say(dots.quartiles[0]),
                high=say(dots.quartiles[1]),
            )
    open_ = sum(not one.done for one in dots.dots)
    rest = tr_n("{n} of them did not get there.", "{n} of them did not get there.", open_)
    return " ".join(part for part in (kind, ends, middle, rest) if part)


def describe_parts(title: str, parts: Parts) -> str:
    """Kind; every part with its value and share; the whole and what it rests on."""
    say = speaker(parts.unit)
    kind = tr("{title}: one bar in {n} parts.", title=title, n=number(len(parts.parts)))
    named = [part_words(parts, place) for place in range(len(parts.parts))]
    whole = tr("Together {total}, from {n}.", total=say(parts.total), n=number(parts.n))
    largest = max(parts.parts, key=lambda part: part.value, default=None)
    top = tr("The largest is {name}.", name=largest.name) if largest else tr("It is empty.")
    return " ".join((kind, tr("{parts}.", parts=listing(named) or tr("no parts")), top, whole))


def week_words(week: Week, weeks: Weeks) -> str:
    """The readout of one week: "Week of 5 Oct: 6 shipped, 1 on a branch"."""
    if week.sentence:  # it names its week
        return week.sentence.rstrip(".")
    if not week.recorded:
        what = tr("the data begin later")
    elif week.total is None:
        what = tr("not known")
    else:
        say = speaker(weeks.unit)
        pairs = zip(week.values, weeks.names, strict=False)
        said = [f"{say(value)} {in_sentence(name)}" for value, name in pairs if value]
        what = listing(said) if said else tr("nothing")
    named = {
        "day": tr("{day}: {what}", day=day(week.first, weekday=True), what=what),
        "month": tr("Month of {day}: {what}", day=day(week.first), what=what),
    }
    text = named.get(weeks.step) or tr("Week of {day}: {what}", day=day(week.first), what=what)
    return tr("{text}, so far", text=text) if week.so_far else text


def step_words(step: Step) -> str:
    """One bar of the chain in words: count, share of the one before, interval."""
    words = tr_n("{name} {n} line", "{name} {n} lines", step.lines, name=step.name)
    share = share_words(step)
    return f"{words} ({share})" if share else words


def share_words(step: Step) -> str:
    """The share of a bar in the one before, with its interval: "63 %, likely 55 to 70"."""
    if step.note:
        return step.note
    if step.share is None:
        return ""
    if step.low is None or step.high is None:
        return percent(step.share)
    return tr(
        "{share}, likely {range}",
        share=percent(step.share),
        range=percent_range(step.low, step.high),
    )


def part_words(parts: Parts, place: int) -> str:
    """One part with its value and share."""
    part = parts.parts[place]
    value = speaker(parts.unit)(part.value)
    if not parts.total:
        return f"{part.name} {value}"
    share = percent(part.value / parts.total)
    return tr("{name} {value} ({share})", name=part.name, value=value, share=share)


def weeks_table(weeks: Weeks, *, prefix: str = "") -> Table:
    """The numbers of a weekly chart: a row a week, a column a part, and the total."""
    keys = (*weeks.parts, *weeks.small_parts)
    names = (*weeks.names, *weeks.small_names)
    kind: Literal["number", "percent"] = "percent" if weeks.unit == "percent" else "number"

    def scaled(value: float | None) -> float | None:
        return value / 100 if kind == "percent" and value is not None else value

    columns = [Column("first", tr("Week of"), "day")]
    columns += [
        Column(key, f"{prefix}{name}", kind if key in weeks.parts else "number")
        for key, name in zip(keys, names, strict=True)
    ]
    columns.append(Column("total", tr("Total"), kind))
    rows = tuple(
        (
            week.first.isoformat(),
            (
                week.first,
                *(scaled(value) for value in week.values),
                *week.small,
                scaled(week.total if week.recorded else None),
            ),
        )
        for week in weeks.weeks
    )
    return Table(tuple(columns), rows, weeks.sentence)


def rows_table(named: Sequence[tuple[str, Weeks]]) -> Table:
    """Several weekly charts on one time axis as one table."""
    columns: list[Column] = [Column("first", tr("Week of"), "day")]
    cells: dict[str, list[object]] = {}
    for name, weeks in named:
        columns += [
            Column(f"{name}/{key}", tr("{row}: {part}", row=name, part=part), "number")
            for key, part in zip(weeks.parts, weeks.names, strict=True)
        ]
        for week in weeks.weeks:
            cells.setdefault(week.first.isoformat(), [week.first]).extend(week.values)
    rows = tuple((key, tuple(row)) for key, row in cells.items() if len(row) == len(columns))
    return Table(tuple(columns), rows, " ".join(weeks.sentence for _, weeks in named))


def chain_table(chain: Chain) -> Table:
    """The numbers of the chain: a row a bar, and one for each of its parts."""
    columns = (
        Column("name", tr("Step"), "text"),
        Column("lines", tr("Lines"), "number"),
        Column("share", tr("Of the step before"), "text"),
        Column("loss", tr("Not carried on"), "text"),
    )
    rows: list[tuple[str, tuple[object, ...]]] = []
    for step in chain.steps:
        rows.append((step.key, (step.name, step.lines, share_words(step), step.loss)))
        rows += [
            (f"{step.key}/{part.key}", (f"{step.name}: {part.name}", part.value, "", ""))
            for part in step.parts
        ]
    return Table(columns, tuple(rows), chain.sentence)


def dots_table(dots: Dots) -> Table:
    """The numbers of a dot strip: a row a task."""
    columns = (
        Column("title", tr("Task"), "text"),
        Column("value", tr("Value"), "money" if dots.unit == "usd" else "number"),
        Column("done", tr("Completed"), "text"),
    )
    ordered = sorted(dots.dots, key=lambda one: one.value)
    rows = tuple(
        (one.key, (one.title, one.value, tr("yes") if one.done else tr("no"))) for one in ordered
    )
    return Table(columns, rows, dots.sentence)


def parts_table(parts: Parts) -> Table:
    """The numbers of a divided bar: a row a part."""
    columns = (
        Column("name", tr("Part"), "text"),
        Column("value", tr("Value"), "money" if parts.unit == "usd" else "number"),
        Column("share", tr("Share"), "percent"),
    )
    rows = tuple(
        (part.key, (part.name, part.value, part.value / parts.total if parts.total else None))
        for part in parts.parts
    )
    return Table(columns, rows, parts.sentence)


def in_sentence(name: str) -> str:
    """A name within a sentence: small first letter, unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _step(weeks: Weeks) -> str:
    return {"day": tr("day"), "month": tr("month")}.get(weeks.step) or tr("week")


def _total(pair: tuple[Week, float]) -> float:
    return pair[1]


def _against_usual(weeks: Weeks, totals: list[tuple[Week, float]]) -> str:
    if weeks.usual is None:
        return weeks.lacking or tr("There is no usual range yet.")
    say = speaker(weeks.unit)
    low, _, high = weeks.usual
    outside = [
        day(week.first) for week, total in totals if not week.so_far and not low <= total <= high
    ]
    usual = tr("The usual range is {low} to {high}", low=say(low), high=say(high))
    if not outside:
        return tr("{usual}; all full ones lie in it.", usual=usual)
    return tr("{usual}; outside it: {days}.", usual=usual, days=listing(outside))


def _missing(weeks: Weeks) -> str:
    early = sum(not week.recorded for week in weeks.weeks)
    young = sum(week.early for week in weeks.weeks)
    unknown = sum(week.recorded and week.total is None and not week.early for week in weeks.weeks)
    said = []
    if young:
        said.append(
            tr_n("for {n} it is too early to tell", "for {n} it is too early to tell", young)
        )
    if early:
        said.append(tr_n("{n} lies before the data begin", "{n} lie before the data begin", early))
    if unknown:
        said.append(tr_n("{n} is not known", "{n} are not known", unknown))
    return tr("{gaps}.", gaps=listing(said)) if said else tr("Nothing is missing.")

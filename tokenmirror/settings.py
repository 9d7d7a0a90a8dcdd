"""The person's settings: every option once, with its default and its words."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from tokenmirror.errors import UserError
from tokenmirror.language import mark

Theme = Literal["system", "light", "dark"]
Keep = Literal["figures", "titles", "text"]


def _words(title: str, effect: str) -> dict[str, str]:
    return {"title": title, "effect": effect}


@dataclass(frozen=True)
class Settings:
    """All options.  ``unknown`` holds keys of other versions, which are kept."""

    theme: Theme = field(
        default="system",
        metadata=_words(mark("Theme"), mark("Light or dark, or as the system has it.")),
    )
    text_scale: int = field(
        default=100, metadata=_words(mark("Text size"), mark("80 to 200 percent."))
    )
    locale: str = field(
        default="en_US", metadata=_words(mark("Language"), mark("Words and number formats."))
    )
    zone: str = field(
        default="",
        metadata=_words(mark("Time zone"), mark("Empty: the zone of this computer.")),
    )
    day_start_min: int = field(
        default=240,
        metadata=_words(
            mark("A day begins at"), mark("Minutes after midnight; work before it counts back.")
        ),
    )
    week_start: int = field(
        default=0, metadata=_words(mark("First day of the week"), mark("0 is Monday."))
    )
    year_start: int = field(
        default=1,
        metadata=_words(
            mark("Quarters begin in"), mark("A month, for fiscal years that differ from the year.")
        ),
    )
    working_hours: tuple[str, ...] = field(
        default=(),
        metadata=_words(
            mark("Working hours"),
            mark("One span for each day from Monday on, such as 09:00-17:30; empty: not told."),
        ),
    )
    keep: Keep = field(
        default="figures",
        metadata=_words(
            mark("How much to keep"),
            mark("Figures only, also titles of commits and branches, or also prompt text."),
        ),
    )
    landing_days: int = field(
        default=7,
        metadata=_words(
            mark("Days until a commit"), mark("How long after an edit its commit is looked for.")
        ),
    )
    excluded: tuple[str, ...] = field(
        default=(),
        metadata=_words(mark("Files left out"), mark("Patterns of files that count nowhere.")),
    )
    origin_rules: tuple[str, ...] = field(
        default=("a", "b", "c"),
        metadata=_words(
            mark("Rules for unattended runs"),
            mark("Which of the rules a, b and c keep prompts apart that no log tells about."),
        ),
    )
    repeats: int = field(
        default=5,
        metadata=_words(mark("Equal prompts"), mark("This many in the time below look automatic.")),
    )
    repeat_words: int = field(
        default=4,
        metadata=_words(
            mark("Words of an equal prompt"), mark("Shorter ones are how people talk.")
        ),
    )
    repeat_hours: int = field(
        default=24,
        metadata=_words(mark("Hours for equal prompts"), mark("How close together they must be.")),
    )
    rhythm_prompts: int = field(
        default=12,
        metadata=_words(mark("Prompts in a rhythm"), mark("This many in a row are looked at.")),
    )
    rhythm_percent: int = field(
        default=10,
        metadata=_words(
            mark("Evenness of the gaps"),
            mark("Their spread in percent of their mean; below it a clock is likely."),
        ),
    )
    chain_prompts: int = field(
        default=20,
        metadata=_words(mark("Prompts in a chain"), mark("This many in one session.")),
    )
    chain_seconds: int = field(
        default=3,
        metadata=_words(
            mark("Seconds after the answer"), mark("The usual gap of a chain lies below this.")
        ),
    )
    check_in: bool = field(
        default=False,
        metadata=_words(
            mark("Ask how the week went"), mark("Three answers once a week; skipping is silent.")
        ),
    )
    check_in_day: int = field(
        default=4,
        metadata=_words(mark("Asked from"), mark("A day of the week, 0 is Monday.")),
    )
    refresh_min: int = field(
        default=10,
        metadata=_words(
            mark("Read again after"), mark("Minutes after which coming back reads new logs.")
        ),
    )
    last_page: str = "overview"
    geometry: str = ""
    columns: tuple[str, ...] = ()
    unknown: dict[str, Any] = field(default_factory=dict)


# how far the thresholds of rules for unattended runs may be moved
RANGES = {
    "repeats": (2, 1000),
    "repeat_words": (1, 100),
    "repeat_hours": (1, 720),
    "rhythm_prompts": (3, 1000),
    "rhythm_percent": (1, 100),
    "chain_prompts": (3, 1000),
    "chain_seconds": (1, 3600),
    "check_in_day": (0, 6),
}
Span = tuple[int, int]
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def working(spans: tuple[str, ...]) -> tuple[Span | None, ...] | None:
    """Working hours by weekday from Monday on, in minutes after midnight.

    A day off is an empty text.  ``None`` when they are not told, or not told for seven days
    in spans that end after they begin.
    """
    if len(spans) != 7:
        return None
    found: list[Span | None] = []
    for text in spans:
        parts = _SPAN.fullmatch(text)
        if not text:
            found.append(None)
            continue
        if parts is None:
            return None
        begin, end = (int(parts[at]) * 60 + int(parts[at + 1]) for at in (1, 3))
        if not begin < end <= 24 * 60:
            return None
        found.append((begin, end))
    return tuple(found)


def load(path: Path) -> tuple[Settings, str]:
    """The settings of a file, and a sentence to tell once ("" when all is well).

    A file that cannot be understood is set aside with its date, and defaults are used;
    a single value of a wrong kind keeps its default.
    """
    try:
        stored = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        return Settings(), ""
    except OSError:
        return Settings(), "The settings cannot be read; defaults are used."
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        aside = path.with_suffix(f".{time.strftime('%Y-%m-%d-%H%M%S')}.json")
        with contextlib.suppress(OSError):
            path.replace(aside)
        return Settings(), f"The settings could not be understood; they lie in {aside.name}."
    return _filled(stored if isinstance(stored, dict) else {}), ""


def _filled(stored: dict[str, Any]) -> Settings:
    known = {entry.name for entry in fields(Settings)} - {"unknown"}
    settings = Settings(unknown={k: v for k, v in stored.items() if k not in known})
    for name in known & stored.keys():
        default = getattr(settings, name)
        value = stored[name]
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(str(part) for part in value)
        if type(value) is type(default) and _allowed(name, value):
            settings = replace(settings, **{name: value})
    return settings


def _allowed(name: str, value: object) -> bool:
    choices = {"theme": ("system", "light", "dark"), "keep": ("figures", "titles", "text")}
    ranges = {
        "text_scale": (80, 200),
        "day_start_min": (0, 480),
        "week_start": (0, 6),
        "year_start": (1, 12),
        "landing_days": (7, 30),
        "refresh_min": (1, 1440),
        **RANGES,
    }
    if name in choices:
        return value in choices[name]
    if name == "working_hours" and isinstance(value, tuple):
        return not value or working(value) is not None
    if name == "origin_rules" and isinstance(value, tuple):
        return set(value) <= {"a", "b", "c"}
    if name in ranges and isinstance(value, int):
        low, high = ranges[name]
        return low <= value <= high
    return True


def save(path: Path, settings: Settings) -> None:
    """Write the settings under a temporary name and put them in place.

    Raises ``UserError`` when the folder cannot be written; the old file stays whole.
    """
    values = asdict(settings)
    values |= values.pop("unknown")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(values), indent=2))
        Path(name).replace(path)
    except OSError as error:
        raise UserError(
            "The settings could not be saved.",
            "Make room on the disk, or allow writing in the settings folder.",
        ) from error

"""Colours, type, sizes, icons and the one style sheet, from ``resources/theme/``.

Everything painted asks ``current()`` while it paints, so a change of theme needs no more than
a repaint; ``Theme.changed`` is for what keeps pictures of its own (icons, pens of plots).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from typing import Any, Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from tokenmirror import paths

Mode = Literal["system", "light", "dark"]
TypeKind = Literal["display", "title", "heading", "body", "label", "note", "tick", "mono"]
FillStyle = Literal["solid", "hatch", "dense", "outline", "soft"]

TEXT_SCALES = (80, 90, 100, 110, 125, 150, 175, 200)
BUNDLED = "Inter"
_UNNAMED = {"DejaVu Sans", "Sans Serif", "Sans", ""}
_ICON_RATIOS = (1.0, 2.0)


@dataclass(frozen=True)
class Fill:
    """How an area is filled: each style means one thing in every chart.

    ``solid`` known · ``dense`` hatch: allowed, applied, less certain · ``hatch``: in progress,
    too early, cannot tell · ``outline``: without · ``soft``: undecided, usual range.
    """

    colour: QColor
    style: FillStyle = "solid"


@dataclass(frozen=True)
class Look:
    """The colours of one theme by dotted name (``accent``, ``chain.accepted``, ``category.0``)."""

    name: str
    colours: dict[str, str]

    @classmethod
    def of(cls, name: str, tokens: dict[str, Any]) -> Look:
        """A look from its part of ``tokens.json``, nested names joined by dots."""
        flat: dict[str, str] = {}
        for key, value in tokens.items():
            if isinstance(value, dict):
                flat |= {f"{key}.{inner}": text for inner, text in value.items()}
            elif isinstance(value, list):
                flat |= {f"{key}.{place}": text for place, text in enumerate(value)}
            else:
                flat[key] = value
        return cls(name, flat)

    def fill(self, name: str) -> Fill:
        """The fill of that name; ``hatch:`` and ``outline:`` borrow another colour."""
        value = self.colours[name]
        style, _, other = value.partition(":")
        if not other:
            return Fill(QColor(value))
        return Fill(self.fill(other).colour, "hatch" if style == "hatch" else "outline")


@dataclass(frozen=True)
class Tokens:
    """``tokens.json``: both looks, type as (pixels, weight), lengths and times (ms)."""

    light: Look
    dark: Look
    type: dict[str, tuple[int, int]]
    size: dict[str, int]
    radius: dict[str, int]
    motion_ms: dict[str, int]


@lru_cache(maxsize=1)
def tokens() -> Tokens:
    """The tokens that come with the program."""
    raw = json.loads(paths.resource("theme/tokens.json").read_text("utf-8"))
    return Tokens(
        light=Look.of("light", raw["light"]),
        dark=Look.of("dark", raw["dark"]),
        type={kind: (size, weight) for kind, (size, weight) in raw["type"].items()},
        size=raw["size"],
        radius=raw["radius"],
        motion_ms={key: value for key, value in raw["motion"].items() if isinstance(value, int)},
    )


class Theme(QObject):
    """The look of the running program: mode, text scale, fonts, colours, icons.

    ``text_scale`` is a percentage, 80 to 200.  ``changed`` follows every change, also one of
    the system's own scheme while the mode is "system".
    """

    changed = Signal()

    def __init__(
        self, app: QApplication, mode: Mode = "system", text_scale: int = 100, *, family: str = ""
    ) -> None:
        super().__init__(app)
        self._app = app
        self._hints = app.styleHints()  # kept: a chained call has crashed
        self._mode: Mode = mode
        self._scale = _within(text_scale)
        self._family = family or _interface_family(app)
        self._look = self._wanted()
        self._bundled = self._family == BUNDLED
        self._reduced = False
        self._fills: dict[tuple[str, str], Fill] = {}
        self._fonts: dict[tuple[TypeKind, bool, int, int], QFont] = {}
        app.setStyle("Fusion")
        self._apply()
        self._hints.colorSchemeChanged.connect(self._follow_system)

    @property
    def mode(self) -> Mode:
        """What was asked for: "system", "light" or "dark"."""
        return self._mode

    @property
    def dark(self) -> bool:
        """Whether the dark look is the one in use."""
        return self._look is tokens().dark

    @property
    def text_scale(self) -> int:
        """Text size as a percentage."""
        return self._scale

    @property
    def family(self) -> str:
        """The family of all text but the fixed-width one."""
        return self._family

    @property
    def motion(self) -> bool:
        """Whether panes and toasts may move."""
        if self._reduced:
            return False
        accessibility = getattr(self._hints, "accessibility", None)  # from Qt 6.10 on
        asked = getattr(accessibility() if accessibility else None, "motionPreference", None)
        return asked is None or "Reduce" not in str(asked())

    def reduce_motion(self, *, reduced: bool) -> None:
        """The person's own wish, on top of the system's."""
        self._reduced = reduced

    def set_mode(self, mode: Mode) -> None:
        """Change to light, dark or what the system says."""
        self._mode = mode
        self._turn_to(self._wanted())

    def set_text_scale(self, percent: int) -> None:
        """Change the size of all text and of what is measured by it."""
        percent = _within(percent)
        if percent != self._scale:
            self._scale = percent
            self._apply()
            self.changed.emit()

    def step_text_scale(self, direction: int) -> None:
        """The next larger (+1) or smaller (-1) text size; 0 goes back to 100 %."""
        if direction == 0:
            self.set_text_scale(100)
            return
        larger = [scale for scale in TEXT_SCALES if scale > self._scale]
        smaller = [scale for scale in TEXT_SCALES if scale < self._scale]
        nearest = larger[:1] if direction > 0 else smaller[-1:]
        self.set_text_scale(nearest[0] if nearest else self._scale)

    def colour(self, name: str) -> QColor:
        """The colour of that dotted name; a hatch or outline gives the colour it is drawn in."""
        return QColor(self.fill(name).colour)

    def fill(self, name: str) -> Fill:
        """The fill of that dotted name (``outcome.in_progress`` is a hatch)."""
        known = self._fills.get((self._look.name, name))
        if known is None:
            known = self._fills[self._look.name, name] = self._look.fill(name)
        return known

    def px(self, length: float) -> int:
        """A length of 100 % in whole pixels at the text scale in use."""
        return round(length * self._scale / 100)

    def size(self, name: str) -> int:
        """A named size of the tokens ("control", "row", "target"), scaled."""
        return self.px(tokens().size[name])

    def font(self, kind: TypeKind = "body", *, tabular: bool = False, weight: int = 0) -> QFont:
        """The font of that kind; ``tabular`` for figures that stand under each other.

        The same object each time (painting asks for it in every cell): copy it to change it.
        """
        key = (kind, tabular, weight, self._scale)
        if key not in self._fonts:
            self._fonts[key] = self._made_font(kind, weight, tabular=tabular)
        return self._fonts[key]

    def pixmap(self, name: str, tone: str = "text2", size: float = 20, ratio: float = 1) -> QPixmap:
        """The icon of that name drawn in one colour, ``size`` pixels at 100 %."""
        side = self.px(size)
        return _drawn_icon(name, self.colour(tone).name(), side, ratio)

    def icon(self, name: str, tone: str = "text2", size: float = 20, *, pad: float = 0) -> QIcon:
        """The same as an icon: sharp on screens of ratio 1 and 2, paler when disabled.

        ``pad`` is room left and right of it, between icon and words.
        """
        icon = QIcon()
        for ratio in {*_ICON_RATIOS, self._app.devicePixelRatio()}:
            own = _padded(self.pixmap(name, tone, size, ratio), self.px(pad))
            faded = _padded(self.pixmap(name, "borderStrong", size, ratio), self.px(pad))
            icon.addPixmap(own)
            icon.addPixmap(faded, QIcon.Mode.Disabled)
        return icon

    @contextmanager
    def borrowed(self, look: Literal["light", "dark"]) -> Iterator[None]:
        """Paint in that look for a moment, without a change of theme: saved pictures are light."""
        own, scale = self._look, self._scale
        self._look, self._scale = getattr(tokens(), look), 100
        try:
            yield
        finally:
            self._look, self._scale = own, scale

    def _made_font(self, kind: TypeKind, weight: int, *, tabular: bool) -> QFont:
        size, own_weight = tokens().type[kind]
        if kind == "mono":
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        else:
            font = QFont(self._family)
        font.setPixelSize(max(self.px(size), 1))
        font.setWeight(QFont.Weight(weight or own_weight))
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        if self._bundled:
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    @Slot()
    def _follow_system(self) -> None:
        self._turn_to(self._wanted())

    def _wanted(self) -> Look:
        if self._mode == "system":
            dark = self._hints.colorScheme() is Qt.ColorScheme.Dark
        else:
            dark = self._mode == "dark"
        return tokens().dark if dark else tokens().light

    def _turn_to(self, look: Look) -> None:
        if look is not self._look:
            self._look = look
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        global _current
        _current = self
        self._app.setPalette(_palette(self._look))
        self._app.setFont(self.font("body"))
        self._app.setStyleSheet(style_sheet(self))
        # the same sheet with a new palette repaints nothing by itself
        for window in self._app.topLevelWidgets():
            QTimer.singleShot(0, window, window.update)


_current: Theme | None = None


def current() -> Theme:
    """The theme of the running program; made for it when nothing has set one yet."""
    if _current is not None:
        return _current
    app = QApplication.instance()
    assert isinstance(app, QApplication), "a theme needs an application"
    return Theme(app)


def style_sheet(theme: Theme) -> str:
    """The one style sheet: ``theme.qss`` with the names after ``$`` filled in.

    ``$accent`` is a colour, ``${px_12}`` a scaled length, ``${font_note}`` a size and weight.
    """
    text = paths.resource("theme/theme.qss").read_text("utf-8")
    slots = {"mono": theme.font("mono").family()}
    for name in _PLAIN_COLOURS:
        slots[name] = theme.colour(name).name()
    for length in {int(found) for found in re.findall(r"\$\{px_(\d+)\}", text)}:
        slots[f"px_{length}"] = f"{theme.px(length)}px"
    for kind, (size, weight) in tokens().type.items():
        slots[f"font_{kind}"] = f"font-size: {theme.px(size)}px; font-weight: {weight}"
    return Template(text).substitute(slots)


_PLAIN_COLOURS = (
    "canvas", "surface", "sidebar", "selection", "text", "text2", "text3", "border",
    "borderStrong", "usualBand", "accent", "onAccent", "focus", "caution", "danger", "onDanger",
)  # fmt: skip


def _palette(look: Look) -> QPalette:
    """A palette for Fusion, the Disabled group too."""
    role = QPalette.ColorRole
    names = {
        role.Window: "canvas", role.WindowText: "text", role.Base: "surface",
        role.AlternateBase: "canvas", role.Text: "text", role.Button: "surface",
        role.ButtonText: "text", role.BrightText: "danger", role.ToolTipBase: "surface",
        role.ToolTipText: "text", role.PlaceholderText: "text3", role.Highlight: "selection",
        role.HighlightedText: "text", role.Link: "accent", role.LinkVisited: "accent",
        role.Light: "surface", role.Midlight: "sidebar", role.Mid: "border",
        role.Dark: "borderStrong", role.Shadow: "borderStrong", role.Accent: "accent",
    }  # fmt: skip
    palette = QPalette()
    for where, name in names.items():
        palette.setColor(where, look.fill(name).colour)
    pale = look.fill("text3").colour
    for where in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, pale)
    return palette


@lru_cache(maxsize=512)
def _drawn_icon(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    drawing = paths.resource(f"icons/{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _padded(pixmap: QPixmap, pad: int) -> QPixmap:
    if not pad:
        return pixmap
    ratio = pixmap.devicePixelRatio()
    wider = QPixmap(pixmap.width() + round(2 * pad * ratio), pixmap.height())
    wider.setDevicePixelRatio(ratio)
    wider.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wider)
    painter.drawPixmap(pad, 0, pixmap)
    painter.end()
    return wider


def _within(percent: int) -> int:
    return max(TEXT_SCALES[0], min(TEXT_SCALES[-1], percent))


def _interface_family(app: QApplication) -> str:
    """The platform's own font, or the bundled one where the platform names none worth it."""
    own = QFontInfo(app.font()).family()
    if sys.platform in {"win32", "darwin"} or own not in _UNNAMED:
        return own
    return bundled_family() or own


def bundled_family() -> str:
    """Load the bundled font; its family, empty when the files cannot be loaded."""
    loaded = [
        QFontDatabase.addApplicationFont(str(paths.resource(f"fonts/Inter-{style}.ttf")))
        for style in ("Regular", "Medium", "SemiBold")
    ]
    return BUNDLED if all(number >= 0 for number in loaded) else ""

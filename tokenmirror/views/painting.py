"""Drawing shared by charts, marks and tables: fills, hatches, crisp lines, cut-off text."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from tokenmirror.views.theme import Fill, current

_HATCHES = {  # distance along a row of pixels, thickness
    "hatch": (5.0, 1.2),
    "dense": (4.0, 1.8),
}


def crisp(rect: QRectF) -> QRectF:
    """The rectangle on whole pixels, at least one wide and high where it was not empty."""
    left, top = round(rect.left()), round(rect.top())
    right, bottom = round(rect.right()), round(rect.bottom())
    if rect.width() > 0:
        right = max(right, left + 1)
    if rect.height() > 0:
        bottom = max(bottom, top + 1)
    return QRectF(left, top, right - left, bottom - top)


def hair(value: float) -> float:
    """The middle of the pixel in which a 1 px line stays sharp."""
    return math.floor(value) + 0.5


def hatch(painter: QPainter, rect: QRectF, colour: QColor, *, dense: bool = False) -> None:
    """Lines of 45° in the rectangle; ``dense`` reads as a tone of its colour."""
    scale = current().text_scale / 100
    distance, width = (scale * length for length in _HATCHES["dense" if dense else "hatch"])
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, width))
    lines = []
    # counted from the picture's own origin, so that neighbouring areas go on in line
    start = math.floor((rect.left() + rect.top()) / distance) * distance
    place = start
    while place < rect.right() + rect.bottom():
        lines.append(QLineF(place - rect.top(), rect.top(), place - rect.bottom(), rect.bottom()))
        place += distance
    if lines:
        painter.drawLines(lines)
    painter.restore()


def fill(painter: QPainter, rect: QRectF, how: Fill, *, radius: float = 0, line: float = 1) -> None:
    """Fill a rectangle in one of the five styles; hatches and outlines stand on surface."""
    if rect.width() <= 0 or rect.height() <= 0:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if how.style == "solid":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(how.colour)
        painter.drawRoundedRect(rect, radius, radius)
        painter.restore()
        return
    ground = current().colour("usualBand" if how.style == "soft" else "surface")
    painter.fillRect(rect, ground)
    if how.style in _HATCHES:
        hatch(painter, rect, how.colour, dense=how.style == "dense")
    edge(painter, rect, how.colour, line, radius)
    painter.restore()


def edge(
    painter: QPainter, rect: QRectF, colour: QColor, line: float = 1, radius: float = 0
) -> None:
    """A line inside the border of the rectangle."""
    half = line / 2
    painter.setPen(_mitred(colour, line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = rect.adjusted(half, half, -half, -half)
    if radius:
        painter.drawRoundedRect(inner, radius, radius)
    else:
        painter.drawRect(inner)


def top_rounded(rect: QRectF, radius: float) -> QPainterPath:
    """A rectangle whose upper corners are round, as the outline of a bar's last part."""
    radius = min(radius, rect.width() / 2, rect.height())
    path = QPainterPath(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + radius)
    path.quadTo(rect.topLeft(), QPointF(rect.left() + radius, rect.top()))
    path.lineTo(rect.right() - radius, rect.top())
    path.quadTo(rect.topRight(), QPointF(rect.right(), rect.top() + radius))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path


def band(painter: QPainter, rect: QRectF, centre: float | None, *, upright: bool) -> None:
    """The usual range: soft fill, both edges 1 px, the centre dotted.

    ``upright``: the edges stand left and right (a strip); otherwise above and below (a plot).
    ``centre`` is the place of the centre line on the other axis.
    """
    theme = current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.fillRect(rect, theme.colour("usualBand"))
    painter.setPen(QPen(theme.colour("borderStrong"), 1))
    dotted = QPen(theme.colour("borderStrong"), 1, Qt.PenStyle.CustomDashLine)
    dotted.setDashPattern([1, 3])
    if upright:
        for x in (rect.left(), rect.right() - 1):
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom() - 1))
        if centre is not None:
            painter.setPen(dotted)
            painter.drawLine(QPointF(centre, rect.top() + 1), QPointF(centre, rect.bottom() - 1))
    else:
        for y in (rect.top(), rect.bottom() - 1):
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right() - 1, y))
        if centre is not None:
            painter.setPen(dotted)
            painter.drawLine(QPointF(rect.left(), centre), QPointF(rect.right() - 1, centre))
    painter.restore()


def words(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    tone: str = "text",
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """One line of text, vertically centred, cut with an ellipsis where it does not fit."""
    painter.setFont(font)
    painter.setPen(current().colour(tone))
    metrics = QFontMetricsF(font)
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 0.5)
    painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, cut)


def dot(
    painter: QPainter, centre: QPointF, radius: float, colour: QColor, *, hollow: bool = False
) -> None:
    """A dot with a surface rim, or a hollow one for few data and the week so far."""
    surface = current().colour("surface")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if hollow:
        painter.setPen(QPen(colour, 2))
        painter.setBrush(surface)
        painter.drawEllipse(centre, radius, radius)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(surface)
        painter.drawEllipse(centre, radius + 2, radius + 2)
        painter.setBrush(colour)
        painter.drawEllipse(centre, radius, radius)
    painter.restore()


def _mitred(colour: QColor, line: float) -> QPen:
    pen = QPen(colour, line)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen

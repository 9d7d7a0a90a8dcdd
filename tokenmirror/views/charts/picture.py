"""Saved pictures of charts: always on light paper, with title, legend and coverage."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.legend import paint_entry
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current

SCALE = 2
_MARGIN = 20


def save_picture(
    chart: Chart, path: Path, title: str, subtitle: str = "", footnote: str = ""
) -> None:
    """Write the chart as SVG (by the ending) or as PNG at twice its size.

    Raises ``UserError`` when the file cannot be written.
    """
    cursor, chart.at = chart.at, None
    try:
        with current().borrowed("light"):
            chart.restyle()
            svg = path.suffix.lower() == ".svg"
            content = _svg(chart, title, subtitle, footnote) if svg else b""
            if not svg:
                content = _png(chart, title, subtitle, footnote)
    finally:
        chart.at = cursor
        chart.restyle()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(
            tr("The picture cannot be saved: {why}.", why=error.strerror or error),
            tr("Choose another place for it."),
        ) from error


def _png(chart: Chart, title: str, subtitle: str, footnote: str) -> bytes:
    size = _size(chart, title, subtitle, footnote)
    image = QImage(size * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(current().colour("surface"))
    painter = QPainter(image)
    _paint(painter, chart, size, title, subtitle, footnote)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def _svg(chart: Chart, title: str, subtitle: str, footnote: str) -> bytes:
    size = _size(chart, title, subtitle, footnote)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(QPointF(0, 0), QSizeF(size)))
    generator.setTitle(title)
    generator.setDescription(chart.describe())
    painter = QPainter(generator)
    painter.fillRect(QRectF(QPointF(0, 0), QSizeF(size)), current().colour("surface"))
    _paint(painter, chart, size, title, subtitle, footnote)
    painter.end()
    return bytes(data.data())


def _size(chart: Chart, title: str, subtitle: str, footnote: str) -> QSize:
    head, foot = _head(chart, title, subtitle), _line("note") + 8 if footnote else 0
    return QSize(chart.width() + 2 * _MARGIN, round(chart.height() + head + foot + 2 * _MARGIN))


def _head(chart: Chart, title: str, subtitle: str) -> float:
    legend = _line("note") + 10 if chart.legend() else 0
    return (_line("heading") if title else 0) + (_line("note") if subtitle else 0) + legend + 6


def _line(kind: str) -> float:
    font = current().font("heading" if kind == "heading" else "note")
    return QFontMetricsF(font).height()


def _paint(
    painter: QPainter, chart: Chart, size: QSize, title: str, subtitle: str, footnote: str
) -> None:
    theme = current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wide = size.width() - 2 * _MARGIN
    top = float(_MARGIN)
    for text, kind, tone in ((title, "heading", "text"), (subtitle, "note", "text3")):
        if text:
            row = QRectF(_MARGIN, top, wide, _line(kind))
            words(painter, row, text, theme.font("heading" if tone == "text" else "note"), tone)
            top += row.height()
    if chart.legend():
        _paint_legend(painter, chart, top + 6)
        top += _line("note") + 10
    flags = QWidget.RenderFlag.DrawChildren
    chart.render(painter, QPointF(_MARGIN, top + 6).toPoint(), QRegion(), flags)
    if footnote:
        row = QRectF(_MARGIN, size.height() - _MARGIN - _line("note"), wide, _line("note"))
        words(painter, row, footnote, theme.font("note"), "text3", Qt.AlignmentFlag.AlignLeft)


def _paint_legend(painter: QPainter, chart: Chart, top: float) -> None:
    font = current().font("note")
    metrics = QFontMetricsF(font)
    left = float(_MARGIN)
    for entry in chart.legend():
        sign = 18 if entry.key else 0
        square = QRectF(left, round(top + (metrics.height() - 12) / 2), 12, 12)
        if sign:
            paint_entry(painter, square, entry)
        wide = metrics.horizontalAdvance(entry.words)
        row = QRectF(left + sign, top, wide + 1, metrics.height())
        words(painter, row, entry.words, font, "text2")
        left += sign + wide + 16

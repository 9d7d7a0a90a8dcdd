"""The last resort: something broke, and the report that the person may copy."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.frame.help import Sheet, versions
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.text import Text


class CrashSheet(Sheet):
    """Says that data are safe and shows the report: versions and stack, no contents."""

    def __init__(self, stack: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Something broke. Your data is safe."), parent)
        look = theme.current()
        self.resize(look.px(640), look.px(420))
        self.rows.addWidget(
            Text(
                tr(
                    "You can go on, or close the window and open it again. The report below "
                    "holds versions and the place of the fault, nothing of your logs."
                ),
                tone="text2",
                wraps=True,
            )
        )
        self.report = QPlainTextEdit(f"{versions()}\n\n{stack}")
        self.report.setReadOnly(True)
        self.report.setFont(look.font("mono"))
        self.report.setAccessibleName(tr("Report"))
        self.rows.addWidget(self.report, 1)
        copy = Button(tr("Copy report"), icon="copy")
        copy.clicked.connect(self._copy)
        self.finish(copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())

"""Step 1: what this is, what it reads, and what it never does."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from tokenmirror.language import mark, tr
from tokenmirror.views import theme
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.widgets.buttons import Button, PrimaryButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.messages import Glyph
from tokenmirror.views.widgets.text import Text

FACTS = (
    (
        "read",
        mark("It reads the logs that AI coding tools leave on this computer, and your commits."),
    ),
    ("privacy", mark("It opens no connection and sends nothing. Nobody is ranked or scored.")),
    (
        "hide",
        mark("Prompt text is not kept unless you choose so. Code and answers are never kept."),
    ),
)


class WelcomeStep(Step):
    """Three lines and two ways on."""

    name = mark("Welcome")
    question = mark("See what came of your AI-assisted work")
    next_words = mark("Next")

    begins = Signal()
    wants_sample = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.say(tr("Read here, kept here, shown to you."))
        look = theme.current()
        card = Card()
        card.body.setSpacing(look.px(14))
        for icon, words in FACTS:
            row = QHBoxLayout()
            row.setSpacing(look.px(12))
            row.addWidget(Glyph(icon, "accent", 20))
            row.addWidget(Text(tr(words), wraps=True), 1)
            card.body.addLayout(row)
        card.setMaximumWidth(look.px(720))
        self.rows.addWidget(card)
        self.rows.addSpacing(look.px(8))
        choose = PrimaryButton(tr("Choose what to read"))
        choose.clicked.connect(self.begins)
        sample = Button(tr("Look around with sample data"))
        sample.clicked.connect(self.wants_sample)
        buttons = QHBoxLayout()
        buttons.setSpacing(look.px(8))
        buttons.addWidget(choose)
        buttons.addWidget(sample)
        buttons.addStretch(1)
        self.rows.addLayout(buttons)
        self.rows.addStretch(1)

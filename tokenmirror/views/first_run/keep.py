"""Step 4: how much is kept, each choice with a row as it would be stored."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout

from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.widgets.boxes import Radio
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Text

CHOICES = (
    (
        "figures",
        mark("Figures only"),
        mark(
            "Times, counts, models, tokens, scrambled fingerprints of lines. File paths are "
            "replaced by stand-ins in anything you export."
        ),
        mark("Wed 21 Oct, 09:40 · prompt, 42 words · Session of 21 Oct"),
    ),
    (
        "titles",
        mark("Also titles"),
        mark("Also the first lines of your commit messages, and names of branches."),
        mark("Wed 21 Oct, 09:40 · prompt, 42 words · Retry uploads on timeout"),
    ),
    (
        "text",
        mark("Also prompt text"),
        mark(
            "Also what you typed, kept in the database here and shown in Tasks. It is never "
            "exported by itself."
        ),
        mark("Wed 21 Oct, 09:40 · “The upload stops after a time-out. Make it …”"),
    ),
)


class KeepStep(Step):
    """Three radio buttons; figures only is what is chosen at first."""

    name = mark("How much to keep")
    question = mark("How much should be kept?")
    next_words = mark("Next")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.say(tr("You can change this later; what was not kept cannot be brought back."))
        self._options = desk.options
        self._group = QButtonGroup(self)
        look = theme.current()
        for number, (key, title, effect, example) in enumerate(CHOICES):
            card = Card()
            card.body.setSpacing(look.px(4))
            radio = Radio(tr(title))
            radio.setAccessibleDescription(tr(effect))
            radio.setChecked(desk.options.value.keep == key)
            self._group.addButton(radio, number)
            card.body.addWidget(radio)
            for words, kind, tone in ((effect, "body", "text2"), (example, "note", "text3")):
                row = QHBoxLayout()
                row.setContentsMargins(look.px(24), 0, 0, 0)
                row.addWidget(Text(tr(words), kind, tone, wraps=True))  # type: ignore[arg-type]
                card.body.addLayout(row)
            card.setMaximumWidth(look.px(760))
            self.rows.addWidget(card)
            self.rows.addSpacing(look.px(8))
        self._group.idClicked.connect(self._chosen)
        self.rows.addStretch(1)

    def _chosen(self, number: int) -> None:
        try:
            self._options.change(keep=CHOICES[number][0])
        except UserError as error:
            self.rows.insertWidget(2, Text(str(error), tone="danger", wraps=True))

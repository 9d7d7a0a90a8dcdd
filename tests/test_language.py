"""Numbers, money, dates and lengths of time as a person reads them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.making import run_python
from tokenmirror import language


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (lambda: language.number(12345), "12,345"),
        (lambda: language.percent(0.84), "84 %"),
        (lambda: language.percent(0.001), "<1 %"),
        (lambda: language.percent(0), "0 %"),
        (lambda: language.percent(0.999), ">99 %"),
        (lambda: language.percent(1), "100 %"),
        (lambda: language.money(3_100_000_000), "$3.10"),
        (lambda: language.money(250 * 10**9), "$250"),
        (lambda: language.money(1_000_000), "<$0.01"),
        (lambda: language.tokens(812), "812"),
        (lambda: language.tokens(12_345), "12.3 k"),
        (lambda: language.tokens(1_240_000), "1.24 M"),
        (lambda: language.tokens(999_950), "1.00 M"),
        (lambda: language.duration(45_000), "45 s"),
        (lambda: language.duration(85 * 60_000), "1 h 25 min"),
        (lambda: language.duration(72 * 3_600_000), "3 d"),
        (lambda: language.size(2_100_000_000), "2.1 GB"),
        (lambda: language.day(date(2026, 10, 5)), "5 Oct"),
        (lambda: language.day(date(2026, 10, 5), weekday=True), "Mon 5 Oct"),
        (lambda: language.month(date(2026, 10, 5)), "October 2026"),
        (lambda: language.tr_n("{n} task", "{n} tasks", 1), "1 task"),
        (lambda: language.tr_n("{n} task", "{n} tasks", 1200), "1,200 tasks"),
    ],
)
def test_figures_are_said_in_the_persons_form(said, expected):
    assert said() == expected


def test_words_and_formats_do_not_load_babel_before_a_number_is_said():
    loaded = run_python("import sys, tokenmirror.language; print('babel' in sys.modules)")

    assert loaded.strip() == "False"

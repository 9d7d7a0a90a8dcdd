"""The theme: readable, tellable apart, in one place, following its settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from tests.shared import ROOT
from tests.views.colours import BLINDNESS, contrast, difference
from tokenmirror.views.theme import Look, Theme, style_sheet, tokens
from tokenmirror.views.widgets.text import Text

LOOKS = (tokens().light, tokens().dark)
GROUNDS = ("canvas", "surface", "sidebar", "selection")


def names(look: Look) -> object:
    return look.name


@pytest.mark.parametrize("look", LOOKS, ids=names)
@pytest.mark.parametrize("ink", ["text", "text2"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_readable_on_every_ground(look: Look, ink: str, ground: str):
    assert contrast(look.colours[ink], look.colours[ground]) >= 4.5


@pytest.mark.parametrize("look", LOOKS, ids=names)
@pytest.mark.parametrize("ground", ["canvas", "surface", "sidebar"])
def test_the_palest_text_is_readable_where_it_stands(look: Look, ground: str):
    assert contrast(look.colours["text3"], look.colours[ground]) >= 4.45


@pytest.mark.parametrize("look", LOOKS, ids=names)
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("accent", "surface", 4.5), ("accent", "canvas", 4.5), ("caution", "surface", 4.5),
        ("danger", "surface", 4.5), ("onAccent", "accent", 4.5), ("onDanger", "danger", 4.5),
        ("borderStrong", "surface", 3), ("focus", "canvas", 3), ("categoryOther", "surface", 3),
    ],
)  # fmt: skip
def test_pairs_that_meet_keep_their_contrast(look: Look, ink: str, ground: str, least: float):
    assert contrast(look.colours[ink], look.colours[ground]) >= least


def solid(look: Look, group: str) -> list[str]:
    return [
        value
        for name, value in look.colours.items()
        if name.startswith(f"{group}.") and value.startswith("#")
    ]


@pytest.mark.parametrize("look", LOOKS, ids=names)
@pytest.mark.parametrize("group", ["chain", "outcome", "category"])
def test_every_mark_stands_out_from_its_ground(look: Look, group: str):
    assert all(contrast(value, look.colours["surface"]) >= 3 for value in solid(look, group))


@pytest.mark.parametrize("look", LOOKS, ids=names)
@pytest.mark.parametrize("group", ["chain", "outcome", "category"])
@pytest.mark.parametrize("sight", list(BLINDNESS))
def test_colours_of_a_set_can_be_told_apart_by_everyone(look: Look, group: str, sight: str):
    pairs = combinations(solid(look, group), 2)
    assert min(difference(one, other, sight) for one, other in pairs) >= 10


def test_no_colour_is_written_anywhere_but_in_the_tokens():
    literal = re.compile(
        r"#[0-9A-Fa-f]{6}\b|QColor\(\s*[\d\"']|rgba?\(|GlobalColor\.(?!transparent)"
    )
    files = [*(ROOT / "tokenmirror/views").rglob("*.py"), ROOT / "resources/theme/theme.qss"]
    found = [path.name for path in files if literal.search(path.read_text("utf-8"))]
    assert found == []


def test_both_looks_have_the_same_names():
    assert set(tokens().light.colours) == set(tokens().dark.colours)


def test_dark_changes_palette_and_sheet_and_tells_once(theme: Theme, qapp: QApplication, qtbot):
    with qtbot.waitSignal(theme.changed) as told:
        theme.set_mode("dark")
    assert told.signal_triggered
    ground = qapp.palette().color(QPalette.ColorRole.Window)
    assert ground == QColor(tokens().dark.colours["canvas"])
    assert tokens().dark.colours["surface"].lower() in qapp.styleSheet()


def test_the_same_mode_again_tells_nothing(theme: Theme, qtbot):
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_mode("light")


def test_disabled_text_is_paler(theme: Theme, qapp: QApplication):
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    assert qapp.palette().color(group.Disabled, role.Text) == theme.colour("text3")
    assert qapp.palette().color(group.Active, role.Text) == theme.colour("text")


def test_text_scale_scales_fonts_and_lengths(theme: Theme):
    theme.set_text_scale(200)
    assert theme.font("body").pixelSize() == 26
    assert theme.size("row") == 72


@pytest.mark.parametrize(("asked", "used"), [(10, 80), (500, 200), (130, 130)])
def test_text_scale_stays_within_its_limits(theme: Theme, asked: int, used: int):
    theme.set_text_scale(asked)
    assert theme.text_scale == used


def test_text_steps_up_and_down_and_back(theme: Theme):
    theme.step_text_scale(+1)
    assert theme.text_scale == 110
    theme.step_text_scale(-1)
    theme.step_text_scale(-1)
    assert theme.text_scale == 90
    theme.step_text_scale(0)
    assert theme.text_scale == 100


def test_labels_follow_the_scale_while_they_are_shown(theme: Theme, qtbot):
    label = Text("38 tasks", "note")
    qtbot.addWidget(label)
    label.show()
    before = label.sizeHint().width()
    theme.set_text_scale(200)
    assert label.sizeHint().width() > 1.8 * before


def test_figures_in_columns_are_tabular_and_answers_are_not(theme: Theme):
    tag = QFont.Tag("tnum")
    assert theme.font("body", tabular=True).featureValue(tag) == 1
    assert not theme.font("display").isFeatureSet(tag)


def test_icons_take_the_colour_of_their_tone(theme: Theme):
    image = theme.pixmap("check", "danger", 24, 2).toImage()
    pixels = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert pixels == {theme.colour("danger").name()}


def test_every_icon_is_a_drawing_in_the_current_colour():
    drawings = sorted((ROOT / "resources/icons").glob("*.svg"))
    plain = [path.name for path in drawings if "currentColor" in path.read_text("utf-8")]
    assert len(plain) >= 30
    assert (ROOT / "resources/icons/LICENSE.txt").exists()


def test_the_font_comes_with_its_licence_and_is_small():
    folder = ROOT / "resources/fonts"
    assert "SIL Open Font License" in (folder / "OFL.txt").read_text("utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000


def test_the_style_sheet_leaves_no_name_unfilled(theme: Theme):
    assert "$" not in style_sheet(theme)


def test_a_borrowed_look_is_given_back(theme: Theme):
    theme.set_mode("dark")
    with theme.borrowed("light"):
        assert theme.colour("surface") == QColor(tokens().light.colours["surface"])
    assert theme.colour("surface") == QColor(tokens().dark.colours["surface"])


def test_theme_and_widgets_load_neither_numpy_nor_pyqtgraph():
    folder = ROOT / "tokenmirror/views/widgets"
    modules = [f"tokenmirror.views.widgets.{path.stem}" for path in folder.glob("[a-z]*.py")]
    painted = ["tokenmirror.views.charts.chain", "tokenmirror.views.charts.chart_card"]
    code = (
        f"import sys, {', '.join([*modules, *painted])};"
        "print([n for n in ('numpy', 'pyqtgraph') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_the_systems_wish_is_light_where_it_names_none(theme: Theme):
    theme.set_mode("dark")
    theme.set_mode("system")
    assert not theme.dark
    assert theme.mode == "system"


def test_motion_stops_when_the_person_says_so(theme: Theme):
    theme.reduce_motion(reduced=True)
    assert not theme.motion

"""Settings survive bad files, and a bad value costs only itself."""

from __future__ import annotations

import json
from dataclasses import replace

from tokenmirror import settings
from tokenmirror.settings import Settings


def test_what_is_saved_is_loaded(tmp_path):
    chosen = replace(Settings(), theme="dark", text_scale=150, excluded=("*.gen",))

    settings.save(tmp_path / "settings.json", chosen)

    assert settings.load(tmp_path / "settings.json") == (chosen, "")


def test_without_a_file_the_defaults_hold(tmp_path):
    assert settings.load(tmp_path / "settings.json") == (Settings(), "")


def test_keys_of_another_version_are_kept(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"of_tomorrow": [1, 2], "theme": "dark"}', encoding="utf-8")

    loaded, _note = settings.load(path)
    settings.save(path, replace(loaded, theme="light"))

    assert json.loads(path.read_text(encoding="utf-8"))["of_tomorrow"] == [1, 2]


def test_a_value_of_a_wrong_kind_keeps_its_default(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"text_scale": 900, "theme": "pink", "landing_days": 9}', encoding="utf-8")

    loaded, _note = settings.load(path)

    assert (loaded.text_scale, loaded.theme, loaded.landing_days) == (100, "system", 9)


def test_a_file_that_cannot_be_understood_is_set_aside(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text("{broken", encoding="utf-8")

    loaded, note = settings.load(path)

    assert loaded == Settings()
    assert "could not be understood" in note
    assert [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()] == ["{broken"]

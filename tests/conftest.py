"""Isolation: no test sees this person's home, clock zone, language or git settings."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time

import hypothesis
import pytest

from tokenmirror.app import guard

# the same examples at each run and no clock, so that no run fails by luck or by a busy machine;
# `--hypothesis-profile=default` looks for new ones
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

# before any import of Qt, which reads these when it is loaded or when an application is made
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_SCALE_FACTOR"] = "1"
os.environ["QT_ACCESSIBILITY"] = "1"
os.environ["LANG"] = "C.UTF-8"
os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory):
    """Home, settings and data folders of the session lie in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    empty = home / "gitconfig"
    empty.touch()
    places = {
        "HOME": home, "USERPROFILE": home, "APPDATA": home / "roaming",
        "LOCALAPPDATA": home / "local", "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share", "XDG_CACHE_HOME": home / ".cache",
        "XDG_STATE_HOME": home / ".local/state", "GIT_CONFIG_GLOBAL": empty,
        "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("TOKENMIRROR_")]:
        del os.environ[name]
    os.environ.update({name: str(value) for name, value in places.items()})
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="session", autouse=True)
def _no_network():
    """Anything that opens a network socket or resolves a name fails, in every test."""
    guard.stand()


@pytest.fixture(scope="session", autouse=True)
def _no_collection_in_worker_threads():
    """Cycles are collected between tests: in a worker thread it would destroy widgets there."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _nothing_outlives_a_test():
    """No thread and no window stays after a test; what is to be deleted goes before the next."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before]
    for thread in started:
        thread.join(timeout=5)
    alive = [thread.name for thread in started if thread.is_alive() and not thread.daemon]
    assert not alive, f"threads outlive their test: {alive}"
    widgets = sys.modules.get("PySide6.QtWidgets")
    app = widgets.QApplication.instance() if widgets is not None else None
    if app is None:
        gc.collect(0)
        return
    core = sys.modules["PySide6.QtCore"]
    app.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    app.processEvents()
    gc.collect(1)
    left = [type(window).__name__ for window in app.topLevelWidgets() if window.isVisible()]
    assert not left, f"windows outlive their test: {left}"

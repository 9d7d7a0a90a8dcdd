"""A desk for page tests."""

from __future__ import annotations

import pytest

from tests.views import made_up


@pytest.fixture
def desk(tmp_path):
    made = made_up.a_desk(tmp_path)
    yield made
    made_up.close(made)

"""Repositories in which real assistants worked, with what is known to have happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.repos.making import Making, Outcome, Scanner, followed
from tests.shared import LOGS
from tokenmirror.repos.identity import me
from tokenmirror.repos.nouns import Edit, Pool


@dataclass
class Live:
    making: Making
    truth: dict[str, Any]
    pool: Pool
    outcome: Outcome

    def edit(self, path: str) -> Edit:
        return next(edit for edit in self.pool.edits if edit.path == path)

    def commit_by(self, who: str) -> str:
        made = [c["hash"] for c in self.truth["commits"] if c["by"].startswith(who)]
        return made[0]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


# what the assistants wrote, whole files and pieces alike in all runs
CART = [
    "    def total(self, discount=0):",
    "        if not 0 <= discount <= 100:",
    '            raise ValueError("discount must be between 0 and 100")',
    "        amount = Decimal(amount) * (100 - discount) / 100",
]
IMPORT = ["from decimal import Decimal", ""]
STOCK = [
    '"""Stock levels."""',
    "",
    "",
    "class OutOfStock(Exception):",
    "    pass",
    "",
    "",
    "def reserve(levels, sku, count=1):",
    "    left = levels.get(sku, 0) - count",
    "    if left < 0:",
    "        raise OutOfStock(sku)",
    "    levels[sku] = left",
    "    return left",
]
EXPORT = ["from .stock import OutOfStock, reserve", '__all__ = ["Cart", "OutOfStock", "reserve"]']
PRICES = ['vat_rate = Decimal("0.19")', "    return round_price(Decimal(amount) * (1 + vat_rate))"]
TEXTS = {"shop/stock.py": STOCK, "shop/__init__.py": EXPORT, "shop/prices.py": PRICES}


@pytest.fixture(params=["claude-code/live", "codex-cli/live", "vscode-copilot/desktop"])
def live(request: pytest.FixtureRequest, tmp_path: Path, scanner: Scanner) -> Live:
    folder = LOGS / request.param
    truth = json.loads((folder / "TRUTH.json").read_text())
    making = Making(tmp_path / "shop")
    bundle = str(folder / "repo.bundle")
    making.git("fetch", "-q", bundle, "refs/heads/*:refs/heads/*", "-u")
    for number, session in enumerate(truth["sessions"]):
        for edit in session["edits"]:
            if edit["outcome"] in ("applied", "kept"):
                making.now_ms = ms(edit["t"])
                cart = CART if edit["added"] == 4 else IMPORT
                making.note(number, edit["file"], TEXTS.get(edit["file"], cart))
    for commit in truth["commits"]:
        if commit["by"].startswith("agent"):
            making.now_ms = ms(commit.get("t") or commit["t"])
            making.made_by(0, commit["hash"][:7])
    scanner.since_ms = ms(truth["commits"][0]["t"]) - 86_400_000
    scanner.person = me(["dev@example.com"])
    pool = making.pool()
    return Live(making, truth, pool, scanner.scan(making, pool))


def test_the_agents_commit_ships_its_session(live: Live) -> None:
    made = live.commit_by("agent")

    assert [(k.session, k.how, k.ships) for k in live.outcome.links[made]] == [
        (0, "agent_made", True)
    ]


def test_accepted_lines_ship_and_refused_ones_do_not(live: Live) -> None:
    stock, cart = live.edit("shop/stock.py"), live.edit("shop/cart.py")

    assert followed(live.pool, cart).shipped_lines == 4
    assert followed(live.pool, stock).shipped_lines == 9
    paths = {c.path for claims in live.outcome.claims.values() for c in claims}
    assert "shop/prices.py" not in paths


def test_the_first_version_holds_nothing_of_the_tools(live: Live) -> None:
    first = live.truth["commits"][0]["hash"]

    assert not live.outcome.claims[first]
    assert not live.outcome.links[first]


def test_a_squash_of_later_work_holds_its_lines(live: Live) -> None:
    if live.truth["tool"] == "vscode-copilot":
        pytest.skip("this run ends with the agent's commit")

    assert followed(live.pool, live.edit("shop/__init__.py")).shipped_lines == 2


def test_every_commit_is_known_to_be_mine(live: Live) -> None:
    assert all(commit.mine for commit in live.outcome.commits.values())

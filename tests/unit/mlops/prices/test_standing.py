"""The cost of standing still, and what settings would save of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.prices.standing import standing
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path


def test_endpoints_are_most_of_it_and_settings_save(all_environments: Path) -> None:
    prices, assumptions = PriceFile(), read_assumptions()
    found = {
        each.name: standing(each, prices, assumptions) for each in worlds_of([all_environments])
    }
    dev = found["dev"]
    assert dev.costs["interface endpoints"] / dev.total > 0.9
    assert dev.savings["network.endpoint_zones: 1"] == pytest.approx(
        dev.costs["interface endpoints"] / 2
    )
    assert "network.endpoint_groups without analytics" not in dev.savings
    assert "network.endpoint_groups without analytics" in found["prod"].savings
    assert any("would save" in line for line in dev.lines())

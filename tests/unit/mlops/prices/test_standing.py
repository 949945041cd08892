"""The cost of standing still, and what settings would save of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.command_line.prices import standing as print_standing
from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.prices.standing import standing
from mlops_common.errors import MlopsError
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
    # The settings refuse a delivery without its endpoints.
    (setting,) = (each for each in dev.savings if "without delivery" in each)
    assert "only without `delivery`" in setting


def test_a_folder_that_is_no_cloud_assembly_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "stray.yaml").write_text("{")
    for path in (tmp_path, tmp_path / "stray.yaml", tmp_path / "missing"):
        with pytest.raises(MlopsError, match=r"is no cloud assembly: no manifest\.json") as raised:
            print_standing([path])
        assert str(raised.value).startswith(f"{path}: ")
        assert "\n" not in str(raised.value)

"""What an hour costs is read from the project's price file."""

from __future__ import annotations

from mlops_contract.prices import prices_per_hour


def test_types_have_prices_where_the_file_has_them() -> None:
    prices = prices_per_hour("eu-central-1", ["ml.m5.large", "ml.m5.xlarge", "ml.p9.enormous"])
    assert set(prices) == {"ml.m5.large", "ml.m5.xlarge"}
    assert 0 < prices["ml.m5.large"] < prices["ml.m5.xlarge"]
    assert prices_per_hour("mars-1", ["ml.m5.large"]) == {}

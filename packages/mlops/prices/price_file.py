"""The price file: list prices by region, each with date and source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mlops_common.errors import MlopsError
from mlops_contract.prices import FILE

ASSUMPTIONS = Path(__file__).with_name("assumptions.yaml")


@dataclass(frozen=True)
class Price:
    """One list price."""

    amount: float
    date: str
    source: str


class PriceFile:
    """List prices by region and name."""

    def __init__(self, path: Path = FILE) -> None:
        self.path = path
        try:
            self.content: dict[str, Any] = json.loads(path.read_text())
            self.currency = str(self.content["currency"])
            self._prices = {
                (region, name): Price(float(row["price"]), str(row["date"]), str(row["source"]))
                for region, rows in self.content["regions"].items()
                for name, row in rows.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MlopsError(f"{path}: cannot be read as a price file: {error}") from None

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions with prices, sorted."""
        return tuple(sorted(self.content["regions"]))

    def price(self, region: str, name: str) -> Price | None:
        """Look up a price, such as ``kms-key-month`` or ``sagemaker-job-hour:ml.m5.large``."""
        return self._prices.get((region, name))


@dataclass(frozen=True)
class Assumptions:
    """Quantities that no template states, explained in `assumptions.yaml`."""

    hours_a_month: float
    job_minutes: float
    builds_a_month: float
    build_minutes: float
    gigabytes_a_bucket: float

    def in_words(self) -> str:
        """Render all of them in one line."""
        return (
            f"a month of {self.hours_a_month:g} hours; {self.job_minutes:g} minutes a job and "
            f"instance, none served from a cache; {self.builds_a_month:g} builds of "
            f"{self.build_minutes:g} minutes a project; {self.gigabytes_a_bucket:g} GB a bucket"
        )


def read_assumptions(path: Path = ASSUMPTIONS) -> Assumptions:
    """Read the assumptions."""
    try:
        content = yaml.safe_load(path.read_text())
        return Assumptions(**{name: float(value) for name, value in content.items()})
    except (OSError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise MlopsError(f"{path}: cannot be read as assumptions: {error}") from None

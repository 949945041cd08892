"""The price file: AWS's list prices by region, which stacks and tools read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).with_name("prices.json")


def prices_per_hour(region: str, instance_types: Iterable[str]) -> dict[str, float]:
    """Look up the prices of jobs, in the file's currency, for the types that it has."""
    known = json.loads(FILE.read_text(encoding="utf-8"))["regions"].get(region, {})
    return {
        name: float(known[item]["price"])
        for name in instance_types
        if (item := f"sagemaker-job-hour:{name}") in known
    }

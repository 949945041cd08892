"""What an hour of an instance costs, from the price file that is kept with the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).resolve().parents[1] / "packages" / "mlops" / "prices" / "prices.json"
_ITEM = "sagemaker-job-hour:{}"


def prices_per_hour(region: str, instance_types: Iterable[str]) -> dict[str, float]:
    """Look up prices.

    Parameters
    ----------
    instance_types : iterable of str
        Such as ``ml.m5.large``.
    """
    if not FILE.is_file():  # a copy of the app without the operator's tool
        return {}
    known = json.loads(FILE.read_text(encoding="utf-8"))["regions"].get(region, {})
    return {
        name: float(known[item]["price"])
        for name in instance_types
        if (item := _ITEM.format(name)) in known
    }

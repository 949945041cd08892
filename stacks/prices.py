"""What an hour of an instance costs, from the price file that is kept with the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).resolve().parent.parent / "mlops" / "prices"


def prices_per_hour(region: str, instance_types: Iterable[str]) -> dict[str, float]:
    """Look up prices in the newest price file.

    Parameters
    ----------
    region : str
        Where instances run.
    instance_types : iterable of str
        Such as ``ml.m5.large``.

    Returns
    -------
    dict of str to float
        US dollars an hour; types without a price are left out.
    """
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        return {}
    known = json.loads(files[-1].read_text(encoding="utf-8")).get(region, {})
    return {name: known[name] for name in instance_types if name in known}

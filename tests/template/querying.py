"""Environments whose batches come from a query, as their settings and as their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from environments import load_environment
from tests.synthesis import SETTINGS
from tests.template import existing

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings

QUERIES: dict[str, dict[str, Any]] = {
    "athena": {
        "service": "athena",
        "database": "lake",
        "tables": ["abalone", "sites"],
        "prefixes": ["lake/abalone/", "lake/sites/"],
        "statement": "SELECT * FROM abalone",
    },
    "redshift": {
        "service": "redshift",
        "cluster": "warehouse",
        "database": "sales",
        "user": "scoring",
        "statement": "SELECT * FROM abalone",
    },
}


def settings_with(query: dict[str, Any], folder: Path) -> EnvironmentSettings:
    """The settings of dev, with a query."""
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    content["batch"] = {"query": query}
    (folder / "dev.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for other in ("staging.yaml", "prod.yaml"):  # where the delivery goes on to
        (folder / other).write_text((SETTINGS / other).read_text(encoding="utf-8"))
    return load_environment("dev", folder)


def synthesize(service: str, folder: Path, *, judged: bool = False) -> Path:
    """Synthesize that environment alone; with the rule packs, if it is judged."""
    return existing.synthesize(settings_with(QUERIES[service], folder), folder, judged=judged)

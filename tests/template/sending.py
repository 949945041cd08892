"""An environment to which others send data, as its settings and as its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from environments import load_environment
from tests.synthesis import SETTINGS
from tests.template import existing

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings

UPSTREAM = "arn:aws:iam::444444444444:role/upstream/nightly-export"
LABS = "arn:aws:iam::555555555555:role/labs"
OURS = "arn:aws:iam::111111111111:role/forms"
ENDPOINT, ORGANIZATION = "vpce-0fedcba9876543210", "o-a1b2c3d4e5"
SENDERS: list[dict[str, Any]] = [
    {"role": UPSTREAM, "sends": {"abalone": ["batch"]}, "endpoint": ENDPOINT},
    {"role": LABS, "sends": {"abalone": ["truth"]}, "organization": ORGANIZATION},
    {"role": OURS, "sends": {"abalone": ["batch"], "flights": ["raw"]}},
]


def settings_with(senders: list[dict[str, Any]], folder: Path) -> EnvironmentSettings:
    """The settings of dev alone, with senders."""
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    for name in ("promotes_to", "delivery", "project_template"):
        del content[name]
    content["senders"] = senders
    (folder / "dev.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_environment("dev", folder)


def synthesize(folder: Path, *, judged: bool = False) -> Path:
    """Synthesize it; with the rule packs, if it is judged."""
    return existing.synthesize(settings_with(SENDERS, folder), folder, judged=judged)

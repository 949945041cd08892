"""Findings: none unacknowledged, few acknowledged, each of those for a reason that still holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.template.assembly import ENVIRONMENTS, Stacks

if TYPE_CHECKING:
    from pathlib import Path


def test_the_rule_packs_ran_and_passed(cloud_assembly: Path) -> None:
    # `synth` raises otherwise; and without acknowledgments the packs do find something.
    report = json.loads((cloud_assembly / "validation-report.json").read_text())
    assert all(plugin["conclusion"] == "success" for plugin in report["pluginReports"])
    assert json.loads((cloud_assembly / "findings.json").read_text())


def test_fewer_than_one_acknowledgment_in_ten_resources(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        assert len(stacks.acknowledged) * 10 < stacks.resources


def test_every_acknowledgment_is_needed_and_every_finding_acknowledged(
    cloud_assembly: Path,
) -> None:
    findings = {tuple(row) for row in json.loads((cloud_assembly / "findings.json").read_text())}
    acknowledged = {
        (name, entry["rule"])
        for name in ENVIRONMENTS
        for entry in Stacks(cloud_assembly, name).acknowledged
    }
    assert acknowledged == findings


def test_reasons_are_sentences(dev: Stacks) -> None:
    for entry in dev.acknowledged:
        assert len(entry["reason"].split()) >= 10, entry
        assert entry["reason"].endswith("."), entry

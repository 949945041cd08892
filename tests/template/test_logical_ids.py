"""Logical ids stay: a resource whose id or type changes is replaced wherever it is deployed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline_definitions.catalog import pipeline_files
from tests.synthesis import ENVIRONMENTS

# A line for each resource: stack, logical id, type.
RECORDED = Path(__file__).parent / "logical_ids"
# Code of jobs is delivered under the hash of its content: by design another resource when it changes.
CONTENT = re.compile(r"(?<=DeliveryCode)[0-9a-f]{12}(\w*?)[0-9A-F]{8}\b")
# An adopter's own pipelines add resources; nothing else does.
PIPELINES = {"batch-inference", "model-quality", "training"}


def _resources(assembly: Path) -> set[str]:
    manifest = json.loads((assembly / "manifest.json").read_text())
    stacks = {
        artifact["properties"]["templateFile"]: artifact["properties"]["stackName"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return {
        f"{stacks.get(file.name, file.name.partition('.')[0])}"
        f" {CONTENT.sub(r'*\1*', name)} {resource['Type']}"
        for file in assembly.glob("*.template.json")
        for name, resource in json.loads(file.read_text())["Resources"].items()
    }


def _differences(assembly: Path, recorded: set[str]) -> list[str]:
    found = _resources(assembly)
    gone = [f"gone: {each}" for each in sorted(recorded - found)]
    ours = set(pipeline_files()) == PIPELINES
    return gone + [f"not recorded: {each}" for each in sorted(found - recorded) if ours]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_resources_are_those_that_are_deployed(all_environments: Path, environment: str) -> None:
    recorded = (RECORDED / f"{environment}.txt").read_text().splitlines()
    assert recorded == sorted(set(recorded))
    assert _differences(all_environments / f"assembly-{environment}", set(recorded)) == []


def test_another_id_or_type_is_seen(tmp_path: Path) -> None:
    stack = {"type": "aws:cloudformation:stack"}
    properties = {"templateFile": "x.template.json", "stackName": "s"}
    (tmp_path / "manifest.json").write_text(
        json.dumps({"artifacts": {"x": {**stack, "properties": properties}}})
    )
    template = {"Resources": {"A": {"Type": "T"}, "B": {"Type": "T"}}}
    (tmp_path / "x.template.json").write_text(json.dumps(template))
    assert _differences(tmp_path, {"s A T", "s B T"}) == []
    gone = _differences(tmp_path, {"s A T2", "s B1 T"})[:2]
    assert gone == ["gone: s A T2", "gone: s B1 T"]

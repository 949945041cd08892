"""The platform without its example, without any pipeline, and with two model projects."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import Tree, copy_tree
from tests.example import take_out
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

TUMOURS = ("tumours", "tumours_batch")
PREFIX = "secure-mlops-dev-"


def _tree(folder: Path, *, abalone: bool, tumours: bool) -> Tree:
    tree = copy_tree(folder / "project")
    definitions = tree.root / "pipeline_definitions"
    if not abalone:
        take_out(tree.root)
    for name in TUMOURS if tumours else ():
        shutil.copytree(PROJECT / "examples" / name, definitions / name)
    return tree


def _resources(tree: Tree, kind: str) -> list[dict[str, Any]]:
    folder = tree.root / "build" / "cloud-assembly" / "dev"
    files = (each for each in folder.rglob("*.template.json") if ".product." not in each.name)
    templates = (json.loads(file.read_text()) for file in files)
    found = (each for one in templates for each in one["Resources"].values())
    return [each["Properties"] for each in found if each["Type"] == kind]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("tumours", [False, True])
def test_without_abalone_it_synthesizes_and_is_proved(tmp_path: Path, *, tumours: bool) -> None:
    tree = _tree(tmp_path, abalone=False, tumours=tumours)
    done = tree.run("mlops", "synth", "--environment", "dev,staging,prod")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    pipelines = {each["PipelineName"] for each in _resources(tree, "AWS::SageMaker::Pipeline")}
    assert pipelines == ({f"{PREFIX}tumours", f"{PREFIX}tumours-batch"} if tumours else set())
    rules = [str(each.get("EventPattern")) for each in _resources(tree, "AWS::Events::Rule")]
    assert not [each for each in rules if "abalone" in each]
    listed = tree.run("mlops", "promote", "--environment", "dev", "--local")
    assert listed.returncode != 0
    says = "no model package group" if tumours else "groups: none has a batch pipeline"
    assert says in listed.stderr or "no version of" in listed.stderr
    tree.run("mlops", "local", "stop")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_model_projects_leave_each_other_alone(tmp_path: Path) -> None:
    tree = _tree(tmp_path, abalone=True, tumours=True)
    (tree.root / "rows.csv").write_text("size,malign\n1,0\n")
    words = ["-c", "environment=dev", "-c", "dataset=tumours=rows.csv"]
    done = tree.run("cdk", "synth", "--quiet", "--output", "build/cloud-assembly/dev", *words)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    starts = {
        each["Name"]: json.loads(each["Target"]["Input"])["PipelineName"].removeprefix(PREFIX)
        for each in _resources(tree, "AWS::Scheduler::Schedule")
    }
    assert starts == {
        "batch-inference": "batch-inference",
        "model-quality": "model-quality",
        "retraining": "training",
        "tumours": "tumours",
        "tumours-batch": "tumours-batch",
    }
    rules = {each["Name"]: each for each in _resources(tree, "AWS::Events::Rule")}
    for name, pipeline, prefix in (
        ("retraining-on-data", "training", "abalone/raw/"),
        ("tumours-on-data", "tumours", "tumours/raw/"),
    ):
        rule = rules[f"{PREFIX}{name}"]
        assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": prefix}]}
        (target,) = rule["Targets"]
        assert target["Arn"].endswith(f":pipeline/{PREFIX}{pipeline}")
    decided = rules[f"{PREFIX}model-decided"]["EventPattern"]["detail"]
    assert decided["ModelPackageGroupName"] == [f"{PREFIX}abalone-age", f"{PREFIX}tumours"]
    delivered = _resources(tree, "Custom::CDKBucketDeployment")
    assert "tumours/raw/" in {each["DestinationBucketKeyPrefix"] for each in delivered}
    groups = _resources(tree, "AWS::SageMaker::ModelPackageGroup")
    assert {each["ModelPackageGroupName"] for each in groups} == {
        f"{PREFIX}{name}" for name in ("abalone-age", "batch-inference", "tumours", "tumours-batch")
    }
    alarms = [each["AlarmName"] for each in _resources(tree, "AWS::CloudWatch::Alarm")]
    of_tumours = {name for name in alarms if name.startswith(f"{PREFIX}tumours")}
    # Its batches publish no figures, and dev says nothing about when it is late.
    kinds = ("failed", "late", "step-slow")
    assert of_tumours == {
        f"{PREFIX}{name}-{kind}" for name in ("tumours", "tumours-batch") for kind in kinds
    }

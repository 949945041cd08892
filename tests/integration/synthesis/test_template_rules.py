"""CloudFormation's rules say the same as the CDK's own validation, asked or remembered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.store import NO_CACHE
from tests.synthesis import PROJECT, of_sources

if TYPE_CHECKING:
    from pathlib import Path

# A synthesis of one stack with a warning, another with an error if asked for, both acknowledged or
# not. Prints which templates were asked about.
PROGRAM = """
import json, os, pathlib, sys
import aws_cdk as cdk
from stacks import template_rules
from stacks.context import project_context

words = sys.argv[2:]
template_rules.STORE = template_rules.Store(pathlib.Path(sys.argv[1]))
app = cdk.App(
    outdir=os.environ["CDK_OUTDIR"],
    context=project_context(),
    builtin_cloud_formation_validation="builtin" in words,
)
asked, begun = [], []
ask = template_rules.TemplateRules._ask
def note(self, requests):
    asked.extend(each["stack_construct_path"] for each in requests)
    if "dead" in words:
        self._process.kill()
    return ask(self, requests)
template_rules.TemplateRules._ask = note
if "builtin" not in words:
    template_rules.add_template_rules(app, first=begun.extend)
stage = cdk.Stage(app, "dev", env=cdk.Environment(account="111111111111", region="eu-west-1"))
for name in ("One", "Two"):
    stack = cdk.Stack(stage, name)
    cdk.CfnResource(stack, "Subnet", type="AWS::EC2::Subnet", properties={
        "VpcId": "vpc-0a1b2c3d", "CidrBlock": "10.0.0.0/24",
        "AvailabilityZone": "eu-west-1b" if "changed" in words and name == "Two" else "eu-west-1a",
    })
if "error" in words:
    cdk.CfnResource(stack, "Wrong", type="AWS::S3::Bucket", properties={"Nothing": 1})
if "accepted" in words:
    cdk.Validations.of(app).acknowledge(
        cdk.Acknowledgment(id="CloudFormation-Validate::W3010", reason="they are given")
    )
try:
    app.synth()
finally:
    print(json.dumps({"asked": asked, "begun": len(begun)}))
"""


def _run(folder: Path, *words: str, **variables: str) -> tuple[int, Any, Any]:
    """Return the exit code, what the program says, and the report."""
    output = folder / "out"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "store"), *words],
        env={**os.environ, NO_CACHE: "", **of_sources(PROJECT), "CDK_OUTDIR": str(output)}
        | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    report = output / "validation-report.json"
    said = [] if not report.exists() else json.loads(report.read_text())["pluginReports"]
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout), said


@pytest.mark.slow
@pytest.mark.parametrize("words", [("error",), ("accepted",)])
def test_it_reports_what_the_cdk_reports(tmp_path: Path, words: tuple[str, ...]) -> None:
    own, _, expected = _run(tmp_path / "theirs", "builtin", *words)
    assert json.dumps(expected).count("W3010")
    first, said, report = _run(tmp_path, *words)
    assert said == {"asked": ["dev/One", "dev/Two"], "begun": 2}
    assert (first, report) == (own, expected)
    again, said, report = _run(tmp_path, *words)
    assert said["asked"] == (["dev/Two"] if "error" in words else [])
    assert (again, report) == (own, expected)
    assert own == (1 if "error" in words else 0)
    _, said, report = _run(tmp_path, *words, **{NO_CACHE: "1"})
    assert said["asked"] == ["dev/One", "dev/Two"]
    assert report == expected


@pytest.mark.slow
def test_changes_and_damage_are_asked_about(tmp_path: Path) -> None:
    _, _, expected = _run(tmp_path)
    _, said, report = _run(tmp_path, "changed")
    assert said["asked"] == ["dev/Two"]
    assert "eu-west-1b" in json.dumps(report)
    for entry in (tmp_path / "store").iterdir():
        entry.write_bytes(entry.read_bytes().replace(b"W3010", b"W0000"))
    _, said, report = _run(tmp_path)
    assert said["asked"] == ["dev/One", "dev/Two"]
    assert report == expected


def test_no_answer_is_a_failure(tmp_path: Path) -> None:
    code, _, report = _run(tmp_path, "dead")
    assert code == 1
    assert "template_checks ended with" in json.dumps(report)


def test_the_caller_may_turn_validation_off(tmp_path: Path) -> None:
    code, said, report = _run(tmp_path, CDK_VALIDATION="false")
    assert (code, said, report) == (0, {"asked": [], "begun": 0}, [])

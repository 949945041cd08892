"""A broken promise fails the synthesis, naming promise, resource and request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from promises.plugin import broken_promises
from stacks.promises import add_promises
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from constructs import Construct


class OpenStage(cdk.Stage):
    """A bucket without a policy."""

    def __init__(self, scope: Construct) -> None:
        environment = cdk.Environment(account="111111111111", region="eu-central-1")
        super().__init__(scope, "sandbox", env=environment)
        s3.CfnBucket(cdk.Stack(self, "Storage"), "Data", bucket_name="team-data")


def test_a_broken_promise_fails_the_synthesis(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = cdk.App(outdir=str(tmp_path))
    OpenStage(app)
    add_promises(app, partial(broken_promises, instance_types=lambda *_: ()))
    try:
        app.synth()
        message = ""
    except Exception as error:  # noqa: BLE001 - jsii's own kinds
        message = str(error)
    printed = capfd.readouterr()
    report = "".join(
        [message, printed.out, printed.err]
        + [each.read_text() for each in tmp_path.rglob("*report.json")]
    )
    assert message, "the synthesis did not fail"
    assert "Promise-1" in report
    assert "Data" in report
    assert "s3:" in report
    assert "team-data" in report


def test_what_a_judge_finds_nothing_in_is_synthesized(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    OpenStage(app)
    add_promises(app, lambda _: [])
    app.synth()
    assert list(tmp_path.rglob("*.template.json"))


BESIDE = """
import app, json, os, pathlib, sys

judge = app.judge_beside({})
pathlib.Path("Open.template.json").write_text(json.dumps({"Resources": {
    "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "team-data"}},
}}))
found = judge([str(pathlib.Path("Open.template.json").absolute())])
children = pathlib.Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
print(json.dumps([len(children), [vars(each) for each in found]]))
"""


def test_the_process_beside_a_synthesis_reports_what_is_broken(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BESIDE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    children, found = json.loads(done.stdout)
    assert children == 1
    (first, *_) = [each for each in found if each["rule"] == "Promise-1"]
    assert first["logical_id"] == "Data"
    assert first["template"].endswith("Open.template.json")
    assert "team-data" in first["statement"]

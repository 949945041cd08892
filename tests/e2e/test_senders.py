"""Data from their sender to the predictions, or to an alarm: the whole platform on the local AWS.

Policies are kept there, not enforced: that a sender can put its files and nobody else can is
proved on the template (promise 23, `tests/template/test_senders.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from mlops.operations.sending import PART_BYTES
from pipeline_local.local_aws.pipeline_metrics import NAMESPACE

if TYPE_CHECKING:
    from tests.e2e.conftest import Tree

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PLACE = "111111111111-eu-central-1"
DATA, ARTIFACTS = (f"secure-mlops-dev-{name}-{PLACE}" for name in ("data", "artifacts"))
SENDERS = """
senders:
  - role: arn:aws:iam::111111111111:role/forms
    sends: {abalone: [batch, truth, raw]}
"""
NAMES = "id,sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight"
FAILED = "secure-mlops-dev-batch-inference-failed"


class Deployed:
    """The platform of a tree, deployed to its local AWS by the CDK's command line."""

    def __init__(self, tree: Tree) -> None:
        settings = tree.root / "environments" / "dev.yaml"
        settings.write_text(settings.read_text() + SENDERS)
        self.tree = tree
        self.variables = tree.facts("mlops", "local", "start")["environment"]
        account, _, region = PLACE.partition("-")
        self.run("cdk", "bootstrap", f"aws://{account}/{region}", folder="build")  # without the app
        self.run("cdk", "deploy", "dev/**", "-c", "environment=dev", "--require-approval", "never")

    def run(self, *words: str, code: int = 0, folder: str = "") -> str:
        """Run a command as its user does, whose AWS is the local one."""
        program = self.tree.root / "node_modules" / ".bin" / "cdk"
        first = [str(program)] if words[0] == "cdk" else [f"{sys.prefix}/bin/{words[0]}"]
        done = subprocess.run(
            [*first, *words[1:]],
            cwd=self.tree.root / folder,
            env={**self.tree.variables, **self.variables, "CI": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-4000:]
        return done.stdout

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            region_name=self.variables["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
        )

    def keys(self, prefix: str) -> list[str]:
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=ARTIFACTS, Prefix=prefix)
        return [each["Key"] for page in found for each in page.get("Contents", ())]

    def alarms(self, *names: str) -> dict[str, str]:
        kinds = ["MetricAlarm", "CompositeAlarm"]
        found = self.client("cloudwatch").describe_alarms(AlarmNames=names, AlarmTypes=kinds)
        listed = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        return {each["AlarmName"]: each["StateValue"] for each in listed}


@pytest.fixture(scope="module")
def deployed(tree: Tree, stand_in: str) -> Deployed:
    """A platform with an approved model."""
    found = Deployed(tree)
    found.run("mlops", "data", "send", stand_in, "--dataset", "abalone", "--as", "raw")
    found.run("mlops", "run", "training", "--environment", "dev", "--wait")
    words = ["1", "--local", "--group", "abalone-age", "--reason", "the first one"]
    found.run("mlops", "models", "approve", *words)
    return found


def _batch(rows: list[str], note: str) -> str:
    """Write rows without rings, each with a note that nobody needs."""
    lines = [f"{n},{row.rpartition(',')[0]},{note}" for n, row in enumerate(rows)]
    return "\n".join([f"{NAMES},note", *lines]) + "\n"


def test_a_batch_that_is_sent_is_scored(deployed: Deployed, stand_in: str, tmp_path: Path) -> None:
    lines = Path(stand_in).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line[0] in "FIM"][:2000]
    path = tmp_path / "large.csv"
    path.write_text(_batch(rows, "x" * 9000))
    assert path.stat().st_size > PART_BYTES
    said = deployed.run("mlops", "data", "send", str(path), "--dataset", "abalone")
    assert said.startswith("sent")
    (sent,) = deployed.client("s3").list_objects_v2(Bucket=DATA, Prefix="abalone/batch/large")[
        "Contents"
    ]
    assert sent["ETag"].endswith('-2"'), "in parts"
    deployed.run("mlops", "run", "batch-inference", "--environment", "dev", "--wait")
    marks = deployed.keys("predictions/batch-inference/batches/")
    (marker,) = (key for key in marks if key.endswith(".json"))
    scored = deployed.client("s3").get_object(Bucket=ARTIFACTS, Key=marker)["Body"].read()
    assert json.loads(scored)["rows_scored"] == len(rows)
    said = deployed.run("mlops", "data", "send", str(path), "--dataset", "abalone", code=1)
    assert "left as it is" in said
    assert deployed.alarms(FAILED) == {FAILED: "OK"}


def test_a_batch_without_a_scorable_row_fails_with_the_reasons_and_raises_the_alarm(
    deployed: Deployed, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"{NAMES}\na,X,1,1,1,1,1,1,1\nb,M,1,1,1,1,1,1,0\n")
    deployed.run("mlops", "data", "send", str(path), "--dataset", "abalone")
    reasons = "2 of 2 rows (100.00%) cannot be scored: 1 rows such as row 1: sex 'X' is not one of"
    said = deployed.run("mlops", "run", "batch-inference", "--environment", "dev", "--wait", code=1)
    assert reasons in said
    by = [{"Name": "PipelineName", "Value": "secure-mlops-dev-batch-inference"}]
    listed = deployed.client("cloudwatch").list_metrics(
        Namespace=NAMESPACE, MetricName="ExecutionFailed", Dimensions=by
    )
    assert len(listed["Metrics"]) == 1
    over = FAILED.removesuffix("-failed")
    assert deployed.alarms(FAILED, over) == {FAILED: "ALARM", over: "ALARM"}
    said = deployed.run("mlops", "alarms", "list", "--environment", "dev")
    assert "A run of batch-inference failed" in said
    kept = deployed.keys("quarantine/")
    assert [key.rpartition("/")[2] for key in kept] == ["bad.csv", "reason.json"]
    assert all(key.startswith("quarantine/abalone/batch/") for key in kept)
    reason = deployed.client("s3").get_object(Bucket=ARTIFACTS, Key=kept[1])["Body"].read()
    assert json.loads(reason)["reason"].startswith(reasons)

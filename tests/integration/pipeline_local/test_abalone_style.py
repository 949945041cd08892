"""A definition in the style of AWS's abalone example, with the built-in algorithm throughout."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly.functions import TemplateFunction
from mlops_common.times import now
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.jobs.work import RunContext
from pipeline_local.runs.checks import check
from pipeline_local.runs.deployment import ensure_model_package_group
from pipeline_local.runs.execution import Execution
from pipeline_local.runs.run_state import RunFolder, RunState, StepState
from pipeline_local.steps.function_code import keep_functions
from pipeline_schema.definition import parse_definition
from pipeline_schema.parameters import bind_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import SmallProject

    from pipeline_local.aws import Aws

BUCKET, ACCOUNT, REGION = "abalone-style", "111122223333", "eu-central-1"
ROWS = 240
# Called by the pipeline's Lambda step: counts the lines of what the transform wrote.
COUNT = """
import boto3
def handler(event, context):
    prefix = event["scores"].split(event["bucket"] + "/")[1]
    s3 = boto3.client("s3")
    (found,) = s3.list_objects_v2(Bucket=event["bucket"], Prefix=prefix)["Contents"]
    body = s3.get_object(Bucket=event["bucket"], Key=found["Key"])["Body"].read()
    return {"rows": len(body.splitlines()), "key": found["Key"]}
"""


class Silent:
    """Nobody who follows the run."""

    def changed(self, name: str, state: RunState) -> None:
        """Hear nothing."""

    def tick(self, state: RunState) -> None:
        """Hear nothing."""


@pytest.fixture(scope="module")
def aws(project: SmallProject, request: pytest.FixtureRequest) -> Aws:
    found = project.aws()
    store = ObjectStore(found.client("s3"))
    store.ensure_bucket(BUCKET, REGION)
    for script in (request.path.parent / "abalone_code").glob("*.py"):
        store.put_file(BUCKET, f"code/{script.name}", script)
    source = random.Random(3)  # noqa: S311 - made-up data
    lines = []
    for _ in range(ROWS):
        sex, length = source.choice("MFI"), source.uniform(0.1, 0.8)
        lines.append(f"{sex},{length:.3f},{round(20 * length + 2 * (sex == 'F'))}")
    data = project.root / "abalone-style.csv"
    data.write_text("\n".join(lines))
    store.put_file(BUCKET, "raw/abalone.csv", data)
    group = f"arn:aws:sagemaker:{found.region}:{found.account}:model-package-group/AbaloneStyle"
    for name in ("AbaloneStyle", group):  # a step may name it by its ARN
        ensure_model_package_group(found, name, "abalone")
    return found


def execute(aws: Aws, document: dict[str, Any], folder: Path, **given: str) -> RunState:
    """Check and execute a definition as the runner does, once synthesis and deployment are over."""
    definition = parse_definition("abalone", document)
    parameters = bind_parameters(definition.parameters, given)
    check(definition, parameters)
    name = "abalone-style"
    state = RunState(
        run_id=folder.name,
        pipeline=name,
        pipeline_name=name,
        environment="dev",
        account=ACCOUNT,
        region=REGION,
        partition="aws",
        parameters=dict(parameters),
        steps={step.name: StepState(step.type) for step in definition.steps.values()},
        started=now(),
    )
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notify"
    runtime, handler = "python3.13", "index.handler"
    function = TemplateFunction(arn, "notify", handler, runtime, None, COUNT, {}, 30, 128)
    keep_functions([function], folder)
    context = RunContext(
        run_id=state.run_id,
        folder=folder,
        account=ACCOUNT,
        region=REGION,
        partition="aws",
        store=ObjectStore(aws.client("s3")),
        client=aws.client,
        job_environment=aws.environment(),
    )
    Execution(definition, state, RunFolder(folder), context, Silent()).run()
    return state


@pytest.fixture
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((request.path.parent / "abalone_style.json").read_text())
    return found


def test_it_trains_registers_and_scores_with_the_registered_model(
    project: SmallProject, aws: Aws, document: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "0123456789ab"
    folder.mkdir()
    state = execute(aws, document, folder)
    assert state.status == "Succeeded", state.failure
    taken = {name for name, step in state.steps.items() if step.status == "Succeeded"}
    assert taken == state.steps.keys() - {"AbaloneMSEFail", "AbaloneTooFew"}
    report = project.read(f"s3://{BUCKET}/{folder.name}/evaluation/evaluation.json")
    mse = json.loads(report)["regression_metrics"]["mse"]["value"]
    assert 0 < mse < 2
    metrics = state.steps["AbaloneTrain"].properties["FinalMetricDataList"]
    assert {item["MetricName"] for item in metrics} == {"train:rmse", "validation:rmse"}

    client = aws.client("sagemaker")
    model = client.describe_model(
        ModelName=state.steps["AbaloneCreateModel"].properties["ModelName"]
    )
    package = state.steps["AbaloneRegisterModel"].properties["ModelPackageArn"]
    assert model["Containers"] == [{"ModelPackageName": package}]

    written = project.read(f"s3://{BUCKET}/{folder.name}/scores/batch.csv.out").decode()
    scores = {name: float(value) for name, value in csv.reader(written.splitlines())}
    test = project.read(f"s3://{BUCKET}/{folder.name}/test/test.csv").decode()
    rings = [float(line.split(",")[0]) for line in test.splitlines()]
    assert list(scores) == [f"row-{n}" for n in range(len(rings))]
    errors = [(score - true) ** 2 for score, true in zip(scores.values(), rings, strict=True)]
    assert sum(errors) / len(errors) == pytest.approx(mse, rel=1e-5)
    outputs = state.steps["AbaloneNotify"].properties["OutputParameters"]
    assert outputs == {"rows": len(rings)}

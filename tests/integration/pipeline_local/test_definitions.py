"""A suite of definitions, run end to end with real jobs, each checked on its outcome.

A last test sees that the suite has every step type, condition type, function and kind of
reference that the runner knows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from botocore.exceptions import ClientError

from pipeline_local.api import project_in
from pipeline_local.jobs.storage import split_uri
from pipeline_local.local_aws import connect, keeper
from pipeline_local.runs import runner
from pipeline_local.runs.observer import Observer
from pipeline_local.steps.decisions import CONDITION_FIELDS
from pipeline_local.steps.executors import EXECUTORS
from pipeline_schema.expressions import EXECUTION_VARIABLES, FUNCTIONS
from pipeline_schema.parameters import PARAMETER_TYPES
from tests.integration.pipeline_local.definition_case import Case, writes
from tests.integration.pipeline_local.definition_cases import CASES, FUNCTION
from tests.integration.pipeline_local.definition_content import CONTENT
from tests.integration.pipeline_local.definition_parts import OUT
from tests.integration.pipeline_local.local_project import project_with
from tests.integration.pipeline_local.responses import state_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.runs.run_state import RunState

SLOW = {
    *("tuning", "a grid", "a search that learns", "a model of a training job"),
    *("explained by its trees", "drift from the registered baseline"),
}
ACCOUNT, REGION = "111111111111", "eu-central-1"
TWICE = "def handler(event, context):\n    return {'double': 2 * event['number'], 'word': 'twice'}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose local AWS holds the suite's code and data."""
    folder = tmp_path_factory.mktemp("suite")
    with project_with(folder, ACCOUNT, REGION, CONTENT.items()) as store:
        store.ensure_bucket(split_uri(OUT)[0], REGION)
        yield folder


def start(root: Path, name: str, case: Case) -> RunState:
    """Run a definition as its file; with a function, as the lone template that declares both."""
    uses_function = FUNCTION in json.dumps(case.document)
    folder = root / name.replace(" ", "-")
    folder.mkdir(exist_ok=True)
    if uses_function:
        write_template(folder, case.document)
    else:
        (folder / "definition.json").write_text(json.dumps(case.document))
    request = runner.RunRequest(
        pipeline=str(folder / ("suite.yaml" if uses_function else "definition.json")),
        environment="",
        parameters=dict(case.given),
    )
    return runner.start(request, project_in(root, ACCOUNT, REGION), Observer())


def write_template(folder: Path, document: dict[str, Any]) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "suite-function",
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Code": {"ZipFile": TWICE},
        },
    }
    pipeline = {
        "Type": "AWS::SageMaker::Pipeline",
        "Metadata": {"secure-mlops:pipeline": "suite"},
        "Properties": {
            "PipelineName": "suite",
            "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(document)},
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Job",
        },
    }
    template = {"Resources": {"Function": function, "Pipeline": pipeline}}
    (folder / "suite.yaml").write_text(yaml.safe_dump(template))


def text_of(uri: str) -> str:
    client = connect(REGION, ACCOUNT, Path.cwd() / keeper.FOLDER).client("s3")
    bucket, key = split_uri(uri)
    body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body.decode()


@pytest.mark.parametrize(
    "name",
    # What trains twice takes its time.
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CASES],
)
def test_a_definition_comes_out_as_it_should(root: Path, name: str) -> None:
    case = CASES[name]
    state = start(root, name, case)
    found = {step: str(each.status) for step, each in state.steps.items()}
    expected = {step: case.statuses.get(step, "Succeeded") for step in found}
    assert found == expected, state.failure
    assert case.failure in (state.failure or "")
    assert bool(state.failure) is bool(case.failure)
    assert not list(state_problems(state, connect(REGION, ACCOUNT, Path.cwd() / keeper.FOLDER)))
    for uri, wanted in case.objects.items():
        text = text_of(uri)
        assert wanted[1:] in text if wanted.startswith("…") else wanted == text, uri
    for uri in case.gone:
        with pytest.raises(ClientError, match="NoSuchKey"):
            text_of(uri)


def test_a_second_run_takes_what_is_cached(root: Path) -> None:
    kept = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    # Of a text of their own: no case of the suite has left a result that fits.
    first, second = writes("First", "kept", **kept), writes("Second", "2", DependsOn=["First"])
    state = start(root, "again", Case([first, second]))
    again = start(root, "again", Case([first, second]))
    assert again.steps["First"].reused_from == state.run_id
    assert again.steps["First"].attempts == 0
    assert again.steps["Second"].reused_from is None
    assert again.steps["First"].properties == state.steps["First"].properties


def everything_in(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
        for inner in value.values():
            yield from everything_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything_in(inner)


def test_the_suite_has_all_that_the_runner_knows() -> None:
    documents = [case.document for case in CASES.values()]
    assert len(documents) >= 25
    pairs = list(everything_in(documents))
    types = {value for key, value in pairs if key == "Type" and isinstance(value, str)}
    executors = set(EXECUTORS) - {"Callback"}  # which the corpus has, with an answer
    assert executors <= types
    assert set(CONDITION_FIELDS) <= types
    assert set(PARAMETER_TYPES) <= types
    assert {key for key, _ in pairs} >= set(FUNCTIONS)
    references = {value for key, value in pairs if key == "Get"}
    assert {f"Execution.{name}" for name in EXECUTION_VARIABLES} <= references
    kinds = {
        step["Type"]
        for case in CASES.values()
        for step in case.steps
        if f"Steps.{step['Name']}." in json.dumps(case.document)
    }
    # No properties are left out but those of the two that only steer; a Cleanup has none.
    assert kinds >= executors - {"Condition", "Fail", "Cleanup"}
    assert any(".PropertyFiles." in reference for reference in references)

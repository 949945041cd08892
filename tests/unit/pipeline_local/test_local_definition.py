"""Definitions that cannot run are refused with one line for each mistake, naming step and field."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.runs.checks import check
from pipeline_schema.definition import DefinitionError, parse_definition
from pipeline_schema.graph import branches, dependencies
from pipeline_schema.requests import request_problems

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROLE = "arn:aws:iam::111122223333:role/job"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}


def processing(name: str, **changes: Any) -> dict[str, Any]:
    output = {
        "OutputName": "train",
        "S3Output": {
            "S3Uri": "s3://bucket/train",
            "LocalPath": "/opt/ml/processing/train",
            "S3UploadMode": "EndOfJob",
        },
    }
    arguments = {
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "x.py"]},
        "ProcessingOutputConfig": {"Outputs": [output]},
        "ProcessingResources": {"ClusterConfig": copy.deepcopy(CLUSTER)},
        "RoleArn": ROLE,
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **changes}


def training(name: str) -> dict[str, Any]:
    uri = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {"sagemaker_program": "t.py", "sagemaker_submit_directory": "/opt/ml/x"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": copy.deepcopy(CLUSTER),
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments}


def fail(name: str, **changes: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": "no"}, **changes}


def condition(
    name: str, if_steps: list[Any], else_steps: list[Any], **changes: Any
) -> dict[str, Any]:
    figure = {
        "Std:JsonGet": {
            "PropertyFile": {"Get": "Steps.Prepare.PropertyFiles.Report"},
            "Path": "mse",
        }
    }
    test = {"Type": "LessThan", "LeftValue": figure, "RightValue": {"Get": "Parameters.Limit"}}
    arguments = {"Conditions": [test], "IfSteps": if_steps, "ElseSteps": else_steps}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **changes}


def document() -> dict[str, Any]:
    report = {"PropertyFileName": "Report", "OutputName": "train", "FilePath": "r.json"}
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            {"Name": "Limit", "Type": "Float", "DefaultValue": 5.0},
            {"Name": "Type", "Type": "String", "DefaultValue": "ml.m5.large"},
            {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
        ],
        "Steps": [
            processing("Prepare", PropertyFiles=[report]),
            training("Train"),
            condition("Check", [processing("Good", DependsOn=["Train"])], [fail("Bad")]),
        ],
    }


def steps(changed: dict[str, Any]) -> dict[str, Any]:
    return {step["Name"]: step for step in changed["Steps"]}


def refused(changed: Any, parameters: dict[str, Any] | None = None) -> str:
    def read() -> None:
        definition = parse_definition("p", changed)
        check(definition, parameters, request_problems(changed))

    with pytest.raises(DefinitionError) as error:
        read()
    return str(error.value)


def test_a_good_definition_passes() -> None:
    definition = parse_definition("p", document())
    check(definition, {}, request_problems(document()))
    assert list(definition.steps) == ["Prepare", "Train", "Check", "Good", "Bad"]
    assert dependencies(definition.steps["Good"]) == {"Train", "Check"}
    assert dependencies(definition.steps["Train"]) == {"Prepare"}
    assert branches(definition, "Bad") == {"Check": False}


def arguments_of(step: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda changed: steps(changed)[step]["Arguments"]  # type: ignore[no-any-return]


prepare, train, decide = arguments_of("Prepare"), arguments_of("Train"), arguments_of("Check")


def source(changed: dict[str, Any]) -> dict[str, Any]:
    return train(changed)["InputDataConfig"][0]["DataSource"]["S3DataSource"]  # type: ignore[no-any-return]


def put(place: dict[str, Any], key: str, value: Any) -> None:
    place[key] = value


MISTAKES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda d: put(d, "Version", "2021"), "p: Version: '2021' is not '2020-12-01'"),
    (lambda d: put(d, "Steps", {}), "p: Steps: is an object, not a list"),
    (lambda d: d["Steps"].append({"Type": "Fail"}), "p: Steps[3]: is no step: it has no Name"),
    (lambda d: d["Steps"].append(fail("Bad")), "step Bad: Name: two steps have it"),
    (
        lambda d: put(steps(d)["Train"], "Type", "Callback"),
        "step Train: SqsQueueUrl: is missing",
    ),
    (
        lambda d: put(steps(d)["Train"], "Type", "EMR"),
        "step Train: Type: 'EMR' cannot run here: there is no EMR cluster here",
    ),
    (
        lambda d: put(steps(d)["Train"], "DependsOn", ["Trian"]),
        "step Train: DependsOn: there is no step 'Trian'",
    ),
    (
        lambda d: put(steps(d)["Prepare"], "DependsOn", ["Train"]),
        "waits for itself: Prepare -> Train -> Prepare",
    ),
    (
        lambda d: put(decide(d)["Conditions"][0], "Type", "Around"),
        "step Check: Arguments.Conditions[0]: the condition type 'Around' is not known",
    ),
    (
        lambda d: put(decide(d)["Conditions"][0], "RightValue", {"Get": "Parameters.Limt"}),
        "step Check: Arguments.Conditions[0].RightValue: there is no parameter 'Limt'",
    ),
    (
        lambda d: put(decide(d)["Conditions"][0], "LeftValue", {"Std:Max": [1]}),
        "step Check: Arguments.Conditions[0].LeftValue: the function Std:Max is not known",
    ),
    (
        lambda d: put(decide(d)["Conditions"][0], "LeftValue", {"Get": "Execution.Now"}),
        "there is no execution variable 'Now'",
    ),
    (
        lambda d: steps(d)["Prepare"].pop("PropertyFiles"),
        "step Prepare declares no property file 'Report'",
    ),
    (
        lambda d: put(steps(d)["Prepare"]["PropertyFiles"][0], "OutputName", "report"),
        "property file 'Report' is in output 'report', which Prepare lacks",
    ),
    (
        lambda d: put(source(d), "S3Uri", {"Get": "Steps.Prepare.ProcessingOutput.Outputs"}),
        "Steps.Prepare: DescribeProcessingJobResponse has no 'ProcessingOutput'",
    ),
    (
        lambda d: put(
            source(d),
            "S3Uri",
            {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"},
        ),
        "step Prepare has no 'test' there, only train",
    ),
    (
        lambda d: put(source(d), "S3Uri", {"Get": "Steps.Prepared.ProcessingJobArn"}),
        "Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri: there is no step 'Prepared'",
    ),
    (
        lambda d: put(train(d), "RoleArn", {"Get": "Steps.Bad.ErrorMessage"}),
        "Steps.Bad: a Fail step has no properties",
    ),
    (
        lambda d: put(
            decide(d)["ElseSteps"][0]["Arguments"],
            "ErrorMessage",
            {"Get": "Steps.Good.ExitMessage"},
        ),
        "step Bad: Arguments.ErrorMessage: step Good is on the other side of condition Check",
    ),
    (
        lambda d: put(
            train(d)["ResourceConfig"],
            "InstanceGroups",
            [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"}],
        ),
        "step Train: ResourceConfig.InstanceGroups: is refused: the instances of a job are alike",
    ),
    (
        lambda d: put(train(d)["HyperParameters"], "sagemaker_program", 5),
        "step Train: HyperParameters.sagemaker_program: 5 is not of type string",
    ),
    (
        lambda d: train(d)["HyperParameters"].pop("sagemaker_program"),
        "step Train: HyperParameters.sagemaker_program: is missing, and the image",
    ),
    (
        lambda d: put(prepare(d)["AppSpecification"], "ImageUri", "registry/team/own:1"),
        "step Prepare: no job of image 'registry/team/own:1' can run here",
    ),
    (
        lambda d: put(
            prepare(d)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"],
            "LocalPath",
            "/elsewhere/x",
        ),
        "Outputs[0].S3Output.LocalPath: '/elsewhere/x' is not below /opt/ml/processing",
    ),
    (lambda d: prepare(d).pop("RoleArn"), "step Prepare: RoleArn: is missing"),
    (
        lambda d: put(prepare(d), "RoleArn", {"Get": "Parameters.Count"}),
        "step Prepare: RoleArn: 1 is not of type string",
    ),
    (
        lambda d: put(d["Parameters"][2], "DefaultValue", "one"),
        "parameter Count: DefaultValue: 'one' is not of type Integer",
    ),
    (
        lambda d: put(
            steps(d)["Train"], "RetryPolicies", [{"ExceptionType": ["Odd"], "MaxAttempts": 2}]
        ),
        "step Train: RetryPolicies[0].ExceptionType: 'Odd' is not one of",
    ),
    (
        lambda d: put(
            steps(d)["Train"],
            "RetryPolicies",
            [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 99}],
        ),
        "step Train: RetryPolicies[0].MaxAttempts: 99 is not a number of 1 to 20",
    ),
    (
        lambda d: put(steps(d)["Train"], "Arguments", []),
        "step Train: Arguments: is a list, not an object",
    ),
]


@pytest.mark.parametrize(("spoil", "words"), MISTAKES, ids=[words[:40] for _, words in MISTAKES])
def test_mistakes_are_named(spoil: Callable[[dict[str, Any]], Any], words: str) -> None:
    changed = document()
    spoil(changed)
    reported = refused(changed)
    assert words in reported
    assert all(line.startswith("pipeline p: ") for line in reported.splitlines())


def test_all_mistakes_are_reported_at_once() -> None:
    changed = document()
    put(steps(changed)["Train"], "DependsOn", ["A", "B"])
    put(prepare(changed), "RoleArn", {"Get": "Parameters.C"})
    assert len(refused(changed).splitlines()) == 3


def test_what_a_parameter_asks_for_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline_local.jobs.instances.namespaces_available", lambda: False)
    changed = document()
    put(train(changed)["ResourceConfig"], "InstanceCount", {"Get": "Parameters.Count"})
    check(parse_definition("p", changed), {"Count": 1})
    reported = refused(changed, {"Count": 3})
    assert "step Train: ResourceConfig.InstanceCount: 3 instances" in reported


@pytest.mark.parametrize("content", [[], "text", None])
def test_a_definition_must_be_an_object(content: Any) -> None:
    assert "the definition is" in refused(content)

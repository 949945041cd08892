"""What a definition may leave out, what it may ask for, and what is said of it."""

from __future__ import annotations

import pytest

from pipeline_local.runs.checks import check, ineffective_fields
from pipeline_schema.definition import parse_definition
from tests.unit.pipeline_local.test_local_definition import document, put, refused, source, train


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("TrainingStartTime", None),
        ("BillableTimeInSeconds", None),
        ("TrainingJobName", None),
        ("ModelArtifacts.S3ModelArtifacts", None),
        ("ResourceConfig.InstanceType", None),
        ("WarmPoolStatus.Status", "WarmPoolStatus.Status is not answered here: this machine is"),
        ("CheckpointConfig.S3Uri", "its request sets no CheckpointConfig"),
        ("ResourceConfig.VolumeKmsKeyId", "its request sets no ResourceConfig.VolumeKmsKeyId"),
    ],
)
def test_a_property_that_passes_the_check_has_a_value(path: str, problem: str | None) -> None:
    changed = document()
    changed["Steps"].append(
        {
            "Name": "Say",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": {"Get": f"Steps.Train.{path}"}},
        }
    )
    if problem:
        assert f"Steps.Train: {problem}" in refused(changed)
    else:
        check(parse_definition("p", changed))


def test_fields_that_nobody_knows_are_named() -> None:
    changed = document()
    changed["Stepz"] = []
    changed["MlflowConfig"] = {"MlflowResourceArn": "arn"}
    changed["Steps"][0]["CacheConfigs"] = {"Enabled": True}
    assert "p: Stepz: is not a field of a definition" in refused(changed)
    assert "p: MlflowConfig: is refused: there is no MLflow server here" in refused(changed)
    del changed["Stepz"], changed["MlflowConfig"]
    name = changed["Steps"][0]["Name"]
    assert f"step {name}: CacheConfigs: is not a field of a " in refused(changed)
    del changed["Steps"][0]["CacheConfigs"]
    changed |= {"MlflowConfig": None, "ParallelismConfiguration": {"MaxParallelExecutionSteps": 1}}
    assert parse_definition("p", changed).max_parallel == 1


def test_version_and_types_of_parameters_have_defaults() -> None:
    changed = document()
    del changed["Version"]
    changed["Parameters"].append({"Name": "Plain", "DefaultValue": "x"})
    definition = parse_definition("p", changed)
    check(definition)
    assert definition.parameters["Plain"].type == "String"


def test_a_list_of_a_property_is_not_counted_from_its_end() -> None:
    changed = document()
    put(source(changed), "S3Uri", {"Get": "Steps.Prepare.ProcessingInputs[-1].InputName"})
    assert "a property's list is not counted from its end" in refused(changed)


@pytest.mark.parametrize("name", ["a step", "../step", "", "x" * 65])
def test_a_step_s_name_is_one_of_the_service(name: str) -> None:
    changed = document()
    changed["Steps"].append({"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": "x"}})
    assert f"step {name}: Name: must be 1 to 64 letters" in refused(changed)


def test_fields_without_effect_are_named_in_one_line() -> None:
    found = document()
    put(train(found), "DebugHookConfig", {"S3OutputPath": "s3://b"})
    line = ineffective_fields(parse_definition("p", found))
    assert line is not None
    assert line.startswith("without effect here: ")
    assert "DebugHookConfig, " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("limits", "spot", "words"),
    [
        ({"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 30}, True, "30 is below MaxRuntime"),
        ({"MaxWaitTimeInSeconds": 90}, True, "90 is below MaxRuntimeInSeconds, 86400"),
        ({"MaxRuntimeInSeconds": 60}, True, "is missing, which EnableManagedSpotTraining needs"),
        (
            {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90},
            False,
            "ManagedSpotTraining only",
        ),
        ({"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}, True, ""),
    ],
)
def test_a_wait_for_spot_capacity_is_one_the_service_takes(
    limits: dict[str, int], spot: bool, words: str
) -> None:
    changed = document()
    put(train(changed), "StoppingCondition", limits)
    put(train(changed), "EnableManagedSpotTraining", spot)
    if words:
        assert words in refused(changed)
    else:
        check(parse_definition("p", changed))


def test_a_cache_of_a_step_without_a_job_is_named_as_without_effect() -> None:
    found = document()
    found["Steps"][-1]["CacheConfig"] = {"Enabled": True}
    line = ineffective_fields(parse_definition("p", found))
    assert line is not None
    assert f"CacheConfig of {found['Steps'][-1]['Type']} steps" in line

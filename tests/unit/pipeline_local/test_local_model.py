"""Model steps, and the reasons why other types are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import model, objects
from pipeline_local.steps.executors import EXECUTORS, type_problem
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from conftest import Bench

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"


class Models:
    """A service that keeps models."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.models: dict[str, Any] = {}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        if ModelName not in self.models:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "DescribeModel")
        known = dict(self.models[ModelName])
        if "Mode" not in known.get("PrimaryContainer", {}):  # as the service fills it in
            known["PrimaryContainer"] = {**known["PrimaryContainer"], "Mode": "SingleModel"}
        return {"Containers": [], **known, "ModelName": ModelName, "ResponseMetadata": {}}

    def create_model(self, *, ModelName: str, **request: Any) -> None:  # noqa: N803
        self.created.append(ModelName)
        self.models[ModelName] = request


def test_a_model_is_created_once_for_run_and_step(bench: Bench) -> None:
    bench.sagemaker = Models()
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/model.tar.gz"}
    work = bench.work(Step("Create", "Model", {"PrimaryContainer": container}))
    first = objects.make(work)
    described = {**container, "Mode": "SingleModel"}
    assert first == {
        "PrimaryContainer": described,
        "Containers": [],
        "ModelName": work.job_name,
    }
    assert objects.make(work) == first
    assert bench.sagemaker.created == [work.job_name]


def test_a_model_has_the_name_that_is_given_unless_another_has_it(bench: Bench) -> None:
    bench.sagemaker = Models()
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/model.tar.gz"}
    request = {"PrimaryContainer": container, "ModelName": "mine"}
    made = objects.make(bench.work(Step("Create", "Model", request)))
    assert made["ModelName"] == "mine"
    assert objects.make(bench.work(Step("Create", "Model", request))) == made
    other = {**request, "PrimaryContainer": {**container, "ModelDataUrl": "s3://models/b"}}
    with pytest.raises(
        StepFailed, match="ModelName mine: there is another model of that name already"
    ):
        objects.make(bench.work(Step("Create", "Model", other)))


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({}, "PrimaryContainer: has neither Image nor ModelPackageName"),
        ({"Containers": [{"Image": IMAGE}, {}]}, "Containers[1]: has neither Image nor ModelPa"),
        (
            {"Containers": [{"Image": IMAGE}] * 2, "PrimaryContainer": {"Image": IMAGE}},
            "PrimaryContainer: is refused beside Containers; name one of the two",
        ),
        ({"PrimaryContainer": {"Image": "x/none:1"}}, "no job of image 'x/none:1' can run here"),
    ],
)
def test_what_is_wrong_is_reported(request_: dict[str, Any], problem: str) -> None:
    (found,) = model.problems(Step("Create", "Model", request_))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("step_type", "why"),
    [
        ("EMR", "there is no EMR cluster here"),
        ("Sorcery", "no such type is known"),
    ],
)
def test_a_refused_type_says_why(step_type: str, why: str) -> None:
    problem = type_problem(step_type)
    assert problem is not None
    assert f"{step_type!r} cannot run here: " in problem
    assert why in problem
    assert all(type_problem(name) is None for name in EXECUTORS)

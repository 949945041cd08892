"""Search answers with what this server describes, and refuses what there cannot be here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.local_aws.search_api import NOT_HERE, SearchAnswers
from pipeline_local.local_aws.search_filters import holds
from pipeline_schema.api_model import request_shape
from tests.unit.pipeline_local.local_aws.executing import create, ended, start

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

RESOURCES: tuple[str, ...] = request_shape("Search").members["Resource"].enum  # type: ignore[attr-defined]
FAIL = {"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
FOUND = {"Name": "a-b", "Count": 3, "Tags": [{"Key": "team", "Value": "tax"}], "On": True}
MEMBERS = (*FOUND, "Other")


def by(name: str, operator: str = "Equals", value: str | None = None) -> Any:
    asked: dict[str, Any] = {"Name": name, "Operator": operator}
    return {"Filters": [asked if value is None else {**asked, "Value": value}]}


def found(aws: Aws, resource: Any, **asked: Any) -> list[Any]:
    return list(aws.client("sagemaker").search(Resource=resource, **asked)["Results"])


@pytest.fixture(scope="module")
def executions(aws: Aws) -> list[str]:
    """Two executions of a pipeline, the first one first."""
    parameters = [{"Name": "Day", "Type": "String", "DefaultValue": "monday"}]
    create(aws, "searched", FAIL, Parameters=parameters)
    arns = []
    for day in ("tuesday", "friday"):
        values = [{"Name": "Day", "Value": day}]
        arns.append(start(aws, "searched", PipelineParameters=values))
        ended(aws, arns[-1])
    return arns


def test_executions_are_found_by_what_they_are(aws: Aws, executions: list[str]) -> None:
    asked = by("PipelineExecutionStatus", "Equals", "Failed")
    asked["Filters"] += by("PipelineArn", "Contains", "pipeline/searched")["Filters"]
    listed = found(aws, "PipelineExecution", SearchExpression=asked, SortBy="CreationTime")
    described = [each["PipelineExecution"] for each in listed]
    assert [each["PipelineExecutionArn"] for each in described] == executions[::-1]
    assert described[0]["PipelineParameters"] == [{"Name": "Day", "Value": "friday"}]
    none = by("PipelineExecutionStatus", "Equals", "Succeeded")
    none["Filters"] += asked["Filters"][1:]
    assert not found(aws, "PipelineExecution", SearchExpression=none)


def test_pages_of_a_search_follow_one_another(aws: Aws, executions: list[str]) -> None:
    client, asked = aws.client("sagemaker"), by("PipelineArn", "Contains", "pipeline/searched")
    pages = client.get_paginator("search").paginate(
        Resource="PipelineExecution", SearchExpression=asked, PaginationConfig={"PageSize": 1}
    )
    assert [len(page["Results"]) for page in pages] == [1, 1]
    first = client.search(Resource="PipelineExecution", SearchExpression=asked, MaxResults=1)
    with pytest.raises(ClientError, match="of no earlier answer to this Search"):
        client.search(Resource="Pipeline", NextToken=first["NextToken"])
    assert executions


def test_what_else_is_kept_is_found(aws: Aws, executions: list[str], name: str) -> None:
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=name)
    arn = client.create_model_package(ModelPackageGroupName=name)["ModelPackageArn"]
    client.create_model(ModelName=name, Tags=[{"Key": "team", "Value": name}])
    client.create_experiment(ExperimentName=name)
    asked = {
        "ModelPackage": (by("ModelPackageGroupName", "Equals", name), "ModelPackageArn", arn),
        "ModelPackageGroup": (by("ModelPackageGroupName", "Equals", name), "", None),
        "Pipeline": (by("PipelineName", "In", "searched, none"), "PipelineName", "searched"),
        "PipelineVersion": (by("PipelineArn", "Contains", "/searched"), "PipelineVersionId", 1),
        "Model": (by("Tags.team", "Equals", name), "Model", None),
        "Experiment": (by("ExperimentName", "Equals", name), "ExperimentName", name),
    }
    for resource, (expression, member, value) in asked.items():
        (record,) = found(aws, resource, SearchExpression=expression)
        assert value is None or record[resource][member] == value
    assert executions


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_is_searched_or_refused_by_name(aws: Aws, resource: str) -> None:
    if resource in NOT_HERE:
        with pytest.raises(ClientError, match=rf"the local AWS has no {resource}: "):
            found(aws, resource)
    else:
        assert isinstance(found(aws, resource), list)
        with pytest.raises(ClientError, match="Unknown property name: Odd"):
            found(aws, resource, SearchExpression=by("Odd", "Exists"))


def test_no_resource_is_forgotten() -> None:
    searched = SearchAnswers(None).kinds().keys()  # type: ignore[arg-type]
    assert searched | NOT_HERE.keys() == {*RESOURCES}
    assert not searched & NOT_HERE.keys()


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        (by("Name", "Equals", "A-B"), True),
        (by("Name", "NotEquals", "a-b"), False),
        (by("Other", "NotEquals", "a"), True),
        (by("Name", "Contains", "B"), True),
        (by("Name", "In", "x, a-b"), True),
        (by("Count", "Equals", "3.0"), True),
        (by("Count", "Equals", "three"), False),
        (by("Count", "GreaterThan", "2"), True),
        (by("Count", "LessThanOrEqualTo", "2"), False),
        (by("Tags.team", "Equals", "tax"), True),
        (by("Tags.other", "NotExists"), True),
        (by("On", "Equals", "true"), True),
        (by("Other", "Exists"), False),
        ({"SubExpressions": [by("On", "Exists"), by("Other", "Exists")]}, False),
        ({"SubExpressions": [by("On", "Exists"), by("Other", "Exists")], "Operator": "Or"}, True),
        ({}, True),
    ],
)
def test_filters_compare_as_they_say(expression: dict[str, Any], verdict: bool) -> None:
    assert holds(expression, FOUND, MEMBERS) == verdict


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ({"NestedFilters": [{}]}, "NestedFilters: the local AWS cannot do this; use Filters"),
        (by("Odd", "Exists"), "Unknown property name: Odd"),
        (by("Count", "GreaterThan", "three"), "Count: 'three' cannot be compared"),
        (by("Name"), "Name: Equals needs a Value"),
    ],
)
def test_what_no_filter_does_is_refused(expression: dict[str, Any], problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        holds(expression, FOUND, MEMBERS)

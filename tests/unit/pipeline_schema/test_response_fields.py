"""The table of responses against botocore's model: a closed world."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_schema.definition import Step
from pipeline_schema.property_paths import show_path
from pipeline_schema.request_fields import REFUSED
from pipeline_schema.response_fields import (
    ASKED,
    AT_END,
    AT_START,
    MADE,
    NEVER,
    UNANSWERED,
    describing,
    response_table,
    times_of,
)
from pipeline_schema.step_properties import property_problem
from pipeline_schema.step_types import STEP_TYPES
from tests.unit.pipeline_schema.responses import (
    has_type,
    paths,
    request_form,
    response_problems,
    response_shape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.property_paths import Path

KINDS = {describing(kind): kind for kind in STEP_TYPES if describing(kind)}
LISTING = "ListTrainingJobsForHyperParameterTuningJob"
REASONED = (REFUSED, NEVER)
REASONLESS = (MADE, AT_START, AT_END, ASKED)


def differences(judgement: Any, shape: Any, path: str, known: Any = ()) -> Iterator[str]:
    """Yield what the table and the model do not have in common."""
    while shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    if isinstance(judgement, str):
        kind, _, reason = judgement.partition(": ")
        if kind not in (*REASONED, *REASONLESS):
            yield f"{path}: {judgement!r} is no verdict"
        if (kind in REASONED) is not bool(reason):
            yield f"{path}: {kind} {'needs no' if reason else 'lacks a'} reason"
        if kind == MADE and shape.type_name == "structure":
            yield f"{path}: is a structure; judge its members"
        if kind in (AT_START, AT_END) and shape.type_name != "timestamp":
            yield f"{path}: is no time"
        return
    for name in sorted((shape.members.keys() - {*known}) ^ judgement.keys()):
        owner = "the model" if name in shape.members else "the table"
        yield f"{path}.{name}: only {owner} has it"
    for name in shape.members.keys() & judgement.keys():
        yield from differences(judgement[name], shape.members[name], f"{path}.{name}")


def first_elements(members: tuple[str, ...], shape: Any) -> Path:
    """Return the path of members that takes the first element of each list."""
    path: list[str | int] = []
    for name in members:
        path += [0] if shape.type_name == "list" else []
        shape = (shape.member if shape.type_name == "list" else shape).members[name]
        path.append(name)
    return tuple(path)


def test_the_table_has_every_description_of_a_step_and_no_other() -> None:
    assert response_table().keys() == {*KINDS, LISTING}


@pytest.mark.parametrize("operation", response_table())
def test_the_table_judges_every_member_beyond_the_request_and_no_other(operation: str) -> None:
    known = request_form(operation) if operation in KINDS else ()
    shape = response_shape(operation)
    assert not list(differences(response_table()[operation], shape, operation, known))


def test_a_member_that_only_one_of_them_has_is_found() -> None:
    judgement = copy.deepcopy(response_table()["DescribeTrainingJob"])
    del judgement["FinalMetricDataList"]["Timestamp"]
    judgement["ModelArtifacts"] = MADE
    judgement["SecondaryStatus"] = AT_END
    judgement["Colour"] = "never"
    shape, known = response_shape("DescribeTrainingJob"), request_form("DescribeTrainingJob")
    assert sorted(differences(judgement, shape, "R", known)) == [
        "R.Colour: only the table has it",
        "R.FinalMetricDataList.Timestamp: only the model has it",
        "R.ModelArtifacts: is a structure; judge its members",
        "R.SecondaryStatus: is no time",
    ]


@pytest.mark.parametrize("operation", KINDS)
def test_a_property_without_a_value_is_refused_by_name_and_no_other(operation: str) -> None:
    step = Step("S", KINDS[operation], {})
    for members, kind in paths(response_table()[operation]):
        path = first_elements(members, response_shape(operation))
        problem = property_problem(step, path)
        if kind in UNANSWERED:
            assert problem is not None
            assert problem.startswith(f"{show_path(path)} is not answered here: ")
        elif kind == ASKED:
            assert problem == f"its request sets no {path[0]}"
        else:
            assert problem is None


@pytest.mark.parametrize("operation", KINDS)
def test_a_property_of_the_request_is_there_if_the_request_sets_it(operation: str) -> None:
    kind = KINDS[operation]
    for name in request_form(operation):
        if name != STEP_TYPES[kind].named_by_service:
            assert property_problem(Step("S", kind, {name: "x"}), (name,)) is None
            assert property_problem(Step("S", kind, {}), (name,)) == f"its request sets no {name}"


def test_an_element_of_a_list_that_the_request_lacks_is_refused() -> None:
    step = Step("S", "EndpointConfig", {"ProductionVariants": [{"VariantName": "a"}]})
    path = ("ProductionVariants", 1, "VariantName")
    assert property_problem(step, ("ProductionVariants", -1, "VariantName")) is None
    assert property_problem(step, path) == "its request sets no ProductionVariants[1]"


def test_a_response_that_is_not_as_the_table_says_is_found() -> None:
    found = {"CreationTime": "2026-01-01T00:00:00+00:00", "DeploymentRecommendation": {}}
    asked = {"EnableNetworkIsolation": True}
    assert list(response_problems("Model", asked, {**found, "EnableNetworkIsolation": "no"})) == [
        "EnableNetworkIsolation: 'no' is no Boolean",
        "ModelArn: has no value",
        "DeploymentRecommendation: has a value: [{}]",
        "EnableNetworkIsolation: 'no' is not what was asked for",
    ]


def test_a_number_is_no_truth_value_and_a_status_is_one_of_its_own() -> None:
    members = response_shape("DescribeTrainingJob").members
    assert not has_type(True, members["BillableTimeInSeconds"])
    assert has_type("Completed", members["TrainingJobStatus"])
    assert not has_type("Done", members["TrainingJobStatus"])


def test_times_are_those_of_the_start_and_the_end() -> None:
    assert times_of("Transform", "a", "b") == {
        "CreationTime": "a",
        "TransformStartTime": "a",
        "TransformEndTime": "b",
    }
    assert times_of("Model", "a", "b") == {}

"""Lineage steps, and objects that exist already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import lineage, objects
from pipeline_schema.definition import Step
from pipeline_schema.requests import value_problems

if TYPE_CHECKING:
    from conftest import Bench

    from pipeline_local.aws import Aws

ACTION = {"ActionName": "a", "ActionType": "T", "Source": {"SourceUri": "s3://b/a"}}
HERE, OTHER = (
    {"Name": "a", "Type": "Action"},
    {"Arn": "arn:aws:sagemaker:eu-central-1:111111111111:context/c"},
)


def step(**arguments: Any) -> Step:
    return Step("Record", "Lineage", arguments)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "Arguments: there are no actions, artifacts, contexts or associations"),
        ({"Actions": [ACTION], "Trials": []}, "Arguments.Trials: is not a field of a Lineage step"),
        ({"Actions": ACTION}, "Arguments.Actions: is an object, not a list"),
        ({"Associations": [5]}, "Arguments.Associations[0]: is an Integer, not an association"),
        (
            {"Associations": [{"Source": HERE, "Destination": OTHER}]},
            "Arguments.Associations[0].Source: the step makes no Action 'a'; name others by Arn",
        ),
        (
            {"Associations": [{"Source": {**HERE, "Type": "Trial"}, "Destination": OTHER}]},
            "Arguments.Associations[0].Source.Type: 'Trial' is not one of Action, Artifact, Conte",
        ),
        (
            {"Actions": [ACTION], "Associations": [{"Source": HERE}]},
            "Arguments.Associations[0].Destination: needs Arn alone, or Name and Type",
        ),
        *(
            (
                {"Associations": [{"Source": source, "Destination": OTHER, **more}]},
                f"Arguments.Associations[0].{line}",
            )
            for source, more, line in (
                (OTHER, {"AssociationType": "Made"}, "AssociationType: 'Made' is not one of Contr"),
                (OTHER, {"AssociationType": 5}, "AssociationType: 5 is not of type string"),
                ({"Arn": "a"}, {}, "Source.Arn: 'a' does not match arn:aws"),
            )
        ),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, Any], problem: str) -> None:
    (found,) = lineage.problems(step(**arguments))
    assert found.startswith(problem)


def test_requests_are_validated_as_those_of_the_api() -> None:
    found = value_problems(step(Actions=[{"ActionName": "a b", "Tags": [{"Key": "k"}]}]))
    assert [line.partition(": ")[2] for line in found] == [
        "Actions[0].Source: is missing",
        "Actions[0].ActionType: is missing",
        "Actions[0].ActionName: 'a b' does not match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}",
        "Actions[0].Tags[0].Value: is missing",
    ]


def test_variants_have_names_of_their_own() -> None:
    variant = {"VariantName": "a", "ModelName": "m"}
    request = {"EndpointConfigName": "e", "ProductionVariants": [variant, variant]}
    (found,) = value_problems(Step("Config", "EndpointConfig", request))
    assert "ProductionVariants[1].VariantName: 'a' is the name of another" in found
    request["Tags"] = [{"Key": "k", "Value": ""}] * 2
    assert (
        "Tags[1].Key: 'k' is the name of another"
        in value_problems(Step("Config", "EndpointConfig", request))[1]
    )


def test_what_is_recorded_again_is_the_same(bench: Bench, aws: Aws, name: str) -> None:
    bench.sagemaker = aws.client("sagemaker")
    action = {**ACTION, "ActionName": name}
    ends = {"Source": {"Name": name, "Type": "Action"}, "Destination": OTHER}
    work = bench.work(step(Actions=[action], Associations=[ends]))
    first = lineage.run(work)
    assert lineage.run(work) == first
    assert first["Associations"] == [
        {"SourceArn": first["ActionArns"][name], "DestinationArn": OTHER["Arn"]}
    ]
    listed = aws.client("sagemaker").list_associations(SourceArn=first["ActionArns"][name])
    assert len(listed["AssociationSummaries"]) == 1


def test_a_name_that_only_the_run_knows_has_to_be_made(bench: Bench, aws: Aws) -> None:
    bench.sagemaker = aws.client("sagemaker")
    with pytest.raises(StepFailed, match="the step makes no Action 'a'"):
        lineage.run(bench.work(step(Associations=[{"Source": HERE, "Destination": OTHER}])))


def test_an_endpoint_is_updated_and_its_configuration_is_not(
    bench: Bench, aws: Aws, name: str
) -> None:
    client = bench.sagemaker = aws.client("sagemaker")

    def configuration(which: str, count: int) -> dict[str, Any]:
        variant = {"VariantName": "a", "InstanceType": "ml.m5.large", "InitialInstanceCount": count}
        request = {"EndpointConfigName": f"{name}-{which}", "ProductionVariants": [variant]}
        return objects.make(bench.work(Step("Config", "EndpointConfig", request)))

    assert configuration("one", 1) == configuration("one", 1)
    with pytest.raises(StepFailed, match="there is another endpoint-config of that name already"):
        configuration("one", 2)
    configuration("two", 2)
    for which in ("one", "two", "two"):
        request = {"EndpointName": name, "EndpointConfigName": f"{name}-{which}"}
        made = objects.make_or_update(bench.work(Step("Serve", "Endpoint", request)))
        assert made["EndpointConfigName"] == f"{name}-{which}"
    (variant,) = client.describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert variant["DesiredInstanceCount"] == 2
    assert "no endpoint serves" in bench.context.log_of("Serve").read_text()

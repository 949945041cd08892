"""The content of a model card is judged in a definition and in requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_schema.api_model import request_shape
from pipeline_schema.model_cards import card_problems
from pipeline_schema.requests import request_problems
from tests.unit.pipeline_local.local_aws.test_request_forms import asked

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

SOUND = {
    "model_overview": {"model_creator": "us", "model_artifact": ["s3://bucket/m.tar.gz"]},
    "intended_uses": {"risk_rating": "Low"},
    "business_details": {},
    "training_details": {},
    "evaluation_details": [],
    "additional_information": {},
}
WRONG = {
    "no text of JSON": ("{", "is not JSON: "),
    "a name twice": ('{"intended_uses": {}, "intended_uses": {}}', "'intended_uses' stands twice"),
    "no object": ("[]", "is a list, not an object"),
    "another member": ('{"overview": {}}', "'overview' is no member of a model card"),
    "another kind": ('{"evaluation_details": {}}', "evaluation_details: is an object, not a list"),
    "another kind of object": ('{"intended_uses": "all"}', "is a String, not an object"),
    "a package's details": (
        '{"model_package_details": {}}',
        "no member of the model card of",
    ),
    "another overview": (
        '{"model_overview": {"model_name": "m"}}',
        "model_overview.model_name:",
    ),
}


def register(content: Any) -> dict[str, Any]:
    card = {"ModelCardContent": content, "ModelCardStatus": "Draft"}
    return {"ModelPackageGroupName": "g", "ModelCard": card}


@pytest.mark.parametrize("kind", WRONG)
def test_a_card_of_another_form_is_refused_before_the_run(kind: str) -> None:
    text, problem = WRONG[kind]
    step = {"Name": "R", "Type": "RegisterModel", "Arguments": register(text)}
    (line,) = request_problems({"Steps": [step]})
    assert line.startswith("step R: ModelCard.ModelCardContent: ")
    assert problem in line
    assert problem in asked("CreateModelPackage", register(text))


def test_a_sound_card_is_taken_and_a_run_s_is_not_judged_before_it() -> None:
    for content in (json.dumps(SOUND), {"Get": "Steps.A.OutputParameters['card']"}):
        assert not [*card_problems("CreateModelPackage", register(content))]


def test_a_card_alone_has_what_a_package_s_has_not() -> None:
    content = json.dumps(SOUND | {"model_package_details": {}, "model_overview": {"model_id": "m"}})
    request = {"ModelCardName": "m", "ModelCardStatus": "Draft", "Content": content}
    assert asked("CreateModelCard", request) == ""
    assert "Content: is not JSON" in asked("CreateModelCard", request | {"Content": "x"})


def test_a_card_is_as_long_as_the_api_takes() -> None:
    long = json.dumps(SOUND | {"business_details": {"a": "x" * 100_000}})
    assert "ModelCardContent: 1" in asked("CreateModelPackage", register(long))
    card: Any = request_shape("CreateModelPackage").members["ModelCard"]
    assert card.members["ModelCardContent"].metadata["max"] == 100_000


def test_a_client_reads_what_is_wrong(aws: Aws, name: str) -> None:
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=name)
    request: Any = register("{}") | {"ModelPackageGroupName": name}
    arn = client.create_model_package(**request)["ModelPackageArn"]
    with pytest.raises(ClientError, match=r"ValidationException.*is no member of a model card"):
        client.update_model_package(
            ModelPackageArn=arn,
            ModelCard={"ModelCardContent": '{"a": 1}', "ModelCardStatus": "Draft"},
        )

"""The table of fields against botocore's model: a closed world."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

import pipeline_local
from pipeline_schema.api_model import request_shape, service_model
from pipeline_schema.definition import Step
from pipeline_schema.request_fields import (
    HONOURED,
    NO_EFFECT,
    RECORDED,
    REFUSED,
    VALUE,
    field_table,
    refusals,
    without_effect,
)
from pipeline_schema.shape_values import shape_problems
from pipeline_schema.step_types import STEP_TYPES
from tests.unit.pipeline_schema.responses import made_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.aws import Aws

OPERATIONS = sorted(
    {
        operation
        for row in STEP_TYPES.values()
        for operation in (row.operation, *row.parts.values())
        if operation
    }
)
# The objects of which Describe answers what was asked for.
ANSWERED = (
    *("CreateAction", "CreateArtifact", "CreateContext"),
    *("CreateEndpoint", "CreateEndpointConfig", "CreateInferenceComponent"),
)


def element(shape: Any) -> Any:
    """Return the shape of what a list or map holds."""
    while shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    return shape


def verdict_problems(judgement: str, shape: Any, path: str) -> Iterator[str]:
    kind, _, reason = judgement.partition(": ")
    if kind not in (HONOURED, RECORDED, NO_EFFECT, REFUSED):
        yield f"{path}: {judgement!r} is no verdict"
    if (kind in (NO_EFFECT, REFUSED)) is not bool(reason):
        yield f"{path}: {kind} {'needs no' if reason else 'lacks a'} reason"
    if kind == HONOURED and shape.type_name == "structure":
        yield f"{path}: is a structure; judge its members"


def differences(judgement: Any, shape: Any, path: str) -> Iterator[str]:
    """Yield what the table and the model do not have in common."""
    shape = element(shape)
    if isinstance(judgement, str):
        yield from verdict_problems(judgement, shape, path)
    elif shape.type_name != "structure":
        for key in judgement:
            if key.removeprefix(VALUE) not in shape.enum:
                yield f"{path}: the model has no value {key}"
            yield from verdict_problems(judgement[key], shape, f"{path}{key}")
    else:
        for name in sorted(shape.members.keys() ^ judgement.keys()):
            owner = "the model" if name in shape.members else "the table"
            yield f"{path}.{name}: only {owner} has it"
        for name in shape.members.keys() & judgement.keys():
            yield from differences(judgement[name], shape.members[name], f"{path}.{name}")


def leaves(judgement: Any, shape: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names and kinds of all that has no members."""
    shape = element(shape)
    if isinstance(judgement, str):
        yield name, judgement.partition(": ")[0]
    elif any(key.startswith(VALUE) for key in judgement):
        # Nobody has to read the one value that is left.
        yield name, HONOURED if len(shape.enum) > len(judgement) + 1 else NO_EFFECT
    else:
        for inner, item in judgement.items():
            yield from leaves(item, shape.members[inner], inner)


def test_the_table_has_every_operation_of_a_step_and_no_other() -> None:
    assert sorted(field_table()) == OPERATIONS


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_table_judges_every_member_of_the_model_and_no_other(operation: str) -> None:
    assert not list(differences(field_table()[operation], request_shape(operation), operation))


def test_a_member_that_only_one_of_them_has_is_found() -> None:
    judgement = copy.deepcopy(field_table()["CreateTransformJob"])
    del judgement["TransformInput"]["SplitType"]
    judgement["TransformOutput"]["Colour"] = HONOURED
    judgement["TransformResources"] = HONOURED
    judgement["BatchStrategy"] = {"=Never": "refused: why"}
    found = list(differences(judgement, request_shape("CreateTransformJob"), "R"))
    assert sorted(found) == [
        "R.BatchStrategy: the model has no value =Never",
        "R.TransformInput.SplitType: only the model has it",
        "R.TransformOutput.Colour: only the table has it",
        "R.TransformResources: is a structure; judge its members",
    ]


def texts_in_code() -> set[str]:
    """Collect every text in the code of the runner."""
    root = Path(pipeline_local.__path__[0])
    places = [*root.glob("steps/**/*.py"), *root.glob("jobs/*.py"), root / "runs" / "champion.py"]
    return {
        node.value
        for place in places
        for node in ast.walk(ast.parse(place.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_said_to_be_honoured_is_read_by_the_runner(operation: str) -> None:
    found = leaves(field_table()[operation], request_shape(operation))
    named = {name for name, kind in found if kind == HONOURED}
    assert named <= texts_in_code(), sorted(named - texts_in_code())


# Of each form that a text of the recorded members has, one.
_HERE = "eu-central-1:111111111111"
TEXTS = (
    *("s3://bucket/key", "key", "text/csv", "1.0", "1.0.0", "sha256:" + "0" * 64, "/metrics"),
    *("mig-1g.5gb", f"arn:aws:sns:{_HERE}:topic", "arn:aws:iam::111111111111:role/r"),
    f"arn:aws:sagemaker:{_HERE}:reservation/a",
)


def sample(shape: Any) -> Any:
    """Make a value of a shape, with every member."""
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "map":
        return {"a": sample(shape.value)}
    least = shape.metadata.get("min") or 1
    if shape.type_name != "string":
        return True if shape.type_name == "boolean" else least
    texts = [*(shape.enum or ()), *(each.ljust(int(least), "y") for each in TEXTS)]
    return next(text for text in texts if not [*shape_problems(text, shape, "", None)])


def recorded(operation: str) -> dict[str, Any]:
    """Make a value of each member that is said to be recorded."""
    members = request_shape(operation).members
    return {
        name: sample(members[name])
        for name, kind in field_table()[operation].items()
        if kind == RECORDED
    }


def test_only_objects_record_what_was_asked_for() -> None:
    assert {each for each in OPERATIONS if recorded(each)} == {
        *("CreateModel", "CreateModelPackage", *ANSWERED),
    }


def test_what_is_said_to_be_recorded_is_answered_by_the_local_aws(aws: Aws, group: str) -> None:
    client: Any = aws.client("sagemaker")
    package, model = recorded("CreateModelPackage"), recorded("CreateModel")
    package["ModelCard"]["ModelCardContent"] = "{}"  # the API's model takes any text
    made = client.create_model_package(ModelPackageGroupName=group, **package)
    answer = client.describe_model_package(ModelPackageName=made["ModelPackageArn"])
    assert {name: answer.get(name) for name in package} == package
    assert made_by("RegisterModel") <= answer.keys()
    made = client.create_model(ModelName=group, ExecutionRoleArn=TEXTS[-2], **model)
    assert client.list_tags(ResourceArn=made["ModelArn"])["Tags"] == model.pop("Tags")
    assert not model
    assert made_by("Model") <= client.describe_model(ModelName=group).keys()


@pytest.mark.parametrize("operation", ANSWERED)
def test_what_an_object_records_is_answered_by_the_local_aws(
    aws: Aws, name: str, operation: str
) -> None:
    client: Any = aws.client("sagemaker")
    named = f"{operation.removeprefix('Create')}Name"
    asked = {**recorded(operation), named: name}
    if operation == "CreateEndpoint":
        variants = recorded("CreateEndpointConfig")["ProductionVariants"]
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        asked["EndpointConfigName"] = name
    made = getattr(client, xform_name(operation))(**asked)
    (arn,) = (value for key, value in made.items() if key.endswith("Arn"))
    by = {"ArtifactArn": arn} if operation == "CreateArtifact" else {named: name}
    answer = getattr(client, xform_name(operation.replace("Create", "Describe")))(**by)
    if "Tags" in asked:
        assert client.list_tags(ResourceArn=arn)["Tags"] == asked.pop("Tags")
    for row in STEP_TYPES.values():
        if row.operation == operation:
            assert made_by(row.name) <= answer.keys()
    shape = service_model().operation_model(operation.replace("Create", "Describe")).output_shape
    assert asked.keys() <= shape.members.keys()
    for key, value in asked.items():
        assert contains(answer.get(key), answerable(value, shape.members[key])), key


def contains(answer: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(contains(answer.get(key), item) for key, item in wanted.items())
    if isinstance(wanted, list):
        return len(answer) == len(wanted) and all(map(contains, answer, wanted))
    return bool(answer == wanted)


def answerable(value: Any, shape: Any) -> Any:
    """Return what of a request's value a description can hold."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: answerable(item, members[k]) for k, item in value.items() if k in members}
    if isinstance(value, list):
        return [answerable(item, shape.member) for item in value]
    return value


def test_a_refused_field_is_named_with_its_place_and_what_to_do() -> None:
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/k", "AttributeNames": ["a"]}
    channels = [{"ChannelName": "a", "DataSource": {"S3DataSource": source}}]
    step = Step("Train", "Training", {"InputDataConfig": channels})
    place = "InputDataConfig[0].DataSource.S3DataSource"
    advice = "lines of a manifest are not read here; use S3Prefix or ManifestFile"
    assert refusals(step) == [
        f"{place}.S3DataType: 'AugmentedManifestFile' is refused: {advice}",
        f"{place}.AttributeNames: is refused: {advice}",
    ]


def test_what_asks_for_nothing_is_neither_refused_nor_without_effect() -> None:
    request = {"EnableManagedSpotTraining": False, "ProfilerRuleConfigurations": []}
    request |= {"MlflowConfig": None, "Tags": []}
    step = Step("Train", "Training", request)
    assert not refusals(step)
    assert not without_effect(step)


def test_what_has_no_effect_is_named() -> None:
    request = {"DebugHookConfig": {"S3OutputPath": "s3://b"}, "RoleArn": "arn"}
    found = without_effect(Step("Train", "Training", request))
    assert found == {"DebugHookConfig", "RoleArn"}
    assert not without_effect(Step("Fail", "Fail", {"ErrorMessage": "x"}))

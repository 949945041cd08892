from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.codepipeline import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

(PIPELINE,) = TYPES


def _action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"ActionTypeId": kind, "Name": name, "RunOrder": "1", **more}


SOURCE = _action(
    "Source",
    "Source",
    "CodeCommit",
    Configuration={"BranchName": "main", "PollForSourceChanges": "false", "RepositoryName": "r"},
    OutputArtifacts=[{"Name": "Source"}],
)
BUILD = _action(
    "verify",
    "Build",
    "CodeBuild",
    Configuration={"ProjectName": "verify", "EnvironmentVariables": '[{"name": "A"}]'},
    InputArtifacts=[{"Name": "Source"}],
    Namespace="Training",
    OutputArtifacts=[{"Name": "Verified"}],
)
APPROVAL = _action("approve", "Approval", "Manual", Configuration={"CustomData": "Deploy?"})


@pytest.fixture(scope="module")
def pipeline(place: Place) -> dict[str, Any]:
    return {
        "ArtifactStore": {
            "EncryptionKey": {"Id": "arn:aws:kms:eu-central-1:111111111111:key/0", "Type": "KMS"},
            "Location": "delivery",
            "Type": "S3",
        },
        "ExecutionMode": "QUEUED",
        "Name": "delivery",
        "PipelineType": "V2",
        "RestartExecutionOnUpdate": False,
        "RoleArn": place.role("deliverer", "codepipeline", "codebuild"),
        "Stages": [
            {"Actions": [SOURCE], "Name": "Source"},
            {"Actions": [BUILD], "Name": "Verify", "OnFailure": {"Result": "ROLLBACK"}},
            {"Actions": [APPROVAL], "Name": "Approve"},
        ],
        "Tags": [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}],
        "Variables": [{"Description": "ARN of the version", "Name": "MODEL_PACKAGE_ARN"}],
    }


def test_a_pipeline(place: Place, pipeline: dict[str, Any]) -> None:
    client, context = place.aws.client("codepipeline"), place.context()
    made = PIPELINE.create(context, pipeline)
    assert made.attributes == {"Version": "1"}
    PIPELINE.delete(context, made.physical_id, pipeline)
    changes = {"ExecutionMode": "SUPERSEDED", "Stages": pipeline["Stages"][:2], "Variables": None}
    changed = {**pipeline, **changes}
    made = PIPELINE.create(context, pipeline)
    changed.pop("Variables")
    assert PIPELINE.update(context, "delivery", pipeline, changed).attributes == {"Version": "2"}
    found = PIPELINE.read(context, "delivery")
    assert len(found["Stages"]) == 2
    assert "Variables" not in found
    assert (
        client.list_pipeline_executions(pipelineName="delivery")["pipelineExecutionSummaries"] == []
    )
    with pytest.raises(ResourceError, match="A pipeline with the name 'delivery' already exists"):
        PIPELINE.create(context, pipeline)
    PIPELINE.delete(context, "delivery", pipeline)
    place.live(PIPELINE, pipeline, {}, unread=("RestartExecutionOnUpdate",))


def test_a_role_of_several_principals_and_the_defaults(
    place: Place, pipeline: dict[str, Any]
) -> None:
    services = ["codebuild.amazonaws.com", "codepipeline.amazonaws.com"]
    trusted = [{"AWS": "arn:aws:iam::111111111111:root"}, {"Service": services}]
    statements = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": each} for each in trusted
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam = place.aws.client("iam")
    role = iam.create_role(RoleName="several", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    left_out = {"ExecutionMode", "PipelineType", "Variables"}
    stages = [*pipeline["Stages"][:1], *pipeline["Stages"][2:]]
    wanted = {key: value for key, value in pipeline.items() if key not in left_out}
    made = PIPELINE.create(place.context(), {**wanted, "RoleArn": role, "Stages": stages})
    found = PIPELINE.read(place.context(), made.physical_id)
    assert (found["PipelineType"], found["ExecutionMode"]) == ("V1", "SUPERSEDED")
    PIPELINE.delete(place.context(), made.physical_id, pipeline)


def test_tags_change_without_a_version(place: Place, pipeline: dict[str, Any]) -> None:
    changes = {"Tags": [{"Key": "owner", "Value": "other"}]}
    made = place.live(PIPELINE, pipeline, changes, unread=("RestartExecutionOnUpdate",))
    assert made.attributes == {"Version": "1"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"RoleArn": "arn:aws:iam::111111111111:role/none"},
            "not authorized to perform AssumeRole",
        ),
        ({"ArtifactStore": None}, "artifactStore or artifactStores"),
        ({"PipelineType": "V1"}, "type V2"),
        ({"stages": 1}, r"has only 1 stage\(s\)"),
        ({"order": True}, "should start with a stage that only contains source actions"),
        ({"artifact": "Sauce"}, "Input Artifact Bundle Sauce in action verify is not declared"),
    ],
)
def test_a_refused_pipeline_leaves_nothing(
    place: Place, pipeline: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    wanted = deepcopy(pipeline)
    if "stages" in change:
        change = {"Stages": wanted["Stages"][:1]}
    elif "order" in change:
        change = {"Stages": wanted["Stages"][::-1]}
    elif "artifact" in change:
        wanted["Stages"][1]["Actions"][0]["InputArtifacts"] = [{"Name": change["artifact"]}]
        change = {}
    with pytest.raises(ResourceError, match=message):
        PIPELINE.create(place.context(), {**wanted, **change})
    assert place.aws.client("codepipeline").list_pipelines()["pipelines"] == []

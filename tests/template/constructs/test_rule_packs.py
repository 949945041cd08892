"""Each construct by itself passes the rule packs, save what its user has to answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stacks.base import FUNCTIONS
from tests.template.constructs.parts import KEY, RULES, function_role, place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aws_cdk as cdk

    Judge = Callable[[cdk.Stack], set[str]]


def _key(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.encryption_key import EncryptionKey, KeyUse

    uses = [KeyUse(("arn:aws:iam::111111111111:role/x",), ("s3",))]
    options: dict[str, Any] = {"deleter_arns": ["x"], "maker_arn": "x", "keep": True}
    EncryptionKey(stack, "Key", alias="a", description="x", uses=uses, **options)


def _bucket(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.encrypted_bucket import EncryptedBucket

    options: dict[str, Any] = {
        "key_arn": KEY,
        "endpoint_id": "vpce-1",
        "old_versions_days": 1,
        "keep": True,
    }
    logs = EncryptedBucket(stack, "Logs", bucket_name="logs", **options)
    EncryptedBucket(stack, "Bucket", bucket_name="data", access_logs=logs.bucket, **options)


def _log_group(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.log_group import EncryptedLogGroup

    EncryptedLogGroup(stack, "Group", name="/x", key_arn=KEY, retention_days=30, keep=True)


def _boundary(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.boundary_statements import Ceiling, Duty
    from secure_mlops_constructs.permission_boundary import PermissionBoundaries

    to_sagemaker = {"iam:PassedToService": ("sagemaker.amazonaws.com",)}
    duties = (
        Duty(("s3:PutObject",), ("arn:b*",)),
        Duty(("ec2:DescribeVpcs",), ("*",)),
        Duty(("s3:DeleteObjectVersion",), ("arn:b*",), principals=("arn:a",)),
        Duty(("iam:PassRole",), ("arn:r",), conditions=to_sagemaker),
        Duty(("sts:AssumeRole",), ("arn:t",), lends=True),
        Duty(("codebuild:StartBuild",), ("arn:n*",), lends=True),
        Duty(("ecr:BatchGetImage",), ("arn:i",), accounts=("1",)),
    )
    ceilings = {"all": Ceiling(duties, environment_arns=("arn:b*",))}
    PermissionBoundaries(stack, "Boundaries", prefix="b", ceilings=ceilings)


def _persona(stack: cdk.Stack) -> None:
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.persona import Persona

    statement = iam.PolicyStatement(actions=["kms:Decrypt"], resources=[KEY])
    Persona(stack, "P", role_name="p", description="x", statements=[statement])


def _service_role(stack: cdk.Stack) -> None:
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.service_role import ServiceRole

    statement = iam.PolicyStatement(actions=["kms:Decrypt"], resources=[KEY])
    ServiceRole(
        stack,
        "Role",
        role_name="r",
        service="sagemaker.amazonaws.com",
        description="x",
        statements=[statement],
    )


def _function(stack: cdk.Stack) -> None:
    import aws_cdk as cdk

    from secure_mlops_constructs.private_function import PrivateFunction

    PrivateFunction(
        stack,
        "Function",
        role=function_role(stack),
        description="x",
        folder=FUNCTIONS / "keep_champion",
        place=place(stack),
        environment={"A": "b"},
        timeout=cdk.Duration.minutes(1),
    )


def _keeper(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.champion_keeper import ChampionKeeper

    ChampionKeeper(
        stack,
        "Keeper",
        role=function_role(stack),
        folder=FUNCTIONS / "keep_champion",
        place=place(stack),
        groups=["g"],
        bucket_name="models",
        key_arn=KEY,
        rules=RULES,
    )


def _delivery(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.content_delivery import ContentDelivery

    delivery = ContentDelivery(stack, "Delivery", role=function_role(stack), place=place(stack))
    delivery.folder("One", FUNCTIONS / "keep_champion", bucket_name="bucket", prefix="code/1/")
    delivery.file(
        "Two", FUNCTIONS / "keep_champion" / "handler.py", bucket_name="bucket", key="raw/h.py"
    )


def _network(stack: cdk.Stack) -> Any:
    from secure_mlops_constructs.isolated_network import IsolatedNetwork
    from secure_mlops_constructs.log_group import EncryptedLogGroup

    logs = EncryptedLogGroup(
        stack, "FlowLogs", name="/x", key_arn=KEY, retention_days=30, keep=True
    )
    return IsolatedNetwork(
        stack,
        "Network",
        name="n",
        cidr="10.0.0.0/16",
        availability_zones=stack.availability_zones,
        s3_prefix_list="pl-1",
        flow_logs=logs.group,
    )


def _closed_network(stack: cdk.Stack) -> None:
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.default_group_closer import DefaultGroupCloser
    from secure_mlops_constructs.private_function import FunctionLogging

    network = _network(stack)
    arn = "arn:aws:iam::111111111111:policy/network"
    DefaultGroupCloser(
        stack,
        "Closer",
        name="closer",
        folder=FUNCTIONS / "close_default_group",
        vpc=network.vpc,
        place=place(stack),
        logging=FunctionLogging(key_arn=KEY, days=30, keep=True),
        network_policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "NetworkPolicy", arn),
        denies=[],
        after=[],
    )


def _endpoints(stack: cdk.Stack) -> None:
    from aws_cdk import aws_ec2 as ec2

    from mlops_contract.endpoints import AwsApi
    from secure_mlops_constructs.interface_endpoints import InterfaceEndpoints

    group = ec2.SecurityGroup.from_security_group_id(stack, "Endpoints", "sg-2", mutable=False)
    api = AwsApi(
        *("kms", ("kms:*",), "x"),
        without_resource=("kms:GenerateRandom",),
        foreign_repositories=("arn:x",),
    )
    vpc = place(stack).vpc
    InterfaceEndpoints(stack, "Apis", vpc=vpc, security_group=group, apis=[api])


def _pipeline(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.sagemaker_pipeline import BoundPipeline

    BoundPipeline(
        stack,
        "Pipeline",
        name="p",
        pipeline_name="p",
        display_name="P",
        description="x",
        definition={"a": "${A}"},
        values={"A": "1"},
        role_arn="arn:aws:iam::111111111111:role/x",
    )


def _parameters(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.published_parameters import PublishedParameters

    PublishedParameters(stack, "Parameters", prefix="/p/", values={"a/b": "c"})


def _table(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.dated_table import DatedTable

    DatedTable(
        stack,
        "Table",
        database_name="d",
        name="t",
        description="x",
        location="s3://b/t/",
        columns={"id": "string"},
    )


def _bus(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.announcement_bus import AnnouncementBus

    keys = [f"arn:aws:kms:eu-central-1:111111111111:key/{name}" for name in "ab"]
    AnnouncementBus(
        stack, "Bus", name="b", description="x", key_arn=keys[0], dead_letters_key_arn=keys[1]
    )


@pytest.mark.parametrize(
    "make",
    [
        *(_key, _log_group, _service_role, _function, _keeper, _delivery, _closed_network),
        *(_endpoints, _pipeline, _parameters, _boundary, _persona, _bus, _table),
    ],
)
def test_a_construct_passes_by_itself(
    stack: cdk.Stack, findings: Judge, make: Callable[[cdk.Stack], None]
) -> None:
    make(stack)
    assert findings(stack) == set()


def test_a_bucket_leaves_replication_to_its_user(stack: cdk.Stack, findings: Judge) -> None:
    _bucket(stack)
    assert {found.partition(" at ")[0] for found in findings(stack)} == {
        "HIPAA.Security-S3BucketReplicationEnabled",
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        "PCI.DSS.321-S3BucketReplicationEnabled",
    }


def test_a_network_leaves_its_default_group_to_the_closer(
    stack: cdk.Stack, findings: Judge
) -> None:
    _network(stack)
    assert {found.partition(" at ")[0].partition("-")[2] for found in findings(stack)} == {
        "VPCDefaultSecurityGroupClosed"
    }


def test_a_definition_too_long_for_sagemaker_is_named(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.sagemaker_pipeline import BoundPipeline

    with pytest.raises(ValueError, match=r"definition of pipeline 'p' has 10.* characters"):
        BoundPipeline(
            stack,
            "Pipeline",
            name="p",
            pipeline_name="p",
            display_name="P",
            description="x",
            definition={"a": "x" * 1_048_576},
            values={},
            role_arn="r",
        )


def test_a_caches_folder_does_not_change_a_functions_hash(stack: cdk.Stack, tmp_path: Path) -> None:
    from aws_cdk import aws_s3_assets as assets

    from secure_mlops_constructs.private_function import NOT_CODE

    hashes = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "handler.py").write_text("x = 1\n", encoding="utf-8")
        if name == "two":
            (folder / "__pycache__").mkdir()
            (folder / "__pycache__" / "handler.pyc").write_bytes(b"x")
        asset = assets.Asset(stack, name, path=str(folder), exclude=NOT_CODE)
        hashes.append(asset.asset_hash)
    assert hashes[0] == hashes[1]

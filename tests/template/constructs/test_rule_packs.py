"""Each construct by itself passes the rule packs, save what its user has to answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from environments import load_environment
from stacks.base import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aws_cdk as cdk

    Judge = Callable[[cdk.Stack], set[str]]

KEY = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def _place(stack: cdk.Stack) -> Any:
    """A VPC that is not judged: it stands outside the stack."""
    from aws_cdk import aws_ec2 as ec2

    from secure_mlops_constructs.private_function import FunctionPlace

    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["eu-central-1a"],
        isolated_subnet_ids=["subnet-1"],
        isolated_subnet_route_table_ids=["rtb-1"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1", mutable=False)
    return FunctionPlace(vpc=vpc, security_group=group, key_arn=KEY)


def _function_role(stack: cdk.Stack) -> Any:
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.private_function import FunctionLogging, FunctionRole

    arn = "arn:aws:iam::111111111111:policy/network"
    return FunctionRole(
        stack,
        "FunctionRole",
        name="function",
        description="x",
        statements=[],
        network_policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "Network", arn),
        logging=FunctionLogging(key_arn=KEY, days=30, keep=True),
    )


def _key(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.encryption_key import EncryptionKey, KeyUse

    uses = [KeyUse(("arn:aws:iam::111111111111:role/x",), ("s3",))]
    EncryptionKey(
        stack, "Key", alias="a", description="x", uses=uses, deleter_arns=["x"], keep=True
    )


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
    from secure_mlops_constructs.permission_boundary import Ceiling, PermissionBoundaries, Rights

    rights = Rights("s3:PutObject", "s3:Put*", "ec2:DescribeVpcs", "s3:DeleteObjectVersion")
    ceiling = Ceiling(
        ("arn:b",),
        passed_roles={"sagemaker.amazonaws.com": ("arn:r",)},
        taken_on=("arn:t",),
        named={"codebuild:StartBuild": ("arn:n",)},
        image_repositories=("arn:i",),
        break_glass_arn="arn:a",
    )
    PermissionBoundaries(stack, "Boundaries", prefix="b", kinds={"all": (rights, ceiling)})


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
        role=_function_role(stack),
        description="x",
        folder=FUNCTIONS / "keep_champion",
        place=_place(stack),
        environment={"A": "b"},
        timeout=cdk.Duration.minutes(1),
    )


def _keeper(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.champion_keeper import ChampionKeeper

    ChampionKeeper(
        stack,
        "Keeper",
        role=_function_role(stack),
        folder=FUNCTIONS / "keep_champion",
        place=_place(stack),
        groups=["g"],
        bucket_name="models",
        key_arn=KEY,
        rules=RULES,
    )


def _delivery(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.content_delivery import ContentDelivery

    delivery = ContentDelivery(stack, "Delivery", role=_function_role(stack), place=_place(stack))
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
        place=_place(stack),
        logging=FunctionLogging(key_arn=KEY, days=30, keep=True),
        network_policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "NetworkPolicy", arn),
        after=[],
    )


def _endpoints(stack: cdk.Stack) -> None:
    from aws_cdk import aws_ec2 as ec2

    from secure_mlops_constructs.interface_endpoints import AwsApi, InterfaceEndpoints

    group = ec2.SecurityGroup.from_security_group_id(stack, "Endpoints", "sg-2", mutable=False)
    api = AwsApi("kms", ("kms:*",), "x", ("kms:GenerateRandom",), ("arn:x",))
    vpc = _place(stack).vpc
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


def _packages(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.package_repository import PackageRepository

    PackageRepository(stack, "Packages", name="p", key_arn=KEY, keep=True)


def _source(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.source_repository import SourceRepository

    SourceRepository(stack, "Source", name="r", key_arn=KEY, keep=True)


def _imported_role(stack: cdk.Stack) -> Any:
    from aws_cdk import aws_iam as iam

    arn = "arn:aws:iam::111111111111:role/x"
    return iam.Role.from_role_arn(stack, "ImportedRole", arn, mutable=False)


def _build(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.private_build import BuildPlace, BuildWork, PrivateBuild

    PrivateBuild(
        stack,
        "Build",
        name="b",
        role=_imported_role(stack),
        log_group="/b",
        place=BuildPlace("vpc-1", ("subnet-1",), "sg-1", KEY, "reports"),
        work=BuildWork("buildspec.yml", "x", {"A": "1"}, reports=True),
    )


def _pipeline_of_deliveries(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.delivery_pipeline import ArtifactStore, DeliveryPipeline
    from stacks.delivery_plans import promotion_plan

    DeliveryPipeline(
        stack,
        "Pipeline",
        name="p",
        role=_imported_role(stack),
        store=ArtifactStore("bucket", KEY),
        plan=promotion_plan(load_environment("dev")),
    )


def _triggers(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.delivery_triggers import DeliveryTriggers, PushFilter

    here = "eu-central-1:111111111111"
    triggers = DeliveryTriggers(
        stack, "Triggers", name="t", role=_imported_role(stack), dead_letters_arn=QUEUE
    )
    triggers.decided_models(["group"], f"arn:aws:codepipeline:{here}:p")
    repository = f"arn:aws:codecommit:{here}:r"
    triggers.pull_requests(repository, "main", f"arn:aws:codebuild:{here}:project/b")
    filtering = PushFilter(
        _function_role(stack), FUNCTIONS / "push_filter", _place(stack), "p", ("docs/**",)
    )
    triggers.pushes(repository, "main", filtering)


def test_a_build_leaves_the_way_to_its_source_to_its_user(
    stack: cdk.Stack, findings: Judge
) -> None:
    _build(stack)
    assert {found.partition(" at ")[0] for found in findings(stack)} == {
        "HIPAA.Security-CodeBuildProjectSourceRepoUrl",
        "PCI.DSS.321-CodeBuildProjectSourceRepoUrl",
    }


RULES = "arn:aws:events:eu-central-1:111111111111:rule/p-*"
TOPIC = "arn:aws:sns:eu-central-1:111111111111:alerts"
QUEUE = "arn:aws:sqs:eu-central-1:111111111111:failed"
PUBLISHER = "arn:aws:iam::111111111111:role/p-alert-publisher"


def _topic(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.alerts_topic import AlertsTopic

    AlertsTopic(
        stack,
        "Alerts",
        topic_name="alerts",
        display_name="alerts",
        key_arn=KEY,
        addresses=["a@example.com"],
    )


def _letters(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.dead_letters import rule_dead_letters

    rule_dead_letters(stack, "p", KEY, RULES)


def _alert(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.alert_rule import AlertRule, Message

    AlertRule(
        stack,
        "Alert",
        name="p-alert",
        description="x",
        pattern={"source": ["aws.s3"]},
        message=Message("<a>", "b", "c", "d", "e", {"a": "$.time"}),
        topic_arn=TOPIC,
        role_arn=PUBLISHER,
        dead_letters_arn=QUEUE,
    )


def _starts(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.pipeline_schedules import PipelineSchedules, PipelineStart
    from secure_mlops_constructs.start_rule import StartRule

    start = PipelineStart("s", "x", "p", "0 2 * * ? *", "UTC", 0, paused=True)
    PipelineSchedules(
        stack,
        "Schedules",
        group_name="secure-mlops-x",
        starts=[start],
        role_arn="arn:aws:iam::111111111111:role/x",
        key_arn=KEY,
        dead_letters_arn=QUEUE,
        partition="aws",
    )
    StartRule(
        stack,
        "Rule",
        name="p-on-data",
        description="x",
        pattern={"source": ["aws.s3"]},
        pipeline_arn="arn:aws:sagemaker:eu-central-1:111111111111:pipeline/p",
        parameters={},
        role_arn="arn:aws:iam::111111111111:role/x",
        paused=False,
        dead_letters_arn=QUEUE,
    )


def _dashboard(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.dashboard import Dashboard, Graph, Row
    from secure_mlops_constructs.watched_part import Figure

    graph = Graph("x", {"a": Figure("n", "m", {"d": "v"}, "Sum")}, limits={"l": 1})
    Dashboard(stack, "D", name="d", region="eu-central-1", rows=[Row("# x", [graph], ["arn:a"])])


def _watched(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.watched_part import AlarmRecord, Figure, WatchedPart

    figures = (Figure("n", "m", {"d": "v"}, "Sum"), Figure("n", "o", {}, "Sum"))
    records = [
        AlarmRecord(f"p-{len(some)}", "failed", "x", "docs/operations.md#x", some, 0, 24)
        for some in (figures, figures[:1])
    ]
    WatchedPart(stack, "P", name="p", meaning="x", runbook="r", records=records)


@pytest.mark.parametrize(
    "make",
    [
        *(_packages, _source, _pipeline_of_deliveries, _triggers),
        *(_key, _log_group, _service_role, _function, _keeper, _delivery, _closed_network),
        *(_endpoints, _pipeline, _parameters, _boundary, _persona, _bus, _table),
        *(_topic, _letters, _alert, _starts, _dashboard),
    ],
)
def test_a_construct_passes_by_itself(
    stack: cdk.Stack, findings: Judge, make: Callable[[cdk.Stack], None]
) -> None:
    make(stack)
    assert findings(stack) == set()


def test_alarms_leave_acting_to_the_one_above_them(stack: cdk.Stack, findings: Judge) -> None:
    _watched(stack)
    assert {found.partition(" at ")[0] for found in findings(stack)} == {
        "HIPAA.Security-CloudWatchAlarmAction",
        "NIST.800.53.R5-CloudWatchAlarmAction",
    }


def test_a_message_too_long_for_eventbridge_is_told() -> None:
    from secure_mlops_constructs.alert_rule import Message

    with pytest.raises(ValueError, match="8192 are possible"):
        Message("x" * 9000, "", "", "", "", {}).template()


def test_an_alarm_of_too_many_metrics_is_told(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.watched_part import AlarmRecord, Figure, WatchedPart

    figures = tuple(Figure("n", f"m{number}", {}, "Sum") for number in range(11))
    record = AlarmRecord("p-slow", "step-slow", "x", "r", figures, 0, 24)
    with pytest.raises(ValueError, match="p-slow has more than 10 metrics"):
        WatchedPart(stack, "P", name="p", meaning="x", runbook="r", records=[record])


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


def test_the_judge_is_awake(stack: cdk.Stack, findings: Judge) -> None:
    from aws_cdk import aws_sqs as sqs

    sqs.Queue(stack, "Queue")
    assert any("AwsSolutions-SQS4" in found for found in findings(stack))


def test_an_acknowledgment_is_kept_in_the_template(stack: cdk.Stack, findings: Judge) -> None:
    from aws_cdk import assertions
    from aws_cdk import aws_sqs as sqs

    from secure_mlops_constructs.acknowledgments import acknowledge

    queue = sqs.Queue(stack, "Queue", enforce_ssl=True)
    acknowledge(queue, "AwsSolutions-SQS3", reason="A test")
    acknowledge(stack, "A-1", "A-2", reason="Another")
    acknowledge(stack, "A-3", reason="One more")
    assert findings(stack) == set()
    template = assertions.Template.from_stack(stack).to_json()
    (resource,) = (
        entry for entry in template["Resources"].values() if entry["Type"] == "AWS::SQS::Queue"
    )
    key = "secure-mlops:acknowledged"
    assert resource["Metadata"][key] == [{"rule": "AwsSolutions-SQS3", "reason": "A test"}]
    assert [entry["rule"] for entry in template["Metadata"][key]] == ["A-1", "A-2", "A-3"]


def test_an_acknowledgment_needs_a_resource(stack: cdk.Stack) -> None:
    from constructs import Construct

    from secure_mlops_constructs.acknowledgments import acknowledge

    with pytest.raises(TypeError, match="Stack/Nothing has no main resource"):
        acknowledge(Construct(stack, "Nothing"), "A-1", reason="x")


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

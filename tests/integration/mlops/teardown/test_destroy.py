"""`mlops destroy` on a local AWS: stacks through CloudFormation, and what was made beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from environments import load_environment
from mlops import local_aws
from mlops.command_line.main import app
from mlops.errors import MlopsError
from mlops.local_aws import Aws, connect, keeper
from mlops.local_aws.keeper import find_server
from mlops.teardown import Teardown, carry_out, plan_teardown, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mlops.teardown import Item

REGION, ACCOUNT, PREFIX = "eu-central-1", "111111111111", "secure-mlops-dev"
BUCKET = f"{PREFIX}-data-{ACCOUNT}-{REGION}"
LOGS = f"/{PREFIX}/flow-logs"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ],
}
CEILING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


def _stack(resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    return json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})


def _resource(kind: str, properties: dict[str, Any], *, kept: bool = False) -> dict[str, Any]:
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if kept else {}
    return {"Type": kind, "Properties": properties, **retained}


def _deploy(aws: Aws, *, kept: bool) -> None:
    """A small environment: the kinds of stacks that the platform has, with what moto knows."""
    client = aws.client("cloudformation")
    stacks = {
        "boundary": _stack(
            {
                "Policy": _resource(
                    "AWS::IAM::ManagedPolicy",
                    {"ManagedPolicyName": f"{PREFIX}-boundary", "PolicyDocument": CEILING},
                )
            },
            {"Arn": {"Value": {"Ref": "Policy"}, "Export": {"Name": f"{PREFIX}-boundary:Arn"}}},
        ),
        "identity": _stack(
            {
                "Role": _resource(
                    "AWS::IAM::Role",
                    {
                        "RoleName": f"{PREFIX}-training-job",
                        "AssumeRolePolicyDocument": TRUST,
                        "ManagedPolicyArns": [{"Fn::ImportValue": f"{PREFIX}-boundary:Arn"}],
                    },
                ),
                "Logs": _resource("AWS::Logs::LogGroup", {"LogGroupName": LOGS}, kept=kept),
            }
        ),
        "storage": _stack(
            {
                "Data": _resource("AWS::S3::Bucket", {"BucketName": BUCKET}, kept=kept),
                "Name": _resource(
                    "AWS::SSM::Parameter",
                    {"Name": "/secure-mlops/dev/bucket/data", "Type": "String", "Value": BUCKET},
                ),
            }
        ),
    }
    for name, body in stacks.items():
        client.create_stack(StackName=f"{PREFIX}-{name}", TemplateBody=body)
    aws.client("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )


def _use(aws: Aws) -> None:
    """What working with the environment leaves behind, in no template."""
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=BUCKET, Key="abalone/raw/abalone.csv", Body=body)
    s3.delete_object(Bucket=BUCKET, Key="abalone/raw/abalone.csv")
    sagemaker.create_model_package_group(ModelPackageGroupName=f"{PREFIX}-abalone-age")
    sagemaker.create_model_package(ModelPackageGroupName=f"{PREFIX}-abalone-age")
    sagemaker.create_pipeline(
        PipelineName=f"{PREFIX}-batch-inference-3",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="a" * 32,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-orchestration",
    )
    aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{PREFIX}-champion-keeper")
    scheduler = aws.client("scheduler")
    scheduler.create_schedule_group(Name=PREFIX)
    scheduler.create_schedule(
        Name="by-hand",
        GroupName=PREFIX,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PREFIX}-training",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-scheduler",
        },
    )
    scheduler.create_schedule_group(Name="of-somebody-else")
    aws.client("iam").create_role(
        RoleName="secure-mlops-prod-training-job", AssumeRolePolicyDocument=json.dumps(TRUST)
    )


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    state = tmp_path / "state"
    yield connect(REGION, ACCOUNT, local=True, state=state)
    keeper.stop_server(state)


def _teardown(aws: Aws, *, keep: bool) -> Teardown:
    settings = load_environment("dev")
    retention = settings.retention.model_copy(update={"keep_data": keep})
    return Teardown(settings.model_copy(update={"retention": retention}), aws)


def _names(items: Iterable[Item]) -> set[tuple[str, str]]:
    return {(each.kind, each.name) for each in items}


GROUP = ("model package group", f"{PREFIX}-abalone-age")
BESIDE = {
    ("SageMaker pipeline", f"{PREFIX}-batch-inference-3"),
    ("log group", f"/aws/lambda/{PREFIX}-champion-keeper"),
    ("schedule", "by-hand"),
    ("schedule group", PREFIX),
    GROUP,
}


def test_both_keys_turned_nothing_is_left(aws: Aws) -> None:
    _deploy(aws, kept=False)
    _use(aws)
    teardown = _teardown(aws, keep=False)
    before = surroundings.everything(aws, teardown.names)
    plan = plan_teardown(teardown)
    assert plan.stacks == tuple(f"{PREFIX}-{name}" for name in ("storage", "identity", "boundary"))
    assert _names(plan.beside) >= BESIDE
    assert [each.kind for each in plan.beside].count("model package") == 1
    assert plan.emptied == (BUCKET,)
    assert plan.stays == ()
    # A plan changes nothing.
    assert surroundings.everything(aws, teardown.names) == before

    told: list[str] = []
    assert carry_out(teardown, plan, told.append) == []
    assert f"empties bucket {BUCKET}: 3 versions" in told
    assert surroundings.everything(aws, teardown.names) == []
    # What is somebody else's is still there.
    groups = aws.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert "of-somebody-else" in {each["Name"] for each in groups}
    assert aws.client("iam").get_role(RoleName="secure-mlops-prod-training-job")
    again = plan_teardown(teardown)
    assert (again.stacks, again.beside) == ((), ())


def test_data_outlive_their_stacks_unless_both_are_turned(aws: Aws) -> None:
    _deploy(aws, kept=True)
    _use(aws)
    teardown = _teardown(aws, keep=False)
    plan = plan_teardown(teardown)
    assert plan.emptied == ()
    data = {("bucket", BUCKET), ("log group", LOGS), GROUP}
    assert _names(plan.stays) == data
    assert {each.why for each in plan.stays} == {"data: not deployed with -c delete_data=dev"}
    assert carry_out(teardown, plan, lambda _: None) == []
    versions = aws.client("s3").list_object_versions(Bucket=BUCKET)
    assert len(versions["Versions"]) == 2
    assert _names(surroundings.everything(aws, teardown.names)) == data
    again = plan_teardown(teardown)
    assert _names(again.stays) == data
    assert (again.stacks, again.beside) == ((), ())


def test_data_that_would_go_against_the_settings_stop_it(aws: Aws) -> None:
    _deploy(aws, kept=False)
    with pytest.raises(MlopsError, match="deploy it once without"):
        plan_teardown(_teardown(aws, keep=True))


def test_what_is_left_is_told_and_fails(aws: Aws) -> None:
    _deploy(aws, kept=True)
    teardown = _teardown(aws, keep=False)
    plan = plan_teardown(teardown)
    # Made after the plan, by somebody who still works there.
    aws.client("sqs").create_queue(QueueName=f"{PREFIX}-late")
    assert _names(carry_out(teardown, plan, lambda _: None)) == {("queue", f"{PREFIX}-late")}


def test_another_accounts_credentials_are_refused(aws: Aws, tmp_path: Path) -> None:
    assert aws.is_local
    elsewhere = Aws(REGION, "222222222222", find_server(tmp_path / "state"))
    with pytest.raises(MlopsError, match="sign in there"):
        plan_teardown(_teardown(elsewhere, keep=False))


def test_the_command_only_says_what_it_would_do(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    _deploy(aws, kept=True)
    monkeypatch.setattr(local_aws, "connect", lambda *_, **__: aws)
    dry = CliRunner().invoke(app, ["destroy", "-e", "dev"])
    assert dry.exit_code == 0, dry.output
    assert f"would delete stack {PREFIX}-identity" in dry.output
    assert f"stays: bucket {BUCKET} (data: not deployed with" in dry.output
    assert "nothing was done; --yes does it" in dry.output
    done = CliRunner().invoke(app, ["destroy", "-e", "dev", "--yes", "--json"])
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["done"] is True
    assert facts["left"] == []
    assert "nothing is deployed" in CliRunner().invoke(app, ["destroy", "-e", "dev"]).output

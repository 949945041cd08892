"""`mlops destroy` on a local AWS: stacks through CloudFormation, and what was made beside them."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from environments import load_environment, loading
from mlops.command_line.main import app
from mlops.teardown import Place, plan_teardown, tear_down
from mlops.teardown.kinds import KINDS, everything
from mlops.teardown.stacks import delete_stack
from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper
from tests.integration.mlops.teardown import leftovers
from tests.integration.mlops.teardown.leftovers import ANYTHING, PREFIX, REGION, TAG, TRUST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlops.teardown import Item
    from pipeline_local.aws.address import Address

LOGS = f"/{PREFIX}/flow-logs"
_NUMBERS = count(700000000000)


def _bucket(aws: Aws) -> str:
    return f"{PREFIX}-data-{aws.account}-{REGION}"


def _stack(resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    return json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})


def _resource(kind: str, properties: dict[str, Any], *, kept: bool = False) -> dict[str, Any]:
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if kept else {}
    return {"Type": kind, "Properties": properties, **retained}


def _deploy(aws: Aws, *, kept: bool) -> None:
    """A small environment: the kinds of stacks that the platform has, with what moto knows."""
    client, data = aws.client("cloudformation"), _bucket(aws)
    stacks = {
        "boundary": _stack(
            {
                "Policy": _resource(
                    "AWS::IAM::ManagedPolicy",
                    {
                        "ManagedPolicyName": f"{PREFIX}-boundary",
                        "PolicyDocument": json.loads(ANYTHING),
                    },
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
                        "AssumeRolePolicyDocument": json.loads(TRUST),
                        "ManagedPolicyArns": [{"Fn::ImportValue": f"{PREFIX}-boundary:Arn"}],
                    },
                ),
                "Logs": _resource(
                    "AWS::Logs::LogGroup", {"LogGroupName": LOGS, "Tags": [TAG]}, kept=kept
                ),
            }
        ),
        "storage": _stack(
            {
                "Data": _resource("AWS::S3::Bucket", {"BucketName": data}, kept=kept),
                "Name": _resource(
                    "AWS::SSM::Parameter",
                    {"Name": "/secure-mlops/dev/bucket/data", "Type": "String", "Value": data},
                ),
            }
        ),
    }
    named, waiter = ["CAPABILITY_NAMED_IAM"], client.get_waiter("stack_create_complete")
    for stack, body in ((f"{PREFIX}-{name}", body) for name, body in stacks.items()):
        client.create_stack(StackName=stack, TemplateBody=body, Capabilities=named)
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 1})
    enabled = {"Status": "Enabled"}
    aws.client("s3").put_bucket_versioning(Bucket=data, VersioningConfiguration=enabled)


def _use(aws: Aws) -> None:
    """What working with the environment leaves behind, in no template."""
    s3, sagemaker, scheduler = map(aws.client, ("s3", "sagemaker", "scheduler"))
    for body in (b"1", b"2"):
        s3.put_object(Bucket=_bucket(aws), Key="abalone/raw/abalone.csv", Body=body)
    s3.delete_object(Bucket=_bucket(aws), Key="abalone/raw/abalone.csv")
    sagemaker.create_model_package_group(ModelPackageGroupName=f"{PREFIX}-abalone-age")
    sagemaker.create_model_package(ModelPackageGroupName=f"{PREFIX}-abalone-age")
    sagemaker.create_pipeline(
        PipelineName=f"{PREFIX}-batch-inference-3",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="a" * 32,
        RoleArn=f"arn:aws:iam::{aws.account}:role/{PREFIX}-orchestration",
    )
    aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{PREFIX}-champion-keeper")
    scheduler.create_schedule_group(Name=PREFIX)
    scheduler.create_schedule(
        Name="by-hand",
        GroupName=PREFIX,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:sagemaker:{REGION}:{aws.account}:pipeline/{PREFIX}-training",
            "RoleArn": f"arn:aws:iam::{aws.account}:role/{PREFIX}-scheduler",
        },
    )
    scheduler.create_schedule_group(Name="of-somebody-else")
    aws.client("iam").create_role(
        RoleName="secure-mlops-prod-training-job", AssumeRolePolicyDocument=TRUST
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One local AWS, in which every test has an account of its own."""
    state = tmp_path_factory.mktemp("teardown") / "state"
    yield keeper.ensure_server(state)
    keeper.stop_server(state)


@pytest.fixture
def aws(server: Address) -> Aws:
    return Aws(REGION, f"{next(_NUMBERS):012d}", server)


def _place(aws: Aws, *, keep: bool) -> Place:
    settings = load_environment("dev")
    retention = settings.retention.model_copy(update={"keep_data": keep})
    changed = {"account": aws.account, "retention": retention}
    return Place(settings.model_copy(update=changed), aws)


def _command(monkeypatch: pytest.MonkeyPatch, place: Place, *options: str) -> Result:
    """Run the command on a place."""
    monkeypatch.setattr("mlops.local_project.connect", lambda *_, **__: place.aws)
    monkeypatch.setattr(loading, "load_environment", lambda _: place.settings)
    return CliRunner().invoke(app, ["destroy", "-e", "dev", *options])


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
    place = _place(aws, keep=False)
    before = everything(place)
    plan = plan_teardown(place)
    assert plan.stacks == tuple(f"{PREFIX}-{name}" for name in ("storage", "identity", "boundary"))
    assert _names(plan.beside) >= BESIDE
    assert [each.kind for each in plan.beside].count("model package") == 1
    assert plan.emptied == (_bucket(aws),)
    assert plan.stays == ()
    # A plan changes nothing.
    assert everything(place) == before

    told: list[str] = []
    assert tear_down(place, plan, told.append) == []
    assert f"empties bucket {_bucket(aws)}: 3 versions" in told
    assert everything(place) == []
    # What is somebody else's is still there.
    groups = aws.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert "of-somebody-else" in {each["Name"] for each in groups}
    assert aws.client("iam").get_role(RoleName="secure-mlops-prod-training-job")
    again = plan_teardown(place)
    assert (again.stacks, again.beside) == ((), ())


def test_data_outlive_their_stacks_unless_both_are_turned(aws: Aws) -> None:
    _deploy(aws, kept=True)
    _use(aws)
    place = _place(aws, keep=False)
    plan = plan_teardown(place)
    assert plan.emptied == ()
    data = {("bucket", _bucket(aws)), ("log group", LOGS), GROUP}
    assert _names(plan.stays) == data
    assert {each.why for each in plan.stays} == {"data: not deployed with -c delete_data=dev"}
    assert tear_down(place, plan, lambda _: None) == []
    versions = aws.client("s3").list_object_versions(Bucket=_bucket(aws))
    assert len(versions["Versions"]) == 2
    # Versions stay with their group.
    assert _names(each for each in everything(place) if not each.part_of) == data
    again = plan_teardown(place)
    assert _names(again.stays) == data
    assert (again.stacks, again.beside) == ((), ())


def test_data_that_would_go_against_the_settings_stop_it(aws: Aws) -> None:
    _deploy(aws, kept=False)
    with pytest.raises(MlopsError, match="deploy it once without"):
        plan_teardown(_place(aws, keep=True))


def test_what_is_left_is_told_and_fails(aws: Aws) -> None:
    _deploy(aws, kept=True)
    # A first run was cut short: what its deleted stack left on purpose is data still.
    delete_stack(aws, f"{PREFIX}-identity")
    place = _place(aws, keep=False)
    plan = plan_teardown(place)
    assert ("log group", LOGS) in _names(plan.stays)
    # Made after the plan, by somebody who still works there.
    aws.client("sqs").create_queue(QueueName=f"{PREFIX}-late")
    assert _names(tear_down(place, plan, lambda _: None)) == {("queue", f"{PREFIX}-late")}


def test_projects_are_left_to_their_teams(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    place = _place(aws, keep=False)
    launched = [
        {"Name": "p-other", "ProductName": "secure-mlops-prod-project"},
        {"Name": "p-churn", "ProductName": f"{PREFIX}-project"},
    ]
    answer = {"ProvisionedProducts": launched}
    client = aws.client("servicecatalog")
    monkeypatch.setattr(client, "search_provisioned_products", lambda **_: answer)
    with pytest.raises(MlopsError, match="dev: the project p-churn exists; its team deletes it"):
        plan_teardown(place)


def test_another_accounts_credentials_are_refused(aws: Aws, server: Address) -> None:
    place = _place(aws, keep=False)
    elsewhere = Place(place.settings, Aws(REGION, "999999999999", server))
    with pytest.raises(MlopsError, match="sign in there"):
        plan_teardown(elsewhere)


def test_the_command_only_says_what_it_would_do(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    _deploy(aws, kept=True)
    aws.client("cloudformation").create_stack(
        StackName="CDKToolkit",
        TemplateBody=_stack({"Assets": _resource("AWS::SQS::Queue", {"QueueName": "shared"})}),
    )
    place = _place(aws, keep=False)
    dry = _command(monkeypatch, place)
    assert dry.exit_code == 0, dry.output
    assert f"would delete stack {PREFIX}-identity" in dry.output
    assert f"stays: bucket {_bucket(aws)} (data: not deployed with" in dry.output
    assert "left alone: stack CDKToolkit (the CDK's bootstrap" in dry.output
    assert "nothing was done; add --yes to do it" in dry.output
    done = _command(monkeypatch, place, "--yes", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["done"] is True
    assert facts["left"] == []
    assert "nothing is deployed" in _command(monkeypatch, place).output


def test_one_leftover_of_every_kind_is_found_and_deleted_or_told(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = leftovers.make(aws)
    # Stacks are the other tests'; every other kind is among them.
    assert set(made) == {each.words for each in KINDS} - {"stack"}
    place = _place(aws, keep=False)
    found = _names(everything(place))
    assert set(made.items()) <= found
    kept = {kind.words for kind in KINDS if kind.is_data} - {"log group"}
    told = {kind.words for kind in KINDS if kind.remove is None and not kind.is_data} - {"stack"}
    # Without a stack nobody knows that both keys were turned: data stay.
    plan = plan_teardown(place)
    assert {each.kind for each in plan.stays} == kept - {"model package"}
    assert {each.kind for each in plan.unowned} == told
    assert {each.kind for each in plan.beside} == set(made) - kept - told
    assert _names(everything(place)) == found

    done = _command(monkeypatch, place, "--yes", "--json")
    assert done.exit_code == 1, done.output
    left = {(each["kind"], each["name"]) for each in json.loads(done.stdout)["left"]}
    assert left == {(kind, made[kind]) for kind in told}
    stayed = {(kind, made[kind]) for kind in kept}
    assert _names(everything(place)) == left | stayed
    # What is somebody else's is still there.
    assert aws.client("events").describe_rule(Name="of-somebody-else")
    assert aws.client("ssm").get_parameter(Name="/secure-mlops/prod/a")
    assert aws.client("sagemaker").describe_model(ModelName="of-somebody-else")
    assert aws.client("codebuild").list_projects()["projects"] == ["of-somebody-else"]

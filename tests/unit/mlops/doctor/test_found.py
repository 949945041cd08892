"""Problems that no command of this account's removes: each planted once, found and named."""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from mlops.doctor import examine
from mlops.doctor.deployed import stacks
from mlops.doctor.reads import Reader
from mlops.teardown import Place
from mlops_contract.cdk_bootstrap import role
from pipeline_local.aws import Aws
from tests.unit.mlops.doctor.conftest import (
    ANYTHING,
    ASSUMED_BY_THE_ACCOUNT,
    EXECUTING,
    PREFIX,
    again,
    problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.doctor import Subject
    from promises.world import World


def test_an_organization_that_refuses_something_is_found_from_both_sides(
    aws: Aws, subject: Subject
) -> None:
    """By the simulator, and in the policies themselves where they can be read."""
    management = Aws(aws.region, "999999999999", aws._server)
    client = management.client("organizations")
    client.create_organization(FeatureSet="ALL")
    made = client.create_account(AccountName="dev", Email="dev@example.com")
    member = made["CreateAccountStatus"]["AccountId"]
    content = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"}],
        }
    )
    policy = client.create_policy(
        Name="NoKeys", Description="", Type="SERVICE_CONTROL_POLICY", Content=content
    )["Policy"]["PolicySummary"]["Id"]
    client.attach_policy(PolicyId=policy, TargetId=member)
    executing = Aws(aws.region, member, aws._server).client("iam")
    executing.create_role(
        RoleName=role("cfn-exec", member, aws.region),
        AssumeRolePolicyDocument=json.dumps(ASSUMED_BY_THE_ACCOUNT),
    )
    inside = dataclasses.replace(
        subject,
        settings=subject.settings.model_copy(update={"account": member}),
        world=dataclasses.replace(subject.world, account=member),
        reader=Reader(Aws(aws.region, member, aws._server)),
    )
    (found,) = problems(inside, "simulated rights")
    assert "kms:CreateKey" in found.what
    lines = list(examine(again(inside), only="service control policies"))
    assert [each.verdict.value for each in lines] == ["ok", "ok", "unknown"]
    client.register_delegated_administrator(AccountId=member, ServicePrincipal="ssm.amazonaws.com")
    (found,) = problems(inside, "service control policies")
    assert f"NoKeys ({policy}) at {member} refuses kms:CreateKey" in found.what
    assert found.commands == (
        f"aws organizations detach-policy --policy-id {policy} --target-id {member}",
    )
    client.detach_policy(PolicyId=policy, TargetId=member)
    for check in ("simulated rights", "service control policies"):
        assert problems(inside, check) == []


def test_a_bootstrapped_role_with_its_policies_is_simulated(subject: Subject) -> None:
    """Its rights are in managed policies, of which moto has the text in versions only."""
    lines = list(examine(again(subject), only="simulated rights"))
    (found,) = [each for each in lines if each.check == "simulated rights"]
    assert found.verdict.value == "ok"
    assert "no organization refuses" in found.what


def test_another_account_and_a_wrong_clock_come_first(aws: Aws, subject: Subject) -> None:
    elsewhere = Reader(Aws(aws.region, "222222222222", aws._server))
    lines = list(examine(dataclasses.replace(subject, reader=elsewhere)))
    assert [each.check for each in lines] == ["clock", "account"]
    assert "the credentials are of account 222222222222, dev is in 111111111111" in lines[1].what
    fast = dataclasses.replace(subject, now=lambda: datetime.now(UTC) + timedelta(minutes=10))
    (found,) = problems(fast, "zones")
    assert "s fast; AWS refuses signatures for it" in found.what
    assert found.commands == ("sudo timedatectl set-ntp true",)


def test_a_bucket_of_another_account_is_no_leftover(aws: Aws, subject: Subject) -> None:
    name = f"{PREFIX}-models-111111111111-eu-central-1"
    other = Aws(aws.region, "999999999999", aws._server).client("s3")
    other.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    (found,) = problems(subject, "buckets of others")
    assert f"another account has the bucket {name}" in found.what
    assert problems(subject, "names: bucket") == []
    other.delete_bucket(Bucket=name)
    assert problems(subject, "buckets of others") == []


def _changed(world: World, kind: str, **properties: Any) -> World:
    """Return the world with properties of the first resource of a type changed."""
    first = next(world.of_kind(kind))
    other = dataclasses.replace(first, properties={**first.properties, **properties})
    resources = tuple(other if each is first else each for each in world.resources)
    return dataclasses.replace(world, resources=resources)


ENDPOINT, EGRESS = "AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroupEgress"
IN_TEMPLATES: list[tuple[str, str, dict[str, Any], str]] = [
    (
        *("endpoint services", ENDPOINT),
        {"ServiceName": "com.amazonaws.eu-central-1.email-smtp", "VpcEndpointType": "Interface"},
        "com.amazonaws.eu-central-1.email-smtp takes no policy",
    ),
    (
        *("endpoint services", ENDPOINT),
        {"ServiceName": "com.amazonaws.eu-central-1.codepipeline", "VpcEndpointType": "Interface"},
        "network.endpoint_policies: {codepipeline: false}, and read what promise 13 assumes then",
    ),
    (
        *("endpoint services", ENDPOINT),
        {"ServiceName": "com.amazonaws.eu-central-1.nothing", "VpcEndpointType": "Interface"},
        "com.amazonaws.eu-central-1.nothing is not offered here",
    ),
    (
        *("endpoint services", "AWS::EC2::Subnet"),
        {"AvailabilityZone": "eu-central-1f"},
        "is not in eu-central-1f, but in eu-central-1a",
    ),
    (
        *("prefix list", EGRESS),
        {"DestinationPrefixListId": "pl-00000000"},
        "pl-00000000 is not com.amazonaws.eu-central-1.s3; write pl-6ea54007",
    ),
    (
        *("principals", "AWS::KMS::Key"),
        {
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "kms:*",
                        "Resource": "*",
                        "Principal": {"AWS": "arn:aws:iam::111111111111:role/Pushers"},
                    }
                ],
            }
        },
        "names arn:aws:iam::111111111111:role/Pushers, which does not exist",
    ),
]


def test_an_endpoint_without_the_policy_that_its_service_takes_is_named(subject: Subject) -> None:
    first = next(each for each in subject.world.endpoints if each.service == "monitoring").resource
    properties = {name: each for name, each in first.properties.items() if name != "PolicyDocument"}
    bare = dataclasses.replace(first, properties=properties)
    resources = tuple(bare if each is first else each for each in subject.world.resources)
    world = dataclasses.replace(subject.world, resources=resources)
    (found,) = problems(dataclasses.replace(subject, world=world), "endpoint services")
    assert "com.amazonaws.eu-central-1.monitoring takes a policy, and its endpoint" in found.what
    assert found.what.endswith("dev.yaml, network.endpoint_policies: {monitoring: true}")


@pytest.mark.parametrize(
    ("check", "kind", "properties", "words"), IN_TEMPLATES, ids=[each[3] for each in IN_TEMPLATES]
)
def test_what_this_region_or_account_has_not_is_named(
    subject: Subject, check: str, kind: str, properties: dict[str, Any], words: str
) -> None:
    assert problems(subject, check) == []
    other = dataclasses.replace(subject, world=_changed(subject.world, kind, **properties))
    assert any(words in line.what for line in problems(other, check))


def test_a_zone_that_is_not_there_is_named_with_those_that_are(subject: Subject) -> None:
    network = subject.settings.network.model_copy(
        update={"availability_zones": ("eu-central-1a", "eu-central-1z")}
    )
    other = dataclasses.replace(
        subject, settings=subject.settings.model_copy(update={"network": network})
    )
    (found,) = problems(other, "zones")
    assert "there is no eu-central-1z; choose of eu-central-1a, eu-central-1b" in found.what


@contextmanager
def _changed_document(aws: Aws, arn: str) -> Iterator[None]:
    iam = aws.client("iam")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANYTHING, SetAsDefault=True)
    yield
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    version = made["PolicyVersion"]["VersionId"]
    iam.delete_policy_version(PolicyArn=arn, VersionId=version)


def test_the_bootstrap_has_to_be_as_the_templates_need_it_now(aws: Aws, subject: Subject) -> None:
    """The commands of the CDK are run in ``tests/integration/mlops/doctor``."""
    newer = dataclasses.replace(subject, version=31)
    (found,) = problems(newer, "bootstrap")
    assert found.what == "version 30; the templates need 31"
    assert found.commands[0].startswith("cdk bootstrap aws://111111111111/eu-central-1")
    asked = dataclasses.replace(subject, trusted=("222222222222",))
    assert {each.what for each in problems(asked, "bootstrap trust")} == {
        f"{role(each, subject.settings.account, subject.region)} does not trust 222222222222,"
        " which delivers to it"
        for each in ("deploy", "file-publishing")
    }
    arn = subject.policies.arns[0]
    with _changed_document(aws, arn):
        (found,) = problems(subject, "deployment policies")
        assert found.what == f"{arn} is not what the templates need now"
        assert found.commands[0].startswith("mlops bootstrap-policy --environment dev")
    aws.client("iam").detach_role_policy(RoleName=EXECUTING, PolicyArn=arn)
    (found,) = problems(subject, "deployment policies")
    assert found.what == f"{EXECUTING} does not have {arn}"
    aws.client("iam").attach_role_policy(RoleName=EXECUTING, PolicyArn=arn)
    assert problems(subject, "deployment policies") == []


def test_what_may_not_be_read_is_unknown_and_named(subject: Subject) -> None:
    client = subject.client("kms")

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListAliases")

    client.meta.events.register("before-call.kms.ListAliases", refuse)
    try:
        line = next(
            line
            for line in examine(again(subject), only="names: key alias")
            if line.check == "names: key alias"
        )
    finally:
        client.meta.events.unregister("before-call.kms.ListAliases", refuse)
    assert line.verdict.value == "unknown"
    assert line.what == "these credentials may not call kms:ListAliases; the policy they need:"
    assert line.commands == ("mlops doctor --environment dev --policy",)


STUCK = {
    "ROLLBACK_FAILED": ["delete-stack", "wait"],
    "DELETE_FAILED": ["delete-stack", "wait"],
    "UPDATE_ROLLBACK_FAILED": ["continue-update-rollback", "wait"],
    "UPDATE_FAILED": ["rollback-stack", "wait"],
    "UPDATE_IN_PROGRESS": ["describe-stacks"],
}


@pytest.mark.parametrize("status", STUCK)
def test_a_stuck_stack_is_named_with_what_failed_and_what_to_do(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    event = {"StackId": "s", "PhysicalResourceId": "p", "LogicalResourceId": "Vpc"}
    events = [
        {**event, "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "in use"},
        {**event, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "limit reached"},
        {**event, "PhysicalResourceId": "s", "ResourceStatus": "CREATE_IN_PROGRESS"},
        {**event, "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "long ago"},
    ]
    name = f"{PREFIX}-network"
    listed = {
        "describe_stacks": [{"StackName": name, "StackStatus": status}],
        "describe_stack_events": events,
    }
    monkeypatch.setattr(
        Place, "pages", lambda _self, _service, operation, *_, **__: listed[operation]
    )
    (found,) = [each for each in stacks(again(subject)) if each.verdict.value == "problem"]
    assert found.what.startswith(f"{name} is {status}: ")
    assert ("Vpc: limit reached" in found.what) == status.endswith("_FAILED")
    assert [each.split()[2] for each in found.commands] == STUCK[status]
    assert all(f"--stack-name {name}" in each for each in found.commands)

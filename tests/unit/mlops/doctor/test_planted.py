"""Every problem of an account, planted once: it is found, and the printed commands remove it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract.names import ENVIRONMENT_TAG
from pipeline_local.aws import Aws
from tests.unit.mlops.doctor.conftest import (
    ANYTHING,
    ASSUMED_BY_THE_ACCOUNT,
    EXECUTING,
    PREFIX,
    problems,
)

if TYPE_CHECKING:
    from mlops.doctor import Subject
    from tests.unit.mlops.doctor.conftest import Shell

LAMBDA = ("lambda", "L-B99A9384")
Plant = Callable[[Aws], object]


def _quota(service: str, code: str, value: int) -> Plant:
    request = {"ServiceCode": service, "QuotaCode": code, "DesiredValue": value}
    return lambda aws: aws.client("service-quotas").request_service_quota_increase(**request)


def _few_roles(aws: Aws) -> None:
    request = {"ServiceCode": "iam", "QuotaCode": "L-FE177D64", "DesiredValue": 20}
    Aws("us-east-1", aws.account, aws._server).client(
        "service-quotas"
    ).request_service_quota_increase(**request)


def _no_instance(aws: Aws) -> None:
    client = aws.client("service-quotas")
    found = client.list_service_quotas(ServiceCode="sagemaker")["Quotas"]
    names = {each["QuotaName"]: each["QuotaCode"] for each in found}
    _quota("sagemaker", names["ml.m5.large for processing job usage"], 1)(aws)


def _left_role(aws: Aws) -> None:
    iam = aws.client("iam")
    name = f"{PREFIX}-flow-logs"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ASSUMED_BY_THE_ACCOUNT))
    policy = iam.create_policy(PolicyName="of-somebody", PolicyDocument=ANYTHING)["Policy"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=ANYTHING)


def _left_policy(aws: Aws) -> None:
    iam = aws.client("iam")
    name = f"{PREFIX}-runtime-boundary"
    made = iam.create_policy(PolicyName=name, PolicyDocument=ANYTHING)["Policy"]
    iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=ANYTHING, SetAsDefault=True)


def _left_rule(aws: Aws) -> None:
    events, name = aws.client("events"), f"{PREFIX}-champion-keeper"
    events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    target = {"Id": "one", "Arn": f"arn:aws:sqs:{aws.region}:{aws.account}:queue"}
    events.put_targets(Rule=name, Targets=[target])


def _administrator(aws: Aws) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.client("iam").attach_role_policy(RoleName=EXECUTING, PolicyArn=arn)


def _rolled_back(aws: Aws) -> None:
    """Fail to create a stack: its second resource has the first one's name."""
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/one", "Type": "String", "Value": "1"},
    }
    resources = {"One": parameter, "Two": {**parameter, "DependsOn": "One"}}
    client = aws.client("cloudformation")
    client.create_stack(
        StackName=f"{PREFIX}-keys", TemplateBody=json.dumps({"Resources": resources})
    )
    while client.describe_stacks()["Stacks"][0]["StackStatus"].endswith("_IN_PROGRESS"):
        pass


def _open(aws: Aws) -> None:
    """Make the environment's VPC, and let it look names up while nobody judges them."""
    tags = [{"Key": ENVIRONMENT_TAG, "Value": "dev"}]
    specification = [{"ResourceType": "vpc", "Tags": tags}]
    made = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification)
    given = {"ResourceId": made["Vpc"]["VpcId"], "FirewallFailOpen": "ENABLED"}
    aws.client("route53resolver").update_firewall_config(**given)


def _made(service: str, operation: str, **request: Any) -> Plant:
    return lambda aws: getattr(aws.client(service), operation)(**request)


WITH_COMMANDS: list[tuple[str, Plant, str]] = [
    ("stacks", _rolled_back, "is ROLLBACK_COMPLETE: its creation failed"),
    ("deployment policies", _administrator, "more than the templates need"),
    ("Lambda concurrency", _quota(*LAMBDA, 110), "110 at once in the account, 110 not reserved"),
    ("SageMaker instances", _no_instance, "ml.m5.large for processing job usage: 1; 2 run at once"),
    ("IAM quotas", _few_roles, "roles: 20 in all"),
    ("VPC quotas", _quota("vpc", "L-F678F1CE", 1), "VPCs: 1 in all, 1 there, 1 more"),
    ("VPC quotas", _quota("vpc", "L-29B6F2EB", 20), "interface endpoints of a VPC: 20 in all"),
    ("look-ups", _open, "fails open: names are looked up while DNS Firewall is out of order"),
    (
        "names: log group",
        _made("logs", "create_log_group", logGroupName="/aws/sagemaker/TrainingJobs"),
        "/aws/sagemaker/TrainingJobs exists, in no stack of dev",
    ),
    (
        "names: bucket",
        _made(
            *("s3", "create_bucket"),
            Bucket=f"{PREFIX}-data-111111111111-eu-central-1",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ),
        f"{PREFIX}-data-111111111111-eu-central-1 exists",
    ),
    ("names: role", _left_role, f"{PREFIX}-flow-logs exists"),
    ("names: managed policy", _left_policy, f"{PREFIX}-runtime-boundary exists"),
    ("names: rule", _left_rule, f"{PREFIX}-champion-keeper exists"),
    (
        "names: source repository",
        _made("codecommit", "create_repository", repositoryName="secure-mlops"),
        "secure-mlops exists",
    ),
    (
        "names: package domain",
        _made("codeartifact", "create_domain", domain=f"{PREFIX}-packages"),
        f"{PREFIX}-packages exists",
    ),
    (
        "names: SSM parameter",
        _made(
            *("ssm", "put_parameter"), Name="/secure-mlops/dev/key/data", Type="String", Value="x"
        ),
        "/secure-mlops/dev/key/data exists",
    ),
    (
        "names: topic",
        _made("sns", "create_topic", Name=f"{PREFIX}-alerts"),
        f"{PREFIX}-alerts exists",
    ),
    (
        "names: model package group",
        _made(
            *("sagemaker", "create_model_package_group"),
            ModelPackageGroupName=f"{PREFIX}-abalone-age",
        ),
        f"{PREFIX}-abalone-age exists",
    ),
]


@pytest.mark.example
@pytest.mark.parametrize("planted", WITH_COMMANDS, ids=lambda each: each[2][:40])
def test_the_printed_commands_remove_what_was_planted(
    aws: Aws, subject: Subject, shell: Shell, planted: tuple[str, Plant, str]
) -> None:
    check, plant, words = planted
    assert problems(subject, check) == []
    plant(aws)
    (found,) = problems(subject, check)
    assert words in found.what
    assert found.commands
    for command in found.commands:
        shell(command)
    assert problems(subject, check) == []


def test_who_deploys_gets_the_right_to_by_the_printed_command(
    aws: Aws, subject: Subject, shell: Shell
) -> None:
    trust = json.dumps(ASSUMED_BY_THE_ACCOUNT)
    made = aws.client("iam").create_role(RoleName="Delivering", AssumeRolePolicyDocument=trust)
    asked = dataclasses.replace(subject, deployer=made["Role"]["Arn"])
    (found,) = problems(asked, "rights")
    assert "no policy allows it" in found.what
    shell(found.commands[0])
    assert problems(asked, "rights") == []

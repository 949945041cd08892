"""The deployer's policies: all that deploying takes, and nothing beyond the boundary."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.request import Request
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from mlops.bootstrap.policies import MOST
from mlops.bootstrap.statements import FULL, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from promises.world import World

# Where the ARN of a resource is not what the templates' names make of it.
ARNS = {
    "AWS::SSM::Parameter": "arn:aws:ssm:{here}:parameter{ref}",
    "AWS::Lambda::LayerVersion": "arn:aws:lambda:{here}:layer:secure-mlops-dev-content-delivery",
    "AWS::EC2::VPC": "arn:aws:ec2:{here}:vpc/{ref}",
    "AWS::EC2::Subnet": "arn:aws:ec2:{here}:subnet/{ref}",
    "AWS::EC2::SecurityGroup": "arn:aws:ec2:{here}:security-group/{ref}",
    "AWS::EC2::RouteTable": "arn:aws:ec2:{here}:route-table/{ref}",
    "AWS::EC2::VPCEndpoint": "arn:aws:ec2:{here}:vpc-endpoint/{ref}",
    "AWS::EC2::FlowLog": "arn:aws:ec2:{here}:vpc-flow-log/{ref}",
}
MAKING = {
    "AWS::S3::Bucket": "s3:CreateBucket",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::IAM::ManagedPolicy": "iam:CreatePolicy",
    "AWS::SSM::Parameter": "ssm:PutParameter",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::Lambda::Function": "lambda:CreateFunction",
    "AWS::Lambda::LayerVersion": "lambda:PublishLayerVersion",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::Events::Rule": "events:PutRule",
    "AWS::SageMaker::Pipeline": "sagemaker:CreatePipeline",
    "AWS::SageMaker::ModelPackageGroup": "sagemaker:CreateModelPackageGroup",
    "AWS::KMS::Alias": "kms:CreateAlias",
    "AWS::EC2::VPC": "ec2:CreateVpc",
    "AWS::EC2::Subnet": "ec2:CreateSubnet",
    "AWS::EC2::SecurityGroup": "ec2:CreateSecurityGroup",
    "AWS::EC2::RouteTable": "ec2:CreateRouteTable",
    "AWS::EC2::VPCEndpoint": "ec2:CreateVpcEndpoint",
    "AWS::EC2::FlowLog": "ec2:CreateFlowLogs",
}
DEPLOYER = "arn:aws:iam::111111111111:role/deployer"
OURS = {
    "aws:RequestTag/secure-mlops:environment": ("dev",),
    "aws:ResourceTag/secure-mlops:environment": ("dev",),
}


def _force(policies: DeploymentPolicies) -> PoliciesInForce:
    return PoliciesInForce(
        tuple(parse_policy(each, PolicyKind.IDENTITY, "deployer") for each in policies.documents)
    )


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_they_fit_and_leave_out_what_buckets_refuse(
    written: Callable[[str], DeploymentPolicies], name: str
) -> None:
    policies = written(name)
    assert len(policies.documents) <= MOST
    assert all(size(each) <= FULL for each in policies.documents)
    listed = {
        action
        for document in policies.documents
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    # Of the buckets, what their own policies let through; the rest would be refused there.
    assert {"s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration"} <= listed
    assert not {"s3:DeleteObject", "s3:PutReplicationConfiguration", "iam:CreateUser"} & listed


def test_everything_can_be_made_under_its_own_name(
    dev: World, policies: DeploymentPolicies
) -> None:
    asked = 0
    for each in dev.resources:
        if each.kind in MAKING:
            form = ARNS.get(each.kind, each.arn)
            arn = form.format(here=f"{dev.region}:{dev.account}", ref=each.ref)
            context = {**OURS, "iam:PermissionsBoundary": policies.boundary_arns[:1]}
            request = Request(role(DEPLOYER), MAKING[each.kind], arn, context)
            assert decide(request, _force(policies)).allowed, (each.where, request)
            asked += 1
    assert asked > 100


@pytest.mark.parametrize(
    ("action", "made", "there"),
    [
        ("ec2:CreateVpc", "vpc", ()),
        ("ec2:CreateSubnet", "subnet", ("vpc",)),
        ("ec2:CreateRouteTable", "route-table", ("vpc",)),
        ("ec2:CreateSecurityGroup", "security-group", ("vpc",)),
        ("ec2:CreateDhcpOptions", "dhcp-options", ()),
        ("ec2:CreateFlowLogs", "vpc-flow-log", ("vpc",)),
        ("ec2:CreateVpcEndpoint", "vpc-endpoint", ("vpc", "route-table")),
        ("ec2:CreateVpcEndpoint", "vpc-endpoint", ("vpc", "subnet", "security-group")),
    ],
)
def test_what_a_network_is_made_of_has_the_tags_that_aws_tells(
    policies: DeploymentPolicies, action: str, made: str, there: tuple[str, ...]
) -> None:
    """EC2 asks once for each resource of a call, with the tags that it has or is to get."""

    def allowed(action: str, kind: str, **context: tuple[str, ...]) -> bool:
        arn = f"arn:aws:ec2:eu-central-1:111111111111:{kind}/{kind}-1"
        return decide(Request(role(DEPLOYER), action, arn, context), _force(policies)).allowed

    asked, owned = ({key: OURS[key]} for key in OURS)
    create = {"ec2:CreateAction": (action.partition(":")[2],)}
    assert allowed(action, made, **asked)
    assert not allowed(action, made)
    assert allowed("ec2:CreateTags", made, **asked, **create)
    for kind in there:
        assert allowed(action, kind, **owned)
        others = dict.fromkeys(owned, ("prod",))
        assert not allowed(action, kind, **others)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        # Asked for by name, and answered for all.
        ("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:eu-central-1:111111111111:alarm:*"),
        # How a handler finds out that a property is not set.
        (
            "lambda:GetFunctionCodeSigningConfig",
            "arn:aws:lambda:eu-central-1:111111111111:function:secure-mlops-dev-batch-announcer",
        ),
        (
            "logs:GetDataProtectionPolicy",
            "arn:aws:logs:eu-central-1:111111111111:log-group:/secure-mlops-dev/flow-logs",
        ),
        ("s3:TagResource", "arn:aws:s3:::secure-mlops-dev-data-111111111111-eu-central-1"),
        ("s3:ListTagsForResource", "arn:aws:s3:::secure-mlops-dev-data-111111111111-eu-central-1"),
    ],
)
def test_handlers_are_let_look(policies: DeploymentPolicies, action: str, resource: str) -> None:
    assert decide(Request(role(DEPLOYER), action, resource), _force(policies)).allowed


def test_a_connection_is_passed_by_its_own_arn(dev: World) -> None:
    settings = load_environment("dev")
    assert settings.delivery is not None
    connection = "arn:aws:codeconnections:eu-central-1:111111111111:connection/0a1b"
    delivery = settings.delivery.model_copy(update={"connection_arn": connection})
    source = {"Name": "Source", "Configuration": {"ConnectionArn": connection}}
    stages = [{"Name": "Source", "Actions": [source]}]
    connected = [
        dataclasses.replace(each, properties={**each.properties, "Stages": stages})
        if each.kind == "AWS::CodePipeline::Pipeline"
        else each
        for each in dev.resources
    ]
    world = dataclasses.replace(dev, resources=tuple(connected))
    written = deployment_policies(world, settings.model_copy(update={"delivery": delivery}))
    for arn, expected in ((connection, True), (connection + "c", False)):
        request = Request(role(DEPLOYER), "codeconnections:PassConnection", arn)
        assert decide(request, _force(written)).allowed is expected


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutBucketPolicy", "arn:aws:s3:::secure-mlops-prod-data-111111111111-eu-central-1"),
        ("s3:GetObject", "arn:aws:s3:::secure-mlops-dev-data-111111111111-eu-central-1/x"),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-central-1:111111111111:function:other"),
        ("iam:CreatePolicy", "arn:aws:iam::111111111111:policy/other"),
        ("logs:DeleteLogGroup", "arn:aws:logs:eu-central-1:111111111111:log-group:/aws/lambda/x"),
        ("ssm:PutParameter", "arn:aws:ssm:eu-central-1:111111111111:parameter/secure-mlops/prod/x"),
    ],
)
def test_nothing_else_is_touched(policies: DeploymentPolicies, action: str, resource: str) -> None:
    assert not decide(Request(role(DEPLOYER), action, resource, OURS), _force(policies)).allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ec2:DeleteVpc", "arn:aws:ec2:eu-central-1:111111111111:vpc/vpc-1"),
        ("kms:PutKeyPolicy", "arn:aws:kms:eu-central-1:111111111111:key/1"),
        ("ec2:CreateTags", "arn:aws:ec2:eu-central-1:111111111111:vpc/vpc-1"),
        ("kms:TagResource", "arn:aws:kms:eu-central-1:111111111111:key/1"),
    ],
)
def test_what_has_no_name_is_told_apart_by_its_tag(
    policies: DeploymentPolicies, action: str, resource: str
) -> None:
    tag = "aws:ResourceTag/secure-mlops:environment"
    for owner, expected in (("dev", True), ("prod", False)):
        request = Request(role(DEPLOYER), action, resource, {**OURS, tag: (owner,)})
        assert decide(request, _force(policies)).allowed is expected


def test_a_claimed_tag_does_not_take_what_is_another_environments(
    policies: DeploymentPolicies,
) -> None:
    context = {
        "aws:RequestTag/secure-mlops:environment": ("dev",),
        "aws:ResourceTag/secure-mlops:environment": ("prod",),
    }
    for arn, action in (("vpc/vpc-1", "ec2:CreateTags"), ("key/1", "kms:TagResource")):
        place = f"arn:aws:{action.partition(':')[0]}:eu-central-1:111111111111:{arn}"
        request = Request(role(DEPLOYER), action, place, context)
        assert not decide(request, _force(policies)).allowed

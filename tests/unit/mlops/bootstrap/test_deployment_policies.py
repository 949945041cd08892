"""The deployer's policies: all that deploying takes, and nothing beyond the boundary."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from environments import load_environment
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.request import Request
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from mlops.bootstrap.handlers import permissions
from mlops.bootstrap.needs import actions_for
from mlops.bootstrap.policies import LONGEST, MOST, size
from mlops.bootstrap.proof import no_more_than_the_boundary
from mlops.bootstrap.template import bootstrap_command, bootstrap_template
from mlops_common.errors import MlopsError
from promises.proving import Verdict, outcomes_of
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


@pytest.fixture(scope="module")
def dev(worlds: dict[str, World]) -> World:
    return worlds["dev"]


@pytest.fixture(scope="module")
def policies(dev: World) -> DeploymentPolicies:
    return deployment_policies(dev, load_environment("dev"))


def _force(policies: DeploymentPolicies) -> PoliciesInForce:
    return PoliciesInForce(
        tuple(parse_policy(each, PolicyKind.IDENTITY, "deployer") for each in policies.documents)
    )


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_they_fit_and_cover_every_type(worlds: dict[str, World], name: str) -> None:
    world = worlds[name]
    written = deployment_policies(world, load_environment(name))
    assert len(written.documents) <= MOST
    assert all(size(each) <= LONGEST for each in written.documents)
    listed = {
        action
        for document in written.documents
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    for each in world.resources:
        taken = set(actions_for(each, world.region))
        assert taken or each.kind.startswith("Custom::"), each.kind
        missing = {action for action in taken - listed if not action.startswith("s3:")}
        assert not missing, each.where
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


def _verdict(world: World, policies: DeploymentPolicies) -> Verdict:
    (outcome,) = outcomes_of(world, [no_more_than_the_boundary(policies)])
    return outcome.verdict


def test_nothing_goes_beyond_the_boundary(worlds: dict[str, World]) -> None:
    for name, world in worlds.items():
        written = deployment_policies(world, load_environment(name))
        assert _verdict(world, written) is Verdict.PROVED


def _without(statements: list[Any], *sids: str) -> list[Any]:
    return [each for each in statements if each.get("Sid") not in sids]


def _widened(fault: str, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Seed one fault into all statements of the deployer."""
    if fault == "a boundary can be changed":
        return _without(statements, "TheCeilingStays")
    if fault == "roles need no boundary":
        for each in statements:
            each.get("Condition", {}).get("StringEquals", {}).pop("iam:PermissionsBoundary", None)
        return _without(statements, "NoRoleWithoutCeiling")
    if fault == "any role of the account is changed":
        text = json.dumps(statements).replace(":role/secure-mlops-dev-*", ":role/*")
        return list(json.loads(text))
    added = {
        "a boundary is taken away": ("iam:DeleteRolePermissionsBoundary", None),
        "roles are passed to anything": ("iam:PassRole", None),
        "users are made": ("iam:CreateUser", None),
        "its own policies are changed": (
            "iam:CreatePolicyVersion",
            "arn:aws:iam::111111111111:policy/bootstrap-secure-mlops-dev-deployer-1",
        ),
        "another role is assumed": ("sts:AssumeRole", None),
    }
    action, resource = added[fault]
    kept = _without(statements, "NoRoleLosesItsCeiling")
    return [*kept, {"Effect": "Allow", "Action": [action], "Resource": [resource or "*"]}]


@pytest.mark.parametrize(
    "fault",
    [
        "a boundary can be changed",
        "roles need no boundary",
        "any role of the account is changed",
        "a boundary is taken away",
        "roles are passed to anything",
        "users are made",
        "its own policies are changed",
        "another role is assumed",
    ],
)
def test_a_way_around_the_boundary_is_found(
    dev: World, policies: DeploymentPolicies, fault: str
) -> None:
    statements = [
        copy.deepcopy(each) for document in policies.documents for each in document["Statement"]
    ]
    document = {"Version": "2012-10-17", "Statement": _widened(fault, statements)}
    assert _verdict(dev, dataclasses.replace(policies, documents=(document,))) is Verdict.BROKEN


def test_a_role_without_boundary_is_not_deployable(dev: World) -> None:
    bare = dataclasses.replace(dev.roles[0], boundary=None)
    world = dataclasses.replace(dev, roles=(bare, *dev.roles[1:]))
    with pytest.raises(MlopsError, match="without a permissions boundary"):
        deployment_policies(world, load_environment("dev"))


def test_the_same_templates_give_the_same_bytes(dev: World, policies: DeploymentPolicies) -> None:
    again = deployment_policies(dev, load_environment("dev"))
    assert bootstrap_template(again) == bootstrap_template(policies)


def test_the_template_is_within_cloudformations_reach(policies: DeploymentPolicies) -> None:
    template = bootstrap_template(policies)
    assert len(template) < 51_200  # TemplateBody of CreateStack
    resources = json.loads(template)["Resources"]
    assert [each["Type"] for each in resources.values()].count("AWS::IAM::ManagedPolicy") == len(
        policies.documents
    )
    ceiling = resources["Ceiling"]["Properties"]
    assert ceiling["RoleName"] == "bootstrap-secure-mlops-dev-ceiling"
    (on_boundary, _) = ceiling["Policies"][0]["PolicyDocument"]["Statement"]
    assert on_boundary["Resource"] == list(policies.boundary_arns)


def test_a_template_that_would_be_too_long_is_written_without_blanks(
    policies: DeploymentPolicies,
) -> None:
    many = dataclasses.replace(policies, documents=policies.documents[:1] * 7)
    template = bootstrap_template(many)
    assert len(template) <= 51_200
    assert ", " not in template[:2000]


def test_who_changes_the_ceiling_can_do_all_that_it_takes(policies: DeploymentPolicies) -> None:
    """But put it on nobody: a boundary is attached to no role."""
    ceiling = json.loads(bootstrap_template(policies))["Resources"]["Ceiling"]["Properties"]
    statements = ceiling["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {action for each in statements for action in each["Action"]}
    taken = {
        action
        for kind in ("AWS::IAM::ManagedPolicy", "AWS::SSM::Parameter")
        for action in permissions(kind, policies.region)
    }
    attaching = {each for each in taken if each.startswith(("iam:Attach", "iam:Detach"))}
    assert taken - attaching <= allowed
    assert not attaching & allowed


def test_environments_of_one_account_share_the_bootstrap(policies: DeploymentPolicies) -> None:
    other = dataclasses.replace(policies, environment="try")
    command = bootstrap_command([policies, other], ["222222222222"])
    assert command[:3] == ["cdk", "bootstrap", "aws://111111111111/eu-central-1"]
    listed = command[command.index("--cloudformation-execution-policies") + 1].split(",")
    assert listed == [*policies.arns, *other.arns]
    assert command[-2:] == ["--trust", "222222222222"]

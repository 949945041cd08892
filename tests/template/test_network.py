"""No way to the internet; endpoints that know only us."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract.endpoints import APIS, TAKES, service_of
from tests.template.policies import is_allowed, resolved, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

OURS = {"aws:PrincipalAccount": "111111111111", "aws:ResourceAccount": "111111111111"}
DATA = "arn:aws:s3:::secure-mlops-dev-data-111111111111-eu-central-1"


@pytest.mark.parametrize(
    "forbidden",
    [
        "AWS::EC2::InternetGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::EIP",
        "AWS::EC2::Route",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::TransitGatewayAttachment",
    ],
)
def test_nothing_leads_out(dev: Stacks, prod: Stacks, forbidden: str) -> None:
    assert dev.of_type(forbidden) == {}
    assert prod.of_type(forbidden) == {}


def test_one_isolated_subnet_in_each_named_zone(dev: Stacks, prod: Stacks) -> None:
    subnets = dev.properties("AWS::EC2::Subnet")
    assert [subnet["AvailabilityZone"] for subnet in subnets] == ["eu-central-1a", "eu-central-1b"]
    assert [subnet["CidrBlock"] for subnet in subnets] == ["10.0.0.0/19", "10.0.32.0/19"]
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    assert len(prod.properties("AWS::EC2::Subnet")) == 3


def test_groups_let_out_to_endpoints_to_s3_and_among_a_jobs_instances_only(dev: Stacks) -> None:
    for rule in dev.properties("AWS::EC2::SecurityGroupEgress"):
        if rule.get("CidrIp"):
            # What the CDK writes for "nothing": ICMP that does not exist, to nobody.
            assert rule["CidrIp"] == "255.255.255.255/32"
            continue
        if "DestinationPrefixListId" in rule:
            assert rule["DestinationPrefixListId"] == "pl-6ea54007"
            assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
            continue
        to, group = resolved(rule["DestinationSecurityGroupId"]), resolved(rule["GroupId"])
        if to == group:
            assert "Jobs" in group
            assert rule["IpProtocol"] in {"udp", "50"}
        else:
            assert "Endpoints" in to
            assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    assert all(
        "SecurityGroupEgress" not in group for group in dev.properties("AWS::EC2::SecurityGroup")
    )


def test_only_our_groups_get_in(dev: Stacks) -> None:
    rules = dev.properties("AWS::EC2::SecurityGroupIngress")
    assert rules
    assert all("SourceSecurityGroupId" in rule and "CidrIp" not in rule for rule in rules)


def test_the_default_group_is_closed_from_inside(dev: Stacks) -> None:
    (closing,) = dev.properties("Custom::VpcRestrictDefaultSG")
    assert "DefaultSecurityGroup" in resolved(closing["DefaultSecurityGroupId"])
    (function,) = dev.properties("AWS::Lambda::Function", "Network")
    assert function["VpcConfig"]["SubnetIds"]


def test_the_closer_outlives_no_rule_that_it_needs_to_answer(dev: Stacks) -> None:
    functions = dev.of_type("AWS::Lambda::Function").values()
    (closer,) = (
        function
        for function in functions
        if function["Properties"]["FunctionName"] == "secure-mlops-dev-default-group-closer"
    )
    groups = {json.dumps(entry) for entry in closer["Properties"]["VpcConfig"]["SecurityGroupIds"]}
    ways_out = {
        name
        for name, rule in dev.of_type("AWS::EC2::SecurityGroupEgress").items()
        if json.dumps(rule["Properties"]["GroupId"]) in groups
    }
    assert len(ways_out) == 2
    assert ways_out <= set(closer["DependsOn"])


def test_all_traffic_is_recorded_under_our_key(dev: Stacks) -> None:
    (flow_log,) = dev.properties("AWS::EC2::FlowLog")
    assert flow_log["TrafficType"] == "ALL"
    groups = dev.properties("AWS::Logs::LogGroup")
    assert {group["RetentionInDays"] for group in groups} == {30}
    assert all("KmsKeyId" in group for group in groups)


def test_jobs_log_under_our_key_and_not_for_ever(dev: Stacks) -> None:
    groups = {group["LogGroupName"] for group in dev.properties("AWS::Logs::LogGroup", "Identity")}
    kinds = ("ProcessingJobs", "TrainingJobs", "TransformJobs")
    names = {f"/aws/sagemaker/{kind}" for kind in kinds}
    assert groups >= names
    (under,) = (
        statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        for key in dev.properties("AWS::KMS::Key", "Keys")
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Sid"] == "LogGroups"
    )
    found = {arn.partition(":log-group:")[2] for arn in under}
    assert {each for each in found if each.startswith("/aws/sagemaker/")} == names
    assert "JobLogsProcessingJobs" in json.dumps(dev.policy("secure-mlops-dev-break-glass"))


def _endpoints(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {
        json.dumps(entry["ServiceName"])
        .strip('"')
        .removeprefix("com.amazonaws.eu-central-1."): entry
        for entry in stacks.properties("AWS::EC2::VPCEndpoint")
        if entry["VpcEndpointType"] == "Interface"
    }


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "codebuild.amazonaws.com"])
def test_what_functions_and_builds_call_has_an_endpoint(dev: Stacks, service: str) -> None:
    roles = [
        role["RoleName"]
        for role in dev.properties("AWS::IAM::Role")
        if service in json.dumps(role["AssumeRolePolicyDocument"]) and "RoleName" in role
    ]
    assert len(roles) > 4
    called = {
        action.partition(":")[0]
        for name in roles
        for statement in statements(dev.policy(name))
        for action in _texts(statement["Action"])
    }
    # S3 has a gateway endpoint; roles are passed in requests to others.
    assert called - {service_of(each.name) for each in APIS} <= {"s3", "iam"}
    asked = {each.name for each in APIS if service_of(each.name) in called} - TAKES.keys()
    assert asked - set(_endpoints(dev)) == set()


def test_there_is_an_endpoint_for_every_api_that_is_called(dev: Stacks) -> None:
    assert set(_endpoints(dev)) >= {
        *("sagemaker.api", "sagemaker.runtime", "sagemaker.metrics", "sts", "kms", "logs"),
        *("monitoring", "events", "ssm", "ecr.api", "ecr.dkr", "ec2"),
    }
    assert all(entry["PrivateDnsEnabled"] for entry in _endpoints(dev).values())


def test_optional_endpoints_are_there_where_the_settings_have_them(
    dev: Stacks, prod: Stacks
) -> None:
    of = {each.name: each.group for each in APIS}
    assert {"sns", "secretsmanager", "servicecatalog"} <= set(_endpoints(dev))
    assert "analytics" not in {of[name] for name in _endpoints(dev)}
    grouped = {name for name, group in of.items() if group is not None}
    called = {"sagemaker.api", "ec2", "ecr.api", "ecr.dkr"}
    assert set(_endpoints(prod)) == grouped | called


def test_hosts_ask_amazons_resolver(dev: Stacks) -> None:
    (options,) = dev.properties("AWS::EC2::DHCPOptions")
    assert options["DomainNameServers"] == ["AmazonProvidedDNS"]
    assert options["DomainName"] == "eu-central-1.compute.internal"
    (association,) = dev.properties("AWS::EC2::VPCDHCPOptionsAssociation")
    assert "Dhcp" in str(association["DhcpOptionsId"])
    (vpc,) = dev.properties("AWS::EC2::VPC")
    assert vpc["EnableDnsHostnames"]
    assert vpc["EnableDnsSupport"]


CALLS = {
    "sagemaker.api": "sagemaker:ListModelPackages",
    "kms": "kms:Decrypt",
    "logs": "logs:PutLogEvents",
    "ssm": "ssm:GetParameter",
    "ecr.api": "ecr:BatchGetImage",
    "ec2": "ec2:RevokeSecurityGroupEgress",
}


@pytest.mark.parametrize(("endpoint", "action"), CALLS.items())
def test_an_endpoint_knows_only_our_principals_and_resources(
    dev: Stacks, endpoint: str, action: str
) -> None:
    policy = _endpoints(dev)[endpoint]["PolicyDocument"]
    foreign = "222222222222"
    assert is_allowed(policy, action, "arn:x", {**OURS})
    assert not is_allowed(policy, action, "arn:x", {**OURS, "aws:PrincipalAccount": foreign})
    assert not is_allowed(policy, action, "arn:x", {**OURS, "aws:ResourceAccount": foreign})
    assert not is_allowed(policy, action, "arn:x", {"aws:PrincipalAccount": "111111111111"})
    assert not is_allowed(policy, "iam:CreateUser", "arn:x", {**OURS})


def test_signing_in_to_packages_makes_a_token_through_the_same_endpoint(dev: Stacks) -> None:
    """CodeArtifact asks STS for it; the endpoint's policy is asked about both."""
    policy = _endpoints(dev)["codeartifact.api"]["PolicyDocument"]
    assert is_allowed(policy, "codeartifact:GetAuthorizationToken", "arn:x", {**OURS})
    made_by_sts = "sts:GetServiceBearerToken"
    assert is_allowed(policy, made_by_sts, "*", {"aws:PrincipalAccount": "111111111111"})
    assert not is_allowed(policy, made_by_sts, "*", {"aws:PrincipalAccount": "222222222222"})
    assert not is_allowed(policy, "sts:AssumeRole", "*", {**OURS})


def test_every_endpoint_has_conditions_in_every_statement(dev: Stacks) -> None:
    there = _endpoints(dev)
    without = {name for name, entry in there.items() if "PolicyDocument" not in entry}
    assert without == {each.name for each in APIS if each.without_policy}
    for name in there.keys() - without:
        for statement in there[name]["PolicyDocument"]["Statement"]:
            conditions = statement["Condition"]
            if "ArnEquals" in conditions:  # deployments to other accounts, role by role
                named = json.dumps(conditions["ArnEquals"]["aws:PrincipalArn"])
                assert "*" not in named
                continue
            assert conditions["StringEquals"]["aws:PrincipalAccount"] == "111111111111"


def test_images_of_aws_are_those_that_jobs_run(dev: Stacks) -> None:
    policy = _endpoints(dev)["ecr.dkr"]["PolicyDocument"]
    context = {**OURS, "aws:ResourceAccount": "492215442770"}
    repository = "arn:aws:ecr:eu-central-1:492215442770:repository/"
    assert is_allowed(policy, "ecr:BatchGetImage", f"{repository}sagemaker-xgboost", context)
    assert not is_allowed(policy, "ecr:BatchGetImage", f"{repository}other", context)
    assert not is_allowed(policy, "ecr:PutImage", f"{repository}sagemaker-xgboost", context)


def _storage_policy(stacks: Stacks) -> dict[str, Any]:
    (gateway,) = (
        entry
        for entry in stacks.properties("AWS::EC2::VPCEndpoint")
        if entry["VpcEndpointType"] == "Gateway"
    )
    policy: dict[str, Any] = gateway["PolicyDocument"]
    return policy


def test_our_buckets_are_reached_by_name_and_account(dev: Stacks) -> None:
    policy = _storage_policy(dev)
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert is_allowed(policy, action, f"{DATA}/x", {**OURS})
        stolen = {**OURS, "aws:ResourceAccount": "222222222222"}
        assert not is_allowed(policy, action, f"{DATA}/x", stolen)
        assert not is_allowed(policy, action, "arn:aws:s3:::my-sagemaker-bucket/x", {**OURS})
    assert is_allowed(policy, "s3:ListBucket", DATA, {**OURS})
    assert not is_allowed(policy, "s3:PutBucketPolicy", DATA, {**OURS})


def test_buckets_of_aws_are_read_only_and_named(dev: Stacks) -> None:
    policy = _storage_policy(dev)
    for bucket in ("prod-eu-central-1-starport-layer-bucket", "assets-769407342218-eu-central-1"):
        assert is_allowed(policy, "s3:GetObject", f"arn:aws:s3:::{bucket}/x", {})
        assert not is_allowed(policy, "s3:PutObject", f"arn:aws:s3:::{bucket}/x", {**OURS})


def test_answers_to_cloudformation_need_its_own_signed_url(dev: Stacks) -> None:
    policy = _storage_policy(dev)
    place = "arn:aws:s3:::cloudformation-custom-resource-response-eucentral1/x"
    signed = {"s3:authType": "REST-QUERY-STRING"}
    assert is_allowed(policy, "s3:PutObject", place, signed)
    assert not is_allowed(policy, "s3:PutObject", place, {**OURS, "s3:authType": "REST-HEADER"})
    assert not is_allowed(policy, "s3:GetObject", place, signed)

"""What AWS does by itself: it sends, shares, lets in, routes or runs elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises.catalog import PROMISES
from promises.claims import Fact, Never, Undecided
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS, OTHERS = "123456789012", "999988887777"
BY_NUMBER = {each.number: each for each in PROMISES}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "firehose.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                }
            ]
        }
    },
}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}}
ANYBODY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}


def world_of(folder: Path, **resources: Any) -> World:
    template = folder / "template.json"
    template.write_text(json.dumps({"Resources": {"Role": ROLE, "Data": BUCKET, **resources}}))
    (world,) = worlds_of([template])
    return world


def problems(world: World, number: int) -> Iterator[tuple[str, str]]:
    """Yield what is not kept or not decided, without the solver."""
    for claim in BY_NUMBER[number].claims(world):
        if isinstance(claim, Undecided) or (isinstance(claim, Fact) and not claim.holds):
            yield claim.subject.partition("/")[2], claim.what


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "other", **properties}}


def thing(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(service: str, name: str, account: str = OTHERS) -> str:
    return f"arn:aws:{service}:us-east-1:{account}:{name}"


EXPORT = {"S3BucketDestination": {"Arn": "arn:aws:s3:::elsewhere"}}
# Promise, resource, and a part of what is said.
NOT_KEPT = [
    (14, thing("SNS::Subscription", Protocol="https", Endpoint="https://a.example"), "a.example"),
    (14, thing("SNS::Topic", Subscription=[{"Endpoint": arn("sqs", "q")}]), OTHERS),
    (14, thing("Events::ApiDestination", InvocationEndpoint="https://a.example"), "a.example"),
    (14, thing("Logs::SubscriptionFilter", DestinationArn=arn("logs", "d")), OTHERS),
    (
        14,
        thing(
            "Logs::AccountPolicy", PolicyDocument=json.dumps({"DestinationArn": arn("logs", "d")})
        ),
        OTHERS,
    ),
    (
        14,
        thing("Events::Rule", Targets=[{"Arn": arn("events", "api-destination/a/1", OURS)}]),
        "no template holds it",
    ),
    (15, thing("KMS::Key", Enabled=False), "Enabled is true, not false"),
    (15, thing("KMS::ReplicaKey", Enabled=False), "Enabled is true, not false"),
    (14, thing("Oam::Link", SinkIdentifier=arn("oam", "sink/s")), OTHERS),
    (14, thing("S3::AccessGrant", Grantee={"GranteeIdentifier": arn("iam", "root")}), OTHERS),
    (14, bucket(AccessControl="PublicRead"), "PublicRead"),
    (
        14,
        bucket(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}),
        "ObjectWriter",
    ),
    (
        14,
        bucket(InventoryConfigurations=[{"Destination": {"BucketArn": "arn:aws:s3:::elsewhere"}}]),
        "elsewhere",
    ),
    (14, bucket(LoggingConfiguration={"DestinationBucketName": "elsewhere"}), "elsewhere"),
    (14, thing("EC2::FlowLog", LogDestination="arn:aws:s3:::elsewhere"), "elsewhere"),
    (14, thing("CloudTrail::Trail", S3BucketName="elsewhere"), "elsewhere"),
    (14, thing("SecretsManager::RotationSchedule", RotationLambdaARN=arn("lambda", "f")), OTHERS),
    (
        14,
        thing("KinesisFirehose::DeliveryStream", HttpEndpointDestinationConfiguration={"a": 1}),
        "Http",
    ),
    (14, thing("ApiGateway::Method", AuthorizationType="NONE"), "AWS_IAM"),
    (14, thing("ApiGatewayV2::Route"), "AWS_IAM"),
    (14, thing("CloudFront::Distribution"), "anybody"),
    (14, thing("RolesAnywhere::Profile"), "outside AWS"),
    (14, thing("Transfer::User", Role=ROLE_ARN), "outside AWS"),
    (14, thing("Cognito::IdentityPool", AllowUnauthenticatedIdentities=True), "true"),
    (
        14,
        thing("RAM::ResourceShare", Principals=["arn:aws:organizations::1:organization/o"]),
        "shared",
    ),
    (11, thing("SSO::PermissionSet"), "people"),
    (11, thing("Lambda::Function", Role=ROLE_ARN, Code={"S3Bucket": "elsewhere"}), "elsewhere"),
    (11, thing("Lambda::Function", Role=ROLE_ARN, Layers=[arn("lambda", "layer:l:1")]), OTHERS),
    (11, thing("Lambda::Function", Code={"ImageUri": f"{OTHERS}.dkr.ecr.us-east-1/x"}), OTHERS),
    (11, thing("CodeBuild::Project", Source={"Type": "GITHUB"}), "GITHUB"),
    (11, {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn("lambda", "f", OURS)}}, "f"),
    (16, thing("EC2::Route", VpcEndpointId="vpce-1"), "vpce-1"),
    (16, thing("EC2::Route", CoreNetworkArn="arn:a"), "route"),
    (16, thing("VpcLattice::ServiceNetworkVpcAssociation"), "network that nobody judges"),
    (16, thing("NetworkManager::VpcAttachment"), "out of the VPC"),
    (25, thing("Route53Resolver::ResolverRule", RuleType="FORWARD"), "FORWARD"),
    (16, thing("EC2::DHCPOptions", DomainNameServers=["203.0.113.5"]), "203.0.113.5"),
    (16, thing("EC2::TrafficMirrorSession"), "copies"),
    (16, thing("EC2::InstanceConnectEndpoint"), "from the internet"),
    (16, thing("EC2::SecurityGroupEgress", GroupId="sg-1", CidrIp="0.0.0.0/0"), "0.0.0.0/0"),
    (
        16,
        thing("EC2::SecurityGroupEgress", GroupId="sg-1", DestinationPrefixListId="pl-3b927c52"),
        "pl-3b927c52",
    ),
    (
        16,
        thing("EC2::VPCEndpoint", ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1"),
        "vpce-svc",
    ),
    (
        16,
        thing("EC2::SecurityGroupEgress", DestinationPrefixListId="pl-63a5400a", CidrIpv6="::/0"),
        "::/0",
    ),
    (16, thing("SageMaker::Model"), "our subnets"),
    (
        16,
        thing("CodePipeline::Pipeline", Stages=[{"Actions": [{"Commands": ["curl"]}]}]),
        "Commands",
    ),
    (
        16,
        thing(
            "CodePipeline::Pipeline",
            Stages=[{"BeforeEntry": {"Conditions": [{"Rules": [{"Commands": ["curl"]}]}]}}],
        ),
        "Commands",
    ),
    (
        14,
        thing("S3::StorageLens", StorageLensConfiguration={"ExpandedPrefixesDataExport": EXPORT}),
        "elsewhere",
    ),
    (
        14,
        thing("Glue::Crawler", Targets={"S3Targets": [{"DlqEventQueueArn": arn("sqs", "q")}]}),
        OTHERS,
    ),
    (
        14,
        thing("Athena::WorkGroup", WorkGroupConfigurationUpdates={"ResultConfigurationUpdates": 1}),
        "nobody has reviewed WorkGroupConfigurationUpdates",
    ),
]


@pytest.mark.parametrize(("number", "resource", "what"), NOT_KEPT)
def test_it_is_broken_or_undecided_by_name(
    tmp_path: Path, number: int, resource: dict[str, Any], what: str
) -> None:
    found = [
        said for where, said in problems(world_of(tmp_path, It=resource), number) if where == "It"
    ]
    assert any(what in said for said in found), found


OUR_TOPIC = {"Fn::Sub": "arn:aws:sns:us-east-1:${AWS::AccountId}:topic"}
KEPT = [
    (14, thing("SNS::Subscription", Protocol="email", Endpoint="team@example.com")),
    (14, thing("CloudWatch::Alarm", AlarmActions=[OUR_TOPIC])),
    (14, bucket(LoggingConfiguration={"DestinationBucketName": {"Ref": "Data"}})),
    (14, bucket(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})),
    (14, thing("ApiGateway::Method", AuthorizationType="AWS_IAM")),
    (
        14,
        thing(
            "KinesisFirehose::DeliveryStream",
            S3DestinationConfiguration={
                "BucketARN": {"Fn::GetAtt": ["Data", "Arn"]},
                "RoleARN": ROLE_ARN,
            },
        ),
    ),
    (11, thing("Lambda::Function", Role=ROLE_ARN, Code={"S3Bucket": {"Ref": "Data"}})),
    (16, thing("EC2::VPCEndpoint", ServiceName="com.amazonaws.us-east-1.s3")),
    (
        16,
        thing("EC2::SecurityGroupEgress", GroupId="sg-1", DestinationPrefixListId="pl-63a5400a"),
    ),
    (16, thing("EC2::DHCPOptions", DomainNameServers=["AmazonProvidedDNS"])),
]


@pytest.mark.parametrize(("number", "resource"), KEPT)
def test_what_stays_here_is_kept(tmp_path: Path, number: int, resource: dict[str, Any]) -> None:
    assert [*problems(world_of(tmp_path, It=resource), number)] == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("S3::MultiRegionAccessPointPolicy", "Policy"),
        ("S3::AccessPoint", "Policy"),
        ("OpenSearchService::Domain", "AccessPolicies"),
        ("Kinesis::ResourcePolicy", "ResourcePolicy"),
        ("Oam::Sink", "Policy"),
        ("KMS::ReplicaKey", "KeyPolicy"),
    ],
)
def test_other_accounts_are_asked_about_every_resource_policy(
    tmp_path: Path, kind: str, name: str
) -> None:
    world = world_of(tmp_path, It=thing(kind, **{name: ANYBODY}))
    asked = [
        claim
        for claim in BY_NUMBER[14].claims(world)
        if isinstance(claim, Never) and claim.subject.endswith("/It")
    ]
    assert any("from another account" in claim.what for claim in asked)


def test_a_key_without_a_policy_has_the_one_that_aws_gives_it(tmp_path: Path) -> None:
    (key,) = world_of(tmp_path, It=thing("KMS::Key")).keys
    (statement,) = key.policy.statements
    assert statement.principals is not None
    assert [name.value for name in statement.principals.names] == [OURS]

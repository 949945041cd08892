"""Faults of what AWS does by itself: it sends, copies, lets in, routes or runs elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from promises.mutation.fault import ACCOUNT, STRANGER, changed, in_resources, seeders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from promises.mutation.templates import Body, Templates

    _Changes = Iterator[tuple[str, str, str, Mapping[str, Body | None]]]

_NEW = "Seeded"
_BUCKET = "arn:aws:s3:::elsewhere"
_SITE = "https://elsewhere.example"
_OPEN = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "*", "Resource": "*"}
    ]
}


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{name}"


# Resources beside a resource of ours, which `{}` refers to: kind, words, type of ours, new ones.
_BESIDE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("subscribe elsewhere", "AWS::SNS::Topic", "AWS::SNS::Subscription",
     {"TopicArn": {}, "Protocol": "https", "Endpoint": _SITE}),
    ("subscribe elsewhere", "AWS::SNS::Topic", "AWS::SNS::Subscription",
     {"TopicArn": {}, "Protocol": "sqs", "Endpoint": _arn("sqs", "queue")}),
    ("send events to a site", "AWS::Events::EventBus", "AWS::Events::ApiDestination",
     {"ConnectionArn": {}, "HttpMethod": "POST", "InvocationEndpoint": _SITE}),
    ("send logs elsewhere", "AWS::Logs::LogGroup", "AWS::Logs::SubscriptionFilter",
     {"LogGroupName": {}, "FilterPattern": "", "DestinationArn": _arn("logs", "destination:x")}),
    ("send all logs elsewhere", "AWS::SNS::Topic", "AWS::Logs::AccountPolicy",
     {"PolicyName": "all", "PolicyType": "SUBSCRIPTION_FILTER_POLICY", "PolicyDocument":
      json.dumps({"DestinationArn": _arn("logs", "destination:x"), "FilterPattern": ""})}),
    ("share observations", "AWS::SNS::Topic", "AWS::Oam::Link",
     {"ResourceTypes": ["AWS::Logs::LogGroup"], "SinkIdentifier": _arn("oam", "sink/x")}),
    ("grant access to objects", "AWS::S3::Bucket", "AWS::S3::AccessGrant",
     {"Permission": "READ", "AccessGrantsLocationId": "default",
      "Grantee": {"GranteeType": "IAM", "GranteeIdentifier": STRANGER}}),
    ("open a multi-region access point", "AWS::S3::Bucket", "AWS::S3::MultiRegionAccessPointPolicy",
     {"MrapName": "m", "Policy": _OPEN}),
    ("make an access point", "AWS::S3::Bucket", "AWS::S3::AccessPoint",
     {"Bucket": {}, "Policy": _OPEN}),
    ("copy backups elsewhere", "AWS::S3::Bucket", "AWS::Backup::BackupPlan",
     {"BackupPlan": {"BackupPlanName": "p", "BackupPlanRule": [{"RuleName": "r",
      "TargetBackupVault": "v", "CopyActions": [
          {"DestinationBackupVaultArn": _arn("backup", "backup-vault:x")}]}]}}),
    ("replicate images elsewhere", "AWS::S3::Bucket", "AWS::ECR::ReplicationConfiguration",
     {"ReplicationConfiguration": {"Rules": [
         {"Destinations": [{"Region": "eu-central-1", "RegistryId": ACCOUNT}]}]}}),
    ("copy objects elsewhere", "AWS::S3::Bucket", "AWS::DataSync::LocationS3",
     {"S3BucketArn": _BUCKET, "S3Config": {"BucketAccessRoleArn": "r"}}),
    ("stream elsewhere", "AWS::S3::Bucket", "AWS::KinesisFirehose::DeliveryStream",
     {"HttpEndpointDestinationConfiguration": {"EndpointConfiguration": {"Url": _SITE}}}),
    ("keep a trail elsewhere", "AWS::S3::Bucket", "AWS::CloudTrail::Trail",
     {"S3BucketName": "elsewhere", "IsLogging": True}),
    ("rotate by others", "AWS::KMS::Key", "AWS::SecretsManager::RotationSchedule",
     {"SecretId": "s", "RotationLambdaARN": _arn("lambda", "function:f")}),
    ("replicate a key openly", "AWS::KMS::Key", "AWS::KMS::ReplicaKey",
     {"PrimaryKeyArn": {}, "KeyPolicy": _OPEN}),
    ("give people a role", "AWS::IAM::Role", "AWS::SSO::PermissionSet",
     {"Name": "x", "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
      "ManagedPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
    ("let machines in", "AWS::IAM::Role", "AWS::RolesAnywhere::Profile",
     {"Name": "x", "RoleArns": ["r"]}),
    ("open an interface", "AWS::Lambda::Function", "AWS::ApiGateway::Method",
     {"RestApiId": "a", "ResourceId": "r", "HttpMethod": "ANY", "AuthorizationType": "NONE"}),
    ("open a search domain", "AWS::S3::Bucket", "AWS::OpenSearchService::Domain",
     {"AccessPolicies": _OPEN}),
    ("deliver to anybody", "AWS::S3::Bucket", "AWS::CloudFront::Distribution",
     {"DistributionConfig": {"Enabled": True}}),
    ("nest a template", "AWS::SNS::Topic", "AWS::CloudFormation::Stack",
     {"TemplateURL": f"{_SITE}/t.yaml"}),
    ("nest a template", "AWS::SNS::Topic", "AWS::CloudFormation::StackSet",
     {"StackSetName": "x", "PermissionModel": "SELF_MANAGED", "TemplateURL": f"{_SITE}/t.yaml"}),
    ("log flows elsewhere", "AWS::EC2::VPC", "AWS::EC2::FlowLog",
     {"ResourceId": {}, "ResourceType": "VPC", "LogDestinationType": "s3",
      "LogDestination": _BUCKET}),
    ("route to an endpoint", "AWS::EC2::RouteTable", "AWS::EC2::Route",
     {"RouteTableId": {}, "DestinationCidrBlock": "0.0.0.0/0", "VpcEndpointId": "vpce-1"}),
    ("join a service network", "AWS::EC2::VPC", "AWS::VpcLattice::ServiceNetworkVpcAssociation",
     {"VpcIdentifier": {}, "ServiceNetworkIdentifier": _arn("vpc-lattice", "servicenetwork/s")}),
    ("mirror traffic", "AWS::EC2::VPC", "AWS::EC2::TrafficMirrorSession",
     {"NetworkInterfaceId": "eni-1", "TrafficMirrorTargetId": "tmt-1", "SessionNumber": 1,
      "TrafficMirrorFilterId": "tmf-1"}),
    ("connect from outside", "AWS::EC2::Subnet", "AWS::EC2::InstanceConnectEndpoint",
     {"SubnetId": {}}),
    ("connect to others' service", "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint",
     {"VpcId": {}, "VpcEndpointType": "Interface",
      "ServiceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-1"}),
    ("attach to a core network", "AWS::EC2::VPC", "AWS::NetworkManager::VpcAttachment",
     {"CoreNetworkId": "c"}),
    ("serve a model outside", "AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::Model",
     {"ExecutionRoleArn": "r"}),
    ("add a type that nobody reviewed", "AWS::EC2::VPC", "AWS::IoT::TopicRule",
     {"TopicRulePayload": {}}),
)  # fmt: skip
# Properties of our resources that send, open or bring: kind, type, path, value.
_CHANGED: tuple[tuple[str, str, tuple[str, ...], Any], ...] = (
    ("replicate a bucket", "AWS::S3::Bucket", ("ReplicationConfiguration",),
     {"Role": "r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": _BUCKET}}]}),
    ("list a bucket elsewhere", "AWS::S3::Bucket", ("InventoryConfigurations",),
     [{"Id": "i", "Enabled": True, "IncludedObjectVersions": "All", "ScheduleFrequency": "Daily",
       "Destination": {"BucketArn": _BUCKET, "BucketAccountId": ACCOUNT, "Format": "CSV"}}]),
    ("log access elsewhere", "AWS::S3::Bucket", ("LoggingConfiguration", "DestinationBucketName"),
     "elsewhere"),
    ("allow lists of access", "AWS::S3::Bucket", ("AccessControl",), "PublicRead"),
    ("allow lists of access", "AWS::S3::Bucket", ("OwnershipControls",),
     {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}),
    ("subscribe in the topic", "AWS::SNS::Topic", ("Subscription",),
     [{"Protocol": "sqs", "Endpoint": _arn("sqs", "queue")}]),
    ("bring code from elsewhere", "AWS::Lambda::Function", ("Code", "S3Bucket"), "elsewhere"),
    ("bring a layer from elsewhere", "AWS::Lambda::Function", ("Layers",),
     [_arn("lambda", "layer:x:1")]),
    ("build in an image from elsewhere", "AWS::CodeBuild::Project", ("Environment", "Image"),
     f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/x"),
    ("build from elsewhere", "AWS::CodeBuild::Project", ("Source",),
     {"Type": "GITHUB", "Location": _SITE}),
    ("export reports elsewhere", "AWS::CodeBuild::ReportGroup",
     ("ExportConfig", "S3Destination", "Bucket"), "elsewhere"),
    ("keep artifacts elsewhere", "AWS::CodePipeline::Pipeline", ("ArtifactStore", "Location"),
     "elsewhere"),
    ("resolve names elsewhere", "AWS::EC2::DHCPOptions", ("DomainNameServers",), ["203.0.113.5"]),
    ("name another prefix list", "AWS::EC2::SecurityGroupEgress", ("DestinationPrefixListId",),
     "pl-3b927c52"),
    ("set a property that nobody reviewed", "AWS::S3::Bucket", ("SomethingNew",), "on"),
)  # fmt: skip


def _beside(kind: str, templates: Templates) -> _Changes:
    for named, of, type_, given in _BESIDE:
        if named != kind:
            continue
        for file, name, _ in templates.resources(of):
            properties = {
                key: {"Ref": name} if value == {} else value for key, value in given.items()
            }
            body = {"Type": type_, "Properties": properties}
            yield file, name, f"{type_} added", {_NEW: body}


def _changed(kind: str, templates: Templates) -> _Changes:
    for named, of, path, value in _CHANGED:
        if named != kind:
            continue
        for file, name, body in templates.resources(of):
            if named == "name another prefix list" and path[0] not in body["Properties"]:
                continue
            fresh = changed(body, *path, to=value)
            yield file, name, f"{'.'.join(path)} elsewhere", {name: fresh}


def _seeding(
    seed: Callable[[str, Templates], _Changes], kind: str
) -> tuple[str, Callable[[Templates], _Changes]]:
    return kind, lambda templates: seed(kind, templates)


SEEDERS = seeders(
    in_resources,
    *(_seeding(_beside, kind) for kind in dict.fromkeys(row[0] for row in _BESIDE)),
    *(_seeding(_changed, kind) for kind in dict.fromkeys(row[0] for row in _CHANGED)),
)

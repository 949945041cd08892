"""Limits that AWS documents and that no CloudFormation schema states: the one table of them.

Schemas have lengths and forms of most names; what they leave out, or state too high, is here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """The most that AWS takes of one property; `counts` elements, else characters as JSON.

    A `property` is a path, such as ``Environment.Variables``, through lists, too; a ``*`` is any
    name. `inferred` says what of the figure AWS does not document; a figure without is documented.
    """

    kind: str
    property: str
    most: int
    source: str
    counts: bool = False
    inferred: str = ""


# Of a policy, characters without white space, save endpoints', whose white space counts (we and
# CloudFormation send none); S3's, KMS's and SQS's are bytes.
MANAGED_POLICY, TRUST_POLICY, INLINE_POLICIES = 6_144, 2_048, 10_240
POLICIES_OF_A_ROLE = 10
BUCKET_POLICY, KEY_POLICY = 20_480, 32_768
# Of a template: sent with the request, and in a bucket ("1 MB", read as the smaller one).
TEMPLATE_SENT, TEMPLATE_KEPT = 51_200, 1_000_000
TEMPLATE_SECTIONS = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}
ENDPOINTS_OF_A_VPC = 50  # for interfaces; a default that AWS raises

CLOUDFORMATION = "CloudFormation User Guide, Understand CloudFormation quotas"
PRIVATE_LINK = "AWS PrivateLink guide, AWS PrivateLink quotas"
IAM = "IAM User Guide, IAM and AWS STS quotas"
_CODEBUILD = "CodeBuild API Reference, CreateProject"
_CODEPIPELINE = "CodePipeline API Reference, PipelineDeclaration, StageDeclaration"
_ACTION = "CodePipeline API Reference, ActionDeclaration"
_DASHBOARD = "CloudWatch API Reference, PutDashboard"
_PARAMETER = "Systems Manager API Reference, PutParameter"
_BEFORE = "arn:aws-us-gov:ssm:ap-southeast-2:111122223333:parameter"  # the longest
_LAMBDA = "Lambda Developer Guide, Lambda quotas"
_EVENTS = "EventBridge User Guide, Amazon EventBridge quotas"
_SQS = "SQS Developer Guide, Amazon SQS policy quotas"
_SNS = "SNS Developer Guide, Amazon SNS API permissions, policy quotas"
LIMITS = (
    Limit(
        "AWS::S3::BucketPolicy",
        "PolicyDocument",
        BUCKET_POLICY,
        "S3 User Guide, bucket policies: 20 KB",
        inferred="20 KB are 20 times 1,024 bytes of the text that is sent, white space taken out: "
        "measured by others (MIT-LCP/physionet-build, issue 2094)",
    ),
    Limit("AWS::IAM::ManagedPolicy", "PolicyDocument", MANAGED_POLICY, IAM),
    Limit("AWS::IAM::ManagedPolicy", "ManagedPolicyName", 128, IAM),
    Limit("AWS::IAM::Role", "AssumeRolePolicyDocument", TRUST_POLICY, IAM),
    Limit("AWS::IAM::Role", "Policies", INLINE_POLICIES, IAM),
    Limit("AWS::IAM::Role", "ManagedPolicyArns", POLICIES_OF_A_ROLE, IAM, counts=True),
    Limit("AWS::KMS::Key", "KeyPolicy", KEY_POLICY, "KMS Developer Guide, Resource quotas"),
    Limit("AWS::EC2::VPCEndpoint", "PolicyDocument", 20_480, PRIVATE_LINK),
    Limit("AWS::EC2::SecurityGroup", "GroupName", 255, "EC2 API Reference, CreateSecurityGroup"),
    Limit("AWS::SQS::Queue", "QueueName", 80, "SQS API Reference, CreateQueue"),
    Limit("AWS::SQS::QueuePolicy", "PolicyDocument", 8_192, _SQS),
    Limit("AWS::SQS::QueuePolicy", "PolicyDocument.Statement", 20, _SQS, counts=True),
    Limit("AWS::SQS::QueuePolicy", "PolicyDocument.Statement.Action", 7, _SQS, counts=True),
    Limit("AWS::SNS::TopicPolicy", "PolicyDocument", 30_720, _SNS),
    Limit("AWS::SNS::TopicPolicy", "PolicyDocument.Statement", 100, _SNS, counts=True),
    Limit("AWS::Events::Rule", "EventPattern", 2_048, _EVENTS),
    Limit("AWS::Events::EventBus", "Policy", 10_240, _EVENTS),
    # With the ARN before the name.
    Limit("AWS::SSM::Parameter", "Name", 1_011 - len(_BEFORE), _PARAMETER),
    Limit(
        "AWS::SSM::Parameter",
        "Value",
        4_096,
        f"{_PARAMETER}: standard parameters, 4 KB",
        inferred="4 KB are 4,096 characters: so says the error of the service",
    ),
    Limit("AWS::Lambda::Function", "FunctionName", 64, "Lambda API Reference, CreateFunction"),
    Limit(
        "AWS::Lambda::Function",
        "Environment.Variables",
        4_096,
        f"{_LAMBDA}: 4 KB in aggregate",
        inferred="4 KB are 4,096 characters of all variables as JSON: the error shows that text",
    ),
    Limit("AWS::CodeBuild::Project", "Name", 150, _CODEBUILD),
    Limit("AWS::CodeBuild::Project", "Description", 255, _CODEBUILD),
    Limit("AWS::CodePipeline::Pipeline", "Name", 100, _CODEPIPELINE),
    Limit("AWS::CodePipeline::Pipeline", "Stages.Name", 100, _CODEPIPELINE),
    Limit("AWS::CodePipeline::Pipeline", "Stages.Actions.Name", 100, _ACTION),
    Limit("AWS::CodePipeline::Pipeline", "Stages.Actions.Configuration.*", 1_000, _ACTION),
    Limit("AWS::CloudWatch::Dashboard", "DashboardName", 255, _DASHBOARD),
)
# Types of which AWS documents no size that a template could exceed. Quotas of an account (how many
# VPCs, rules, widgets) are no sizes; a dashboard's body has none either, only its name.
WITHOUT_LIMITS = (
    *("AWS::EC2::FlowLog", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroupEgress"),
    *("AWS::EC2::SecurityGroupIngress", "AWS::EC2::Subnet", "AWS::EC2::VPC"),
    *("AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPCDHCPOptionsAssociation"),
    *("AWS::SNS::Subscription", "AWS::ServiceCatalog::PortfolioPrincipalAssociation"),
    "AWS::ServiceCatalog::PortfolioProductAssociation",
    *("Custom::CDKBucketDeployment", "Custom::VpcRestrictDefaultSG"),
)

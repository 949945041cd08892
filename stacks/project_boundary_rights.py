"""All that the roles of projects can have; see `stacks.boundary_rights`."""

from __future__ import annotations

from dataclasses import replace

from secure_mlops_constructs.permission_boundary import Rights

# Service Catalog's role, which makes what a project has, and that of the rules in it: all of it is
# for what has a project's name (`stacks.boundary`).
LAUNCH = Rights(
    on_resources="""
        cloudformation:CreateStack cloudformation:DeleteStack cloudformation:DescribeStackEvents
        cloudformation:DescribeStacks cloudformation:SetStackPolicy cloudformation:UpdateStack
        cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource
        cloudwatch:PutCompositeAlarm cloudwatch:PutMetricAlarm cloudwatch:TagResource
        cloudwatch:UntagResource codebuild:BatchGetProjects codebuild:BatchGetReportGroups
        codebuild:CreateProject codebuild:CreateReportGroup codebuild:DeleteProject
        codebuild:DeleteReportGroup codebuild:StartBuild codebuild:UpdateProject
        codebuild:UpdateReportGroup codecommit:CreateCommit codecommit:CreateRepository
        codecommit:DeleteRepository codecommit:GetRepository codecommit:GetRepositoryTriggers
        codecommit:ListTagsForResource codecommit:TagResource codecommit:UntagResource
        codecommit:UpdateRepositoryDescription events:DeleteRule events:DescribeRule
        events:ListTagsForResource events:ListTargetsByRule events:PutRule events:PutTargets
        events:RemoveTargets events:TagResource events:UntagResource kms:Decrypt kms:DescribeKey
        kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom
        kms:ReEncryptTo sagemaker:AddTags sagemaker:CreateModelPackageGroup
        sagemaker:CreatePipeline sagemaker:DeleteModelPackageGroup sagemaker:DeletePipeline
        sagemaker:DeleteTags sagemaker:DescribeModelPackageGroup sagemaker:DescribePipeline
        sagemaker:GetModelPackageGroupPolicy sagemaker:ListTags sagemaker:UpdatePipeline
        ssm:GetParameters
        """,
    changes="""
        cloudformation:*Stack cloudformation:SetStackPolicy cloudwatch:Delete* cloudwatch:Put*
        cloudwatch:*agResource codebuild:Create* codebuild:Delete* codebuild:Start*
        codebuild:Update* codecommit:Create* codecommit:Delete* codecommit:*agResource
        codecommit:Update* events:DeleteRule events:Put* events:Remove* events:*agResource
        kms:Decrypt kms:Encrypt kms:GenerateDataKey* kms:ReEncrypt* sagemaker:AddTags
        sagemaker:Create* sagemaker:Delete* sagemaker:Update*
        """,
    # Service Catalog keeps templates in a bucket of its own.
    reading="""
        cloudformation:GetTemplateSummary cloudformation:ValidateTemplate
        codecommit:ListRepositories s3:GetObject s3:GetObjectVersion
        """,
)
# The builds of projects. A right to change a pipeline is for those of projects, by name.
PROJECT = Rights(
    on_resources="""
        codeartifact:GetAuthorizationToken codeartifact:GetRepositoryEndpoint
        codeartifact:ReadFromRepository codebuild:BatchPutTestCases codebuild:CreateReport
        codebuild:UpdateReport codecommit:DeleteCommentContent
        codecommit:GetCommentsForPullRequest codecommit:GetPullRequest codecommit:GitPull
        codecommit:PostCommentForPullRequest codecommit:UpdateComment ec2:CreateNetworkInterface
        ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface kms:Decrypt
        kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext
        kms:ReEncryptFrom kms:ReEncryptTo logs:CreateLogStream logs:PutLogEvents
        s3:AbortMultipartUpload s3:GetBucketLocation s3:ListBucket s3:PutObject
        sagemaker:AddTags sagemaker:CreatePipeline sagemaker:StartPipelineExecution
        sagemaker:UpdatePipeline ssm:GetParameters
        """,
    changes="""
        codebuild:BatchPutTestCases codebuild:CreateReport codebuild:UpdateReport
        codecommit:Delete* codecommit:Post* codecommit:Update* ec2:CreateNetworkInterface*
        ec2:DeleteNetworkInterface* kms:Decrypt kms:Encrypt kms:GenerateDataKey* kms:ReEncrypt*
        logs:Create* logs:Put* s3:Abort* s3:Put* sagemaker:AddTags sagemaker:Create*
        sagemaker:Start* sagemaker:Update*
        """,
    reading="""
        ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups
        ec2:DescribeSubnets ec2:DescribeVpcs sagemaker:DescribeModelPackage
        sagemaker:DescribePipeline sagemaker:DescribePipelineExecution
        sagemaker:ListPipelineExecutionSteps sts:GetServiceBearerToken
        """,
)
# What scientists have beside the rest, where they start projects.
_STARTING = """
    sagemaker:CreateProject sagemaker:DeleteProject servicecatalog:DescribeProduct
    servicecatalog:DescribeProvisioningParameters servicecatalog:ListLaunchPaths
    servicecatalog:ProvisionProduct
    """
_FOLLOWING = """
    sagemaker:DescribeProject sagemaker:ListProjects servicecatalog:DescribeRecord
    servicecatalog:SearchProducts servicecatalog:TerminateProvisionedProduct
    """


def with_projects(scientists: Rights) -> Rights:
    """Add what starting projects takes."""
    changes = "sagemaker:CreateProject sagemaker:DeleteProject servicecatalog:Provision*"
    return replace(
        scientists,
        on_resources=f"{scientists.on_resources} {_STARTING}",
        changes=f"{scientists.changes} {changes}",
        reading=f"{scientists.reading} {_FOLLOWING}",
    )

"""All that roles can have, by kind of role: a list for each, since one policy could not hold them.

A list has exactly what some role below it has (`tests/template/test_boundary.py`). Whoever adds a
right adds it here, and in `charters.yaml`.
"""

from __future__ import annotations

from secure_mlops_constructs.permission_boundary import Rights
from stacks.people_rights import READING_LOGS, SEEING

# Jobs, functions and the services that start them.
RUNTIME = Rights(
    on_resources="""
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface
        ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface
        ec2:DeleteNetworkInterfacePermission ec2:RevokeSecurityGroupEgress
        ec2:RevokeSecurityGroupIngress ec2:UnassignPrivateIpAddresses kms:CreateGrant kms:Decrypt
        events:PutEvents kms:DescribeKey kms:GenerateDataKey lambda:InvokeFunction
        logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents s3:AbortMultipartUpload
        s3:DeleteObject s3:GetBucketLocation s3:GetObject s3:ListBucket s3:PutObject
        sagemaker:AddTags sagemaker:CreateModel sagemaker:CreateModelPackage
        sagemaker:CreateProcessingJob sagemaker:CreateTrainingJob sagemaker:CreateTransformJob
        sagemaker:StartPipelineExecution sagemaker:StopProcessingJob sagemaker:StopTrainingJob
        sagemaker:StopTransformJob sns:Publish sqs:SendMessage
        """,
    changes="""
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface* ec2:DeleteNetworkInterface*
        ec2:RevokeSecurityGroup* ec2:UnassignPrivateIpAddresses events:Put* kms:CreateGrant
        kms:Decrypt kms:GenerateDataKey lambda:Invoke* logs:Create* logs:Put* s3:Abort* s3:Delete*
        s3:Put* sagemaker:AddTags sagemaker:Create* sagemaker:Start* sagemaker:Stop* sns:Publish
        sqs:*
        """,
    reading="""
        cloudwatch:PutMetricData ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces
        ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs ecr:GetAuthorizationToken
        logs:DescribeLogStreams sagemaker:DescribeModel sagemaker:DescribeModelPackage
        sagemaker:DescribeProcessingJob sagemaker:DescribeTrainingJob
        sagemaker:DescribeTransformJob sagemaker:ListModelPackages
        """,
)
# What people take on to try things; those who look after the platform have a ceiling of their own.
SCIENTIST = Rights(
    on_resources="""
        kms:Decrypt s3:GetBucketLocation s3:GetObject s3:ListBucket
        sagemaker:RetryPipelineExecution sagemaker:StartPipelineExecution
        sagemaker:StopPipelineExecution
        """,
    changes="kms:Decrypt sagemaker:Retry* sagemaker:Start* sagemaker:Stop*",
    reading=f"{SEEING} {' '.join(READING_LOGS)}",
)
# What other people take on.
PEOPLE = Rights(
    on_resources="""
        events:DisableRule events:EnableRule kms:Decrypt kms:DescribeKey kms:GenerateDataKey
        s3:ListBucketVersions sagemaker:RetryPipelineExecution sagemaker:StartPipelineExecution
        sagemaker:StopPipelineExecution sagemaker:UpdateModelPackage
        sqs:DeleteMessage sqs:ReceiveMessage
        """,
    changes="""
        cloudtrail:DeleteTrail cloudtrail:StopLogging ec2:DeleteFlowLogs events:*ableRule
        kms:*Deletion kms:*ableKey kms:Decrypt kms:GenerateDataKey logs:Delete* s3:Bypass*
        s3:Delete* sagemaker:Retry* sagemaker:Start* sagemaker:Stop* sagemaker:Update*
        sqs:*
        """,
    reading="""
        cloudtrail:LookupEvents cloudwatch:DescribeAlarmHistory cloudwatch:DescribeAlarms
        cloudwatch:GetDashboard cloudwatch:GetMetricData cloudwatch:ListDashboards
        cloudwatch:ListMetrics ec2:DescribeFlowLogs ec2:DescribeRouteTables
        ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups ec2:DescribeSubnets
        ec2:DescribeVpcEndpoints ec2:DescribeVpcs events:DescribeRule iam:GetPolicy
        iam:GetPolicyVersion iam:GetRole
        iam:ListAttachedRolePolicies iam:ListPolicyVersions iam:ListRolePolicies iam:ListRoles
        kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases kms:ListGrants kms:ListKeys
        lambda:GetFunctionConfiguration lambda:GetPolicy logs:DescribeLogGroups
        logs:DescribeLogStreams logs:FilterLogEvents logs:GetLogEvents
        s3:GetBucketLogging s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls
        s3:GetBucketPolicy s3:GetBucketPublicAccessBlock s3:GetBucketVersioning
        s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration sagemaker:DescribeModelPackage
        sagemaker:DescribeModelPackageGroup sagemaker:DescribePipeline
        sagemaker:DescribePipelineDefinitionForExecution sagemaker:DescribePipelineExecution
        sagemaker:DescribeProcessingJob sagemaker:DescribeTrainingJob
        sagemaker:DescribeTransformJob sagemaker:ListModelPackageGroups
        sagemaker:ListModelPackages sagemaker:ListPipelineExecutionSteps
        sagemaker:ListPipelineExecutions sagemaker:ListPipelineParametersForExecution
        sagemaker:ListPipelines sagemaker:ListProcessingJobs sagemaker:ListTags
        sagemaker:ListTrainingJobs scheduler:GetSchedule sqs:GetQueueAttributes
        sqs:GetQueueUrl
        """,
    deletion="""
        cloudtrail:DeleteTrail cloudtrail:StopLogging ec2:DeleteFlowLogs kms:CancelKeyDeletion
        kms:DisableKey kms:EnableKey kms:ScheduleKeyDeletion logs:DeleteLogGroup
        logs:DeleteLogStream s3:BypassGovernanceRetention s3:DeleteObjectVersion
        """,
)
# What builds, releases and hands out projects. What starts builds or changes pipelines needs a duty
# with `because` in `charters.yaml`, too.
DELIVERY = Rights(
    on_resources="""
        codeartifact:GetAuthorizationToken codeartifact:GetRepositoryEndpoint
        codeartifact:ReadFromRepository codebuild:BatchGetBuilds codebuild:BatchPutTestCases
        codebuild:CreateReport codebuild:StartBuild codebuild:UpdateReport
        codecommit:CancelUploadArchive codecommit:DeleteCommentContent
        codecommit:GetBranch codecommit:GetCommentsForPullRequest codecommit:GetCommit
        codecommit:GetDifferences codecommit:GetPullRequest codecommit:GetRepository
        codecommit:GetUploadArchiveStatus codecommit:GitPull
        codecommit:PostCommentForPullRequest codecommit:UpdateComment
        codecommit:UploadArchive ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface
        ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface
        ec2:UnassignPrivateIpAddresses kms:Decrypt kms:DescribeKey kms:Encrypt
        kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom
        kms:ReEncryptTo logs:CreateLogStream logs:PutLogEvents s3:AbortMultipartUpload
        s3:GetBucketLocation s3:GetObject s3:GetObjectVersion s3:ListBucket s3:PutObject
        sagemaker:StartPipelineExecution sqs:SendMessage
        """,
    changes="""
        codebuild:BatchPutTestCases codebuild:CreateReport codebuild:Start*
        codebuild:UpdateReport codecommit:CancelUploadArchive codecommit:Delete* codecommit:Post*
        codecommit:Update* codecommit:UploadArchive codepipeline:Start*
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface* ec2:DeleteNetworkInterface*
        ec2:UnassignPrivateIpAddresses kms:Decrypt kms:Encrypt kms:GenerateDataKey*
        kms:ReEncrypt* logs:Create* logs:Put* s3:Abort* s3:Put* sagemaker:Start* sqs:*
        """,
    reading="""
        ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups
        ec2:DescribeSubnets ec2:DescribeVpcs s3:GetBucketVersioning
        sagemaker:DescribeModelPackage sagemaker:DescribePipeline
        sagemaker:DescribePipelineExecution sagemaker:ListPipelineExecutionSteps
        sts:GetServiceBearerToken
        """,
)
# The build that promotes models. A right to change a pipeline or a schedule is for one by name.
PROMOTION = Rights(
    on_resources="""
        codeartifact:GetAuthorizationToken codeartifact:GetRepositoryEndpoint
        codeartifact:ReadFromRepository ec2:CreateNetworkInterface
        ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface kms:Decrypt
        kms:DescribeKey kms:GenerateDataKey logs:CreateLogStream logs:PutLogEvents
        s3:AbortMultipartUpload s3:GetBucketLocation s3:GetObject s3:GetObjectVersion
        s3:ListBucket s3:PutObject sagemaker:CreateModelPackage
        sagemaker:StartPipelineExecution sagemaker:UpdateModelPackage
        """,
    changes="""
        ec2:CreateNetworkInterface* ec2:DeleteNetworkInterface* kms:Decrypt kms:GenerateDataKey
        logs:Create* logs:Put* s3:Abort* s3:Put* sagemaker:Create* sagemaker:Start*
        sagemaker:Update* scheduler:Update*
        """,
    reading="""
        ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups
        ec2:DescribeSubnets ec2:DescribeVpcs sagemaker:DescribeModelPackage
        sagemaker:DescribePipeline sagemaker:DescribePipelineExecution
        sagemaker:ListModelPackages sagemaker:ListPipelineExecutionSteps scheduler:GetSchedule
        sts:GetServiceBearerToken
        """,
)
# The job that reads batches by a query, by the service that carries the query out.
_QUERY_JOB = """
    ec2:CreateNetworkInterface ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface
    ec2:DeleteNetworkInterfacePermission kms:CreateGrant kms:Decrypt kms:DescribeKey
    kms:GenerateDataKey logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
    s3:AbortMultipartUpload s3:GetBucketLocation s3:GetObject s3:ListBucket s3:PutObject
    """
_QUERY_JOB_CHANGES = """
    ec2:CreateNetworkInterface* ec2:DeleteNetworkInterface* kms:CreateGrant kms:Decrypt
    kms:GenerateDataKey logs:Create* logs:Put* s3:Abort* s3:Put*
    """
_QUERY_JOB_READING = """
    cloudwatch:PutMetricData ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces
    ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs ecr:GetAuthorizationToken
    logs:DescribeLogStreams
    """
QUERY = {
    "athena": Rights(
        on_resources=f"""
            {_QUERY_JOB} athena:GetDataCatalog athena:GetQueryExecution athena:GetQueryResults
            athena:GetWorkGroup athena:StartQueryExecution athena:StopQueryExecution
            glue:BatchGetPartition glue:CreateDatabase glue:CreateTable glue:DeleteTable
            glue:GetDatabase glue:GetPartition glue:GetPartitions glue:GetTable
            """,
        changes=f"{_QUERY_JOB_CHANGES} athena:St* glue:Create* glue:Delete*",
        reading=_QUERY_JOB_READING,
    ),
    "redshift": Rights(
        on_resources=f"""
            {_QUERY_JOB} redshift-data:ExecuteStatement redshift:GetClusterCredentials
            """,
        changes=f"{_QUERY_JOB_CHANGES} redshift-data:Execute* redshift:GetClusterCredentials*",
        reading=f"""
            {_QUERY_JOB_READING} redshift-data:CancelStatement redshift-data:DescribeStatement
            """,
    ),
}
# What brings models from the environment before; reading there, and decrypting, stand beside the
# list (`stacks.boundary`), with their conditions.
IMPORT = Rights(
    on_resources="""
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface
        ec2:UnassignPrivateIpAddresses kms:Decrypt kms:DescribeKey kms:GenerateDataKey
        logs:CreateLogStream logs:PutLogEvents s3:AbortMultipartUpload s3:GetBucketLocation
        s3:GetObject s3:ListBucket s3:PutObject sagemaker:CreateModelPackage sqs:SendMessage
        """,
    changes="""
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface* ec2:DeleteNetworkInterface*
        ec2:UnassignPrivateIpAddresses kms:Decrypt kms:GenerateDataKey logs:Create* logs:Put*
        s3:Abort* s3:Put* sagemaker:Create* sqs:*
        """,
    reading="""
        ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets
        ec2:DescribeVpcs sagemaker:DescribeModelPackage sagemaker:ListModelPackages
        """,
)
# Who administers models also asks the importer for one, where there is an importer.
ASKING = "lambda:InvokeFunction"

"""The actions of people, by task; `stacks.people` names the resources."""

from __future__ import annotations

# About runs and models, nothing of their content; none of it changes anything.
SEEING = """
    cloudwatch:DescribeAlarmHistory cloudwatch:DescribeAlarms cloudwatch:GetDashboard
    cloudwatch:GetMetricData cloudwatch:ListDashboards cloudwatch:ListMetrics
    sagemaker:DescribeModelPackage sagemaker:DescribeModelPackageGroup sagemaker:DescribePipeline
    sagemaker:DescribePipelineDefinitionForExecution sagemaker:DescribePipelineExecution
    sagemaker:DescribeProcessingJob sagemaker:DescribeTrainingJob sagemaker:DescribeTransformJob
    sagemaker:ListModelPackageGroups sagemaker:ListModelPackages
    sagemaker:ListPipelineExecutionSteps sagemaker:ListPipelineExecutions
    sagemaker:ListPipelineParametersForExecution sagemaker:ListPipelines
    sagemaker:ListProcessingJobs sagemaker:ListTags sagemaker:ListTrainingJobs
    """
# How the platform is built, for whoever checks it.
AUDITING = """
    cloudtrail:LookupEvents ec2:DescribeFlowLogs ec2:DescribeRouteTables
    ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups ec2:DescribeSubnets
    ec2:DescribeVpcEndpoints ec2:DescribeVpcs iam:GetPolicy iam:GetPolicyVersion iam:GetRole
    iam:ListAttachedRolePolicies iam:ListPolicyVersions iam:ListRolePolicies iam:ListRoles
    kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases kms:ListGrants
    kms:ListKeys lambda:GetFunctionConfiguration lambda:GetPolicy logs:DescribeLogGroups
    """
BUCKET_CONFIGURATION = (
    *("s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration"),
    *("s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"),
    *("s3:GetBucketVersioning", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"),
)
CONTENT = """
    kms:Decrypt kms:GenerateDataKey logs:FilterLogEvents logs:GetLogEvents logs:StartQuery
    s3:GetObject s3:GetObjectVersion sqs:ReceiveMessage
    """
READING_LOGS = ("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents")
# Whose dead letters are not a function's.
QUEUES = ("events", "schedules", "notifications")
RUNNING = (
    *("sagemaker:RetryPipelineExecution", "sagemaker:StartPipelineExecution"),
    "sagemaker:StopPipelineExecution",
)

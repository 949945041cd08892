"""Ways to have more than one's own rights, service by service.

Sources: Service Authorization Reference, access levels and dependent actions; IAM User Guide,
"Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")

# Code, and what starts it, that runs under another role than the one that changes it.
INDIRECTION = (
    *("lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    *("lambda:PublishLayerVersion", "lambda:AddPermission", "lambda:AddLayerVersionPermission"),
    *("lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping"),
    # A build may be started with other commands, another source and another role than its own.
    *("codebuild:CreateProject", "codebuild:UpdateProject", "codebuild:StartBuild"),
    *("codebuild:StartBuildBatch", "codebuild:StartSandbox", "codebuild:CreateWebhook"),
    *("codebuild:UpdateWebhook", "codebuild:ImportSourceCredentials"),
    *("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"),
    *("codepipeline:StartPipelineExecution", "codepipeline:PutApprovalResult"),
    *("codepipeline:EnableStageTransition", "codepipeline:CreateCustomActionType"),
    # What builds run, and what they install.
    *("codecommit:GitPush", "codecommit:CreateCommit", "codecommit:PutFile"),
    *("codecommit:DeleteFile", "codecommit:UpdateDefaultBranch", "codecommit:CreateBranch"),
    *("codecommit:MergeBranchesByFastForward", "codecommit:MergeBranchesBySquash"),
    *("codecommit:MergeBranchesByThreeWay", "codecommit:MergePullRequestByFastForward"),
    *("codecommit:MergePullRequestBySquash", "codecommit:MergePullRequestByThreeWay"),
    *("codecommit:PutRepositoryTriggers", "codecommit:OverridePullRequestApprovalRules"),
    *("codeartifact:PublishPackageVersion", "codeartifact:CopyPackageVersions"),
    *("codeartifact:PutPackageOriginConfiguration", "codeartifact:UpdateRepository"),
    *("codeartifact:AssociateExternalConnection", "codeartifact:UpdatePackageGroup"),
    *("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:ReplicateImage"),
    *("codeconnections:CreateConnection", "codestar-connections:CreateConnection"),
    *("cloudformation:CreateStack", "cloudformation:UpdateStack"),
    *("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    *("cloudformation:SetStackPolicy", "cloudformation:CreateStackSet"),
    *("cloudformation:UpdateStackSet", "cloudformation:CreateStackInstances"),
    *("cloudformation:RegisterType", "cloudformation:ActivateType"),
    *("servicecatalog:ProvisionProduct", "servicecatalog:UpdateProvisionedProduct"),
    *("servicecatalog:ExecuteProvisionedProductPlan", "servicecatalog:CreateProvisioningArtifact"),
    *("servicecatalog:ExecuteProvisionedProductServiceAction", "servicecatalog:CreateProduct"),
    *("servicecatalog:CreateConstraint", "servicecatalog:UpdateConstraint"),
    *("servicecatalog:DeleteConstraint", "servicecatalog:AssociateProductWithPortfolio"),
    "servicecatalog:AssociatePrincipalWithPortfolio",
    *("events:PutRule", "events:PutTargets", "events:CreateApiDestination"),
    *("events:CreateConnection", "events:UpdateConnection", "pipes:CreatePipe"),
    *("pipes:UpdatePipe", "scheduler:CreateSchedule", "scheduler:UpdateSchedule"),
    *("sagemaker:CreatePipeline", "sagemaker:UpdatePipeline", "sagemaker:UpdateNotebookInstance"),
    *("sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:CreateStudioLifecycleConfig"),
    *("sagemaker:CreateProject", "sagemaker:UpdateProject"),
    *("glue:CreateJob", "glue:UpdateJob", "glue:CreateDevEndpoint", "glue:UpdateDevEndpoint"),
    *("glue:CreateCrawler", "glue:UpdateCrawler", "glue:CreateSession", "glue:CreateTrigger"),
    *("ec2:RunInstances", "ec2:AssociateIamInstanceProfile"),
    *("ec2:ReplaceIamInstanceProfileAssociation", "ec2:ModifyInstanceAttribute"),
    *("ecs:RegisterTaskDefinition", "ecs:RunTask", "states:CreateStateMachine"),
    *("states:UpdateStateMachine", "ssm:SendCommand", "ssm:StartSession", "ssm:CreateAssociation"),
    *("ssm:StartAutomationExecution", "ssm:CreateDocument", "ssm:UpdateDocument"),
    *("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"),
    *("batch:RegisterJobDefinition", "apprunner:CreateService", "apprunner:UpdateService"),
    *("athena:CreateWorkGroup", "codeconnections:CreateSyncConfiguration"),
    *("codestar-connections:CreateSyncConfiguration", "ecr:CreateRepositoryCreationTemplate"),
    *("ecr:UpdateRepositoryCreationTemplate", "ec2:CreateFlowLogs", "ec2:EnableFastLaunch"),
    *("ec2:RequestSpotInstances", "ecs:CreateExpressGatewayService", "ecs:StartTask"),
    *("lambda:CreateCapacityProvider", "sagemaker:CreateImage", "sagemaker:UpdateImage"),
    "sagemaker:RenderUiTemplate",
)
# What builds install is what their upstream has, whoever asks for something else.
PACKAGES = (
    *("codeartifact:PublishPackageVersion", "codeartifact:CopyPackageVersions"),
    "codeartifact:PutPackageOriginConfiguration",
)
# Changes what a resource's own policy or the network lets through, or with whom it is shared.
RESOURCE_POLICIES = (
    *("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl"),
    *("s3:PutAccessPointPolicy", "s3:CreateAccessPoint", "s3:PutBucketPublicAccessBlock"),
    *("s3:PutReplicationConfiguration", "s3:PutInventoryConfiguration"),
    *("s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "kms:PutKeyPolicy"),
    *("ec2:ModifyVpcEndpoint", "ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"),
    *("sqs:SetQueueAttributes", "sqs:AddPermission", "sns:SetTopicAttributes"),
    *("sns:AddPermission", "sns:Subscribe", "sns:PutDataProtectionPolicy"),
    *("events:PutPermission", "events:RemovePermission", "events:UpdateEventBus"),
    *("ecr:SetRepositoryPolicy", "ecr:PutRegistryPolicy", "ecr:PutReplicationConfiguration"),
    *("secretsmanager:PutResourcePolicy", "codeartifact:PutDomainPermissionsPolicy"),
    *("codeartifact:PutRepositoryPermissionsPolicy", "codebuild:PutResourcePolicy"),
    *("codebuild:UpdateProjectVisibility", "glue:PutResourcePolicy"),
    *("sagemaker:PutModelPackageGroupPolicy", "sagemaker:DeleteModelPackageGroupPolicy"),
    *("servicecatalog:CreatePortfolioShare", "servicecatalog:UpdatePortfolioShare"),
    *("ram:CreateResourceShare", "ram:AssociateResourceShare", "ram:UpdateResourceShare"),
    *("logs:PutResourcePolicy", "logs:PutSubscriptionFilter", "logs:PutAccountPolicy"),
    *("logs:PutDestinationPolicy", "lambda:CreateFunctionUrlConfig"),
    *("lambda:UpdateFunctionUrlConfig", "lambda:AddPermission"),
    *("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"),
    *("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:CreateInternetGateway"),
    *("ec2:AttachInternetGateway", "ec2:CreateNatGateway", "ec2:CreateVpcPeeringConnection"),
    *("ec2:CreateTransitGatewayVpcAttachment", "ec2:AssociateAddress"),
    *("ec2:CreateEgressOnlyInternetGateway", "ec2:ModifySubnetAttribute"),
    *("ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation"),
)
# Identities that have rights without taking on a role.
LONG_LIVED = (
    *("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::AccessKey", "AWS::IAM::UserPolicy"),
    *("AWS::IAM::GroupPolicy", "AWS::IAM::UserToGroupAddition"),
)

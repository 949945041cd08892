"""The rights of people to start and end projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract.names import ENVIRONMENT_TAG, PROJECT_START
from stacks.confined import only

if TYPE_CHECKING:
    import aws_cdk as cdk

    from environments.settings import EnvironmentSettings

STARTING = ("sagemaker:CreateProject", "sagemaker:DeleteProject")
PROVISIONING = (
    *("servicecatalog:DescribeProduct", "servicecatalog:DescribeProvisioningParameters"),
    *("servicecatalog:ListLaunchPaths", "servicecatalog:ProvisionProduct"),
)
FOLLOWING = ("servicecatalog:DescribeRecord", "servicecatalog:TerminateProvisionedProduct")
FINDING = (
    *("sagemaker:DescribeProject", "sagemaker:ListProjects"),
    "servicecatalog:SearchProducts",
)


def started_projects(stack: cdk.Stack) -> str:
    """Return the ARN pattern of SageMaker's projects."""
    return stack.format_arn(
        service="sagemaker", resource="project", resource_name=f"{PROJECT_START}*"
    )


def products(stack: cdk.Stack) -> str:
    """Return the ARN pattern of products, whose ids Service Catalog makes."""
    return stack.format_arn(service="catalog", resource="product", resource_name="prod-*")


def project_statements(
    stack: cdk.Stack, settings: EnvironmentSettings
) -> list[iam.PolicyStatement]:
    """Write the rights to start the environment's product and to end one's own."""
    ours = {"StringEquals": {f"aws:ResourceTag/{ENVIRONMENT_TAG}": settings.name}}
    own = {"StringEquals": {"servicecatalog:userLevel": "self"}}
    return [
        *only("StartProjects", STARTING, started_projects(stack)),
        # Service Catalog gives products ids.
        *only("ProvisionProjects", PROVISIONING, products(stack), conditions=ours),
        iam.PolicyStatement(
            sid="FollowProjects", actions=[*FOLLOWING], resources=["*"], conditions=own
        ),
        iam.PolicyStatement(sid="FindProjects", actions=[*FINDING], resources=["*"]),
    ]

"""Who may deploy an environment: the least that CloudFormation's role needs, from the templates."""

from mlops.bootstrap.policies import DeploymentPolicies, deployment_policies

__all__ = ["DeploymentPolicies", "deployment_policies"]

"""Least-privilege policies of the role that CloudFormation deploys an environment under."""

from mlops.bootstrap.policies import DeploymentPolicies, deployment_policies, first_policies

__all__ = ["DeploymentPolicies", "deployment_policies", "first_policies"]

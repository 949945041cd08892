"""The bootstrap template: the deployer's policies and the role that changes the boundary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops.bootstrap.policies import LIFTING, bootstrap_prefix
from mlops_contract.cdk_bootstrap import QUALIFIER, role
from mlops_contract.names import PROJECT
from mlops_contract.parameters import POLICIES, parameter

if TYPE_CHECKING:
    from mlops.bootstrap.policies import DeploymentPolicies

# Of a template in the request itself (CloudFormation quotas, TemplateBody).
LONGEST_TEMPLATE = 51_200
# With those that change a policy, what the handlers of AWS::IAM::ManagedPolicy call.
_READS = (
    *("iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"),
    "iam:ListPolicyVersions",
)


def ceiling_role(environment: str) -> str:
    """Name the role that changes a boundary; only an administrator can pass it."""
    return f"{bootstrap_prefix(environment)}-ceiling"


def stack_name(environment: str) -> str:
    """Return the name of the bootstrap stack."""
    return bootstrap_prefix(environment)


def bootstrap_template(policies: DeploymentPolicies) -> str:
    """Render the template as JSON, minified if it would be too long otherwise."""
    environment = policies.environment
    resources: dict[str, Any] = {
        f"Deployer{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": name,
                "Description": f"What CloudFormation does to deploy {environment}, {number} of"
                f" {len(policies.documents)}",
                "PolicyDocument": document,
            },
        }
        for number, (name, document) in enumerate(
            zip(policies.names, policies.documents, strict=True), start=1
        )
    }
    resources["Ceiling"] = _ceiling(policies)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Who deploys {PROJECT} {environment}; written by mlops bootstrap-policy",
        "Resources": resources,
        "Outputs": {
            f"Deployer{number}Arn": {"Value": {"Ref": f"Deployer{number}"}}
            for number, _ in enumerate(policies.documents, start=1)
        },
    }
    for_people = json.dumps(template, indent=2, sort_keys=True) + "\n"
    if len(for_people.encode()) <= LONGEST_TEMPLATE:
        return for_people
    return json.dumps(template, separators=(",", ":"), sort_keys=True) + "\n"


def first_stack_name(environment: str) -> str:
    """Return the name of the stack with the rights of the first deployment."""
    return f"{bootstrap_prefix(environment)}-first"


def first_template(policies: DeploymentPolicies) -> str:
    """Render the template that gives the deployer what a first deployment may need to take back.

    It is a stack by itself, deployed after `cdk bootstrap` has made the role.
    """
    resources = {
        f"First{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": name,
                "Description": f"Taking back a failed creation of {policies.environment}",
                "PolicyDocument": document,
                "Roles": [role("cfn-exec", policies.account, policies.region)],
            },
        }
        for number, (name, document) in enumerate(
            zip(policies.names, policies.documents, strict=True), start=1
        )
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"For the first deployment of {PROJECT} {policies.environment}; it expires",
        "Resources": resources,
    }
    return json.dumps(template, indent=2, sort_keys=True) + "\n"


def _ceiling(policies: DeploymentPolicies) -> dict[str, Any]:
    environment, account, region = policies.environment, policies.account, policies.region
    here = f"arn:{policies.partition}:ssm:{region}:{account}:parameter"
    parameters = [
        f"{here}{parameter(environment, POLICIES)}*",
        f"{here}/cdk-bootstrap/{QUALIFIER}/version",
    ]
    statements = [
        {
            "Effect": "Allow",
            "Action": ["iam:CreatePolicy", *LIFTING, *_READS],
            "Resource": list(policies.boundary_arns),
        },
        {
            "Effect": "Allow",
            "Action": [
                *("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameters"),
                *("ssm:ListTagsForResource", "ssm:PutParameter", "ssm:RemoveTagsFromResource"),
            ],
            "Resource": parameters,
        },
    ]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": ceiling_role(environment),
            "Description": f"CloudFormation changes the boundary of {environment} under it",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"Service": "cloudformation.amazonaws.com"},
                        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "ceiling",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
        },
    }

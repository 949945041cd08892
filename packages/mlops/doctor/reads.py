"""The calls that an examination makes: the one list, which policy and clients both come from."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from mlops.doctor.unanswered import refuse_pages
from mlops_contract.names import prefix

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from pipeline_local.aws import Aws

# Operations by boto3's name of the service; they have the action's name, but for those below.
READS = {
    "athena": ("ListWorkGroups",),
    "cloudformation": ("DescribeStackEvents", "DescribeStacks", "ListStackResources"),
    "cloudwatch": ("DescribeAlarms", "ListDashboards"),
    "codeartifact": ("ListDomains", "ListPackageGroups", "ListRepositoriesInDomain"),
    "codebuild": ("ListProjects", "ListReportGroups"),
    "codecommit": ("ListRepositories",),
    "codepipeline": ("ListPipelines",),
    "ec2": (
        *("DescribeAvailabilityZones", "DescribeDhcpOptions", "DescribeManagedPrefixLists"),
        *("DescribeRouteTables", "DescribeSubnets", "DescribeVpcAttribute"),
        *("DescribeVpcEndpoints", "DescribeVpcEndpointServices"),
        "DescribeVpcs",
    ),
    "events": ("ListEventBuses", "ListRules", "ListTargetsByRule"),
    "glue": ("GetDatabases", "GetTables"),
    "iam": (
        *("GetAccountSummary", "GetPolicy", "GetPolicyVersion", "GetRole"),
        *("ListAttachedRolePolicies", "ListEntitiesForPolicy", "ListPolicies"),
        *("ListPolicyVersions", "ListRolePolicies", "ListRoles", "SimulatePrincipalPolicy"),
    ),
    "kms": ("ListAliases",),
    "lambda": ("GetAccountSettings", "ListFunctions"),
    "logs": ("DescribeLogGroups",),
    "organizations": (
        *("DescribeOrganization", "DescribePolicy", "ListParents", "ListPoliciesForTarget"),
    ),
    "route53resolver": ("GetFirewallConfig",),
    "s3": ("HeadBucket", "ListBuckets"),
    "sagemaker": ("ListModelPackageGroups", "ListPipelines"),
    "scheduler": ("ListScheduleGroups", "ListSchedules"),
    "service-quotas": ("GetServiceQuota", "ListServiceQuotas"),
    "sns": ("ListTopics",),
    "sqs": ("ListQueues",),
    "ssm": ("DescribeParameters", "GetParameter"),
    "sts": ("GetCallerIdentity",),
}
# Service Authorization Reference: names of actions that are not their operation's, and the one
# operation that needs no permission (STS API Reference, GetCallerIdentity).
_HEAD = ("s3", "HeadBucket")
_ACTIONS = {
    _HEAD: "s3:ListBucket",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("sts", "GetCallerIdentity"): "",
}
_PREFIXES = {"service-quotas": "servicequotas"}
_VERSION = ("ssm", "GetParameter")
_BOOTSTRAP = "parameter/cdk-bootstrap/*"


def action_of(service: str, operation: str) -> str:
    """Return the action of an operation; empty if it needs none."""
    named = f"{_PREFIXES.get(service, service)}:{operation}"
    return _ACTIONS.get((service, operation), named)


def read_only_policy(settings: EnvironmentSettings, partition: str) -> dict[str, Any]:
    """Return the policy of the calls above, with no object, parameter or secret to read.

    Of parameters it reads the bootstrap's version; whether a bucket exists it asks about the
    environment's names.
    """
    apart = {_HEAD: f"arn:{partition}:s3:::{prefix(settings.name)}-*"}
    apart[_VERSION] = f"arn:{partition}:ssm:{settings.region}:{settings.account}:{_BOOTSTRAP}"
    every = [(service, each) for service, names in READS.items() for each in names]
    general = sorted({action_of(*each) for each in every if each not in apart} - {""})
    statements = [
        {"Effect": "Allow", "Action": general, "Resource": "*"},
        *(
            {"Effect": "Allow", "Action": action_of(*each), "Resource": arn}
            for each, arn in apart.items()
        ),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


class Reader:
    """Clients of an account that make the calls of the list, and refuse any other."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.calls: set[tuple[str, str]] = set()  # made so far

    def client(self, service: str) -> Any:
        """Return a guarded client."""
        with self._lock:
            if service not in self._clients:
                client: Any = self._aws.client(service)
                service_id = client.meta.service_model.service_id.hyphenize()
                event = f"before-parameter-build.{service_id}"
                client.meta.events.register(event, self._guard(service))
                client.meta.events.register(f"before-parse.{service_id}", refuse_pages)
                self._clients[service] = client
            return self._clients[service]

    def _guard(self, service: str) -> Any:
        def check(model: Any, **_: object) -> None:
            if model.name not in READS.get(service, ()):
                raise RuntimeError(f"{service} {model.name} is no call of an examination")
            self.calls.add((service, model.name))

        return check


def as_text(policy: dict[str, Any]) -> str:
    """Render a policy on one line, for a command."""
    return json.dumps(policy, separators=(",", ":"), sort_keys=True)

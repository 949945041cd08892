"""Quotas of the account against what the templates and their pipelines need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.doctor.job_instances import instances_needed
from mlops.doctor.line import ok, problem, unknown
from mlops_contract.global_services import region_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

CONCURRENCY, INSTANCES, IDENTITIES, NETWORKS = (
    *("Lambda concurrency", "SageMaker instances"),
    *("IAM quotas", "VPC quotas"),
)
_FOR_ALL_OTHERS = 100  # of Lambda's concurrency nothing may reserve (Lambda Developer Guide)


@dataclass(frozen=True)
class _Quota:
    """A quota by its code (Service Quotas console), and its name in IAM's account summary."""

    service: str
    code: str
    words: str
    summary: str = ""


_CONCURRENT = _Quota("lambda", "L-B99A9384", "concurrent executions")
_ROLES = _Quota("iam", "L-FE177D64", "roles", "Roles")
_MANAGED = _Quota("iam", "L-E95E4862", "customer managed policies", "Policies")
_ATTACHED = _Quota("iam", "L-0DA4ABF3", "managed policies of a role", "AttachedPoliciesPerRole")
_VPCS = _Quota("vpc", "L-F678F1CE", "VPCs")
_ENDPOINTS = _Quota("vpc", "L-29B6F2EB", "interface endpoints of a VPC")


def lambda_concurrency(subject: Subject) -> Iterator[Line]:
    """Check that the functions' reservations leave AWS's share for all others."""
    answer = subject.client("lambda").get_account_settings()["AccountLimit"]
    limit, free = answer["ConcurrentExecutions"], answer["UnreservedConcurrentExecutions"]
    needed = sum(
        each.properties.get("ReservedConcurrentExecutions", 0)
        for each in subject.world.of_kind("AWS::Lambda::Function")
        if not subject.is_deployed(each)
    )
    missing = needed + _FOR_ALL_OTHERS - free
    if needed and missing > 0:
        what = (
            f"{limit} at once in the account, {free} not reserved; {needed} are to be reserved and "
            f"{_FOR_ALL_OTHERS} left"
        )
        yield problem(CONCURRENCY, what, _increase(_CONCURRENT, limit + missing, subject.region))
    else:
        yield ok(CONCURRENCY, f"{free} not reserved; {needed} are to be reserved")


def sagemaker_instances(subject: Subject) -> Iterator[Line]:
    """Check that the jobs which run at once in a pipeline, with its defaults, get instances."""
    listing = ("service-quotas", "list_service_quotas", "Quotas")
    found = {
        each["QuotaName"]: each for each in subject.place.pages(*listing, ServiceCode="sagemaker")
    }
    for (instance, usage), number in sorted(instances_needed(subject.world.pipelines).items()):
        name = f"{instance} for {usage} job usage"
        if name not in found:
            yield unknown(INSTANCES, f"Service Quotas has no quota {name!r}; {number} are needed")
            continue
        value, code = int(found[name]["Value"]), found[name]["QuotaCode"]
        what = f"{name}: {value}; {number} run at once"
        if value < number:
            quota = _Quota("sagemaker", code, name)
            yield problem(INSTANCES, what, _increase(quota, number, subject.region))
        else:
            yield ok(INSTANCES, what)


def identities(subject: Subject) -> Iterator[Line]:
    """Check that the account takes the roles and policies."""
    summary = subject.client("iam").get_account_summary()["SummaryMap"]
    numbers = {
        _ROLES: len(subject.new("AWS::IAM::Role")),
        _MANAGED: len(subject.new("AWS::IAM::ManagedPolicy")),
        _ATTACHED: len(subject.policies.documents),
    }
    for quota, more in numbers.items():
        limit, there = summary[f"{quota.summary}Quota"], summary.get(quota.summary, 0)
        yield _room(IDENTITIES, quota, (limit, there, more), region_called("iam", subject.region))


def networks(subject: Subject) -> Iterator[Line]:
    """Check that the region takes the VPC with its endpoints."""
    client = subject.client("service-quotas")
    new = subject.new("AWS::EC2::VPC")
    there = len(list(subject.place.pages("ec2", "describe_vpcs", "Vpcs"))) if new else 0
    interfaces = [
        each
        for each in subject.new("AWS::EC2::VPCEndpoint")
        if each.properties.get("VpcEndpointType") == "Interface"
    ]
    for quota, used, more in ((_VPCS, there, len(new)), (_ENDPOINTS, 0, len(interfaces))):
        if more:
            request = {"ServiceCode": quota.service, "QuotaCode": quota.code}
            limit = client.get_service_quota(**request)["Quota"]["Value"]
            yield _room(NETWORKS, quota, (int(limit), used, more), subject.region)


def _room(check: str, quota: _Quota, numbers: tuple[int, int, int], region: str) -> Line:
    limit, there, more = numbers
    what = f"{quota.words}: {limit} in all, {there} there, {more} more to make"
    if there + more > limit:
        return problem(check, what, _increase(quota, there + more, region))
    return ok(check, what)


def _increase(quota: _Quota, value: int, region: str) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --region {region}"
        f" --service-code {quota.service} --quota-code {quota.code} --desired-value {value}"
    )

"""Collect the policies of roles and resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_prover.policy import PolicyKind
from mlops_common.errors import MlopsError
from mlops_common.symbols import open_in
from promises.world.model import Bucket, Endpoint, Key, Resource, Role
from promises.world.open_policies import read_policy
from promises.world.open_properties import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iam_prover.policy import Policy

_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _policy(resource: Resource, name: str, kind: PolicyKind, what: str = "") -> Policy:
    return read_policy(document(resource.properties, name), kind, f"{resource.where}{what}")


def roles_of(resources: Iterable[Resource]) -> tuple[Role, ...]:
    """Collect the roles with their policies."""
    resources = tuple(resources)
    managed = {each.arn: each for each in resources if each.kind == "AWS::IAM::ManagedPolicy"}
    attached: dict[str, list[tuple[str, Any]]] = {}
    for each in resources:
        if each.kind in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"}:
            names = each.properties.get("Roles") or [each.properties.get("RoleName")]
            for name in names:
                body = document(each.properties, "PolicyDocument")
                attached.setdefault(str(name), []).append((each.where, body))
    return tuple(
        _role(each, managed, attached.get(each.ref, []))
        for each in resources
        if each.kind == "AWS::IAM::Role"
    )


def _role(
    resource: Resource, managed: Mapping[str, Resource], attached: list[tuple[str, Any]]
) -> Role:
    properties, where = resource.properties, resource.where
    inline = document(properties, "Policies") or []
    if unknown := open_in([each for each in inline if isinstance(each, str)] and inline):
        raise MlopsError(f"{where}: its policies are {unknown[0]}, which only a deployment decides")
    documents = [
        *attached,
        *(_managed(str(arn), managed, where) for arn in properties.get("ManagedPolicyArns", [])),
        *(
            (f"{where}, policy {each.get('PolicyName')}", each.get("PolicyDocument"))
            for each in inline
        ),
    ]
    boundary_arn = str(properties.get("PermissionsBoundary", ""))
    boundary = managed.get(boundary_arn)
    return Role(
        resource,
        _policy(resource, "AssumeRolePolicyDocument", PolicyKind.RESOURCE, ", trust policy"),
        tuple(read_policy(body, PolicyKind.IDENTITY, path) for path, body in documents),
        None if boundary is None else _policy(boundary, "PolicyDocument", PolicyKind.BOUNDARY),
        boundary_arn,
    )


def _managed(arn: str, managed: Mapping[str, Resource], where: str) -> tuple[str, Any]:
    if arn in managed:
        return managed[arn].where, document(managed[arn].properties, "PolicyDocument")
    # What is not in the templates might allow anything.
    path = f"{where}, {arn} (not in the templates: taken as allowing everything)"
    return path, {"Version": "2012-10-17", "Statement": [_EVERYTHING]}


def buckets_of(resources: Iterable[Resource]) -> tuple[Bucket, ...]:
    """Collect the buckets with their policies."""
    resources = tuple(resources)
    policies: dict[str, list[Resource]] = {}
    for each in resources:
        if each.kind == "AWS::S3::BucketPolicy":
            policies.setdefault(str(each.properties.get("Bucket")), []).append(each)
    declared = {each.ref: each for each in resources if each.kind == "AWS::S3::Bucket"}
    subjects = {**{name: found[0] for name, found in policies.items()}, **declared}
    return tuple(
        Bucket(
            resource,
            name,
            tuple(
                _policy(each, "PolicyDocument", PolicyKind.RESOURCE)
                for each in policies.get(name, [])
            ),
            tuple(policies.get(name, ())),
        )
        for name, resource in subjects.items()
    )


def keys_of(resources: Iterable[Resource]) -> tuple[Key, ...]:
    """Read the keys with their policies, or the one that AWS gives them."""
    return tuple(
        Key(
            each,
            _policy(each, "KeyPolicy", PolicyKind.RESOURCE)
            if "KeyPolicy" in each.properties
            else _default_key_policy(each),
        )
        for each in resources
        if each.kind in {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}
    )


def _default_key_policy(key: Resource) -> Policy:
    """Return the policy of a key that was made without one (KMS Developer Guide)."""
    partition, account = key.arn.split(":")[1], key.arn.split(":")[4]
    everyone = {"AWS": f"arn:{partition}:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": everyone, "Action": "kms:*", "Resource": "*"}
    body = {"Version": "2012-10-17", "Statement": [statement]}
    return read_policy(body, PolicyKind.RESOURCE, f"{key.where}, AWS's default key policy")


def endpoints_of(resources: Iterable[Resource]) -> tuple[Endpoint, ...]:
    """Read the VPC endpoints with their policies."""
    return tuple(
        Endpoint(
            each,
            _short_name(str(each.properties.get("ServiceName", ""))),
            each.properties.get("VpcEndpointType", "Gateway") == "Gateway",
            read_policy(
                document(each.properties, "PolicyDocument")
                or {"Version": "2012-10-17", "Statement": [{**_EVERYTHING, "Principal": "*"}]},
                PolicyKind.ENDPOINT,
                each.where,
            ),
        )
        for each in resources
        if each.kind == "AWS::EC2::VPCEndpoint"
    )


def _short_name(service: str) -> str:
    """Shorten ``com.amazonaws.eu-central-1.ecr.api``, or ``aws.sagemaker.eu-central-1.studio``."""
    parts = service.split(".")
    if parts[:2] == ["com", "amazonaws"]:
        return ".".join(parts[3:])
    return ".".join(parts[1:2] + parts[3:])

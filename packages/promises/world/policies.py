"""Collect the policies of roles and resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_prover.policy import PolicyKind
from mlops_common.errors import MlopsError
from mlops_common.symbols import opened
from promises.world.aws_managed_policies import aws_managed_policy
from promises.world.documents import read_policy
from promises.world.model import Bucket, Endpoint, Key, Resource, Role
from promises.world.open_policies import is_open
from promises.world.open_properties import document, note, unnoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iam_prover.policy import Policy

_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _policy(resource: Resource, name: str, kind: PolicyKind, what: str = "") -> Policy:
    return read_policy(document(resource.properties, name), kind, f"{resource.where}{what}")


def roles_of(resources: Iterable[Resource]) -> tuple[Role, ...]:
    """Collect the roles with their policies."""
    resources = tuple(resources)
    managed = {each.arn: each for each in resources if each.kind == "AWS::IAM::ManagedPolicy"}
    roles = [each for each in resources if each.kind == "AWS::IAM::Role"]
    attached: dict[str, list[tuple[str, Any]]] = {}
    for each in resources:
        if each.kind in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"}:
            names = unnoted(each.properties, "Roles") or [unnoted(each.properties, "RoleName")]
            for name in [names] if isinstance(names, str) else names:
                body = document(each.properties, "PolicyDocument")
                attached.setdefault(str(name), []).append((each.where, body))
    _note_strays([each.ref for each in roles], attached)
    return tuple(_role(each, managed, attached.get(each.ref, [])) for each in roles)


def _note_strays(declared: Sequence[str], named: Iterable[str]) -> None:
    """Note what a policy depends on that may be attached to another resource than it seems."""
    strays = [each for each in named if each not in declared and each != str(None)]
    note(strays)
    if strays:
        note(list(declared))


def _role(
    resource: Resource, managed: Mapping[str, Resource], attached: list[tuple[str, Any]]
) -> Role:
    properties, where = resource.properties, resource.where
    inline = document(properties, "Policies") or []
    arns = unnoted(properties, "ManagedPolicyArns") or []
    arns = [arns] if isinstance(arns, str) else arns
    documents = [
        *attached,
        *(_managed(arn, managed, resource) for arn in arns),
        *(
            (f"{where}, policy {each.get('PolicyName')}", each.get("PolicyDocument"))
            if isinstance(each, dict)
            else (f"{where}, a policy", each)
            for each in ([inline] if isinstance(inline, str) else inline)
        ),
    ]
    boundary_arn = str(properties.get("PermissionsBoundary", ""))
    by_aws = (aws_managed_policy(str(arn)) for arn in (*arns, boundary_arn))
    return Role(
        resource,
        _policy(resource, "AssumeRolePolicyDocument", PolicyKind.RESOURCE, ", trust policy"),
        tuple(read_policy(body, PolicyKind.IDENTITY, path) for path, body in documents),
        _boundary(boundary_arn, managed, resource),
        boundary_arn,
        tuple(each for each in by_aws if each),
    )


def _boundary(arn: str, managed: Mapping[str, Resource], resource: Resource) -> Policy | None:
    if arn not in managed and aws_managed_policy(arn) is None:
        return None
    path, body = _managed(arn, managed, resource)
    return read_policy(body, PolicyKind.BOUNDARY, path)


def _managed(arn: str, managed: Mapping[str, Resource], resource: Resource) -> tuple[str, Any]:
    if arn in managed:
        return managed[arn].where, document(managed[arn].properties, "PolicyDocument")
    if known := aws_managed_policy(arn):
        return known.attached_to(resource.where), known.document
    # What is in no template may say anything: the text is a value that is not known.
    name = f"ManagedPolicyArns.{arn}"
    return f"{resource.where}, a managed policy", (
        arn if is_open(arn) else opened(resource.stack, resource.logical_id, name)
    )


def buckets_of(resources: Iterable[Resource]) -> tuple[Bucket, ...]:
    """Collect the buckets with their policies; S3 keeps one for each, so a second is refused."""
    resources = tuple(resources)
    policies: dict[str, Resource] = {}
    for each in resources:
        if each.kind == "AWS::S3::BucketPolicy":
            name = str(unnoted(each.properties, "Bucket"))
            if name in policies:
                raise MlopsError(
                    f"{each.where}: the bucket has a policy already, {policies[name].where}; S3 "
                    "keeps one, so put their statements into one"
                )
            policies[name] = each
    declared = {each.ref: each for each in resources if each.kind == "AWS::S3::Bucket"}
    _note_strays(list(declared), policies)
    subjects = {**policies, **declared}
    return tuple(
        Bucket(
            resource,
            name,
            tuple(_policy(each, "PolicyDocument", PolicyKind.RESOURCE) for each in own),
            own,
        )
        for name, resource in subjects.items()
        for own in [(policies[name],) if name in policies else ()]
    )


def keys_of(resources: Iterable[Resource]) -> tuple[Key, ...]:
    """Read the keys with their policies; AWS gives one without any the default policy.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    return tuple(
        Key(
            each,
            _policy(each, "KeyPolicy", PolicyKind.RESOURCE)
            if "KeyPolicy" in each.properties
            else read_policy(
                _default_key_policy(each), PolicyKind.RESOURCE, f"{each.where}, default policy"
            ),
        )
        for each in resources
        if each.kind in {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}
    )


def _default_key_policy(key: Resource) -> dict[str, Any]:
    partition, account = key.arn.split(":")[1], key.arn.split(":")[4]
    owner = {"AWS": f"arn:{partition}:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


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

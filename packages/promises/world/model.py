"""Resources of one environment that promises are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cloud_assembly.cases import Case
from cloud_assembly.metadata import read_key
from iam_prover.evaluator import Arbitrary, PoliciesInForce
from iam_prover.policy import Effect
from iam_prover.principals import NameKind
from mlops_contract.metadata import ASSUMPTIONS, EXCEPTIONS
from promises.world.open_policies import open_in_policy
from promises.world.unreviewed import unreviewed_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloud_assembly.stack import Stack
    from iam_prover.policy import Policy
    from mlops_contract.metadata import Assumption, ExceptionRow
    from mlops_contract.metadata import Key as MetadataKey
    from promises.world.aws_managed_policies import AwsManagedPolicy
    from promises.world.crossing import PromotedFrom, PromotesTo
    from promises.world.type_reviews import OwnTypes
    from promises.world.unreviewed import Unreviewed


Value = TypeVar("Value")
# Promises that ask what policies of identities say; the others hold whatever those say.
_OF_IDENTITIES: Final = (*range(5, 12), 15, *range(18, 22), 23, 25)


@dataclass(frozen=True)
class Resource:
    """One resource of a template, its intrinsic functions evaluated for all stacks alike.

    `removal` is what happens to it when its stack ends, and when another replaces it.
    """

    stack: str
    logical_id: str
    kind: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]
    arn: str
    ref: str
    removal: tuple[Any, Any] = (None, None)

    @property
    def service(self) -> str:
        """Name of its service: ``sqs`` of an ``AWS::SQS::Queue``."""
        return self.kind.split("::")[1].lower()

    @property
    def where(self) -> str:
        """Its place, for messages."""
        return f"{self.stack}/{self.logical_id}"

    def record(self, key: MetadataKey[Value]) -> Value:
        """Read what our stacks say about it under a key."""
        if key.name not in self._records:
            self._records[key.name] = read_key(key, self.metadata, self.where)
        found: Value = self._records[key.name]
        return found

    @cached_property
    def _records(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class Role:
    """A role with its policies.

    What a managed policy says that neither the templates nor the table of AWS's hold is not known;
    such a boundary is None, which is the weaker assumption.
    """

    resource: Resource
    trust: Policy
    identity: tuple[Policy, ...]
    boundary: Policy | None
    boundary_arn: str = ""
    by_aws: tuple[AwsManagedPolicy, ...] = ()

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.resource.arn

    @property
    def name(self) -> str:
        """Its friendly name."""
        return self.arn.rpartition("/")[2]

    @property
    def trusted_services(self) -> tuple[str, ...]:
        """The services that its trust policy names, sorted."""
        found = {
            name.value
            for statement in self.trust.statements
            if statement.effect is Effect.ALLOW and statement.principals
            for name in statement.principals.names
            if name.kind is NameKind.SERVICE
        }
        return tuple(sorted(found))

    def acting(
        self,
        resource: tuple[Policy, ...] | Arbitrary = (),
        *,
        endpoint: Policy | None = None,
        resource_policy_decides: bool = False,
    ) -> PoliciesInForce:
        """Return the policies that decide about a request of this role."""
        return PoliciesInForce(
            self.identity, self.boundary, resource, endpoint, resource_policy_decides
        )


@dataclass(frozen=True)
class Bucket:
    """A bucket, declared by itself or by its policy where no template holds it."""

    resource: Resource
    name: str
    policies: tuple[Policy, ...]
    declared_by: tuple[Resource, ...] = ()

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:s3:::{self.name}"

    @property
    def exceptions(self) -> tuple[ExceptionRow, ...]:
        """Exceptions from the endpoint, declared on its policies."""
        return tuple(row for each in self.declared_by for row in each.record(EXCEPTIONS))

    @property
    def key_arn(self) -> str | None:
        """The key of its default encryption."""
        encryption = self.resource.properties.get("BucketEncryption", {})
        for rule in encryption.get("ServerSideEncryptionConfiguration", []):
            default = rule.get("ServerSideEncryptionByDefault", {})
            if str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
                return str(default.get("KMSMasterKeyID") or "") or None
        return None


@dataclass(frozen=True)
class Key:
    """A customer managed key with its policy."""

    resource: Resource
    policy: Policy

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.resource.arn


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint: id `resource.ref`, service such as ``ecr.dkr``, policy or AWS's default."""

    resource: Resource
    service: str
    is_gateway: bool
    policy: Policy


@dataclass(frozen=True)
class World:
    """One environment.

    `s3_endpoint_ids` are the endpoints that data may come through, `compute` the roles whose
    SageMaker compute is judged, `volume_keys` and `output_keys` ARNs, `instance_types` empty when
    unknown. `following` is the environment that models go on to, where it was read; `open_values`
    are attributes known only after a deployment (`mlops_common.symbols`). Where the templates
    tell values of parameters apart, `variants` are the other cases, and `case` is this one.
    """

    name: str
    account: str
    region: str
    resources: tuple[Resource, ...]
    roles: tuple[Role, ...]
    buckets: tuple[Bucket, ...]
    keys: tuple[Key, ...]
    endpoints: tuple[Endpoint, ...]
    s3_endpoint_ids: tuple[str, ...]
    compute: tuple[Role, ...]
    volume_keys: tuple[str, ...]
    output_keys: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    instance_types: tuple[str, ...] = ()
    other_policies: tuple[tuple[Resource, Policy], ...] = ()
    pipelines: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    pipeline_roles: Mapping[str, str] = field(default_factory=dict)
    stacks: tuple[Stack, ...] = ()
    promotes_to: PromotesTo | None = None
    promoted_from: PromotedFrom | None = None
    following: World | None = None
    open_values: tuple[str, ...] = ()
    own_types: OwnTypes = field(default_factory=dict)
    case: Case = field(default_factory=Case)
    variants: tuple[World, ...] = ()

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of CloudFormation types such as ``AWS::EC2::Subnet``."""
        return (each for each in self.resources if each.kind in kinds)

    @property
    def cases(self) -> tuple[World, ...]:
        """All cases, this one first."""
        return (self, *self.variants)

    @property
    def partition(self) -> str:
        """The AWS partition of its region."""
        return self.stacks[0].partition

    @property
    def alone(self) -> bool:
        """Whether templates were read by themselves, and not as an assembly of the CDK."""
        return all(each.alone for each in self.stacks)

    @property
    def s3_endpoints(self) -> tuple[Endpoint, ...]:
        """The gateway endpoints for S3 that the templates hold."""
        return tuple(each for each in self.endpoints if each.resource.ref in self.s3_endpoint_ids)

    @cached_property
    def unreviewed(self) -> tuple[Unreviewed, ...]:
        """What the resources have that no row of the table of types decides."""
        stacks = (each.name for each in self.stacks)
        return tuple(unreviewed_in(self.resources, self.own_types, stacks))

    def assumed_for(self, promise: int) -> tuple[str, ...]:
        """List what a promise that is asked takes for granted beyond the templates."""
        roles = self.roles if promise in _OF_IDENTITIES else ()
        by_aws = {policy.assumption for each in roles for policy in each.by_aws}
        return (*self.unseen_by(promise), *sorted(by_aws))

    def unseen_by(self, promise: int) -> tuple[str, ...]:
        """List what no template shows and a promise might be asked about."""
        declared = [row.assumption for row in self.assumed if row.promise == str(promise)]
        own = {
            f"{row.text} is harmless here: {row.because}"
            for row in self.unreviewed
            if row.because and row.may_break(promise)
        }
        return (*declared, *sorted(own))

    @property
    def assumed(self) -> tuple[Assumption, ...]:
        """Declared assumptions on a network that the templates do not hold."""
        return tuple(row for each in self.resources for row in each.record(ASSUMPTIONS))

    @property
    def network_of_others(self) -> bool:
        """Return whether the VPC is one that the templates do not hold."""
        return any(row.promise == "16" for row in self.assumed)

    @property
    def ways_to_s3(self) -> tuple[tuple[str, Policy | None], ...]:
        """The endpoints that data may come through, without a policy where it cannot be seen."""
        seen = {each.resource.ref: each.policy for each in self.s3_endpoints}
        return tuple((each, seen.get(each)) for each in self.s3_endpoint_ids)

    def role(self, arn: str) -> Role | None:
        """Look up a role by its ARN; None when the templates do not hold it."""
        return next((each for each in self.roles if each.arn == arn), None)

    @cached_property
    def open_policies(self) -> Mapping[str, tuple[str, ...]]:
        """Attributes in policies that only a deployment decides, by the policies' places."""
        found = {each.where: open_in_policy(each) for each in self.policies}
        return {where: names for where, names in found.items() if names}

    @property
    def policies(self) -> Iterator[Policy]:
        """All policies, each once."""
        attached = [
            *(each.trust for each in self.roles),
            *(policy for each in self.roles for policy in each.identity),
            *(each.boundary for each in self.roles if each.boundary),
            *(policy for each in self.buckets for policy in each.policies),
            *(each.policy for each in self.keys),
            *(each.policy for each in self.endpoints),
            *(policy for _, policy in self.other_policies),
        ]
        return iter({(each.where, each.kind): each for each in attached}.values())

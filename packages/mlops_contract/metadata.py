"""Metadata that stacks put on resources for proofs, reviews and auditors: every key and its form.

Stacks write records with `Key.write`, tools read them with `Key.read`.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - `parse` evaluates the annotations
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from mlops_contract.names import PROJECT
from mlops_contract.records import MalformedRecordError, parse, to_json

PREFIX = f"{PROJECT}:"
# How an exception row says that only AWS's services use it, on behalf of its principal.
VIA_SERVICE = "a service"
Value = TypeVar("Value")
Record = TypeVar("Record")


@dataclass(frozen=True)
class Key(Generic[Value]):
    """A key, the form of its value, and the default where it is missing."""

    name: str
    form: Any
    absent: Value

    def read(self, metadata: Mapping[str, object], where: str) -> Value:
        """Read a resource's value of the key."""
        if self.name not in metadata:
            return self.absent
        value: Value = parse(self.form, metadata[self.name], f"{where}: {self.name}")
        return value

    def write(self, value: Value) -> Any:
        """Render a value as JSON."""
        return to_json(value)


def ours(metadata: object, where: str) -> dict[str, Any]:
    """Select the keys of this contract from a resource's metadata."""
    if not isinstance(metadata, dict):
        raise MalformedRecordError(f"{where}: its Metadata must be an object")
    return {name: value for name, value in metadata.items() if str(name).startswith(PREFIX)}


def _one(name: str, form: type[Record]) -> Key[Record | None]:
    return Key(PREFIX + name, form, None)


def _many(name: str, form: type[Record]) -> Key[tuple[Record, ...]]:
    return Key(PREFIX + name, tuple[form, ...], ())  # type: ignore[valid-type]


@dataclass(frozen=True)
class ExceptionRow:
    """A principal's use of a bucket without our endpoint; no prefix: of itself."""

    principal: str
    action: str
    prefix: str
    reason: str
    through: str = ""  # VIA_SERVICE: only with `aws:ViaAWSService`


@dataclass(frozen=True)
class Duty:
    """One purpose of a role."""

    duty: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    # Patterns by condition key; a key without any must be missing.
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    because: str = ""  # why no rights beyond its own, where it lends the role code or roles


@dataclass(frozen=True)
class Principals:
    """Principals of a role: services; people, each way as patterns by condition key."""

    services: tuple[str, ...] = ()
    people: tuple[Mapping[str, tuple[str, ...]], ...] | None = None


@dataclass(frozen=True)
class Charter:
    """The purpose of a role."""

    assumed_by: Principals
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Deployers:
    """Principals that get through an endpoint to deploy, as ARNs."""

    builders: tuple[str, ...] = ()  # roles of ours that assume `roles`
    roles: tuple[str, ...] = ()  # of the CDK's bootstrap, of whatever account
    publishers: tuple[str, ...] = ()  # of `roles`, those that upload files


@dataclass(frozen=True)
class PromotionReader:
    """A reader of models in the next environment, and its prefix of the bucket."""

    environment: str
    account: str
    role: str
    prefix: str


@dataclass(frozen=True)
class PromotionSource:
    """Patterns of what the importer reads of the environment before; `contents` S3 decrypts."""

    environment: str
    account: str
    objects: tuple[str, ...]
    versions: str
    contents: tuple[str, ...]


@dataclass(frozen=True)
class Sender:
    """A role that puts objects under prefixes, from another account by a condition on its way.

    `condition` is the condition key, ``aws:SourceVpce`` or ``aws:PrincipalOrgID``, and `value` what
    it must be; both are empty for a role of this account, which comes through our endpoint.
    """

    role: str
    prefixes: tuple[str, ...]
    condition: str = ""
    value: str = ""


@dataclass(frozen=True)
class Assumption:
    """A property of others' network that no template shows, by the promise it stands in for."""

    promise: str
    assumption: str
    endpoint_groups: str = field(default="", metadata={"json": "endpoint-groups"})


@dataclass(frozen=True)
class ModelArchives:
    """How SageMaker may look at models' archives from outside, by the settings of these names."""

    register_model: str
    create_model: str


@dataclass(frozen=True)
class Acknowledgment:
    """A finding of the rule packs that stays, and why."""

    rule: str
    reason: str


# On the policy of a bucket.
EXCEPTIONS = _many("perimeter-exceptions", ExceptionRow)
# On the policy of the bucket of models: the settings of the rows in the table of callers.
MODEL_ARCHIVES = _one("model-archives", ModelArchives)
# On a role.
CHARTER = _one("charter", Charter)
# On a permissions boundary, as patterns of ARNs: all that roles may change; and objects that are
# decrypted under a key of another environment.
CEILING = _many("ceiling", str)
DECRYPTS = _many("decrypts", str)
# On a bucket whose models go on, and on the role that fetches models.
PROMOTES_TO = _one("promotes-to", PromotionReader)
PROMOTED_FROM = _one("promoted-from", PromotionSource)
# On the bucket of data.
SENDERS = _many("senders", Sender)
# On the security group of jobs.
ASSUMPTIONS = _many("assumptions", Assumption)
# On a key: ARNs of roles that use it and are not of the templates.
OUTSIDE_USERS = _many("outside-users", str)
# On an endpoint.
DEPLOYMENTS = _one("deployments", Deployers)
# On a resource, or on a template as a whole.
ACKNOWLEDGED = _many("acknowledged", Acknowledgment)
# On a SageMaker pipeline: its short name.
PIPELINE = _one("pipeline", str)

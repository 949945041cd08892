"""What is examined: an environment's settings and templates, and its account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from cloud_assembly.cloud_assembly import read_json
from mlops.teardown import Place
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from environments.settings import EnvironmentSettings
    from mlops.bootstrap import DeploymentPolicies
    from mlops.doctor.reads import Reader
    from pipeline_local.aws import Aws
    from promises.world import Resource, World

GONE = "DELETE_COMPLETE"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Subject:
    """An environment, before it is deployed or deployed again.

    `deployer` is the ARN of who runs `cdk deploy`, where that is not who runs the examination;
    `trusted` are the other accounts that deliver to it, `version` is the bootstrap's that its
    templates need.
    """

    settings: EnvironmentSettings
    world: World
    policies: DeploymentPolicies
    reader: Reader
    trusted: tuple[str, ...] = ()
    version: int = 0
    deployer: str | None = None
    now: Callable[[], datetime] = field(default=_now, compare=False)

    @property
    def region(self) -> str:
        """Its region."""
        return self.settings.region

    @cached_property
    def place(self) -> Place:
        """Listings of the account."""
        return Place(self.settings, cast("Aws", self.reader))  # of which it asks for clients

    def client(self, service: str) -> Any:
        """Return a guarded client of the account."""
        return self.reader.client(service)

    @cached_property
    def stacks(self) -> dict[str, dict[str, Any]]:
        """The stacks of the account and region by name."""
        found = self.place.pages("cloudformation", "describe_stacks", "Stacks")
        return {each["StackName"]: each for each in found if each["StackStatus"] != GONE}

    @cached_property
    def deployed(self) -> frozenset[tuple[str, str]]:
        """Types and physical ids of the resources that the environment's stacks hold."""
        listing = ("cloudformation", "list_stack_resources", "StackResourceSummaries")
        return frozenset(
            (each["ResourceType"], each.get("PhysicalResourceId", ""))
            for name in self.stacks
            if self.place.is_ours(name)
            for each in self.place.pages(*listing, StackName=name)
            if each["ResourceStatus"] != GONE
        )

    def is_deployed(self, resource: Resource) -> bool:
        """Return whether a resource with a name is in a stack of the environment."""
        return (resource.kind, resource.ref) in self.deployed

    def new(self, *kinds: str) -> list[Resource]:
        """List the resources of the templates that are not deployed yet, by their number."""
        there = sum(kind in kinds for kind, _ in self.deployed)
        return list(self.world.of_kind(*kinds))[there:]


def needed_version(assembly: Path) -> int:
    """Return the bootstrap's version that a cloud assembly asks for."""
    found = [
        value
        for path in assembly.rglob("manifest.json")
        for where, value in values_in(read_json(path))
        if where[-1:] == ("requiresBootstrapStackVersion",)
    ]
    return max(map(int, found), default=0)

"""The permission boundaries, made before the first role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract import parameters
from secure_mlops_constructs.permission_boundary import PermissionBoundaries
from stacks.base import EnvironmentStack
from stacks.charter_table import RUNTIME

if TYPE_CHECKING:
    import aws_cdk as cdk

    from stacks.base import EnvironmentStage
    from stacks.charters import Charters


class BoundaryStack(EnvironmentStack):
    """The policies that cap roles, by kind, derived from the charters and never from policies."""

    def __init__(self, stage: EnvironmentStage, *, charters: Charters) -> None:
        super().__init__(stage, "Boundary", "Permission boundaries")
        self._charters = charters
        self._policies = PermissionBoundaries(
            self, "Boundaries", prefix=self.names.prefix, ceilings=charters.ceilings()
        ).policies
        charters.put_on_boundaries(self._policies)
        self.publish(
            {
                f"{parameters.POLICIES}{kind}-boundary": each.managed_policy_arn
                for kind, each in self._policies.items()
            }
        )

    def put_over_roles(self, stage: cdk.Stage) -> None:
        """Put every role, also those that the CDK makes by itself, below its charter's boundary."""
        iam.PermissionsBoundary.of(stage).apply(self._policies[RUNTIME])
        for each in stage.node.find_all():
            if isinstance(each, iam.CfnRole):
                kind = self._charters.boundary_kind(each)
                if kind != RUNTIME:
                    iam.PermissionsBoundary.of(each).apply(self._policies[kind])

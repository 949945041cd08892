"""The permission boundary, made before the first role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.permission_boundary import Ceiling, PermissionBoundary
from stacks import roles
from stacks.base import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from environments.settings import EnvironmentSettings

# Who of ours may be passed, and to whom: jobs' roles to SageMaker.
PASSED_TO = ("sagemaker.amazonaws.com",)


class BoundaryStack(EnvironmentStack):
    """The policy that caps every role of the environment.

    `stacks.platform` puts it on every role there is, whoever makes it.

    Parameters
    ----------
    scope : Construct
        The stage.
    construct_id : str
        Its id there.
    settings : EnvironmentSettings
        The environment.
    image_repositories : sequence of str
        ARNs of AWS's repositories whose images jobs run.

    Attributes
    ----------
    policy : ManagedPolicy
        The boundary.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        image_repositories: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="Permission boundary")
        assets = f"arn:{self.partition}:s3:::{roles.assets_bucket(self)}/*"
        self.policy = PermissionBoundary(
            self,
            "Boundary",
            name=f"{self.names.prefix}-boundary",
            ceiling=Ceiling(
                passed_roles=tuple(roles.role_arn(self, settings, name) for name in roles.JOBS),
                passed_to=PASSED_TO,
                image_repositories=tuple(image_repositories),
                assets_bucket_arn=assets,
                break_glass_arn=roles.role_arn(self, settings, roles.BREAK_GLASS),
            ),
        ).policy
        self.publish({"policy/boundary": self.policy.managed_policy_arn})

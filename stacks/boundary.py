"""The permission boundary, made before the first role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.permission_boundary import Ceiling, PermissionBoundary
from stacks import roles
from stacks.base import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    key_arns : iterable of str
        The environment's keys.
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
        key_arns: Iterable[str],
        image_repositories: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="Permission boundary")
        self.policy = PermissionBoundary(
            self,
            "Boundary",
            name=f"{self.names.prefix}-boundary",
            ceiling=Ceiling(
                passed_roles=tuple(roles.role_arn(self, settings, name) for name in roles.JOBS),
                passed_to=PASSED_TO,
                image_repositories=tuple(image_repositories),
                break_glass_arn=roles.role_arn(self, settings, roles.BREAK_GLASS),
                environment_arns=self._environment_arns(key_arns),
            ),
        ).policy
        self.publish({"policy/boundary": self.policy.managed_policy_arn})

    def _environment_arns(self, key_arns: Iterable[str]) -> tuple[str, ...]:
        """Name what roles may change, by the names that this environment gives.

        The bucket that the CDK uploads to is not among them: no role of ours writes there.
        SageMaker names the jobs and models of a pipeline ``pipelines-…``, and the log groups of
        all jobs of the account; EC2 names network interfaces.
        """
        prefix, partition = self.names.prefix, self.partition
        here = f"{self.region}:{self.account}"
        groups = f"arn:{partition}:logs:{here}:log-group:"
        sagemaker = f"arn:{partition}:sagemaker:{here}:*/"
        return (
            f"arn:{partition}:s3:::{prefix}-*",
            *key_arns,
            *(f"{sagemaker}{prefix}-*", f"{sagemaker}pipelines-*"),
            f"arn:{partition}:ec2:{here}:*",
            *(f"{groups}/aws/lambda/{prefix}-*", f"{groups}/aws/sagemaker/*"),
            f"{groups}/{prefix}/*",
            f"arn:{partition}:sqs:{here}:{prefix}-*",
            f"arn:{partition}:cloudtrail:{here}:trail/{prefix}",
        )

"""The rights of the functions that pipelines call, which no job has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract.names import PROJECT
from stacks import roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments.names import ResourceNames

DESCRIPTIONS = {
    roles.CHOOSER: "Looks up the model version that a pipeline works with",
    roles.PUBLISHER: "Puts the figures of runs into this environment's namespace of metrics",
    roles.ANNOUNCER: "Announces scored batches on this environment's event bus",
}


def statements(
    names: ResourceNames, *, bus_arn: str, package_arns: Sequence[str]
) -> dict[str, list[iam.PolicyStatement]]:
    """Write their rights beyond those of every function; `package_arns` may be chosen."""
    reading = iam.PolicyStatement(
        sid="ReadPackages",
        actions=["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
        resources=list(package_arns),
    )
    publishing = iam.PolicyStatement(
        sid="PutMetrics",
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": names.metrics_namespace}},
    )
    announcing = iam.PolicyStatement(
        sid="Announce",
        actions=["events:PutEvents"],
        resources=[bus_arn],
        conditions={
            "ForAllValues:StringEquals": {"events:source": PROJECT},
            "Null": {"events:source": "false"},
        },
    )
    return {
        roles.CHOOSER: [reading] if package_arns else [],
        roles.PUBLISHER: [publishing],
        roles.ANNOUNCER: [announcing],
    }

"""Roles that deploy through endpoints, as the templates declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key, present, resource_like
from iam_prover.question import any_session
from mlops_common.errors import MlopsError
from mlops_contract.cdk_bootstrap import PUBLISHER
from mlops_contract.metadata import DEPLOYMENTS, Deployers
from promises.asking import Subject, account_of, but, through_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.question import CallerPattern
    from promises.claims import Never
    from promises.world import Endpoint, World

# All that the bootstrap's role for uploads does with a bucket.
PUBLISHING = (
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetEncryptionConfiguration"),
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
)


def deployers(endpoint: Endpoint) -> Deployers:
    """Read the deployers that an endpoint declares."""
    declared = endpoint.resource.record(DEPLOYMENTS) or Deployers()
    wrong = [
        *(arn for arn in declared.roles if ":role/cdk-" not in arn or "*" in arn),
        *(arn for arn in declared.publishers if f"-{PUBLISHER}-role-" not in arn),
        *(arn for arn in declared.publishers if arn not in declared.roles),
    ]
    if wrong:
        raise MlopsError(
            f"{endpoint.resource.where}: {DEPLOYMENTS.name}: {', '.join(wrong)}: no role of the"
            " CDK's bootstrap"
        )
    return declared


def foreign_roles(endpoint: Endpoint, world: World) -> tuple[str, ...]:
    """Return the declared roles of other accounts."""
    return tuple(arn for arn in deployers(endpoint).roles if account_of(arn) != world.account)


def through_interface(
    world: World, endpoint: Endpoint, on_resources: Sequence[str], everyone: Sequence[CallerPattern]
) -> Iterator[Never]:
    """Claim what declared roles cannot do through an interface endpoint."""
    foreign = foreign_roles(endpoint, world)
    subject = Subject(endpoint.resource.where, through_endpoint(endpoint.policy))
    for arn in foreign:
        yield subject.never(
            f"as {arn} reach what is not of its own account",
            [any_session(arn)],
            on_resources,
            present("aws:ResourceAccount"),
            Not(key("StringEquals", "aws:ResourceAccount", account_of(arn))),
        )
    if foreign and "sts:AssumeRole" in on_resources:
        yield subject.never(
            "assume a role of another account's bootstrap, not being a build that deploys",
            but(everyone, deployers(endpoint).builders),
            ["sts:AssumeRole"],
            resource_like(*foreign),
            Not(key("StringEquals", "aws:ResourceAccount", world.account)),
        )

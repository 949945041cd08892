"""Who gets through endpoints to deploy, as the templates declare it; the proofs hold it to that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from iam_prover.formulas import Not, key, present, resource_like
from iam_prover.principals import CallerKind
from iam_prover.question import any_session
from mlops_common.errors import MlopsError
from promises.asking import account_of, never, through_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iam_prover.question import CallerPattern
    from promises.claims import Never
    from promises.world import Endpoint, World

METADATA = "secure-mlops:deployments"
# All that the bootstrap's role for uploads does with a bucket.
PUBLISHING = (
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetEncryptionConfiguration"),
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
)
_PUBLISHER = "-file-publishing-role-"


@dataclass(frozen=True)
class Deployers:
    """What one endpoint declares.

    Parameters
    ----------
    builders : tuple of str
        ARNs of roles of ours that take on those of the CDK's bootstrap.
    roles : tuple of str
        ARNs of those, of whatever account.
    """

    builders: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()

    def foreign(self, world: World) -> tuple[str, ...]:
        """Give the roles of other accounts."""
        return tuple(arn for arn in self.roles if account_of(arn) != world.account)


def assets_bucket_of(publisher: str) -> str:
    """Give the ARN of the bucket that a bootstrap's role uploads to, by the names of the CDK."""
    name = publisher.rpartition("/")[2].replace(_PUBLISHER, "-assets-")
    return f"arn:aws:s3:::{name}"


def deployers(endpoint: Endpoint) -> Deployers:
    """Read what an endpoint declares."""
    row: Any = endpoint.resource.metadata.get(METADATA, {})
    try:
        found = {name: tuple(map(str, row.get(name, ()))) for name in Deployers.__annotations__}
        declared = Deployers(**found)
        wrong = [
            *(arn for arn in declared.roles if ":role/cdk-" not in arn or "*" in arn),
            *(arn for arn in declared.publishers if _PUBLISHER not in arn),
            *(arn for arn in declared.publishers if arn not in declared.roles),
        ]
    except (AttributeError, TypeError, IndexError) as error:
        raise MlopsError(
            f"{endpoint.resource.where}: {METADATA} cannot be read ({error})"
        ) from None
    if wrong:
        raise MlopsError(
            f"{endpoint.resource.where}: {METADATA}: {', '.join(wrong)}: no role of the CDK's"
            " bootstrap"
        )
    return declared


def but(callers: Iterable[CallerPattern], arns: Sequence[str]) -> tuple[CallerPattern, ...]:
    """Leave roles out of sets of callers."""
    return tuple(
        replace(each, except_arns=(*each.except_arns, *arns))
        if each.kind is CallerKind.ROLE
        else each
        for each in callers
    )


def through_interface(
    world: World, endpoint: Endpoint, on_resources: Sequence[str], everyone: Sequence[CallerPattern]
) -> Iterator[Never]:
    """Claim what declared roles cannot do through an interface endpoint.

    Yields
    ------
    Never
        Each bootstrap role of another account reaches that account only, and only builds that
        deploy take one on.
    """
    declared, where = deployers(endpoint), endpoint.resource.where
    foreign, policies = declared.foreign(world), through_endpoint(endpoint.policy)
    for arn in foreign:
        yield never(
            where,
            f"as {arn} reach what is not of its own account",
            policies,
            [any_session(arn)],
            on_resources,
            present("aws:ResourceAccount"),
            Not(key("StringEquals", "aws:ResourceAccount", account_of(arn))),
        )
    if foreign and "sts:AssumeRole" in on_resources:
        yield never(
            where,
            "take on a role of another account's bootstrap, not being a build that deploys",
            policies,
            but(everyone, declared.builders),
            ["sts:AssumeRole"],
            resource_like(*foreign),
            Not(key("StringEquals", "aws:ResourceAccount", world.account)),
        )

"""Names that an environment looks up: of what is deployed, and of the work that calls it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from mlops_contract.aws_buckets import layer_bucket, package_bucket, response_bucket
from mlops_contract.callers import INSIDE, callers
from mlops_contract.cdk_bootstrap import assets_bucket, assets_bucket_of
from mlops_contract.endpoints import taking
from mlops_contract.lookups import PACKAGES, REGISTRIES, Place
from promises.caller_places import short_name, values_of
from promises.deployments import deployers
from promises.pipeline_steps import images_of, jobs_of
from promises.work import as_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Role, World

_PATH = "s3://"


def deployed_names(world: World) -> frozenset[str]:
    """Return the names of the endpoints, buckets, registries and packages of an environment."""
    place = place_of(world)
    buckets = [*_buckets(world), *(each.name for each in world.buckets)]
    domains = world.of_kind("AWS::CodeArtifact::Domain")
    images = [arn for body in world.pipelines.values() for arn in images_of(body)]
    by_account = {
        REGISTRIES: [*map(place.registry, (world.account, *map(_owner, images)))],
        PACKAGES: [
            place.packages(str(each.properties["DomainName"]), world.account) for each in domains
        ],
    }
    services = [each.service for each in world.endpoints]
    return frozenset(
        (
            *(name for each in services for name in by_account.get(each, place.api(each))),
            *place.storage(),
            *(name for each in buckets for name in place.bucket(each)),
        )
    )


def needed_names(world: World) -> dict[str, str]:
    """Return the names that work from inside needs, each with a piece of work that does."""
    place = place_of(world)
    found = dict(_of_roles(world, place))
    for each in _published_to(world):
        found |= dict.fromkeys(place.bucket(each), "a build publishes what a deployment needs")
    for name, body in world.pipelines.items():
        for job in jobs_of(name, body):
            for uri in (*job.reads, *job.writes):
                bucket = uri.removeprefix(_PATH).partition("/")[0]
                found |= dict.fromkeys(place.bucket(bucket), f"{name} {job.step}")
    return found


def _of_roles(world: World, place: Place) -> Iterator[tuple[str, str]]:
    table = callers()
    for who in world.roles:
        row = table.row_of(short_name(world, who))
        for each in table.of(row) if row else ():
            work = as_set(world, each)
            if work is None or work.origin != INSIDE:
                continue
            names = [name for one in work.endpoints for name in place.api(one)]
            for action, arn in product(work.actions, _resources(world, work.resources, who)):
                names += _names(place, action, arn, world)
            yield from ((name, f"{who.name} {work.work}") for name in names)


def place_of(world: World) -> Place:
    """Return where an environment's names are."""
    return Place(world.region, world.partition)


def _buckets(world: World) -> Iterator[str]:
    """Yield the buckets of AWS and of the CDK that jobs, builds and functions need."""
    yield from (layer_bucket(world.region), response_bucket(world.region))
    yield assets_bucket(world.account, world.region)
    yield from _published_to(world)
    if packages := package_bucket(world.region):
        yield packages
    for one in (world.promoted_from,) if world.promoted_from else ():
        yield from map(_bucket_in, one.objects)


def _published_to(world: World) -> tuple[str, ...]:
    """Return the buckets of the CDK that builds here publish to."""
    declared = (each for endpoint in world.s3_endpoints for each in deployers(endpoint).publishers)
    return tuple(dict.fromkeys(_bucket_in(assets_bucket_of(each)) for each in declared))


def _resources(world: World, patterns: tuple[str, ...], who: Role) -> Iterator[str]:
    for each in patterns:
        yield from (arns[0] for arns in values_of(world, each, who))


def _names(place: Place, action: str, arn: str, world: World) -> Iterator[str]:
    service = action.partition(":")[0]
    if service == "s3":
        yield from place.bucket(_bucket_in(arn))
    for endpoint in taking(action):
        yield from place.api(endpoint)
    if service == "ecr" and ":repository/" in arn:
        yield place.registry(_owner(arn))
    if service == "codeartifact" and ":repository/" in arn:
        yield place.packages(arn.split("/")[1], world.account)


def _owner(arn: str) -> str:
    return arn.split(":")[4]


def _bucket_in(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[-1].partition("/")[0]

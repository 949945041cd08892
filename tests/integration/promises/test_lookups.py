"""The resolver answers what is deployed; whatever else is on the list, or before it, is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iam_prover.policy import Effect
from mlops_contract.lookups import PACKAGES, REGISTRIES, Place
from promises.claims import Never
from promises.firewall import EVERY_NAME, LIST
from promises.lookups import PROMISES, only_known_names
from promises.mutation.faults import lookups as faults
from promises.mutation.templates import Copy
from promises.proving import Breach, Verdict
from promises.verdicts import judge
from promises.world import worlds_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from promises.world import World
    from promises.world.model import Endpoint


def breaches(world: World) -> list[Breach]:
    """Judge what needs no solver, which is all but the rights of roles."""
    claims = [each for each in PROMISES[0].claims(world) if not isinstance(each, Never)]
    return [found for each in claims if (found := judge(each, None))]  # type: ignore[arg-type]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_what_works_from_inside_gets_its_names_and_nothing_else_is_answered(
    all_environments: Path, environment: str
) -> None:
    (world,) = worlds_of([all_environments / f"assembly-{environment}"])
    assert breaches(world) == []
    needed = [each.what for each in only_known_names(world) if "is answered" in each.what]
    assert any("api.sagemaker.eu-central-1.amazonaws.com (AAAA)" in each for each in needed)
    assert any(f"secure-mlops-{environment}-models-" in each for each in needed)


def reachable(world: World) -> Iterator[str]:
    """Name the hosts of a VPC's ways out, read off the ways: endpoints, and buckets in a policy."""
    place = Place(world.region)
    for each in world.endpoints:
        arns = allowed(each)
        if each.service == REGISTRIES:
            owners = {arn.split(":")[4] for arn in arns if ":repository/" in arn}
            yield from map(place.registry, owners | {world.account})
        elif each.service == PACKAGES:
            for domain in world.of_kind("AWS::CodeArtifact::Domain"):
                yield place.packages(domain.properties["DomainName"], world.account)
        elif each in world.s3_endpoints:
            names = {arn.split(":")[5].partition("/")[0] for arn in arns}
            yield from place.storage()
            yield from (name for bucket in names for name in place.bucket(bucket))
        else:
            yield from place.api(each.service)
    (vpc,) = world.of_kind("AWS::EC2::VPC")
    yield from place.own_zones(vpc.properties["CidrBlock"])


def allowed(endpoint: Endpoint) -> set[str]:
    """List the ARNs that the policy of an endpoint lets through."""
    statements = [each for each in endpoint.policy.statements if each.effect is Effect.ALLOW]
    return {arn.text for each in statements if each.resources for arn in each.resources.patterns}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_list_names_all_that_can_be_reached_and_nothing_else(
    all_environments: Path, environment: str
) -> None:
    (world,) = worlds_of([all_environments / f"assembly-{environment}"])
    lists = [each.properties["Domains"] for each in world.of_kind(LIST)]
    (known,) = (domains for domains in lists if EVERY_NAME not in domains)
    assert sorted(known) == sorted(set(reachable(world)))
    # What AWS's own buckets are there for: layers of images, packages, answers to CloudFormation.
    aws = ("prod-eu-central-1-starport-layer-bucket.", "cloudformation-custom-resource-response-")
    assert all(any(name.startswith(each) for name in known) for each in aws)


@pytest.mark.slow  # each fault of a small template is among tests/unit/promises/test_lookups.py
def test_every_fault_of_our_own_firewall_is_broken_or_undecided(
    all_environments: Path, tmp_path: Path
) -> None:
    copy = Copy(all_environments / "assembly-dev", tmp_path, lambda _name, _account: ())
    fates: dict[str, Verdict | None] = {}
    for kind, seed in faults.SEEDERS:
        for fault in seed(copy.templates):
            found = breaches(copy.world(fault.file, fault.resources))
            verdicts = {each.verdict for each in found}
            broken = Verdict.BROKEN in verdicts
            fate = Verdict.BROKEN if broken else next(iter(verdicts), None)
            fates[f"{kind}: {fault.what}"] = fate
    assert [name for name, fate in fates.items() if fate is None] == []
    assert sum(fate is Verdict.BROKEN for fate in fates.values()) >= 40

"""An update of what the version before deployed: nothing is replaced, lost or refused."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloud_assembly import CloudAssembly
from mlops.review.matching import follow_content, follow_moves
from mlops.review.resources import resource_findings
from promises.world import world_of
from tests import released_version
from tests.synthesis import ENVIRONMENTS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly import Stack

# Of a finding's changes, those after which something is gone, or the update fails.
LOSING = {"moved", "refused", "removed", "replaced"}
# Each version of a bundle of files has its own, which lose nothing but what `data_loss` says.
DELIVERIES = {"AWS::Lambda::LayerVersion", "Custom::CDKBucketDeployment"}
# What is meant, by environment and words, each with the reason. Nothing else may go.
_QUARANTINE = "nothing was there before: what jobs refuse is kept for as long as what was sent"
MEANT: dict[str, dict[str, str]] = {
    environment: {
        f"bucket `{bucket}`: what is older than `{days}` days below `quarantine/` is deleted, "
        "nothing was": _QUARANTINE
    }
    for environment, bucket, days in (
        ("dev", "secure-mlops-dev-artifacts-111111111111-eu-central-1", 30),
        ("staging", "secure-mlops-staging-artifacts-222222222222-eu-central-1", 90),
        ("prod", "secure-mlops-prod-artifacts-333333333333-eu-central-1", 365),
    )
}


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released_version.unpack(tmp_path_factory.mktemp("released"))


def _losses(before: Sequence[Stack], after: Sequence[Stack]) -> set[str]:
    same, moved = follow_moves(before, after)
    same, _ = follow_content(before, same)
    found = resource_findings(world_of("before", before), world_of("after", same), moved)
    return {
        each.text
        for each in found
        if (each.facts["change"] in LOSING and each.facts.get("type") not in DELIVERIES)
        or each.facts.get("data_loss")
        or "it may be replaced" in each.text
    }


@pytest.mark.example
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_is_replaced_or_lost(
    released: Path, all_environments: Path, environment: str
) -> None:
    before, after = (
        CloudAssembly(each / f"assembly-{environment}").stacks
        for each in (released, all_environments)
    )
    assert _losses(before, after) == set(MEANT.get(environment, ()))


def test_what_would_be_lost_is_seen(released: Path) -> None:
    before = CloudAssembly(released / "assembly-staging").stacks
    after = [replace(each, template=copy.deepcopy(each.template)) for each in before]
    resources = {each.name.rpartition("-")[2]: each.template["Resources"] for each in after}
    groups, roles = resources["registry"], resources["identity"].values()
    first, second = (key for key in groups if groups[key]["Type"].endswith("PackageGroup"))
    groups["Another"] = groups.pop(first)
    del groups[second]
    role = next(each for each in roles if each["Type"] == "AWS::IAM::Role")
    role["Properties"]["Path"] = "/another/"
    lost = {each.partition(" `")[0] for each in _losses(before, after)}
    assert lost >= {
        "moved: model package group",
        "removed: model package group",
        "replaced: role",
    }


def test_the_snapshot_is_of_the_newest_version() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text()
    newest = re.findall(r"^## (\d\S*)", changelog, re.MULTILINE)[0]
    (snapshot,) = released_version.FOLDER.glob("*")
    assert snapshot.name == f"{newest}.tar.xz", (
        f"run: python tools/released.py HEAD --version {newest}"
    )

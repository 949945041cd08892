"""Instance types with local storage, compared with what the APIs list.

SageMaker API Reference, ResourceConfig: a `VolumeKmsKeyId` is refused for Nitro-based types with
local storage. EC2's own description of its types is in moto.
"""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from typing import Any

import pytest

from environments.instance_types import type_problem
from pipeline_schema.api_model import service_model

ENUMS = (
    *("TrainingInstanceType", "ProcessingInstanceType", "TransformInstanceType"),
    *("ProductionVariantInstanceType", "InstanceType"),
)
# Families that moto does not know: whether they have local storage (EC2 User Guide, "Instance store
# volumes"; p2 and p3 are Xen's).
UNKNOWN_TO_MOTO = {
    "dl1": True,
    "p2": False,
    "p3": False,
    "p6e-gb200": True,
}


def _known() -> dict[str, Any]:
    packed = files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    known: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return known


def test_every_type_of_the_api_is_refused_if_it_has_a_disk_of_its_own_and_no_other() -> None:
    known, model = _known(), service_model()
    types = {each for name in ENUMS for each in getattr(model.shape_for(name), "enum", ())}
    types = {each for each in types if each.startswith("ml.") and "geospatial" not in each}
    assert len(types) > 300
    wrong = {}
    for each in sorted(types):
        found = known.get(each.removeprefix("ml."))
        local = (
            UNKNOWN_TO_MOTO[each.split(".")[1]]
            if found is None
            else bool(found.get("InstanceStorageSupported")) and found["Hypervisor"] == "nitro"
        )
        if local != ("has a disk of its own" in (type_problem([each]) or "")):
            wrong[each] = local
    assert wrong == {}


@pytest.mark.parametrize("name", ["ml.p3.2xlarge", "ml.g4dn.xlarge"])
def test_what_is_refused_is_named(name: str) -> None:
    problem = type_problem(["ml.m5.large", name])
    assert (problem is None) == (name == "ml.p3.2xlarge")
    assert problem is None or problem.startswith(f"{name} has a disk")

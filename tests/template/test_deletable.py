"""An environment whose data the deployment may delete is still synthesized: it says what goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_that_go_with_their_stack_are_assumed_and_printed(cloud_assembly: Path) -> None:
    verdicts = {}
    for name in ("dev", "prod"):
        (read,) = worlds_of([cloud_assembly / f"assembly-{name}"])
        world = replace(read, pipelines={}, pipeline_roles={})  # these are made up
        (found,) = outcomes_of(world, [each for each in PROMISES if each.number == 15])
        assert found.breaches == ()
        verdicts[name] = found.verdict, found.assumed
    goes = "keys go with their stack, and all under them: the deployment said delete_data"
    assert verdicts == {"dev": (Verdict.ASSUMED, (goes,)), "prod": (Verdict.PROVED, ())}

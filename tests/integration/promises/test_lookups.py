"""The resolver answers what is deployed; whatever else is on the list, or before it, is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from promises.claims import Never
from promises.lookups import PROMISES, only_known_names
from promises.mutation.faults import lookups as faults
from promises.mutation.templates import Copy
from promises.proving import Breach, Verdict
from promises.verdicts import judge
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import World


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

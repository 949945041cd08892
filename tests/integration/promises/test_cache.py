"""Verdicts on many changes of what is deployed are the same without a cache, and with any.

Also: all that a proof reads is among what makes its outcomes stale.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from environments import allowed_instance_types
from iam_prover.encoding.prover import Prover
from iam_prover.errors import PolicyError
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from promises.judged import PACKAGES, _is_asset
from promises.mutation.catalog import all_faults
from promises.mutation.templates import Copy
from promises.proving import judge
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from promises.claims import Claim
    from promises.mutation.fault import Fault
    from promises.proving import Breach
    from promises.world import World

# Each share proves some claims of six changed templates five times.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
LIMIT = 5.0
CHANGES, SHARES = 42, 7
MOST = 20  # claims of one change, evenly taken
# Prints what was opened and loaded by a proof of everything, of this process.
PROGRAM = """
import json, pathlib, sys
opened = set()
sys.addaudithook(lambda name, given: name == "open" and opened.add(str(given[0])))
from environments import allowed_instance_types
from promises.judged import judged
judged([pathlib.Path(sys.argv[1])], allowed_instance_types)
modules = [getattr(each, "__file__", None) for each in list(sys.modules.values())]
print(json.dumps({"opened": sorted(opened), "modules": [each for each in modules if each]}))
"""


@pytest.fixture(scope="module")
def copy(all_environments: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("changes")
    return Copy(all_environments / "assembly-dev", folder, allowed_instance_types)


@pytest.fixture(scope="module")
def changes(copy: Copy) -> list[Fault]:
    faults = all_faults(copy.templates, 2)
    return [faults[place * len(faults) // CHANGES] for place in range(CHANGES)]


@pytest.fixture(scope="module")
def before(copy: Copy) -> list[Claim]:
    return claims(copy.world())


@pytest.fixture(scope="module")
def kept() -> dict[str, str]:
    """What all changes share."""
    return {}


def claims(world: World) -> list[Claim]:
    return [claim for promise in PROMISES for claim in promise.claims(world)]


def verdicts(asked: Sequence[Claim], known: MutableMapping[str, str] | None) -> list[Breach | None]:
    with Prover(LIMIT, known=known) as prover:
        return [judge(claim, prover) for claim in asked]


def test_there_are_forty_changes(changes: list[Fault]) -> None:
    assert len({each.name for each in changes}) == CHANGES >= 40


@pytest.mark.parametrize("share", range(SHARES))
def test_a_change_has_one_verdict(
    copy: Copy, changes: list[Fault], before: list[Claim], kept: dict[str, str], share: int
) -> None:
    known: dict[tuple[str, str], list[Claim]] = {}
    for each in before:
        known.setdefault((each.subject, each.what), []).append(each)
    for fault in changes[share::SHARES]:
        try:
            found = claims(copy.world(fault.file, fault.resources))
        except (MlopsError, PolicyError):
            continue  # refused before anything is asked
        asked = [each for each in found if each not in known.get((each.subject, each.what), [])]
        asked = asked[:: 1 + len(asked) // MOST]
        without = verdicts(asked, None)
        cold: dict[str, str] = {}
        for each in (cold, cold, kept, kept):
            assert verdicts(asked, each) == without, fault


def test_all_that_a_proof_reads_makes_it_stale(all_environments: Path) -> None:
    folder = all_environments / "assembly-dev"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    templates = [Path(each) for each in found["opened"] if each.startswith(str(all_environments))]
    assert templates
    assert all(each.is_relative_to(folder) for each in templates)
    assert not any(_is_asset(each, folder) for each in templates)
    # Settings come as a function, whose results count.
    known = tuple(str(PROJECT / "packages" / each) for each in PACKAGES)
    known = (*known, str(PROJECT / "environments"))
    ours = [each for each in found["modules"] if each.startswith(str(PROJECT / "packages"))]
    assert [each for each in ours if not each.startswith(known)] == []

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
from promises.judged import PACKAGES, _is_asset
from promises.mutation.catalog import all_faults
from promises.mutation.judging import Fate, Judge
from promises.mutation.templates import Copy
from tests.synthesis import PROJECT, of_sources

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from promises.mutation.judging import Verdict

pytestmark = pytest.mark.slow
LIMIT = 5.0
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


def test_forty_changes_have_one_verdict_each(all_environments: Path, tmp_path: Path) -> None:
    copy = Copy(all_environments / "assembly-dev", tmp_path, allowed_instance_types)
    faults = all_faults(copy.templates, 2)
    faults = faults[:: max(1, len(faults) // 45)]
    assert len(faults) >= 40

    def judge_all(known: MutableMapping[str, str] | None) -> list[Verdict]:
        with Prover(LIMIT, known=known) as prover:
            judge = Judge(copy, prover)
            return [judge.judge(fault) for fault in faults]

    kept: dict[str, str] = {}
    without, cold, warm = judge_all(None), judge_all(kept), judge_all(kept)
    assert kept
    assert cold == without
    assert warm == without
    assert {each.fate for each in without} >= {Fate.CAUGHT}


def test_all_that_a_proof_reads_makes_it_stale(all_environments: Path) -> None:
    folder = all_environments / "assembly-dev"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=PROJECT,
        env={**of_sources(PROJECT), "MLOPS_PROOFS_CACHE": "off"},
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

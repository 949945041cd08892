"""Under the guardrails the platform can do its work, and not without those whom they exempt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops.guardrails.filling import Organization
from mlops.guardrails.policies import resource_control, service_control
from promises.catalog import PROMISES
from promises.organization import under
from promises.world import worlds_of
from tests.breaches import breaches
from tests.control_policies import written_organization

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import World

_WORK = next(each for each in PROMISES if each.number == 21)


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> list[World]:
    return worlds_of([all_environments])


def _refused(
    worlds: list[World], folder: Path, scps: list[dict[str, Any]], rcps: list[dict[str, Any]]
) -> list[str]:
    organization = written_organization(folder, scps, rcps)
    (promise,) = under([_WORK], organization, [each.account for each in worlds])
    return [each.what for each in breaches(worlds, promise)]


def _of(worlds: list[World]) -> Organization:
    accounts, regions = ({each.account for each in worlds}, {each.region for each in worlds})
    return Organization(tuple(sorted(accounts)), tuple(sorted(regions)))


@pytest.mark.parametrize(
    "index", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_no_request_of_the_table_of_callers_is_refused(
    worlds: list[World], tmp_path: Path, index: int
) -> None:
    of = _of(worlds)
    assert len(worlds) == 3
    judged = worlds[index : index + 1]
    assert _refused(judged, tmp_path, service_control(of), resource_control(of)) == []


def test_without_an_exemption_or_an_account_work_is_refused(
    worlds: list[World], tmp_path: Path
) -> None:
    of, dev = _of(worlds), worlds[:1]
    text = json.dumps(service_control(of)).replace("role/secure-mlops-*", "role/nobody-*")
    found = _refused(dev, tmp_path, json.loads(text), [])
    assert any("an explicit deny" in each for each in found)
    others = replace(of, accounts=("999999999999",))
    found = _refused(dev, tmp_path, [], resource_control(others))
    assert any("an explicit deny" in each for each in found)

"""The lists of ways to more rights: known to the reference, and complete where it can be told."""

from __future__ import annotations

import pytest
from policy_sentry.querying.actions import get_action_data, get_actions_for_service

from iam_prover.reference import matching
from mlops_contract.sagemaker_actions import COMPUTE, FORBIDDEN, SHARING
from promises.indirection import ASSUME, INDIRECTION, PACKAGES, RESOURCE_POLICIES

SERVICES = sorted({name.partition(":")[0] for name in INDIRECTION})
# Held by promises of their own.
GUARDED = {f"sagemaker:{name}" for name in (*COMPUTE, *FORBIDDEN, *SHARING)}


@pytest.mark.parametrize("names", [ASSUME, INDIRECTION, PACKAGES, RESOURCE_POLICIES])
def test_the_reference_knows_each_and_none_stands_twice(names: tuple[str, ...]) -> None:
    assert [name for name in names if not matching(name)] == []
    assert len(set(names)) == len(names)


def _passes_a_role(name: str) -> bool:
    service, _, action = name.partition(":")
    rows = (get_action_data(service, action) or {}).get(service, [])
    return any("iam:PassRole" in (row["dependent_actions"] or []) for row in rows)


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_takes_a_role_to_run_something_is_among_them(service: str) -> None:
    passing = {name for name in get_actions_for_service(service) if _passes_a_role(name)}
    assert passing - GUARDED - set(INDIRECTION) == set()

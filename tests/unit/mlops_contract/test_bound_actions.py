"""What is bound to the VPC, and what is not, by name."""

from __future__ import annotations

import pytest

from mlops_contract import bound_actions
from mlops_contract.bound_actions import bound, reasons, unbound
from mlops_contract.callers import INSIDE, PEOPLE, callers
from mlops_contract.records import MalformedRecordError
from stacks.charter_table import read_table

ROLES = tuple(callers().roles)
# Those of services that run code in the VPC under the role.
RUN_CODE = ("sagemaker.amazonaws.com", "lambda.amazonaws.com", "codebuild.amazonaws.com")


def called(role: str) -> set[str]:
    """Name the actions that a role calls, and those that it may call by its charter, if bound."""
    duties = read_table().duties(role) if bound(role) else ()
    return {
        *(action for work in callers().of(role) for action in work.actions),
        *(action for duty in duties for action in duty.actions),
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_action_is_bound_or_excused(role: str) -> None:
    assert not {*called(role)} - {*bound(role), *reasons(role)}
    assert not {*bound(role)} & {*reasons(role)}


@pytest.mark.parametrize("role", ROLES)
def test_what_is_bound_is_called_from_inside_only(role: str) -> None:
    origins = {work.origin for work in callers().of(role) if {*work.actions} & {*bound(role)}}
    assert origins <= {INSIDE}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_under_which_code_runs_is_bound(role: str) -> None:
    excused = {name for each in unbound().roles for name in each.roles}
    runs_code = callers().roles[role].by in RUN_CODE and role not in excused
    assert bool(bound(role)) == runs_code


def test_nothing_is_excused_that_nobody_calls() -> None:
    used = {
        (id(row), action)
        for role in ROLES
        for action, row in reasons(role).items()
        if action in called(role)
    }
    spare = [
        action
        for row in unbound().actions
        for action in row.actions
        if (id(row), action) not in used
    ]
    named = {name for each in unbound().roles for name in each.roles}
    assert spare == []
    assert named <= {*ROLES}
    assert {name for each in unbound().actions for name in each.only} <= {*ROLES}


def test_people_are_not_bound() -> None:
    assert not any(bound(role) for role, row in callers().roles.items() if row.by == PEOPLE)


def test_an_action_that_is_called_from_elsewhere_too_needs_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bound_actions, "reasons", lambda _: {})
    with pytest.raises(MalformedRecordError, match=r"unbound.yaml: batch-announcer calls .* why"):
        bound.__wrapped__("batch-announcer")

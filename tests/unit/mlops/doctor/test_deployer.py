"""Who deploys from another account, about whom this one's simulator cannot be asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from environments import load_environment
from mlops.doctor import Subject
from mlops.doctor.rights import of_the_deployer

DEPLOYER = "arn:aws:iam::222222222222:role/Deployer"


@pytest.fixture
def subject() -> Subject:
    """An environment whose account is not asked anything."""
    nothing: Any = None
    return Subject(load_environment("dev"), nothing, nothing, nothing, deployer=DEPLOYER)


def test_who_deploys_from_another_account_is_a_problem(subject: Subject) -> None:
    (line,) = of_the_deployer(subject)
    assert (line.check, line.verdict.value) == ("rights", "problem")
    assert line.what == (
        f"{DEPLOYER} is of account 222222222222, dev is in 111111111111; "
        "name a role or user of 111111111111"
    )


def test_who_deploys_from_an_account_that_delivers_is_unknown(subject: Subject) -> None:
    (line,) = of_the_deployer(dataclasses.replace(subject, trusted=("222222222222",)))
    assert (line.check, line.verdict.value) == ("rights", "unknown")
    assert line.what == (
        f"{DEPLOYER} is of account 222222222222, which delivers to dev; "
        "only there can the simulator be asked about it"
    )

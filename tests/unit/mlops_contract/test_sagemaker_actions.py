"""Every SageMaker action is classified, and no key is required of an action that lacks it."""

from __future__ import annotations

from collections import Counter

import pytest

from iam_prover.reference import actions_of
from mlops_contract.sagemaker_actions import (
    COMPUTE,
    DERIVED,
    FORBIDDEN,
    KEEPING,
    PRESIGNED,
    READING,
    RENAMED_KEYS,
    SHARING,
)

REFERENCE = {each.name.removeprefix("sagemaker:"): each for each in actions_of("sagemaker")}
KEYS = {
    "S": "vpcsubnets",
    "G": "vpcsecuritygroupids",
    "V": "volumekmskeyarn",
    "O": "outputkmskeyarn",
    "E": "intercontainertrafficencryption",
    "N": "networkisolation",
    "T": "instancetypes",
    "M": "modelarn",
    "R": "rootaccess",
    "I": "directinternetaccess",
    "A": "appnetworkaccesstype",
    "D": "enableremotedebug",
}


def test_every_action_of_the_reference_is_in_exactly_one_class() -> None:
    classes = (COMPUTE, FORBIDDEN, SHARING, DERIVED, PRESIGNED, KEEPING, READING)
    counted = Counter(name for each in classes for name in each)
    assert set(counted) == set(REFERENCE)
    assert set(counted.values()) == {1}


@pytest.mark.parametrize(("action", "letters"), COMPUTE.items())
def test_a_guarded_action_has_the_keys_that_guard_it(action: str, letters: str) -> None:
    has = REFERENCE[action].condition_keys
    assert {f"sagemaker:{KEYS[letter]}" for letter in letters} <= has


@pytest.mark.parametrize("letter", "SGVOEND")
def test_an_action_is_guarded_by_every_key_that_it_has(letter: str) -> None:
    have = {
        name
        for name, each in REFERENCE.items()
        if f"sagemaker:{KEYS[letter]}" in each.condition_keys
    }
    assert have - FORBIDDEN <= {name for name, letters in COMPUTE.items() if letter in letters}


def test_a_renamed_key_leads_to_one_that_the_reference_has() -> None:
    known = {key for each in REFERENCE.values() for key in each.condition_keys}
    assert set(RENAMED_KEYS.values()) <= known

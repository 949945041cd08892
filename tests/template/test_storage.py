"""Buckets: every protection on, and a perimeter that opens only where the table says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied, resolved

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

PURPOSES = ("Data", "Models", "Artifacts", "Logs")
DEPLOYER = "arn:aws:iam::111111111111:role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1"


def _bucket(stacks: Stacks, purpose: str) -> dict[str, Any]:
    (found,) = (
        bucket
        for name, bucket in stacks.of_type("AWS::S3::Bucket").items()
        if name.startswith(purpose)
    )
    result: dict[str, Any] = found
    return result


def _policy(stacks: Stacks, purpose: str) -> dict[str, Any]:
    (found,) = (
        policy["Properties"]["PolicyDocument"]
        for name, policy in stacks.of_type("AWS::S3::BucketPolicy").items()
        if name.startswith(purpose)
    )
    result: dict[str, Any] = found
    return result


def _arn(stacks: Stacks, purpose: str) -> str:
    (name,) = (name for name in stacks.of_type("AWS::S3::Bucket") if name.startswith(purpose))
    return f"FnGetAtt{name}Arn"


def _endpoint(stacks: Stacks) -> str:
    (statement,) = (
        entry
        for entry in _policy(stacks, "Data")["Statement"]
        if entry.get("Sid") == "OnlyThroughOurEndpoint"
    )
    return str(resolved(statement["Condition"]["StringNotEquals"]["aws:SourceVpce"]))


def _role(stacks: Stacks, name: str) -> str:
    """A role's ARN as the policies of other stacks refer to it."""
    text = json.dumps(resolved(_policy(stacks, "Artifacts")))
    part = name.replace("-", "")
    (found,) = {word for word in text.split('"') if f"GetAtt{part}Role" in word}
    return found


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_protection_is_on(dev: Stacks, purpose: str) -> None:
    bucket = _bucket(dev, purpose)["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert purpose in json.dumps(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    assert rule["BucketKeyEnabled"] is True
    assert bucket["BucketName"] == f"secure-mlops-dev-{purpose.lower()}-111111111111-eu-central-1"
    old = bucket["LifecycleConfiguration"]["Rules"][0]
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert ("LoggingConfiguration" in bucket) == (purpose != "Logs")


def test_data_outlive_their_stack_where_the_settings_say(dev: Stacks, prod: Stacks) -> None:
    for purpose in PURPOSES:
        assert _bucket(dev, purpose)["DeletionPolicy"] == "Delete"
        assert _bucket(prod, purpose)["DeletionPolicy"] == "RetainExceptOnCreate"
        assert _bucket(prod, purpose)["UpdateReplacePolicy"] == "Retain"
    assert all("AutoDelete" not in kind for kind in _all_types(dev))


def test_data_are_deleted_only_if_settings_and_deployment_both_say_so() -> None:
    from environments import load_environment
    from stacks.platform import with_data_kept

    kept = {
        (name, agrees): with_data_kept(load_environment(name), unless=agrees).retention.keep_data
        for name in ("dev", "prod")
        for agrees in (False, True)
    }
    assert [case for case, keeps in kept.items() if not keeps] == [("dev", True)]


def test_cloudformation_deletes_buckets_and_keys_only_where_data_may_go(
    dev: Stacks, prod: Stacks
) -> None:
    for stacks, may in ((dev, True), (prod, False)):
        for policy in stacks.properties("AWS::S3::BucketPolicy"):
            assert ("s3:DeleteBucket'" in str(policy["PolicyDocument"])) is may
        for key in stacks.properties("AWS::KMS::Key"):
            (deletion,) = (
                entry for entry in key["KeyPolicy"]["Statement"] if entry["Sid"] == "Deletion"
            )
            assert ("cfn-exec-role" in str(deletion["Condition"])) is may
            assert "break-glass" in str(deletion["Condition"])


def _all_types(stacks: Stacks) -> set[str]:
    return {
        resource["Type"]
        for template in stacks.templates.values()
        for resource in template["Resources"].values()
    }


@pytest.mark.parametrize("purpose", PURPOSES)
def test_plaintext_is_refused(dev: Stacks, purpose: str) -> None:
    inside = {"aws:SourceVpce": _endpoint(dev)}
    plain, tls = (
        {**inside, "aws:SecureTransport": "false"},
        {**inside, "aws:SecureTransport": "true"},
    )
    for place in (_arn(dev, purpose), f"{_arn(dev, purpose)}/x"):
        assert is_denied(_policy(dev, purpose), "s3:GetObject", place, plain)
        assert not is_denied(_policy(dev, purpose), "s3:GetObject", place, tls)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    "action",
    ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
)
def test_nobody_gets_in_from_outside(dev: Stacks, purpose: str, action: str) -> None:
    policy, arn = _policy(dev, purpose), _arn(dev, purpose)
    for place in (arn, f"{arn}/x", f"{arn}/runs/x", f"{arn}/access/x"):
        for context in (
            {},
            {"aws:SourceVpce": "vpce-foreign"},
            {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/anybody"},
            {"aws:PrincipalServiceName": "sagemaker.amazonaws.com"},
        ):
            assert is_denied(policy, action, place, context)
        assert not is_denied(policy, action, place, {"aws:SourceVpce": _endpoint(dev)})


def test_the_orchestration_role_reads_property_files_and_nothing_else(dev: Stacks) -> None:
    policy, arn = _policy(dev, "Artifacts"), _arn(dev, "Artifacts")
    orchestration = {"aws:PrincipalArn": _role(dev, "orchestration")}
    orchestration["principal"] = orchestration["aws:PrincipalArn"]
    assert is_allowed(policy, "s3:GetObject", f"{arn}/runs/1/evaluation.json", orchestration)
    assert is_denied(policy, "s3:GetObject", f"{arn}/code/x", orchestration)
    assert is_denied(policy, "s3:PutObject", f"{arn}/runs/1/evaluation.json", orchestration)
    assert is_denied(policy, "s3:ListBucket", arn, orchestration)
    for other in ("Data", "Models", "Logs"):
        place = f"{_arn(dev, other)}/runs/x"
        assert is_denied(_policy(dev, other), "s3:GetObject", place, orchestration)


def test_processing_jobs_put_what_they_refuse_and_data_scientists_read_it(dev: Stacks) -> None:
    policy, arn = _policy(dev, "Artifacts"), _arn(dev, "Artifacts")
    place = f"{arn}/quarantine/abalone/batch/hash/reason.json"

    def may(role: str, action: str) -> bool:
        who = _role(dev, role)
        context = {"principal": who, "aws:PrincipalArn": who, "aws:SourceVpce": _endpoint(dev)}
        return is_allowed(policy, action, place, context)

    scientist = "People-data-scientist"
    roles = ("processing-job", "training-job", "inference-job", "orchestration", scientist)
    assert [each for each in roles if may(each, "s3:PutObject")] == ["processing-job"]
    assert [each for each in roles if may(each, "s3:GetObject")] == [scientist]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_cloudformation_configures_but_touches_no_object(dev: Stacks, purpose: str) -> None:
    policy, arn = _policy(dev, purpose), _arn(dev, purpose)
    deployer = {"aws:PrincipalArn": DEPLOYER}
    assert not is_denied(policy, "s3:PutBucketPolicy", arn, deployer)
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObjectVersion"):
        assert is_denied(policy, action, f"{arn}/x", deployer)
    assert is_denied(policy, "s3:PutBucketAcl", arn, deployer)


def test_s3_writes_access_logs_and_nothing_else(dev: Stacks) -> None:
    policy, arn = _policy(dev, "Logs"), _arn(dev, "Logs")
    service = {"aws:PrincipalServiceName": "logging.s3.amazonaws.com"}
    assert not is_denied(policy, "s3:PutObject", f"{arn}/access/x", service)
    assert is_denied(policy, "s3:PutObject", f"{arn}/x", service)
    assert is_denied(policy, "s3:GetObject", f"{arn}/access/x", service)


def test_every_exception_is_listed_with_its_reason(dev: Stacks) -> None:
    for name, policy in dev.of_type("AWS::S3::BucketPolicy").items():
        rows = policy["Metadata"]["secure-mlops:perimeter-exceptions"]
        assert all(row["reason"] for row in rows)
        pinned = {
            action
            for entry in policy["Properties"]["PolicyDocument"]["Statement"]
            if "NotAction" in entry
            for action in (
                [entry["NotAction"]] if isinstance(entry["NotAction"], str) else entry["NotAction"]
            )
        }
        assert pinned == {row["action"] for row in rows}, name


ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = f"{ALGORITHM}-aws-kms-key-id"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_objects_are_stored_under_our_key_only(dev: Stacks, purpose: str) -> None:
    policy, place = _policy(dev, purpose), f"{_arn(dev, purpose)}/x"
    inside = {"aws:SourceVpce": _endpoint(dev), "aws:SecureTransport": "true"}
    (rule,) = _bucket(dev, purpose)["Properties"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    key = str(resolved(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]))
    refused: list[dict[str, str]] = [
        {ALGORITHM: "AES256"},
        {ALGORITHM: "aws:kms"},
        {ALGORITHM: "aws:kms", KEY_ID: "another"},
        {ALGORITHM: "aws:kms:dsse", KEY_ID: key},
        {KEY_ID: "another"},
        {f"{ALGORITHM}-customer-algorithm": "AES256"},
    ]
    for request in refused:
        assert is_denied(policy, "s3:PutObject", place, {**inside, **request}), request
    for request in ({}, {ALGORITHM: "aws:kms", KEY_ID: key}):
        assert not is_denied(policy, "s3:PutObject", place, {**inside, **request})


RIGHTS = [
    ("Data", "processing-job", "s3:GetObject", "abalone/raw/x", True),
    ("Data", "processing-job", "s3:PutObject", "abalone/raw/x", False),
    ("Data", "training-job", "s3:GetObject", "abalone/raw/x", False),
    ("Data", "content-delivery", "s3:PutObject", "abalone/raw/x", True),
    ("Data", "content-delivery", "s3:GetObject", "abalone/raw/x", False),
    ("Models", "training-job", "s3:PutObject", "models/x", True),
    ("Models", "training-job", "s3:PutObject", "champion/g/model.tar.gz", False),
    ("Models", "processing-job", "s3:GetObject", "champion/g/champion.json", True),
    ("Models", "processing-job", "s3:PutObject", "models/x", False),
    ("Models", "inference-job", "s3:GetObject", "models/x", True),
    ("Models", "champion-keeper", "s3:PutObject", "champion/g/model.tar.gz", True),
    ("Models", "champion-keeper", "s3:DeleteObject", "champion/g/model.tar.gz", True),
    ("Models", "champion-keeper", "s3:DeleteObject", "models/x", False),
    ("Models", "content-delivery", "s3:PutObject", "champion/g/README.txt", True),
    ("Models", "content-delivery", "s3:PutObject", "champion/g/champion.json", False),
    ("Artifacts", "processing-job", "s3:PutObject", "runs/1/x", True),
    ("Artifacts", "processing-job", "s3:PutObject", "code/1/x", False),
    ("Artifacts", "training-job", "s3:GetObject", "wheelhouse/1/x", True),
    ("Artifacts", "content-delivery", "s3:PutObject", "code/1/x", True),
    ("Artifacts", "content-delivery", "s3:PutObject", "runs/1/x", False),
    ("Artifacts", "inference-job", "s3:DeleteObject", "runs/1/x", False),
]


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: "-".join(map(str, right)))
def test_roles_have_their_rights_and_no_more(
    dev: Stacks, right: tuple[str, str, str, str, bool]
) -> None:
    purpose, role, action, key, allowed = right
    policy = _policy(dev, purpose)
    part = f"GetAtt{role.replace('-', '')}Role"
    arns = {word for word in json.dumps(resolved(policy)).split('"') if part in word}
    context = {"aws:SourceVpce": _endpoint(dev), "principal": arns.pop() if arns else "nobody"}
    assert is_allowed(policy, action, f"{_arn(dev, purpose)}/{key}", context) is allowed


def test_the_delivery_may_list_what_it_writes(dev: Stacks) -> None:
    policy, arn = _policy(dev, "Models"), _arn(dev, "Models")
    words = json.dumps(resolved(policy)).split('"')
    role = next(word for word in words if "GetAttcontentdeliveryRole" in word)
    context = {"aws:SourceVpce": _endpoint(dev), "principal": role}
    assert is_allowed(policy, "s3:ListBucket", arn, {**context, "s3:prefix": "champion/g/"})
    assert not is_allowed(policy, "s3:ListBucket", arn, {**context, "s3:prefix": "models/"})


def test_bucket_policies_fit(dev: Stacks) -> None:
    for policy in dev.properties("AWS::S3::BucketPolicy"):
        assert len(json.dumps(resolved(policy["PolicyDocument"]))) < 20_480

"""The statements of a boundary follow from the duties of the roles below it."""

from __future__ import annotations

from typing import Any

from secure_mlops_constructs.boundary_statements import Ceiling, Duty, boundary_statements
from tests.template.policies import is_allowed, is_denied

ACCOUNT, BUCKET = "111111111111", "arn:aws:s3:::ours-data"
OURS = {"aws:ResourceAccount": ACCOUNT}
QUEUE = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:ours-x"
READS = Duty(("s3:GetObject",), (f"{BUCKET}/*", "arn:aws:s3:::assets/*"))
WRITES = Duty(("s3:PutObject",), (f"{BUCKET}/*",))
LISTS = Duty(("s3:ListAllMyBuckets",), ("*",))


def boundary(*duties: Duty, **options: Any) -> dict[str, Any]:
    arns = (
        "arn:aws:s3:::ours-*",
        "arn:aws:kms:::key",
        f"arn:aws:sqs:eu-central-1:{ACCOUNT}:ours-*",
    )
    ceiling = Ceiling(duties, environment_arns=arns, **options)
    return {"Statement": [each.to_json() for each in boundary_statements(ACCOUNT, ceiling)]}


def test_what_is_for_the_environment_is_for_it_alone() -> None:
    policy = boundary(READS, WRITES, LISTS)
    assert is_allowed(policy, "s3:PutObject", f"{BUCKET}/x", OURS)
    assert is_denied(policy, "s3:PutObject", "arn:aws:s3:::assets/x", OURS)
    assert is_allowed(policy, "s3:GetObject", "arn:aws:s3:::assets/x", OURS)
    assert not is_allowed(policy, "s3:GetObject", f"{BUCKET}/x", {"aws:ResourceAccount": "2"})
    assert is_allowed(policy, "s3:ListAllMyBuckets", "*", {})
    assert not is_allowed(policy, "s3:DeleteObject", f"{BUCKET}/x", OURS)


def test_what_lends_rights_is_for_its_resources_under_its_conditions() -> None:
    tag = {"aws:ResourceTag/of": ("us",)}
    policy = boundary(Duty(("sqs:SendMessage",), (QUEUE,), conditions=tag, lends=True))
    theirs = {**OURS, "aws:ResourceTag/of": "them"}
    assert is_allowed(policy, "sqs:SendMessage", QUEUE, {**OURS, "aws:ResourceTag/of": "us"})
    assert is_denied(policy, "sqs:SendMessage", QUEUE, theirs)
    assert is_denied(policy, "sqs:SendMessage", f"{QUEUE}-2", OURS)


def test_what_only_some_roles_are_for_only_they_do() -> None:
    alone = Duty(
        ("s3:DeleteObjectVersion", "s3:PutObject"), (f"{BUCKET}/*",), principals=("arn:r",)
    )
    policy = boundary(WRITES, alone)
    role, other = ({**OURS, "aws:PrincipalArn": arn} for arn in ("arn:r", "arn:o"))
    assert is_allowed(policy, "s3:DeleteObjectVersion", f"{BUCKET}/x", role)
    assert not is_allowed(policy, "s3:DeleteObjectVersion", f"{BUCKET}/x", other)
    assert is_allowed(policy, "s3:PutObject", f"{BUCKET}/x", other)


def test_what_belongs_to_others_is_by_account_where_it_is_a_pattern() -> None:
    there = Duty(("s3:GetObject",), ("arn:aws:s3:::theirs/*",), accounts=("222222222222",))
    image = Duty(("ecr:BatchGetImage",), ("arn:aws:ecr:::repository/x",), accounts=("3",))
    policy = boundary(WRITES, there, image)
    theirs = {"aws:ResourceAccount": "222222222222"}
    assert is_allowed(policy, "s3:GetObject", "arn:aws:s3:::theirs/x", theirs)
    assert not is_allowed(policy, "s3:GetObject", f"{BUCKET}/x", OURS)
    assert is_allowed(policy, "ecr:BatchGetImage", "arn:aws:ecr:::repository/x", {})
    assert not is_allowed(policy, "ecr:BatchGetImage", "arn:aws:ecr:::repository/y", {})


def test_content_of_others_is_decrypted_under_any_key_and_no_other_content() -> None:
    uses = Duty(("kms:Decrypt",), ("arn:aws:kms:::key",))
    policy = boundary(
        uses, decrypted_arns=("arn:aws:s3:::assets",), key_arns=("arn:aws:kms:::key",)
    )
    told = {**OURS, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::assets"}
    assert is_allowed(policy, "kms:Decrypt", "arn:aws:kms:::key", OURS)
    assert is_allowed(policy, "kms:Decrypt", "arn:aws:kms:::other", told)
    assert is_denied(policy, "kms:Decrypt", "arn:aws:kms:::other", OURS)


def test_roles_are_passed_and_assumed_by_name() -> None:
    passing = {"iam:PassedToService": ("sagemaker.amazonaws.com",)}
    policy = boundary(
        WRITES,
        Duty(("iam:PassRole",), ("arn:r",), conditions=passing),
        Duty(("sts:AssumeRole",), ("arn:t",), lends=True),
    )
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert is_allowed(policy, "iam:PassRole", "arn:r", to_sagemaker)
    assert not is_allowed(policy, "iam:PassRole", "arn:r", {"iam:PassedToService": "x"})
    assert is_allowed(policy, "sts:AssumeRole", "arn:t", {})
    assert not is_allowed(policy, "sts:AssumeRole", "arn:u", {})
    assert is_denied(boundary(WRITES), "sts:AssumeRole", "arn:t", {})
    assert is_denied(policy, "iam:CreateRole", "*", {})

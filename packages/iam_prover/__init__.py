"""Questions about IAM policies, proved with z3 and replayed by a plain evaluator.

Ask with `can_be_allowed` whether any request of a pattern gets through, with `decide` whether
one request does, and with `findings` which forms of a policy mislead.
"""

from iam_prover.answers import Answer, Impossible, Possible, Unknown
from iam_prover.asking import can_be_allowed, requests_like
from iam_prover.encoding.prover import Prover
from iam_prover.errors import PolicyError
from iam_prover.evaluator import ARBITRARY, Decision, PoliciesInForce, decide
from iam_prover.findings import Finding, findings
from iam_prover.formulas import AllOf, AnyOf, Not, key, present, resource_like
from iam_prover.parsing import parse_policy
from iam_prover.policy import Policy, PolicyKind
from iam_prover.principals import (
    ANONYMOUS,
    Caller,
    CallerKind,
    federated,
    role,
    root,
    service,
    user,
)
from iam_prover.question import (
    CallerPattern,
    Question,
    RequestPattern,
    any_session,
    anyone,
    exactly,
    strangers,
)
from iam_prover.request import Request

__all__ = [
    "ANONYMOUS",
    "ARBITRARY",
    "AllOf",
    "Answer",
    "AnyOf",
    "Caller",
    "CallerKind",
    "CallerPattern",
    "Decision",
    "Finding",
    "Impossible",
    "Not",
    "PoliciesInForce",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "Possible",
    "Prover",
    "Question",
    "Request",
    "RequestPattern",
    "Unknown",
    "any_session",
    "anyone",
    "can_be_allowed",
    "decide",
    "exactly",
    "federated",
    "findings",
    "key",
    "parse_policy",
    "present",
    "requests_like",
    "resource_like",
    "role",
    "root",
    "service",
    "strangers",
    "user",
]

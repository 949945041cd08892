"""The perimeter of a bucket opens what its exceptions say, and nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

BUCKET, ENDPOINT = "arn:aws:s3:::b", "vpce-0123456789abcdef0"
ROLES = [f"arn:aws:iam::111111111111:role/{name}" for name in ("one", "two", "three", "other")]
ONE, TWO, THREE, _ = ROLES
SERVICE = "logging.s3.amazonaws.com"
READ, WRITE, LOCATE, LIST = "s3:GetObject", "s3:PutObject", "s3:GetBucketLocation", "s3:ListBucket"
KEYS = ("", "runs/a", "models/a", "models/promoted/a", "elsewhere/a")
# Rows of kind, principal, action, prefix, and whether only services do it.
Rows = list[tuple[Any, str, str, str | None, bool]]
TABLES: dict[str, Rows] = {
    "nothing": [],
    "one": [("role", ONE, READ, "runs/", False)],
    "the same in two places": [
        ("role", ONE, READ, "runs/", False),
        ("role", TWO, READ, "models/", False),
    ],
    "different actions in one place": [
        ("role", ONE, READ, "runs/", False),
        ("role", TWO, WRITE, "runs/", False),
        ("service", SERVICE, WRITE, "runs/", False),
        ("role", ONE, LOCATE, None, False),
        ("role", TWO, LIST, None, False),
    ],
    "a place inside another": [
        ("role", ONE, READ, "models/", True),
        ("role", TWO, READ, "models/promoted/", True),
        ("role", THREE, READ, "models/", False),
        ("role", THREE, LOCATE, None, False),
    ],
    "different actions in places inside each other": [
        ("role", ONE, READ, "models/promoted/", False),
        ("role", ONE, WRITE, "models/", False),
        ("role", TWO, READ, "models/", False),
        ("role", TWO, READ, "runs/", False),
    ],
}


@pytest.mark.parametrize("table", TABLES)
def test_it_opens_what_the_exceptions_say_and_nothing_else(table: str) -> None:
    from aws_cdk import aws_iam as iam

    from iam_prover.evaluator import ARBITRARY, PoliciesInForce, decide
    from iam_prover.parsing import parse_policy
    from iam_prover.policy import PolicyKind
    from iam_prover.principals import role, service
    from iam_prover.request import ALWAYS_SET, Request
    from secure_mlops_constructs.bucket_perimeter import PerimeterException, perimeter_statements

    rows = TABLES[table]
    exceptions = [
        PerimeterException(kind, who, action, prefix, "why", via_service=via)
        for kind, who, action, prefix, via in rows
    ]
    statements = perimeter_statements(BUCKET, ENDPOINT, exceptions)
    document = iam.PolicyDocument(statements=statements).to_json()
    policy = parse_policy(document, PolicyKind.RESOURCE, "bucket")
    granted = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
    held = PoliciesInForce(
        identity=ARBITRARY, resource=(policy, parse_policy(granted, PolicyKind.RESOURCE, "all"))
    )
    callers = [(each, role(each)) for each in ROLES] + [(SERVICE, service(SERVICE))]
    actions = {READ: KEYS[1:], WRITE: KEYS[1:], LOCATE: KEYS[:1], LIST: KEYS[:1]}
    for (who, caller), (action, keys) in itertools.product(callers, actions.items()):
        for key, via, at in itertools.product(keys, ("true", "false"), (ENDPOINT, "vpce-2", None)):
            sent = {"aws:ViaAWSService": (via,), **({"aws:SourceVpce": (at,)} if at else {})}
            place = f"{BUCKET}/{key}" if key else BUCKET
            open_ = at == ENDPOINT or any(
                (who, action) == (principal, does)
                and (key == "" if prefix is None else key.startswith(prefix))
                and (via == "true" or not by_service)
                for _, principal, does, prefix, by_service in rows
            )
            request = Request(caller, action, place, {**ALWAYS_SET, **sent})
            assert decide(request, held).allowed == open_, request

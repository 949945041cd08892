"""The guardrails of two accounts."""

from __future__ import annotations

import pytest

from mlops.guardrails.filling import Organization
from mlops.guardrails.policies import resource_control, service_control

ACCOUNT = "111111111111"
ORGANIZATION = Organization(
    (ACCOUNT, "222222222222"),
    ("eu-central-1",),
    operators=(f"arn:aws:iam::{ACCOUNT}:role/Operator",),
)


@pytest.fixture(scope="package")
def scps() -> list[dict[str, object]]:
    return service_control(ORGANIZATION)


@pytest.fixture(scope="package")
def rcps() -> list[dict[str, object]]:
    return resource_control(ORGANIZATION)

"""Where a stack is, asked once: each answer of a stack is a message to the CDK and back."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import aws_cdk as cdk


class StackPlace(NamedTuple):
    """The parts of an ARN that a stack's resources have in common."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, rest: str) -> str:
        """Build an ARN of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"


@lru_cache(maxsize=128)
def place_of(stack: cdk.Stack) -> StackPlace:
    """Return where a stack is."""
    return StackPlace(stack.partition, stack.region, stack.account)

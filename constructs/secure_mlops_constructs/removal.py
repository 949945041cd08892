"""What a stack does with the resources that hold something when they leave it."""

from __future__ import annotations

import aws_cdk as cdk


def removal_policy(*, keep: bool) -> cdk.RemovalPolicy:
    """Return the policy of a resource with a fixed name; one that is kept outlives its stack.

    It goes with a creation that fails all the same: else the name is taken, and no deployment can
    be repeated. A key has no fixed name, and stays.
    """
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep else cdk.RemovalPolicy.DESTROY

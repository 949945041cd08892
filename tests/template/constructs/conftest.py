"""A stack to put one construct into, and the rule packs' judgement of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aws_cdk as cdk


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    import aws_cdk as cdk

    from stacks.context import project_context

    app = cdk.App(context=project_context(), outdir=str(tmp_path))
    environment = cdk.Environment(account="111111111111", region="eu-central-1")
    return cdk.Stack(app, "Stack", env=environment)


@pytest.fixture
def findings() -> Callable[[cdk.Stack], set[str]]:
    """Return the findings that nobody acknowledged: rule id and path."""
    import cdk_nag

    def judge(stack: cdk.Stack) -> set[str]:
        packs = (
            cdk_nag.AwsSolutionsChecks,
            cdk_nag.NIST80053R5Checks,
            cdk_nag.HIPAASecurityChecks,
            cdk_nag.PCIDSS321Checks,
        )
        return {
            f"{violation.rule_name} at {resource.construct_path}"
            for pack in packs
            for violation in pack(stack).validate_scope(stack).violations
            for resource in violation.violating_resources
        }

    return judge

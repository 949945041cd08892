"""The rule packs that every synthesis has to pass."""

from __future__ import annotations

import aws_cdk as cdk
import cdk_nag

FAIL = "@aws-cdk/core:failSynthOnValidationErrors"


def add_rule_packs(app: cdk.App) -> None:
    """Validate all resources of an app with cdk-nag; `acknowledge` accepts a finding."""
    # The command line has a synthesis go on and judges what it was asked for, which is nothing
    # where all stacks are in stages: `cdk synth` would end well whatever was found.
    app.node.set_context(FAIL, True)
    cdk.Validations.of(app).add_plugins(
        cdk_nag.AwsSolutionsChecks(app, verbose=True),
        cdk_nag.NIST80053R5Checks(app, verbose=True),
        cdk_nag.HIPAASecurityChecks(app, verbose=True),
        cdk_nag.PCIDSS321Checks(app, verbose=True),
    )

"""Stages that no rule pack and no promise has judged, which nobody may deploy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import aws_cdk as cdk

from environments import SettingsError

if TYPE_CHECKING:
    from constructs import Construct

REFUSAL = "NOT CHECKED by rule packs and promises: for runs on this machine only"


def refuse_command_line() -> None:
    """Refuse the CDK's command line, which people and CI deploy with."""
    if "CDK_CLI_VERSION" in os.environ:
        raise SettingsError(
            "unchecked: leaves rule packs and promises out, for runs that `mlops run --local`"
            " starts; leave -c unchecked out"
        )


def refuse_deployment(stage: Construct) -> None:
    """Put an error on each stack: the CDK's command line deploys none that has one."""
    for construct in stage.node.find_all():
        if isinstance(construct, cdk.Stack):  # `is_stack` asks the kernel, a thousand times
            cdk.Annotations.of(construct).add_error(REFUSAL)

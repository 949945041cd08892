"""Findings that stay, each with its reason, written where a reader and a command can find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from mlops_contract.metadata import ACKNOWLEDGED, Acknowledgment
from secure_mlops_constructs.metadata import main_resource

if TYPE_CHECKING:
    from constructs import Construct


def acknowledge(scope: Construct, *rules: str, reason: str) -> None:
    """Accept findings of the rule packs on a resource, or on all of a construct or a stack.

    Rules are ids as the packs print them, such as ``AwsSolutions-IAM5[Resource::*]``. The reason
    also goes into the template's metadata (the main resource's, or the template's own for a stack),
    so that all of them can be listed from the synthesized output alone.
    """
    cdk.Validations.of(scope).acknowledge(
        *(cdk.Acknowledgment(id=rule, reason=reason) for rule in rules)
    )
    key = ACKNOWLEDGED.name
    entries = ACKNOWLEDGED.write(tuple(Acknowledgment(rule, reason) for rule in rules))
    if isinstance(scope, cdk.Stack):
        options = scope.template_options
        metadata = dict(options.metadata or {})
        metadata[key] = [*metadata.get(key, []), *entries]
        options.metadata = metadata
        return
    resource = main_resource(scope)
    resource.add_metadata(key, [*(resource.get_metadata(key) or []), *entries])

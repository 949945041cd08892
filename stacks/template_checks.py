"""The process that `template_rules` asks: the CDK's plugin, one template at a time."""

from __future__ import annotations

import json
import sys
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IConstruct, RootConstruct

from mlops_common.processes import end_with_parent


@jsii.implements(cdk.IPolicyValidationContext)
class _OneTemplate:
    def __init__(self, root: IConstruct, request: dict[str, Any]) -> None:
        self._root = root
        self._stack = cdk.PolicyValidationStack(**request)

    @property
    def app_construct(self) -> IConstruct:
        return self._root

    @property
    def stack_templates(self) -> list[cdk.PolicyValidationStack]:
        return [self._stack]

    @property
    def template_paths(self) -> list[str]:
        return [self._stack.template_path]

    @property
    def account_id(self) -> str | None:
        return self._stack.account_id

    @property
    def region(self) -> str | None:
        return self._stack.region


def main() -> None:
    """Answer each request, a line of JSON, with a report, a line of JSON."""
    end_with_parent()
    root, plugin = RootConstruct(), cdk.CloudFormationValidatePlugin()
    for line in sys.stdin:
        report = plugin.validate(_OneTemplate(root, json.loads(line)))
        violations = [_as_json(each) for each in report.violations]
        answer = {"version": plugin.version, "violations": violations}
        sys.stdout.write(f"{json.dumps(answer)}\n")


def _as_json(violation: cdk.PolicyViolation) -> dict[str, Any]:
    return {
        "rule_name": violation.rule_name,
        "description": violation.description,
        "severity": violation.severity,
        "fix": violation.fix,
        "rule_metadata": violation.rule_metadata and dict(violation.rule_metadata),
        "violating_resources": [
            {
                "resource_logical_id": each.resource_logical_id,
                "construct_path": each.construct_path,
                "locations": list(each.locations),
            }
            for each in violation.violating_resources
        ],
    }


if __name__ == "__main__":
    main()

"""CloudFormation's own rules on every template, asked once for each content.

The CDK asks them of all templates at every synthesis, for seconds. Here a process beside the
synthesis gets ready to answer while the stacks are made, and is asked about what is new. Reports
without an error are kept; what has one is asked again, so that no error comes out of a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from mlops_common.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The rules are WebAssembly, used once: compiling it a second time, faster code, takes a second, and
# looking for garbage beside it, in which its memory counts and none is found, another.
_V8_FLAGS = ("--no-wasm-tier-up", "--no-wasm-dynamic-tiering", "--no-concurrent-marking")
_SET_FLAGS = "--import=data:text/javascript,import%20v8%20from%20%22node:v8%22" + "".join(
    f";v8.setFlagsFromString(%22{each}%22)" for each in _V8_FLAGS
)
# Names the modules that a synthesis needs (`tools/start.py`), which the rules do not.
_MODULES = "MLOPS_CDK_MODULES"
STORE = Store(Path(__file__).resolve().parent.parent / "build" / "cache" / "template-rules")


def add_template_rules(app: cdk.App, first: Callable[[Sequence[str]], object]) -> None:
    """Validate an app's templates by CloudFormation's rules, unless the caller turned it off.

    For an app without the CDK's validation of its own. Before other plugins of the app have their
    turn, `first` is called with the templates' paths.
    """
    if os.environ.get("CDK_VALIDATION") != "false":
        cdk.Validations.of(app).add_plugins(TemplateRules(first))


@jsii.implements(cdk.IPolicyValidationPlugin)
class TemplateRules:
    """The plugin of the CDK, with a memory."""

    def __init__(self, first: Callable[[Sequence[str]], object]) -> None:
        self._first = first
        self._version: str | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "stacks.template_checks"],
            env={
                **{name: value for name, value in os.environ.items() if name != _MODULES},
                "PYTHONPATH": os.pathsep.join(each or "." for each in sys.path),
                "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} {_SET_FLAGS}".strip(),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def name(self) -> str:
        """Name in the report, and in what `acknowledge` accepts."""
        return cdk.CloudFormationValidatePlugin.PLUGIN_NAME

    @property
    def version(self) -> str | None:
        """Version of the rules."""
        return self._version

    @property
    def rule_ids(self) -> list[str] | None:
        """Names of the rules, which the CDK knows."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Report what CloudFormation would refuse or warn about."""
        self._first(context.template_paths)
        requests = dict(map(_request, context.stack_templates))
        reports: dict[str, Any] = {key: STORE.get(key) for key in requests}
        unknown = {key: requests[key] for key, report in reports.items() if report is None}
        for key, report in zip(unknown, self._ask(list(unknown.values())), strict=True):
            reports[key] = report
            if not any(each["severity"] == "error" for each in report["violations"]):
                STORE.put(key, report)
        return self._merged(
            (reports[key], request["template_path"]) for key, request in requests.items()
        )

    def _ask(self, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if not requests:
            self._process.kill()
        lines = "".join(f"{json.dumps(each)}\n" for each in requests)
        answers, _ = self._process.communicate(lines)
        if requests and self._process.returncode != 0:
            raise RuntimeError(f"stacks.template_checks ended with {self._process.returncode}")
        return [json.loads(line) for line in answers.splitlines()]

    def _merged(
        self, reports: Iterable[tuple[dict[str, Any], str]]
    ) -> cdk.PolicyValidationPluginReport:
        """Put the reports on single templates together as the CDK does on all of them."""
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for report, path in reports:
            self._version = report["version"]
            for each in report["violations"]:
                key = (each["rule_name"], each["severity"], each["description"])
                merged = found.setdefault(key, {**each, "violating_resources": []})
                merged["violating_resources"] += [
                    cdk.PolicyViolatingResource(**place, template_path=path)
                    for place in each["violating_resources"]
                ]
        return cdk.PolicyValidationPluginReport(
            success=not any(severity == "error" for _, severity, _ in found),
            violations=[cdk.PolicyViolation(**each) for each in found.values()],
        )


def _request(stack: cdk.PolicyValidationStack) -> tuple[str, dict[str, Any]]:
    """Return what to ask about a template, and the key of the answer."""
    request = {
        "stack_construct_path": stack.stack_construct_path,
        "account_id": stack.account_id,
        "region": stack.region,
    }
    content = hashlib.sha256(Path(stack.template_path).read_bytes()).hexdigest()
    key = json.dumps([version("aws-cdk-lib"), content, request], sort_keys=True)
    return key, {**request, "template_path": stack.template_path}

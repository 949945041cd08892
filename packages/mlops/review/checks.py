"""Findings of checks: rule packs, acknowledgments, tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from cloud_assembly.acknowledgments import acknowledged_in
from mlops.review.findings import Finding, Weight, count, cut, listed
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack

_FAILING = {"error", "fatal"}
_MOST = 10  # failed tests in a review


def rule_findings(reports: Sequence[Path], environment: str) -> tuple[Finding, ...]:
    """Return what rule packs and proofs refused, from the report of each synthesis."""
    found = []
    for report in reports:
        try:
            plugins = json.loads(report.read_text())["pluginReports"]
            for plugin in plugins:
                for violation in plugin.get("violations", ()):
                    places = _places(violation, environment)
                    if places and violation.get("severity") in _FAILING:
                        found.append(_violated(plugin["pluginName"], violation, places))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MlopsError(f"{report}: cannot be read as a validation report: {error}") from None
    return tuple(found)


def _places(violation: dict[str, Any], environment: str) -> list[str]:
    places = [str(each.get("constructPath", "")) for each in violation["violatingConstructs"]]
    return [each for each in places if each.partition("/")[0] == environment]


def _violated(plugin: str, violation: dict[str, Any], places: list[str]) -> Finding:
    rule, what = violation["ruleName"], " ".join(str(violation["description"]).split())
    where = listed([f"`{each}`" for each in places], 3)
    return Finding(
        f"`{rule}` is violated at {where}: {what}",
        Weight.WARNING,
        facts={"check": plugin, "rule": rule, "places": places},
    )


def acknowledgment_findings(before: Sequence[Stack], after: Sequence[Stack]) -> tuple[Finding, ...]:
    """Return which findings of rule packs are newly acknowledged, and which no more."""
    old, new = (
        {(each.stack, each.resource, each.rule): each.reason for stack in side
         for each in acknowledged_in(stack)}
        for side in (before, after)
    )  # fmt: skip
    found = []
    for key in sorted({*old, *new}):
        stack, resource, rule = key
        facts = {"stack": stack, "resource": resource, "rule": rule}
        where = f"`{rule}` of {stack}/{resource}"
        if key not in old:
            text = f"newly acknowledged: {where}: “{new[key]}”"
            facts["change"] = "acknowledged"
        elif key not in new:
            text = f"no longer acknowledged: {where}"
            facts["change"] = "not acknowledged"
        elif old[key] != new[key]:
            text = f"acknowledged for another reason: {where}: “{new[key]}”"
            facts["change"] = "reason"
        else:
            continue
        found.append(Finding(text, facts=facts))
    return tuple(found)


def findings_of_tests(files: Sequence[Path]) -> tuple[Finding, ...]:
    """Summarize test results, JUnit XML as pytest writes it."""
    if not files:
        return ()
    absent = [each for each in files if not each.is_file()]
    if absent:
        text = f"tests: there are no results at {listed([f'`{each}`' for each in absent])}"
        return (Finding(text, Weight.WARNING, facts={"absent": [str(each) for each in absent]}),)
    total, skipped, failed, seconds = 0, 0, [], 0.0
    for file in files:
        try:
            # A report of our own build; the parser expands nothing from elsewhere.
            cases = list(ET.parse(file).iter("testcase"))  # noqa: S314
            seconds += sum(float(each.get("time") or 0) for each in cases)
        except (OSError, ET.ParseError, ValueError) as error:
            raise MlopsError(f"{file}: cannot be read as a JUnit file: {error}") from None
        total += len(cases)
        skipped += sum(each.find("skipped") is not None for each in cases)
        failed += [
            f"{each.get('classname', '')}.{each.get('name', '')}".strip(".")
            for each in cases
            if each.find("failure") is not None or each.find("error") is not None
        ]
    facts = {"tests": total, "failed": failed, "skipped": skipped, "seconds": round(seconds, 1)}
    passed = total - skipped - len(failed)
    left_out = f", {skipped} skipped" if skipped else ""
    if not failed:
        return (Finding(f"tests: all {count(passed, 'test')} passed{left_out}", facts=facts),)
    text = f"tests: {count(len(failed), 'test')} failed, {passed} passed{left_out}"
    return (Finding(text, Weight.WARNING, cut([f"`{each}`" for each in failed], _MOST), facts),)

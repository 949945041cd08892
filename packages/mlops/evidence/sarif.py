"""What is broken or undecided as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from mlops.evidence.facts import TOOL, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# An undecided promise is not known to be broken, and fails all the same.
_LEVELS: Final = {"broken": "error", "unknown": "warning"}


def sarif_log(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the log: a rule for each promise, a result for each breach."""
    rules = [_rule(each) for each in facts["promises"]]
    places = {each["id"]: index for index, each in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": TOOL,
                        "version": facts["versions"][TOOL],
                        "rules": rules,
                    }
                },
                "invocations": [{"executionSuccessful": True, "endTimeUtc": facts["time"]}],
                "artifacts": [
                    {
                        "location": {"uri": quote(each["file"])},
                        "hashes": {"sha-256": each["sha256"]},
                    }
                    for each in facts["templates"]
                ],
                "results": list(_results(facts, places)),
            }
        ],
    }


def _rule(promise: Mapping[str, Any]) -> dict[str, Any]:
    assumes = "; ".join(promise["assumptions"])
    kept = f" Enforced by: {promise['enforced by']}." if promise["enforced by"] else ""
    return {
        "id": promise["id"],
        "shortDescription": {"text": promise["words"]},
        "fullDescription": {"text": f"{promise['words']}. Source: {promise['source']}."},
        "help": {"text": f"Assumes: {assumes}.{kept}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", *promise["controls"]]},
    }


def _results(facts: dict[str, Any], places: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for environment in facts["environments"]:
        for verdict in environment["verdicts"]:
            for breach in verdict["breaches"]:
                yield _result(environment["name"], verdict["promise"], breach, places)


def _result(
    environment: str, promise: str, breach: Mapping[str, Any], places: Mapping[str, int]
) -> dict[str, Any]:
    said = [f"{environment}: {breach['what']}."]
    said += [f"{breach['in words']}."] if breach["in words"] else []
    said += [f"Decided by {'; '.join(breach['statements'])}."] if breach["statements"] else []
    region = {"region": {"startLine": breach["line"]}} if breach["line"] else {}
    # A change of templates elsewhere leaves it the same finding.
    same = digest_of([environment, promise, breach["subject"], breach["what"]])
    return {
        "ruleId": promise,
        "ruleIndex": places[promise],
        "level": _LEVELS[breach["verdict"]],
        "message": {"text": " ".join(said)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(breach["file"])},
                    **region,
                },
                "logicalLocations": [
                    {
                        "name": breach["resource"].rpartition("/")[2],
                        "fullyQualifiedName": breach["resource"],
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {"promise/v1": same},
    }

"""A definition for each type of condition, and for what runs because of a failure."""

from __future__ import annotations

from tests.integration.pipeline_local.definition_case import Case, decides, writes
from tests.integration.pipeline_local.definition_parts import OUT, compare, processing

DECISIONS: dict[str, Case] = {
    "a cleanup after a failure": Case(
        [
            writes("Made", "kept for a while"),
            writes("Kept", "kept"),
            processing("Fall", "fail:no rows", DependsOn=["Made", "Kept"]),
            {
                "Name": "Clean",
                "Type": "Cleanup",
                "DependsOn": [{"Step": "Fall", "Trigger": "Failed"}, "Made"],
                "Arguments": {
                    "Resources": {"S3": [{"StepName": "Made", "S3Uris": [f"{OUT}/Made/out/text"]}]}
                },
            },
            writes("Tell", "cleaned", DependsOn=["Clean"]),
        ],
        {"Fall": "Failed"},
        "no rows",
        objects={f"{OUT}/Tell/out/text": "cleaned", f"{OUT}/Kept/out/text": "kept"},
        gone=(f"{OUT}/Made/out/text",),
    ),
    "Equals": decides("Equals", compare("Equals", "x", "x"), outcome=True),
    "GreaterThan": decides("GreaterThan", compare("GreaterThan", 1, 1), outcome=False),
    "GreaterThanOrEqualTo": decides(
        "GreaterThanOrEqualTo", compare("GreaterThanOrEqualTo", 1.0, 1), outcome=True
    ),
    "LessThan": decides("LessThan", compare("LessThan", "a", "b"), outcome=True),
    "LessThanOrEqualTo": decides(
        "LessThanOrEqualTo", compare("LessThanOrEqualTo", 2, 1), outcome=False
    ),
    "In": decides("In", {"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, outcome=True),
    "NotEquals": decides("NotEquals", compare("NotEquals", "x", "x"), outcome=False),
    "NotIn": decides(
        "NotIn", {"Type": "NotIn", "QueryValue": "c", "Values": ["a", "b"]}, outcome=True
    ),
    "Not": decides("Not", {"Type": "Not", "Condition": compare("Equals", 1, 2)}, outcome=True),
    "And": decides(
        "And",
        {"Type": "And", "Conditions": [compare("Equals", 1, 1), compare("Equals", 1, 2)]},
        outcome=False,
    ),
    "Or": decides(
        "Or",
        {"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 1, 1)]},
        outcome=True,
    ),
}

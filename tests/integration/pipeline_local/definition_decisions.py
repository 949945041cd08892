"""A definition for each type of condition."""

from __future__ import annotations

from tests.integration.pipeline_local.definition_case import Case, decides
from tests.integration.pipeline_local.definition_parts import compare

DECISIONS: dict[str, Case] = {
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

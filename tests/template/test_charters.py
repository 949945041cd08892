"""Charters: every role has one, and every one has its role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops_contract.metadata import CEILING, CHARTER
from stacks.charter_table import read_table
from stacks.charters import row_of

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

PREFIX = "secure-mlops-{}-"


def test_every_role_has_a_charter_and_every_charter_a_role(dev: Stacks, prod: Stacks) -> None:
    for name, stacks in (("dev", dev), ("prod", prod)):
        names = set()
        for role in stacks.of_type("AWS::IAM::Role").values():
            charter = role["Metadata"][CHARTER.name]
            assert charter["duties"], role["Properties"]["RoleName"]
            names.add(role["Properties"]["RoleName"].removeprefix(PREFIX.format(name)))
        table = set(read_table().roles)
        delivering = {
            *(each for each in table if each.startswith("build-")),
            *("delivery-pipeline", "delivery-starter", "push-filter"),
            *(each for each in table if each.startswith("project-")),
        }
        # Nothing is tried out in an environment of another account; no batch is a query here.
        expected = table - {"build-smoke", "query-job", "query-unload"}
        # dev delivers to the others; nothing is promoted to it.
        expected -= delivering if name == "prod" else {"model-importer"}
        assert {row_of(each) for each in names} == expected


def test_nothing_is_left_unfilled(dev: Stacks) -> None:
    for role in dev.of_type("AWS::IAM::Role").values():
        for duty in role["Metadata"][CHARTER.name]["duties"]:
            assert duty["duty"]
            assert duty["resources"]
            assert "{" not in json.dumps(duty["actions"])
            texts = [each for each in duty["resources"] if isinstance(each, str)]
            assert "{" not in "".join(texts)


def test_people_take_roles_on_with_a_second_factor_and_services_by_name(dev: Stacks) -> None:
    takers = {
        role["Properties"]["RoleName"]: role["Metadata"][CHARTER.name]["assumed_by"]
        for role in dev.of_type("AWS::IAM::Role").values()
    }
    second_factor = {"people": [{"aws:MultiFactorAuthPresent": ["true"]}]}
    assert takers["secure-mlops-dev-break-glass"] == second_factor
    assert takers["secure-mlops-dev-auditor"] == second_factor
    assert takers["secure-mlops-dev-training-job"] == {"services": ["sagemaker.amazonaws.com"]}


def test_boundaries_say_what_roles_may_change(dev: Stacks) -> None:
    boundaries = {
        each["Properties"]["ManagedPolicyName"]: each["Metadata"][CEILING.name]
        for each in dev.of_type("AWS::IAM::ManagedPolicy").values()
        if CEILING.name in each.get("Metadata", {})
    }
    kinds = {
        *("runtime", "people", "scientist", "break-glass", "delivery", "promotion", "launch"),
        *("project", "orchestration"),
    }
    assert set(boundaries) == {f"secure-mlops-dev-{kind}-boundary" for kind in kinds}
    for name, rows in boundaries.items():
        assert ("arn:aws:s3:::secure-mlops-dev-*" in rows) == ("-launch-" not in name)
        assert not [row for row in rows if row == "*"]

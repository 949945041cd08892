"""Changes of one synthesized environment, and the findings of a review."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.review.costs import compare_costs, cost_findings
from mlops.review.deliveries import function_findings
from mlops.review.matching import follow_content, follow_moves
from mlops.review.permissions import permission_findings
from mlops.review.pipelines import pipeline_findings
from mlops.review.promises import promise_findings
from mlops.review.resources import resource_findings
from promises.world import world_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloud_assembly import Stack
    from mlops.review.findings import Finding
    from promises.world import World

    Body = dict[str, Any]


class Templates:
    """The templates of one environment, to be changed."""

    def __init__(self, stacks: tuple[Stack, ...]) -> None:
        self.stacks = tuple(
            replace(stack, template=copy.deepcopy(stack.template)) for stack in stacks
        )

    def stack(self, name: str) -> Stack:
        return next(each for each in self.stacks if each.name.endswith(f"-{name}"))

    def find(self, kind: str, **properties: str) -> tuple[Stack, str, Body]:
        """The one resource of a type whose properties end so."""
        found = [
            (stack, key, body)
            for stack in self.stacks
            for key, body in stack.template["Resources"].items()
            if body["Type"] == kind
            and all(
                str(body["Properties"].get(name, "")).endswith(value)
                for name, value in properties.items()
            )
        ]
        assert found, (kind, properties)
        return found[0]

    def statement(self, sid: str, policy: str) -> Body:
        """A statement of the first policy whose logical id starts so."""
        (document,) = (
            body["Properties"]["PolicyDocument"]
            for stack in self.stacks
            for key, body in stack.template["Resources"].items()
            if key.startswith(policy) and "PolicyDocument" in body["Properties"]
        )
        found: Body = next(each for each in document["Statement"] if each.get("Sid") == sid)
        return found

    def add(self, stack: str, key: str, kind: str, properties: Body, **more: Any) -> None:
        body = {"Type": kind, "Properties": properties, **more}
        self.stack(stack).template["Resources"][key] = body

    def pipeline(self, name: str, change: Callable[[Body], None]) -> None:
        """Change a definition inside its template."""
        _, _, body = self.find("AWS::SageMaker::Pipeline", PipelineName=f"-{name}")
        holder = body["Properties"]["PipelineDefinition"]
        text, variables = holder["PipelineDefinitionBody"]["Fn::Sub"]
        definition = json.loads(text)
        change(definition)
        changed = json.dumps(definition, sort_keys=True)
        used = {name: value for name, value in variables.items() if f"${{{name}}}" in changed}
        holder["PipelineDefinitionBody"] = {"Fn::Sub": [changed, used]}


class Reviewer:
    """Compares changed templates with those of dev, section by section."""

    def __init__(self, stacks: tuple[Stack, ...]) -> None:
        self.stacks = stacks
        self.world = world_of("dev", stacks)

    def templates(self) -> Templates:
        return Templates(self.stacks)

    def sides(self, after: Templates, before: Templates | None) -> tuple[World, World]:
        stacks = before.stacks if before else self.stacks
        moved, _ = follow_moves(stacks, after.stacks)
        same_files, _ = follow_content(stacks, moved)
        return (
            world_of("dev", stacks) if before else self.world,
            world_of("dev", same_files),
        )

    def pipelines(self, after: Templates) -> tuple[Finding, ...]:
        return pipeline_findings(self.stacks, after.stacks)

    def resources(self, after: Templates, before: Templates | None = None) -> tuple[Finding, ...]:
        stacks = before.stacks if before else self.stacks
        moved_stacks, moved = follow_moves(stacks, after.stacks)
        return (
            *resource_findings(*self.sides(after, before), moved),
            *function_findings(stacks, moved_stacks),
        )

    def permissions(self, after: Templates, time_limit: float = 60.0) -> tuple[Finding, ...]:
        return permission_findings(*self.sides(after, None), time_limit)

    def promises(self, after: Templates) -> tuple[tuple[Finding, ...], str]:
        return promise_findings(*self.sides(after, None))

    def costs(self, after: Templates, before: Templates | None = None) -> tuple[Finding, ...]:
        cost = compare_costs(*self.sides(after, before), PriceFile(), read_assumptions())
        return cost_findings(cost)


@pytest.fixture(scope="session")
def dev_assembly(all_environments: Path) -> Path:
    return all_environments / "assembly-dev"


@pytest.fixture(scope="session")
def reviewer(dev_assembly: Path) -> Reviewer:
    return Reviewer(CloudAssembly(dev_assembly).stacks)


@pytest.fixture
def changed(reviewer: Reviewer) -> Templates:
    return reviewer.templates()


def texts(findings: tuple[Finding, ...]) -> str:
    """All findings as plain text, one a line."""
    return "\n".join(each.as_json()["text"] for each in findings)

"""Builds that an event starts through the rules, pipelines and projects of a cloud assembly."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloud_assembly import CloudAssembly

_PROJECT, _PIPELINE = "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline"
_PLACE = re.compile(r"<([A-Za-z0-9_-]+)>")
_VARIABLE = re.compile(r"#\{variables\.([A-Za-z0-9_@-]+)\}")


@dataclass(frozen=True)
class StartedBuild:
    """A build of a CodeBuild project."""

    rule: str
    project: str
    spec: str  # the buildspec file, below the source
    variables: dict[str, str]
    minutes: float


def started_builds(assembly: CloudAssembly, event: Mapping[str, Any]) -> list[StartedBuild]:
    """List the builds that rules start for an event, in order.

    Those of a pipeline are listed up to an action that waits for a person.
    """
    return list(_Reader(assembly).builds(dict(event)))


class _Reader:
    def __init__(self, assembly: CloudAssembly) -> None:
        self._rules = _resources(assembly, "AWS::Events::Rule")
        self._projects = {each["Name"]: each for each in _resources(assembly, _PROJECT)}
        self._pipelines = {each["Name"]: each for each in _resources(assembly, _PIPELINE)}

    def builds(self, event: dict[str, Any]) -> Iterator[StartedBuild]:
        for rule in self._rules:
            pattern = rule.get("EventPattern")
            if pattern is None or rule.get("State") == "DISABLED" or not matches(pattern, event):
                continue
            for target in rule.get("Targets", ()):
                yield from self._of_target(str(rule.get("Name", "")), target, event)

    def _of_target(
        self, rule: str, target: dict[str, Any], event: dict[str, Any]
    ) -> Iterator[StartedBuild]:
        service, name = str(target["Arn"]).split(":")[2], re.split("[:/]", str(target["Arn"]))[-1]
        start = _input(target, event)
        if service == "codebuild" and name in self._projects:
            yield self._build(rule, name, start.get("environmentVariablesOverride", []))
        elif service == "codepipeline" and name in self._pipelines:
            pipeline = self._pipelines[name]
            given = {item["name"]: item["value"] for item in start.get("variables", [])}
            for variable in pipeline.get("Variables", []):
                given.setdefault(variable["Name"], variable.get("DefaultValue", ""))
            yield from self._of_pipeline(rule, pipeline, given)

    def _of_pipeline(
        self, rule: str, pipeline: dict[str, Any], given: dict[str, str]
    ) -> Iterator[StartedBuild]:
        for stage in pipeline["Stages"]:
            for action in sorted(stage["Actions"], key=lambda each: int(each.get("RunOrder", 1))):
                kind = action["ActionTypeId"]
                if kind["Category"] == "Approval":
                    return
                if kind["Provider"] == "CodeBuild":
                    asked = action["Configuration"].get("EnvironmentVariables", "[]")
                    text = _VARIABLE.sub(lambda found: _inside(given.get(found[1], "")), asked)
                    name = action["Configuration"]["ProjectName"]
                    yield self._build(rule, name, json.loads(text))

    def _build(self, rule: str, name: str, given: list[dict[str, str]]) -> StartedBuild:
        project = self._projects[name]
        own = project["Environment"].get("EnvironmentVariables", [])
        variables = {each["Name"]: str(each["Value"]) for each in own}
        variables |= {each["name"]: each["value"] for each in given}
        return StartedBuild(
            rule=rule,
            project=name,
            spec=project["Source"]["BuildSpec"],
            variables=variables,
            minutes=float(project.get("TimeoutInMinutes", 60)),
        )


def _resources(assembly: CloudAssembly, kind: str) -> list[dict[str, Any]]:
    return [
        assembly.resolver.resolve_mapping(resource["Properties"], stack)
        for stack in assembly.stacks
        for _, resource in stack.resources_of_type(kind)
    ]


def _input(target: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Build a target's input as EventBridge does with an input transformer."""
    transformer = target.get("InputTransformer")
    if transformer is None:
        value = json.loads(target["Input"]) if "Input" in target else event
        return value if isinstance(value, dict) else {}
    found = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    text = _PLACE.sub(lambda place: _inside(found.get(place[1], "")), transformer["InputTemplate"])
    made: dict[str, Any] = json.loads(text)
    return made


def _at(event: Any, path: str) -> str:
    for part in path.removeprefix("$").strip(".").split("."):
        event = event.get(part, "") if isinstance(event, dict) else ""
    return event if isinstance(event, str) else json.dumps(event)


def _inside(text: str) -> str:
    """Escape a text for use inside a JSON string."""
    return json.dumps(text)[1:-1]

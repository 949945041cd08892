"""A pipeline definition (schema 2020-12-01), read into typed steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_schema.absent import given_members
from pipeline_schema.definition_fields import field_problems, max_parallel
from pipeline_schema.expressions import ExpressionError, parse_reference, walk
from pipeline_schema.known_fields import NAME, NAME_RULE, text_problems, unknown_fields
from pipeline_schema.parameters import Parameter
from pipeline_schema.retries import RetryPolicy, retry_problems
from pipeline_schema.step_types import step_type
from pipeline_schema.values import JsonObject, with_article
from pipeline_schema.walking import nested_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline_schema.expressions import Reference
    from pipeline_schema.property_paths import Path

# Outcomes of a step that let another run. "Stopped" is not among them: only a run is stopped here.
COMPLETED, FAILED, ANY = TRIGGERS = ("Completed", "Failed", "Any")
NO_STEPS = "Steps: there are none"
# The fields of a step that are read by name; everything else is a setting of its type.
_COMMON_FIELDS = frozenset(
    {"Name", "Type", "Arguments", "DependsOn", "PropertyFiles", "RetryPolicies", "CacheConfig"}
    | {"DisplayName", "Description"}
)


class DefinitionError(MlopsError):
    """An invalid definition, with one line for each problem."""

    def __init__(self, pipeline: str, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__(*(f"pipeline {pipeline}: {line}" for line in self.problems))


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file among a step's outputs that `Std:JsonGet` reads by its name."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Branch:
    """The outer step of a nested one, and the outcome under which it runs."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class Step:
    """One step, of whatever type."""

    name: str
    type: str
    arguments: JsonObject  # with expressions, without nested steps
    depends_on: tuple[str, ...] = ()
    triggers: dict[str, str] = field(default_factory=dict)  # of those: other than `COMPLETED`
    branch: Branch | None = None
    property_files: dict[str, PropertyFile] = field(default_factory=dict)
    retry_policies: tuple[RetryPolicy, ...] = ()  # in order of precedence
    cache: JsonObject = field(default_factory=dict)
    settings: JsonObject = field(default_factory=dict)  # of its type, such as `CheckType`


@dataclass(frozen=True)
class Definition:
    """A whole pipeline."""

    name: str
    parameters: dict[str, Parameter]
    steps: dict[str, Step]  # nested ones included, in the order of the text
    max_parallel: int | None = None


def references(step: Step) -> Iterator[tuple[Path, Reference]]:
    """Yield every well-formed reference of a step, with its place in the step."""
    for where, expression in walk({"Arguments": step.arguments, **step.settings}):
        if "Get" in expression:
            try:
                yield where, parse_reference(expression["Get"])
            except ExpressionError:
                continue  # reported by the validation


def parse_definition(name: str, document: object) -> Definition:
    """Parse a definition; a `DefinitionError` lists every mistake of form."""
    reader = _Reader()
    definition = reader.read(name, document)
    if reader.problems:
        raise DefinitionError(name, reader.problems)
    return definition


class _Reader:
    """A parser that continues after a mistake, to report all at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._steps: dict[str, Step] = {}
        self._bodies: dict[str, set[str]] = {}  # names of repeated steps, by their place

    def read(self, name: str, document: object) -> Definition:
        if not isinstance(document, dict):
            self.problems.append(f"the definition is {with_article(document)}, not an object")
            return Definition(name, {}, {})
        parameters = self._parameters(self._list(document, "Parameters", "Parameters"))
        self.problems.extend(field_problems(document, parameters))
        steps = self._list(document, "Steps", "Steps")
        if not steps:
            self.problems.append(NO_STEPS)
        self._read_steps(steps, None, "Steps")
        self._check_iterations()
        return Definition(name, parameters, self._steps, max_parallel(document))

    def _list(self, owner: dict[str, Any], key: str, where: str) -> list[Any]:
        value = owner.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problems.append(f"{where}: is {with_article(value)}, not a list")
            return []
        return value

    def _parameters(self, declared: list[Any]) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        for index, item in enumerate(declared):
            if not isinstance(item, dict) or not isinstance(item.get("Name"), str):
                self.problems.append(f"Parameters[{index}]: has no Name")
                continue
            where = f"parameter {item['Name']}"
            lines = (*unknown_fields("a parameter", item), *text_problems(item, "Description"))
            self.problems.extend(f"{where}: {line}" for line in lines)
            parameter = Parameter(
                item["Name"],
                str(item.get("Type", "String")),
                item.get("DefaultValue"),
                tuple(self._list(item, "EnumValues", f"{where}: EnumValues")),
            )
            if parameter.name in found:
                self.problems.append(f"{where}: is declared twice")
            self.problems.extend(parameter.problems())
            found[parameter.name] = parameter
        return found

    def _read_steps(self, steps: list[Any], branch: Branch | None, where: str) -> None:
        for index, item in enumerate(steps):
            if not isinstance(item, dict) or not isinstance(item.get("Name"), str):
                self.problems.append(f"{where}[{index}]: is no step: it has no Name")
                continue
            self._read_step(item, branch)

    def _read_step(self, item: dict[str, Any], branch: Branch | None) -> None:
        name = item["Name"]
        arguments = item.get("Arguments", {})
        if not NAME.fullmatch(name):
            self.problems.append(f"step {name}: Name: {NAME_RULE}")
        if not isinstance(item.get("Type"), str):
            self.problems.append(f"step {name}: Type: is missing")
        if not isinstance(arguments, dict):
            kind = with_article(arguments)
            self.problems.append(f"step {name}: Arguments: is {kind}, not an object")
            arguments = {}
        if "Arguments" not in item and not step_type(item.get("Type")).outputs:
            self.problems.append(f"step {name}: Arguments: is missing")
        if name in self._steps:
            self.problems.append(f"step {name}: Name: two steps have it")
        texts = text_problems(item, "DisplayName", "Description")
        self.problems.extend(f"step {name}: {line}" for line in texts)
        policies = self._list(item, "RetryPolicies", f"step {name}: RetryPolicies")
        self.problems.extend(f"step {name}: {line}" for line in retry_problems(policies))
        after = self._depends_on(item)
        nested = nested_steps({**item, "Arguments": arguments})
        self._steps[name] = Step(
            name=name,
            type=str(item.get("Type")),
            arguments=given_members(
                item.get("Type"), {k: v for k, v in arguments.items() if k not in nested}
            ),
            depends_on=tuple(after),
            triggers={each: trigger for each, trigger in after.items() if trigger != COMPLETED},
            branch=branch,
            property_files=self._property_files(item),
            retry_policies=tuple(RetryPolicy.parse(p) for p in policies if isinstance(p, dict)),
            cache=self._cache(item),
            settings={key: value for key, value in item.items() if key not in _COMMON_FIELDS},
        )
        row = step_type(item.get("Type"))
        absent = row.nested.keys() - nested.keys() if row.repeats else ()
        self.problems.extend(f"step {name}: Arguments.{key}: is missing" for key in absent)
        for key in nested:
            where = f"step {name}: Arguments.{key}"
            branch = Branch(name, row.nested[key])
            known = set(self._steps)
            self._read_steps(self._list(nested, key, where), branch, where)
            if row.repeats:
                self._close_body(name, self._steps.keys() - known, where)

    def _close_body(self, name: str, body: set[str], where: str) -> None:
        """Validate a body, and let its step wait for what the body asks for."""
        self._bodies[where] = body
        steps = [self._steps[each] for each in sorted(body)]
        if not steps:
            self.problems.append(f"{where}: there are no steps")
        for step in steps:
            row = step_type(step.type)
            if row.only_steers or row.repeats:
                self.problems.append(f"{where}: {step.name}: {step.type} steps are not repeated")
            if step.triggers or step.cache.get("Enabled"):
                what = "DependsOn: run conditions" if step.triggers else "CacheConfig: results"
                self.problems.append(f"{where}: {step.name}: {what} are refused in a body")
            for _, reference in references(step):
                if reference.kind == "property file" and reference.step in body:
                    line = "a property file of the body is refused; read an S3Uri"
                    self.problems.append(f"{where}: {step.name}: {line}")
        asked = {each for step in steps for each in step.depends_on}
        asked |= {ref.step for step in steps for _, ref in references(step) if ref.step}
        loop = self._steps[name]
        needed = sorted(asked - body - {name, *loop.depends_on})
        self._steps[name] = replace(loop, depends_on=(*loop.depends_on, *needed))

    def _check_iterations(self) -> None:
        """Report steps that have the name of an iteration, wherever they stand."""
        for where, body in self._bodies.items():
            for name in sorted(body):
                taken = re.compile(rf"{re.escape(name)}-\d+")
                for other in filter(taken.fullmatch, self._steps):
                    self.problems.append(f"{where}: {other} is the name of an iteration of {name}")

    def _cache(self, item: dict[str, Any]) -> JsonObject:
        where = f"step {item['Name']}: CacheConfig"
        cache = item.get("CacheConfig")
        if cache is None:
            return {}
        if not isinstance(cache, dict):
            self.problems.append(f"{where}: is {with_article(cache)}, not an object")
            return {}
        self.problems.extend(unknown_fields("CacheConfig", cache, where))
        return cache

    def _depends_on(self, item: dict[str, Any]) -> dict[str, str]:
        """Read the steps to wait for, and the outcome of each that lets this one run."""
        where = f"step {item['Name']}: DependsOn"
        found: dict[str, str] = {}
        for index, each in enumerate(self._list(item, "DependsOn", where)):
            condition = {"Step": each, "Trigger": COMPLETED} if isinstance(each, str) else each
            if not isinstance(condition, dict) or condition.keys() != {"Step", "Trigger"}:
                self.problems.append(f"{where}[{index}]: is no step's name, nor Step and Trigger")
            elif condition["Trigger"] not in TRIGGERS:
                known = ", ".join(TRIGGERS)
                problem = f"{condition['Trigger']!r} is refused; {known} are known here"
                self.problems.append(f"{where}[{index}].Trigger: {problem}")
            elif found.get(str(condition["Step"]), condition["Trigger"]) != condition["Trigger"]:
                self.problems.append(f"{where}[{index}]: {condition['Step']} has another Trigger")
            else:
                found[str(condition["Step"])] = condition["Trigger"]
        return found

    def _property_files(self, item: dict[str, Any]) -> dict[str, PropertyFile]:
        found: dict[str, PropertyFile] = {}
        where = f"step {item['Name']}: PropertyFiles"
        needed = "PropertyFileName, OutputName and FilePath"
        for index, file in enumerate(self._list(item, "PropertyFiles", where)):
            try:
                read = PropertyFile(file["PropertyFileName"], file["OutputName"], file["FilePath"])
                if read.name in found:
                    self.problems.append(f"{where}[{index}]: two are named {read.name!r}")
                found[read.name] = read
            except (KeyError, TypeError):
                self.problems.append(f"{where}[{index}]: needs {needed}")
                continue
            if not isinstance(read.path, str):
                self.problems.append(f"{where}[{index}].FilePath: {read.path!r} is not a text")
            elif ".." in read.path.split("/"):
                self.problems.append(f"{where}[{index}].FilePath: leads out of the output")
            self.problems.extend(unknown_fields("a property file", file, f"{where}[{index}]"))
        return found

"""The record of one step type; `step_types` is the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_schema.property_paths import element_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_schema.values import JsonObject

EACH = "*"
FOUND, NAMED = "found", "named"  # of outputs: by the service, or each by the Cleanup step
UNKNOWN = "no such type is known"


@dataclass(frozen=True)
class Place:
    """The place of S3 URIs or ARNs in a request or in a step's properties."""

    path: tuple[str, ...]  # from the outside in; `EACH` stands for every element of a list
    name: str = ""  # in words; empty where a list's elements have names of their own

    def found_in(self, value: Any) -> Iterator[tuple[str, str]]:
        """Yield name and text of everything that stands there."""
        yield from _follow(value, self.path, self.name)


@dataclass(frozen=True)
class JobRequest:
    """Places of a job's facts in the request that starts it; empty where it has none."""

    role: str = "RoleArn"
    # Of `VpcConfig` and the switches of the network; () is the request itself, None stands for
    # jobs that have the network of their model.
    network: tuple[str, ...] | None = ()
    encrypts_traffic: bool = True  # between several instances
    cluster: tuple[str, ...] = ()  # type and number of instances, and the volumes' key
    output: str = ""  # the outputs and their key
    definitions: tuple[str, ...] = ()  # one or more such requests, in place of the request itself

    def requests_in(self, arguments: JsonObject) -> list[JsonObject]:
        """List the requests of jobs: the arguments, or the definitions in them."""
        if not self.definitions:
            return [arguments]
        held = [arguments.get(member) for member in self.definitions]
        several = [each for item in held for each in (item if isinstance(item, list) else [item])]
        return [each for each in several if isinstance(each, dict)]


@dataclass(frozen=True)
class StepType:
    """One type of step."""

    name: str
    operation: str = ""  # of the API, whose request `Arguments` is
    parts: Mapping[str, str] = field(
        default_factory=dict
    )  # operations, by arguments that list requests
    named_by_service: str = ""  # the member of the request that the service fills in
    resource: str = ""  # as ARNs write it: "training-job"
    names_start: str = "pipelines-"  # what comes before execution and step in the service's names
    job: JobRequest | None = None  # of types that start a job or make a model to be run
    properties_shape: str = ""  # the API shape of its properties
    properties: frozenset[str] = frozenset()  # their names where they are no API response
    # Properties whose value follows from the request: path in it, if any, and what is appended.
    predicted: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    # Of request or step, compared by the cache; a dot leads into an attribute. Empty: never cached.
    cache_attributes: tuple[str, ...] = ()
    inputs: tuple[Place, ...] = ()  # in the request
    artefacts: tuple[Place, ...] = ()  # in the properties
    metadata: str = ""  # its member in `PipelineExecutionStepMetadata`
    arn: str = ""  # the property that is the `Arn` there
    outputs: str = ""  # the setting that declares outputs, which are its properties
    function: str = ""  # the setting that names a function to call
    queue: str = ""  # the setting that names a queue, by which an answer is asked for
    # Further fields of a step, beside its request: their JSON types.
    settings: Mapping[str, str] = field(default_factory=dict)
    group: str = ""  # the argument that names a model package's group
    nested: Mapping[str, bool] = field(default_factory=dict)  # outcomes by argument with steps
    repeats: bool = False  # its nested steps, once for each item
    instant: bool = False
    only_steers: bool = False  # makes nothing, but decides what runs
    ends_run: bool = False  # fails on purpose
    # How a Cleanup step knows its outputs, which is all that it deletes; empty where it cannot.
    cleaned: str = ""
    result: str = ""  # in words, of a successful step
    refused: str = ""  # why it cannot run locally


def _follow(value: Any, path: tuple[str, ...], name: str) -> Iterator[tuple[str, str]]:
    if not path:
        yield name, str(value)
    elif path[0] == EACH:
        for element in value if isinstance(value, list) else ():
            yield from _follow(element, path[1:], name or element_name(element) or "")
    elif isinstance(value, dict) and value.get(path[0]):
        yield from _follow(value[path[0]], path[1:], name)

"""What is known of one type of step: the record of which `step_types` is the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_schema.property_paths import element_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_schema.values import JsonObject

EACH = "*"
UNKNOWN = "no such type is known"


@dataclass(frozen=True)
class Place:
    """Where S3 URIs or ARNs stand in a request or in a step's properties.

    Attributes
    ----------
    path : tuple of str
        Members from the outside in; `EACH` stands for every element of a list.
    name : str
        What is there, in words; empty where a list's elements have names of their own.
    """

    path: tuple[str, ...]
    name: str = ""

    def found_in(self, value: Any) -> Iterator[tuple[str, str]]:
        """Yield name and text of everything that stands there."""
        yield from _follow(value, self.path, self.name)


@dataclass(frozen=True)
class JobRequest:
    """Where the facts of a job stand in the request that starts it; empty where it has none.

    Attributes
    ----------
    role : str
        The member that holds the job's role.
    network : tuple of str or None
        Where `VpcConfig` and the switches of the network stand; () is the request itself. None
        for jobs that have the network of their model.
    encrypts_traffic : bool
        Whether it can have several instances, whose traffic can be encrypted.
    cluster : tuple of str
        Where type and number of instances and the volumes' key stand.
    output : str
        The member with the outputs and their key.
    definitions : tuple of str
        Members that hold one or more such requests, in place of the request itself.
    """

    role: str = "RoleArn"
    network: tuple[str, ...] | None = ()
    encrypts_traffic: bool = True
    cluster: tuple[str, ...] = ()
    output: str = ""
    definitions: tuple[str, ...] = ()

    def requests_in(self, arguments: JsonObject) -> list[JsonObject]:
        """List the requests of jobs: the arguments, or the definitions in them."""
        if not self.definitions:
            return [arguments]
        held = [arguments.get(member) for member in self.definitions]
        several = [each for item in held for each in (item if isinstance(item, list) else [item])]
        return [each for each in several if isinstance(each, dict)]


@dataclass(frozen=True)
class StepType:
    """One type of step.

    Attributes
    ----------
    operation, named_by_service : str
        The API operation whose request `Arguments` is, and its member that the service fills in.
    resource : str
        The kind of resource that is made, as ARNs write it: "training-job".
    job : JobRequest or None
        How to read the request, of types that start a job or make a model to be run.
    properties_shape, properties : str, frozenset of str
        The API shape of its properties; their names where they are no API response.
    predicted : mapping of str to (tuple of str, str)
        Properties whose value follows from the request: path in it, and what is appended.
    cache_attributes : tuple of str
        What the cache compares, of request or step; a dot leads into an attribute. Empty for
        types that are never taken from the cache.
    inputs, artefacts : tuple of Place
        What goes in, in the request; what is left behind, in the properties.
    metadata, arn : str
        Its member in `PipelineExecutionStepMetadata`; the property that is the `Arn` there.
    outputs, function : str
        The settings that declare outputs, which are its properties, and name a function to call.
    group : str
        The argument that names the group in which a model package is registered.
    nested : mapping of str to bool
        Arguments that hold steps, and the outcome under which these run.
    instant, only_steers, ends_run : bool
        Whether it takes no time; makes nothing, but decides what runs; fails on purpose.
    result : str
        What it has made when it succeeded, in words.
    refused : str
        Why it cannot run locally; empty for those that can.
    """

    name: str
    operation: str = ""
    named_by_service: str = ""
    resource: str = ""
    job: JobRequest | None = None
    properties_shape: str = ""
    properties: frozenset[str] = frozenset()
    predicted: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    cache_attributes: tuple[str, ...] = ()
    inputs: tuple[Place, ...] = ()
    artefacts: tuple[Place, ...] = ()
    metadata: str = ""
    arn: str = ""
    outputs: str = ""
    function: str = ""
    group: str = ""
    nested: Mapping[str, bool] = field(default_factory=dict)
    instant: bool = False
    only_steers: bool = False
    ends_run: bool = False
    result: str = ""
    refused: str = ""


def _follow(value: Any, path: tuple[str, ...], name: str) -> Iterator[tuple[str, str]]:
    if not path:
        yield name, str(value)
    elif path[0] == EACH:
        for element in value if isinstance(value, list) else ():
            yield from _follow(element, path[1:], name or element_name(element) or "")
    elif isinstance(value, dict) and value.get(path[0]):
        yield from _follow(value[path[0]], path[1:], name)

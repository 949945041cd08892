"""A cloud assembly folder, as the CDK writes it: manifests, templates, assets, nested stages."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cloud_assembly import deliveries, event_rules, functions, pipelines
from cloud_assembly.physical_names import LocalResolver
from cloud_assembly.rebinding import rebound
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cloud_assembly.deliveries import Delivery
    from cloud_assembly.event_rules import EventFunction
    from cloud_assembly.functions import TemplateFunction
    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.pipelines import PipelineResource
    from cloud_assembly.rebinding import JobCode

Found = TypeVar("Found")


class CloudAssembly:
    """Everything the synthesis of one environment produced.

    Parameters
    ----------
    folder : Path
        The folder with `manifest.json`, e.g. `cdk.out`; stages nested in it are read too.
    codes : sequence of JobCode, optional
        Job code that is read from elsewhere, under an address of its own.
    """

    def __init__(
        self,
        folder: Path,
        stacks: tuple[Stack, ...] | None = None,
        codes: Sequence[JobCode] = (),
    ) -> None:
        self.folder = folder
        found = _read_stacks(folder) if stacks is None else stacks
        self.stacks = tuple(rebound(stack, codes) for stack in found)

    @cached_property
    def resolver(self) -> LocalResolver:
        """Return a resolver with the values of a local deployment."""
        return LocalResolver(self.stacks)

    @cached_property
    def pipelines(self) -> dict[str, PipelineResource]:
        """Return the SageMaker pipelines by their short name, sorted."""
        found = sorted(self._of_stacks(pipelines.pipelines_of))
        return {pipeline.short_name: pipeline for pipeline in found}

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return what the deployment copies from the assembly into buckets."""
        return self._of_stacks(deliveries.deliveries_of)

    @cached_property
    def event_functions(self) -> tuple[EventFunction, ...]:
        """Return the functions that event rules call."""
        return self._of_stacks(event_rules.event_functions_of)

    @cached_property
    def functions(self) -> tuple[TemplateFunction, ...]:
        """Return the Lambda functions whose code is in the assembly."""
        return self._of_stacks(functions.functions_of)

    def _of_stacks(self, read: Callable[[Stack, Resolver], Iterator[Found]]) -> tuple[Found, ...]:
        return tuple(found for stack in self.stacks for found in read(stack, self.resolver))

    def pipeline(self, name: str) -> PipelineResource:
        """Return the pipeline with this short name or pipeline name."""
        for pipeline in self.pipelines.values():
            if name in (pipeline.short_name, pipeline.pipeline_name):
                return pipeline
        known = ", ".join(self.pipelines) or "none"
        raise MlopsError(f"no pipeline is called {name!r}; in {self.folder} there are: {known}")

    def pipeline_definition_text(self, name: str) -> dict[str, Any]:
        """Return the definition as the template writes it, named placeholders left in place."""
        return self.pipeline(name).definition_with_placeholders()

    def resolved_definition(self, name: str) -> dict[str, Any]:
        """Return the definition with every placeholder bound to its value here."""
        return self.pipeline(name).resolved_definition()


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of the assembly."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MlopsError(f"{path}: does not exist; is this a cloud assembly (cdk synth)?") from None
    except (OSError, ValueError) as error:
        raise MlopsError(f"{path}: cannot be read as JSON: {error}") from None
    if not isinstance(content, dict):
        raise MlopsError(f"{path}: contains no JSON object")
    return content


def _read_stacks(folder: Path) -> Iterator[Stack]:
    manifest = read_json(folder / "manifest.json")
    for artifact in manifest.get("artifacts", {}).values():
        properties = artifact.get("properties", {})
        if artifact.get("type") == "cdk:cloud-assembly":
            yield from _read_stacks(folder / properties["directoryName"])
        elif artifact.get("type") == "aws:cloudformation:stack":
            yield _read_stack(folder, artifact)


def _read_stack(folder: Path, artifact: dict[str, Any]) -> Stack:
    properties = artifact["properties"]
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    name = properties.get("stackName") or artifact.get("displayName", "")
    if "unknown" in account or "unknown" in region:
        raise MlopsError(f"stack {name}: has no concrete account and region")
    template_file = folder / properties["templateFile"]
    asset_file = folder / template_file.name.replace(".template.json", ".assets.json")
    return Stack(name, account, region, read_json(template_file), read_assets(asset_file))


def read_assets(asset_file: Path) -> dict[str, Path]:
    """Return where the file assets of a stack are, by object key; none without such a file."""
    if not asset_file.is_file():
        return {}
    return {
        destination["objectKey"]: asset_file.parent / asset["source"]["path"]
        for asset in read_json(asset_file).get("files", {}).values()
        if "path" in asset.get("source", {})
        for destination in asset.get("destinations", {}).values()
    }

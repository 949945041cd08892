"""Products of Service Catalog in a cloud assembly: templates that people start later."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from cloud_assembly.cloud_assembly import CloudAssembly, read_json
from cloud_assembly.pipelines import pipelines_of
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError
from mlops_contract.names import PROJECT_FILES, PROJECT_ID, PROJECT_NAME, PROJECT_START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly.deliveries import Delivery
    from cloud_assembly.pipelines import PipelineResource
    from cloud_assembly.rebinding import JobCode

# The CDK's name for such a file; it is an asset of the stack with the product.
SUFFIX = ".product.template.json"
# A project that was never started, to read templates with.
SAMPLE = {PROJECT_NAME: f"{PROJECT_START}sample", PROJECT_ID: "p-0123456789ab"}


def products_in(folder: Path, parameters: dict[str, str] | None = None) -> tuple[Stack, ...]:
    """Read the templates of products, sorted, as if each was started once with `parameters`."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        return ()
    around = CloudAssembly(folder).stacks
    if not around:
        raise MlopsError(f"{folder}: has products, but no stack that says where they are deployed")
    account, region = around[0].account, around[0].region
    return tuple(
        Stack(name, account, region, read_json(file), parameters=parameters or SAMPLE)
        for file in files
        for name in [file.name.removesuffix(SUFFIX)]
    )


def environment_folder(folder: Path, environment: str) -> Path:
    """Return the folder of one environment in what `cdk synth` wrote."""
    nested = folder / f"assembly-{environment}"
    return nested if nested.is_dir() else folder


class ProjectAssembly(CloudAssembly):
    """An environment as one of its projects sees it: its own pipelines and what they read."""

    def __init__(
        self,
        folder: Path,
        project: str,
        values: dict[str, str] | None = None,
        codes: Sequence[JobCode] = (),
    ) -> None:
        products = products_in(folder, {**SAMPLE, PROJECT_NAME: project, **(values or {})})
        if not products:
            raise MlopsError(f"{folder}: has no template of projects: set project_template: true")
        (product,) = products
        refuse_wrong_name(product, project)
        self.project = project
        super().__init__(folder, (*CloudAssembly(folder).stacks, product), codes)

    @property
    def product(self) -> Stack:
        """Return the template of the project."""
        return self.stacks[-1]

    @cached_property
    def pipelines(self) -> dict[str, PipelineResource]:
        """Return the project's own pipelines by their short name."""
        found = pipelines_of(self.product, self.resolver)
        return {pipeline.short_name: pipeline for pipeline in sorted(found)}

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return the deliveries of the environment, then those of the project."""
        return (*super().deliveries, *self.own_deliveries)

    @cached_property
    def own_deliveries(self) -> tuple[Delivery, ...]:
        """Return code, packages and the champion's place, where the project's pipelines look."""
        found = (_moved(each, self.project) for each in super().deliveries)
        return tuple(each for each in found if each is not None)


def _moved(delivery: Delivery, project: str) -> Delivery | None:
    kind, _, rest = delivery.prefix.partition("/")
    if kind in {"code", "wheelhouse"}:
        return replace(delivery, prefix=f"{PROJECT_FILES}{project}/{delivery.prefix}")
    if kind == "champion":
        start = delivery.bucket.partition("-models-")[0]
        group = rest.removeprefix(f"{start}-")
        return replace(delivery, prefix=f"champion/{start}-{project}-{group}")
    return None


def refuse_wrong_name(product: Stack, project: str) -> None:
    """Refuse a name that the template would refuse."""
    parameter = product.template["Parameters"][PROJECT_NAME]
    short = len(project) <= int(parameter.get("MaxLength", len(project)))
    if not short or not re.fullmatch(parameter.get("AllowedPattern", ".*"), project):
        raise MlopsError(
            f"project {project!r}: {parameter.get('ConstraintDescription', 'invalid name')}"
        )

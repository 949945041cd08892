"""Worlds read from cloud assemblies and templates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.cases import follow
from cloud_assembly.cloud_assembly import CloudAssembly
from cloud_assembly.intrinsics import Resolver
from cloud_assembly.language_extensions import TRANSFORM, expanded, transforms_of
from cloud_assembly.metadata import our_metadata
from cloud_assembly.nested_stacks import nested_in
from cloud_assembly.products import products_in
from mlops_common.errors import MlopsError
from mlops_common.strict_json import read_strictly
from mlops_common.symbols import generated
from mlops_contract import parameters
from mlops_contract.names import environments_named
from promises.world.crossing import promoted_from, promotes_to
from promises.world.model import Resource, World
from promises.world.open_properties import open_values_read, watched
from promises.world.parameters import given_to
from promises.world.policies import buckets_of, endpoints_of, keys_of, roles_of
from promises.world.resource_policies import other_policies_of
from promises.world.serverless import transformed
from promises.world.templates import read_template, template_of, templates_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cloud_assembly.cases import Case
    from cloud_assembly.stack import Stack
    from promises.world.type_reviews import OwnTypes

    # From an environment's name and account to what its compute may run on; empty: not known.
    InstanceTypes = Callable[[str, str], tuple[str, ...]]

MANIFEST = "manifest.json"
_PIPELINE = "AWS::SageMaker::Pipeline"


def worlds_of(
    paths: Sequence[Path],
    instance_types: InstanceTypes = lambda _name, _account: (),
    *,
    products: bool = True,
    own_types: OwnTypes | None = None,
    parameters: Mapping[str, str] | None = None,
) -> list[World]:
    """Read cloud assemblies, each with its environments, or templates, which make one world.

    With `products`, templates that people start later count, each started once. `own_types` are
    reasons for types and properties that the table of types lacks. `parameters` are the values to
    judge for; a parameter without one may have any that its template permits.
    """
    read: list[tuple[str, list[Stack]]] = []
    templates: list[Stack] = []
    for path in paths:
        if (path / MANIFEST).is_file():
            for name, folder in environments_in(path):
                started = products_in(folder) if products else ()
                read.append((name, [*CloudAssembly(folder).stacks, *started]))
        else:
            templates += templates_in(path)
    beside = next((path if path.is_dir() else path.parent for path in paths), None)
    if templates:
        read.append((templates[0].name, templates))
    given = given_to([each for _, stacks in read for each in stacks], parameters or {})
    worlds = [
        world_of(name, [given(each) for each in stacks], instance_types, beside, own_types or {})
        for name, stacks in read
    ]
    return together(worlds)


def together(worlds: Sequence[World]) -> list[World]:
    """Let environments that promote models know those that they promote to."""
    by_name = {each.name: each for each in worlds}

    def known(world: World) -> World:
        if world.promotes_to is None:
            return world
        return replace(world, following=by_name.get(world.promotes_to.environment))

    return [replace(known(each), variants=tuple(map(known, each.variants))) for each in worlds]


def environments_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Find the environments of a cloud assembly, the folder that `cdk synth` wrote."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise MlopsError(f"{manifest}: does not exist; is {folder} a cloud assembly (cdk synth)?")
    try:
        artifacts = json.loads(manifest.read_text()).get("artifacts", {})
    except (ValueError, AttributeError) as error:
        raise MlopsError(f"{manifest}: cannot be read as JSON: {error}") from None
    nested = [
        folder / each["properties"]["directoryName"]
        for each in artifacts.values()
        if each.get("type") == "cdk:cloud-assembly"
    ]
    for each in nested:
        yield each.name.removeprefix("assembly-"), each
    if not nested:
        yield folder.name.removeprefix("assembly-"), folder


def world_of(
    name: str,
    stacks: Sequence[Stack],
    instance_types: InstanceTypes = lambda _name, _account: (),
    beside: Path | None = None,
    own_types: OwnTypes | None = None,
) -> World:
    """Read the stacks of one environment, in every case of their parameters' values.

    Nested stacks are read from assets, or from files in the folder `beside`.
    """

    def read(case: Case) -> World:
        with open_values_read() as found:
            try:
                settled = case.settled(stacks)
                world = _world_of(name, _with_nested(settled, case, beside), instance_types, case)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                hangs_on = f"; it depends on {', '.join(found)}" if found else ""
                raise MlopsError(
                    f"{name}: a property does not have the form that CloudFormation documents "
                    f"({error}){hangs_on}"
                ) from error
        return replace(
            world,
            open_values=tuple(dict.fromkeys(found)),
            case=case,
            own_types=own_types or {},
        )

    stacks = [transformed(expanded(each)) for each in stacks]
    _require_readable(name, stacks)
    try:
        cases, too_many = follow(stacks, read)
    except RecursionError:
        raise MlopsError(f"{name}: is nested too deeply, or refers to itself") from None
    if not cases:
        raise MlopsError(f"{name}: no values of its parameters are permitted")
    first, *others = (world for _, world in cases)
    if too_many:
        return replace(first, open_values=too_many)
    return replace(first, variants=tuple(others))


def _with_nested(stacks: Sequence[Stack], case: Case, beside: Path | None) -> list[Stack]:
    def template(source: Path | str, where: str) -> dict[str, Any]:
        found = template_of(source, where) if isinstance(source, str) else read_template(source)
        stack = transformed(expanded(found))
        _require_readable(stack.name, [stack])
        return stack.template

    alone = beside if all(each.alone for each in stacks) else None
    return [*stacks, *nested_in(stacks, Resolver(stacks, case), template, alone)]


def _require_readable(name: str, stacks: Sequence[Stack]) -> None:
    names = [each.name for each in stacks]
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice is not None:
        raise MlopsError(f"{name}: two stacks are called {twice!r}; rename one of them")
    texts = [json.dumps(each.template) for each in stacks]
    for each, text in zip(stacks, texts, strict=True):
        macros = [one for one in transforms_of(each.template) if one != TRANSFORM]
        if macros or '"Fn::Transform":' in text:
            raise MlopsError(
                f"stack {each.name}: its macro (Transform) may change all that the template says; "
                "prove the processed template (aws cloudformation get-template)"
            )
        symbols = f"{generated(each.name, 'any').partition('.')[0]}."
        if any(symbols in one for one in texts):
            raise MlopsError(f"{name}: a template contains {symbols!r}, as names made up here do")


def _world_of(
    name: str, stacks: Sequence[Stack], instance_types: InstanceTypes, case: Case
) -> World:
    resolver = Resolver(stacks, case)
    resources = tuple(each for stack in stacks for each in _resources(stack, resolver))
    if not resources:
        raise MlopsError(f"{name}: holds no resource")
    endpoints, keys, roles = endpoints_of(resources), keys_of(resources), roles_of(resources)
    key_arns = tuple(each.arn for each in keys)
    pipelines = [each for each in resources if each.kind == _PIPELINE]
    # Verdicts hang on what stands in the templates, and not on the folder that they are in.
    environments = environments_named(each.name for each in roles)
    name = environments[0] if len(environments) == 1 else name
    return World(
        name=name,
        account=stacks[0].account,
        region=stacks[0].region,
        resources=resources,
        roles=roles,
        buckets=buckets_of(resources),
        keys=keys,
        endpoints=endpoints,
        s3_endpoint_ids=tuple(
            each.resource.ref for each in endpoints if each.service == "s3" and each.is_gateway
        )
        or _published(resources, parameters.S3_ENDPOINT),
        compute=roles,
        volume_keys=key_arns,
        output_keys=key_arns,
        subnet_ids=_refs(resources, "AWS::EC2::Subnet")
        or _published(resources, parameters.SUBNETS),
        group_ids=_refs(resources, "AWS::EC2::SecurityGroup")
        or _published(resources, parameters.JOB_GROUP),
        instance_types=instance_types(name, stacks[0].account),
        other_policies=tuple(other_policies_of(resources)),
        pipelines={each.properties["PipelineName"]: _definition(each) for each in pipelines},
        pipeline_roles={
            each.properties["PipelineName"]: each.properties["RoleArn"] for each in pipelines
        },
        stacks=tuple(stacks),
        promotes_to=promotes_to(resources),
        promoted_from=promoted_from(resources),
    )


def _resources(stack: Stack, resolver: Resolver) -> Iterator[Resource]:
    for logical_id, body in stack.resources.items():
        if body["Type"] == "AWS::CDK::Metadata":
            continue
        if "Condition" in body and not resolver.resolve({"Condition": body["Condition"]}, stack):
            continue
        physical = resolver.resource(stack, logical_id)
        yield Resource(
            stack.name,
            logical_id,
            body["Type"],
            watched(resolver.resolve_mapping(body.get("Properties", {}), stack)),
            watched(
                resolver.resolve_mapping(our_metadata(body, f"{stack.name}/{logical_id}"), stack)
            ),
            physical.arn,
            physical.ref,
            (
                resolver.resolve(body.get("DeletionPolicy"), stack),
                resolver.resolve(body.get("UpdateReplacePolicy"), stack),
            ),
        )


def _refs(resources: Sequence[Resource], kind: str) -> tuple[str, ...]:
    return tuple(each.ref for each in resources if each.kind == kind)


def _published(resources: Sequence[Resource], path: str) -> tuple[str, ...]:
    return tuple(
        part
        for each in resources
        if each.kind == "AWS::SSM::Parameter"
        and str(each.properties.get("Name", "")).endswith(f"/{path}")
        for part in str(each.properties.get("Value", "")).split(",")
    )


def _definition(pipeline: Resource) -> dict[str, Any]:
    body = pipeline.properties.get("PipelineDefinition", {}).get("PipelineDefinitionBody")
    if not isinstance(body, str):
        raise MlopsError(f"{pipeline.where}: only a PipelineDefinitionBody can be read")
    try:
        definition = read_strictly(body)
    except ValueError as error:
        raise MlopsError(f"{pipeline.where}: its definition is not JSON: {error}") from None
    if not isinstance(definition, dict):
        raise MlopsError(f"{pipeline.where}: its definition is not a JSON object")
    return definition

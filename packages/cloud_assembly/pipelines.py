"""The SageMaker pipelines of a template, with the definition that is deployed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud_assembly.metadata import our_metadata, read_key
from mlops_common.errors import MlopsError
from mlops_common.strict_json import read_strictly
from mlops_contract.metadata import PIPELINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack


@dataclass(frozen=True, order=True)
class PipelineResource:
    """One `AWS::SageMaker::Pipeline`.

    Attributes
    ----------
    short_name : str
        The pipeline's name for people, e.g. "training"; else the pipeline name.
    """

    short_name: str
    pipeline_name: str
    role_arn: str
    logical_id: str
    stack: Stack = field(compare=False, repr=False)
    body: object = field(compare=False, repr=False)
    resolver: Resolver = field(compare=False, repr=False)

    @property
    def arn(self) -> str:
        """Return the pipeline's ARN."""
        place = f"{self.stack.partition}:sagemaker:{self.stack.region}:{self.stack.account}"
        return f"arn:{place}:pipeline/{self.pipeline_name}"

    def definition_with_placeholders(self) -> dict[str, Any]:
        """Parse the body as the template holds it; `${Name}` stays `${Name}`."""
        body = self.body
        if isinstance(body, dict) and set(body) == {"Fn::Sub"}:
            argument = body["Fn::Sub"]
            body = argument[0] if isinstance(argument, list) else argument
        return self._parse(body if isinstance(body, str) else self.text())

    def resolved_definition(self) -> dict[str, Any]:
        """Parse the body with its placeholders resolved."""
        return self._parse(self.text())

    def text(self) -> str:
        """Return the body as SageMaker takes it, its placeholders resolved."""
        return str(self.resolver.resolve(self.body, self.stack))

    def _parse(self, text: str) -> dict[str, Any]:
        where = f"pipeline {self.short_name}: its definition"
        try:
            definition = read_strictly(text)
        except ValueError as error:
            raise MlopsError(f"{where} is not JSON: {error}") from None
        if not isinstance(definition, dict):
            raise MlopsError(f"{where} is not a JSON object")
        return definition


def pipelines_of(stack: Stack, resolver: Resolver) -> Iterator[PipelineResource]:
    """Yield the pipelines of one stack."""
    for logical_id, resource in stack.resources_of_type("AWS::SageMaker::Pipeline"):
        properties = resource["Properties"]
        name = str(resolver.resolve(properties["PipelineName"], stack))
        where = f"{stack.name}/{logical_id}"
        yield PipelineResource(
            short_name=read_key(PIPELINE, our_metadata(resource, where), where) or name,
            pipeline_name=name,
            role_arn=str(resolver.resolve(properties["RoleArn"], stack)),
            logical_id=logical_id,
            stack=stack,
            body=_body(name, properties["PipelineDefinition"], stack, resolver),
            resolver=resolver,
        )


def _body(name: str, definition: dict[str, Any], stack: Stack, resolver: Resolver) -> object:
    """Return the text of a definition, also of one that an asset of the stack holds."""
    if "PipelineDefinitionBody" in definition:
        return definition["PipelineDefinitionBody"]
    place = resolver.resolve(definition.get("PipelineDefinitionS3Location") or {}, stack)
    asset = stack.assets.get(str(place.get("Key", "")))
    if asset is None or not asset.is_file():
        uri = f"s3://{place.get('Bucket')}/{place.get('Key')}"
        raise MlopsError(
            f"pipeline {name}: its definition is at {uri}, and no asset of the template is that "
            "file; write it into PipelineDefinitionBody"
            if place
            else f"pipeline {name}: has neither PipelineDefinitionBody nor its S3 location"
        )
    return asset.read_text(encoding="utf-8")

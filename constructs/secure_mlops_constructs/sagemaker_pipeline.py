"""A SageMaker pipeline whose definition is bound to an environment's resources."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_contract.metadata import PIPELINE
from secure_mlops_constructs.metadata import declare

if TYPE_CHECKING:
    from collections.abc import Mapping

# SageMaker's limit on a definition given in the request (CreatePipeline, PipelineDefinition).
LONGEST_DEFINITION = 1_048_576
_LONGEST_NAME = 256
_PLACEHOLDER = re.compile(r"\$\{([^!][^}]*)\}")


class BoundPipeline(Construct):
    """An ``AWS::SageMaker::Pipeline`` with named placeholders filled in.

    `definition` has ``${Name}`` inside its strings, `values` fills them, usually with tokens; those
    that it does not use are left out. ``Fn::Sub`` keeps the definition one readable string; the
    JSON is sorted and has no spaces, so that it is always the same. `name` is kept in the metadata.
    SageMaker takes letters, digits and single hyphens in a display name: words are joined so.

    Raises
    ------
    ValueError
        If a placeholder has no value, or the definition is too long for SageMaker.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        pipeline_name: str,
        display_name: str,
        description: str,
        definition: Mapping[str, Any],
        values: Mapping[str, str],
        role_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        body = json.dumps(definition, sort_keys=True, separators=(",", ":"))
        if len(body) > LONGEST_DEFINITION:
            raise ValueError(
                f"the definition of pipeline {name!r} has {len(body)} characters; SageMaker takes"
                f" up to {LONGEST_DEFINITION}"
            )
        self.pipeline = sagemaker.CfnPipeline(
            self,
            "Pipeline",
            pipeline_name=pipeline_name,
            pipeline_display_name=_displayed(display_name),
            pipeline_description=description,
            pipeline_definition={
                "PipelineDefinitionBody": cdk.Fn.sub(body, used_values(name, body, values) or None)
            },
            role_arn=role_arn,
        )
        declare(self.pipeline, PIPELINE, name)


def used_values(name: str, body: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a definition's placeholders; CloudFormation fills pseudo parameters.

    Examples
    --------
    >>> body = '{"Uri": "s3://${Data}/${AWS::Region}"}'
    >>> used_values("training", body, {"Data": "our-data", "Models": "our-models"})
    {'Data': 'our-data'}
    """
    used = {match for match in _PLACEHOLDER.findall(body) if not match.startswith("AWS::")}
    unknown = sorted(used - values.keys())
    if unknown:
        raise ValueError(
            f"pipeline {name!r} uses the placeholder ${{{unknown[0]}}}, which nothing fills;"
            f" there are {', '.join(sorted(values))}"
        )
    return {key: values[key] for key in sorted(used)}


def _displayed(name: str) -> str:
    if cdk.Token.is_unresolved(name):
        return name
    return "-".join(re.findall(r"[A-Za-z0-9]+", name))[:_LONGEST_NAME].rstrip("-")

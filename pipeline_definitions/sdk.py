"""The only file that knows the quirks of the SageMaker Python SDK, with its session beside it.

SDK 3 wants a region before it is imported, looks for AWS accounts, buckets and configuration
files, and phones home. Synth must do none of this, so the SDK is imported here, held still, and
handed on. Steps are written as the API requests that they are (`RequestStep`): what the service
receives is then what the module says, with nothing uploaded, repacked or renamed on the way.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from pipeline_definitions.sdk_imports import sdk_imports
from pipeline_definitions.sdk_session import offline_session
from pipeline_schema.step_types import step_type as row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline_definitions.environment import PipelineEnvironment

with sdk_imports():
    from sagemaker.core import common_utils, image_uris
    from sagemaker.core.telemetry import telemetry_logging
    from sagemaker.core.workflow.conditions import (
        ConditionEquals,
        ConditionGreaterThan,
        ConditionGreaterThanOrEqualTo,
        ConditionIn,
        ConditionLessThan,
        ConditionLessThanOrEqualTo,
        ConditionNot,
        ConditionOr,
    )
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.parameters import (
        ParameterBoolean,
        ParameterFloat,
        ParameterInteger,
        ParameterString,
    )
    from sagemaker.core.workflow.properties import Properties, PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.retry import (
        SageMakerJobExceptionTypeEnum,
        SageMakerJobStepRetryPolicy,
        StepExceptionTypeEnum,
        StepRetryPolicy,
    )
    from sagemaker.mlops.workflow.steps import (
        CacheConfig,
        ConfigurableRetryStep,
        Step,
        StepTypeEnum,
    )

if TYPE_CHECKING:
    from pipeline_schema.step_type import StepType

# Reads its table of regions anew at each look-up of an image.
common_utils._botocore_resolver = functools.cache(common_utils._botocore_resolver)  # noqa: SLF001
# The SDK reports some calls of its classes home from a thread, which looks up the caller's account;
# its documented opt-out is a configuration file. Composing a definition must reach nobody.
telemetry_logging._send_telemetry_request = lambda *_args, **_kwargs: None  # noqa: SLF001

__all__ = [
    "CacheConfig",
    "ConditionEquals",
    "ConditionGreaterThan",
    "ConditionGreaterThanOrEqualTo",
    "ConditionIn",
    "ConditionLessThan",
    "ConditionLessThanOrEqualTo",
    "ConditionNot",
    "ConditionOr",
    "ConditionStep",
    "ExecutionVariables",
    "FailStep",
    "Join",
    "JsonGet",
    "ParameterBoolean",
    "ParameterFloat",
    "ParameterInteger",
    "ParameterString",
    "Pipeline",
    "Properties",
    "PropertyFile",
    "RequestStep",
    "SageMakerJobExceptionTypeEnum",
    "SageMakerJobStepRetryPolicy",
    "Step",
    "StepExceptionTypeEnum",
    "StepRetryPolicy",
    "StepTypeEnum",
    "compose",
    "figure",
    "image_uri",
    "offline_session",
    "render",
]


def figure(step: RequestStep, file: PropertyFile, path: str) -> JsonGet:
    """Read a value of a step's JSON report, at the path ``a.b``."""
    return JsonGet(step_name=step.name, property_file=file, json_path=path)


def compose(
    environment: PipelineEnvironment,
    name: str,
    *,
    parameters: Iterable[object],
    steps: Sequence[Step],
) -> Pipeline:
    """Make an environment's pipeline of a short name, such as ``training``; nothing is uploaded."""
    return Pipeline(
        name=environment.names.pipeline(name),
        parameters=list(parameters),
        steps=steps,
        pipeline_experiment_config=None,
        sagemaker_session=offline_session(
            environment.settings.region, environment.artifacts_bucket
        ),
    )


def image_uri(
    framework: str,
    version: str,
    region: str,
    instance_type: str,
    *,
    scope: str,
    base: str = "",
) -> str:
    """Look up the address of one of AWS's own images in the tables shipped with the SDK.

    Parameters
    ----------
    framework, version : str
        The SDK's names, such as ``xgboost`` and ``3.2-0``; a version is empty where the family has
        only one.
    instance_type : str
        An instance type of the kind the image runs on, such as ``ml.m5.large``.
    scope : str
        ``training`` or ``inference``, where a family has images for each.
    base : str
        What a Hugging Face image is made of, such as ``pytorch2.9.0``.

    Raises
    ------
    ValueError
        If the SDK knows no such image in the region.
    """
    uri = image_uris.retrieve(
        framework,
        region,
        version=version or None,
        instance_type=instance_type,
        image_scope=scope,
        base_framework_version=base or None,
    )
    return str(uri)


class RequestStep(ConfigurableRetryStep):  # type: ignore[misc]
    """A pipeline step given as the request that the service will make.

    Parameters
    ----------
    request : dict
        The arguments of the ``Create…`` call, in the shape of the SageMaker API; values may be
        pipeline variables.
    property_files : list of PropertyFile, optional
        JSON outputs that ``JsonGet`` may read; for Processing steps.
    depends_on : list of Step, optional
        Steps to wait for beyond those whose outputs are used.
    extra : dict, optional
        Fields beside ``Arguments``, such as a QualityCheck's ``SkipCheck``.
    """

    def __init__(
        self,
        name: str,
        step_type: StepTypeEnum,
        request: dict[str, Any],
        *,
        description: str,
        cache_config: CacheConfig | None = None,
        retry_policies: list[Any] | None = None,
        property_files: list[PropertyFile] | None = None,
        depends_on: list[Step] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            name,
            step_type,
            description=description,
            depends_on=depends_on,
            retry_policies=retry_policies,
        )
        self._request = request
        self._extra = extra or {}
        self.cache_config = cache_config
        self.property_files = property_files or []
        self._properties = _properties_of(self, row_of(step_type.value), self._extra)

    @property
    def arguments(self) -> dict[str, Any]:
        """The request as given."""
        return self._request

    @property
    def properties(self) -> Properties:
        """References to the outputs of the finished step."""
        return self._properties

    def to_request(self) -> dict[str, Any]:
        """Return the step as it stands in the definition."""
        request: dict[str, Any] = super().to_request()
        if self.cache_config:
            request.update(self.cache_config.config)
        if self.property_files:
            request["PropertyFiles"] = [file.expr for file in self.property_files]
        return request | self._extra


def _properties_of(step: Step, row: StepType, settings: dict[str, Any]) -> Properties:
    shape = row.properties_shape or None
    root = Properties(step_name=step.name, step=step, shape_name=shape)
    declared = [output["OutputName"] for output in settings.get(row.outputs, [])]
    paths = {name: f"{row.outputs}['{name}']" for name in declared}
    for name, path in {**paths, **{name: name for name in row.properties}}.items():
        root.__dict__[name] = Properties(step_name=step.name, step=step, path=path)
    return root


def render(pipeline: Pipeline) -> dict[str, Any]:
    """Return a pipeline's definition as plain data, the same bytes for the same pipeline.

    The empty fields that the SDK emits and the service does not know are left out.
    """
    definition: dict[str, Any] = json.loads(pipeline.definition())
    return {key: value for key, value in definition.items() if value is not None}

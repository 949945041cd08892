"""The table of step types: everybody who has to know a type asks here.

`CONTRIBUTING.md` says how to add one. Sources: SageMaker AI developer guide, "Pipelines steps",
"Step properties" and "Default cache key attributes by pipeline step type"; API Reference,
PipelineExecutionStepMetadata.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline_schema.step_type import EACH, FOUND, NAMED, UNKNOWN, JobRequest, Place, StepType

_PROCESSING = StepType(
    "Processing",
    operation="CreateProcessingJob",
    named_by_service="ProcessingJobName",
    resource="processing-job",
    job=JobRequest(
        network=("NetworkConfig",),
        cluster=("ProcessingResources", "ClusterConfig"),
        output="ProcessingOutputConfig",
    ),
    properties_shape="DescribeProcessingJobResponse",
    cache_attributes=("AppSpecification", "Environment", "ProcessingInputs"),
    inputs=(Place(("ProcessingInputs", EACH, "S3Input", "S3Uri")),),
    artefacts=(Place(("ProcessingOutputConfig", "Outputs", EACH, "S3Output", "S3Uri")),),
    metadata="ProcessingJob",
    arn="ProcessingJobArn",
    cleaned=NAMED,
    result="job in its own process and namespaces",
)
_MODEL = (Place(("ModelArtifacts", "S3ModelArtifacts"), "model"),)
_TRAINING_JOB = JobRequest(cluster=("ResourceConfig",), output="OutputDataConfig")
_TRAINING = StepType(
    "Training",
    operation="CreateTrainingJob",
    named_by_service="TrainingJobName",
    resource="training-job",
    job=_TRAINING_JOB,
    properties_shape="DescribeTrainingJobResponse",
    predicted={
        "ModelArtifacts.S3ModelArtifacts": (
            ("OutputDataConfig", "S3OutputPath"),
            "/job/output/model.tar.gz",
        )
    },
    cache_attributes=(
        *("AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig"),
        *("DebugRuleConfigurations", "Environment", "HyperParameters", "InputDataConfig"),
    ),
    inputs=(Place(("InputDataConfig", EACH, "DataSource", "S3DataSource", "S3Uri")),),
    artefacts=_MODEL,
    metadata="TrainingJob",
    arn="TrainingJobArn",
    cleaned=FOUND,
    result="trained model",
)
_TUNING = StepType(
    "Tuning",
    operation="CreateHyperParameterTuningJob",
    named_by_service="HyperParameterTuningJobName",
    resource="hyper-parameter-tuning-job",
    names_start="",
    job=replace(_TRAINING_JOB, definitions=("TrainingJobDefinition", "TrainingJobDefinitions")),
    properties_shape="DescribeHyperParameterTuningJobResponse",
    predicted={"BestTrainingJob.TrainingJobName": ((), "job")},
    cache_attributes=(
        *("HyperParameterTuningJobConfig", "TrainingJobDefinitions"),
        *("TrainingJobDefinition.AlgorithmSpecification",),
        *("TrainingJobDefinition.HyperParameterRanges", "TrainingJobDefinition.InputDataConfig"),
        *("TrainingJobDefinition.StaticHyperParameters", "TrainingJobDefinition.TuningObjective"),
    ),
    artefacts=_MODEL,  # of the best training job
    metadata="TuningJob",
    arn="HyperParameterTuningJobArn",
)
_TRANSFORM = StepType(
    "Transform",
    operation="CreateTransformJob",
    named_by_service="TransformJobName",
    resource="transform-job",
    job=JobRequest(
        role="", network=None, cluster=("TransformResources",), output="TransformOutput"
    ),
    properties_shape="DescribeTransformJobResponse",
    cache_attributes=("DataProcessing", "Environment", "ModelName", "TransformInput"),
    inputs=(Place(("TransformInput", "DataSource", "S3DataSource", "S3Uri"), "data"),),
    artefacts=(Place(("TransformOutput", "S3OutputPath"), "transform output"),),
    metadata="TransformJob",
    arn="TransformJobArn",
    cleaned=NAMED,
)
_BASELINES = {
    "SkipCheck": "Boolean",
    "RegisterNewBaseline": "Boolean",
    "ModelPackageGroupName": "String",
    "SuppliedBaselineConstraints": "String",
}
_CHECK = {"CheckType": "String", "FailOnViolation": "Boolean", **_BASELINES}
# The check job of the two kinds of checks (`CheckJobConfig`, and what is checked) stands in a
# definition as the request of its processing job.
_QUALITY_CHECK = replace(
    _PROCESSING,
    name="QualityCheck",
    properties_shape="",
    properties=frozenset(
        {
            *("CalculatedBaselineStatistics", "CalculatedBaselineConstraints"),
            *("BaselineUsedForDriftCheckStatistics", "BaselineUsedForDriftCheckConstraints"),
        }
    ),
    cache_attributes=(
        *_PROCESSING.cache_attributes,
        *("CheckType", *_BASELINES, "SuppliedBaselineStatistics"),
    ),
    settings={**_CHECK, "SuppliedBaselineStatistics": "String"},
    metadata="QualityCheck",
    arn="",
    cleaned="",
    result="baseline statistics and constraints",
)
_CLARIFY_CHECK = replace(
    _QUALITY_CHECK,
    name="ClarifyCheck",
    properties=frozenset({"CalculatedBaselineConstraints", "BaselineUsedForDriftCheckConstraints"}),
    cache_attributes=(*_PROCESSING.cache_attributes, "CheckType", "ModelName", *_BASELINES),
    settings={**_CHECK, "ModelName": "String"},
    metadata="ClarifyCheck",
    result="",
)
_UNSERVED = "described by the local AWS; no endpoint serves"
_ROWS = (
    _PROCESSING,
    _TRAINING,
    _TUNING,
    _QUALITY_CHECK,
    _CLARIFY_CHECK,
    StepType(
        "RegisterModel",
        operation="CreateModelPackage",
        resource="model-package",
        properties_shape="DescribeModelPackageOutput",
        inputs=(Place(("InferenceSpecification", "Containers", EACH, "ModelDataUrl"), "model"),),
        artefacts=(Place(("ModelPackageArn",), "model package"),),
        metadata="RegisterModel",
        arn="ModelPackageArn",
        group="ModelPackageGroupName",
        instant=True,
        result="new version in the registry",
    ),
    StepType(
        "Model",
        operation="CreateModel",
        named_by_service="ModelName",
        resource="model",
        job=JobRequest(role="ExecutionRoleArn", encrypts_traffic=False),
        properties_shape="DescribeModelOutput",
        metadata="Model",
        arn="ModelArn",
        instant=True,
    ),
    _TRANSFORM,
    StepType(
        "EndpointConfig",
        operation="CreateEndpointConfig",
        named_by_service="EndpointConfigName",
        resource="endpoint-config",
        properties_shape="DescribeEndpointConfigOutput",
        metadata="EndpointConfig",
        arn="EndpointConfigArn",
        instant=True,
        result=_UNSERVED,
    ),
    StepType(
        "Endpoint",
        operation="CreateEndpoint",
        named_by_service="EndpointName",
        resource="endpoint",
        properties_shape="DescribeEndpointOutput",
        metadata="Endpoint",
        arn="EndpointArn",
        instant=True,
        result=_UNSERVED,
    ),
    StepType(
        "InferenceComponent",
        operation="CreateInferenceComponent",
        named_by_service="InferenceComponentName",
        resource="inference-component",
        properties_shape="DescribeInferenceComponentOutput",
        metadata="InferenceComponent",
        arn="InferenceComponentArn",
        instant=True,
        result=_UNSERVED,
    ),
    StepType(
        "Lineage",
        parts={
            "Actions": "CreateAction",
            "Artifacts": "CreateArtifact",
            "Contexts": "CreateContext",
        },
        properties=frozenset({"ActionArns", "ArtifactArns", "ContextArns", "Associations"}),
        metadata="Lineage",
        instant=True,
        result="lineage recorded",
    ),
    StepType("Lambda", metadata="Lambda", outputs="OutputParameters", function="FunctionArn"),
    StepType(
        "Condition",
        properties=frozenset({"Outcome"}),
        metadata="Condition",
        nested={"IfSteps": True, "ElseSteps": False},
        instant=True,
        only_steers=True,
        result="decided",
    ),
    StepType("Cleanup", metadata="Cleanup", instant=True, result="outputs deleted"),
    StepType("Fail", metadata="Fail", instant=True, only_steers=True, ends_run=True),
    StepType("ForEach", metadata="ForEach", nested={"ForEachBody": True}, repeats=True),
    StepType(
        "Callback",
        metadata="Callback",
        outputs="OutputParameters",
        queue="SqsQueueUrl",
        result="answered",
    ),
    *(
        StepType(name, metadata=metadata, refused=reason)
        for name, metadata, reason in (
            ("EMR", "EMR", "there is no EMR cluster here"),
            ("EMRServerless", "EMRServerless", "there is no EMR application here"),
            ("AutoML", "AutoMLJob", "its algorithms are the service's own"),
            ("Job", "Job", "the service's managed jobs are its own"),
        )
    ),
)
STEP_TYPES = {row.name: row for row in _ROWS}


def step_type(name: object) -> StepType:
    """Return the row of a type; of an unknown one, a row that refuses it and knows nothing else.

    Examples
    --------
    >>> step_type("Training").operation
    'CreateTrainingJob'
    >>> step_type("Sorcery").refused
    'no such type is known'
    """
    known = STEP_TYPES.get(name) if isinstance(name, str) else None
    return known or StepType(str(name), refused=UNKNOWN)

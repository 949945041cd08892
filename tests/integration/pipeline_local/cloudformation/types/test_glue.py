from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.types.glue import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

DATABASE, TABLE = TYPES
ACCOUNT = "111111111111"
BASE: dict[str, Any] = {
    "CatalogId": ACCOUNT,
    "DatabaseInput": {"Description": "Results of the pipelines", "Name": "small_dev"},
}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
PREDICTIONS: dict[str, Any] = {
    "CatalogId": ACCOUNT,
    "DatabaseName": "small_dev",
    "TableInput": {
        "Description": "A scored row",
        "Name": "predictions",
        "Parameters": {"classification": "parquet", "projection.enabled": "true"},
        "PartitionKeys": [{"Name": "date", "Type": "string"}],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "string"}, {"Name": "rings", "Type": "double"}],
            "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
            "Location": "s3://results/predictions/",
            "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe"},
        },
        "TableType": "EXTERNAL_TABLE",
    },
}


def test_a_database(place: Place) -> None:
    changes = {"DatabaseInput": {"Description": "Other", "Name": "small_dev"}}
    assert place.live(DATABASE, BASE, changes).physical_id == "small_dev"


def test_a_table_goes_with_its_database(place: Place) -> None:
    context = place.context()
    with pytest.raises(ResourceError, match="Database small_dev not found"):
        TABLE.create(context, PREDICTIONS)
    DATABASE.create(context, BASE)
    with pytest.raises(ResourceError, match="Database already exists"):
        DATABASE.create(context, BASE)
    wanted = PREDICTIONS["TableInput"]
    changes = {"TableInput": {**wanted, "PartitionKeys": [], "Parameters": {"a": "b"}}}
    assert place.live(TABLE, PREDICTIONS, changes).physical_id == "predictions"
    TABLE.create(context, PREDICTIONS)
    with pytest.raises(ResourceError, match="Table already exists"):
        TABLE.create(context, PREDICTIONS)
    DATABASE.delete(context, "small_dev", BASE)
    with pytest.raises(NotFoundError):
        TABLE.read(context, "predictions")

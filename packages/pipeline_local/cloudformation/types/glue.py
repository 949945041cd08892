"""Resource types of Glue's catalog.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Glue.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import ApiType, Change, below
from pipeline_local.cloudformation.resource_type import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_DATABASE = below("DatabaseInput", "Description", "LocationUri", "Name", "Parameters")
_TABLE = below(
    "TableInput",
    *("Description", "Name", "Owner", "Parameters", "PartitionKeys", "Retention"),
    *("StorageDescriptor", "TableType", "ViewExpandedText", "ViewOriginalText"),
)


class Database(ApiType):
    """``AWS::Glue::Database``."""

    name = "AWS::Glue::Database"
    service = "glue"
    made_with = ("CatalogId", "DatabaseInput")
    properties = _DATABASE | {"CatalogId"}

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the database."""
        wanted = {"Name": context.generated_name.lower(), **properties["DatabaseInput"]}
        api("create_database", CatalogId=properties["CatalogId"], DatabaseInput=wanted)
        return str(wanted["Name"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Replace all settings, as the API does."""
        if change.of("DatabaseInput"):
            wanted = {**change.after["DatabaseInput"], "Name": physical_id}
            api("update_database", Name=physical_id, DatabaseInput=wanted)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the database."""
        found = api("get_database", Name=physical_id)["Database"]
        return {"CatalogId": found["CatalogId"], "DatabaseInput": _input(found, _DATABASE)}

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the database with its tables, as Glue does."""
        api.unless_gone("delete_database", Name=physical_id)


class Table(ApiType):
    """``AWS::Glue::Table``, by its name, which may be of any database."""

    name = "AWS::Glue::Table"
    service = "glue"
    made_with = ("CatalogId", "DatabaseName", "TableInput")
    properties = _TABLE | {"CatalogId", "DatabaseName"}

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the table."""
        wanted = {"Name": context.generated_name.lower(), **properties["TableInput"]}
        api("create_table", **{**properties, "TableInput": wanted})
        return str(wanted["Name"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Replace all settings, as the API does."""
        if change.of("TableInput"):
            wanted = {**change.after["TableInput"], "Name": physical_id}
            api("update_table", DatabaseName=change.after["DatabaseName"], TableInput=wanted)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the table."""
        for database in api.every("get_databases", "DatabaseList"):
            named = {"DatabaseName": database["Name"]}
            found = api.unless_gone("get_table", **named, Name=physical_id).get("Table")
            if found:
                return {
                    "CatalogId": found["CatalogId"],
                    "DatabaseName": found["DatabaseName"],
                    "TableInput": _input(found, _TABLE),
                }
        raise NotFoundError(f"Table {physical_id} not found.")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the table."""
        database = {"DatabaseName": properties["DatabaseName"]}
        api.unless_gone("delete_table", **database, Name=physical_id)


def _input(found: Mapping[str, Any], properties: frozenset[str]) -> dict[str, Any]:
    names = {name.partition(".")[2] for name in properties}
    return {name: value for name, value in found.items() if name in names}


TYPES: tuple[ResourceType, ...] = (Database(), Table())

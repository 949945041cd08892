"""Resource types of Lambda.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.types.api_shapes import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_CONCURRENCY = "ReservedConcurrentExecutions"
# The configuration, and what a property resets to that a template no longer names.
_CONFIGURATION: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Handler": None,
    "KmsKeyArn": "",
    "Layers": [],
    "LoggingConfig": {},
    "MemorySize": 128,
    "Role": None,
    "Runtime": None,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}


class Function(ApiType):
    """``AWS::Lambda::Function``. Lambda does not say where a function's code was read from."""

    name = "AWS::Lambda::Function"
    service = "lambda"
    made_with = (*_CONFIGURATION, "Architectures", "Code", "Tags")
    properties = (
        frozenset({"Architectures", "FunctionName", "Layers", _CONCURRENCY})
        | below("Code", "S3Bucket", "S3Key", "ZipFile")
        | frozenset(name for name in _CONFIGURATION if not name.endswith("Config"))
        | below("DeadLetterConfig", "TargetArn")
        | below("LoggingConfig", *("ApplicationLogLevel", "LogFormat", "LogGroup"))
        | below("LoggingConfig", "SystemLogLevel")
        | below("TracingConfig", "Mode")
        | below("VpcConfig", "SecurityGroupIds", "SubnetIds")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the function."""
        name = properties.get("FunctionName") or context.generated_name
        settings = {key: properties[key] for key in self.made_with if key in properties}
        api("create_function", **{**settings, "FunctionName": name, "Code": _code(properties)})
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change code, configuration, concurrency and tags, each if it differs."""
        after, name = change.after, {"FunctionName": physical_id}
        if change.of("Code", "Architectures"):
            machine = after.get("Architectures") or ["x86_64"]
            api("update_function_code", **name, **_code(after), Architectures=machine)
        changed = {
            key: after.get(key, default)
            for key, default in _CONFIGURATION.items()
            if change.of(key)
        }
        if changed:
            api("update_function_configuration", **name, **changed)
        if change.of(_CONCURRENCY) and _CONCURRENCY in after:
            reserved = {_CONCURRENCY: after[_CONCURRENCY]}
            api("put_function_concurrency", **name, **reserved)
        elif change.of(_CONCURRENCY):
            api("delete_function_concurrency", **name)
        configured = partial(api, "get_function_configuration", **name)
        retag(api, change, lambda: {"Resource": configured()["FunctionArn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": api("get_function_configuration", FunctionName=physical_id)["FunctionArn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the configuration; not the code's place, which Lambda does not keep."""
        answer = api("get_function", FunctionName=physical_id)
        found = dict(answer["Configuration"])
        found["KmsKeyArn"] = found.pop("KMSKeyArn", None)
        found["Layers"] = [layer["Arn"] for layer in found.get("Layers", ())]
        found["Tags"] = answer.get("Tags", {})
        found[_CONCURRENCY] = answer.get("Concurrency", {}).get(_CONCURRENCY)
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the function with its versions."""
        api.unless_gone("delete_function", FunctionName=physical_id)


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the code for the API: inline code becomes an archive of the module ``index``."""
    code = dict(properties["Code"])
    if "ZipFile" in code:
        suffix = "js" if str(properties.get("Runtime", "")).startswith("nodejs") else "py"
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            # A date of its own, so that the same code has the same hash.
            archive.writestr(zipfile.ZipInfo(f"index.{suffix}"), code["ZipFile"])
        code["ZipFile"] = content.getvalue()
    return code


class LayerVersion(ApiType):
    """``AWS::Lambda::LayerVersion``; the engine replaces it at every change."""

    name = "AWS::Lambda::LayerVersion"
    service = "lambda"
    made_with = ("CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description")
    properties = (frozenset({*made_with, "LayerName", "LicenseInfo"}) - {"Content"}) | below(
        "Content", "S3Bucket", "S3Key"
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Publish a version of the layer."""
        named = {"LayerName": context.generated_name, **properties}
        return str(api("publish_layer_version", **named)["LayerVersionArn"])

    def attributes(self, _api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"LayerVersionArn": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the version; not its content's place, which Lambda does not keep."""
        found = api("get_layer_version", **_layer_version(physical_id))
        found |= {"Content": None, "LayerName": found["LayerArn"].rpartition(":")[2]}
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the version."""
        api.unless_gone("delete_layer_version", **_layer_version(physical_id))


def _layer_version(arn: str) -> dict[str, Any]:
    *_, name, version = arn.split(":")
    return {"LayerName": name, "VersionNumber": int(version)}


class Permission(ApiType):
    """``AWS::Lambda::Permission``; the engine replaces it at every change."""

    name = "AWS::Lambda::Permission"
    service = "lambda"
    properties = frozenset(
        {
            *("Action", "FunctionName", "Principal", "PrincipalOrgID", "SourceAccount"),
            "SourceArn",
        }
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Add a statement to the function's policy."""
        api("add_permission", StatementId=context.generated_name, **properties)
        return f"{properties['FunctionName']}|{context.generated_name}"

    def attributes(self, _api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the statement's id."""
        return {"Id": physical_id.rpartition("|")[2]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the statement of the function's policy as properties."""
        function, _, identity = physical_id.rpartition("|")
        answer = api("get_policy", FunctionName=function)
        for statement in json.loads(answer["Policy"])["Statement"]:
            if statement["Sid"] == identity:
                return _permission(function, statement)
        raise NotFoundError(f"Statement {identity} is not found in resource policy.")

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Remove the statement."""
        function, _, identity = physical_id.rpartition("|")
        api.unless_gone("remove_permission", FunctionName=function, StatementId=identity)


def _permission(function: str, statement: Mapping[str, Any]) -> dict[str, Any]:
    principal = statement["Principal"]
    named = next(iter(principal.values())) if isinstance(principal, dict) else principal
    found = {"Action": statement["Action"], "FunctionName": function, "Principal": named}
    names = {name.casefold(): name for name in Permission.properties}
    for compared in statement.get("Condition", {}).values():
        for key, value in compared.items():
            found[names[key.casefold().rpartition(":")[2]]] = value
    return found


TYPES: tuple[ResourceType, ...] = (Function(), LayerVersion(), Permission())

"""Templates of the Serverless Application Model, as CloudFormation's own macro transforms them.

AWS's translator wants code in S3 and puts defaults in place of parameters; here neither is so.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cloud_assembly.language_extensions import transforms_of
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from cloud_assembly.stack import Stack

TRANSFORM = "AWS::Serverless-2016-10-31"
# Properties that may name a file or folder beside the template.
_LOCAL = ("CodeUri", "ContentUri", "DefinitionUri", "ImageUri", "SchemaUri")


def transformed(stack: Stack) -> Stack:
    """Return a stack with the resources that its serverless ones stand for."""
    if TRANSFORM not in transforms_of(stack.template):
        return stack
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    template = copy.deepcopy(stack.template)
    for body in template.get("Parameters", {}).values():
        body.pop("Default", None)
    for properties in template.get("Globals", {}).values():
        _upload(properties)
    for body in template["Resources"].values():
        _upload(body.setdefault("Properties", {}))
    session = SimpleNamespace(region_name=stack.region)
    try:
        found = Translator({}, Parser(), boto_session=session).translate(template, {})
    except InvalidDocumentException as error:
        problems = "; ".join(each.message for each in error.causes)
        raise MlopsError(f"stack {stack.name}: {TRANSFORM}: {problems}") from None
    macros = [each for each in transforms_of(stack.template) if each != TRANSFORM]
    parameters = {**found.get("Parameters", {}), **stack.template.get("Parameters", {})}
    return replace(stack, template={**found, "Parameters": parameters, "Transform": macros})


def _upload(properties: dict[str, Any]) -> None:
    """Name a place in S3 for what lies beside the template."""
    for name in _LOCAL:
        value = properties.get(name)
        if isinstance(value, str) and not value.startswith("s3://"):
            properties[name] = f"s3://local/{value}"

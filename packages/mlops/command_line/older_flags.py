"""Flags of the older SageMaker project template."""

from __future__ import annotations

import argparse
import ast
import json
from typing import Any, NoReturn

from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError, printable

PACKAGE = "pipeline_definitions"


class FlagParser(argparse.ArgumentParser):
    """Parser that prints unprintable characters of bad flags escaped."""

    def error(self, message: str) -> NoReturn:
        """Escape the message, then exit as usual."""
        super().error(printable(message))


def pipeline_of_module(module_name: str | None) -> str:
    """Return the pipeline of ``pipeline_definitions.training``, or just ``training``."""
    from pipeline_definitions.catalog import pipeline_files

    names = list(pipeline_files(project_root() / PACKAGE))
    known = ", ".join(f"{PACKAGE}.{name.replace('-', '_')}" for name in names)
    if not module_name:
        raise MlopsError(f"-n/--module-name: is missing; choose one of: {known}")
    stem = module_name.removeprefix(f"{PACKAGE}.").removesuffix(".pipeline")
    name = stem.replace("_", "-")
    if name not in names:
        raise MlopsError(f"-n/--module-name: no module {module_name}; choose one of: {known}")
    return name


def environment_of_kwargs(text: str | None) -> str:
    """Read the environment from keyword arguments in JSON or Python notation."""
    arguments = _literal(text, "-kwargs/--kwargs", "{'environment': 'dev'}") if text else {}
    if not isinstance(arguments, dict):
        raise MlopsError("-kwargs/--kwargs: must be a dictionary, such as {'environment': 'dev'}")
    unknown = sorted(set(arguments) - {"environment"})
    if unknown:
        raise MlopsError(
            f"-kwargs/--kwargs: unknown {', '.join(map(repr, unknown))}; get_pipeline takes "
            "'environment' only, the rest is in environments/*.yaml"
        )
    return str(arguments.get("environment", "dev"))


def tags_of(text: str | None) -> list[dict[str, str]]:
    """Read ``[{'Key': 'team', 'Value': 'sea'}]`` in JSON or Python notation."""
    example = "[{'Key': 'team', 'Value': 'sea'}]"
    tags = _literal(text, "-tags/--tags", example) if text else []
    right = isinstance(tags, list) and all(
        isinstance(tag, dict)
        and set(tag) == {"Key", "Value"}
        and all(isinstance(part, str) for part in tag.values())
        for tag in tags
    )
    if not right:
        raise MlopsError(f"-tags/--tags: must be a list such as {example}")
    return list(tags)


def _literal(text: str, flag: str, example: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise MlopsError(f"{flag}: cannot be read; write for example {example}") from None

"""The functions of Lambda's state, and the rules of EventBridge's state that invoke them.

Reads moto's memory; a function's code is unpacked beside the state when it is first needed.
"""

from __future__ import annotations

import fnmatch
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.functions import FunctionTarget
from pipeline_local.aws.patterns import matches
from pipeline_local.local_aws.function_archives import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_EVENTS = "events.amazonaws.com"
_LATEST = "$LATEST"


def deployed_functions(folder: Path) -> dict[str, Callable[[], FunctionTarget]]:
    """Return what prepares each function that can run here (Python's) below `folder`, by ARN.

    Those of versions and aliases are among the ARNs.
    """
    return {arn: partial(_target, function, folder) for arn, function in _functions().items()}


def foreign_runtimes() -> dict[str, str]:
    """Return the runtimes of the functions that cannot run here, by ARN."""
    return {
        arn: str(function.run_time or "of an image")
        for arn, function in _every_function()
        if not _runs(function)
    }


def _functions() -> dict[str, Any]:
    return {arn: function for arn, function in _every_function() if _runs(function)}


def _runs(function: Any) -> bool:
    return str(function.run_time).startswith("python") and bool(
        getattr(function, "code_bytes", b"")
    )


def _every_function() -> Iterator[tuple[str, Any]]:
    from moto.awslambda.models import lambda_backends

    # Only what exists: asking for a backend would make it.
    backends: Any = lambda_backends.iter_backends()
    for _, _, backend in list(backends):
        for function in backend.list_functions():
            name, arn = function.function_name, function.function_arn
            found = {
                str(each.version): each for each in backend.list_versions_by_function(name)
            } | {_LATEST: function}
            named = {each.name: each.function_version for each in backend.list_aliases(name)}
            yield arn, function
            yield from ((f"{arn}:{version}", each) for version, each in found.items())
            for alias, version in named.items():
                if version in found:  # moto lets a version go that an alias names
                    yield f"{arn}:{alias}", found[version]


def rule_names() -> set[str]:
    """Return the names of the rules that invoke functions."""
    return {rule.name for rule, _ in _invoking()}


def subscribed(event: dict[str, Any], folder: Path) -> dict[str, FunctionTarget]:
    """Return the functions that rules of the event's account invoke for it, by rule.

    As on AWS, a function's policy has to allow the rule to invoke it.
    """
    found, place = {}, (event["account"], event["region"])
    for rule, function in _invoking():
        pattern = rule.event_pattern.get_pattern()
        here = (rule.account_id, rule.region_name) == place and rule.state == "ENABLED"
        if here and pattern and matches(pattern, event) and _may_invoke(rule.arn, function):
            found[rule.name] = _target(function, folder)
    return found


def _invoking() -> Iterator[tuple[Any, Any]]:
    """Yield the rules of default buses that have a function among their targets, with it."""
    from moto.events.models import events_backends

    functions = _functions()
    backends: Any = events_backends.iter_backends()
    for _, _, backend in list(backends) if functions else ():
        for rule in list(backend.event_buses["default"].rules.values()):
            for target in rule.targets:
                if target["Arn"] in functions:
                    yield rule, functions[target["Arn"]]


def _may_invoke(rule: str, function: Any) -> bool:
    for statement in function.policy.statements:
        principal = statement.get("Principal")
        service = principal.get("Service") if isinstance(principal, dict) else principal
        sources = [
            value
            for compared in statement.get("Condition", {}).values()
            for key, value in compared.items()
            if key.casefold() == "aws:sourcearn"
        ]
        if service == _EVENTS and all(fnmatch.fnmatchcase(rule, each) for each in sources):
            return True
    return False


def _target(function: Any, folder: Path) -> FunctionTarget:
    layers = _layers(function)
    code, fault = unpacked([function.code_bytes], folder)
    below, other = unpacked(layers, folder) if layers else (None, "")
    return FunctionTarget(
        folder=code,
        handler=function.handler,
        environment=function.environment_vars,
        name=function.function_name,
        timeout_seconds=int(function.timeout),
        memory_megabytes=int(function.memory_size),
        layers=below,
        version=str(function.version),
        fault=fault or other,
    )


def _layers(function: Any) -> list[bytes]:
    from moto.awslambda.models import lambda_backends

    backend = lambda_backends[function.account_id][function.region]
    found = [backend.layers_versions_by_arn(each["Arn"]) for each in function.layers]
    return [bytes(each.code_bytes) for each in found if each is not None]

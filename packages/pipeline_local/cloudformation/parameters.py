"""Values of a template's parameters, checked as CloudFormation does.

Source: CloudFormation user guide, "Parameters section" and "Supplied parameter types".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloud_assembly.cases import is_list, is_of_ssm
from pipeline_local.cloudformation.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HIDDEN = "****"


def parameter_values(
    template: Mapping[str, Any],
    given: Sequence[Mapping[str, Any]],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Return the values by name: given, previous or default."""
    declared = template.get("Parameters", {})
    asked = {each["ParameterKey"]: each for each in given}
    if unknown := sorted(set(asked) - set(declared)):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values: dict[str, str] = {}
    for name, body in declared.items():
        one = asked.get(name, {})
        if one.get("UsePreviousValue") and name in before:
            values[name] = before[name]
        elif "ParameterValue" in one:
            values[name] = str(one["ParameterValue"])
        elif "Default" in body:
            values[name] = str(body["Default"])
    if missing := sorted(set(declared) - set(values)):
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, value, declared[name])
    return values


def _check(name: str, value: str, body: Mapping[str, Any]) -> None:
    words = body.get("ConstraintDescription")
    each_of = [part.strip() for part in value.split(",")] if is_list(body) else [value]
    allowed = [str(each) for each in body.get("AllowedValues", [])]
    if allowed and (wrong := [each for each in each_of if each not in allowed]):
        problem = words or f"must be one of AllowedValues: {wrong[0]}"
        raise invalid(f"Parameter '{name}' {problem}")
    pattern = body.get("AllowedPattern")
    if pattern and not all(re.fullmatch(pattern, each) for each in each_of):
        raise invalid(f"Parameter '{name}' {words or f'must match pattern {pattern}'}")
    if len(value) < int(body.get("MinLength", 0)):
        limit = f"must contain at least {body['MinLength']} characters"
        raise invalid(f"Parameter '{name}' {words or limit}")
    if "MaxLength" in body and len(value) > int(body["MaxLength"]):
        limit = f"must contain at most {body['MaxLength']} characters"
        raise invalid(f"Parameter '{name}' {words or limit}")
    if body.get("Type") == "Number":
        _check_number(name, value, body)


def _check_number(name: str, value: str, body: Mapping[str, Any]) -> None:
    try:
        number = float(value)
    except ValueError:
        raise invalid(f"Parameter '{name}' must be a number.") from None
    if "MinValue" in body and number < float(body["MinValue"]):
        raise invalid(f"Parameter '{name}' must be a number not less than {body['MinValue']}")
    if "MaxValue" in body and number > float(body["MaxValue"]):
        raise invalid(f"Parameter '{name}' must be a number not greater than {body['MaxValue']}")


def kept_by_ssm(
    template: Mapping[str, Any], values: Mapping[str, str], client: Callable[[str], Any]
) -> dict[str, str]:
    """Return the values of the parameters that name one of SSM's."""
    wanted = {
        name: values[name]
        for name, body in template.get("Parameters", {}).items()
        if is_of_ssm(body)
    }
    found: dict[str, str] = {}
    names = sorted(set(wanted.values()))
    for start in range(0, len(names), 10):
        answer = client("ssm").get_parameters(Names=names[start : start + 10])
        found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
    if missing := [name for name in names if name not in found]:
        raise invalid(
            f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this "
            "account."
        )
    return {name: found[path] for name, path in wanted.items()}


def described(
    template: Mapping[str, Any], values: Mapping[str, str], resolved: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return parameters as the API describes them."""
    declared = template.get("Parameters", {})
    return [
        {
            "ParameterKey": name,
            "ParameterValue": HIDDEN if _is_hidden(declared.get(name, {})) else value,
            **({"ResolvedValue": resolved[name]} if name in resolved else {}),
        }
        for name, value in values.items()
    ]


def _is_hidden(body: Mapping[str, Any]) -> bool:
    return str(body.get("NoEcho", "")).lower() == "true"

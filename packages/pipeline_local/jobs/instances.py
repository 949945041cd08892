"""The instances of a job: how many, and of which type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.sandbox import NO_HOSTS, namespaces_available

if TYPE_CHECKING:
    from collections.abc import Iterator


def instances_of(resources: dict[str, Any]) -> tuple[str, int]:
    """Return type and number of the instances: those named, else the first that is preferred."""
    first = (resources.get("InstancePreferences") or [{}])[0]
    named = {key: resources.get(key) or first.get(key) for key in ("InstanceType", "InstanceCount")}
    return str(named["InstanceType"] or ""), int(named["InstanceCount"] or 1)


def instance_problems(resources: dict[str, Any] | None, where: str) -> Iterator[str]:
    """Validate the instances of a job."""
    if not resources:
        yield f"{where}: is missing"
        return
    preferred = resources.get("InstancePreferences")
    if not resources.get("InstanceType") and not preferred:
        yield f"{where}.InstanceType: is missing, and so are InstancePreferences"
    for place, count in (
        (f"{where}.InstanceCount", resources.get("InstanceCount")),
        *(
            (f"{where}.InstancePreferences[{number}].InstanceCount", each.get("InstanceCount"))
            for number, each in enumerate(preferred if isinstance(preferred, list) else ())
        ),
    ):
        if isinstance(count, int) and count > 1 and not namespaces_available():
            yield f"{place}: {count} instances: {NO_HOSTS}"

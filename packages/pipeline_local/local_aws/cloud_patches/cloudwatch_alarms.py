"""Patches of moto's CloudWatch: metrics of pipelines, and alarms that go on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import alarm_states, pipeline_metrics
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    pipelines_have_metrics()
    alarms_have_states()


def pipelines_have_metrics() -> None:
    """Have SageMaker's data points of pipelines among all others."""
    from moto.cloudwatch.models import CloudWatchBackend

    def everything(known: Callable[..., Any], self: Any) -> list[Any]:
        return [*known(self), *pipeline_metrics.data_points(self.account_id, self.region_name)]

    around(CloudWatchBackend, "get_all_metrics", everything)


def alarms_have_states() -> None:
    """Evaluate alarms before they are described; moto's are OK until somebody sets them."""
    from moto.cloudwatch.responses import CloudWatchResponse

    def described(known: Callable[..., Any], self: Any) -> Any:
        backend = self.cloudwatch_backend
        alarm_states.evaluate(backend.alarms, backend.get_all_metrics())
        return known(self)

    for name in ("describe_alarms", "describe_alarms_for_metric"):
        around(CloudWatchResponse, name, described)

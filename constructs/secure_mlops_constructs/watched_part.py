"""The alarms of one part of the platform, and one over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# How many metrics an expression of an alarm takes (CloudWatch User Guide, "Create a CloudWatch
# alarm based on a metric math expression").
MOST_FIGURES = 10
HOUR = 3600


@dataclass(frozen=True)
class Figure:
    """A metric and its statistic over a period, such as ``Sum`` or ``Maximum``."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


@dataclass(frozen=True)
class AlarmRecord:
    """One alarm that needs a person.

    Parameters
    ----------
    meaning : str
        One sentence without a full stop.
    runbook : str
        The file and section that say what to do.
    figures : tuple of Figure
        One, or several of which the highest counts; `limit` is in their unit.
    absence : bool
        Whether it is about something that did not happen: the alarm goes on when none of the
        periods has at least `limit`. Otherwise it goes on when one has more.
    """

    name: str
    kind: str
    meaning: str
    runbook: str
    figures: tuple[Figure, ...]
    limit: float
    periods: int
    period: int = HOUR
    absence: bool = False

    @property
    def description(self) -> str:
        """The text that people read beside the alarm."""
        return f"{self.meaning}. What to do: {self.runbook}"


class WatchedPart(Construct):
    """The alarms of a part, and a composite one that is on when any of them is.

    Only the composite one is sent to people, so that several causes make one message.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        meaning: str,
        runbook: str,
        records: Sequence[AlarmRecord],
    ) -> None:
        super().__init__(scope, construct_id)
        alarms = [self._alarm(record, number) for number, record in enumerate(records, start=1)]
        self.composite = cloudwatch.CfnCompositeAlarm(
            self,
            "Any",
            alarm_name=name,
            alarm_description=f"{meaning}. What to do: {runbook}",
            alarm_rule=" OR ".join(f'ALARM("{record.name}")' for record in records),
        )
        self.composite.node.add_dependency(*alarms)

    def _alarm(self, record: AlarmRecord, number: int) -> cloudwatch.CfnAlarm:
        # A name that is known at deployment only is no id.
        known = not cdk.Token.is_unresolved(record.name)
        greater = "GreaterThanThreshold"
        return cloudwatch.CfnAlarm(
            self,
            record.name if known else f"{record.kind} {number}",
            alarm_name=record.name,
            alarm_description=record.description,
            comparison_operator="LessThanThreshold" if record.absence else greater,
            threshold=record.limit,
            evaluation_periods=record.periods,
            datapoints_to_alarm=record.periods if record.absence else 1,
            treat_missing_data="breaching" if record.absence else "notBreaching",
            **self._measured(record),
        )

    @staticmethod
    def _measured(record: AlarmRecord) -> dict[str, object]:
        """Return a metric itself, or the highest of several."""
        if len(record.figures) == 1:
            (figure,) = record.figures
            return {
                "namespace": figure.namespace,
                "metric_name": figure.name,
                "dimensions": [
                    cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
                    for name, value in figure.dimensions.items()
                ],
                "statistic": figure.statistic,
                "period": record.period,
            }
        if len(record.figures) > MOST_FIGURES:
            raise ValueError(f"{record.name} has more than {MOST_FIGURES} metrics")
        ids = [f"m{number}" for number in range(1, len(record.figures) + 1)]
        metrics = [
            cloudwatch.CfnAlarm.MetricDataQueryProperty(
                id=each,
                return_data=False,
                metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                    metric=cloudwatch.CfnAlarm.MetricProperty(
                        namespace=figure.namespace,
                        metric_name=figure.name,
                        dimensions=[
                            cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
                            for name, value in figure.dimensions.items()
                        ],
                    ),
                    stat=figure.statistic,
                    period=record.period,
                ),
            )
            for each, figure in zip(ids, record.figures, strict=True)
        ]
        highest = cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id="highest", expression=f"MAX([{', '.join(ids)}])", return_data=True
        )
        return {"metrics": [*metrics, highest]}

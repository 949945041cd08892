"""Monthly cost estimate of an environment, from list prices and its templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.prices.schedules import times_a_month
from pipeline_schema.parameters import put_values
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops.prices.price_file import Assumptions, PriceFile
    from promises.world import Resource, World

# CloudFormation type -> name of the monthly price of one, and a label.
_BY_THE_MONTH = {
    "AWS::KMS::Key": ("kms-key-month", "keys"),
    "AWS::CloudWatch::CompositeAlarm": ("composite-alarm-month", "composite alarms"),
    "AWS::CloudWatch::Dashboard": ("dashboard-month", "dashboards"),
    "AWS::SecretsManager::Secret": ("secret-month", "secrets"),
}
# Types billed by use, which no template states.
_BY_USE = {
    "AWS::Athena::WorkGroup": "Athena queries",
    "AWS::CloudTrail::Trail": "trail events",
    "AWS::CodeArtifact::Repository": "packages",
    "AWS::CodePipeline::Pipeline": "delivery pipelines",
    "AWS::Events::EventBus": "events",
    "AWS::Glue::Crawler": "crawlers",
    "AWS::KMS::Key": "key requests",
    "AWS::Lambda::Function": "function calls",
    "AWS::Logs::LogGroup": "logs",
    "AWS::S3::Bucket": "S3 requests",
    "AWS::SNS::Topic": "notifications",
    "AWS::SQS::Queue": "messages",
    "AWS::SageMaker::Domain": "Studio apps",
    "AWS::EC2::VPCEndpoint": "traffic through endpoints",
}
ENDPOINT = "interface-endpoint-hour"
# What costs by the hour or month, used or not.
_STANDING = (
    *(ENDPOINT, "nat-gateway-hour", "kms-key-month", "secret-month", "dashboard-month"),
    *("alarm-month", "high-resolution-alarm-month", "composite-alarm-month"),
)
_HIGH_RESOLUTION = 60  # seconds
_PERIODICAL = ("AWS::Scheduler::Schedule", "AWS::Events::Rule")


@dataclass(frozen=True)
class Item:
    """One line of an estimate, for a month."""

    what: str
    quantity: float
    unit: str
    price_name: str
    cost: float | None


@dataclass(frozen=True)
class Estimate:
    """Estimated monthly cost of an environment."""

    items: tuple[Item, ...]
    left_out: tuple[str, ...]

    @property
    def total(self) -> float:
        """Sum of the items that have a price."""
        return sum(each.cost or 0.0 for each in self.items)

    @property
    def standing(self) -> tuple[Item, ...]:
        """Items that cost the same in a month in which nothing happens."""
        return tuple(each for each in self.items if each.price_name in _STANDING)

    @property
    def standing_total(self) -> float:
        """Sum of those that have a price."""
        return sum(each.cost or 0.0 for each in self.standing)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Prices that the file lacks."""
        return tuple(sorted({each.price_name for each in self.items if each.cost is None}))


def estimate(world: World, prices: PriceFile, assumptions: Assumptions) -> Estimate:
    """Estimate the cost of an environment."""
    sums: dict[tuple[str, str, str], float] = {}
    for what, unit, name, quantity in _quantities(world, assumptions):
        key = (what, unit, name)
        sums[key] = sums.get(key, 0.0) + quantity
    items = []
    for (what, unit, name), quantity in sums.items():
        price = prices.price(world.region, name)
        cost = None if price is None else quantity * price.amount
        items.append(Item(what, quantity, unit, name, cost))
    kinds = {each.kind for each in world.resources}
    left_out = sorted({words for kind, words in _BY_USE.items() if kind in kinds})
    return Estimate(tuple(items), tuple(left_out))


Quantity = tuple[str, str, str, float]


def _quantities(world: World, assumptions: Assumptions) -> Iterator[Quantity]:
    hours = assumptions.hours_a_month
    for each in world.resources:
        properties = each.properties
        if each.kind in _BY_THE_MONTH:
            name, what = _BY_THE_MONTH[each.kind]
            yield what, what, name, 1.0
        elif each.kind == "AWS::EC2::VPCEndpoint":
            if properties.get("VpcEndpointType") == "Interface":
                zones = len(properties.get("SubnetIds", ())) or 1
                unit = "endpoint hours (endpoints by zones)"
                yield "interface endpoints", unit, ENDPOINT, zones * hours
        elif each.kind == "AWS::EC2::NatGateway":
            yield "NAT gateways", "hours", "nat-gateway-hour", hours
        elif each.kind == "AWS::CloudWatch::Alarm":
            yield from _of_alarm(properties)
        elif each.kind == "AWS::S3::Bucket":
            gigabytes = assumptions.gigabytes_a_bucket
            yield "storage in buckets", "GB", "s3-standard-gb-month", gigabytes
        elif each.kind == "AWS::CodeBuild::Project":
            size = str(properties.get("Environment", {}).get("ComputeType", "unknown"))
            minutes = assumptions.builds_a_month * assumptions.build_minutes
            yield "builds", "minutes", f"codebuild-minute:{size}", minutes
        elif each.kind in _PERIODICAL:
            yield from _of_schedule(each, world, assumptions)


def _of_alarm(properties: Mapping[str, Any]) -> Iterator[Quantity]:
    """Count an alarm's metrics: each is billed."""
    metrics = [each for each in properties.get("Metrics", ()) if "MetricStat" in each]
    periods = [each["MetricStat"].get("Period") for each in metrics] or [properties.get("Period")]
    for period in periods:
        quick = isinstance(period, int) and period < _HIGH_RESOLUTION
        name = "high-resolution-alarm-month" if quick else "alarm-month"
        yield "alarms", "metrics in alarms", name, 1.0


def _of_schedule(each: Resource, world: World, assumptions: Assumptions) -> Iterator[Quantity]:
    """Count the instance hours of the pipelines that a schedule starts."""
    if each.properties.get("State") == "DISABLED":
        return
    times = times_a_month(str(each.properties.get("ScheduleExpression", "")))
    if not times:
        return
    for pipeline in _started(each, world):
        for instance, number in _instances(world.pipelines[pipeline]):
            hours = times * number * assumptions.job_minutes / 60
            name = f"sagemaker-job-hour:{instance}"
            yield f"scheduled runs of {pipeline}", "instance hours", name, hours


def _started(each: Resource, world: World) -> list[str]:
    """Find the pipelines that a schedule's target names, in its ARN or its input."""
    targets = [each.properties.get("Target", {}), *each.properties.get("Targets", ())]
    texts = [f"{target.get('Arn', '')} {target.get('Input', '')}" for target in targets]
    return [
        name
        for name in world.pipelines
        if any(f'"{name}"' in text or f"pipeline/{name} " in f"{text} " for text in texts)
    ]


def _instances(definition: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield type and number of each job's instances, by the parameters' defaults."""
    defaults = {each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", ())}
    for _, cluster in values_in(put_values(definition.get("Steps", []), defaults)):
        if isinstance(cluster, dict) and cluster.keys() >= {"InstanceType", "InstanceCount"}:
            number = cluster["InstanceCount"]
            yield str(cluster["InstanceType"]), number if isinstance(number, int) else 1

"""Prerequisites that no deployment creates: buckets and groups that a definition names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.runs.deployment import ensure_model_package_group
from pipeline_schema.expressions import is_expression
from pipeline_schema.parameters import known_text
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.aws import Aws
    from pipeline_schema.definition import Definition
    from pipeline_schema.values import Json

_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?=/|$)")


def provide(
    definition: Definition,
    parameters: Mapping[str, Json],
    region: str,
    aws: Aws,
    say: Callable[[str], None],
) -> None:
    """Create the buckets and groups that a definition names and the local AWS lacks."""
    store = ObjectStore(aws.client("s3"))
    for bucket in buckets_of(definition, parameters):
        if store.ensure_bucket(bucket, region):
            say(f"made bucket {bucket}, which the definition names; it is empty")
    for step in definition.steps.values():
        # The service, too, makes the group in which a step registers.
        if group := known_text(step.arguments.get(step_type(step.type).group), parameters):
            ensure_model_package_group(aws, group, group)


def provide_queues(
    definition: Definition, parameters: Mapping[str, Json], aws: Aws, say: Callable[[str], None]
) -> None:
    """Create the queues of which the steps' URLs are known and which the local AWS lacks."""
    for step in definition.steps.values():
        url = known_text(step.settings.get(step_type(step.type).queue), parameters)
        if name := url.rpartition("/")[2]:
            sqs = aws.client("sqs")
            try:
                sqs.get_queue_url(QueueName=name)
            except sqs.exceptions.QueueDoesNotExist:
                sqs.create_queue(QueueName=name)
                say(f"made queue {name}, which the definition names")


def buckets_of(definition: Definition, parameters: Mapping[str, Json]) -> list[str]:
    """Return the buckets in the S3 URIs of a definition, as far as they are known before a run."""
    texts = [
        *(value for value in parameters.values() if isinstance(value, str)),
        *(
            known_text(value, parameters)
            for step in definition.steps.values()
            for _, value in values_in([step.arguments, step.settings], whole=is_expression)
        ),
    ]
    return sorted({bucket for text in texts for bucket in _BUCKET.findall(text)})

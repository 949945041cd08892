"""``AWS::SQS``: queues and their policies."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_document, as_tags, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_DOCUMENTS = frozenset({"RedriveAllowPolicy", "RedrivePolicy"})
# Attributes that are numbers, and what a queue has without the template's (SQS API Reference,
# SetQueueAttributes).
_NUMBERS = {
    "DelaySeconds": 0,
    "KmsDataKeyReusePeriodSeconds": 300,
    "MaximumMessageSize": 1_048_576,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "VisibilityTimeout": 30,
}
_SETTINGS = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "SqsManagedSseEnabled",
    *_NUMBERS,
    *sorted(_DOCUMENTS),
)


class Queue(ApiType):
    """A queue; all of its attributes are text in the API."""

    name = "AWS::SQS::Queue"
    service = "sqs"
    made_with = (*_SETTINGS, "Tags")
    properties = frozenset({"QueueName", *_SETTINGS}) | TAGS

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the queue."""
        name = properties.get("QueueName") or context.generated_name
        with suppress(NotFoundError):
            api("get_queue_url", QueueName=name)  # SQS's creation says nothing if it is the same
            words = f"Resource of type '{self.name}' with identifier '{name}' already exists."
            raise ResourceError(words)
        settings = picked(properties, _SETTINGS)
        answer = api(
            "create_queue", QueueName=name, Attributes=settings, tags=properties.get("Tags")
        )
        return str(answer["QueueUrl"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set the attributes that differ; one without a value has SQS's own again."""
        queue = {"QueueUrl": physical_id}
        changed = {
            name: change.after.get(name, _NUMBERS.get(name, ""))
            for name in _SETTINGS
            if change.of(name)
        }
        if changed:
            api("set_queue_attributes", **queue, Attributes=changed)
        retag(api, change, lambda: queue, tag="tag_queue", untag="untag_queue")

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, name and URL."""
        del context
        arn = _attributes(api, physical_id)["QueueArn"]
        return {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the queue."""
        read: dict[str, Any] = picked(_attributes(api, physical_id), _SETTINGS)
        for name, value in read.items():
            if name in _NUMBERS:
                read[name] = int(value)
            elif name in _DOCUMENTS:
                read[name] = as_document(value)
        tags = api("list_queue_tags", QueueUrl=physical_id).get("Tags")
        name = physical_id.rpartition("/")[2]
        return {"QueueName": name, **read, "Tags": as_tags(tags)}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the queue and its messages."""
        del properties
        api.unless_gone("delete_queue", QueueUrl=physical_id)


class QueuePolicy(ApiType):
    """The policy of queues; its physical id has their URLs."""

    name = "AWS::SQS::QueuePolicy"
    service = "sqs"
    made_with = ("PolicyDocument", "Queues")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Give the queues the policy."""
        del context
        _give(api, properties["Queues"], properties["PolicyDocument"])
        return "|".join(properties["Queues"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Give the queues another policy."""
        del physical_id
        new, old = change.items("Queues")
        queues = change.after["Queues"] if change.of("PolicyDocument") else new
        _give(api, queues, change.after["PolicyDocument"])
        self._take(api, old)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy of the queues."""
        queues = physical_id.split("|")
        policies = [_attributes(api, queue).get("Policy") for queue in queues]
        if not policies[0]:
            raise NotFoundError(f"{queues[0]} has no policy")
        return {"PolicyDocument": as_document(policies[0]), "Queues": queues}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Take the policy from the queues."""
        del physical_id
        self._take(api, properties["Queues"])

    def _take(self, api: Api, queues: list[str]) -> None:
        for queue in queues:
            api.unless_gone("set_queue_attributes", QueueUrl=queue, Attributes={"Policy": ""})


def _give(api: Api, queues: list[str], policy: Any) -> None:
    for queue in queues:
        api("set_queue_attributes", QueueUrl=queue, Attributes={"Policy": as_text(policy)})


def _attributes(api: Api, queue: str) -> dict[str, str]:
    answer = api("get_queue_attributes", QueueUrl=queue, AttributeNames=["All"])
    attributes: dict[str, str] = answer["Attributes"]
    return attributes


TYPES: tuple[ResourceType, ...] = (Queue(), QueuePolicy())

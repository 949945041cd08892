"""``AWS::SNS``: topics, their policies and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_document, as_tags, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_SETTINGS = ("ContentBasedDeduplication", "DisplayName", "FifoTopic", "KmsMasterKeyId")
_OF_SUBSCRIPTIONS = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)
_DOCUMENTS = frozenset({"DeliveryPolicy", "FilterPolicy", "RedrivePolicy"})
_DEFAULT_POLICY = "__default_policy_ID"


class Topic(ApiType):
    """A topic, with subscriptions in it."""

    name = "AWS::SNS::Topic"
    service = "sns"
    made_with = (*_SETTINGS, "Tags")
    properties = (
        frozenset({"TopicName", *_SETTINGS}) | below("Subscription", "Endpoint", "Protocol") | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the topic."""
        name = str(properties.get("TopicName") or context.generated_name)
        arn = f"arn:{context.partition}:sns:{context.region}:{context.account}:{name}"
        if api.unless_gone("get_topic_attributes", TopicArn=arn):
            # SNS's creation says nothing then.
            words = f"Resource of type '{self.name}' with identifier '{arn}' already exists."
            raise ResourceError(words)
        settings = picked(properties, _SETTINGS)
        tags = properties.get("Tags")
        return str(api("create_topic", Name=name, Attributes=settings, Tags=tags)["TopicArn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set the attributes that differ, and exchange subscriptions."""
        topic = {"TopicArn": physical_id}
        for name in _SETTINGS:
            if change.of(name):
                value = as_text(change.after.get(name, ""))
                api("set_topic_attributes", **topic, AttributeName=name, AttributeValue=value)
        new, old = change.items("Subscription")
        for each in self._subscriptions(api, physical_id) if old else ():
            if picked(each, ("Endpoint", "Protocol")) in old:
                api.unless_gone("unsubscribe", SubscriptionArn=each["SubscriptionArn"])
        for each in new:
            api("subscribe", **topic, **each)
        retag(api, change, lambda: {"ResourceArn": physical_id})

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and name."""
        del api, context
        return {"TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the topic and all of its subscriptions, also those of resources of their own."""
        attributes = api("get_topic_attributes", TopicArn=physical_id)["Attributes"]
        subscriptions = self._subscriptions(api, physical_id)
        tags = api("list_tags_for_resource", ResourceArn=physical_id)["Tags"]
        return {
            "TopicName": physical_id.rpartition(":")[2],
            **picked(attributes, _SETTINGS),
            "Subscription": [picked(each, ("Endpoint", "Protocol")) for each in subscriptions],
            "Tags": as_tags(tags),
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the topic and its subscriptions."""
        del properties
        api.unless_gone("delete_topic", TopicArn=physical_id)

    def _subscriptions(self, api: Api, topic: str) -> list[Any]:
        return api.every("list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)


class TopicPolicy(ApiType):
    """The policy of topics; its physical id has their ARNs."""

    name = "AWS::SNS::TopicPolicy"
    service = "sns"
    made_with = ("PolicyDocument", "Topics")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Give the topics the policy."""
        del context
        _give(api, properties["Topics"], properties["PolicyDocument"])
        return "|".join(properties["Topics"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Give the topics another policy."""
        del physical_id
        new, old = change.items("Topics")
        topics = change.after["Topics"] if change.of("PolicyDocument") else new
        _give(api, topics, change.after["PolicyDocument"])
        self._take(api, old)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy of the topics."""
        topics = physical_id.split("|")
        attributes = api("get_topic_attributes", TopicArn=topics[0])["Attributes"]
        policy = as_document(attributes["Policy"])
        if policy.get("Id") == _DEFAULT_POLICY:
            raise NotFoundError(f"{topics[0]} has the default policy")
        return {"PolicyDocument": policy, "Topics": topics}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Give the topics the default policy."""
        del physical_id
        self._take(api, properties["Topics"])

    def _take(self, api: Api, topics: list[str]) -> None:
        for topic in topics:
            if api.unless_gone("get_topic_attributes", TopicArn=topic):
                _give(api, [topic], _default_policy(topic))


class Subscription(ApiType):
    """A subscription of a topic."""

    name = "AWS::SNS::Subscription"
    service = "sns"
    made_with = ("Endpoint", "Protocol", "TopicArn", *_OF_SUBSCRIPTIONS)
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Subscribe; an address of e-mail confirms it later."""
        del context
        given = picked(properties, ("Endpoint", "Protocol", "TopicArn"))
        attributes = {
            name: as_text(value) for name, value in picked(properties, _OF_SUBSCRIPTIONS).items()
        }
        answer = api("subscribe", **given, Attributes=attributes, ReturnSubscriptionArn=True)
        return str(answer["SubscriptionArn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set the attributes that differ."""
        for name in _OF_SUBSCRIPTIONS:
            if change.of(name):
                without = {} if name in _DOCUMENTS else ""
                value = as_text(change.after.get(name, without))
                named = {"SubscriptionArn": physical_id, "AttributeName": name}
                api("set_subscription_attributes", **named, AttributeValue=value)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the subscription."""
        answer = api("get_subscription_attributes", SubscriptionArn=physical_id)
        read = picked(answer["Attributes"], self.made_with)
        for name in _DOCUMENTS & read.keys():
            read[name] = as_document(read[name])
        return read

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Unsubscribe."""
        del properties
        api.unless_gone("unsubscribe", SubscriptionArn=physical_id)


def _give(api: Api, topics: list[str], policy: Any) -> None:
    given = {"AttributeName": "Policy", "AttributeValue": as_text(policy)}
    for topic in topics:
        api("set_topic_attributes", TopicArn=topic, **given)


def _default_policy(topic: str) -> dict[str, Any]:
    """Return the policy that SNS gives to a new topic: its account does all with it."""
    actions = (
        *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission"),
        *("DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"),
    )
    statement = {
        "Effect": "Allow",
        "Sid": "__default_statement_ID",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.split(":")[4]}},
    }
    return {"Version": "2008-10-17", "Id": _DEFAULT_POLICY, "Statement": [statement]}


TYPES: tuple[ResourceType, ...] = (Topic(), TopicPolicy(), Subscription())

"""Queues, topics, and who may use them, as templates write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

QUEUE, TOPIC, SUBSCRIPTION = "SQS::Queue", "SNS::Topic", "SNS::Subscription"


def policy(resource: str, action: str) -> dict[str, Any]:
    principal = {"Service": "events.amazonaws.com"}
    about = {"Sid": "A", "Effect": "Allow", "Principal": principal}
    statement = {**about, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_queue_and_its_policy(stack: Stack) -> None:
    base = {"QueueName": stack.name}
    before = {
        **base,
        "KmsMasterKeyId": "arn:aws:kms:eu-central-1:111111111111:key/a",
        "MessageRetentionPeriod": 1209600,
        "Tags": TAGS,
    }
    dead = stack.create(QUEUE, {}).attributes["Arn"]
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    after = {**base, "VisibilityTimeout": 60, "RedrivePolicy": redrive, "Tags": TAGS[:1]}
    queue = stack.create(QUEUE, before)
    url = queue.physical_id
    assert queue.attributes["QueueName"] == stack.name
    stack.update(QUEUE, url, before, after)
    assert "already exists" in stack.refused(QUEUE, before)
    arn = queue.attributes["Arn"]
    first, second = (
        {"Queues": [url], "PolicyDocument": policy(arn, action)}
        for action in ("sqs:SendMessage", "sqs:*")
    )
    made = stack.create("SQS::QueuePolicy", first).physical_id
    stack.update("SQS::QueuePolicy", made, first, second)
    stack.delete("SQS::QueuePolicy", made, second)
    stack.delete(QUEUE, url, after)


def test_a_topic_its_policy_and_a_subscription(stack: Stack) -> None:
    base = {"TopicName": stack.name}
    key = "arn:aws:kms:eu-central-1:111111111111:key/a"
    before = {**base, "DisplayName": "alerts", "KmsMasterKeyId": key, "Tags": TAGS}
    after = {**base, "DisplayName": "others", "Tags": TAGS[:1]}
    topic = stack.create(TOPIC, before)
    arn = topic.physical_id
    assert topic.attributes == {"TopicArn": arn, "TopicName": stack.name}
    stack.update(TOPIC, arn, before, after)
    assert "already exists" in stack.refused(TOPIC, before)
    first, second = (
        {"Topics": [arn], "PolicyDocument": policy(arn, action)}
        for action in ("sns:Publish", "sns:Subscribe")
    )
    made = stack.create("SNS::TopicPolicy", first).physical_id
    stack.update("SNS::TopicPolicy", made, first, second)
    stack.delete("SNS::TopicPolicy", made, second)
    mail = {"TopicArn": arn, "Protocol": "email", "Endpoint": "people@example.com"}
    subscription = stack.create(SUBSCRIPTION, mail).physical_id
    filtered = {**mail, "FilterPolicy": {"kind": ["a"]}}
    stack.update(SUBSCRIPTION, subscription, mail, filtered)
    stack.delete(SUBSCRIPTION, subscription, filtered)
    stack.delete(TOPIC, arn, after)


def test_subscriptions_inside_of_a_topic(stack: Stack) -> None:
    first, second = ({"Protocol": "email", "Endpoint": f"{who}@example.com"} for who in "ab")
    before, after = {"Subscription": [first]}, {"Subscription": [second]}
    topic = stack.create(TOPIC, before).physical_id
    stack.update(TOPIC, topic, before, after)
    stack.delete(TOPIC, topic, after)

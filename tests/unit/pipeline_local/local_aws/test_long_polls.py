"""A consumer that waits for messages holds nobody else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


def test_others_are_answered_while_a_consumer_waits(aws: Aws, name: str) -> None:
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        waiting = pool.submit(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        time.sleep(0.5)
        sqs.send_message(QueueUrl=queue, MessageBody="come")
        (message,) = waiting.result()["Messages"]
    assert message["Body"] == "come"
    assert time.monotonic() - began < 20, "the message ended the wait"


def test_a_wait_ends_without_a_message(aws: Aws, name: str) -> None:
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    assert time.monotonic() - began >= 1

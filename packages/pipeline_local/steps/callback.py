"""Callback steps: a message to a queue, and the wait for the answer to its token.

Source: SageMaker AI developer guide, "Callback step"; API Reference, StopPipelineExecution (the
second message) and SendPipelineExecutionStepSuccess.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pipeline_local.jobs.work import RunStopped, StepFailed
from pipeline_local.steps.callback_answers import open_callback
from pipeline_local.steps.output_parameters import output_problems
from pipeline_schema.expressions import Reference, is_expression
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_local.steps.callback_answers import Callback
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_TICK_SECONDS = 0.2
# API Reference of SQS, CreateQueue: names; a message for a FIFO queue would need a group.
_QUEUE = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?/[0-9]{12}/[A-Za-z0-9_-]{1,80}")


def problems(step: Step) -> Iterator[str]:
    """Validate a Callback step."""
    field = step_type(step.type).queue
    queue = step.settings.get(field)
    if queue is None:
        yield f"{field}: is missing"
    elif not is_expression(queue) and not (isinstance(queue, str) and _QUEUE.fullmatch(queue)):
        yield f"{field}: {queue!r} is not the URL of a queue: https://HOST/ACCOUNT/NAME"
    yield from output_problems(step)


def run(work: Work) -> JsonObject:
    """Ask, unless that was done before the run was interrupted, and wait for the answer."""
    row = step_type(work.step.type)
    queue, outputs = str(work.settings[row.queue]), work.settings.get(row.outputs) or []
    execution = str(work.value_of(Reference("execution", "PipelineExecutionArn")))
    callback = open_callback(work.run.folder, work.step.name, execution, outputs)
    work.note({"CallbackToken": callback.token, row.queue: queue})
    if not callback.asked:
        _send(work, queue, callback, "Executing")
        callback.asked = True
        callback.save()
    work.log.parent.mkdir(parents=True, exist_ok=True)
    with work.log.open("a") as log:
        log.write(f"waits for an answer to token {callback.token}\n")
    work.run.waits(work.step.name, callback.token, [str(each["OutputName"]) for each in outputs])
    while (answer := callback.answer()) is None:
        if work.run.stop.wait(_TICK_SECONDS):
            callback.closed = True
            callback.save()
            _send(work, queue, callback, "Stopping")
            raise RunStopped
    if "failure" in answer:
        callback.closed = True
        callback.save()
        raise StepFailed(answer["failure"] or "the callback was answered as failed")
    return {row.outputs: answer["values"]}


def _send(work: Work, queue: str, callback: Callback, status: str) -> None:
    message = {
        "token": callback.token,
        "pipelineExecutionArn": callback.execution,
        "stepName": callback.step,
        "arguments": work.arguments,
        "status": status,
    }
    sqs = work.run.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(message))

"""Callback steps: what they send, what they wait for, and what comes of an answer."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.runs.answering import answer_callback
from pipeline_local.runs.run_state import RunFolder, RunState, Status
from pipeline_local.steps import callback
from pipeline_local.steps.callback_answers import CallbackError, find_callback, open_callback
from pipeline_schema.definition import Step
from tests.unit.pipeline_local.scheduling import Recorder, statuses, work_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.pipeline_local.conftest import Bench

FORM = "https://HOST/ACCOUNT/NAME"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/q"
OUTPUTS = [
    {"OutputName": "where", "OutputType": "String"},
    {"OutputName": "count", "OutputType": "Integer"},
]
ASK = {
    "Name": "Ask",
    "Type": "Callback",
    "SqsQueueUrl": QUEUE,
    "Arguments": {"number": 5},
    "OutputParameters": OUTPUTS,
}
USE = work_step("Use", Value={"Get": "Steps.Ask.OutputParameters['count']"})


class Queue:
    """Keeps the messages, and calls back when the first one comes."""

    def __init__(self, reply: Callable[[str], object]) -> None:
        self.messages: list[dict[str, Any]] = []
        self.reply = reply

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        assert QueueUrl == QUEUE
        self.messages.append(json.loads(MessageBody))
        if len(self.messages) == 1:
            threading.Thread(target=self.reply, args=[self.messages[0]["token"]]).start()


@pytest.fixture
def queue(bench: Bench) -> Queue:
    found = Queue(lambda _token: None)
    bench.sagemaker = found
    return found


def test_an_answer_ends_the_wait_and_its_outputs_are_used(
    bench: Bench, queue: Queue, execute: Callable[..., RunState]
) -> None:
    run = bench.context.folder
    seen = []

    def reply(token: str) -> None:
        found = find_callback([run], token)
        seen.append(RunFolder(run).load().steps["Ask"])
        found.succeed({"where": "s3://b/k", "count": "7"})

    queue.reply = reply
    state = execute(ASK, USE)
    assert state.steps["Use"].arguments == {"Value": 7}
    (message,) = queue.messages
    assert message == {
        "token": message["token"],
        "pipelineExecutionArn": "arn:aws:sagemaker:eu-central-1:111122223333:pipeline/dev-p"
        "/execution/abcdef012345",
        "stepName": "Ask",
        "arguments": {"number": 5},
        "status": "Executing",
    }
    assert len(message["token"]) == 10
    assert seen[0].properties == {"CallbackToken": message["token"], "SqsQueueUrl": QUEUE}
    assert message["token"] in (run / "logs" / "Ask.log").read_text()


def test_a_failure_is_the_steps_and_a_retry_asks_anew(
    bench: Bench, queue: Queue, execute: Callable[..., RunState]
) -> None:
    queue.reply = lambda token: find_callback([bench.context.folder], token).fail("no data")
    state = execute(ASK, USE)
    assert (state.status, state.failure) == (Status.FAILED, "no data")
    assert statuses(state)["Use"] == "Waiting"
    first = queue.messages.pop()
    queue.reply = lambda token: find_callback([bench.context.folder], token).succeed(
        {"where": "", "count": "1"}
    )
    assert execute(ASK, USE, state=state).status is Status.SUCCEEDED
    assert queue.messages[0]["token"] != first["token"]


def test_a_run_that_is_stopped_does_not_wait(
    bench: Bench, queue: Queue, execute: Callable[..., RunState]
) -> None:
    queue.reply = lambda _token: bench.context.stop.set()
    state = execute(ASK, USE)
    assert statuses(state) == {"Ask": "Stopped", "Use": "Waiting"}
    assert state.status is Status.STOPPED
    assert [each["status"] for each in queue.messages] == ["Executing", "Stopping"]
    token = queue.messages[0]["token"]
    project = bench.context.folder.parent
    (project / "build").mkdir()
    (project / "build" / "runs").symlink_to(project)
    with pytest.raises(Exception, match=r"no longer waits: .* resumed, it asks with a new token"):
        answer_callback(project, token, {}, "late")


@pytest.mark.parametrize("answered", [False, True])
def test_an_interrupted_wait_goes_on_with_its_token(
    bench: Bench, queue: Queue, execute: Callable[..., RunState], *, answered: bool
) -> None:
    asked = open_callback(bench.context.folder, "Ask", "arn", OUTPUTS)
    asked.asked = True
    asked.save()
    values = {"where": "x", "count": "4"}
    if answered:
        asked.succeed(values)
    else:
        threading.Timer(0.1, lambda: asked.succeed(values)).start()
    state = execute(ASK, USE)
    assert (queue.messages, state.steps["Use"].arguments) == ([], {"Value": 4})


def test_waiting_takes_no_processor(
    queue: Queue,
    execute: Callable[..., RunState],
    recorder: Recorder,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    tokens: list[str] = []
    queue.reply = tokens.append

    def work(_work: object) -> None:
        while not tokens:
            time.sleep(0.01)
        values = {"where": "", "count": "1"}
        find_callback([bench.context.folder], tokens[0]).succeed(values)

    recorder.handlers = {"Beside": work}
    state = execute(ASK, work_step("Beside"))
    assert state.status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"where": "x"}, "step Ask: output count: is missing"),
        ({"where": "x", "count": "many"}, "'many' is not of type Integer"),
        ({"were": "x"}, "output were: is not declared; the step has: where, count"),
    ],
)
def test_wrong_answers_are_refused_and_leave_the_step_waiting(
    tmp_path: Path, values: dict[str, str], problem: str
) -> None:
    asked = open_callback(tmp_path, "Ask", "arn", OUTPUTS)
    with pytest.raises(CallbackError, match=problem):
        asked.succeed(values)
    assert asked.answer() is None


def test_only_the_first_answer_counts(tmp_path: Path) -> None:
    asked = open_callback(tmp_path, "Ask", "arn", [])
    asked.succeed({})
    with pytest.raises(CallbackError, match="has an answer to token"):
        asked.fail("no")
    assert asked.answer() == {"values": {}}
    with pytest.raises(CallbackError, match=r"answer to token '\.\./x'"):
        find_callback([tmp_path], "../x")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "SqsQueueUrl: is missing"),
        *(
            ({"SqsQueueUrl": url}, f"SqsQueueUrl: {url!r} is not the URL of a queue: {FORM}")
            for url in (
                *("q", "s3://b/q", "https://sqs", f"{QUEUE}/more", f"{QUEUE}.fifo", f"{QUEUE} "),
                *("https://sqs.eu-central-1.amazonaws.com/1/q", QUEUE + "x" * 80),
            )
        ),
        (
            {"SqsQueueUrl": QUEUE, "OutputParameters": {"OutputName": "a"}},
            "OutputParameters: is an object, not a list",
        ),
        (
            {"SqsQueueUrl": QUEUE, "OutputParameters": [{"OutputName": "a", "OutputType": "Map"}]},
            "OutputParameters[0].OutputType: 'Map' is not one of String, Integer, Boolean, Float",
        ),
    ],
)
def test_a_malformed_step_is_refused(settings: dict[str, Any], problem: str) -> None:
    assert list(callback.problems(Step("Ask", "Callback", {}, settings=settings))) == [problem]

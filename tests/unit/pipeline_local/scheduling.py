"""Steps of a type of their own, `Test`; conftest runs them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import RunState


def work_step(name: str, *after: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Test", "DependsOn": list(after), "Arguments": arguments}


class Recorder:
    """Listens, and runs the steps of type Test."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.handlers: dict[str, Callable[[Work], Any]] = {}
        self.lock = threading.Lock()

    def changed(self, name: str, state: RunState) -> None:
        self.events.append(f"{name} {state.steps[name].status}")

    def tick(self, state: RunState) -> None: ...

    def run(self, work: Work) -> dict[str, Any]:
        answer = self.handlers.get(work.step.name, lambda _work: {})(work)
        return {"Value": work.arguments.get("Value", 1), **(answer or {})}


def statuses(state: RunState) -> dict[str, str]:
    return {name: str(step.status) for name, step in state.steps.items()}

"""Runner of SageMaker pipeline definitions on this machine, beside a local AWS.

Jobs import modules of this package where few packages are installed: public names load lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.api import resume, run, stop
    from pipeline_local.result import RunResult, StepResult

__all__ = ["RunResult", "StepResult", "resume", "run", "stop"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipeline_local import api, result

    return getattr(result if name.endswith("Result") else api, name)

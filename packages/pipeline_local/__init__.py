"""Runner of SageMaker pipeline definitions on this machine, beside a local AWS.

Jobs import modules of this package where few packages are installed: public names load lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.api import RunResult, resume, run, stop

__all__ = ["RunResult", "resume", "run", "stop"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipeline_local import api

    return getattr(api, name)

"""The operator's tool: run pipelines locally, manage models, deploy, prove promises.

Commands import modules of this package and no more than they need: public names load lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops.api import RunResult, StepResult, run

__all__ = ["RunResult", "StepResult", "run"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mlops import api

    return getattr(api, name)

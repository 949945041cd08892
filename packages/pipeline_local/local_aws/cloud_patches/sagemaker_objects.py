"""Patches of moto's SageMaker: what is described is what was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable

# The kinds that moto keeps: the member that names one, and where its backend holds them.
_KEPT = {"model": ("ModelName", "_models")}


def install() -> None:
    """Apply all patches below."""
    what_was_asked_for_is_described()


def what_was_asked_for_is_described() -> None:
    """Describe all that the request said; moto drops a model's isolation, among other members."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def patched(name: str, holder: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
        def held(self: Any) -> Any:
            return getattr(self.sagemaker_backend, holder)[self._get_param(name)]

        def create(known: Callable[..., Any], self: Any) -> Any:
            result = known(self)
            held(self).asked_for = json.loads(self.body)
            return result

        def describe(known: Callable[..., Any], self: Any) -> Any:
            answer = known(self).result
            asked = getattr(held(self), "asked_for", {})
            return ActionResult(answer | {k: v for k, v in asked.items() if not answer.get(k)})

        return create, describe

    for kind, (name, holder) in _KEPT.items():
        create, describe = patched(name, holder)
        around(SageMakerResponse, f"create_{kind}", create)
        around(SageMakerResponse, f"describe_{kind}", describe)

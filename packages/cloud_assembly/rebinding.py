"""Job code under the address of its content now, in a cloud assembly that was written before."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack

_DELIVERY = "Custom::CDKBucketDeployment"


@dataclass(frozen=True)
class JobCode:
    """A folder of job code: the digest it had at synthesis, and what it is now.

    Attributes
    ----------
    place : str
        The folder, relative to the project.
    staged : Path
        Its content now, as jobs read it.
    """

    place: str
    before: str
    digest: str
    staged: Path

    @property
    def moved(self) -> bool:
        """Return whether the code has another address now."""
        return self.before != self.digest


def rebound(stack: Stack, codes: Sequence[JobCode]) -> Stack:
    """Return a stack whose definitions and deliveries have the addresses of today's code."""
    moved = [code for code in codes if code.moved]
    if not moved:
        return stack
    text = json.dumps(stack.template)
    for code in moved:
        text = text.replace(code.before, code.digest)
    fresh = replace(stack, template=json.loads(text))
    assets = {
        key: code.staged
        for _, resource in fresh.resources_of_type(_DELIVERY)
        for code in moved
        if code.digest in str(resource["Properties"].get("DestinationBucketKeyPrefix"))
        for key in resource["Properties"]["SourceObjectKeys"]
    }
    return replace(fresh, assets={**stack.assets, **assets})

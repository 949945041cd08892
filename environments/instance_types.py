"""Instance types of jobs: their form, and those whose disks take no key of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_INSTANCE_TYPE = re.compile(r"ml\.[a-z][a-z0-9-]*\.(medium|large|xlarge|[1-9]\d*xlarge|metal)")
# Families with instance store volumes, on which SageMaker refuses the `VolumeKmsKeyId` that every
# job here must have (API Reference, ResourceConfig; EC2 User Guide, "Instance store volumes").
_LOCAL_DISK = re.compile(
    r"ml\.([a-z]+\d+[a-z]*d[a-z]*|gr?[5-9][a-z]*|p[5-9][a-z0-9-]*|trn\d[a-z]*|(dl|i)\d[a-z]*)\."
)


def type_problem(types: Sequence[str]) -> str | None:
    """Return why jobs cannot have one of these types, or None."""
    if wrong := [each for each in types if not _INSTANCE_TYPE.fullmatch(each)]:
        return f"{', '.join(wrong)} not of the form ml.<family>.<size>, such as ml.m5.large"
    if local := [each for each in types if _LOCAL_DISK.match(each)]:
        return (
            f"{', '.join(local)} has a disk of its own, for which SageMaker takes no key of ours;"
            " take a type without, such as ml.m5.large"
        )
    return None

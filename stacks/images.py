"""The container images that pipelines run, read from their definitions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline_definitions.built import BuiltPipeline

_IMAGE = re.compile(
    r'"(?P<account>\d{12}|\$\{AWS::AccountId\})\.dkr\.ecr\.(?P<region>[a-z0-9-]+|\$\{AWS::Region\})'
    r"\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9._/-]+)"
)


def image_repositories(
    pipelines: Iterable[BuiltPipeline], *, partition: str, account: str, region: str
) -> tuple[str, ...]:
    """Name the container repositories that pipelines' jobs need."""
    arns = set()
    for pipeline in pipelines:
        for image in _IMAGE.finditer(json.dumps(pipeline.definition)):
            owner = image["account"].replace("${AWS::AccountId}", account)
            place = image["region"].replace("${AWS::Region}", region)
            arns.add(f"arn:{partition}:ecr:{place}:{owner}:repository/{image['repository']}")
    return tuple(sorted(arns))

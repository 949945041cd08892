"""AWS's managed policies, by the table that `tools/managed_policies.py` writes.

The texts are those of the partition ``aws``; names are without partition.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE = "aws_managed_policies.json"
_PREFIX = "arn:aws:iam::aws:policy/"
_ARN = re.compile(rf"{_PREFIX}(.+)")


@dataclass(frozen=True)
class AwsManagedPolicy:
    """A policy as AWS published it; AWS may publish another version at any time."""

    name: str
    version: str
    date: str
    document: Mapping[str, Any]

    def attached_to(self, where: str) -> str:
        """Name it as a policy of a role at some place."""
        return f"{where}, {_PREFIX}{self.name} ({self.version})"

    @property
    def assumption(self) -> str:
        """Say what is taken for granted where it is attached."""
        return f"AWS's managed policy {self.name} says what {self.version} of {self.date} says"


def aws_managed_policy(arn: str) -> AwsManagedPolicy | None:
    """Look a policy up; None where the table does not have its text."""
    found = _ARN.fullmatch(arn)
    row = _rows().get(found[1]) if found else None
    return AwsManagedPolicy(found[1], **row) if found and row else None


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    text = files(__package__).joinpath(_TABLE).read_text(encoding="utf-8")
    policies: Mapping[str, Mapping[str, Any]] = json.loads(text)["policies"]
    return policies

"""The state of CodeArtifact in an account and region, and its refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class RefusedError(Exception):
    """A refusal, with its HTTP status and the service's code."""

    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Domain:
    """A domain: what the service answers, its repositories by name, its groups by pattern."""

    facts: dict[str, Any]
    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Store:
    """The domains of an account and region; tags and policies by ARN."""

    domains: dict[str, Domain] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)

"""The chain of environments that models are promoted along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_contract.names import prefix

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Neighbour:
    """The environment before or after in the chain of promotion."""

    name: str
    account: str
    region: str

    @property
    def prefix(self) -> str:
        """Beginning of its names."""
        return prefix(self.name)

    def bucket(self, purpose: str) -> str:
        """Name one of its buckets, by its purpose."""
        return f"{self.prefix}-{purpose}-{self.account}-{self.region}"


def check_promotion(name: str, region: str, target: str, files: Mapping[str, Any]) -> None:
    """Refuse a promotion to `target`, the file's ``promotes_to``, that is impossible."""
    if target not in files:
        raise ValueError(
            f"there is no environment {target!r}; there are {', '.join(sorted(files))}"
        )
    theirs = files[target].get("region")
    if theirs != region:
        raise ValueError(
            f"{target} is in {theirs}, {name} in {region}; models are promoted within a region,"
            " since keys, endpoints and images belong to one"
        )
    others = [each for each, content in files.items() if content.get("promotes_to") == target]
    rivals = sorted(set(others) - {name})
    if rivals:
        raise ValueError(f"{', '.join(rivals)} promotes to {target}, too; one environment may")
    chain = [name]
    following: object = target
    while isinstance(following, str) and following in files:
        chain.append(following)
        if chain.count(following) > 1:
            raise ValueError(f"models would go round: {' → '.join(chain)}")
        following = files[following].get("promotes_to")


def neighbours(name: str, files: Mapping[str, Any]) -> dict[str, Neighbour | None]:
    """Return the settings' fields ``next_environment`` and ``previous_environment``."""
    after = files.get(name, {}).get("promotes_to")
    before = next(
        (each for each, content in sorted(files.items()) if content.get("promotes_to") == name),
        None,
    )
    return {
        "next_environment": _neighbour(after, files),
        "previous_environment": _neighbour(before, files),
    }


def _neighbour(name: str | None, files: Mapping[str, Any]) -> Neighbour | None:
    if name is None or name not in files:
        return None
    return Neighbour(name, str(files[name].get("account")), str(files[name].get("region")))

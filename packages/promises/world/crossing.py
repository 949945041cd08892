"""What templates say about models that go on to, or come from, another environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from promises.world.model import Resource

TO_METADATA = "secure-mlops:promotes-to"
FROM_METADATA = "secure-mlops:promoted-from"


@dataclass(frozen=True)
class PromotesTo:
    """Who of another environment reads models of this one.

    Parameters
    ----------
    role : str
        ARN of its importer.
    objects : mapping of str to str
        By where the templates have a bucket, the pattern of ARNs that may be read of it.
    where : str
        Where the templates say so first.
    """

    environment: str
    account: str
    role: str
    objects: Mapping[str, str]
    where: str


@dataclass(frozen=True)
class PromotedFrom:
    """What this environment's importer reads of another one.

    Parameters
    ----------
    objects : tuple of str
        Patterns of ARNs: artefacts and baselines.
    versions : str
        Pattern of ARNs of versions of models.
    contents : tuple of str
        What S3 decrypts for it, in the encryption context.
    """

    environment: str
    account: str
    role: str
    objects: tuple[str, ...]
    versions: str
    contents: tuple[str, ...]
    where: str


def promotes_to(resources: Iterable[Resource]) -> PromotesTo | None:
    """Read who reads models here."""
    rows = [(each, _row(each, TO_METADATA)) for each in resources if TO_METADATA in each.metadata]
    readers = {
        tuple(str(row.get(name, "")) for name in ("environment", "account", "role"))
        for _, row in rows
    }
    if not readers:
        return None
    if len(readers) > 1:
        raise MlopsError(f"models go on to {len(readers)} environments; one follows another")
    ((environment, account, role),) = readers
    objects = {
        each.where: f"arn:aws:s3:::{each.properties.get('BucketName')}/{row.get('prefix', '')}*"
        for each, row in rows
    }
    return PromotesTo(environment, account, role, objects, next(iter(objects)))


def promoted_from(resources: Iterable[Resource]) -> PromotedFrom | None:
    """Read what this environment's importer reads elsewhere."""
    for each in resources:
        if FROM_METADATA in each.metadata:
            row = _row(each, FROM_METADATA)
            return PromotedFrom(
                str(row.get("environment", "")),
                str(row.get("account", "")),
                each.arn,
                tuple(str(text) for text in row.get("objects", ())),
                str(row.get("versions", "")),
                tuple(str(text) for text in row.get("contents", ())),
                each.where,
            )
    return None


def _row(resource: Resource, name: str) -> Mapping[str, Any]:
    row = resource.metadata[name]
    if not isinstance(row, dict):
        raise MlopsError(f"{resource.where}: {name} is not an object")
    return row

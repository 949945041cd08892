"""Models that go on to, or come from, another environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_contract.metadata import PROMOTED_FROM, PROMOTES_TO, PromotionSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from promises.world.model import Resource


@dataclass(frozen=True)
class PromotesTo:
    """The reader of another environment of models of this one."""

    environment: str
    account: str
    role: str
    objects: Mapping[str, str]
    where: str


@dataclass(frozen=True)
class PromotedFrom(PromotionSource):
    """The objects of another environment that this one's importer reads."""

    role: str
    where: str


def promotes_to(resources: Iterable[Resource]) -> PromotesTo | None:
    """Read who reads models here."""
    rows = [(each, row) for each in resources if (row := each.record(PROMOTES_TO))]
    readers = {(row.environment, row.account, row.role) for _, row in rows}
    if not readers:
        return None
    if len(readers) > 1:
        raise MlopsError(f"models go on to {len(readers)} environments; one follows another")
    (reader,) = readers
    objects = {
        each.where: f"arn:aws:s3:::{each.properties.get('BucketName')}/{row.prefix}*"
        for each, row in rows
    }
    return PromotesTo(*reader, objects, next(iter(objects)))


def promoted_from(resources: Iterable[Resource]) -> PromotedFrom | None:
    """Read what this environment's importer reads elsewhere."""
    for each in resources:
        if row := each.record(PROMOTED_FROM):
            return PromotedFrom(**vars(row), role=each.arn, where=each.where)
    return None

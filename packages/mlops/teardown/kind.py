"""One kind of resource that an environment can leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item
    from mlops.teardown.removing import Remove

Find = Callable[["Place"], Iterable["Item"]]


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    words: str
    types: tuple[str, ...]  # of CloudFormation; none for what only jobs and people make
    find: Find
    remove: Remove | None = None  # None where a person has to decide
    is_data: bool = False  # then only both keys delete it
    by_hand: Remove | None = None  # what a person may do who decides

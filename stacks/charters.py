"""The charters of roles, which proofs compare with policies and boundaries derive from."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from environments import SettingsError
from environments.names import ResourceNames
from mlops_contract.metadata import CEILING, CHARTER, DECRYPTS
from secure_mlops_constructs.boundary_statements import Ceiling, Duty
from stacks import roles
from stacks.charter_places import network_places, places
from stacks.charter_table import PEOPLE, RUNTIME, SECOND_FACTOR, TABLE, read_table
from stacks.delivery_plans import ArtifactUse, artifact_uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stacks.base import EnvironmentStage
    from stacks.charter_table import DutyRow, RoleRow
    from stacks.network import NetworkStack

_PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]*)\}")
_SHOWN_FACTOR = {"aws:MultiFactorAuthPresent": ["true"]}


class Charters:
    """The charters of one environment."""

    def __init__(
        self,
        stage: EnvironmentStage,
        stack: cdk.Stack,
    ) -> None:
        settings = stage.settings
        self._settings, self._names = settings, ResourceNames(settings)
        self._keys, self._table = tuple(stage.key_arns.values()), read_table()
        self._bootstrap = {
            roles.deploying_build(each.name): roles.bootstrap_role_arns(stack.partition, each)
            for each in stage.delivered
        }
        self._artifacts = artifact_uses(settings) if settings.delivery else {}
        self._values = {
            **places(stage, stack),
            **network_places(),
        }

    def ceilings(self) -> dict[str, Ceiling]:
        """Derive the boundaries of the environment, by kind of role."""
        settings = self._settings
        there: dict[str, object] = {
            "delivery": settings.delivery,
            "promotion": settings.delivery,
            "query": settings.batch.query,
            "launch": settings.project_template,
            "project": settings.project_template,
            "import": settings.previous_environment,
        }
        return {
            kind: Ceiling(
                tuple(self._duties_below(kind)),
                environment_arns=tuple(self._filled(self._table.changes(kind))),
                decrypted_arns=tuple(self._filled(row.decrypts)),
                key_arns=self._keys,
            )
            for kind, row in self._table.ceilings.items()
            if there.get(kind, True)
        }

    def boundary_kind(self, role: iam.CfnRole) -> str:
        """Name the kind of a role's boundary."""
        row = self._row(role)
        return row.boundary if row else RUNTIME

    def put_on_roles(self, stage: cdk.Stage, network: NetworkStack) -> None:
        """Put each role's charter on it, where it has one; a proof names those without."""
        self._values |= network_places(network)
        for each in stage.node.find_all():
            if isinstance(each, iam.CfnRole) and self._row(each):
                name = str(each.role_name).removeprefix(self._names.role(""))
                each.add_metadata(CHARTER.name, self.charter(name))

    def put_on_boundaries(self, policies: Mapping[str, iam.ManagedPolicy]) -> None:
        """Declare on permission boundaries the resources that roles may change at all."""
        for kind, policy in policies.items():
            declared = policy.node.default_child
            assert isinstance(declared, iam.CfnManagedPolicy)  # noqa: S101 - narrows the type
            rows = list(self._filled(self._table.changes(kind)))
            declared.add_metadata(CEILING.name, rows)
            if decrypted := self._table.ceilings[kind].decrypts:
                declared.add_metadata(DECRYPTS.name, list(self._filled(decrypted)))

    def charter(self, name: str) -> dict[str, Any]:
        """Return the charter of one role as the template has it."""
        role = self._table.roles[row_of(name)]
        return {
            "assumed_by": self._takers(role.assumed_by),
            # Nothing to do it to, as long as no pipeline registers a model, for example.
            "duties": [
                {
                    "duty": row.duty,
                    "actions": row.actions,
                    "resources": resources,
                    **({"because": row.because} if row.because else {}),
                    **({"when": when} if when else {}),
                }
                for row, resources, when in self._duties(name)
            ],
        }

    def _takers(self, who: str | list[str]) -> dict[str, Any]:
        if isinstance(who, list):
            return {"services": who}
        trusted = list(self._settings.trusted_roles) if who == PEOPLE else []
        ways = [_SHOWN_FACTOR, *([{"aws:PrincipalArn": trusted}] if trusted else [])]
        return {"people": ways}

    def _row(self, role: iam.CfnRole) -> RoleRow | None:
        name = (role.role_name or "").removeprefix(self._names.role(""))
        return self._table.roles.get(row_of(name))

    def _duties_below(self, kind: str) -> Iterator[Duty]:
        """Yield the duties of all roles below a boundary, each right once."""
        for row_name, role in self._table.roles.items():
            if role.boundary != kind:
                continue
            alone = role.assumed_by == SECOND_FACTOR
            for name in self._bootstrap if row_name == roles.BUILD_DEPLOY else (row_name,):
                for row, resources, when in self._duties(name):
                    yield Duty(
                        tuple(row.actions),
                        tuple(resources),
                        conditions={key: tuple(values) for key, values in when.items()},
                        accounts=tuple(self._filled(row.accounts)),
                        lends=bool(row.because),
                        principals=tuple(self._filled([f"{{iam}}:role/{self._names.role(name)}"]))
                        if alone
                        else (),
                    )

    def _duties(self, name: str) -> Iterator[tuple[DutyRow, list[str], dict[str, list[str]]]]:
        """Yield a role's duties in this environment, with their resources and conditions."""
        values = {
            **self._values,
            "role": [self._names.role(name)],
            "project": [self._names.build(name.removeprefix("build-"))],
            "bootstrap": list(self._bootstrap.get(name, ())),
            "taken": list(self._artifacts.get(name, ArtifactUse()).taken),
            "left": list(self._artifacts.get(name, ArtifactUse()).left),
        }
        for row in self._table.duties(row_of(name)):
            when = {key: list(_filled(texts, values)) for key, texts in row.when.items()}
            if resources := list(_filled(row.resources, values)):
                yield row, resources, when

    def _filled(self, texts: Iterable[str]) -> Iterator[str]:
        return _filled(texts, self._values)


def row_of(name: str) -> str:
    """Return the table's row for a role; all builds that deploy share one."""
    return roles.BUILD_DEPLOY if name.startswith(roles.deploying_build("")) else name


def _filled(texts: Iterable[str], values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Fill in every combination of the placeholders' values."""
    for text in texts:
        names = _PLACEHOLDER.findall(text)
        for name in names:
            if name not in values:
                raise SettingsError(f"{TABLE.name}: {text!r}: nothing is called {{{name}}}")
        for combination in product(*(values[name] for name in names)):
            filled = text
            for name, value in zip(names, combination, strict=True):
                filled = filled.replace(f"{{{name}}}", value)
            yield filled

"""The table of charters, typed and validated; `charters.yaml` explains its parts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from environments import SettingsError
from environments.loading import UniqueKeyLoader

TABLE = Path(__file__).with_name("charters.yaml")
PEOPLE, SECOND_FACTOR = "people", "people with a second factor"
RUNTIME = "runtime"
_Text = Annotated[str, StringConstraints(min_length=1)]
_Action = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+:[A-Z][A-Za-z0-9]*$")]
_ADVICE = {
    "string_pattern_mismatch": "write the action's full name, such as s3:GetObject, no wildcard",
    "extra_forbidden": "there is no such part",
    "missing": "is missing",
}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DutyRow(_Row):
    """One duty of a role, with placeholders."""

    duty: _Text
    actions: Annotated[list[_Action], Field(min_length=1)]
    resources: Annotated[list[_Text], Field(min_length=1)]
    when: dict[str, list[str]] = {}
    because: str = ""
    accounts: list[_Text] = []

    @model_validator(mode="after")
    def _names_services(self) -> Self:
        if "iam:PassRole" in self.actions and not self.when.get("iam:PassedToService"):
            raise ValueError("iam:PassRole needs the services that it is for: iam:PassedToService")
        return self


class RoleRow(_Row):
    """The purpose of one role."""

    assumed_by: list[_Text] | Literal["people", "people with a second factor"]
    boundary: str = RUNTIME
    shared: list[str] = []
    duties: list[DutyRow] = []


class CeilingRow(_Row):
    """The resources that roles of one kind may change at all."""

    shared: list[str] = []
    changes: list[_Text] = []
    decrypts: list[_Text] = []


class Table(_Row):
    """All charters, and the ceilings of their boundaries by kind of role."""

    shared_ceilings: dict[str, list[_Text]] = Field(alias="shared ceilings")
    ceilings: dict[str, CeilingRow]
    shared: dict[str, list[DutyRow]]
    roles: dict[str, RoleRow]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        wrong = [
            f"roles.{name}: there is no {what} {each!r}; choose one of {', '.join(there)}"
            for name, role in self.roles.items()
            for what, asked, there in (
                ("boundary", [role.boundary], self.ceilings),
                ("shared part", role.shared, self.shared),
            )
            for each in asked
            if each not in there
        ]
        wrong += [
            f"ceilings.{kind}: there is no shared ceiling {each!r}"
            for kind, ceiling in self.ceilings.items()
            for each in ceiling.shared
            if each not in self.shared_ceilings
        ]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def duties(self, name: str) -> list[DutyRow]:
        """Return all duties of a role, the shared ones first."""
        role = self.roles[name]
        return [*(row for part in role.shared for row in self.shared[part]), *role.duties]

    def changes(self, kind: str) -> list[str]:
        """Return all resources that roles of a kind change."""
        row = self.ceilings[kind]
        return [*(each for part in row.shared for each in self.shared_ceilings[part]), *row.changes]


@cache
def read_table(path: Path = TABLE) -> Table:
    """Read the table."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)  # noqa: S506 - a SafeLoader
        return Table.model_validate(content)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name}: is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SettingsError(
            *(
                line
                for each in error.errors()
                for line in _lines(path.name, each["loc"], each["type"], each["msg"], each["input"])
            )
        ) from None


def _lines(
    file: str, place: tuple[int | str, ...], kind: str, message: str, given: object
) -> list[str]:
    message = message.removeprefix("Value error, ")
    if not place:
        return [f"{file}: {line}" for line in message.splitlines()]
    shown = f"{given!r}: " if isinstance(given, str) else ""
    return [f"{file}: {'.'.join(map(str, place))}: {shown}{_ADVICE.get(kind, message)}"]

"""Checks that several settings share; pydantic collects their errors."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

_Text = TypeVar("_Text", bound=str)
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


def refuse_duplicates(values: Iterable[str]) -> None:
    """Refuse a repeated value."""
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} written twice")


def _distinct(values: tuple[_Text, ...]) -> tuple[_Text, ...]:
    refuse_duplicates(values)
    return values


DISTINCT = AfterValidator(_distinct)
# YAML reads the word as false.
OFF_IS_A_WORD = BeforeValidator(lambda value: "off" if value is False else value)
Texts = Annotated[tuple[str, ...], Field(strict=False), DISTINCT]


def refuse_others(form: re.Pattern[str], values: Iterable[str], words: str) -> None:
    """Refuse values that do not match a form."""
    wrong = [value for value in values if not form.fullmatch(value)]
    if wrong:
        raise ValueError(f"{', '.join(map(repr, wrong))} {words}")


def refuse_other_than_roles(values: Iterable[str], account: str) -> None:
    """Refuse values that are no full ARNs of roles."""
    refuse_others(
        re.compile(rf"arn:aws[a-z-]*:iam::{account}:role/[\w+=,.@/-]+"),
        values,
        f"not a role of account {account}; write its ARN in full, without wildcards",
    )


def refuse_wrong_ids(kind: str, values: Iterable[str]) -> None:
    """Refuse ids of EC2 resources without the prefix `kind`, such as ``vpc`` or ``sg``."""
    refuse_others(
        re.compile(rf"{kind}-([0-9a-f]{{8}}|[0-9a-f]{{17}})"),
        values,
        f"not of the form {kind}-<8 or 17 hexadecimal digits>, such as {kind}-0123456789abcdef0",
    )


def resource_id(kind: str) -> AfterValidator:
    """Return a validator of an EC2 resource's id."""

    def check(value: str) -> str:
        refuse_wrong_ids(kind, [value])
        return value

    return AfterValidator(check)


def matching(form: re.Pattern[str], words: str) -> AfterValidator:
    """Return a validator of a text's form."""

    def check(value: str) -> str:
        refuse_others(form, [value], words)
        return value

    return AfterValidator(check)


def each_matching(form: re.Pattern[str], words: str) -> AfterValidator:
    """Return a validator of several texts' form."""

    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        refuse_others(form, values, words)
        return values

    return AfterValidator(check)


def context_of(info: ValidationInfo) -> dict[str, Any]:
    """Return the facts that the reader of files knows beside the file itself."""
    return info.context or {}

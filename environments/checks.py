"""What the checks of settings have in common."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, ValidationInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


def refuse_duplicates(values: Iterable[str]) -> None:
    """Refuse a value that is there twice.

    Raises
    ------
    ValueError
        Naming them; pydantic collects it.
    """
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} written twice")


def refuse_others(form: re.Pattern[str], values: Iterable[str], words: str) -> None:
    """Refuse what is not of a form.

    Raises
    ------
    ValueError
        Naming those that do not match.
    """
    wrong = [value for value in values if not form.fullmatch(value)]
    if wrong:
        raise ValueError(f"{', '.join(map(repr, wrong))} {words}")


def refuse_other_than_roles(values: Iterable[str], account: str) -> None:
    """Refuse what is not the full ARN of a role of an account.

    Raises
    ------
    ValueError
        Naming those that are none.
    """
    refuse_others(
        re.compile(rf"arn:aws[a-z-]*:iam::{account}:role/[\w+=,.@/-]+"),
        values,
        f"not a role of account {account}; write its ARN in full, without wildcards",
    )


def refuse_wrong_ids(kind: str, values: Iterable[str]) -> None:
    """Refuse what is not an EC2 resource's id.

    Parameters
    ----------
    kind : str
        Beginning of such ids: ``vpc``, ``subnet``, ``sg``.

    Raises
    ------
    ValueError
        Naming those that are none.
    """
    refuse_others(
        re.compile(rf"{kind}-([0-9a-f]{{8}}|[0-9a-f]{{17}})"),
        values,
        f"not of the form {kind}-<8 or 17 hexadecimal digits>, such as {kind}-0123456789abcdef0",
    )


def context_of(info: ValidationInfo) -> dict[str, Any]:
    """Give what the reader of files knows beside the file itself."""
    return info.context or {}

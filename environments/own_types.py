"""Resource types of an adopter's own, reviewed in a file beside the environments.

It says of each type which properties a template has, and why they break no promise here.
docs/security.md shows one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from environments.checks import STRICT, Texts, matching
from environments.loading import OWN_TYPES_FILE, in_words, label, read_file, settings_folder
from environments.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_KIND = re.compile(r"[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9:]+")


class _Reviewed(BaseModel):
    """Properties of a type, and why they break no promise here."""

    model_config = STRICT

    properties: Texts = ()
    because: Annotated[str, Field(min_length=10)]


_Kind = Annotated[str, matching(_KIND, "is not a resource type, such as AWS::IoT::Thing")]
_FILE = TypeAdapter(
    dict[_Kind, Annotated[tuple[_Reviewed, ...], Field(strict=False, min_length=1)]]
)


def own_types(folder: Path | None = None) -> dict[str, dict[str, str]]:
    """Read why types and properties break no promise here: reasons by type and property.

    The reason for a type itself stands under an empty property. Empty without such a file.
    """
    path = (folder or settings_folder()) / OWN_TYPES_FILE
    if not path.exists():
        return {}
    try:
        rows = _FILE.validate_python(read_file(path))
    except ValidationError as error:
        mistakes = (f"{label(path)}: {in_words(detail)}" for detail in error.errors())
        raise SettingsError(*mistakes) from None
    return {
        kind: {
            "": "; ".join(each.because for each in reviewed),
            **{name: each.because for each in reviewed for name in each.properties},
        }
        for kind, reviewed in rows.items()
    }

"""The data file that a deployment delivers, named with ``-c dataset=PATH`` or ``NAME=PATH``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from environments import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIXES = (".csv", ".data", ".tsv")


@dataclass(frozen=True)
class DeliveredData:
    """A file, and the data set that it belongs to; without a name, to the only one."""

    file: Path
    name: str = ""

    def place_in(self, data_sets: Sequence[str]) -> str:
        """Return the data set's folder in the data bucket."""
        if self.name in data_sets:
            return self.name
        known = ", ".join(data_sets) or "none, as no pipeline declares a PROJECT"
        if self.name:
            raise SettingsError(f"dataset: there is no data set {self.name}; there are: {known}")
        if len(data_sets) != 1:
            raise SettingsError(
                f"dataset: say whose data {self.file} is, -c dataset=NAME=PATH; data sets: {known}"
            )
        return data_sets[0]


def delivered_data(text: str | None) -> DeliveredData | None:
    """Check what is named with ``-c dataset=``.

    Examples
    --------
    >>> delivered_data("") is None
    True
    """
    if not text:
        return None
    plain = "=" not in text or Path(text).is_file()  # names of files have equals signs, too
    name, _, path = ("", "", text) if plain else text.partition("=")
    file = Path(path)
    if not file.is_file():
        raise SettingsError(f"dataset: there is no file {path}; name one with -c dataset=PATH")
    if file.suffix.lower() not in SUFFIXES or file.stat().st_size == 0:
        forms = ", ".join(SUFFIXES)
        raise SettingsError(f"dataset: {path} is no data set; name a file with rows, {forms}")
    return DeliveredData(file, name)

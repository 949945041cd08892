"""Names of files, the batch's id and its figures, for all jobs of batch inference."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

RECORDS: Final = "records"
DELIVERED: Final = "delivered"
BATCH_REPORT: Final = "batch.json"
IDS_FILE: Final = "ids.parquet"
SET_ASIDE_FILE: Final = "set_aside.parquet"
FIGURES_FILE: Final = "figures.json"
REHEARSALS: Final = "rehearsals"
_UTC = timezone.utc
_MOST_SECONDS = 1e11


def batch_id(sha256: str, model_package: str) -> str:
    """Return the id of these rows scored by this model version."""
    return hashlib.sha256(f"{sha256}\0{model_package}".encode()).hexdigest()[:32]


def marker_of(folder: Path, name: str) -> dict[str, Any] | None:
    """Read the marker of a batch that was scored before."""
    file = folder / f"{name}.json"
    if not file.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise JobError(
            f"{file.name}, the marker of a scored batch, is damaged ({error}): remove "
            "it to score the batch again"
        ) from None
    return found


def compact(figures: dict[str, Any]) -> str:
    """Put figures into one short text, which a pipeline hands to a function as it is."""
    return json.dumps(figures, separators=(",", ":"), sort_keys=True, allow_nan=False)


def moment(text: str) -> datetime:
    """Read the start of a run: ISO 8601, or seconds or milliseconds since 1970."""
    try:
        number = float(text)
    except ValueError:
        # Python 3.10 reads neither a Z nor fractions of any length.
        whole = re.sub(r"\.\d+", "", text.strip().replace("Z", "+00:00"))
        try:
            found = datetime.fromisoformat(whole)
        except ValueError:
            raise JobError(f"--time {text!r} is no time") from None
        return (found if found.tzinfo else found.replace(tzinfo=_UTC)).astimezone(_UTC)
    return datetime.fromtimestamp(number / 1000 if number > _MOST_SECONDS else number, _UTC)

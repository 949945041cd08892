"""Write what becomes of a request's fields into docs/pipeline-definitions.md; --check compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import generated
from pipeline_schema.request_fields import NO_EFFECT, REFUSED, VALUE, field_table
from pipeline_schema.response_fields import UNANSWERED, response_table
from pipeline_schema.step_types import STEP_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parents[1] / "docs" / "pipeline-definitions.md"
_TABLES = re.compile(r"(?<=<!-- fields -->\n).*(?=<!-- end of fields -->)", re.DOTALL)


def judged(judgement: Any, path: str, seen: set[int]) -> Iterator[tuple[str, str, str]]:
    """Yield kind, path and reason of what is not simply honoured; a shared structure once."""
    if isinstance(judgement, str):
        kind, _, reason = judgement.partition(": ")
        yield kind, path, reason
    elif id(judgement) not in seen:
        seen.add(id(judgement))
        for name, item in judgement.items():
            value = name.startswith(VALUE)
            place = f"{path}{name if value else f'.{name}'}"
            yield from judged(item, place, seen)


def tables() -> str:
    """Render the steps' types, the fields and the properties that are not as on the service."""
    lines = ["| type of step that is refused | why |", "|---|---|"]
    lines += [f"| {row.name} | {row.refused} |" for row in STEP_TYPES.values() if row.refused]
    seen: set[int] = set()
    found = [
        verdict
        for operation, members in field_table().items()
        for verdict in judged(members, operation.removeprefix("Create"), seen)
    ]
    for kind, title in ((REFUSED, "refused, and what to do"), (NO_EFFECT, "without effect")):
        lines += ["", f"| field | {title} |", "|---|---|"]
        lines += [f"| `{path}` | {reason} |" for each, path, reason in found if each == kind]
    lines += ["", "| property of a step | why a definition must not ask for it |", "|---|---|"]
    lines += [
        f"| `{path}` | {reason} |"
        for operation, members in response_table().items()
        for kind, path, reason in judged(members, operation.removeprefix("Describe"), seen)
        if kind in UNANSWERED
    ]
    return "\n".join([*lines, ""])


def main() -> int:
    """Write the tables, or report that the page is out of date."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = _TABLES.sub(lambda _: tables(), page, count=1)
    stale = f"docs/{PAGE.name}: the tables are out of date; run: make format"
    return generated.write(PAGE, fresh, stale)


if __name__ == "__main__":
    sys.exit(main())

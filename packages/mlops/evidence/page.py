"""The facts as a page to print."""

from __future__ import annotations

from typing import Any


def render(facts: dict[str, Any]) -> str:
    """Render the page, which needs no other file."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mlops.evidence", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("page.html").render(facts=facts)

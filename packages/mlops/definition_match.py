"""Comparison of a deployed definition with a synthesized one that has placeholders."""

from __future__ import annotations

import re
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{[^}]+\}")


def same_definition(synthesized: Any, deployed: Any) -> bool:
    """Compare a definition with ``${Name}`` placeholders to one with values."""
    return _same(synthesized, deployed, {})


def _same(synthesized: Any, deployed: Any, values: dict[str, str]) -> bool:
    if isinstance(synthesized, dict):
        return (
            isinstance(deployed, dict)
            and synthesized.keys() == deployed.keys()
            and all(_same(value, deployed[key], values) for key, value in synthesized.items())
        )
    if isinstance(synthesized, list):
        return (
            isinstance(deployed, list)
            and len(synthesized) == len(deployed)
            and all(map(lambda one, other: _same(one, other, values), synthesized, deployed))
        )
    if isinstance(synthesized, str) and isinstance(deployed, str):
        return _same_text(synthesized, deployed, values)
    return type(synthesized) is type(deployed) and bool(synthesized == deployed)


def _same_text(synthesized: str, deployed: str, values: dict[str, str]) -> bool:
    names = _PLACEHOLDER.findall(synthesized)
    if not names:
        return synthesized == deployed
    # One group a placeholder; a name that is known already must have its value again.
    pattern, position = "", 0
    for match in _PLACEHOLDER.finditer(synthesized):
        known = values.get(match[0])
        pattern += re.escape(synthesized[position : match.start()])
        pattern += f"({re.escape(known)})" if known is not None else "(.+?)"
        position = match.end()
    found = re.fullmatch(pattern + re.escape(synthesized[position:]), deployed, re.DOTALL)
    if found is None:
        return False
    filled: dict[str, str] = {}
    for name, value in zip(names, found.groups(), strict=True):
        if filled.setdefault(name, value) != value:
            return False
    values.update(filled)
    return True

"""Symbols: texts that stand for values unknown before a deployment.

A *generated* symbol is a name or id that AWS makes up with the resource: different from every
text of a template, and no part of one. An *open* symbol stands for a value of which nothing is
known. Both consist of characters that IAM takes in names, so that an ARN with one keeps its form.
"""

from __future__ import annotations

import hashlib
import re

_GENERATED = r"\+(?P<stack>[^+@./:]+)\.(?P<id>[\w=-]+)(?:\.(?P<part>[\w.=-]+))?\+"
_OPEN = r"\+(?P<stack>[^+@./:]+)\.(?P<id>[\w=-]+)@(?P<part>[\w.=-]+)\+"
GENERATED, OPEN = re.compile(_GENERATED), re.compile(_OPEN, re.IGNORECASE)
_PART = re.compile(r"(\.part-[0-9a-f]{8})+$")
_UNSAFE = re.compile(r"[^\w-]", re.ASCII)
_SAFE = re.compile(r"=([0-9a-f]+)=", re.IGNORECASE)


def generated(stack: str, logical_id: str, part: str = "") -> str:
    """Return the symbol of a resource's name, or of another id that comes with it."""
    return f"+{_safe(stack)}.{_safe(logical_id)}{part and f'.{_dotted(part)}'}+"


def opened(stack: str, logical_id: str, attribute: str) -> str:
    """Return the symbol of an attribute whose value is not known."""
    return f"+{_safe(stack)}.{_safe(logical_id)}@{_dotted(attribute)}+"


def part_of(text: str, how: object) -> str:
    """Return the symbol of something made of a text with open values: like no other symbol.

    It depends on the same values, so the same part of the same text is the same symbol.
    """
    digest = hashlib.sha256(f"{how}|{text}".encode()).hexdigest()[:8]
    found = OPEN.search(text)
    if found is None:
        return text
    part = _PART.sub("", found["part"])
    return f"+{found['stack']}.{found['id']}@{part}.part-{digest}+"


def open_in(value: object) -> tuple[str, ...]:
    """List the open symbols in a JSON value as people write them, ``stack/Resource.Attribute``."""
    found = (OPEN.fullmatch(each) for each in open_symbols(value))
    names = [f"{m['stack']}/{m['id']}.{_PART.sub('', m['part'])}" for m in found if m]
    return tuple(dict.fromkeys(_plain(name) for name in names))


def open_symbols(value: object) -> tuple[str, ...]:
    """List the open symbols in a JSON value."""
    found: dict[str, None] = {}
    _add_open(value, found)
    return tuple(found)


def _add_open(value: object, found: dict[str, None]) -> None:
    if isinstance(value, str):
        if "@" in value:
            found.update((each[0], None) for each in OPEN.finditer(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            _add_open(key, found)
            _add_open(item, found)
    elif isinstance(value, list | tuple):
        for item in value:
            _add_open(item, found)


def generated_in(text: str) -> tuple[str, ...]:
    """List the generated names in a text as people write them."""
    return tuple(
        f"{m['stack']}/{m['id']}" + (f".{m['part']}" if m["part"] else "")
        for m in GENERATED.finditer(text)
    )


def _dotted(text: str) -> str:
    return ".".join(_safe(part) for part in text.split("."))


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"={ord(found[0]):x}=", text)


def _plain(text: str) -> str:
    return _SAFE.sub(lambda found: chr(int(found[1], 16)), text)

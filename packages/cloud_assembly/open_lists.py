"""Functions on lists and texts of which not all is known: what they give is a symbol of its own."""

from __future__ import annotations

import base64
import re
from ipaddress import ip_network
from itertools import islice

from cloud_assembly.cases import text_of
from mlops_common.symbols import GENERATED, OPEN, open_in, part_of

_IN_NAMES = re.compile(r"[\w.+=-]")


def listed(text: str) -> list[str]:
    """Return the items of a list that is written with commas; one symbol stands for any number."""
    return [part_of(text, "List")] if open_in(text) else [part.strip() for part in text.split(",")]


def joined(separator: object, parts: object) -> str:
    """Join a list."""
    if is_open_list(parts) or not isinstance(parts, list):
        return part_of(_of_strings(parts), ("Join", separator))
    return str(separator).join(text_of(part) for part in parts)


def selected(index: object, items: object) -> object:
    """Select an item of a list."""
    if open_in(index) or is_open_list(items) or not isinstance(items, list):
        return part_of(_of_strings(items) if not open_in(index) else str(index), ("Select", index))
    return items[int(str(index))]


def split(separator: str, text: str) -> list[str]:
    """Split a text."""
    if _IN_NAMES.search(separator):  # it is not known where that cuts a name that AWS makes up
        text = GENERATED.sub(r"+\g<stack>.\g<id>@Name+", text)
    # Where an open value ends is not known, so neither is any part of the text.
    return [part_of(text, ("Split", separator))] if open_in(text) else text.split(separator)


def encoded(text: str) -> str:
    """Encode a text in base 64."""
    return part_of(text, "Base64") if open_in(text) else base64.b64encode(text.encode()).decode()


def length(items: object) -> object:
    """Count the items of a list."""
    if is_open_list(items) or not isinstance(items, list):
        return part_of(_of_strings(items), "Length")
    return len(items)


def subnets_of(block: object, count: object, bits: object) -> list[str]:
    """Cut an address block into blocks of so many host bits, as many as asked for."""
    if open_in([block, count, bits]):
        return [part_of(str([block, count, bits]), "Cidr")]
    network = ip_network(str(block))
    found = network.subnets(new_prefix=network.max_prefixlen - int(str(bits)))
    return [str(each) for each in islice(found, int(str(count)))]


def is_open_list(items: object) -> bool:
    """Return whether a list is a symbol that stands for any number of items."""
    if isinstance(items, list) and len(items) == 1 and isinstance(items[0], str):
        found = OPEN.fullmatch(items[0])
        return found is not None and ".part-" in found["part"]
    return False


def _of_strings(items: object) -> str:
    text = str(items[0]) if isinstance(items, list) and items else items
    if not isinstance(text, str) or not open_in(text):
        raise TypeError(items)
    return text

"""Ordered values: numbers, points in time, network addresses.

IPv4 lies above all of IPv6 on the same line, so that no range of one reaches into the other.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

from iam_prover.errors import PolicyError
from iam_prover.operators import Family

IPV4_OFFSET = 1 << 128
LAST_ADDRESS = IPV4_OFFSET + (1 << 32) - 1
LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z


@cache
def parse_range(family: Family, text: str) -> tuple[Fraction, Fraction]:
    """Return first and last point of a decimal, an ISO 8601 date, seconds since 1970, or a CIDR."""
    try:
        if family is Family.IP_ADDRESS:
            return _address_range(text)
        value = Fraction(text) if _is_number(text) else _seconds(family, text)
    except ValueError:
        raise PolicyError(f"{text!r} is not a value for {family.value} operators") from None
    return value, value


def _is_number(text: str) -> bool:
    return bool(text) and "/" not in text and text.lstrip("+-").replace(".", "", 1).isdigit()


def _seconds(family: Family, text: str) -> Fraction:
    if family is not Family.DATE:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Fraction((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) / 10**6


def _address_range(text: str) -> tuple[Fraction, Fraction]:
    network = ipaddress.ip_network(text, strict=False)
    offset = IPV4_OFFSET if network.version == 4 else 0  # noqa: PLR2004
    first, last = int(network.network_address), int(network.broadcast_address)
    return Fraction(first + offset), Fraction(last + offset)


def render(family: Family, point: Fraction) -> str:
    """Render a point as a request has it."""
    if family is Family.DATE:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(point))
        return moment.isoformat().replace("+00:00", "Z")
    if family is Family.IP_ADDRESS:
        number = int(point)
        if number >= IPV4_OFFSET:
            return str(ipaddress.IPv4Address(number - IPV4_OFFSET))
        return str(ipaddress.IPv6Address(number))
    return str(int(point)) if point.denominator == 1 else _decimal(point)


def _decimal(point: Fraction) -> str:
    """Write a fraction as a decimal; only halves, fifths and their powers are asked for."""
    digits = next((n for n in range(1, 64) if (point * 10**n).denominator == 1), 0)
    if not digits:
        raise PolicyError(f"{point} has no finite decimal")
    scaled = int(abs(point) * 10**digits)
    sign = "-" if point < 0 else ""
    whole, part = divmod(scaled, 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"

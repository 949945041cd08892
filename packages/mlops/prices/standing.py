"""The cost of an environment in which nothing happens, and what settings would save of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.prices.estimate import ENDPOINT, estimate
from mlops_contract.endpoints import APIS, ENDPOINT_GROUPS, called
from promises.caller_places import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.prices.price_file import Assumptions, PriceFile
    from promises.world import World
# Of roles that are there for a delivery.
_DELIVERING = ("build-", "push-filter")


@dataclass(frozen=True)
class Standing:
    """The standing cost of an environment for a month, by kind, and the saving by setting."""

    environment: str
    currency: str
    costs: dict[str, float]
    savings: dict[str, float]
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Sum of what has a price."""
        return sum(self.costs.values())

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "environment": self.environment,
            "currency": self.currency,
            "month": round(self.total, 2),
            "costs": {what: round(cost, 2) for what, cost in self.costs.items()},
            "savings": {setting: round(saved, 2) for setting, saved in self.savings.items()},
            "unknown": list(self.unknown),
        }

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        parts = ", ".join(f"{what} {cost:,.2f}" for what, cost in self.costs.items())
        yield f"{self.environment}: {self.total:,.2f} {self.currency} a month ({parts})"
        for setting, saved in self.savings.items():
            yield f"  {setting} would save {saved:,.2f}"
        if self.unknown:
            yield f"  no price is known of {', '.join(self.unknown)}: left out of the sum"


def standing(world: World, prices: PriceFile, assumptions: Assumptions) -> Standing:
    """Estimate what an environment costs while it stands still."""
    costs: dict[str, float] = {}
    found = estimate(world, prices, assumptions).standing
    for each in found:
        costs[each.what] = costs.get(each.what, 0.0) + (each.cost or 0.0)
    unknown = sorted({each.price_name for each in found if each.cost is None})
    price = prices.price(world.region, ENDPOINT)
    hourly = price.amount * assumptions.hours_a_month if price else 0.0
    savings = {what: count * hourly for what, count in _less(world) if count and hourly}
    return Standing(world.name, prices.currency, costs, savings, tuple(unknown))


def _less(world: World) -> Iterator[tuple[str, int]]:
    """Yield how many interfaces of endpoints each setting takes away."""
    zones = {
        each.service: len(each.resource.properties.get("SubnetIds", ())) or 1
        for each in world.endpoints
        if not each.is_gateway
    }
    names = [short_name(world, each) for each in world.roles]
    needed = called(names)
    for group in ENDPOINT_GROUPS:
        surplus = [each.name for each in APIS if each.group == group]
        surplus = [each for each in surplus if each in zones.keys() - needed]
        setting = f"network.endpoint_groups without {group}, of which nothing here calls"
        yield f"{setting} {', '.join(surplus)},", sum(zones[each] for each in surplus)
    others = called(each for each in names if not each.startswith(_DELIVERING))
    delivers = sum(zones.get(each, 0) for each in needed - others)
    yield "an environment without delivery", delivers
    yield "network.endpoint_zones: 1", sum(count - 1 for count in zones.values())
    shared = "network.existing_vpc.interface_endpoint_ids, with the endpoints of a shared VPC"
    yield shared, sum(zones.values())

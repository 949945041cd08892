"""The cost of a month before and after, line by line where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.prices.estimate import Estimate, estimate
from mlops.review.findings import Finding, Weight, listed

if TYPE_CHECKING:
    from mlops.prices.price_file import Assumptions, PriceFile
    from promises.world import World

_CENT = 0.005


@dataclass(frozen=True)
class Cost:
    """The cost of one environment on both sides."""

    before: Estimate
    after: Estimate
    currency: str
    basis: tuple[str, ...]

    def money(self, amount: float) -> str:
        """Write an amount."""
        return f"{amount:,.2f} {self.currency}"

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "currency": self.currency,
            "before": round(self.before.total, 2),
            "after": round(self.after.total, 2),
            "standing": {
                "before": round(self.before.standing_total, 2),
                "after": round(self.after.standing_total, 2),
            },
            "basis": list(self.basis),
            "items": [
                {
                    "what": each.what,
                    "quantity": round(each.quantity, 3),
                    "unit": each.unit,
                    "price": each.price_name,
                    "cost": None if each.cost is None else round(each.cost, 2),
                }
                for each in self.after.items
            ],
        }


def compare_costs(
    before: World | None, after: World | None, prices: PriceFile, assumptions: Assumptions
) -> Cost:
    """Estimate both sides."""
    sides = [
        Estimate((), ()) if world is None else estimate(world, prices, assumptions)
        for world in (before, after)
    ]
    names = {each.price_name for side in sides for each in side.items}
    known = after or before
    found = [p for n in sorted(names) if known and (p := prices.price(known.region, n))]
    dates = sorted({each.date for each in found})
    sources = sorted({each.source for each in found})
    left_out = sorted({*sides[0].left_out, *sides[1].left_out})
    unknown = sorted({*sides[0].unknown, *sides[1].unknown})
    region = known.region if known else ""
    basis = [f"no prices are known of {region}"]
    if dates:
        span = " to ".join(dict.fromkeys((dates[0], dates[-1])))
        basis = [f"prices of {span} in {region}: {'; '.join(sources)}"]
    basis.append(f"assumed: {assumptions.in_words()}")
    if left_out:
        basis.append(f"by use, and in no sum: {listed(left_out, 20)}")
    if unknown:
        basis.append(
            f"no price is known of {listed([f'`{each}`' for each in unknown], 20)}: left out of "
            "the sum; `mlops prices refresh` looks prices up"
        )
    return Cost(sides[0], sides[1], prices.currency, tuple(basis))


def cost_findings(cost: Cost) -> tuple[Finding, ...]:
    """Return the lines that differ."""
    sides = [
        {(each.what, each.price_name): each for each in side.items}
        for side in (cost.before, cost.after)
    ]
    found = []
    for key in dict.fromkeys((*sides[0], *sides[1])):
        one, other = (side.get(key) for side in sides)
        quantity = [each.quantity if each else 0.0 for each in (one, other)]
        if abs(quantity[1] - quantity[0]) < _CENT:
            continue
        each = other or one
        assert each is not None  # noqa: S101 - the key is of one of the sides
        amounts = [side.cost if side else 0.0 for side in (one, other)]
        known = all(amount is not None for amount in amounts)
        money = (
            f"{cost.money(amounts[0] or 0.0)} → {cost.money(amounts[1] or 0.0)} a month"
            if known
            else f"no price is known of `{each.price_name}`"
        )
        kind = f" (`{each.price_name.partition(':')[2]}`)" if ":" in each.price_name else ""
        text = f"{each.what}{kind}: {quantity[0]:,.4g} → {quantity[1]:,.4g} {each.unit}, {money}"
        weight, price = Weight.CHANGE if known else Weight.WARNING, each.price_name
        facts = {"what": each.what, "price": price, "quantity": quantity, "cost": amounts}
        found.append(Finding(text, weight, facts=facts))
    return tuple(found)

"""Take an environment down: its stacks, what was made beside them, and nothing that is data."""

from mlops.teardown.destroying import Teardown, carry_out, plan_teardown
from mlops.teardown.plan import Fate, Item, Plan

__all__ = ["Fate", "Item", "Plan", "Teardown", "carry_out", "plan_teardown"]

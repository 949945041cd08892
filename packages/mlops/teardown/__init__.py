"""Tear-down of an environment: its stacks, and resources outside of stacks, but no data."""

from mlops.teardown.destroying import carry_out
from mlops.teardown.place import Place
from mlops.teardown.plan import Item, Plan
from mlops.teardown.planning import plan_teardown

__all__ = ["Item", "Place", "Plan", "carry_out", "plan_teardown"]

"""Promotion of approved models into batch inference (``docs/decisions/0023-promotion.md``)."""

from mlops.promotion.promoting import Outcome, promote
from mlops.promotion.withdrawing import roll_back, withdraw

__all__ = ["Outcome", "promote", "roll_back", "withdraw"]

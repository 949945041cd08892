"""The whole path once, from the template to a model at work."""

from mlops.demonstration.demonstrating import demonstrate
from mlops.demonstration.shown import Demonstration, Stage

__all__ = ["Demonstration", "Stage", "demonstrate"]

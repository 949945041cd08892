"""The whole workflow once, from the template to a scored batch."""

from mlops.demonstration.demonstrating import demonstrate
from mlops.demonstration.shown import Demonstration, Stage

__all__ = ["Demonstration", "Stage", "demonstrate"]

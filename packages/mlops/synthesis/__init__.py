"""Synthesis of the app."""

from mlops.synthesis.project import project_root
from mlops.synthesis.synthesize import synthesize

__all__ = ["project_root", "synthesize"]

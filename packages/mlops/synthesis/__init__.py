"""Synthesis by the CDK's own command line, in the project that a command is run in."""

from mlops.synthesis.project import project_root
from mlops.synthesis.synthesize import synthesize

__all__ = ["project_root", "synthesize"]

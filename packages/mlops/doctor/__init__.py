"""Checks of an account before a deployment, with read-only credentials."""

from mlops.doctor.examining import examine
from mlops.doctor.line import Line, Verdict
from mlops.doctor.reads import read_only_policy
from mlops.doctor.subject import Subject

__all__ = ["Line", "Subject", "Verdict", "examine", "read_only_policy"]

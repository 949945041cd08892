"""Command lines whose mistakes are reported like every other mistake."""

from __future__ import annotations

import argparse
from typing import NoReturn

from tabular.failure import JobError


def as_share(text: str) -> float:
    """Read a share, from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text}: it is a share, from 0 to 1")
    return value


class Arguments(argparse.ArgumentParser):
    """An argument parser that raises `JobError`, so that SageMaker shows the reason."""

    def error(self, message: str) -> NoReturn:
        """Report a wrong command line."""
        raise JobError(f"{self.prog}: {message}")

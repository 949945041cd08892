"""Command lines whose mistakes are reported like every other mistake."""

from __future__ import annotations

import argparse
from typing import NoReturn

from tabular.failure import JobError


class Arguments(argparse.ArgumentParser):
    """An argument parser that raises `JobError`, so that SageMaker shows the reason."""

    def error(self, message: str) -> NoReturn:
        """Report a wrong command line."""
        raise JobError(f"{self.prog}: {message}")

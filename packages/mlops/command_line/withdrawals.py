"""Output of a model's withdrawal from the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mlops.promotion.withdrawing import Withdrawal


def tell(withdrawal: Withdrawal) -> None:
    """Print a withdrawal."""
    if withdrawal.left_to_build:
        typer.echo("the build that the rejection starts restores the previous model")
        return
    if withdrawal.withdrawn is None:
        typer.echo("it was not scheduled: nothing changed")
        return
    typer.echo(f"no longer scheduled: {withdrawal.withdrawn.model}")
    if withdrawal.now is None:
        typer.echo("no earlier promotion: the schedule of batch inference is disabled")
    else:
        typer.echo(f"scheduled instead: {withdrawal.now.model}, {withdrawal.schedule}")

"""The examples in the public docstrings give what they say."""

from __future__ import annotations

import doctest
import inspect
from types import FunctionType

import pytest

import iam_prover

EXPLAINED = [
    *(name for name in iam_prover.__all__ if isinstance(getattr(iam_prover, name), FunctionType)),
    *("PolicyError", "Prover"),
]


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_is_public_has_examples_that_hold(name: str) -> None:
    public = getattr(iam_prover, name)
    (found,) = doctest.DocTestFinder(recurse=False).find(
        public, name, globs=vars(inspect.getmodule(public))
    )
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0

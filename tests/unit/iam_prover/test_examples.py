"""The examples in the public functions' docstrings give what they say."""

from __future__ import annotations

import doctest
import inspect
from types import FunctionType

import pytest

import iam_prover

FUNCTIONS = [
    name for name in iam_prover.__all__ if isinstance(getattr(iam_prover, name), FunctionType)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_has_examples_that_hold(name: str) -> None:
    function = getattr(iam_prover, name)
    (found,) = doctest.DocTestFinder(recurse=False).find(
        function, name, globs=vars(inspect.getmodule(function))
    )
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0

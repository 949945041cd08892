"""The examples in the docstrings of what pipeline modules use hold."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["environment", "quality"])
def test_examples_hold(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"pipeline_definitions.{module}"))
    assert result.attempted
    assert not result.failed

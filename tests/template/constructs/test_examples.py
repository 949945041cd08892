"""The examples in the constructs' docstrings hold."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["alert_rule", "sagemaker_pipeline"])
def test_examples_hold(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"secure_mlops_constructs.{module}"))
    assert result.attempted
    assert not result.failed

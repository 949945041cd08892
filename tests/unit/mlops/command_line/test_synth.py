"""`mlops synth`: environments in the order given, without earlier results if asked so."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from mlops.command_line import synth
from mlops_common.store import NO_CACHE


@pytest.mark.parametrize(("flag", "variable"), [(False, ""), (True, "1")])
def test_environments_come_in_order_with_the_cache_as_asked(
    flag: bool, variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fact(name: str) -> dict[str, Any]:
        return {"environment": name, "cache": os.environ[NO_CACHE]}

    monkeypatch.setenv(NO_CACHE, "")
    monkeypatch.setattr(synth, "_synthesize", fact)
    synth.synth("staging,dev", no_cache=flag, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == [{"environment": name, "cache": variable} for name in ("staging", "dev")]

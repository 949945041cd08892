"""`mlops bootstrap-policy --trust`: whose builds deploy to the account."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from mlops.bootstrap import DeploymentPolicies
from mlops.command_line import bootstrap_policy
from mlops.command_line.main import app
from mlops_common.errors import MlopsError


@pytest.fixture
def _synthesized(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for synthesis and proof, which have tests of their own."""
    policies = DeploymentPolicies(
        environment="staging",
        account="222222222222",
        region="eu-central-1",
        partition="aws",
        documents=({"Version": "2012-10-17", "Statement": []},),
        boundary_arns=(),
        actions=(),
    )
    monkeypatch.setattr(bootstrap_policy, "_written", lambda _, **__: (policies, None))
    monkeypatch.setattr(bootstrap_policy, "_proved", lambda *_: 8)
    monkeypatch.setattr(bootstrap_policy, "_enough", lambda *_: 9)


def _asked(*trust: str) -> list[str]:
    return ["bootstrap-policy", "-e", "staging", "--json", *trust]


@pytest.mark.usefixtures("_synthesized")
def test_given_accounts_are_in_the_command_instead_once_each() -> None:
    first, second = "555555555555", "444444444444"
    given = [word for account in (first, second, first) for word in ("--trust", account)]
    result = CliRunner().invoke(app, _asked(*given))
    assert result.exit_code == 0, result.output
    assert f"--trust {first} --trust {second}" in result.output
    assert result.output.count("--trust") == 2


@pytest.mark.usefixtures("_synthesized")
def test_who_delivers_there_is_trusted_unasked() -> None:
    """dev delivers to staging, by its delivery.promotions; nobody delivers to dev."""
    result = CliRunner().invoke(app, _asked())
    assert result.exit_code == 0, result.output
    assert result.output.count("--trust 111111111111") == 1
    result = CliRunner().invoke(app, ["bootstrap-policy", "-e", "dev", "--json"])
    assert result.exit_code == 0, result.output
    assert "--trust" not in result.output


@pytest.mark.parametrize("given", ["dev", "11111111111", "1111111111111"])
def test_what_is_no_account_is_refused_before_anything_is_synthesized(given: str) -> None:
    result = CliRunner().invoke(app, _asked("--trust", given))
    assert isinstance(result.exception, MlopsError)
    assert str(result.exception) == f"--trust {given}: is not an AWS account number of 12 digits"

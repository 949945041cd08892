"""The `delivery` section: what it takes, and one line for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import SettingsError, delivered_environments, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

CONNECTION = (
    "arn:aws:codeconnections:eu-central-1:111111111111:connection/"
    "01234567-89ab-cdef-0123-456789abcdef"
)


def _write(folder: Path, **changes: Any) -> None:
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    del content["promotes_to"]  # it is alone in its folder
    for name, value in changes.items():
        part, _, field = name.partition("__")
        if field:
            content[part][field] = value
        else:
            content[part] = value
    (folder / "dev.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def _mistake(folder: Path, **changes: Any) -> str:
    _write(folder, **changes)
    with pytest.raises(SettingsError) as caught:
        load_environment("dev", folder)
    (line,) = caught.value.mistakes
    return line


def test_only_dev_delivers_and_goes_on_to_the_others() -> None:
    dev, staging, prod = delivered_environments(load_environment("dev"))
    assert [each.name for each in (dev, staging, prod)] == ["dev", "staging", "prod"]
    assert staging.delivery is None
    assert prod.delivery is None
    assert delivered_environments(prod) == ()


def test_a_connection_takes_the_place_of_codecommit(tmp_path: Path) -> None:
    _write(tmp_path, delivery__connection_arn=CONNECTION, delivery__repository="we/secure-mlops")
    delivery = load_environment("dev", tmp_path).delivery
    assert delivery is not None
    assert delivery.connection_arn == CONNECTION


def test_who_pushes_is_named_for_codecommit_only(tmp_path: Path) -> None:
    pushers = ["arn:aws:iam::111111111111:role/engineers"]
    _write(tmp_path, delivery__contributors=pushers)
    delivery = load_environment("dev", tmp_path).delivery
    assert delivery is not None
    assert delivery.contributors == tuple(pushers)
    elsewhere = {"connection_arn": CONNECTION, "repository": "we/it", "contributors": pushers}
    line = _mistake(tmp_path, delivery=elsewhere)
    assert "go with a repository of CodeCommit" in line


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("connection_arn", "arn:aws:codecommit:x", "is not a connection's ARN"),
        ("connection_arn", CONNECTION, "goes with a repository's full name, owner/name"),
        ("repository", "we/secure-mlops", "names no CodeCommit repository"),
        ("branch", "a branch", "is not the name of a branch"),
        ("ignored_paths", ["docs/**"] * 2, "written twice"),
        ("ignored_paths", [f"{number}.md" for number in range(9)], "are 9, CodePipeline takes 8"),
        ("ignored_paths", ["a b"], "not a pattern such as docs/**"),
        ("contributors", ["arn:aws:iam::222222222222:role/x"], "not a role of account 1111"),
        ("contributors", ["arn:aws:iam::111111111111:role/*"], "without wildcards"),
        ("build_hours", 0, "greater than or equal to 1"),
        ("promotions", [{"environment": "prod"}, {"environment": "prod"}], "prod written twice"),
        ("promotions", [{"environment": "prod", "approval": "none"}], "'manual' or 'policy'"),
        ("promotion", [], "is not a known field"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, field: str, value: object, says: str) -> None:
    line = _mistake(tmp_path, **{f"delivery__{field}": value})
    assert line.startswith(f"{tmp_path.name}/dev.yaml: delivery")
    assert says in line


def test_waiting_for_the_gate_needs_a_gate_that_approves(tmp_path: Path) -> None:
    promotions = [{"environment": "staging", "approval": "policy"}]
    assert "waits for the quality gate" in _mistake(tmp_path, delivery__promotions=promotions)
    _write(tmp_path, delivery__promotions=promotions, model_approval="automatic")
    assert load_environment("dev", tmp_path).delivery is not None


def test_a_promotion_goes_to_an_environment_that_is_there(tmp_path: Path) -> None:
    _write(tmp_path)
    with pytest.raises(SettingsError) as caught:
        delivered_environments(load_environment("dev", tmp_path), tmp_path)
    first, second = caught.value.mistakes
    assert f"{tmp_path.name}/dev.yaml: delivery.promotions[0].environment: 'staging'" in first
    assert "'prod' is no other environment; those that exist: none" in second


def test_a_smoke_batch_is_for_an_environment_of_the_same_account(tmp_path: Path) -> None:
    promotions = [{"environment": "staging", "smoke_batch": True}]
    _write(tmp_path, delivery__promotions=promotions)
    staging = yaml.safe_load((SETTINGS / "staging.yaml").read_text(encoding="utf-8"))
    del staging["promotes_to"]
    file = tmp_path / "staging.yaml"
    file.write_text(yaml.safe_dump(staging), encoding="utf-8")
    with pytest.raises(SettingsError, match="staging is of another account or region"):
        delivered_environments(load_environment("dev", tmp_path), tmp_path)
    staging["account"] = "111111111111"
    staging["retention"]["own_job_logs"] = False
    file.write_text(yaml.safe_dump(staging), encoding="utf-8")
    dev, other = delivered_environments(load_environment("dev", tmp_path), tmp_path)
    assert (dev.account, other.name) == (other.account, "staging")

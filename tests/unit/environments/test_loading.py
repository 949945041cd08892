"""Environment files: what is right loads, and every mistake is one clear line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import (
    SettingsError,
    available_environments,
    delivered_environments,
    load_environment,
    load_environments,
)
from environments.loading import VARIABLE, settings_folder
from tests import settings_guard
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

RIGHT: dict[str, Any] = {
    "account": "111111111111",
    "region": "eu-central-1",
    "network": {
        "vpc_cidr": "10.9.0.0/16",
        "availability_zones": ["eu-central-1a", "eu-central-1b"],
        "s3_prefix_list": "pl-6ea54007",
    },
    "instance_types": ["ml.m5.large"],
    "retention": {"data_days": 30, "log_days": 30, "keep_data": False},
    "tags": {"project": "x"},
    "notification_addresses": ["a@example.com"],
    "model_approval": "manual",
}
GONE = object()


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "environments"
    folder.mkdir()
    for path in SETTINGS.glob("*.yaml"):
        shutil.copy(path, folder)
    return folder


def _changed(field: str, value: object) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(yaml.safe_dump(RIGHT))
    *parents, last = field.split(".")
    place = content
    for parent in parents:
        place = place[parent]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return content


def _mistakes(folder: Path, content: object) -> tuple[str, ...]:
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    (folder / "test.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_environment("test", folder)
    return caught.value.mistakes


def test_the_shipped_files_load() -> None:
    with settings_guard.lifted() as folder:
        for name in available_environments(folder):
            settings = load_environment(name, folder)
            assert settings.name == name
            delivered_environments(settings, folder)


def test_no_other_test_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    for name in available_environments():
        with pytest.raises(AssertionError, match="tests have their own"):
            load_environment(name)


def test_no_process_of_a_test_reads_them() -> None:
    words = [sys.executable, "-m", "mlops.command_line.main", "--help"]
    with pytest.raises(AssertionError, match="without MLOPS_SETTINGS"):
        subprocess.run(words, env={}, check=False)


def test_a_variable_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_folder() == SETTINGS
    monkeypatch.setenv(VARIABLE, "ours/settings")
    assert settings_folder(tmp_path) == tmp_path / "ours" / "settings"
    with pytest.raises(SettingsError, match=r"exist: none in .*/ours/settings$"):
        load_environment("dev")
    monkeypatch.setenv(VARIABLE, "")
    assert settings_folder(tmp_path) == tmp_path / "environments"


def test_environments_load_in_the_order_asked_for() -> None:
    loaded = load_environments("staging, dev,prod,dev")
    assert [settings.name for settings in loaded] == ["staging", "dev", "prod"]


def test_right_settings_load(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "test.yaml").write_text(yaml.safe_dump(RIGHT), encoding="utf-8")
    settings = load_environment("test", folder)
    assert settings.network.availability_zones == ("eu-central-1a", "eu-central-1b")
    assert available_environments(folder) == ("dev", "prod", "staging", "test")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("account", GONE, "is missing"),
        ("account", "11111111111", "not an AWS account number of 12 digits"),
        ("account", "11111111111x", "not an AWS account number of 12 digits"),
        ("account", 111111111111, "in quotes"),
        ("region", "eu-central-9", "not an AWS Region"),
        ("region", 3, "must be a valid string"),
        ("network", GONE, "is missing"),
        ("network", "10.9.0.0/16", "must have fields"),
        ("network.vpc_cidr", GONE, "is missing"),
        ("network.vpc_cidr", "10.9.0.0", "wrong size"),
        ("network.vpc_cidr", "10.9.0.1/16", "has host bits set"),
        ("network.vpc_cidr", "10.300.0.0/16", "not an IPv4 network"),
        ("network.vpc_cidr", "10.9.0.0/24", "wrong size"),
        ("network.vpc_cidr", "11.0.0.0/16", "not a private range"),
        ("network.vpc_cidr", "172.17.0.0/16", "Docker"),
        ("network.vpc_cidr", "10.1.128.0/20", "overlaps 10.1.0.0/16 of environments/staging.yaml"),
        ("network.availability_zones", ["eu-central-1a"], "at least two"),
        ("network.availability_zones", ["eu-central-1a"] * 2, "eu-central-1a written twice"),
        (
            "network.availability_zones",
            ["eu-central-1a", "us-east-1b"],
            "us-east-1b not in region eu-central-1",
        ),
        ("network.s3_prefix_list", GONE, "is missing"),
        ("network.s3_prefix_list", "pl-1", "not a prefix list's id"),
        ("network.gateway", "nat", "not a known field"),
        ("instance_types", [], "at least one"),
        ("instance_types", ["m5.large"], "m5.large not of the form"),
        ("instance_types", ["ml.m5.huge"], "ml.m5.huge not of the form"),
        ("instance_types", ["ml.m5.large"] * 2, "written twice"),
        ("instance_types", ["ml.m5d.large"], "ml.m5d.large has a disk of its own"),
        ("instance_types", ["ml.g4dn.xlarge"], "ml.g4dn.xlarge has a disk of its own"),
        ("instance_types", ["ml.p5.48xlarge"], "ml.p5.48xlarge has a disk of its own"),
        ("instance_types", "ml.m5.large", "must be a list, such as [ml.m5.large], not"),
        *(
            ("network.endpoint_groups", text, f"must be a list, such as [{names}], not {text!r}")
            for text, names in (
                ("clients", "clients"),
                ("[clients]", "clients"),
                ("[ 'clients', delivery ]", "clients, delivery"),
            )
        ),
        ("network.endpoint_groups", "[]", "must be a list, not '[]'"),
        ("network.endpoint_groups", ["clients", "clients"], "clients written twice"),
        ("network.endpoint_groups", 3, "must be a list, not 3"),
        (
            "network.endpoint_policies",
            {"s4": True},
            "s4 is no endpoint of the platform; choose of",
        ),
        ("network.endpoint_policies", {"glue": "no"}, "must be a valid boolean, not 'no'"),
        ("retention.data_days", 0, "greater than or equal to 1"),
        ("retention.data_days", "30", "must be a valid integer"),
        ("retention.log_days", 31, "does not offer 31 days"),
        ("retention.keep_data", "yes", "must be a valid boolean"),
        ("tags", {"aws:x": "y"}, "keeps for itself"),
        ("tags", {"x": "y" * 257}, "not a tag value"),
        ("tags", {"": "y"}, "not a tag key"),
        ("notification_addresses", ["someone"], "'someone' not an e-mail address"),
        ("network.endpoint_groups", ["everything"], "must be 'analytics', 'clients' or 'delivery'"),
        ("retention.object_lock_days", 0, "greater than or equal to 1"),
        ("trusted_roles", ["arn:aws:iam::222222222222:role/x"], "not a role of account 1111"),
        ("trusted_roles", ["arn:aws:iam::111111111111:role/*"], "without wildcards"),
        ("promoting_roles", ["arn:aws:iam::111111111111:user/x"], "not a role of account 1111"),
        ("model_approval", "maybe", "must be 'manual' or 'automatic', not 'maybe'"),
        ("model_approval", None, "not nothing"),
        ("name", "other", "the file's stem is the name"),
        ("colour", "red", "not a known field"),
    ],
)
def test_a_mistake_is_one_line_naming_file_and_field(
    tmp_path: Path, field: str, value: object, says: str
) -> None:
    (line,) = _mistakes(_folder(tmp_path), _changed(field, value))
    assert line.startswith(f"environments/test.yaml: {field}")
    assert says in line
    assert "\n" not in line


def test_one_environment_of_an_account_makes_the_groups_of_job_logs(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    content = _changed("retention.own_job_logs", True)
    (line,) = _mistakes(folder, content)
    assert line.startswith("environments/test.yaml: retention: own_job_logs is true in")
    assert "environments/dev.yaml, too" in line
    content["region"] = "eu-west-1"
    content["network"]["availability_zones"] = ["eu-west-1a", "eu-west-1b"]
    (folder / "test.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert load_environment("test", folder).retention.own_job_logs


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    content = _changed("account", "1")
    content["network"] = {"vpc_cidr": "10.0.0.0/8", "availability_zones": ["mars-1a", "mars-1b"]}
    content["network"]["s3_prefix_list"] = "pl-6ea54007"
    content["name"] = "x"
    fields = [line.split(": ")[1] for line in _mistakes(_folder(tmp_path), content)]
    assert fields == ["name", "account", "network.vpc_cidr", "network.availability_zones"]


def test_mistakes_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "one.yaml").write_text("[]", encoding="utf-8")
    (folder / "two.yaml").write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_environments("one,dev,two,nine", folder)
    assert len(caught.value.mistakes) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must have fields"),
        ("- a\n", "must have fields"),
        ("a: [1\n", "line 2: not YAML"),
        ("a: 1\na: 2\n", "line 2: not YAML: 'a' is written twice"),
        ("a: 1\n[b, c]: 2\n", "line 2: not YAML: a field's name must be a word"),
        ("a: \x00", "not YAML"),
    ],
)
def test_what_is_not_a_settings_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    (line,) = _mistakes(_folder(tmp_path), text)
    assert line.startswith("environments/test.yaml: ")
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["../dev", "DEV", "production", "dev.yaml", "*"])
def test_an_unknown_name_lists_those_that_exist(name: str) -> None:
    with pytest.raises(SettingsError, match=r"environments that exist: dev, prod, staging$"):
        load_environments(name)


@pytest.mark.parametrize("names", ["", " , "])
def test_no_name_lists_those_that_exist(names: str) -> None:
    with pytest.raises(SettingsError, match="dev, prod, staging"):
        load_environments(names)


@pytest.mark.parametrize("stem", ["Dev", "averylongname", "dev-x", "1st"])
def test_a_file_name_that_cannot_name_an_environment(tmp_path: Path, stem: str) -> None:
    folder = _folder(tmp_path)
    (folder / f"{stem}.yaml").write_text(yaml.safe_dump(RIGHT), encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"{stem}.yaml: name: .* cannot name an environment"):
        load_environment(stem, folder)


def test_a_broken_neighbour_does_not_stop_a_right_file(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "broken.yaml").write_text("network: 3\n", encoding="utf-8")
    assert load_environment("dev", folder).name == "dev"

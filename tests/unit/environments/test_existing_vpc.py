"""An existing VPC in an environment file: ids of the right form, complete, no contradiction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import SettingsError, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

GONE = object()
DIGITS = "0123456789abcdef"
SUBNETS = [f"subnet-{DIGITS}0", f"subnet-{DIGITS}1"]
EXISTING: dict[str, Any] = {
    "vpc_id": f"vpc-{DIGITS}0",
    "subnet_ids": SUBNETS,
    "s3_endpoint_id": "vpce-01234567",
    "interface_endpoint_ids": {"sts": f"vpce-{DIGITS}1", "kms": f"vpce-{DIGITS}2"},
    "endpoint_security_group_ids": [f"sg-{DIGITS}0"],
}


def _write(folder: Path, field: str, value: object) -> None:
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    del content["promotes_to"]  # it is alone in its folder
    network = content["network"]
    del network["vpc_cidr"]
    network["existing_vpc"] = dict(EXISTING)
    place, name = (
        (network["existing_vpc"], field.partition(".")[2])
        if field.startswith("existing_vpc.")
        else (network, field)
    )
    if value is GONE:
        place.pop(name, None)
    elif name:
        place[name] = value
    (folder / "test.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def _mistakes(folder: Path, field: str, value: object) -> tuple[str, ...]:
    _write(folder, field, value)
    with pytest.raises(SettingsError) as caught:
        load_environment("test", folder)
    return caught.value.mistakes


def test_an_existing_vpc_loads(tmp_path: Path) -> None:
    _write(tmp_path, "", None)
    network = load_environment("test", tmp_path).network
    assert network.vpc_cidr is None
    assert network.existing_vpc is not None
    assert network.existing_vpc.subnet_ids == tuple(SUBNETS)
    assert network.existing_vpc.route_table_ids == ()
    assert not network.judges_names  # others use it, too, and its DNS is their owners'


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("existing_vpc.vpc_id", GONE, "is missing"),
        ("dns_firewall", "block", "is for a VPC to make; remove it, or existing_vpc"),
        ("dns_firewall", False, "is for a VPC to make; remove it, or existing_vpc"),
        ("existing_vpc.vpc_id", "vpc-1", "'vpc-1' not of the form vpc-<8 or 17 hex"),
        ("existing_vpc.vpc_id", f"subnet-{DIGITS}0", "not of the form vpc-"),
        ("existing_vpc.vpc_id", 3, "must be a valid string"),
        ("existing_vpc.subnet_ids", GONE, "is missing"),
        ("existing_vpc.subnet_ids", [*SUBNETS, "subnet-x"], "'subnet-x' not of the form subnet-"),
        ("existing_vpc.subnet_ids", SUBNETS[:1] * 2, "written twice"),
        ("existing_vpc.s3_endpoint_id", "rtb-01234567", "not of the form vpce-"),
        ("existing_vpc.route_table_ids", ["rtb-01234567"], "remove it, or s3_endpoint_id"),
        ("existing_vpc.interface_endpoint_ids", {"sts": "sts"}, "'sts' not of the form vpce-"),
        (
            "existing_vpc.interface_endpoint_ids",
            {"sagemaker-api": f"vpce-{DIGITS}1"},
            "'sagemaker-api' not a service that the platform calls; choose one of athena,",
        ),
        (
            "existing_vpc.interface_endpoint_ids",
            {"sts": f"vpce-{DIGITS}1", "kms": f"vpce-{DIGITS}1"},
            "written twice",
        ),
        ("existing_vpc.endpoint_security_group_ids", GONE, "is missing: write the security"),
        ("existing_vpc.endpoint_security_group_ids", ["sg-x"], "not of the form sg-"),
        ("existing_vpc.nat", "x", "not a known field"),
        ("existing_vpc", "vpc-01234567", "must have fields"),
        ("vpc_cidr", "10.9.0.0/16", "is for a VPC to make; remove it, or existing_vpc"),
        ("availability_zones", ["eu-central-1a"], "at least two"),
        ("availability_zones", ["eu-central-1a", "eu-central-1a", "eu-central-1b"], "twice"),
        (
            "availability_zones",
            ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
            "names 3 zones, but existing_vpc.subnet_ids 2; write one subnet for each zone",
        ),
    ],
)
def test_a_mistake_is_one_line_naming_file_and_field(
    tmp_path: Path, field: str, value: object, says: str
) -> None:
    (line,) = _mistakes(tmp_path, field, value)
    assert line.startswith(f"{tmp_path.name}/test.yaml: network.{field}")
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        (GONE, "is missing: write the route table of each subnet"),
        (["rtb-01234567"], "names 1 for 2 subnets"),
        (["rtb-01234567", "x"], "'x' not of the form rtb-"),
    ],
)
def test_an_s3_endpoint_to_make_takes_the_subnets_route_tables(
    tmp_path: Path, tables: object, says: str
) -> None:
    _with_route_tables(tmp_path, tables)
    with pytest.raises(SettingsError) as caught:
        load_environment("test", tmp_path)
    (line,) = caught.value.mistakes
    assert line.startswith(f"{tmp_path.name}/test.yaml: network.existing_vpc.route_table_ids: ")
    assert says in line


def test_subnets_may_share_a_route_table(tmp_path: Path) -> None:
    _with_route_tables(tmp_path, ["rtb-01234567"] * 2)
    existing = load_environment("test", tmp_path).network.existing_vpc
    assert existing is not None
    assert existing.route_table_ids == ("rtb-01234567",) * 2


def _with_route_tables(folder: Path, tables: object) -> None:
    _write(folder, "existing_vpc.s3_endpoint_id", GONE)
    content = yaml.safe_load((folder / "test.yaml").read_text(encoding="utf-8"))
    if tables is not GONE:
        content["network"]["existing_vpc"]["route_table_ids"] = tables
    (folder / "test.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def test_groups_without_endpoints_are_refused(tmp_path: Path) -> None:
    (line,) = _mistakes(tmp_path, "existing_vpc.interface_endpoint_ids", GONE)
    assert "endpoint_security_group_ids: is for endpoints that are there" in line


def test_a_network_needs_a_range_or_a_vpc(tmp_path: Path) -> None:
    (line,) = _mistakes(tmp_path, "existing_vpc", GONE)
    assert line.endswith(
        "network.vpc_cidr: is missing; write for example 10.0.0.0/16, or bring an existing_vpc"
    )

"""For any name and any range: a clear answer, never a traceback."""

from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from environments import SettingsError, available_environments, load_environment, load_environments
from tests.synthesis import SETTINGS

ANY_YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        *("account", "region", "network", "instance_types", "retention", "tags"),
        *("notification_addresses", "model_approval"),
    ]
)


@given(st.text())
def test_any_unknown_name_lists_those_that_exist(name: str) -> None:
    if any(part.strip() in available_environments() for part in name.split(",")):
        return
    try:
        load_environments(name)
    except SettingsError as error:
        assert all("dev, prod, staging" in line for line in error.mistakes)  # noqa: PT017 - no raise is also checked
        assert all(line.isprintable() for line in error.mistakes)  # noqa: PT017
    else:
        raise AssertionError(name)


@given(st.integers(0, 2**32 - 1), st.integers(16, 22))
def test_two_environments_load_only_when_their_ranges_are_apart(start: int, prefix: int) -> None:
    network = ipaddress.ip_network((start, prefix), strict=False)
    dev = yaml.safe_load((SETTINGS / "dev.yaml").read_text())
    del dev["promotes_to"]  # it is alone in its folder
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "dev.yaml").write_text(yaml.safe_dump(dev))
        dev["network"]["vpc_cidr"] = str(network)
        dev["retention"]["own_job_logs"] = False  # the other environment has them
        Path(folder, "other.yaml").write_text(yaml.safe_dump(dev))
        try:
            load_environment("other", Path(folder))
            loads = True
        except SettingsError as error:
            assert "network.vpc_cidr" in str(error)  # noqa: PT017 - success is also checked
            loads = False
    apart = not network.overlaps(ipaddress.ip_network("10.0.0.0/16"))
    bridge = network.overlaps(ipaddress.ip_network("172.17.0.0/16"))
    assert loads == (apart and network.is_private and not bridge)


@example("network", {"\n": None})
@example("tags", {"\x1b[31m\u2028": "\r"})
@given(FIELDS, ANY_YAML)
def test_any_content_gives_settings_or_one_line_mistakes(field: str, value: object) -> None:
    dev = yaml.safe_load((SETTINGS / "dev.yaml").read_text())
    del dev["promotes_to"]  # it is alone in its folder
    dev[field] = value
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "dev.yaml").write_text(yaml.safe_dump(dev))
        try:
            load_environment("dev", Path(folder))
        except SettingsError as error:
            for line in error.mistakes:
                assert "/dev.yaml: " + field in line
                assert line.isprintable()

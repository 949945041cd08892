"""Who sends data, in the settings: one role a row, its way, and each kind by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments.loading import load_environment
from environments.settings import SettingsError
from tests.synthesis import PROJECT, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

HERE = "arn:aws:iam::222222222222:role/forms"
ELSEWHERE = "arn:aws:iam::444444444444:role/upstream/export"
BATCHES = {"abalone": ["batch"]}
ENDPOINT = "vpce-0fedcba9876543210"


def _load(folder: Path, *rows: dict[str, Any]) -> Any:
    for name in ("staging", "prod"):
        content = yaml.safe_load((SETTINGS / f"{name}.yaml").read_text(encoding="utf-8"))
        if name == "staging":
            content["senders"] = list(rows)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_environment("staging", folder)


def test_nobody_sends_unless_the_settings_say_so() -> None:
    assert load_environment("staging", SETTINGS).senders == ()


def test_a_row_names_role_way_and_kinds(tmp_path: Path) -> None:
    here, elsewhere = _load(
        tmp_path,
        {"role": HERE, "sends": {"flights-2": ["raw", "truth"], "abalone": ["batch"]}},
        {"role": ELSEWHERE, "sends": BATCHES, "organization": "o-a1b2c3d4e5"},
    ).senders
    assert here.prefixes == ("abalone/batch/", "flights-2/raw/", "flights-2/truth/")
    assert (elsewhere.account, elsewhere.prefixes) == ("444444444444", ("abalone/batch/",))


def test_the_page_shows_rows_that_load(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "send-data.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    rows = yaml.safe_load(text.replace("111111111111", "222222222222"))["senders"]
    assert [each.account[0] for each in _load(tmp_path, *rows).senders] == ["4", "5", "2"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"role": ELSEWHERE, "sends": BATCHES}], "name either the S3 endpoint"),
        (
            [
                {
                    "role": ELSEWHERE,
                    "sends": BATCHES,
                    "endpoint": ENDPOINT,
                    "organization": "o-a1b2c3d4e5",
                }
            ],
            "name either the S3 endpoint",
        ),
        ([{"role": HERE, "sends": BATCHES, "endpoint": ENDPOINT}], "leave endpoint and"),
        ([{"role": HERE, "sends": BATCHES, "organization": "o-a1b2c3d4e5"}], "leave endpoint and"),
        ([{"role": HERE, "sends": BATCHES}] * 2, "written twice"),
        ([{"role": f"{HERE}*", "sends": BATCHES}], "without wildcards"),
        ([{"role": "*", "sends": BATCHES}], "without wildcards"),
        ([{"role": HERE.replace("role", "user"), "sends": BATCHES}], "without wildcards"),
        ([{"role": "arn:aws:iam::222222222222:root", "sends": BATCHES}], "without wildcards"),
        (
            [
                {
                    "role": HERE.replace("forms", "secure-mlops-staging-processing-job"),
                    "sends": BATCHES,
                }
            ],
            "a role of the platform",
        ),
        (
            [{"role": HERE.replace("forms", "cdk-hnb659fds-cfn-exec-role"), "sends": BATCHES}],
            "a role of the platform",
        ),
        (
            [{"role": HERE.replace("forms", "Secure-MLOps-dev-scientist"), "sends": BATCHES}],
            "a role of the platform",
        ),
        (
            [{"role": HERE.replace("forms", "CDK-hnb659fds-deploy-role"), "sends": BATCHES}],
            "a role of the platform",
        ),
        (
            [
                {
                    "role": HERE.replace(
                        "forms", "aws-service-role/s3.amazonaws.com/AWSServiceRoleForS3"
                    ),
                    "sends": BATCHES,
                }
            ],
            "a service-linked role",
        ),
        (
            [{"role": HERE.replace("arn:aws:", "arn:aws-cn:"), "sends": BATCHES}],
            "of partition aws-cn, this environment of aws:",
        ),
        (
            [
                {
                    "role": ELSEWHERE.replace("arn:aws:", "arn:aws-us-gov:"),
                    "sends": BATCHES,
                    "endpoint": ENDPOINT,
                }
            ],
            "of partition aws-us-gov",
        ),
        ([{"role": HERE, "sends": {}}], "sends"),
        ([{"role": HERE, "sends": {"abalone": []}}], "sends.abalone"),
        ([{"role": HERE, "sends": {"abalone": ["everything"]}}], "'batch', 'truth' or 'raw'"),
        ([{"role": HERE, "sends": {"abalone": ["batch", "batch"]}}], "written twice"),
        ([{"role": HERE, "sends": {"abalone/batch/../..": ["raw"]}}], "cannot name a data set"),
        ([{"role": HERE, "sends": {"*": ["raw"]}}], "cannot name a data set"),
        ([{"role": HERE, "sends": {"quarantine": ["raw"]}}], "cannot name a data set"),
        ([{"role": ELSEWHERE, "sends": BATCHES, "endpoint": "vpce-*"}], "hexadecimal digits"),
        ([{"role": ELSEWHERE, "sends": BATCHES, "organization": "o-*"}], "organization's id"),
        ([{"role": HERE, "sends": BATCHES, "reads": ["abalone"]}], "not a known field"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(SettingsError) as found:
        _load(tmp_path, *rows)
    assert words in str(found.value)
    assert "staging.yaml: senders" in str(found.value)

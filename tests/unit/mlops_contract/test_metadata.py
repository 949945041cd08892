"""Tools read all that stacks write; a malformed record is reported in one clear line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mlops_contract import metadata
from mlops_contract.metadata import Key
from mlops_contract.records import MalformedRecordError

ROOT = Path(__file__).parents[3]
KEYS = {name: each for name, each in vars(metadata).items() if isinstance(each, Key)}
RECORDS: dict[str, Any] = {
    "EXCEPTIONS": (metadata.ExceptionRow("logging.s3.amazonaws.com", "s3:PutObject", "", "why"),),
    "CHARTER": metadata.Charter(
        metadata.Principals(people=({"aws:MultiFactorAuthPresent": ("true",)},)),
        (metadata.Duty("sends", ("sqs:SendMessage",), ("*",), {"aws:x": ("1",)}, "because"),),
    ),
    "CEILING": ("arn:aws:sqs:*:*:ours-*",),
    "DECRYPTS": ("arn:aws:s3:::ours",),
    "PROMOTES_TO": metadata.PromotionReader("prod", "333333333333", "arn:r", "models/"),
    "PROMOTED_FROM": metadata.PromotionSource("dev", "1", ("arn:o",), "arn:v", ("arn:c",)),
    "ASSUMPTIONS": (metadata.Assumption("16", "in words", "sg-1,sg-2"),),
    "OUTSIDE_USERS": ("arn:aws:iam::111111111111:role/other",),
    "DEPLOYMENTS": metadata.Deployers(("arn:b",), ("arn:r",), ("arn:r",)),
    "ACKNOWLEDGED": (metadata.Acknowledgment("Pack-Rule", "reason"),),
    "MODEL_ARCHIVES": metadata.ModelArchives("via-service", "off"),
    "PIPELINE": "training",
    "SENDERS": (metadata.Sender("arn:r", ("set/batch/",), "aws:SourceVpce", "vpce-1"),),
}


@pytest.mark.parametrize("name", KEYS)
def test_what_is_written_is_read_again(name: str) -> None:
    key = KEYS[name]
    assert key.read({key.name: key.write(RECORDS[name])}, "Stack/Resource") == RECORDS[name]
    assert key.read({}, "Stack/Resource") == key.absent


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("wrong", [None, 5, "text", ["text", 5], [[]], {"no": "field"}, [{}]])
def test_what_has_another_form_is_refused_by_resource_and_key(name: str, wrong: object) -> None:
    key = KEYS[name]
    if name == "PIPELINE" and isinstance(wrong, str):
        return
    with pytest.raises(MalformedRecordError) as raised:
        key.read({key.name: wrong}, "Stack/Resource")
    assert str(raised.value).startswith(f"Stack/Resource: {key.name}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("CHARTER", ("duties", 0, "actions"), "charter.duties[0].actions: must be a list"),
        ("CHARTER", ("duties", 0, "when", "aws:x"), "charter.duties[0].when['aws:x']: must be a"),
        ("CHARTER", ("assumed_by", "people"), "charter.assumed_by.people: must be a list"),
        ("EXCEPTIONS", (0, "prefix"), "perimeter-exceptions[0].prefix: must be text, not 5"),
        ("PROMOTED_FROM", ("objects",), "promoted-from.objects: must be a list, not 5"),
        ("DEPLOYMENTS", ("roles",), "deployments.roles: must be a list, not 5"),
        ("ASSUMPTIONS", (0, "endpoint-groups"), "assumptions[0].endpoint-groups: must be text"),
    ],
)
def test_a_wrong_field_is_named(name: str, change: tuple[Any, ...], says: str) -> None:
    key = KEYS[name]
    value = key.write(RECORDS[name])
    place = value
    for each in change[:-1]:
        place = place[each]
    place[change[-1]] = 5
    with pytest.raises(MalformedRecordError, match=re.escape(says)):
        key.read({key.name: value}, "Stack/Resource")


def test_a_line_break_in_a_wrong_value_is_escaped() -> None:
    with pytest.raises(MalformedRecordError) as raised:
        metadata.CEILING.read({metadata.CEILING.name: "a\nb"}, "S/R")
    assert "\n" not in str(raised.value)
    with pytest.raises(MalformedRecordError) as raised:
        metadata.DEPLOYMENTS.read({metadata.DEPLOYMENTS.name: {"a\nb": []}}, "S/R")
    assert "\n" not in str(raised.value)


FOLDERS = ("constructs", "environments", "packages", "pipeline_definitions", "stacks")


def _python() -> dict[str, str]:
    files = (file for each in FOLDERS for file in sorted((ROOT / each).rglob("*.py")))
    paths = {str(each.relative_to(ROOT)): each for each in files}
    return {
        path: file.read_text(encoding="utf-8")
        for path, file in paths.items()
        if not path.startswith("packages/mlops_contract/")
    }


def test_no_key_is_spelled_out_beside_the_contract() -> None:
    spelled = [path for path, text in _python().items() if metadata.PREFIX in text]
    assert spelled == []


@pytest.mark.parametrize("name", KEYS)
def test_each_key_is_written_by_stacks_and_read_by_tools(name: str) -> None:
    imported = [
        path
        for path, text in _python().items()
        if "from mlops_contract.metadata import" in text and re.search(rf"\b{name}\b", text)
    ]
    assert any(path.startswith(("stacks/", "constructs/")) for path in imported)
    assert any(path.startswith("packages/") for path in imported)

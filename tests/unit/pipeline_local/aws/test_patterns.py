from __future__ import annotations

from typing import Any

import pytest

from pipeline_local.aws import PatternError, matches

EVENT: dict[str, Any] = {
    "source": "aws.sagemaker",
    "detail-type": "SageMaker Model Package State Change",
    "resources": ["arn:aws:sagemaker:eu-central-1:111111111111:model-package/g/1"],
    "detail": {
        "ModelPackageGroupName": "secure-mlops-dev-abalone-age",
        "ModelPackageVersion": 7,
        "ModelApprovalStatus": "Approved",
        "Certified": False,
        "Nothing": None,
        "Empty": "",
        "Address": "10.0.0.7",
        "Items": [{"Name": "a", "Size": 1}, {"Name": "b", "Size": 2}],
    },
}


def _detail(name: str, *wanted: object) -> dict[str, Any]:
    return {"detail": {name: list(wanted)}}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.sagemaker"]},
        {"source": ["aws.ec2", "aws.sagemaker"]},
        {"resources": [{"prefix": "arn:aws:sagemaker"}]},
        _detail("ModelApprovalStatus", "Approved", "Rejected"),
        _detail("ModelApprovalStatus", {"prefix": "App"}),
        _detail("ModelApprovalStatus", {"prefix": {"equals-ignore-case": "APP"}}),
        _detail("ModelApprovalStatus", {"suffix": "oved"}),
        _detail("ModelApprovalStatus", {"equals-ignore-case": "approved"}),
        _detail("ModelApprovalStatus", {"anything-but": "Rejected"}),
        _detail("ModelApprovalStatus", {"anything-but": ["Rejected", "Pending"]}),
        _detail("ModelApprovalStatus", {"anything-but": {"prefix": "Rej"}}),
        _detail("ModelApprovalStatus", {"anything-but": {"prefix": ["Rej", "Pen"]}}),
        _detail("ModelPackageGroupName", {"wildcard": "secure-*-abalone-*"}),
        _detail("ModelPackageVersion", 7),
        _detail("ModelPackageVersion", {"numeric": [">", 0, "<=", 7]}),
        _detail("ModelPackageVersion", {"exists": True}),
        _detail("Nowhere", {"exists": False}),
        _detail("Nowhere", "x", {"exists": False}),
        {"nowhere": {"deep": [{"exists": False}]}},
        _detail("Certified", False),
        _detail("Nothing", None),
        _detail("Empty", ""),
        _detail("Address", {"cidr": "10.0.0.0/24"}),
        {"detail": {"Items": {"Name": ["b"]}}},
        {"$or": [{"source": ["aws.ec2"]}, _detail("ModelApprovalStatus", "Approved")]},
    ],
)
def test_matches(pattern: dict[str, Any]) -> None:
    assert matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["AWS.sagemaker"]},
        {"source": ["aws.sagemaker"], "detail-type": ["Something else"]},
        {"resources": [{"prefix": "arn:aws:s3"}]},
        _detail("ModelApprovalStatus", "Rejected"),
        _detail("ModelApprovalStatus", {"prefix": "app"}),
        _detail("ModelApprovalStatus", {"anything-but": "Approved"}),
        _detail("ModelApprovalStatus", {"anything-but": {"suffix": "oved"}}),
        _detail("ModelPackageGroupName", {"wildcard": "secure-*-abalone"}),
        _detail("ModelPackageVersion", "7"),
        _detail("ModelPackageVersion", {"numeric": [">", 7]}),
        _detail("ModelPackageVersion", {"prefix": "7"}),
        _detail("ModelPackageVersion", {"exists": False}),
        _detail("Nowhere", {"exists": True}),
        _detail("Nowhere", {"anything-but": "x"}),
        _detail("Items", {"exists": False}),
        {"detail": [{"exists": True}]},
        _detail("Certified", 0),
        _detail("Nothing", ""),
        _detail("Address", {"cidr": "10.0.1.0/24"}),
        _detail("Empty", {"cidr": "10.0.1.0/24"}),
        {"detail": {"Items": {"Name": ["c"]}}},
        {"$or": [{"source": ["aws.ec2"]}, _detail("ModelApprovalStatus", "Rejected")]},
    ],
)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    assert not matches(pattern, EVENT)


def test_wildcard_takes_an_escaped_star_literally() -> None:
    assert matches({"name": [{"wildcard": r"a\*b*"}]}, {"name": "a*bc"})
    assert not matches({"name": [{"wildcard": r"a\*b*"}]}, {"name": "axbc"})


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({}, "at least one field"),
        ({"source": "aws.sagemaker"}, "source: a list"),
        ({"source": []}, "source: a list"),
        ({"detail": {}}, "at least one field"),
        ({"source": [{"begins": "a"}]}, "unknown operator 'begins'"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "one operator"),
        ({"source": [{"exists": "yes"}]}, "true or false"),
        ({"size": [{"numeric": [">"]}]}, "pairs"),
        ({"size": [{"numeric": ["~", 1]}]}, "pairs"),
        ({"size": [{"numeric": [">", "1"]}]}, "numbers"),
        ({"address": [{"cidr": "10.0.0.0/99"}]}, "address"),
        ({"$or": [{"a": ["b"]}]}, "at least two"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: dict[str, Any], said: str) -> None:
    with pytest.raises(PatternError, match=said):
        matches(pattern, EVENT)

"""A service uses a resource for its own environment, where several share an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from promises.proving import Verdict
from tests.unit.promises.changed_template import judged

if TYPE_CHECKING:
    from pathlib import Path

# A template by itself is named like its file, and stands for an environment of that name.
TEMPLATE = """
Resources:
  Job:
    Type: AWS::IAM::Role
    Properties:
      RoleName: secure-mlops-template-job
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: sagemaker.amazonaws.com}
            Action: sts:AssumeRole
            Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
  Letters: {Type: AWS::SQS::Queue, Properties: {QueueName: letters}}
  LettersPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Letters]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Letters.Arn
            Condition:
              StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}
              ArnLike: {"aws:SourceArn": !Sub "arn:aws:events:*:${AWS::AccountId}:rule/OURS"}
"""
OURS = "secure-mlops-template-*"


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("OURS", OURS, Verdict.PROVED),
        ("OURS", "secure-mlops-template", Verdict.PROVED),
        ("OURS", "*", Verdict.BROKEN),
        ("OURS", "secure-mlops-other-*", Verdict.BROKEN),
        ("OURS", "secure-mlops-template/secure-mlops-template-*", Verdict.PROVED),
        ("OURS", "secure-mlops-other/secure-mlops-template-*", Verdict.BROKEN),
        ("OURS", "*/secure-mlops-template-*", Verdict.BROKEN),
        ("ArnLike:", "ArnLikeIfExists:", Verdict.BROKEN),
        # A template of others says nothing of environments.
        ("secure-mlops-template-job", "job", Verdict.PROVED),
    ],
)
def test_a_queue_takes_what_its_environments_rules_leave(
    tmp_path: Path, before: str, after: str, status: Verdict
) -> None:
    template = tmp_path / "given.yaml"
    template.write_text(TEMPLATE, encoding="utf-8")
    changes = [(before, after)] if before == "OURS" else [("OURS", OURS), (before, after)]
    if before == "secure-mlops-template-job":
        changes[0] = ("OURS", "*")
    found = judged(template, 14, tmp_path, *changes)
    assert found.verdict is status, found
    assert (status is Verdict.BROKEN) == ("another environment" in str(found.breaches))

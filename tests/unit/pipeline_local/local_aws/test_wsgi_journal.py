from __future__ import annotations

import json
import os
import random
import uuid
from typing import Any

import pytest

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.determinism import Moment
from pipeline_local.local_aws.wsgi_journal import (
    FUNCTION_APP_ID,
    changes_something,
    recordable,
    replayable,
    waits,
)

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("environ", "body", "changes"),
    [
        ({"REQUEST_METHOD": "GET"}, b"", False),
        ({"REQUEST_METHOD": "HEAD"}, b"", False),
        ({"REQUEST_METHOD": "PUT"}, b"", True),
        ({"REQUEST_METHOD": "DELETE"}, b"", True),
        ({"REQUEST_METHOD": "POST"}, b"", True),
        (
            {"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "SageMaker.ListModelPackages"},
            b"{}",
            False,
        ),
        ({"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter"}, b"{}", False),
        ({"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "AmazonSSM.PutParameter"}, b"{}", True),
        (
            {"REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM},
            b"Action=GetCallerIdentity&Version=2011-06-15",
            False,
        ),
        ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM}, b"Action=AssumeRole", True),
        ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM}, b"", True),
    ],
)
def test_only_requests_that_surely_read_are_not_recorded(
    environ: dict[str, Any], body: bytes, changes: bool
) -> None:
    assert changes_something(environ, body) is changes


def test_a_request_survives_the_journal() -> None:
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": "/b/a b",
        "HTTP_X_AMZ_META_A_B": "1",
        "moto.names": {"HTTP_X_AMZ_META_A_B": "x-amz-meta-a_b"},
        "wsgi.url_scheme": "http",
        "wsgi.input": object(),
        "werkzeug.socket": object(),
    }
    kept = json.loads(json.dumps(recordable(environ)))
    again = replayable(kept)
    for name in ("REQUEST_METHOD", "PATH_INFO", "HTTP_X_AMZ_META_A_B", "moto.names"):
        assert again[name] == environ[name]
    assert "werkzeug.socket" not in kept


def test_requests_that_wait_for_their_deliveries() -> None:
    pending = [{"detail": {"ModelApprovalStatus": "PendingManualApproval"}}]
    approved = [{"detail": {"ModelApprovalStatus": "Approved"}}]
    create = {"HTTP_X_AMZ_TARGET": "SageMaker.CreateModelPackage"}
    update = {"HTTP_X_AMZ_TARGET": "SageMaker.UpdateModelPackage"}
    assert not waits(create, pending)
    assert waits(create, approved)
    assert waits(update, pending)  # the champion may have lost its place
    assert not waits({**update, "HTTP_USER_AGENT": f"x {FUNCTION_APP_ID}"}, approved)


def _choices() -> list[object]:
    from moto.core.utils import utcnow
    from moto.moto_api._internal import mock_random

    return [
        os.urandom(8),
        uuid.uuid4(),
        mock_random.uuid4(),
        mock_random.get_random_string(9),
        mock_random.random(),
        random.random(),  # noqa: S311
        utcnow(),
    ]


def test_a_moment_repeats_every_choice_and_the_time() -> None:
    determinism.install()
    moment = Moment(1_790_000_000_654_321, 42)
    with determinism.at(moment):
        first = _choices()
    with determinism.at(moment):
        second = _choices()
    assert first == second
    assert str(first[-1]) == "2026-09-21 14:13:20.654321"
    with determinism.at(Moment(1_790_000_000_654_321, 43)):
        other = _choices()
    assert all(one != two for one, two in zip(first[:-1], other[:-1], strict=True))


def test_outside_of_a_request_chance_is_real() -> None:
    determinism.install()
    assert os.urandom(16) != os.urandom(16)
    assert Moment.fresh().seed != Moment.fresh().seed

"""The credentials' account, and the clock, which signatures depend on."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from mlops.doctor.line import ok, problem, unknown
from mlops.doctor.unanswered import NO_ANSWER, first_line, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

ACCOUNT, CLOCK = "account", "clock"
# How old a signature may be (IAM User Guide, "Signature Version 4", troubleshooting), with half of
# it as room for a clock that goes on drifting.
_MOST = timedelta(minutes=2.5)
_TOO_LATE = ("RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch")
_SIGN_IN = ("aws sso login",)
_NOBODY = (NoCredentialsError, PartialCredentialsError, SSOError, TokenRetrievalError)
_SET_CLOCK = "sudo timedatectl set-ntp true"


def credentials(subject: Subject) -> Iterator[Line]:
    """Check whose credentials these are, without which nothing is known, and the clock."""
    try:
        answer = subject.client("sts").get_caller_identity()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        message = first_line(error.response["Error"].get("Message") or "")
        late = any(word in code for word in _TOO_LATE)
        yield from _clock(subject, error.response)
        what = f"sts:GetCallerIdentity: {code}: {message}"
        yield problem(ACCOUNT, what, *(() if late else _SIGN_IN))
        return
    except NO_ANSWER as error:
        commands = _SIGN_IN if isinstance(error, _NOBODY) else ()
        yield problem(ACCOUNT, reason(error), *commands)
        return
    yield from _clock(subject, answer)
    wanted, found = subject.settings.account, answer["Account"]
    if found != wanted:
        what = f"the credentials are of account {found}, {subject.settings.name} is in {wanted}"
        yield problem(ACCOUNT, f"{what}; sign in there", *_SIGN_IN)
    else:
        yield ok(ACCOUNT, f"the credentials are of {found}: {answer['Arn']}")


def _clock(subject: Subject, answer: Mapping[str, Any]) -> Iterator[Line]:
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if date is None:
        yield unknown(CLOCK, "AWS's answer has no date")
        return
    off = subject.now() - parsedate_to_datetime(date)
    seconds = round(off.total_seconds())
    if abs(off) > _MOST:
        way = "fast" if seconds > 0 else "slow"
        what = f"this machine's clock is {abs(seconds)} s {way}; AWS refuses signatures for it"
        yield problem(CLOCK, what, _SET_CLOCK)
    else:
        yield ok(CLOCK, f"{abs(seconds)} s from AWS's")

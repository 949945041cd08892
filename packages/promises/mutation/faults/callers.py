"""Faults of callers: each form of principal that IAM has is let in, by a statement of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mlops_contract.names import PROJECT
from promises.mutation.fault import ACCOUNT, in_resources, in_statements, listed, seeders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from promises.mutation.fault import Fault
    from promises.mutation.templates import Body, Templates

_ISSUER = "token.actions.githubusercontent.com"
_OURS = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{_ISSUER}"}
_COGNITO = "cognito-identity.amazonaws.com"
_CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
_WEB, _SAML, _ASSUME = (f"sts:AssumeRole{end}" for end in ("WithWebIdentity", "WithSAML", ""))
_SOURCE = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:*"
_OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
# Of an environment beside the one that is judged, in its account.
_OTHER = f"{PROJECT}-other"

# By kind of fault: principal, action and condition of the statement that a trust policy gets.
_TRUSTED: dict[str, tuple[Body, str, Body]] = {
    "trust any repository of GitHub": (
        {"Federated": _OURS},
        _WEB,
        {"StringLike": {f"{_ISSUER}:sub": "repo:*"}},
    ),
    "trust an OpenID issuer without a subject": (
        {"Federated": _OURS},
        _WEB,
        {"StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com"}},
    ),
    "trust a subject if there is one": (
        {"Federated": _OURS},
        _WEB,
        {"StringLikeIfExists": {f"{_ISSUER}:sub": "repo:ours/models:*"}},
    ),
    "trust another account's issuer": (
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{_ISSUER}"},
        _WEB,
        {"StringLike": {f"{_ISSUER}:sub": "repo:ours/models:*"}},
    ),
    "trust another account's SAML provider": (
        {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/Staff"},
        _SAML,
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    ),
    "trust guests of Cognito": (
        {"Federated": _COGNITO},
        _WEB,
        {"ForAnyValue:StringLike": {f"{_COGNITO}:amr": "unauthenticated"}},
    ),
    "trust every user of a social network": ({"Federated": "graph.facebook.com"}, _WEB, {}),
    "trust another account's single sign-on": (
        {
            "AWS": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/"
            "AWSReservedSSO_Administrator_0123456789abcdef"
        },
        _ASSUME,
        {},
    ),
    "trust any certificate": ({"Service": "rolesanywhere.amazonaws.com"}, _ASSUME, {}),
    "trust a federated user": (
        {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/ann"},
        _ASSUME,
        {},
    ),
    "trust an id of a principal": ({"AWS": "AROAEXAMPLEIDEXAMPLE0"}, _ASSUME, {}),
    "trust a service of a region": ({"Service": "states.eu-west-1.amazonaws.com"}, _ASSUME, {}),
    "trust a service for any source": (
        {"Service": "sagemaker.amazonaws.com"},
        _ASSUME,
        {"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:*"}},
    ),
    "trust a service for a foreign source": (
        {"Service": "sagemaker.amazonaws.com"},
        _ASSUME,
        {"ArnLike": {"aws:SourceArn": _SOURCE}},
    ),
    "trust a service for a foreign account": (
        {"Service": "sagemaker.amazonaws.com"},
        _ASSUME,
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": _SOURCE}},
    ),
}
_TRUSTED_BETWEEN: dict[str, tuple[Body, str, Body]] = {
    "trust a service for any source of the account": (
        {"Service": "codebuild.amazonaws.com"},
        _ASSUME,
        _OF_ACCOUNT,
    ),
    "trust a service for another environment": (
        {"Service": "codebuild.amazonaws.com"},
        _ASSUME,
        {
            **_OF_ACCOUNT,
            "ArnLike": {
                "aws:SourceArn": {
                    "Fn::Sub": f"arn:aws:codebuild:*:${{AWS::AccountId}}:project/{_OTHER}-*"
                }
            },
        },
    ),
}
# By kind of fault: the principal whom a resource's policy lets in for all that it is about.
_LET_IN: dict[str, tuple[Body, Body]] = {
    "let a canonical user in": ({"CanonicalUser": _CANONICAL}, {}),
    "let CloudFront's identity in": (
        {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"},
        {},
    ),
    "let S3's log delivery in": ({"Service": "logging.s3.amazonaws.com"}, {}),
    "let log delivery in": ({"Service": "delivery.logs.amazonaws.com"}, {}),
    "let a service of a region in": ({"Service": "logs.eu-central-1.amazonaws.com"}, {}),
    "let a service in for a foreign source": (
        {"Service": "sns.amazonaws.com"},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}},
    ),
    "let a service in for any bucket": (
        {"Service": "s3.amazonaws.com"},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
    ),
    "let a federated user in": ({"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/ann"}, {}),
}
_LET_IN_BETWEEN: dict[str, tuple[Body, Body]] = {
    "let a service in for any source of the account": (
        {"Service": "events.amazonaws.com"},
        _OF_ACCOUNT,
    ),
    "let a service in for another environment": (
        {"Service": "logging.s3.amazonaws.com"},
        {**_OF_ACCOUNT, "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{_OTHER}-*"}},
    ),
}


def _trusted(statement: Body, added: tuple[Body, str, Body]) -> Iterator[tuple[str, list[Body]]]:
    if not any(str(each).startswith(_ASSUME) for each in listed(statement.get("Action"))):
        return
    principal, action, condition = added
    if "Principal" in statement:
        new = _allow(principal, action, condition)
        yield f"{principal} too", [statement, new]


def _let_in(statement: Body, added: tuple[Body, Body]) -> Iterator[tuple[str, list[Body]]]:
    if "Principal" not in statement or "Resource" not in statement:
        return
    principal, condition = added
    names = [str(each).partition(":")[0] for each in listed(statement.get("Action", "*"))]
    if names[0] in {"*", "sts"}:
        return
    new = {**_allow(principal, f"{names[0]}:*", condition), "Resource": statement["Resource"]}
    yield f"{principal} too", [statement, new]


def _allow(principal: Body, action: str, condition: Body) -> Body:
    asked = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": principal, "Action": action, **asked}


def _between(seed: Callable[..., Iterator[Fault]]) -> Callable[..., Iterator[Fault]]:
    """Seed only where roles are named after an environment: others may be of one alone."""

    def seeded(kind: str, mutator: object, templates: Templates) -> Iterator[Fault]:
        roles = templates.resources("AWS::IAM::Role")
        named = (str(body.get("Properties", {}).get("RoleName", "")) for _, _, body in roles)
        if any(name.startswith(f"{PROJECT}-") for name in named):
            yield from seed(kind, mutator, templates)

    return seeded


def _permissions(
    templates: Templates, given: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, Mapping[str, Body | None]]]:
    for file, name, _ in templates.resources("AWS::Lambda::Function"):
        properties = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": [name, "Arn"]},
            **given,
        }
        seeded = {"Type": "AWS::Lambda::Permission", "Properties": properties}
        yield file, name, str(given), {"Seeded": seeded}


SEEDERS = (
    *seeders(
        in_statements,
        *((kind, partial(_trusted, added=added)) for kind, added in _TRUSTED.items()),
        *((kind, partial(_let_in, added=added)) for kind, added in _LET_IN.items()),
    ),
    *seeders(
        _between(in_statements),
        *((kind, partial(_trusted, added=added)) for kind, added in _TRUSTED_BETWEEN.items()),
        *((kind, partial(_let_in, added=added)) for kind, added in _LET_IN_BETWEEN.items()),
    ),
    *seeders(
        _between(in_resources),
        (
            "let a service call for another environment",
            partial(
                _permissions,
                given={
                    "Principal": "events.amazonaws.com",
                    "SourceArn": {
                        "Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/"
                        f"{_OTHER}-push"
                    },
                },
            ),
        ),
    ),
    *seeders(
        in_resources,
        *(
            (kind, partial(_permissions, given=given))
            for kind, given in (
                (
                    "let a role named like us call",
                    {"Principal": f"arn:aws:iam::{ACCOUNT}:role/x-111111111111"},
                ),
                ("let a service call for anybody", {"Principal": "sns.amazonaws.com"}),
                (
                    "let a service call for a foreign source",
                    {"Principal": "events.amazonaws.com", "SourceArn": _SOURCE},
                ),
            )
        ),
    ),
)

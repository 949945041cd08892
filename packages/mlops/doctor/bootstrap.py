"""The CDK's bootstrap: its version, whom its roles trust, and what CloudFormation's role may do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mlops.bootstrap.commands import bootstrap_command, deploy_command
from mlops.bootstrap.policies import FIRST, bootstrap_prefix
from mlops.doctor.line import ok, problem
from mlops_contract.cdk_bootstrap import PUBLISHER, QUALIFIER, role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

VERSION, TRUST, POLICIES = "bootstrap", "bootstrap trust", "deployment policies"
TRUSTING = ("deploy", PUBLISHER)  # roles that `cdk deploy` works under
_ABSENT = ("ParameterNotFound", "NoSuchEntity")


def version(subject: Subject) -> Iterator[Line]:
    """Check that the CDK's bootstrap is there, and as new as the templates need."""
    name = f"/cdk-bootstrap/{QUALIFIER}/version"
    found = _unless_absent(subject, "ssm", "get_parameter", Name=name)
    if found is None:
        what = f"{subject.settings.account}, {subject.region}: not bootstrapped for the CDK"
        yield problem(VERSION, what, *_everything(subject))
        return
    number = int(found["Parameter"]["Value"])
    if number < subject.version:
        what = f"version {number}; the templates need {subject.version}"
        yield problem(VERSION, what, *_bootstrap(subject))
    else:
        yield ok(VERSION, f"version {number}; the templates need {subject.version}")


def trust(subject: Subject) -> Iterator[Line]:
    """Check that those who deliver, and nobody else, may assume the roles of a deployment."""
    wanted = {subject.settings.account, *subject.trusted}
    for short in TRUSTING:
        name = role(short, subject.settings.account, subject.region)
        found = _unless_absent(subject, "iam", "get_role", RoleName=name)
        if found is None:
            yield problem(TRUST, f"there is no role {name}", *_everything(subject))
            continue
        trusted = set(_accounts(found["Role"]["AssumeRolePolicyDocument"]))
        if missing := sorted(wanted - trusted):
            what = f"{name} does not trust {', '.join(missing)}, which delivers to it"
            yield problem(TRUST, what, *_bootstrap(subject))
        if more := sorted(trusted - wanted):
            what = f"{name} trusts {', '.join(more)}, from where nothing is delivered to it"
            yield problem(TRUST, what, *_bootstrap(subject, more))
        if trusted == wanted:
            yield ok(TRUST, f"{name} trusts {', '.join(sorted(trusted))}")


def policies(subject: Subject) -> Iterator[Line]:
    """Compare the policies of CloudFormation's role with those that the templates need now."""
    generated = dict(zip(subject.policies.arns, subject.policies.documents, strict=True))
    name = role("cfn-exec", subject.settings.account, subject.region)
    if _unless_absent(subject, "iam", "get_role", RoleName=name) is None:
        yield problem(POLICIES, f"there is no role {name}", *_everything(subject))
        return
    stale = [arn for arn, document in generated.items() if _document(subject, arn) != document]
    for arn in stale:
        what = f"{arn} is not what the templates need now"
        yield problem(POLICIES, what, *_deploy(subject))
    attached = _attached(subject, name)
    if missing := [arn for arn in generated if arn not in attached]:
        what = f"{name} does not have {', '.join(missing)}"
        yield problem(POLICIES, what, *_deploy(subject), *_bootstrap(subject))
    for arn in attached:
        if not _is_ours(arn):
            detach = f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}"
            yield problem(POLICIES, f"{name} has {arn}, more than the templates need", detach)
    if not stale and not missing:
        yield ok(POLICIES, f"{name} has what the templates need now")


def _is_ours(arn: str) -> bool:
    """Return whether a policy is some environment's deployer's, or of its first deployment."""
    name = arn.rpartition("/")[2]
    begins = name.startswith(bootstrap_prefix(""))
    return begins and name.rstrip("0123456789").endswith(("-deployer-", f"-{FIRST}-"))


def _attached(subject: Subject, name: str) -> list[str]:
    listing = ("iam", "list_attached_role_policies", "AttachedPolicies")
    return [each["PolicyArn"] for each in subject.place.pages(*listing, RoleName=name)]


def _document(subject: Subject, arn: str) -> Any:
    found = _unless_absent(subject, "iam", "get_policy", PolicyArn=arn)
    if found is None:
        return None
    request = {"PolicyArn": arn, "VersionId": found["Policy"]["DefaultVersionId"]}
    return subject.client("iam").get_policy_version(**request)["PolicyVersion"]["Document"]


def _accounts(document: Any) -> Iterator[str]:
    """Yield the accounts, or whatever else, that a trust policy lets assume a role."""
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow":
            principal = statement.get("Principal", {})
            named = principal if isinstance(principal, str) else principal.get("AWS", [])
            for each in [named] if isinstance(named, str) else named:
                is_root = each.startswith("arn:") and each.endswith(":root")
                yield each.split(":")[4] if is_root else each


def _unless_absent(subject: Subject, service: str, operation: str, **request: str) -> Any:
    try:
        return getattr(subject.client(service), operation)(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return None


def _everything(subject: Subject) -> list[str]:
    return [*_deploy(subject), *_bootstrap(subject)]


def _deploy(subject: Subject) -> list[str]:
    """Return the commands that write the environment's policies, and deploy them."""
    environment = subject.settings.name
    file = f"build/bootstrap-{environment}.json"
    write = f"mlops bootstrap-policy --environment {environment} --output {file}"
    return [write, shlex.join(deploy_command(subject.policies, file))]


def _bootstrap(subject: Subject, untrusted: Sequence[str] = ()) -> list[str]:
    """Return the bootstrap, with the policies of other environments that its role has already."""
    name = role("cfn-exec", subject.settings.account, subject.region)
    there: list[str] = []
    if _unless_absent(subject, "iam", "get_role", RoleName=name) is not None:
        own = f"/{bootstrap_prefix(subject.settings.name)}-"
        there = [arn for arn in _attached(subject, name) if _is_ours(arn) and own not in arn]
    arns = sorted({*there, *subject.policies.arns})
    account, region = subject.settings.account, subject.region
    command = bootstrap_command(account, region, arns, subject.trusted)
    return [shlex.join([*command, *(word for each in untrusted for word in ("--untrust", each))])]

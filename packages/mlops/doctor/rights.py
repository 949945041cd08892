"""Rights as IAM's simulator and the organization's policies say."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.policy import PolicyKind
from iam_prover.request import Request
from mlops.bootstrap.policies import asked_of, deployer_arn
from mlops.doctor.bootstrap import TRUSTING
from mlops.doctor.line import ok, problem, unknown
from mlops.doctor.reads import as_text
from mlops_contract.cdk_bootstrap import role
from mlops_contract.global_services import region_called
from promises.world.documents import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.policy import Policy
    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

RIGHTS, SIMULATED, SCPS = "rights", "simulated rights", "service control policies"
_SCP = "SERVICE_CONTROL_POLICY"
_ASSUME = "sts:AssumeRole"
_AT_ONCE = 50  # actions of one simulation
_SHOWN = 3


def of_the_deployer(subject: Subject) -> Iterator[Line]:
    """Ask the simulator if who deploys may assume the roles that `cdk deploy` works under."""
    if subject.deployer is not None and _account(subject.deployer) != subject.settings.account:
        yield _of_another_account(subject, subject.deployer)
        return
    who = _identity(subject, subject.deployer or _caller(subject))
    if who is None:
        yield unknown(RIGHTS, "the simulator takes users and roles, and this is neither")
        return
    here = (subject.settings.account, subject.region)
    iam = f"arn:{subject.policies.partition}:iam::{here[0]}:role"
    arns = [f"{iam}/{role(each, *here)}" for each in TRUSTING]
    refused = [
        (each.get("EvalResourceName", ""), each["EvalDecision"])
        for each in _simulated(subject, who, [_ASSUME], arns)
        if each["EvalDecision"] != "allowed"
    ]
    if not refused:
        yield ok(RIGHTS, f"{who} may assume the roles that cdk deploy works under")
    elif subject.deployer is None:
        command = f"mlops doctor --environment {subject.settings.name} --deployer ARN"
        what = f"{who} may not deploy; ask about the role or user that does"
        yield unknown(RIGHTS, what, command)
    else:
        names = ", ".join(name.rpartition("/")[2] for name, _ in refused)
        denied = any(decision == "explicitDeny" for _, decision in refused)
        why = "a policy denies it" if denied else "no policy allows it"
        what = f"{who} may not assume {names}: {why}"
        yield problem(RIGHTS, what, *([] if denied else [_grant(subject, who, arns)]))


def of_cloudformation(subject: Subject) -> Iterator[Line]:
    """Ask the simulator if the organization leaves CloudFormation's role what it needs."""
    who = deployer_arn(subject.world)
    by_region: dict[str, list[str]] = {}
    for action in subject.policies.actions:
        by_region.setdefault(_region(subject, action), []).append(action)
    try:
        refused = [
            each["EvalActionName"]
            for region, actions in by_region.items()
            for start in range(0, len(actions), _AT_ONCE)
            for each in _simulated(subject, who, actions[start : start + _AT_ONCE], ["*"], region)
            if not each.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        yield unknown(SIMULATED, f"there is no {who} yet; ask again after the bootstrap")
        return
    if refused:
        what = f"the organization refuses {who} {_few(refused)}"
        yield problem(SIMULATED, f"{what}; its administrator has to allow that")
    else:
        actions = len(subject.policies.actions)
        yield ok(SIMULATED, f"no organization refuses {who} any of {actions} actions")


def service_control_policies(subject: Subject) -> Iterator[Line]:
    """Judge the calls of a deployment by each level's policies, where they can be read."""
    account = subject.settings.account
    try:
        found = subject.client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AWSOrganizationsNotInUseException":
            raise
        yield ok(SCPS, f"{account} is in no organization")
        return
    if found["MasterAccountId"] == account:
        yield ok(SCPS, f"{account} is the management account, which they do not bind")
        return
    requests = _requests(subject)
    target: str | None = account
    while target is not None:
        yield from _level(subject, target, requests)
        listing = ("organizations", "list_parents", "Parents")
        parents = [each["Id"] for each in subject.place.pages(*listing, ChildId=target)]
        target = parents[0] if parents and not target.startswith("r-") else None


def _level(subject: Subject, target: str, requests: Sequence[Request]) -> Iterator[Line]:
    client, listing = subject.client("organizations"), ("list_policies_for_target", "Policies")
    attached = {
        f"{each['Name']} ({each['Id']})": each["Id"]
        for each in subject.place.pages("organizations", *listing, TargetId=target, Filter=_SCP)
    }
    policies = tuple(
        read_policy(
            client.describe_policy(PolicyId=each)["Policy"]["Content"], PolicyKind.IDENTITY, name
        )
        for name, each in attached.items()
    )
    refused: dict[str, set[str]] = {}
    for request in requests:
        decision = decide(request, PoliciesInForce(policies))
        if not decision.allowed:
            by = _denying(policies, decision.statements)
            refused.setdefault(by, set()).add(request.action)
    for name, actions in sorted(refused.items()):
        what = f"{name} at {target} refuses" if name else f"nothing at {target} allows"
        what = f"{what} {_few(sorted(actions))}"
        if name:
            detach = "aws organizations detach-policy --policy-id"
            command = f"{detach} {attached[name]} --target-id {target}"
            yield problem(SCPS, f"{what}; in the management account:", command)
        else:
            yield problem(SCPS, f"{what}; the organization's administrator has to")
    if not refused:
        yield ok(SCPS, f"{len(attached)} at {target} refuse none of a deployment's calls")


def _denying(policies: Sequence[Policy], statements: Sequence[Any]) -> str:
    """Name the policy that a denying statement is in."""
    return next(
        (each.where for each in policies if any(one in each.statements for one in statements)), ""
    )


def _requests(subject: Subject) -> list[Request]:
    """Return the calls of a deployment, each once, made in their region."""
    found: dict[str, Request] = {}
    for call in asked_of(subject.policies, subject.world):
        asked = call.request
        context = {**asked.context, "aws:RequestedRegion": (_region(subject, asked.action),)}
        found[str(asked)] = Request(asked.caller, asked.action, asked.resource, context)
    return list(found.values())


def _region(subject: Subject, action: str) -> str:
    return region_called(action.partition(":")[0], subject.region)


def _simulated(
    subject: Subject, who: str, actions: list[str], resources: list[str], region: str = ""
) -> list[Any]:
    values = [region or subject.region]
    entry = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyValues": values,
        "ContextKeyType": "string",
    }
    request: dict[str, Any] = {
        "PolicySourceArn": who,
        "ActionNames": actions,
        "ResourceArns": resources,
    }
    listing = ("iam", "simulate_principal_policy", "EvaluationResults")
    return list(subject.place.pages(*listing, **request, ContextEntries=[entry]))


def _of_another_account(subject: Subject, deployer: str) -> Line:
    """Say whose a deployer is: the simulator knows those of its own account only."""
    name, here, there = subject.settings.name, subject.settings.account, _account(deployer)
    if there in subject.trusted:
        what = f"{deployer} is of account {there}, which delivers to {name}"
        return unknown(RIGHTS, f"{what}; only there can the simulator be asked about it")
    what = f"{deployer} is of account {there}, {name} is in {here}"
    return problem(RIGHTS, f"{what}; name a role or user of {here}")


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _caller(subject: Subject) -> str:
    return str(subject.client("sts").get_caller_identity()["Arn"])


def _identity(subject: Subject, arn: str) -> str | None:
    """Return the user or role of credentials; the ARN of a session lacks its role's path."""
    kind, _, rest = arn.split(":", 5)[5].partition("/")
    if kind == "assumed-role":
        name = rest.partition("/")[0]
        return str(subject.client("iam").get_role(RoleName=name)["Role"]["Arn"])
    return arn if kind in {"user", "role"} and ":iam:" in arn else None


def _grant(subject: Subject, who: str, arns: list[str]) -> str:
    kind, name = who.split(":", 5)[5].split("/", maxsplit=1)[0], who.rpartition("/")[2]
    statement = {"Effect": "Allow", "Action": _ASSUME, "Resource": arns}
    document = as_text({"Version": "2012-10-17", "Statement": [statement]})
    words = ["aws", "iam", f"put-{kind}-policy", f"--{kind}-name", name]
    policy = f"deploys-{subject.settings.name}"
    return shlex.join([*words, "--policy-name", policy, "--policy-document", document])


def _few(actions: Sequence[str]) -> str:
    more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
    return ", ".join(actions[:_SHOWN]) + more

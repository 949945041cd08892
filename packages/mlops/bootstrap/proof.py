"""Claims about what the deployer can never do, to be proved on its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import PoliciesInForce
from iam_prover.formulas import AllOf, Not, key, resource_like
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.question import any_session
from iam_prover.reference import names
from iam_prover.request import Request
from mlops.bootstrap.policies import BOUNDED, LIFTING, bootstrap_prefix
from mlops_contract.names import PROJECT
from promises.asking import Subject
from promises.claims import Allowed, Claim, Promise
from promises.escalation import changes_of_identities
from promises.indirection import ASSUME
from promises.world.documents import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.bootstrap.policies import DeploymentPolicies
    from promises.world import World

_PASSED_TO = "iam:PassedToService"
# Of an identity that is not a role: nothing here makes or changes one.
_OTHER_IDENTITIES = ("user", "group", "instance-profile", "saml-provider", "oidc-provider")


def no_more_than_the_boundary(policies: DeploymentPolicies) -> Promise:
    """Return the promise that the deployer's policies must satisfy."""
    return Promise(
        11,
        "The deployer can grant no role, its own included, more than the environment's boundary",
        "IAM User Guide, permissions boundaries for IAM entities, delegating to others",
        (
            "the role that CloudFormation works under has these policies and no others",
            "the first deployer of an environment is trusted to create its boundary",
        ),
        lambda world: _claims(world, policies),
        "there is no policy",
    )


def _claims(world: World, policies: DeploymentPolicies) -> Iterator[Claim]:
    where = f"the deployer of {world.name}"
    force = PoliciesInForce(
        tuple(
            read_policy(document, PolicyKind.IDENTITY, name)
            for name, document in zip(policies.names, policies.documents, strict=True)
        )
    )
    iam = f"arn:{policies.partition}:iam::{world.account}"
    own_roles = f"{iam}:role/{PROJECT}-{world.name}-*"
    deployer = f"{iam}:role/deployer"
    callers = [any_session(deployer)]
    own = (own_roles, own_roles.replace(":role/", ":policy/"))
    bounded = key("StringEquals", "iam:PermissionsBoundary", *policies.boundary_arns)
    changes = changes_of_identities()
    services = sorted({name for each in world.roles for name in each.trusted_services})
    bootstrap = (f"{iam}:{kind}/{bootstrap_prefix(world.name)}*" for kind in ("role", "policy"))
    passed = AllOf((resource_like(own_roles), key("StringEquals", _PASSED_TO, *services)))
    for what, actions, *condition in (
        (
            "make or strengthen a role that is not under a boundary of the environment",
            *(BOUNDED, Not(bounded)),
        ),
        ("take a role's boundary away", ["iam:DeleteRolePermissionsBoundary"]),
        ("change or delete a boundary", LIFTING, resource_like(*policies.boundary_arns)),
        (
            "change a role or policy that is not the environment's",
            *(changes, Not(resource_like(*own))),
        ),
        (
            "change what lets it deploy",
            *(changes, resource_like(*bootstrap, f"{iam}:role/cdk-*")),
        ),
        ("make or change an identity that is no role", names("iam", *_OTHER_IDENTITIES)),
        (
            "pass a role that is not the environment's, or to a service that none of them trusts",
            *(["iam:PassRole"], Not(passed)),
        ),
        ("become a role", ASSUME),
    ):
        yield Subject(where, force).never(what, callers, actions, *condition)
    for each in world.roles:
        context = {"iam:PermissionsBoundary": (each.boundary_arn,)}
        request = Request(role(deployer), "iam:CreateRole", each.arn, context)
        yield Allowed(where, f"make {each.name} under its boundary", ((request, force),))

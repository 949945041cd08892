"""The evaluation logic of `iam_prover.evaluator` as one z3 formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam_prover.actions import concerns
from iam_prover.encoding.conditions import encode_condition, resource_matches
from iam_prover.encoding.logic import FALSE, TRUE, conjunction, disjunction, negation
from iam_prover.encoding.vocabulary import RESOURCE_ACCOUNT, Vocabulary
from iam_prover.evaluator import Arbitrary, PoliciesInForce
from iam_prover.policy import Effect, Policy, Principals, Selection, Statement
from iam_prover.principals import CallerKind, NameKind

if TYPE_CHECKING:
    import z3

    from iam_prover.principals import PrincipalName


@dataclass(frozen=True)
class Encoder:
    """Makes the formula of one action, in lower case."""

    policies: PoliciesInForce
    action: str
    vocabulary: Vocabulary

    def allowed(self) -> z3.BoolRef:
        """Encode that the request is let through."""
        # In this order: where nothing is granted, nobody need look at what is denied.
        return conjunction(part() for part in (self._granted, self._gate, self._not_denied))

    def _gate(self) -> z3.BoolRef:
        endpoint = self.policies.endpoint
        return TRUE if endpoint is None else self._allows((endpoint,))

    def _not_denied(self) -> z3.BoolRef:
        return negation(
            disjunction(
                self._matches(statement, policy)
                for policy in self.policies.documents
                for statement in self._statements(policy, Effect.DENY)
            )
        )

    def _granted(self) -> z3.BoolRef:
        caller, policies = self.vocabulary.caller, self.policies
        direct, by_role, by_account = self._resource_grants()
        if not caller.is_identity:
            return direct
        within = TRUE if policies.boundary is None else self._allows((policies.boundary,))
        if isinstance(policies.identity, Arbitrary) or caller.kind is CallerKind.ROOT:
            own = within
        else:
            own = conjunction((self._allows(policies.identity), within))
        by_identity = conjunction((own, by_account)) if policies.resource_policy_decides else own
        owner = self.vocabulary.key(RESOURCE_ACCOUNT)
        if not owner.slots:
            foreign = FALSE
        else:
            memberships = self.vocabulary.memberships
            same_account = memberships.are_same(owner.slots[0].text, caller.account)
            foreign = conjunction((owner.present, negation(same_account)))
        from_outside = conjunction((own, disjunction((direct, by_role, by_account))))
        from_inside = disjunction((direct, conjunction((by_role, within)), by_identity))
        return disjunction(
            (conjunction((foreign, from_outside)), conjunction((negation(foreign), from_inside)))
        )

    def _resource_grants(self) -> tuple[z3.BoolRef, z3.BoolRef, z3.BoolRef]:
        """Encode that a resource policy allows the caller itself, its role, or its account."""
        if isinstance(self.policies.resource, Arbitrary):
            return TRUE, FALSE, FALSE
        caller = self.vocabulary.caller
        direct, by_role, by_account = [], [], []
        for policy in self.policies.resource:
            for statement in self._statements(policy, Effect.ALLOW):
                matched = self._matches(statement, policy, any_caller=True)
                for name in statement.principals.names if statement.principals else ():
                    named = conjunction((self._is_named(name), matched))
                    if name.kind in {NameKind.ACCOUNT, NameKind.CANONICAL}:
                        by_account.append(named)
                    elif name.kind is NameKind.ARN and caller.kind is CallerKind.ROLE:
                        by_role.append(named)
                        direct.append(conjunction((caller.is_session(name), matched)))
                    else:
                        direct.append(named)
        return disjunction(direct), disjunction(by_role), disjunction(by_account)

    def _statements(self, policy: Policy, effect: Effect) -> list[Statement]:
        return [
            statement
            for statement in policy.statements
            if statement.effect is effect and concerns(statement.actions, self.action)
        ]

    def _allows(self, policies: tuple[Policy, ...]) -> z3.BoolRef:
        return disjunction(
            self._matches(statement, policy)
            for policy in policies
            for statement in self._statements(policy, Effect.ALLOW)
        )

    def _matches(
        self, statement: Statement, policy: Policy, *, any_caller: bool = False
    ) -> z3.BoolRef:
        """Encode that a statement matches; with `any_caller`, whatever its Principal says."""
        in_doubt = statement.effect is Effect.ALLOW
        named = TRUE
        if policy.kind.has_principals and not any_caller:
            named = self._named(statement.principals)
        if named is FALSE:
            return FALSE
        conditions = (
            encode_condition(each, self.vocabulary, in_doubt=in_doubt)
            for each in statement.conditions
        )
        selected = self._selected(statement.resources, in_doubt=in_doubt)
        return conjunction((named, selected, *conditions))

    def _named(self, principals: Principals | None) -> z3.BoolRef:
        if principals is None:
            return FALSE
        caller = self.vocabulary.caller
        listed = disjunction(self._is_named(name) for name in principals.names)
        if not principals.inverted:
            return listed
        bounded = self.policies.boundary is not None
        if bounded and caller.kind in {CallerKind.ROLE, CallerKind.USER}:
            return TRUE
        return negation(listed)

    def _is_named(self, name: PrincipalName) -> z3.BoolRef:
        named = self.vocabulary.caller.is_named(name)
        if name.kind.value == self.vocabulary.caller.kind.value:
            self.vocabulary.caller_names.append(name.value)
        if named is not None:
            return named
        return self.vocabulary.left_open(f"whom {name.kind.value} principal {name.value!r} names")

    def _selected(self, resources: Selection | None, *, in_doubt: bool) -> z3.BoolRef:
        if resources is None:
            return TRUE
        matched = [resource_matches(each, self.vocabulary) for each in resources.patterns]
        listed = disjunction(conjunction(each) for each in matched)
        if not resources.inverted:
            return listed
        if in_doubt:
            return negation(listed)
        return conjunction((negation(listed), *(known for known, _ in matched)))

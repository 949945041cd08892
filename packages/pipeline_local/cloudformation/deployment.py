"""One operation on a stack, carried on from wherever it is.

The status of the stack says what is to be done, and its records what is done already: a server that
was killed in the middle goes on at its next start.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.attributes import is_custom
from mlops_common.errors import MlopsError
from pipeline_local.cloudformation.evaluation import LiveResolver
from pipeline_local.cloudformation.refusals import Refusal
from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.schemas import (
    changed_paths,
    naming_properties,
    replaces,
    with_tags,
)
from pipeline_local.cloudformation.stacks import Definition, Record, now
from pipeline_local.cloudformation.steps import GONE, StepError, Steps, problem_words
from pipeline_local.cloudformation.template import needs_of, order_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.cloudformation.exports import Exports
    from pipeline_local.cloudformation.resource_type import ResourceType

_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_KEPT_AT_ROLLBACK = frozenset({"Retain"})  # RetainExceptOnCreate deletes what was just created
_KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


@dataclass
class Deployment:
    """An operation under way."""

    steps: Steps
    types: Mapping[str, ResourceType]
    exports: Exports

    def run(self) -> None:
        """Go through the phases until the stack is at rest."""
        phases: dict[str, Callable[[], None]] = {
            "CREATE_IN_PROGRESS": self._forward,
            "UPDATE_IN_PROGRESS": self._forward,
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": lambda: self._clean_up("UPDATE_COMPLETE"),
            "ROLLBACK_IN_PROGRESS": self._take_back_creation,
            "UPDATE_ROLLBACK_IN_PROGRESS": self._take_back_update,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": lambda: self._clean_up(
                "UPDATE_ROLLBACK_COMPLETE"
            ),
            "DELETE_IN_PROGRESS": self._delete,
        }
        while self.steps.stack.is_busy:
            phases[self.steps.stack.status]()

    def _forward(self) -> None:
        stack = self.steps.stack
        target = stack.target or stack.definition
        verb = "create" if stack.status == "CREATE_IN_PROGRESS" else "update"
        surroundings = self.exports.surroundings(stack)
        resolver = LiveResolver(stack, target, stack.records, surroundings)
        try:
            resolver.check_imports()
            order = order_of(active_needs(target.template, resolver))
            for logical_id in order:
                self._deploy(logical_id, target, resolver)
            outputs = _outputs(target.template, resolver)
            self.exports.check(stack, outputs)
        except StepError as error:
            self._fail(verb, problem_words(verb, [error.logical_id]))
            return
        except (ResourceError, MlopsError, Refusal) as error:
            self._fail(verb, f"{str(error).rstrip('.')}. ")
            return
        removed = [stack.records[name] for name in _deletion_order(stack.records, set(order))]
        replaced = [
            old
            for name, old in reversed(stack.undo.items())
            if old and old.physical_id != stack.records[name].physical_id
        ]
        stack.definition, stack.target, stack.undo = target, None, {}
        stack.outputs, stack.imports = outputs, sorted(surroundings.imported)
        stack.updated = now() if verb == "update" else stack.updated
        if verb == "create":
            self.steps.move("CREATE_COMPLETE")
            return
        # A replaced resource goes or stays by the new template's policy.
        stack.waste = [
            *(replace(old, body=_as_deleted(stack.records[old.logical_id])) for old in replaced),
            *(each for each in removed if each.status not in GONE),
        ]
        for each in removed:
            stack.records.pop(each.logical_id)
        self.steps.store.put_records(stack, removed=[each.logical_id for each in removed])
        self.steps.move("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    def _fail(self, verb: str, reason: str) -> None:
        stack = self.steps.stack
        if stack.on_failure == "DO_NOTHING":
            if stack.target is not None and verb == "create":
                stack.definition = stack.target
            self.steps.move(f"{verb.upper()}_FAILED", reason)
            return
        words = f"{reason}Rollback requested by user." if verb == "create" else reason
        self.steps.move(rollback_status(verb), words)

    def _deploy(self, logical_id: str, target: Definition, resolver: LiveResolver) -> None:
        """Bring one resource to what the template says."""
        stack, steps = self.steps.stack, self.steps
        body = target.template["Resources"][logical_id]
        old = stack.records.get(logical_id)
        if old is not None and logical_id in stack.undo:
            if old.status in _DONE:
                return  # before the server was started again
            old = stack.undo[logical_id]
        try:
            properties = resolver.value(body.get("Properties", {}))
        except (ResourceError, MlopsError) as error:
            self._note_failure(logical_id, body, old, str(error))
            raise StepError(logical_id, str(error)) from error
        kind = str(body["Type"])
        fresh = Record(
            logical_id=logical_id,
            kind=kind,
            properties=self._tagged(kind, properties, target),
            body={key: value for key, value in body.items() if key != "Properties"},
            needs=needs_of(target.template, logical_id),
        )
        if old is None or not old.physical_id or old.status in GONE:
            stack.undo[logical_id] = None
            steps.create(fresh)
            return
        fresh = replace(fresh, generation=old.generation)
        paths = list(changed_paths(old.properties, fresh.properties))
        if not paths:
            if (old.body, old.needs) != (fresh.body, fresh.needs):
                steps.keep([replace(old, body=fresh.body, needs=fresh.needs)])
            return
        stack.undo[logical_id] = old
        if is_custom(kind) or not any(replaces(kind, path, stack.region) for path in paths):
            steps.update(old, fresh)
            return
        if problem := _name_problem(old, fresh, stack.region):
            self._note_failure(logical_id, body, old, problem)
            raise StepError(logical_id, problem)
        steps.create(replace(fresh, generation=old.generation + 1), verb="UPDATE")

    def _note_failure(
        self, logical_id: str, body: Mapping[str, Any], old: Record | None, reason: str
    ) -> None:
        verb = "CREATE" if old is None else "UPDATE"
        record = old or Record(logical_id, str(body["Type"]))
        failed = replace(record, status=f"{verb}_FAILED", reason=reason, updated=now())
        if logical_id not in self.steps.stack.undo:
            self.steps.stack.undo[logical_id] = old
        self.steps.keep([failed], [self.steps.event_of(failed)])

    def _tagged(self, kind: str, properties: dict[str, Any], target: Definition) -> dict[str, Any]:
        known = self.types.get(kind)
        tagged = with_tags(properties, target.tags, kind, self.steps.stack.region)
        added = set(tagged) - set(properties)
        return properties if known and not added <= known.properties else tagged

    def _take_back_creation(self) -> None:
        failed = self._delete_all(lambda record: record.policy("DeletionPolicy"), rollback=True)
        stack = self.steps.stack
        if stack.target is not None:
            stack.definition, stack.target = stack.target, None
        stack.undo = {}
        if failed:
            self.steps.move("ROLLBACK_FAILED", problem_words("delete", failed))
        elif stack.on_failure == "DELETE":
            self.steps.move("DELETE_IN_PROGRESS")
        else:
            self.steps.move("ROLLBACK_COMPLETE")

    def _take_back_update(self) -> None:
        stack, steps = self.steps.stack, self.steps
        for logical_id, before in reversed(list(stack.undo.items())):
            after = stack.records[logical_id]
            if before is None or after.physical_id != before.physical_id:
                if after.physical_id:
                    stack.waste.append(replace(after, body={}))
            elif after.properties != before.properties and logical_id not in stack.retain:
                try:
                    steps.update(after, before, takes_back=True)
                except StepError as error:
                    reason = problem_words("update", [error.logical_id])
                    steps.move("UPDATE_ROLLBACK_FAILED", reason)
                    return
            del stack.undo[logical_id]
            kept = [] if before is None else [replace(before, status="UPDATE_COMPLETE")]
            gone = [logical_id] if before is None else []
            steps.store.put_records(stack, kept, removed=gone)
        stack.target, stack.retain = None, []
        steps.move("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")

    def _clean_up(self, status: str) -> None:
        stack = self.steps.stack
        while stack.waste:
            record = stack.waste[0]
            keeps = record.policy("DeletionPolicy") in _KEPT
            with suppress(StepError):  # as on AWS, the event is all that remains of it then
                self.steps.delete(record, keeps=keeps, of_stack=False)
            del stack.waste[0]
            self.steps.store.put_stack(stack)
        self.steps.move(status)

    def _delete(self) -> None:
        stack = self.steps.stack
        failed = self._delete_all(
            lambda record: (
                "Retain" if record.logical_id in stack.retain else record.policy("DeletionPolicy")
            )
        )
        stack.target, stack.undo, stack.retain = None, {}, []
        if failed:
            self.steps.move("DELETE_FAILED", problem_words("delete", failed))
            return
        stack.deleted = now()
        stack.outputs, stack.imports = [], []
        self.steps.move("DELETE_COMPLETE")

    def _delete_all(self, policy: Callable[[Record], str], *, rollback: bool = False) -> list[str]:
        """Delete what the stack has, except what it needs for something that stays by failure."""
        stack, failed = self.steps.stack, list[str]()
        for logical_id in _deletion_order(stack.records, set()):
            record = stack.records[logical_id]
            if record.status in GONE:
                continue
            if any(logical_id in stack.records[name].needs for name in failed):
                continue
            kept = _KEPT_AT_ROLLBACK if rollback else _KEPT
            try:
                self.steps.delete(record, keeps=policy(record) in kept)
            except StepError:
                failed.append(logical_id)
        return failed


def rollback_status(verb: str) -> str:
    """Return the status of a stack whose creation or update is taken back."""
    return "ROLLBACK_IN_PROGRESS" if verb == "create" else "UPDATE_ROLLBACK_IN_PROGRESS"


def active_needs(template: Mapping[str, Any], resolver: LiveResolver) -> dict[str, tuple[str, ...]]:
    """Return what each resource whose condition holds needs among the others."""
    active = [name for name, body in template["Resources"].items() if resolver.holds(body)]
    return {
        name: tuple(other for other in needs_of(template, name) if other in active)
        for name in active
    }


def _deletion_order(records: Mapping[str, Record], stays: set[str]) -> list[str]:
    order = order_of({name: record.needs for name, record in records.items()})
    return [name for name in reversed(order) if name not in stays]


def _as_deleted(record: Record) -> dict[str, Any]:
    return {"DeletionPolicy": record.policy("UpdateReplacePolicy")}


def _name_problem(old: Record, new: Record, region: str) -> str:
    """Return why a resource cannot be replaced: the other one would have its name."""
    names = naming_properties(old.kind, region)
    given = [new.properties.get(name) for name in names]
    if not all(given) or given != [old.properties.get(name) for name in names]:
        return ""
    return (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        f"Rename {given[0]} and update the stack again."
    )


def _outputs(template: Mapping[str, Any], resolver: LiveResolver) -> list[dict[str, str]]:
    found = []
    for name, body in template.get("Outputs", {}).items():
        if not resolver.holds(body):
            continue
        one = {"OutputKey": name, "OutputValue": str(resolver.value(body["Value"]))}
        if "Description" in body:
            one["Description"] = str(body["Description"])
        if "Export" in body:
            one["ExportName"] = str(resolver.value(body["Export"]["Name"]))
        found.append(one)
    return found

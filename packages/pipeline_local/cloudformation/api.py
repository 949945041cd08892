"""The operations of CloudFormation's API that the local AWS answers; any other is refused by name.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation import change_sets, reading, writing
from pipeline_local.cloudformation.custom_resources import PATH
from pipeline_local.cloudformation.place import Place
from pipeline_local.cloudformation.protocol import Answer, answer, scope_of
from pipeline_local.cloudformation.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.cloudformation.engine import Engine

    Operation = Callable[[Place, dict[str, Any]], dict[str, Any]]

# How long an answer waits for the end of an operation: clients that ask every few seconds go on
# as soon as it is over.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class CloudFormation:
    """The service, in front of moto's."""

    engine: Engine
    account_of: Callable[[str], str]  # of an access key

    def answer(self, environ: Mapping[str, Any], content: bytes) -> Answer | None:
        """Answer a request; None if it is of another service."""
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(PATH) and environ.get("REQUEST_METHOD") == "PUT":
            taken = self.engine.responses.take(path.removeprefix(PATH), content)
            return ("200 OK" if taken else "404 Not Found"), [], b""
        scope = scope_of(environ)
        if scope is None:
            return None
        key, region = scope
        place = Place(self.engine, self.account_of(key), region)

        def operate(action: str, request: dict[str, Any]) -> dict[str, Any]:
            operation = _OPERATIONS.get(action)
            if operation is None:
                raise Refusal("InvalidAction", f"{action} is not supported by the local AWS")
            if action == "DescribeStacks" and "StackName" in request:
                place.wait(request["StackName"], _PATIENCE_SECONDS)
            with self.engine.lock:
                return operation(place, request)

        return answer(content, operate)


_OPERATIONS: dict[str, Operation] = {
    "ContinueUpdateRollback": writing.continue_update_rollback,
    "CreateChangeSet": change_sets.create,
    "CreateStack": writing.create_stack,
    "DeleteChangeSet": change_sets.delete,
    "DeleteStack": writing.delete_stack,
    "DescribeChangeSet": change_sets.describe,
    "DescribeEvents": reading.describe_events,
    "DescribeStackEvents": reading.describe_stack_events,
    "DescribeStackResource": reading.describe_stack_resource,
    "DescribeStackResources": reading.describe_stack_resources,
    "DescribeStacks": reading.describe_stacks,
    "ExecuteChangeSet": change_sets.execute,
    "GetTemplate": reading.get_template,
    "GetTemplateSummary": reading.get_template_summary,
    "ListChangeSets": change_sets.list_change_sets,
    "ListExports": reading.list_exports,
    "ListImports": reading.list_imports,
    "ListStackResources": reading.list_stack_resources,
    "ListStacks": reading.list_stacks,
    "RollbackStack": writing.rollback_stack,
    "UpdateStack": writing.update_stack,
    "UpdateTerminationProtection": writing.update_termination_protection,
    "ValidateTemplate": reading.validate_template,
}

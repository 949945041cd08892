"""The stacks of one account and region, found and begun."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from cloud_assembly.stack import Stack as View
from mlops_contract.limits import TEMPLATE_KEPT, TEMPLATE_SENT
from pipeline_local.cloudformation.capabilities import check_capabilities
from pipeline_local.cloudformation.evaluation import LiveResolver
from pipeline_local.cloudformation.parameters import kept_by_ssm, parameter_values
from pipeline_local.cloudformation.refusals import Refusal, invalid
from pipeline_local.cloudformation.registry import check_types
from pipeline_local.cloudformation.stacks import STACK_TYPE, Definition, Event, Stack, now
from pipeline_local.cloudformation.template import (
    check_template,
    parse_template,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.cloudformation.engine import Engine
    from pipeline_local.cloudformation.stacks import ChangeSet

_NAMES = uuid.UUID("5b1f7d2e-7f0e-4d0c-9a43-0a4e3c9d8f11")  # of ids of stacks


@dataclass(frozen=True)
class Place:
    """An account and region of the engine."""

    engine: Engine
    account: str
    region: str

    @property
    def client(self) -> Callable[[str], Any]:
        """Return the function that gives the client of a service."""
        return self.engine.clients.of(self.account, self.region)

    def stacks(self) -> list[Stack]:
        """Return its stacks, deleted ones included, the newest first."""
        here = (self.account, self.region)
        found = self.engine.store.stacks.values()
        return [each for each in reversed(found) if (each.account, each.region) == here]

    def find(self, name: str) -> Stack | None:
        """Find a stack by name or id; one that is deleted only by its id."""
        for stack in self.stacks():
            if stack.id == name or (stack.name == name and not stack.is_gone):
                return stack
        return None

    def stack(self, name: str) -> Stack:
        """Return a stack; refuse if there is none."""
        found = self.find(name)
        if found is None:
            raise invalid(f"Stack with id {name} does not exist")
        return found

    def wait(self, name: str, seconds: float) -> None:
        """Wait for the end of the operation on a stack."""
        found = self.find(name)
        if found is not None:
            self.engine.wait_for(found, seconds)

    def new_stack(self, name: str, status: str) -> Stack:
        """Make a stack of which nothing is created yet."""
        before = sum(1 for each in self.stacks() if each.name == name)
        # The same again where the same is repeated from the start.
        identity = uuid.uuid5(_NAMES, f"{self.account}/{self.region}/{name}/{before}")
        return Stack(
            id=f"{self._arn('stack')}/{name}/{identity}",
            name=name,
            account=self.account,
            region=self.region,
            status=status,
            created=now(),
        )

    def change_set_id(self, name: str) -> str:
        """Return an id for a new change set."""
        return f"{self._arn('changeSet')}/{name}/{uuid.uuid4()}"

    def _arn(self, kind: str) -> str:
        partition = View("", self.account, self.region, {}).partition
        return f"arn:{partition}:cloudformation:{self.region}:{self.account}:{kind}"

    def change_set(self, name: str, stack_name: str | None) -> ChangeSet | None:
        """Find a change set by its id, or by its name and that of its stack."""
        stack = self.find(stack_name) if stack_name else None
        for each in reversed(self.engine.store.change_sets.values()):
            if each.id == name or (stack and each.stack_id == stack.id and each.name == name):
                return each
        return None

    def definition(self, request: dict[str, Any], stack: Stack) -> Definition:
        """Read template and parameters of a request, and check them."""
        text = self._template_text(request, stack)
        template = parse_template(text)
        check_template(template)
        check_types(template, self.engine.types, self.region)
        check_capabilities(template, request.get("Capabilities", []))
        before = stack.definition.parameters
        values = parameter_values(template, request.get("Parameters", []), before)
        tags = {each["Key"]: each["Value"] for each in request.get("Tags", [])}
        if "Tags" not in request:
            tags = dict(stack.definition.tags)
        made = Definition(text, values, kept_by_ssm(template, values, self.client), tags)
        surroundings = self.engine.exports.surroundings(stack)
        LiveResolver(stack, made, {}, surroundings).check_rules()
        return made

    def _template_text(self, request: dict[str, Any], stack: Stack) -> str:
        if request.get("UsePreviousTemplate"):
            return stack.definition.text
        if "TemplateURL" in request:
            return self.read_url(request["TemplateURL"])
        if "TemplateBody" not in request:
            raise invalid("Either Template URL or Template Body must be specified.")
        body = str(request["TemplateBody"])
        if len(body.encode()) > TEMPLATE_SENT:
            raise invalid(
                "1 validation error detected: Value at 'templateBody' failed to satisfy "
                f"constraint: Member must have length less than or equal to {TEMPLATE_SENT}"
            )
        return body

    def read_url(self, url: str) -> str:
        """Read a template from the local S3, by any of S3's addresses of an object."""
        from botocore.exceptions import ClientError

        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
        first = host.partition(".s3")[0]
        if ".s3" in host and first:
            bucket, key = first, path
        else:
            bucket, _, key = path.partition("/")
        try:
            content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            problem = error.response.get("Error", {}).get("Message", "")
            raise invalid(f"S3 error: {problem} ({url})") from None
        if len(content) > TEMPLATE_KEPT:
            raise invalid(f"Template may not exceed {TEMPLATE_KEPT} bytes in size.")
        return content.decode()

    def begin(self, stack: Stack, status: str, token: str = "", reason: str = "") -> None:
        """Begin an operation whose aim the stack holds already."""
        stack.status, stack.reason, stack.token = status, reason, token
        self.note(stack, reason or "User Initiated", token)
        self.engine.execute(stack)

    def note(self, stack: Stack, reason: str, token: str) -> None:
        """Write a stack, with its status as an event."""
        event = Event(
            str(uuid.uuid4()),
            stack.id,
            stack.name,
            stack.id,
            STACK_TYPE,
            stack.status,
            reason,
            now(),
            token,
        )
        self.engine.store.put_stack(stack, event)


def refuse_busy(stack: Stack, verb: str) -> None:
    """Refuse an operation on a stack in a state that does not allow it."""
    raise Refusal(
        "ValidationError",
        f"Stack:{stack.id} is in {stack.status} state and can not be {verb}.",
    )

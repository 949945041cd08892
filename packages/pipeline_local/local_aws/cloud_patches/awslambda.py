"""Patches of moto's Lambda: what it drops of a function, and refusals."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable

# Members of CreateFunction and UpdateFunctionConfiguration that moto drops.
_DROPPED = ("DeadLetterConfig", "EphemeralStorage", "LoggingConfig", "TracingConfig")
_ACCOUNT_CONCURRENCY = "1000"  # Lambda quotas, "Concurrent executions"


def install() -> None:
    """Apply all patches below."""
    # moto asks the variable, and reserves without a limit unless it is set.
    os.environ["MOTO_LAMBDA_CONCURRENCY_QUOTA"] = _ACCOUNT_CONCURRENCY
    code_is_in_its_bucket()
    functions_answer_in_full()
    architectures_change_with_code()
    functions_are_in_their_network()
    roles_trust_lambda()
    statements_are_unique()


def code_is_in_its_bucket() -> None:
    """Refuse code whose object does not exist; moto makes a function without code."""
    from moto.awslambda import models
    from moto.awslambda.exceptions import InvalidParameterValueException

    known = models._validate_s3_bucket_and_key  # noqa: SLF001 (moto has no other place for it)

    def find(account_id: str, partition: str, data: dict[str, Any]) -> Any:
        found = known(account_id, partition, data)
        if found is None:
            raise InvalidParameterValueException(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
                "S3 Error Message: The specified key does not exist."
            )
        return found

    def set_code(known: Callable[..., Any], self: Any, changes: dict[str, Any]) -> None:
        if "S3Key" in changes and "ZipFile" not in changes:
            find(self.account_id, self.partition, changes)
        known(self, changes)

    setattr(models, "_validate_s3_bucket_and_key", find)  # noqa: B010 (moto's module)
    around(models.LambdaFunction, "_set_function_code", set_code)


def functions_answer_in_full() -> None:
    """Keep the parts of a configuration that moto drops; an empty one resets to the default."""
    from moto.awslambda.models import LambdaFunction

    def init(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> None:
        known(self, *args, **kwargs)
        spec = kwargs.get("spec") or args[1]
        self.kept = {name: spec[name] for name in _DROPPED if spec.get(name)}

    def update(known: Callable[..., Any], self: Any, changes: dict[str, Any]) -> Any:
        self.kept |= {name: changes[name] for name in _DROPPED if name in changes}
        self.kms_key_arn = changes.get("KMSKeyArn", self.kms_key_arn)
        known(self, changes)
        return self.get_configuration()

    def describe(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = {**known(self, *args, **kwargs), **self.kept}
        group = f"/aws/lambda/{self.function_name}"
        logging = {"LogFormat": "Text", "LogGroup": group, **(self.kept.get("LoggingConfig") or {})}
        answer["LoggingConfig"] = logging
        if not (answer.get("DeadLetterConfig") or {}).get("TargetArn"):
            answer.pop("DeadLetterConfig", None)
        if not answer.get("KMSKeyArn"):
            answer.pop("KMSKeyArn", None)
        return answer

    around(LambdaFunction, "__init__", init)
    around(LambdaFunction, "update_configuration", update)
    around(LambdaFunction, "get_configuration", describe)


def architectures_change_with_code() -> None:
    """Let UpdateFunctionCode change the architecture; moto ignores it."""
    from moto.awslambda.models import LambdaFunction

    def update(known: Callable[..., Any], self: Any, changes: dict[str, Any]) -> Any:
        if changes.get("Architectures"):
            self.architectures = changes["Architectures"]
        return known(self, changes)

    around(LambdaFunction, "update_function_code", update)


def functions_are_in_their_network() -> None:
    """Answer the network of a function's subnets, and refuse unknown ones; moto invents it."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaFunction

    def network(self: Any) -> dict[str, Any] | None:
        config = self._vpc_config
        if not config or not config.get("SubnetIds"):
            return None
        from moto.ec2.models import ec2_backends

        known = ec2_backends[self.account_id][self.region]
        subnets = {each.id: each.vpc_id for each in known.describe_subnets()}
        for wanted in config["SubnetIds"]:
            if wanted not in subnets:
                raise InvalidParameterValueException(
                    "Error occurred while DescribeSubnets. EC2 Error Code: "
                    "InvalidSubnetID.NotFound. EC2 Error Message: "
                    f"The subnet ID '{wanted}' does not exist"
                )
        return {**config, "VpcId": subnets[config["SubnetIds"][0]]}

    def init(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> None:
        known(self, *args, **kwargs)
        network(self)

    around(LambdaFunction, "__init__", init)
    setattr(LambdaFunction, "vpc_config", property(network))  # noqa: B010 (mypy: a property)


def roles_trust_lambda() -> None:
    """Refuse a role that Lambda may not assume; moto only asks if the role exists."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaStorage
    from moto.iam.models import iam_backends

    def put_function(known: Callable[..., Any], self: Any, function: Any) -> None:
        roles = iam_backends[function.account_id][function.partition].get_roles()
        role = next((each for each in roles if each.arn == function.role), None)
        if role is not None and "lambda.amazonaws.com" not in trusted_services(role):
            raise InvalidParameterValueException(
                "The role defined for the function cannot be assumed by Lambda."
            )
        known(self, function)

    around(LambdaStorage, "put_function", put_function)


def statements_are_unique() -> None:
    """Refuse a second statement of the same id; moto adds it."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.policy import Policy

    class ExistsError(LambdaClientError):
        code = 409

    def add(known: Callable[..., Any], self: Any, raw: str, qualifier: str | None = None) -> Any:
        identity = json.loads(raw).get("StatementId")
        if any(each.get("Sid") == identity for each in self.statements):
            raise ExistsError(
                "ResourceConflictException",
                f"The statement id ({identity}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
            )
        return known(self, raw, qualifier)

    around(Policy, "add_statement", add)


def trusted_services(role: Any) -> set[str]:
    """Return the services that a role's trust policy lets assume it."""
    found: set[str] = set()
    statements = json.loads(role.assume_role_policy_document or "{}").get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow":
            found.update([services] if isinstance(services, str) else services)
    return found

"""The SageMaker actions of each guard, from the table of all actions."""

from __future__ import annotations

from mlops_contract import sagemaker_actions as known


def _with(letter: str) -> tuple[str, ...]:
    return tuple(name for name, keys in known.COMPUTE.items() if letter in keys)


IN_SUBNETS, IN_GROUPS = _with("S"), _with("G")
ISOLATED, ENCRYPTED_TRAFFIC = _with("N"), _with("E")
ON_VOLUMES, WITH_OUTPUT, ON_INSTANCES = _with("V"), _with("O"), _with("T")
FROM_MODELS = (*_with("M"), "CreateEndpointConfig")
WITH_ROOT, NOTEBOOKS = _with("R"), _with("I")
WITH_DOMAIN_NETWORK, REMOTE_DEBUGGED = _with("A"), _with("D")
SHARING_NOTEBOOKS = (*WITH_DOMAIN_NETWORK, "CreateUserProfile", "UpdateUserProfile")
PRESIGNED = tuple(sorted(known.PRESIGNED))
WITHOUT_KEYS = tuple(sorted(known.FORBIDDEN))
# Deleting a policy shares nothing.
SHARING = tuple(sorted(each for each in known.SHARING if not each.startswith("Delete")))

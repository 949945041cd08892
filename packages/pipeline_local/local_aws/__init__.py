"""A local AWS kept by the tool: one small server, its state on disk, its events delivered.

Public names: `connect` gives clients; `FunctionTarget` and `invoke_function` run a Lambda's own
code. How it works, and how its state survives a kill, is in ``docs/decisions/0012-local-aws.md``.
"""

from pipeline_local.local_aws.connection import Aws, connect
from pipeline_local.local_aws.functions import FunctionResult, FunctionTarget, invoke_function
from pipeline_local.local_aws.patterns import PatternError, matches

__all__ = [
    "Aws",
    "FunctionResult",
    "FunctionTarget",
    "PatternError",
    "connect",
    "invoke_function",
    "matches",
]

"""Clients of AWS, of an emulator or of the local AWS, and Lambda functions run from their code."""

from pipeline_local.aws.connection import Aws
from pipeline_local.aws.functions import FunctionResult, FunctionTarget, invoke_function
from pipeline_local.aws.patterns import PatternError, matches

__all__ = ["Aws", "FunctionResult", "FunctionTarget", "PatternError", "invoke_function", "matches"]

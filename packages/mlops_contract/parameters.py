"""SSM parameters that stacks publish, and that other templates and tools look up."""

from mlops_contract.names import PROJECT

VPC, SUBNETS = "network/vpc", "network/subnets"
JOB_GROUP, BUILD_GROUP = "network/job-security-group", "network/build-security-group"
S3_ENDPOINT = "network/s3-endpoint"
PORTFOLIO, PRODUCT = "project-template/portfolio", "project-template/product"
# What the names of those begin with that hold the ARNs of permission boundaries.
POLICIES = "policy/"


def parameter(environment: str, name: str) -> str:
    """Name a parameter, ``/secure-mlops/<environment>/<name>``."""
    return f"/{PROJECT}/{environment}/{name}"


def key(purpose: str) -> str:
    """Return the path of the parameter with a key's ARN."""
    return f"key/{purpose}"

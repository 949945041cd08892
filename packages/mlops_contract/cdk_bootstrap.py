"""Names of the bucket and roles of the CDK's bootstrap stack (CDK Developer Guide)."""

QUALIFIER = "hnb659fds"  # the CDK's own, which the stacks are synthesized for
PUBLISHER = "file-publishing"


def role(name: str, account: str, region: str) -> str:
    """Name a role: ``deploy``, ``file-publishing``, ``lookup``, ``cfn-exec``."""
    return f"cdk-{QUALIFIER}-{name}-role-{account}-{region}"


def assets_bucket(account: str, region: str) -> str:
    """Name the bucket that files are uploaded to."""
    return f"cdk-{QUALIFIER}-assets-{account}-{region}"


def assets_bucket_of(publisher: str) -> str:
    """Return the ARN of the bucket that a role for uploads writes to, of whatever qualifier."""
    name = publisher.rpartition("/")[2].replace(f"-{PUBLISHER}-role-", "-assets-")
    return f"arn:aws:s3:::{name}"

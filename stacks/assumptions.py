"""What is taken for granted of a VPC that other people made, by the promise it stands in for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from environments.existing_vpc import ExistingVpc

# Where proofs and auditors find it: on the security group of jobs.
ASSUMPTIONS_METADATA = "secure-mlops:assumptions"


def assumptions_of(existing: ExistingVpc) -> list[dict[str, str]]:
    """Say what no template shows of an existing VPC.

    Returns
    -------
    list of dict
        Rows of a promise's number and an assumption in words; a row may also name the security
        groups of endpoints that are there.
    """
    vpc, subnets = existing.vpc_id, ", ".join(existing.subnet_ids)
    rows = [
        {
            "promise": "16",
            "assumption": f"the route tables of {subnets} lead to endpoints of {vpc} and nowhere"
            " else; no gateway, peering or network ACL opens another way",
        },
        {
            "promise": "16",
            "assumption": f"the default security group of {vpc} is closed, and its hosts ask"
            " Amazon's resolver (DNS support and hostnames on)",
        },
    ]
    if existing.s3_endpoint_id:
        s3 = existing.s3_endpoint_id
        rows.append(
            {
                "promise": "2",
                "assumption": f"{s3} is the S3 gateway endpoint of {vpc}, and its policy lets"
                " through our buckets and AWS's own few, and nothing else",
            }
        )
    if existing.interface_endpoint_ids:
        ids = sorted(existing.interface_endpoint_ids.items())
        named = ", ".join(f"{endpoint} ({service})" for service, endpoint in ids)
        groups = existing.endpoint_security_group_ids
        rows += [
            {
                "promise": "13",
                "assumption": f"the policies of {named} let through our own principals to our own"
                " resources only",
            },
            {
                "promise": "16",
                "assumption": f"{', '.join(groups)} belong to endpoints of {vpc} only, and let"
                " HTTPS in from its subnets",
                "endpoint-groups": ",".join(groups),
            },
        ]
    return rows

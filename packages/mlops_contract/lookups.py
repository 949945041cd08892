"""Names that hosts in the VPC look up: the one table that the DNS firewall is written from.

Sources: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink" (private DNS);
S3 User Guide, "Virtual hosting of buckets" and its older names; ECR User Guide, "Amazon ECR
interface VPC endpoints"; CodeArtifact User Guide, "Create VPC endpoints for CodeArtifact".
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from mlops_contract.aws_buckets import response_bucket

# What `network.dns_firewall` says: what the last rule does, in its API's words, or that there is
# none; and what that leaves open, which the promise then takes for granted.
BLOCK: Final = "block"
ALERT: Final = "alert"
OFF: Final = "off"
LEFT_OPEN: Final = {
    ALERT: (
        "the DNS firewall lets through, watching only (network.dns_firewall: alert): names that are"
        " not on its list are answered and logged, and go out with what is in them"
    ),
    OFF: (
        "the settings turn the DNS firewall off (network.dns_firewall: off): names that the VPC's"
        " resolver looks up go out by DNS, with what is in them"
    ),
}
PROMISE: Final = "25"
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_CLASSIC = "us-east-1"  # whose hosts and buckets have older names besides
_OCTET = 8
# Endpoint services whose names in the DNS are not their own, turned around.
_NAMED = {"codeartifact.api": "codeartifact"}
# Whose names begin with an account or a domain.
REGISTRIES: Final = "ecr.dkr"
PACKAGES: Final = "codeartifact.repositories"


@dataclass(frozen=True)
class Place:
    """A region of a partition, whose names end alike."""

    region: str
    partition: str = "aws"

    @property
    def _end(self) -> str:
        return f"{self.region}.{_SUFFIXES.get(self.partition, 'amazonaws.com')}"

    def api(self, endpoint: str) -> tuple[str, ...]:
        """Name the host of an endpoint service; none where it depends on the account."""
        if endpoint in {REGISTRIES, PACKAGES}:
            return ()
        turned = ".".join(reversed(endpoint.split(".")))
        name = _NAMED.get(endpoint, turned)
        return (f"{name}.{self._end}",)

    def storage(self) -> tuple[str, ...]:
        """Name the hosts of S3 without a bucket."""
        return self._of_s3("s3")

    def bucket(self, name: str) -> tuple[str, ...]:
        """Name the hosts of a bucket; that of CloudFormation's answers has its older name, too."""
        older = (f"{name}.s3-{self._end}",) if name == response_bucket(self.region) else ()
        return (*self._of_s3(f"{name}.s3"), *older)

    def registry(self, account: str) -> str:
        """Name the host of an account's container images."""
        return f"{account}.dkr.ecr.{self._end}"

    def packages(self, domain: str, account: str) -> str:
        """Name the host of a domain of CodeArtifact."""
        return f"{domain}-{account}.d.codeartifact.{self._end}"

    def own_zones(self, cidr: str) -> tuple[str, ...]:
        """Name what Amazon's resolver answers by itself: hosts of the VPC, and their addresses.

        Nothing of it leaves the VPC. Source: Route 53 Developer Guide, "Domain names that VPC
        Resolver creates autodefined system rules for".
        """
        hosts = "ec2.internal" if self.region == _CLASSIC else f"{self.region}.compute.internal"
        return (f"*.{hosts}", *_reverse_zones(cidr))

    def _of_s3(self, name: str) -> tuple[str, ...]:
        plain = (f"{name}.{_SUFFIXES.get(self.partition, 'amazonaws.com')}",)
        return (f"{name}.{self._end}", *(plain if self.region == _CLASSIC else ()))


def _reverse_zones(cidr: str) -> tuple[str, ...]:
    """Name the zones of a private range's addresses, each of whole octets."""
    network = IPv4Network(cidr)
    whole = -(-network.prefixlen // _OCTET)  # rounded up
    return tuple(
        f"*.{'.'.join(reversed(str(each.network_address).split('.')[:whole]))}.in-addr.arpa"
        for each in network.subnets(new_prefix=whole * _OCTET)
    )

"""Names are those that clients ask for."""

from __future__ import annotations

import botocore.session
import pytest

from mlops_contract.endpoints import APIS
from mlops_contract.lookups import Place

# The names that the SDK has for services of endpoints, where they are others.
SDK = {
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker-runtime",
    "sagemaker.metrics": "sagemaker-metrics",
    "sagemaker.featurestore-runtime": "sagemaker-featurestore-runtime",
    "monitoring": "cloudwatch",
    "ecr.api": "ecr",
    "codeartifact.api": "codeartifact",
}
# No SDK calls these: Docker, pip and npm, and git do.
OTHERS = {"ecr.dkr", "codeartifact.repositories", "git-codecommit"}


@pytest.mark.parametrize("place", [Place("eu-central-1"), Place("cn-north-1", "aws-cn")])
@pytest.mark.parametrize("name", [each.name for each in APIS if each.name not in OTHERS])
def test_apis_are_where_the_sdk_looks_for_them(place: Place, name: str) -> None:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    client = session.create_client(SDK.get(name, name), region_name=place.region)
    assert place.api(name) == (client.meta.endpoint_url.removeprefix("https://"),)


def test_names_of_accounts_are_no_wildcards() -> None:
    place = Place("eu-central-1")
    assert {name for name in OTHERS if not place.api(name)} == OTHERS - {"git-codecommit"}
    assert place.registry("123456789012") == "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    packages = place.packages("team", "123456789012")
    assert packages == "team-123456789012.d.codeartifact.eu-central-1.amazonaws.com"


def test_older_names_of_buckets_are_there_where_they_are_used() -> None:
    assert Place("us-east-1").bucket("b") == ("b.s3.us-east-1.amazonaws.com", "b.s3.amazonaws.com")
    assert Place("eu-central-1").bucket("b") == ("b.s3.eu-central-1.amazonaws.com",)
    answers = "cloudformation-custom-resource-response-euwest1"
    assert Place("eu-west-1").bucket(answers) == (
        f"{answers}.s3.eu-west-1.amazonaws.com",
        f"{answers}.s3-eu-west-1.amazonaws.com",  # which its addresses have
    )
    assert Place("eu-central-1").storage() == ("s3.eu-central-1.amazonaws.com",)


@pytest.mark.parametrize(
    ("region", "cidr", "zones"),
    [
        ("eu-central-1", "10.1.0.0/16", ("*.eu-central-1.compute.internal", "*.1.10.in-addr.arpa")),
        ("us-east-1", "10.1.0.0/16", ("*.ec2.internal", "*.1.10.in-addr.arpa")),
        (
            "eu-central-1",
            "10.1.4.0/23",
            (
                "*.eu-central-1.compute.internal",
                *("*.4.1.10.in-addr.arpa", "*.5.1.10.in-addr.arpa"),
            ),
        ),
    ],
)
def test_own_zones_are_those_of_the_range(region: str, cidr: str, zones: tuple[str, ...]) -> None:
    assert Place(region).own_zones(cidr) == zones

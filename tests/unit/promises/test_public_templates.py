"""Templates in the idioms of public ones are read; what is not proved is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of

PUBLIC = Path(__file__).parent / "public"
PROVED, BROKEN, UNKNOWN = Verdict.PROVED, Verdict.BROKEN, Verdict.UNKNOWN
ASSUMED = Verdict.ASSUMED
# What is expected of a promise, and a word in its first breach.
EXPECTED = {
    "admin_in_one_account.yaml": {11: (BROKEN, "AWS::AccountId=222222222222; AWS::Region=eu-west")},
    "comma_lists.yaml": {11: (UNKNOWN, "comma_lists/ManagedPolicies.Value")},
    "custom_resource.yaml": {12: (UNKNOWN, "custom_resource/Lookup.PrincipalArn")},
    "effect_by_parameter.yaml": {14: (UNKNOWN, "effect_by_parameter/E")},
    "egress_by_parameter.yaml": {16: (BROKEN, "not to 10.0.0.0/8 [defaults]")},
    "endpoint_for_own_buckets.yaml": {2: (PROVED, "")},
    "environments.yaml": {11: (PROVED, ""), 1: (BROKEN, "other than through our S3 endpoint")},
    "existing_or_new_role.yaml": {11: (BROKEN, "runs under another role")},
    "fargate.yaml": {
        11: (UNKNOWN, "fargate/Image.Value"),
        16: (BROKEN, "nobody judges its network"),
    },
    "flags_and_maps.yaml": {14: (BROKEN, "another account [Env=prod]")},
    "for_each.yaml": {14: (BROKEN, "another account")},
    "function_with_basic_role.yaml": {11: (ASSUMED, ""), 16: (BROKEN, "in our subnets")},
    "github_deployments.yaml": {14: (UNKNOWN, "github_deployments/Organization.Value")},
    "key_for_the_account.yaml": {12: (PROVED, "")},
    "key_without_policy.yaml": {12: (BROKEN, "other than through a service")},
    "lists_of_attributes.yaml": {16: (UNKNOWN, "lists_of_attributes/Vpc.Ipv6CidrBlocks")},
    "many_switches.yaml": {11: (UNKNOWN, "many_switches/A, many_switches/B")},
    "names_without_defaults.yaml": {14: (UNKNOWN, "names_without_defaults/BucketName")},
    "nested": {11: (PROVED, "")},
    "parent_and_child": {11: (ASSUMED, ""), 16: (BROKEN, "[Public=yes]")},
    "policy_as_text.yaml": {14: (UNKNOWN, "policy_as_text/TrustedAccountId")},
    "queue_worker_sam.yaml": {11: (UNKNOWN, "queue_worker_sam/ExtraPolicy.Value")},
    "region_map.yaml": {14: (UNKNOWN, "region_map/RegionMap.us-east-1.ElbAccount")},
    "role_that_passes_itself.yaml": {11: (PROVED, "")},
    "serverless.yaml": {11: (BROKEN, "change identities")},
    "ssm_image.yaml": {16: (BROKEN, "AWS::EC2::Instance")},
    "stack_id_suffix.yaml": {11: (PROVED, "")},
    "stack_set.yaml": {11: (UNKNOWN, "PermissionModel SERVICE_MANAGED")},
    "stack_set_here.yaml": {14: (BROKEN, "stack_set_here-Baseline.Audit+ from another account")},
    "state_machine.yaml": {
        10: (UNKNOWN, "state_machine/FunctionArn.Value"),
        14: (BROKEN, "for another"),
    },
    "studio_domain.yaml": {5: (UNKNOWN, "studio_domain/SubnetIds")},
    "text_without_values.yaml": {14: (BROKEN, "another account")},
    "tls_in_prod_only.yaml": {3: (BROKEN, "over plain HTTP [Environment=dev]")},
    "vpc_imports.yaml": {16: (UNKNOWN, "imports/")},
    "website.yaml": {14: (BROKEN, "from another account")},
}

# What the table of types leaves undecided in them, by name.
UNREVIEWED = {
    "AutoDeployment of AWS::CloudFormation::StackSet",
    "Body of AWS::ApiGateway::RestApi",
    "ImageId of AWS::EC2::Instance",
    "SecurityGroupIds of AWS::EC2::Instance",
    "SubnetId of AWS::EC2::Instance",
    "TemplateBody of AWS::CloudFormation::StackSet",
    "UserData of AWS::EC2::Instance",
    "type AWS::ElastiCache::SubnetGroup",
    "type AWS::Route53::HostedZone",
    "type AWS::SageMaker::Domain",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_template_in_a_public_idiom_is_judged_or_undecided_by_name(name: str) -> None:
    (world,) = worlds_of([PUBLIC / name])
    wanted = [each for each in PROMISES if each.number in EXPECTED[name]]
    for outcome in outcomes_of(world, wanted):
        verdict, words = EXPECTED[name][outcome.promise.number]
        assert outcome.verdict is verdict
        said = [each.what for each in outcome.breaches if each.verdict is verdict]
        assert not words or any(words in each for each in said)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_every_promise_has_a_verdict_on_it(name: str) -> None:
    (world,) = worlds_of([PUBLIC / name])
    for outcome in outcomes_of(world, PROMISES, 5):
        undecided = outcome.verdict in {BROKEN, UNKNOWN}
        assert undecided is bool(outcome.breaches)


def test_each_template_is_expected_to_come_out_somehow() -> None:
    files = {each.name for each in PUBLIC.iterdir()}
    assert files == {*EXPECTED, "two_policies.yaml"}
    assert len(files) >= 30


def test_every_type_and_property_in_them_is_reviewed_or_named() -> None:
    """With the numbers: what is left is what nobody has reviewed, and each promise says so."""
    kinds, properties, left = set(), 0, set()
    for name in EXPECTED:
        (world,) = worlds_of([PUBLIC / name])
        for case in world.cases:
            kinds |= {each.kind for each in case.resources}
            left |= {each.text for each in case.unreviewed}
        properties += sum(len(each.properties) for each in world.resources)
    assert (len(kinds), properties) >= (39, 235)
    assert left == UNREVIEWED


def test_a_serverless_template_is_transformed_with_its_parameters_open(tmp_path: Path) -> None:
    (world,) = worlds_of([PUBLIC / "serverless.yaml"])
    assert len(world.cases) == 3
    for case in world.cases:
        (function,) = (each for each in case.resources if each.logical_id == "Api")
        (table,) = function.properties["Environment"]["Variables"].values()
        assert table == ("runs" if case.case.defaults else "+serverless.Table@Value+")
    template = tmp_path / "wrong.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}"
    )
    with pytest.raises(MlopsError, match=r"stack wrong: AWS::Serverless.*\[F\]"):
        worlds_of([template])


def test_a_second_policy_of_a_bucket_is_an_error() -> None:
    with pytest.raises(MlopsError, match="two_policies/Second: the bucket has a policy already"):
        worlds_of([PUBLIC / "two_policies.yaml"])


def test_templates_in_folders_are_named_by_their_paths() -> None:
    (world,) = worlds_of([PUBLIC / "nested"])
    assert {each.stack for each in world.resources} == {"network", "app.network"}
    (parameter,) = world.of_kind("AWS::SSM::Parameter")
    assert parameter.properties["Value"] == "+network.Subnet+"

"""Batches that come from a query: what there is for it, what it may do, and that promises hold.

Two environments are synthesized here beside those of the project, which have no query, so these
tests run with the slow ones.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments import allowed_instance_types
from iam_prover.policy import Effect
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of
from tests.breaches import breaches
from tests.synthesis import once
from tests.template import querying
from tests.template.assembly import Stacks
from tests.template.policies import is_allowed, size

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

HERE = "eu-central-1:111111111111"
GLUE, REDSHIFT = f"arn:aws:glue:{HERE}", f"arn:aws:redshift:{HERE}"
SERVICES = tuple(querying.QUERIES)


@pytest.fixture(scope="session")
def outputs(shared_folder: Path) -> dict[str, Path]:
    """Cloud assemblies by service, judged by the rule packs."""

    def make(output: Path) -> None:
        for service in SERVICES:
            folder = output / service
            folder.mkdir(parents=True)
            querying.synthesize(service, folder, judged=True)

    made = once(shared_folder / "queries", make)
    return {service: made / service / "cdk.out" for service in SERVICES}


@pytest.fixture(scope="session")
def athena(outputs: dict[str, Path]) -> Stacks:
    return Stacks(outputs["athena"], "dev")


@pytest.fixture(scope="session")
def redshift(outputs: dict[str, Path]) -> Stacks:
    return Stacks(outputs["redshift"], "dev")


@pytest.mark.parametrize("service", SERVICES)
def test_the_rule_packs_find_nothing(outputs: dict[str, Path], service: str) -> None:
    report = json.loads((outputs[service] / "validation-report.json").read_text())
    assert all(plugin["conclusion"] == "success" for plugin in report["pluginReports"])
    stacks = Stacks(outputs[service], "dev")
    assert len(stacks.acknowledged) * 10 < stacks.resources


# The promise of the endpoints: CodePipeline's and Service Catalog's take no policy.
NO_POLICY = 13
NO_SENDER = 23


@pytest.mark.parametrize("service", SERVICES)
def test_all_promises_hold(outputs: dict[str, Path], service: str) -> None:
    (world,) = worlds_of([outputs[service] / "assembly-dev"], allowed_instance_types)
    verdicts = {each.promise.number: each.verdict for each in outcomes_of(world, PROMISES)}
    others = {n: each for n, each in verdicts.items() if each is not Verdict.PROVED}
    assert others == {NO_POLICY: Verdict.ASSUMED, NO_SENDER: Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("service", "number", "fault"),
    [
        # Another table, its files, the whole catalogue, a table of somebody else's queries.
        ("athena", 18, (r":table/lake/sites", ":table/lake/salaries")),
        ("athena", 18, (r"/lake/sites/\*", "/lake/*")),
        ("athena", 18, (r"sagemaker_processing/sagemaker_tmp_\*", "*")),
        ("athena", 17, (r"sagemaker_processing/sagemaker_tmp_\*", "*")),
        ("athena", 18, (r"workgroup/secure-mlops-dev-batch-inference", "workgroup/*")),
        # Its way past the endpoint, wider than what is listed.
        ("athena", 1, (r"/lake/sites/\*", "/lake/*")),
        ("athena", 1, (r"/queries/\*", "/*")),
        # Another user of the database, another cluster, statements of others, a wider trust.
        ("redshift", 18, (r":dbuser:warehouse/scoring", ":dbuser:warehouse/*")),
        ("redshift", 18, (r":cluster:warehouse", ":cluster:*")),
        ("redshift", 17, (r":cluster:warehouse", ":cluster:*")),
        ("redshift", 18, (r"\$\{aws:userid\}", "*")),
        ("redshift", 18, (r"\"redshift.amazonaws.com\"", '"ec2.amazonaws.com"')),
        # Another user than the query's, and a key that Redshift does not give.
        ("redshift", 21, (r'"sts:ExternalId": \[[^]]*\]', '"sts:ExternalId": ["other"]')),
        ("redshift", 21, (r'"sts:ExternalId"', '"aws:SourceAccount"')),
        ("redshift", 18, (r"/queries/\*", "/*")),
    ],
)
def test_a_wider_right_breaks_a_promise(
    outputs: dict[str, Path], tmp_path: Path, service: str, number: int, fault: tuple[str, str]
) -> None:
    pattern, instead = fault
    copy = tmp_path / "assembly-dev"
    shutil.copytree(
        outputs[service] / "assembly-dev", copy, ignore=shutil.ignore_patterns("asset.*")
    )
    seeded = 0
    for file in copy.rglob("*.template.json"):
        template = json.loads(file.read_text())
        for body in template["Resources"].values():
            text, changed = re.subn(pattern, instead, json.dumps(body["Properties"]))
            if changed and body["Type"].startswith(("AWS::IAM", "AWS::S3")):
                body["Properties"] = json.loads(text)  # what is declared beside stays
                seeded += changed
        file.write_text(json.dumps(template))
    assert seeded, "the fault was not seeded"
    (world,) = worlds_of([copy])
    assert any(breaches([world], *(each for each in PROMISES if each.number == number)))


def test_the_work_group_binds_every_query(athena: Stacks) -> None:
    (group,) = athena.properties("AWS::Athena::WorkGroup")
    settings = group["WorkGroupConfiguration"]
    assert group["Name"] == "secure-mlops-dev-batch-inference"
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 100 * 2**30
    results = settings["ResultConfiguration"]
    assert results["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert "Artifacts" in json.dumps(results["EncryptionConfiguration"]["KmsKey"])
    place = "s3://secure-mlops-dev-artifacts-111111111111-eu-central-1/queries/athena/"
    assert results["OutputLocation"] == place


def test_the_tables_named_are_read_and_no_others(athena: Stacks) -> None:
    policy = athena.policy("secure-mlops-dev-query-job")
    for table, allowed in (("lake/abalone", True), ("lake/sites", True), ("lake/salaries", False)):
        assert is_allowed(policy, "glue:GetTable", f"{GLUE}:table/{table}", {}) is allowed
        assert not is_allowed(policy, "glue:CreateTable", f"{GLUE}:table/{table}", {})
        assert not is_allowed(policy, "glue:DeleteTable", f"{GLUE}:table/{table}", {})
    group = f"arn:aws:athena:{HERE}:workgroup/"
    assert is_allowed(
        policy, "athena:StartQueryExecution", f"{group}secure-mlops-dev-batch-inference", {}
    )
    assert not is_allowed(policy, "athena:StartQueryExecution", f"{group}primary", {})


def test_one_user_logs_in_to_one_database(redshift: Stacks) -> None:
    policy = redshift.policy("secure-mlops-dev-query-job")
    for login, allowed in (
        ("dbuser:warehouse/scoring", True),
        ("dbname:warehouse/sales", True),
        ("dbuser:warehouse/admin", False),
        ("dbname:another/sales", False),
        ("dbgroup:warehouse/all", False),
    ):
        resource = f"{REDSHIFT}:{login}"
        assert is_allowed(policy, "redshift:GetClusterCredentials", resource, {}) is allowed
    assert redshift.properties("AWS::Athena::WorkGroup") == []


def test_the_other_jobs_may_do_nothing_of_it(outputs: dict[str, Path]) -> None:
    for service in SERVICES:
        (world,) = worlds_of([outputs[service] / "assembly-dev"])
        for role in world.roles:
            granted = {
                action.text.partition(":")[0]
                for policy in role.identity
                for statement in policy.statements
                if statement.effect is Effect.ALLOW
                for action in statement.actions.patterns
            }
            if not role.name.endswith("-query-job"):
                assert granted & {"athena", "glue", "redshift", "redshift-data"} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_its_ceiling_is_what_it_has_and_fits(outputs: dict[str, Path], service: str) -> None:
    (world,) = worlds_of([outputs[service] / "assembly-dev"])
    (role,) = (each for each in world.roles if each.name.endswith("-query-job"))
    assert role.boundary is not None
    assert role.boundary_arn.endswith("-query-boundary")
    ceiling = _allowed_actions([role.boundary])
    buckets = [each for bucket in world.buckets for each in bucket.policies]
    assert ceiling == _allowed_actions(role.identity) | _allowed_actions(buckets, role.arn)
    stacks = Stacks(outputs[service], "dev")
    text = json.dumps(stacks.policy("secure-mlops-dev-query-boundary"))
    longest = text.replace("secure-mlops-dev", "secure-mlops-a-longer-one")
    assert size(json.loads(longest.replace("eu-central-1", "ap-southeast-2"))) <= 6144


@pytest.mark.parametrize("service", SERVICES)
def test_the_step_reads_by_the_query_under_that_role(
    outputs: dict[str, Path], service: str
) -> None:
    (pipeline,) = (
        each["PipelineDefinition"]["PipelineDefinitionBody"]["Fn::Sub"]
        for each in Stacks(outputs[service], "dev").properties("AWS::SageMaker::Pipeline")
        if each["PipelineName"].endswith("batch-inference")
    )
    text, values = pipeline
    roles = [step["Arguments"].get("RoleArn") for step in json.loads(text)["Steps"]]
    assert "${QueryRoleArn}" in roles
    assert "queryjob" in json.dumps(values["QueryRoleArn"])
    assert ("UnloadRoleArn" in values) is (service == "redshift")


def test_there_are_ways_to_the_services(athena: Stacks, redshift: Stacks) -> None:
    def names(stacks: Stacks) -> set[str]:
        endpoints = stacks.properties("AWS::EC2::VPCEndpoint")
        texts = (str(each["ServiceName"]) for each in endpoints)
        return {text.rpartition("eu-central-1.")[2] for text in texts}

    assert {"athena", "glue"} <= names(athena)
    assert {"redshift", "redshift-data"} <= names(redshift)
    assert not {"redshift", "redshift-data"} & names(athena)


def _allowed_actions(policies: Any, principal: str | None = None) -> set[str]:
    return {
        action.text
        for policy in policies
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        and (
            principal is None
            or (
                statement.principals is not None
                and principal in {name.value for name in statement.principals.names}
            )
        )
        for action in statement.actions.patterns
    }

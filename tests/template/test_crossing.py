"""Three accounts, one chain: only the named roles cross, and a widened grant is noticed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments.loading import load_environment
from promises import accounts, ceiling, charters, crossing, endpoints, keys, storage_endpoint
from promises.proving import Verdict, outcomes_of
from promises.world import World, worlds_of
from tests.breaches import breaches
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from promises.claims import Promise

IMPORTER = "arn:aws:iam::222222222222:role/secure-mlops-staging-model-importer"
# Those that speak of other accounts and environments.
ACROSS = (
    *storage_endpoint.PROMISES,
    *keys.PROMISES,
    *endpoints.PROMISES,
    *accounts.PROMISES,
    *ceiling.PROMISES,
    *charters.PROMISES,
    *crossing.PROMISES,
)


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


def _broken(world: World, promises: tuple[Promise, ...]) -> set[int]:
    return {
        outcome.promise.number
        for outcome in outcomes_of(world, promises)
        if outcome.verdict in {Verdict.BROKEN, Verdict.UNKNOWN}
    }


def test_environments_that_were_read_together_know_each_other(worlds: dict[str, World]) -> None:
    dev = worlds["dev"]
    assert dev.promotes_to is not None
    assert dev.promotes_to.role == IMPORTER
    assert dev.following is not None
    assert dev.following.name == "staging"
    assert worlds["prod"].promotes_to is None
    source = worlds["prod"].promoted_from
    assert source is not None
    assert source.account == "222222222222"
    assert sorted(each.rpartition(":")[2] for each in dev.promotes_to.objects.values()) == [
        "secure-mlops-dev-artifacts-111111111111-eu-central-1/baselines/*",
        "secure-mlops-dev-models-111111111111-eu-central-1/models/*",
    ]


def test_nobody_but_the_importer_crosses(worlds: dict[str, World]) -> None:
    for world in worlds.values():
        assert _broken(world, crossing.PROMISES) == set()


def test_who_crosses_is_listed(worlds: dict[str, World]) -> None:
    (promise,) = crossing.PROMISES
    assert promise.exceptions is not None
    listed = [*promise.exceptions(worlds["staging"])]
    assert [each.partition(" ")[0] for each in listed] == [
        "arn:aws:iam::333333333333:role/secure-mlops-prod-model-importer",
        IMPORTER,
    ]
    assert "of dev, account 111111111111" in listed[1]


def test_the_importer_uses_its_own_endpoint_where_it_is_judged_alone(
    worlds: dict[str, World],
) -> None:
    (promise,) = crossing.PROMISES
    what = "read models of staging other than through our S3 endpoint"
    assert what in {each.what for each in promise.claims(worlds["prod"])}


@pytest.mark.slow
def test_nor_is_anything_else_open_to_another_environment(worlds: dict[str, World]) -> None:
    for world in worlds.values():
        assert _broken(world, ACROSS) == set()


def _find(template: dict[str, Any], kind: str, word: str) -> dict[str, Any]:
    (found,) = (
        each
        for name, each in template["Resources"].items()
        if each["Type"] == kind and word in name
    )
    properties: dict[str, Any] = found["Properties"]
    return properties


def _statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    (found,) = (each for each in document["Statement"] if each.get("Sid") == sid)
    statement: dict[str, Any] = found
    return statement


def _bucket_grant(template: dict[str, Any], bucket: str = "Models") -> dict[str, Any]:
    policy = _find(template, "AWS::S3::BucketPolicy", bucket)["PolicyDocument"]
    return _statement(policy, "GoesOn")


def _whole_bucket(template: dict[str, Any]) -> None:
    grant = _bucket_grant(template)
    grant["Resource"] = json.loads(json.dumps(grant["Resource"]).replace("/models/*", "/*"))


def _all_artifacts(template: dict[str, Any]) -> None:
    grant = _bucket_grant(template, "Artifacts")
    grant["Resource"] = json.loads(json.dumps(grant["Resource"]).replace("/baselines/*", "/*"))


def _more_actions(template: dict[str, Any]) -> None:
    _bucket_grant(template)["Action"] = ["s3:GetObject", "s3:GetObjectVersion"]


def _whole_account(template: dict[str, Any]) -> None:
    del _bucket_grant(template)["Condition"]


def _another_role(template: dict[str, Any]) -> None:
    condition = _bucket_grant(template)["Condition"]
    condition["ArnEquals"] = {"aws:PrincipalArn": IMPORTER.replace("model-importer", "training")}


def _use_of_the_importer(template: dict[str, Any]) -> dict[str, Any]:
    policy = _find(template, "AWS::KMS::Key", "Models")["KeyPolicy"]
    (use,) = (
        each
        for each in policy["Statement"]
        if "222222222222" in json.dumps(each.get("Condition", {}))
    )
    condition: dict[str, Any] = use["Condition"]
    return condition


def _key_for_any_object(template: dict[str, Any]) -> None:
    objects = _use_of_the_importer(template)["StringLike"]
    objects.update(dict.fromkeys(objects, "*"))


def _key_for_all(template: dict[str, Any]) -> None:
    del _use_of_the_importer(template)["StringLike"]


def _group_for_writing(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::SageMaker::ModelPackageGroup", "abalone")
    statement = _statement(policy["ModelPackageGroupPolicy"], "GoesOn")
    statement["Action"] = ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]


def _without_endpoint(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::IAM::ManagedPolicy", "modelimporter")["PolicyDocument"]
    del _statement(policy, "ModelsOfTheEnvironmentBefore")["Condition"]


def _endpoint_for_everybody(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::EC2::VPCEndpoint", "VpcS3")["PolicyDocument"]
    condition = _statement(policy, "ModelsOfTheEnvironmentBefore")["Condition"]
    del condition["ArnEquals"]


def _endpoint_for_more(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::EC2::VPCEndpoint", "VpcS3")["PolicyDocument"]
    statement = _statement(policy, "ModelsOfTheEnvironmentBefore")
    statement["Resource"] = "arn:aws:s3:::secure-mlops-dev-*"


def _versions_for_everybody(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::EC2::VPCEndpoint", "sagemakerapi")["PolicyDocument"]
    del _statement(policy, "VersionsOfTheEnvironmentBefore")["Condition"]["ArnEquals"]


def _taken_on_from_elsewhere(template: dict[str, Any]) -> None:
    trust = _find(template, "AWS::IAM::Role", "modelimporter")["AssumeRolePolicyDocument"]
    other = {"AWS": "arn:aws:iam::111111111111:root"}
    trust["Statement"].append({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": other})


def _ceiling_of_any_account(template: dict[str, Any]) -> None:
    policy = _find(template, "AWS::IAM::ManagedPolicy", "Import")["PolicyDocument"]
    (decrypting,) = (
        each["Condition"]["StringEquals"]
        for each in policy["Statement"]
        if each["Action"] == "kms:Decrypt" and each["Effect"] == "Allow"
    )
    del decrypting["aws:ResourceAccount"]


@pytest.mark.parametrize(
    ("place", "change", "broken"),
    [
        ("dev/Storage", _whole_bucket, 19),
        ("dev/Keys", _key_for_any_object, 19),
        ("staging/Identity", _without_endpoint, 19),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                ("dev/Keys", _key_for_all, 19),  # seconds of z3
                ("dev/Storage", _all_artifacts, 19),
                ("dev/Storage", _more_actions, 19),
                ("dev/Storage", _whole_account, 14),
                ("dev/Storage", _another_role, 14),
                ("dev/Registry", _group_for_writing, 19),
                ("staging/Network", _endpoint_for_everybody, 2),
                ("staging/Network", _endpoint_for_more, 2),
                ("staging/Network", _versions_for_everybody, 13),
                ("staging/Identity", _taken_on_from_elsewhere, 14),
                ("staging/Boundary", _ceiling_of_any_account, 17),
            )
        ),
    ],
)
def test_a_widened_grant_is_noticed(
    all_environments: Path,
    tmp_path: Path,
    place: str,
    change: Callable[[dict[str, Any]], None],
    broken: int,
) -> None:
    environment, _, stack = place.partition("/")
    folders = []
    for name in ("dev", "staging"):
        folders.append(tmp_path / f"assembly-{name}")
        shutil.copytree(all_environments / folders[-1].name, folders[-1])
    (file,) = (tmp_path / f"assembly-{environment}").glob(f"{environment}{stack}????????.template*")
    template = json.loads(file.read_text())
    change(template)
    file.write_text(json.dumps(template))
    # What is wrong on the next environment's side may also be told by the one that promotes to it.
    promises = (each for each in ACROSS if each.number == broken)
    assert any(each.request for each in breaches(worlds_of(folders), *promises))


@pytest.mark.slow
def test_one_account_holds_the_same(tmp_path: Path) -> None:
    """Dev and staging in one account: the rule packs pass, and the same promises are kept."""
    together = {world.name: world for world in worlds_of([_one_account(tmp_path)])}
    assert {world.account for world in together.values()} == {"111111111111"}
    assert together["dev"].following is not None
    for world in together.values():
        assert _broken(world, ACROSS) == set()


def _one_account(folder: Path) -> Path:
    """Synthesize two environments of one account, from files that differ in nothing else."""
    import aws_cdk as cdk

    from pipeline_definitions.catalog import build_pipelines
    from stacks.context import project_context
    from stacks.platform import PlatformStage
    from stacks.rule_packs import add_rule_packs

    for name in ("dev", "staging"):
        content = yaml.safe_load((SETTINGS / f"{name}.yaml").read_text(encoding="utf-8"))
        content["account"] = "111111111111"
        if name == "staging":
            del content["promotes_to"], content["retention"]["own_job_logs"]
        for part in ("delivery", "project_template"):
            content.pop(part, None)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    output = folder / "cdk.out"
    app = cdk.App(context=project_context(), outdir=str(output))
    add_rule_packs(app)
    for name in ("dev", "staging"):
        settings = load_environment(name, folder)
        PlatformStage(app, settings, pipelines=build_pipelines(settings))
    app.synth()
    return output

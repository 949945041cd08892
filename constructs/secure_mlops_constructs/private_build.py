"""A build without a way to the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_codebuild as codebuild
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam


# Amazon's own, with the Python and Node that the set-up takes; no image of anybody else's.
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
# What `reports` in a buildspec is called; CodeBuild names the group <project>-<this>.
TEST_REPORTS = "tests"


@dataclass(frozen=True)
class BuildPlace:
    """The network and the encryption of an environment's builds.

    Reports are kept below ``reports/<project>/`` of `reports_bucket`; without one CodeBuild itself
    keeps them, for 30 days.
    """

    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_id: str
    key_arn: str
    reports_bucket: str | None = None


@dataclass(frozen=True)
class BuildWork:
    """The work of a project.

    A build clones `clone_url`, a CodeCommit repository, with its history; without one CodePipeline
    hands over the source. Unless `several` may run at once, CodeBuild refuses a build while another
    runs, and the caller has to wait, as a stage of CodePipeline does.
    """

    buildspec: str
    description: str
    environment: Mapping[str, str]
    clone_url: str | None = None
    minutes: int = 60
    size: str = "BUILD_GENERAL1_MEDIUM"
    reports: bool = False
    several: bool = False


class PrivateBuild(Construct):
    """A CodeBuild project in the isolated subnets, not privileged, with a complete role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        role: iam.IRole,
        log_group: str,
        place: BuildPlace,
        work: BuildWork,
    ) -> None:
        super().__init__(scope, construct_id)
        source, artifacts = _ends(work)
        self.project = codebuild.CfnProject(
            self,
            "Project",
            name=name,
            description=work.description,
            service_role=role.role_arn,
            source=source,
            artifacts=artifacts,
            environment=codebuild.CfnProject.EnvironmentProperty(
                type="LINUX_CONTAINER",
                image=IMAGE,
                image_pull_credentials_type="CODEBUILD",
                compute_type=work.size,
                privileged_mode=False,
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(
                        name=name, value=value, type="PLAINTEXT"
                    )
                    for name, value in sorted(work.environment.items())
                ],
            ),
            vpc_config=codebuild.CfnProject.VpcConfigProperty(
                vpc_id=place.vpc_id,
                subnets=list(place.subnet_ids),
                security_group_ids=[place.security_group_id],
            ),
            encryption_key=place.key_arn,
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=log_group
                )
            ),
            concurrent_build_limit=None if work.several else 1,
            timeout_in_minutes=work.minutes,
            queued_timeout_in_minutes=max(work.minutes, 60),
            visibility="PRIVATE",
        )
        if work.reports:
            self._keep_reports(name, place)

    def _keep_reports(self, name: str, place: BuildPlace) -> None:
        export = codebuild.CfnReportGroup.ReportExportConfigProperty(export_config_type="NO_EXPORT")
        if place.reports_bucket is not None:
            export = codebuild.CfnReportGroup.ReportExportConfigProperty(
                export_config_type="S3",
                s3_destination=codebuild.CfnReportGroup.S3ReportExportConfigProperty(
                    bucket=place.reports_bucket,
                    path=f"reports/{name}",
                    packaging="ZIP",
                    encryption_disabled=False,
                    encryption_key=place.key_arn,
                ),
            )
        codebuild.CfnReportGroup(
            self,
            "Reports",
            name=f"{name}-{TEST_REPORTS}",
            type="TEST",
            delete_reports=True,  # the raw ones stay in the bucket, as long as it keeps them
            export_config=export,
        )


def _ends(
    work: BuildWork,
) -> tuple[codebuild.CfnProject.SourceProperty, codebuild.CfnProject.ArtifactsProperty]:
    """Return source and artifacts."""
    artifacts = codebuild.CfnProject.ArtifactsProperty
    if work.clone_url is None:
        source = codebuild.CfnProject.SourceProperty(type="CODEPIPELINE", build_spec=work.buildspec)
        return source, artifacts(type="CODEPIPELINE", encryption_disabled=False)
    source = codebuild.CfnProject.SourceProperty(
        type="CODECOMMIT",
        location=work.clone_url,
        build_spec=work.buildspec,
        git_clone_depth=0,  # with its history: a change is compared with where it began
    )
    return source, artifacts(type="NO_ARTIFACTS")

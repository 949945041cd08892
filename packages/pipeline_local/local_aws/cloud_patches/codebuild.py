"""Patches of moto's CodeBuild: projects in full and their changes, report groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

# Members of CreateProject that moto drops.
_DROPPED = (
    *("autoRetryLimit", "badgeEnabled", "concurrentBuildLimit", "encryptionKey"),
    *("fileSystemLocations", "secondaryArtifacts", "secondarySourceVersions", "secondarySources"),
)


def install() -> None:
    """Apply all patches below."""
    parts_of_a_pipeline_have_no_place()
    projects_answer_in_full()
    projects_can_be_updated()
    reports_have_groups()


def parts_of_a_pipeline_have_no_place() -> None:
    """Accept source and artifacts of CodePipeline without a location; moto asks for one."""
    from moto.codebuild import responses

    def unless_without(known: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
        def check(part: dict[str, Any]) -> None:
            if part["type"] not in {"CODEPIPELINE", "NO_SOURCE"}:
                known(part)

        return check

    for name in ("_validate_required_params_source", "_validate_required_params_artifacts"):
        setattr(responses, name, unless_without(getattr(responses, name)))


def projects_answer_in_full() -> None:
    """Keep the parts of a project that moto drops."""
    from moto.codebuild.responses import CodeBuildResponse

    def create(known: Callable[..., Any], self: Any) -> Any:
        answer = known(self)
        asked = json.loads(self.body)
        made = self.codebuild_backend.codebuild_projects[asked["name"]].project_metadata
        made.update({name: asked[name] for name in _DROPPED if name in asked})
        made["projectVisibility"] = "PRIVATE"
        return answer

    around(CodeBuildResponse, "create_project", create)


def projects_can_be_updated() -> None:
    """Answer UpdateProject and UpdateProjectVisibility, which moto does not know."""
    from moto.codebuild.exceptions import ResourceNotFoundException
    from moto.codebuild.responses import CodeBuildResponse
    from moto.core.utils import unix_time

    def project(self: Any, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.codebuild_backend.batch_get_projects([name])
        if not found:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        return found[0]

    def update(self: Any) -> str:
        asked = json.loads(self.body)
        found = project(self, asked["name"])
        found.update({**asked, "lastModifiedDate": unix_time()})
        return json.dumps({"project": found})

    def show(self: Any) -> str:
        asked = json.loads(self.body)
        project(self, asked["projectArn"])["projectVisibility"] = asked["projectVisibility"]
        return json.dumps(asked)

    put(CodeBuildResponse, "update_project", update)
    put(CodeBuildResponse, "update_project_visibility", show)


def reports_have_groups() -> None:
    """Answer the operations of report groups, which moto does not know."""
    from moto.codebuild.exceptions import ResourceAlreadyExistsException, ResourceNotFoundException
    from moto.codebuild.responses import CodeBuildResponse

    def groups(self: Any) -> dict[str, Any]:
        known: dict[str, Any] = self.codebuild_backend.__dict__.setdefault("report_groups", {})
        return known

    def create(self: Any) -> str:
        backend, asked = self.codebuild_backend, json.loads(self.body)
        place = f"{self.partition}:codebuild:{backend.region_name}:{backend.account_id}"
        arn = f"arn:{place}:report-group/{asked['name']}"
        if arn in groups(self):
            raise ResourceAlreadyExistsException(f"Report group already exists: {arn}")
        groups(self)[arn] = {**asked, "arn": arn, "status": "ACTIVE"}
        return json.dumps({"reportGroup": groups(self)[arn]})

    def update(self: Any) -> str:
        asked = json.loads(self.body)
        if asked["arn"] not in groups(self):
            raise ResourceNotFoundException(f"Report group {asked['arn']} does not exist")
        groups(self)[asked["arn"]] |= asked
        return json.dumps({"reportGroup": groups(self)[asked["arn"]]})

    def get(self: Any) -> str:
        asked, known = self._get_param("reportGroupArns"), groups(self)
        found = [known[arn] for arn in asked if arn in known]
        missing = [arn for arn in asked if arn not in known]
        return json.dumps({"reportGroups": found, "reportGroupsNotFound": missing})

    def list_(self: Any) -> str:
        return json.dumps({"reportGroups": list(groups(self))})

    def delete(self: Any) -> str:
        groups(self).pop(self._get_param("arn"), None)
        return "{}"

    put(CodeBuildResponse, "batch_get_report_groups", get)
    put(CodeBuildResponse, "create_report_group", create)
    put(CodeBuildResponse, "delete_report_group", delete)
    put(CodeBuildResponse, "list_report_groups", list_)
    put(CodeBuildResponse, "update_report_group", update)

"""Patches of moto's CodePipeline: roles with several principals, and pipelines' structure.

Source: CodePipeline User Guide, "CodePipeline pipeline structure reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FEWEST_STAGES = 2


def install() -> None:
    """Apply all patches below."""
    roles_are_taken_as_they_are()
    structures_are_checked()
    defaults_are_answered()


def roles_are_taken_as_they_are() -> None:
    """Accept any role: moto fails for a trust policy with other than one service a statement.

    Who may assume a role is checked where a stack makes the pipeline.
    """
    from moto.codepipeline.models import CodePipelineBackend

    class Trusting:
        def get_role_by_arn(self, _arn: str) -> Trusting:
            return self

        assume_role_policy_document = (
            '{"Statement": [{"Principal": {"Service": "codepipeline.amazonaws.com"}}]}'
        )

    put(CodePipelineBackend, "iam_backend", property(lambda _self: Trusting()))


def structures_are_checked() -> None:
    """Refuse structures that CodePipeline refuses; moto only counts the stages."""
    from moto.codepipeline.exceptions import InvalidStructureException
    from moto.codepipeline.models import CodePipelineBackend
    from moto.core.exceptions import JsonRESTError

    def check(known: Callable[..., Any], self: Any, pipeline: dict[str, Any], *args: Any) -> Any:
        for problem in _problems(pipeline):
            raise InvalidStructureException(problem)
        for problem in _problems_of_artifacts(pipeline):
            raise JsonRESTError("InvalidActionDeclarationException", problem)
        return known(self, pipeline, *args)

    for operation in ("create_pipeline", "update_pipeline"):
        around(CodePipelineBackend, operation, check)


def defaults_are_answered() -> None:
    """Answer type and mode of a pipeline that names none; moto leaves them out."""
    from moto.codepipeline.models import CodePipeline

    def fill(known: Callable[..., Any], self: Any, pipeline: dict[str, Any]) -> dict[str, Any]:
        filled: dict[str, Any] = known(self, pipeline)
        filled.setdefault("pipelineType", "V1")
        filled.setdefault("executionMode", "SUPERSEDED")
        return filled

    around(CodePipeline, "add_default_values", fill)


def _problems(pipeline: dict[str, Any]) -> Iterator[str]:
    stages = pipeline["stages"]
    if not pipeline.get("artifactStore") and not pipeline.get("artifactStores"):
        yield "Either artifactStore or artifactStores must be present in the pipeline"
    if len(stages) < _FEWEST_STAGES:
        yield (
            f"Pipeline has only {len(stages)} stage(s). There should be a minimum of "
            f"{_FEWEST_STAGES} stages in a pipeline"
        )
    names = [stage["name"] for stage in stages]
    for name in names:
        if names.count(name) > 1:
            yield f"Stage name {name} is not unique in the pipeline"
    if pipeline.get("pipelineType", "V1") != "V2" and (
        pipeline.get("variables") or pipeline.get("executionMode", "SUPERSEDED") != "SUPERSEDED"
    ):
        yield "Variables and execution modes other than SUPERSEDED need a pipeline of type V2"
    for number, stage in enumerate(stages):
        for action in stage["actions"]:
            if (number == 0) != (action["actionTypeId"]["category"] == "Source"):
                yield (
                    "Pipeline should start with a stage that only contains source actions"
                    if number == 0
                    else f"Source action {action['name']} is not in the first stage"
                )


def _problems_of_artifacts(pipeline: dict[str, Any]) -> Iterator[str]:
    made: set[str] = set()
    for stage in pipeline["stages"]:
        for action in sorted(stage["actions"], key=lambda each: each.get("runOrder", 1)):
            for artifact in action.get("inputArtifacts", ()):
                if artifact["name"] not in made:
                    yield (
                        f"Input Artifact Bundle {artifact['name']} in action {action['name']} is "
                        "not declared as Output Artifact Bundle in any of the preceding actions"
                    )
            for artifact in action.get("outputArtifacts", ()):
                if artifact["name"] in made:
                    yield f"Output Artifact Bundle name {artifact['name']} must be unique"
                made.add(artifact["name"])

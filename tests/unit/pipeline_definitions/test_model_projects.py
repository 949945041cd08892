"""Model projects: what they have, what they are refused for, and what settings change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from environments import SettingsError, load_environment
from environments.monitoring import KINDS, Limit
from environments.schedules import Schedule, ScheduleSettings
from pipeline_definitions.built import BuiltPipeline
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.model_project import ModelProject, ResultTable
from pipeline_definitions.model_projects import as_json, checked, from_json, model_projects

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings

CHURN = ModelProject(
    "churn",
    "churn",
    batch="churn-batch",
    quality="churn-quality",
    schedules=(Schedule("churn", "0 3 ? * SUN *", on_drift=True, on_data=True),),
    limits={"churn-quality": {"late": KINDS["late"]}},
    tables=(ResultTable("churn_scores", "scored", "A customer", {"id": "string"}),),
)


def _built(
    name: str, project: ModelProject | None = None, *, registers: str = "", parameter: str = ""
) -> BuiltPipeline:
    group = (f"secure-mlops-dev-{registers}",) if registers else ()
    definition = {"Parameters": [{"Name": parameter}] if parameter else []}
    return BuiltPipeline(name, name, name, definition, frozenset(), (), group, project=project)


def _all(project: ModelProject = CHURN) -> list[BuiltPipeline]:
    return [
        _built("churn", checked(project, "churn", "churn.py"), registers="churn"),
        _built("churn-batch", parameter="ModelPackage"),
        _built("churn-quality"),
    ]


@pytest.fixture
def settings() -> EnvironmentSettings:
    return load_environment("prod").model_copy(
        update={"name": "dev", "schedules": ScheduleSettings()}
    )


def test_what_is_not_declared_follows_from_the_pipelines(settings: EnvironmentSettings) -> None:
    projects = model_projects(settings, _all())
    assert list(projects.schedules()) == ["churn-batch", "churn"]
    assert projects.schedules()["churn-batch"].paused  # until a model is promoted
    assert projects.starting_rules() == {"churn": ["churn-on-drift", "churn-on-data"]}
    always = ["failed", "step-slow"]
    assert list(projects.limits("churn")) == [*always, "late"]
    assert list(projects.limits("churn-batch")) == [*always, "late", "violations", "drift"]
    assert list(projects.limits("churn-quality")) == [*always, "late"]  # as declared
    assert list(projects.limits("another")) == always
    found = projects.of_group("secure-mlops-dev-churn")
    assert found is not None
    assert (found.training, found.raw_data) == ("churn", "churn/raw/")
    assert projects.of_group("secure-mlops-dev-p-x-churn") is None
    assert projects.promoted_groups() == ["secure-mlops-dev-churn-batch"]


def test_a_project_survives_the_way_between_processes() -> None:
    assert from_json(as_json(CHURN)) == CHURN
    assert from_json(as_json(None)) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data_set": "a/b"}, "data_set is 'a/b'; write lower-case"),
        ({"data_set": "*"}, "data_set is '*'"),
        ({"data_set": "quarantine"}, "data_set: 'quarantine' cannot name a data set"),
        ({"data_set": "x" * 33}, "cannot name a data set"),
        ({"model_package_group": ""}, "model_package_group is ''"),
        ({"batch": "p-churn"}, "batch is 'p-churn'; what begins with p- is of teams'"),
        ({"batch": "Churn"}, "batch is 'Churn'"),
        ({"batch": "churn"}, "churn is named twice"),
        ({"batch": "churn-quality"}, "churn-quality is named twice"),
        ({"schedules": (Schedule("other", "0 3 ? * SUN *"),)}, "other is not a pipeline of this"),
        ({"schedules": (Schedule("churn", "daily"),)}, "'daily' is not six fields of cron"),
        ({"schedules": (Schedule("churn", "0 3 ? * SUN *", "Berlin"),)}, "is not a time zone"),
        ({"schedules": (Schedule("churn", "0 3 ? * SUN *", called="a b"),)}, "'a b' is not a name"),
        (
            {"schedules": (Schedule("churn-batch", "0 3 ? * SUN *", on_data=True),)},
            "churn-batch starts on its schedule only",
        ),
        ({"schedules": CHURN.schedules * 2}, "churn has 2 of them"),
        ({"limits": {"other": {}}}, "other is not a pipeline of this project"),
        ({"limits": {"churn": {"late": Limit(0, 200)}}}, "churn.late.hours: Input should be less"),
        ({"limits": {"churn": {"late": "off"}}}, "limits.churn.late: Input should be"),
        ({"schedules": ("nightly",)}, "schedules.0: Input should be"),
        ({"data_set": 5}, "data_set: Input should be a valid string"),
        ({"limits": {"churn": {"lat": KINDS["late"]}}}, "lat is not a kind of alarm"),
        ({"batch": "", "quality": "", "limits": {}}, "tables are over results of batches"),
        ({"tables": (ResultTable("A-b", "scored", "", {}),)}, "'A-b' is not lower-case letters"),
        ({"training": "churn"}, "training is filled in; leave it out"),
    ],
)
def test_a_wrong_declaration_is_one_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PipelineModuleError) as caught:
        checked(replace(CHURN, **change), "churn", "pipeline_definitions/churn.py")
    (line,) = caught.value.lines
    assert line.startswith("pipeline_definitions/churn.py: PROJECT")
    assert says in line


def test_what_is_no_project_is_refused() -> None:
    with pytest.raises(PipelineModuleError, match="PROJECT is of type dict, not ModelProject"):
        checked({}, "churn", "churn.py")


@pytest.mark.parametrize(
    ("pipelines", "says"),
    [
        (_all()[:1], "batch: there is no pipeline called churn-batch; there are: churn"),
        ([*_all()[:1], _built("churn-batch"), _all()[2]], "churn-batch has no parameter ModelPack"),
        (
            [_built("churn", _all()[0].project, registers="else"), *_all()[1:]],
            "no step of the pipeline registers in secure-mlops-dev-churn",
        ),
        (
            [*_all(), _built("x", registers="churn-batch")],
            "secure-mlops-dev-churn-batch is a model package group; rename the pipeline",
        ),
        (
            [*_all(), _built("two", replace(CHURN, training="two"), registers="churn")],
            "churn is a model package group of both; rename one",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    settings: EnvironmentSettings, pipelines: list[BuiltPipeline], says: str
) -> None:
    with pytest.raises(PipelineModuleError, match=says):
        model_projects(settings, pipelines)


@pytest.mark.parametrize(
    ("field", "content", "says"),
    [
        (
            "monitoring",
            {"chrun": {"late": {"off": True}}},
            "monitoring.chrun: there is no such pip",
        ),
        (
            "schedules",
            {"nightly": {"paused": True}},
            "schedules.nightly: there is no such schedule",
        ),
        ("schedules", {"churn-batch": {"on_data": True}}, "churn-batch: starts on its schedule"),
    ],
)
def test_settings_of_what_is_not_there_are_refused(
    settings: EnvironmentSettings, field: str, content: dict[str, Any], says: str
) -> None:
    section = type(getattr(settings, field))(content)
    changed = settings.model_copy(update={field: section})
    with pytest.raises(SettingsError, match=says):
        model_projects(changed, _all())


def test_settings_of_the_example_may_outlive_it(settings: EnvironmentSettings) -> None:
    schedules = ScheduleSettings.model_validate({"retraining": {"paused": True}})
    changed = settings.model_copy(update={"schedules": schedules})
    assert "retraining" not in model_projects(changed, _all()).schedules()

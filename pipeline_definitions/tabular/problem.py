"""A table's problem: a folder with its schema, and what is decided about its training."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline_definitions import quality
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.jobs import XGBOOST_IMAGE, Compute, Family, JobInput
from pipeline_definitions.steps import JobSteps
from pipeline_definitions.tabular.images import check_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_definitions import sdk
    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.hyperparameter_search import Search

CODE = Path(__file__).parents[2] / "processing_code" / "tabular"
NAMES = {
    "regression": "regression",
    "quantile": "regression",
    "binary": "binary_classification",
    "multiclass": "multiclass_classification",
}


@dataclass(frozen=True)
class Problem:
    """What is to be predicted, from which columns, and by what.

    Parameters
    ----------
    name : str
        Of the data set, the model package group and the pipelines: ``cars``, ``cars-batch`` and
        ``cars-quality``. Data arrive in ``s3://<data bucket>/<name>/raw/``, ``batch/``, ``truth/``.
    folder : Path
        Holds ``schema.yaml`` and, where a part is replaced, ``parts.py``; jobs get all of it.
    estimator : str
        ``hist_gradient_boosting``, ``lightgbm``, ``linear``, ``random_forest`` or ``xgboost``.
    settings : dict
        Settings of the estimator by its own names, such as ``{"max_depth": 4}``.
    least_skill : float
        A model is registered if it saves at least this share of the loss of the best constant.
    search : Search, optional
        Settings to try values of. The trial with the least error on rows not seen is the model.
    family : str or tuple, optional
        The image of all its jobs, and of the model, as `jobs.Family` has it.
    """

    name: str
    folder: Path
    estimator: str = "hist_gradient_boosting"
    settings: dict[str, Any] = field(default_factory=dict)
    least_skill: float = 0.1
    search: Search | None = None
    family: Family = XGBOOST_IMAGE

    @property
    def schema(self) -> Any:
        """The schema, by the same code as in the jobs."""
        module = _schema_module()
        try:
            return module.read_schema(self.folder / module.FILE)
        except module.SchemaError as error:
            raise PipelineModuleError(str(error)) from None

    @property
    def monitored(self) -> quality.Quality:
        """The check of the model's predictions against the truth."""
        schema = self.schema
        if schema.problem == "binary":
            return quality.binary(
                prediction="prediction", probability="probability", truth=schema.target
            )
        if schema.problem == "multiclass":
            return quality.multiclass(prediction="prediction", truth=schema.target)
        return quality.regression(prediction="prediction", truth=schema.target)


class Jobs(Protocol):
    """What makes the steps of a pipeline's own jobs."""

    compute: Compute

    def job(
        self,
        name: str,
        job: str,
        *,
        inputs: Sequence[Any],
        outputs: list[str],
        description: str,
        arguments: Sequence[Any] = (),
        **others: Any,
    ) -> sdk.RequestStep:
        """Make the step of one job."""


class ProblemSteps(JobSteps):
    """The steps of a problem's pipelines, whose jobs all start with `job.py`."""

    def __init__(
        self, environment: PipelineEnvironment, problem: Problem, compute: Compute
    ) -> None:
        check_image(problem.family, problem.estimator, problem.folder)
        super().__init__(environment, CODE, compute, problem.family)
        self.problem, self.schema = problem, problem.schema
        self.group = environment.names.model_package_group(problem.name)
        self.files = JobInput("problem", environment.ship(problem.folder))

    def packages(self) -> list[JobInput]:
        """Return the input with the packages that the problem needs beyond its image's."""
        lock = self.problem.folder / "packages.txt"
        if not lock.is_file():
            return []
        return [JobInput("wheelhouse", self.environment.ship_wheelhouse(lock))]

    def job(
        self,
        name: str,
        job: str,
        *,
        inputs: Sequence[Any],
        outputs: list[str],
        description: str,
        arguments: Sequence[Any] = (),
        **others: Any,
    ) -> sdk.RequestStep:
        """Make the step of one job, which gets the problem's folder, too."""
        return self.processing(
            name,
            script="job.py",
            launcher="",
            inputs=[*inputs, self.files],
            outputs=outputs,
            arguments=[job, *arguments],
            description=description,
            **others,
        )


def _schema_module() -> Any:
    name = "processing_code.tabular.schema"
    if name not in sys.modules:
        # Job code is no package of the app's: it is loaded by its place, and so counted as read.
        spec = importlib.util.spec_from_file_location(name, CODE / "schema.py")
        assert spec is not None  # noqa: S101 - of a file that is there
        assert spec.loader is not None  # noqa: S101
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]

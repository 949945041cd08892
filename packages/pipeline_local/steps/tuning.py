"""Tuning steps: a search over hyperparameters, each trial a training job of its own.

Source: SageMaker AI developer guide, "Perform automatic model tuning" and "Tuning step".

Trial n is proposed from the results of all trials but the last `MaxParallelTrainingJobs` - 1,
whether or not those have ended by then: so the search does not depend on which job was quicker,
and the same seed gives the same trials. `TrainingJobEarlyStoppingType: Auto` is allowed, and no
job is stopped early.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from pipeline_local.jobs.work import RunStopped, StepFailed
from pipeline_local.steps.tuning_checks import TOP_JOBS, problems, property_problem
from pipeline_local.steps.tuning_plan import plan_of
from pipeline_local.steps.tuning_search import Trial, propose
from pipeline_local.steps.tuning_trials import (
    Outcome,
    TrialWork,
    run_trial,
    summary_of,
    tuning_job_name,
)
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from pipeline_local.jobs.work import Work
    from pipeline_local.steps.tuning_plan import Candidate, Plan
    from pipeline_local.steps.tuning_ranges import Values
    from pipeline_schema.values import JsonObject

__all__ = ["problems", "property_problem", "run"]


def run(work: Work) -> JsonObject:
    """Search, and return the properties of the step.

    They are those of DescribeHyperParameterTuningJob and
    ListTrainingJobsForHyperParameterTuningJob, and the best model as `ModelArtifacts`.
    """
    work.log.parent.mkdir(parents=True, exist_ok=True)
    work.log.write_text("")
    plan = plan_of(work.arguments)
    search = _Search(work, plan)
    search.go_on()
    ranked = search.ranked()
    if not ranked:
        raise StepFailed(_failure(plan, search.outcomes, work))
    return search.answer(ranked)


class _Search:
    """The trials of one tuning job, in the order of their numbers."""

    def __init__(self, work: Work, plan: Plan) -> None:
        self.outcomes: list[Outcome] = []
        self._work, self._plan = work, plan
        self._name = tuning_job_name(work)
        self._seed = _seed(work)
        self._proposed: list[Values] = []
        self._running: list[Future[Outcome]] = []
        self._log_lock = threading.Lock()

    def go_on(self) -> None:
        """Run all trials."""
        plan, started = self._plan, time.monotonic()
        with ThreadPoolExecutor(min(plan.parallel, os.cpu_count() or 1)) as pool:
            for number, turn in enumerate(plan.turns):
                settled = self._settle(number - plan.parallel + 1)
                elapsed = time.monotonic() - started
                late = plan.max_seconds is not None and elapsed > plan.max_seconds
                if late or plan.is_done(self._losses()[:settled]):
                    self._say(f"no further trial: {'out of time' if late else 'good enough'}")
                    break
                values = self._propose(number, turn, settled)
                self._proposed.append(values)
                trial = self._trial(number, plan.candidates[turn], values)
                self._running.append(pool.submit(self._run, trial, turn, values))
            self._settle(len(self._running))

    def ranked(self) -> list[tuple[Outcome, Candidate]]:
        """Return the trials that reported the objective, best first."""
        found = [
            (candidate.loss(outcome.objective), number, outcome, candidate)
            for number, (outcome, candidate) in enumerate(self._judged())
            if outcome.objective is not None
        ]
        return [
            (outcome, candidate)
            for _, _, outcome, candidate in sorted(found, key=lambda item: item[:2])
        ]

    def answer(self, ranked: list[tuple[Outcome, Candidate]]) -> JsonObject:
        """Return the properties of the step."""
        work, count, good = self._work, len(self.outcomes), len(ranked)
        completed = sum(outcome.failure is None for outcome in self.outcomes)
        summaries = [summary_of(*item, self._name) for item in ranked[:TOP_JOBS]]
        best = ranked[0]
        self._say(f"best: {best[0].job}: {_shown(best[0].values)}")
        return {
            **work.arguments,
            "HyperParameterTuningJobName": self._name,
            "HyperParameterTuningJobArn": work.run.arn("hyper-parameter-tuning-job", self._name),
            "HyperParameterTuningJobStatus": "Completed",
            "TrainingJobStatusCounters": {
                "Completed": completed,
                "InProgress": 0,
                "RetryableError": 0,
                "NonRetryableError": count - completed,
                "Stopped": 0,
            },
            "ObjectiveStatusCounters": {"Succeeded": good, "Failed": count - good, "Pending": 0},
            "BestTrainingJob": summaries[0],
            "TrainingJobSummaries": summaries,
            "ModelArtifacts": {"S3ModelArtifacts": best[0].model},
            "FinalMetricDataList": [{"MetricName": best[1].metric, "Value": best[0].objective}],
        }

    def _settle(self, count: int) -> int:
        """Wait for the first trials, and collect their outcomes."""
        count = max(0, count)
        if self._work.run.stop.is_set():
            wait(self._running)
            raise RunStopped
        wait(self._running[:count])
        while len(self.outcomes) < count:
            self.outcomes.append(self._running[len(self.outcomes)].result())
        return count

    def _propose(self, number: int, turn: int, settled: int) -> Values:
        plan, losses = self._plan, self._losses()
        same = [n for n in range(number) if plan.turns[n] == turn]
        trials = [
            # A failed trial counts as one that still runs: it is not tried again.
            Trial(self._proposed[n], losses[n] if n < settled else None)
            for n in same
        ]
        ranges = plan.candidates[turn].ranges
        return propose(plan.strategy, ranges, trials, len(same), self._seed + turn)

    def _trial(self, number: int, candidate: Candidate, values: Values) -> TrialWork:
        work = self._work
        request = candidate.training_request(values)
        step = Step(work.step.name, "Training", request)
        return TrialWork(step, request, {}, work.run, tuning_name=self._name, number=number + 1)

    def _run(self, trial: TrialWork, turn: int, values: Values) -> Outcome:
        if self._work.run.stop.is_set():
            raise RunStopped
        candidate = self._plan.candidates[turn]
        outcome = run_trial(trial, candidate, values)
        place = f"trial {trial.number} of {len(self._plan.turns)}: {_shown(values)}"
        if outcome.failure is not None:
            self._say(f"{place}: failed: {outcome.failure}")
        elif outcome.objective is None:
            self._say(f"{place}: reported no {candidate.metric}")
        else:
            self._say(f"{place}: {candidate.metric} {outcome.objective:g}")
        return outcome

    def _judged(self) -> list[tuple[Outcome, Candidate]]:
        candidates = [self._plan.candidates[turn] for turn in self._plan.turns]
        return list(zip(self.outcomes, candidates, strict=False))

    def _losses(self) -> list[float | None]:
        return [
            None if outcome.objective is None else candidate.loss(outcome.objective)
            for outcome, candidate in self._judged()
        ]

    def _say(self, line: str) -> None:
        with self._log_lock, self._work.log.open("a") as log:
            log.write(f"{line}\n")


def _seed(work: Work) -> int:
    """Return `RandomSeed`; without one, a hash of step and request."""
    config = work.arguments["HyperParameterTuningJobConfig"]
    if "RandomSeed" in config:
        return int(config["RandomSeed"])
    text = json.dumps([work.step.name, config], sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _shown(values: Values) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(values.items()))


def _failure(plan: Plan, outcomes: list[Outcome], work: Work) -> str:
    failed = [(n, item) for n, item in enumerate(outcomes, 1) if item.failure is not None]
    if len(failed) == len(outcomes):
        number, last = failed[-1]
        log = f"logs/{work.log.stem}.{number:03d}.log"
        return f"ClientError: all {len(failed)} training jobs failed; {log}: {last.failure}"
    reported = sorted({name for outcome in outcomes for name in outcome.metrics})
    asked = ", ".join(dict.fromkeys(item.metric for item in plan.candidates))
    return (
        f"ClientError: no training job reported the objective metric {asked}; "
        f"reported were: {', '.join(reported) or 'none'}"
    )

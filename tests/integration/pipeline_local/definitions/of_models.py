"""Definitions of models: made, registered, and asked."""

from __future__ import annotations

from sdk_kit import (
    DATA,
    MAJOR,
    OUT,
    REGISTRY,
    SCIKIT_LEARN,
    modelled,
    registered,
    transformed,
)
from sdk_steps import (
    ModelStep,
    ParameterString,
    TransformStep,
    definition,
    say,
)


def models() -> None:
    """Define models."""
    series = f"{DATA}/series/first.tar.gz"
    says = {"SAGEMAKER_PROGRAM": "inference.py", "SAYS": "corpus"}
    model = ModelStep(name="Make", step_args=modelled(series, image=SCIKIT_LEARN, env=says))
    definition(
        model,
        TransformStep(
            name="Score",
            step_args=transformed(model.properties.ModelName, f"{OUT}/corpus{MAJOR}/score"),
        ),
        name="model-transform",
    )
    model = ModelStep(name="Make", step_args=modelled(series))
    definition(model, say("Say", "model", model.properties.ModelArn), name="model-arn")
    definition(
        ModelStep(
            name="Make", step_args=modelled(series, image=f"{REGISTRY}/pytorch-inference:2.1")
        ),
        name="model-unknown-image",
    )
    register = ModelStep(name="Register", step_args=registered(series, approval_status="Approved"))
    definition(
        register,
        say("Say", "registered", register.properties.ModelPackageArn),
        name="register-property",
    )
    status = ParameterString("Status", "PendingManualApproval")
    definition(
        ModelStep(
            name="Register",
            step_args=registered(series, group="suite-other", approval_status=status),
        ),
        name="register-parameter",
        parameters=[status],
    )
    definition(
        ModelStep(name="Register", step_args=registered(series, description="of the corpus")),
        name="register-described",
    )
    model = ModelStep(name="Make", step_args=modelled(series, image=SCIKIT_LEARN, env=says))
    definition(
        model,
        TransformStep(
            name="Score",
            step_args=transformed(
                model.properties.ModelName,
                f"{OUT}/corpus{MAJOR}/joined",
                input_filter="$[1:]",
                join_source="Input",
            ),
        ),
        name="transform-joined",
    )
    definition(
        TransformStep(
            name="Score", step_args=transformed("no-such-model", f"{OUT}/corpus{MAJOR}/none")
        ),
        name="transform-missing-model",
    )

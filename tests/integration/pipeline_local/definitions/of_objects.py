"""Definitions of endpoints and lineage."""

from __future__ import annotations

from typing import Any

from sdk_kit import (
    DATA,
    MAJOR,
    modelled,
    session,
)
from sdk_steps import (
    EndpointConfigStep,
    EndpointStep,
    InferenceComponentStep,
    LineageAssociation,
    LineageEntityReference,
    LineageStep,
    ModelStep,
    definition,
    say,
)


def variant(model: Any = "some-model", **more: Any) -> Any:
    return {
        "VariantName": "all",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        **more,
    }


def config(name: Any, *variants: Any, **more: Any) -> Any:
    return EndpointConfigStep(
        name="Config",
        step_args=session.create_endpoint_config(
            name=name, production_variants=list(variants), **more
        ),
    )


def named(suffix: Any) -> Any:
    return f"corpus{MAJOR}-{suffix}"


def component(which: Any, **more: Any) -> Any:
    return InferenceComponentStep(
        name="Add",
        step_args=session.create_inference_component(
            inference_component_name=named(which),
            endpoint_name=named("endpoint"),
            variant_name="all",
            specification={
                "ModelName": "some-model",
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
            },
            runtime_config={"CopyCount": 1},
            wait=False,
        ),
        **more,
    )


def endpoints() -> None:
    """Define endpoints and their configurations."""
    plain = config(named("config"), variant())
    definition(
        plain,
        say("Say", "config", plain.properties.EndpointConfigArn),
        name="endpoint-config-plain",
    )
    made = ModelStep(name="Make", step_args=modelled(f"{DATA}/series/first.tar.gz"))
    definition(
        made,
        config(named("of-model"), variant(made.properties.ModelName)),
        name="endpoint-config-of-model",
    )
    both = config(named("served"), variant())
    serve = EndpointStep(
        name="Serve",
        step_args=session.create_endpoint(
            endpoint_name=named("endpoint"),
            config_name=both.properties.EndpointConfigName,
            wait=False,
        ),
    )
    definition(
        both, serve, say("Say", "endpoint", serve.properties.EndpointArn), name="endpoint-served"
    )
    definition(
        EndpointStep(
            name="Serve",
            step_args=session.create_endpoint(
                endpoint_name=named("alone"), config_name="no-such-config", wait=False
            ),
        ),
        name="endpoint-missing-config",
    )
    definition(
        config(named("tagged"), variant(), tags=[{"Key": "a", "Value": "b"}]),
        EndpointStep(
            name="Serve",
            step_args=session.create_endpoint(
                endpoint_name=named("tagged"), config_name=named("tagged"), wait=False
            ),
            depends_on=["Config"],
        ),
        name="endpoint-tagged",
    )
    definition(
        config(named("two"), variant(), variant(VariantName="other")),
        name="endpoint-config-two-variants",
    )


def components() -> None:
    """Define inference components."""
    definition(component("component"), name="component-plain")
    add = component("described", display_name="Adds it")
    definition(
        add,
        say("Say", "component", add.properties.InferenceComponentArn),
        name="component-property",
    )
    definition(
        say("A", "before-component", "a"),
        component("after", depends_on=["A"]),
        name="component-after",
    )


def lineage() -> None:
    """Define lineage."""
    if MAJOR == 2:
        from sagemaker.lineage.action import Action
        from sagemaker.lineage.artifact import Artifact
        from sagemaker.lineage.context import Context
    else:
        from sagemaker.core.lineage.action import Action
        from sagemaker.core.lineage.artifact import Artifact
        from sagemaker.core.lineage.context import Context

    def action(which: Any) -> Any:
        return Action.create(
            action_name=named(which),
            source_uri="s3://suite-data/run",
            source_type="S3ETag",
            action_type="Training",
            sagemaker_session=session,
        )

    def artifact(which: Any) -> Any:
        return Artifact.create(
            artifact_name=which,
            source_uri=f"s3://suite-data/{which}",
            artifact_type="Model",
            sagemaker_session=session,
        )

    def context(which: Any) -> Any:
        return Context.create(
            context_name=named(which),
            source_uri="s3://suite-data/all",
            context_type="Project",
            sagemaker_session=session,
        )

    record = LineageStep(
        name="Record",
        actions=[action("run")],
        artifacts=[artifact("model")],
        associations=[
            LineageAssociation(
                LineageEntityReference(named("run"), "Action"),
                LineageEntityReference("model", "Artifact"),
                "Produced",
            )
        ],
    )
    definition(
        record,
        say("Say", "lineage", record.properties.ActionArns[named("run")]),
        name="lineage-associated",
    )
    definition(LineageStep(name="Record", contexts=[context("project")]), name="lineage-context")
    definition(
        LineageStep(name="Record", artifacts=[artifact("a"), artifact("b")]),
        name="lineage-artifacts",
    )

"""The synthesized infrastructure, read as data: stacks, pipelines and what gets delivered."""

from mlops.assembly.cloud_assembly import CloudAssembly, Stack
from mlops.assembly.deliveries import Delivery
from mlops.assembly.pipelines import PipelineResource
from mlops.assembly.synthesize import synthesize

__all__ = ["CloudAssembly", "Delivery", "PipelineResource", "Stack", "synthesize"]

"""The synthesized infrastructure, read as data: stacks, pipelines and what gets delivered."""

from cloud_assembly.cloud_assembly import CloudAssembly, Stack
from cloud_assembly.deliveries import Delivery
from cloud_assembly.pipelines import PipelineResource

__all__ = ["CloudAssembly", "Delivery", "PipelineResource", "Stack"]

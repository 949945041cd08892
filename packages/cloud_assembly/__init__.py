"""The synthesized infrastructure, read as data: stacks, pipelines and what gets delivered."""

from cloud_assembly.cloud_assembly import CloudAssembly
from cloud_assembly.deliveries import Delivery
from cloud_assembly.pipelines import PipelineResource
from cloud_assembly.stack import Stack

__all__ = ["CloudAssembly", "Delivery", "PipelineResource", "Stack"]

"""CloudFormation on the local AWS: an engine of stacks, and one file of resource types a service.

The engine reads templates, orders, updates, rolls back and deletes; a resource type creates real
state by the service's own API, which the local AWS answers.
"""

"""The operator's tool: run pipelines locally, manage models, deploy, prove promises."""

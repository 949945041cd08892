"""The operator's tool: run the deployed pipelines here, look after models, prove promises."""

"""The environments that the platform is deployed to: one validated YAML file each."""

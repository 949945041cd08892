"""Buildspec files, executed here as CodeBuild executes them.

The file is the one that the deployed project names; see ``docs/decisions/0022-builds.md``.
"""

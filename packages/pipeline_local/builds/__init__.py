"""Buildspec files, executed here as CodeBuild executes them.

What is executed is the file that the deployed project names. How it is done, and what is not, is
in ``docs/decisions/0022-builds.md``.
"""

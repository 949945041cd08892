"""Reusable constructs of the platform, one a file.

The folder above, ``constructs/``, is a source root and has no ``__init__.py`` on purpose: as a
package it would hide jsii's own ``constructs``, and nothing of the CDK would import.
"""

"""Where the stand-ins of native plugins are: their programs, and the classes of their resources."""

import pkgutil
from pathlib import Path

from sandbox.plugins.native import NativeResource
from sandbox.services import NATIVE_RESOURCES

PROGRAMS = Path(__file__).resolve().parent / "bin"
"""Holds a directory for each plugin, to be put on PATH."""


def resources_of(plugin: str) -> list[type[NativeResource]]:
    """Import the resources of a plugin."""
    return [pkgutil.resolve_name(name) for name in NATIVE_RESOURCES[plugin]]

"""The one list of the resources that have a stand-in; the plugin programs, the provider and `bin/` follow it.

Another resource is one class and one line here; another plugin also needs its program, `bin/<plugin>`, a link to the
same script.
"""

import pkgutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.plugins.native import NativeResource

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "alicloud": ("sandbox.plugins.alicloud:ImageCopies",),
    "tencentcloud": ("sandbox.plugins.tencentcloud:DiskSnapshots",),
}
"""A plugin -> the classes of its resources, by name: a plugin imports its own SDK only."""
PROGRAMS = Path(__file__).resolve().parent / "bin"
"""Holds a directory for each plugin, to be put on PATH."""


def resources_of(plugin: str) -> list[type[NativeResource]]:
    """Import the resources of a plugin."""
    return [pkgutil.resolve_name(name) for name in RESOURCES[plugin]]

"""Which native plugins a run of a sandbox stack uses: real ones where there are any, the sandbox's stand-ins elsewhere.

A stack that is not the sandbox's must never come here: for it the engine finds or downloads the real plugins itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from sandbox import plugins
from tools.runner.project import sandbox_proxy

NAMES = ("alicloud", "tencentcloud")
STAND_INS = Path(plugins.__file__).parent / "bin"


def use_plugins(environment: MutableMapping[str, str], say: Callable[[str], None]) -> None:
    """Put the stand-ins for missing plugins last on PATH, and let the sandbox catch what a real one sends.

    Args:
        environment: The sandbox's environment, with the final PATH; it is changed.
        say: Prints one line, when there are stand-ins.
    """
    missing = [name for name in NAMES if not has_real_plugin(name, environment)]
    if missing:
        names = ", ".join(missing)
        say(f"plugins: stand-ins of the sandbox, since no real ones are installed here: {names} (docs/sandbox.md)")
    standing_in = [str(STAND_INS / name) for name in missing]
    environment["PATH"] = os.pathsep.join([environment.get("PATH", ""), *standing_in])
    if "alicloud" not in missing:
        environment.update(sandbox_proxy(environment))


def has_real_plugin(name: str, environment: Mapping[str, str]) -> bool:
    """Tell whether the engine would find the vendor's own plugin without downloading it."""
    program = f"pulumi-resource-{name}"
    home = Path(environment.get("PULUMI_HOME") or "~/.pulumi").expanduser()
    on_path = (Path(directory) / program for directory in environment.get("PATH", "").split(os.pathsep) if directory)
    installed = (directory / program for directory in home.glob(f"plugins/resource-{name}-v*"))
    return any(_is_program(path) and not _stands_in(path) for path in [*on_path, *installed])


def _stands_in(path: Path) -> bool:
    return path.resolve().is_relative_to(STAND_INS.resolve())


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)

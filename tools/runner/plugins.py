"""Which native plugins a run against a target uses: real ones where there are any, the target's stand-ins elsewhere.

For a stack without a target the engine finds or downloads the real plugins itself.
"""

import os
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from tools.runner.target import Target


def use_plugins(target: Target, environment: MutableMapping[str, str], say: Callable[[str], None]) -> None:
    """Put the stand-ins for missing plugins last on PATH, and let the target catch what a real one sends elsewhere.

    Args:
        target: The target of the run.
        environment: Its environment, with the final PATH; it is changed.
        say: Prints one line, when there are stand-ins.
    """
    stand_ins = sorted(each for each in Path(target.plugins).iterdir() if each.is_dir()) if target.plugins else []
    used = [path for path in stand_ins if not has_real_plugin(path, environment)]
    if used:
        say(f"plugins: stand-ins, since no real ones are installed here: {', '.join(path.name for path in used)}")
    environment["PATH"] = os.pathsep.join([environment.get("PATH", ""), *map(str, used)])
    if len(used) < len(stand_ins):
        environment.update(target.proxy)


def has_real_plugin(stand_in: Path, environment: Mapping[str, str]) -> bool:
    """Report whether the engine would find the vendor's own plugin without downloading it."""
    name, directory = stand_in.name, stand_in.parent.resolve()
    program = f"pulumi-resource-{name}"
    home = Path(environment.get("PULUMI_HOME") or "~/.pulumi").expanduser()
    on_path = (Path(each) / program for each in environment.get("PATH", "").split(os.pathsep) if each)
    installed = (each / program for each in home.glob(f"plugins/resource-{name}-v*"))
    found = [path for path in [*on_path, *installed] if path.is_file() and os.access(path, os.X_OK)]
    return any(not path.resolve().is_relative_to(directory) for path in found)

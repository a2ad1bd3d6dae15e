"""Where a stack that is `loopbackOnly` runs: its endpoints, credentials, state backend and plugins, as data.

A command says so, named by `[tool.replicas] target` in pyproject.toml. Any other stack has no target and runs in the
caller's environment.
"""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from components.clouds.errors import ReplicaError

CHECKOUT = Path(__file__).resolve().parents[2]


class TargetUnusable(ReplicaError):
    """The command that describes the target is not configured, or it failed."""


@dataclass(frozen=True)
class Target:
    """What a run needs to use a target.

    Attributes:
        environment: Variables of the engine, the program and the providers.
        plugins: The directory of stand-ins for native plugins, one directory per plugin; "" where there are none.
        proxy: Variables that catch what a vendor's own plugin sends elsewhere, on top of `environment`.
        description: What it is, for people.
    """

    environment: Mapping[str, str]
    plugins: str
    proxy: Mapping[str, str]
    description: str


def describe(directory: Path, base: Mapping[str, str]) -> Target:
    """Run the command that describes the target of a project.

    Args:
        directory: The project's directory; its own pyproject.toml is read first, then that of this checkout.
        base: The environment of the command, and with it of the run.

    Raises:
        TargetUnusable: See the class.
    """
    root, command = _configured(directory)
    said = ""
    try:
        words = shlex.split(command)
        if words[0] == "python":
            words[0] = sys.executable
        ended = subprocess.run(  # noqa: S603 - the checkout's own command
            [*words, "--directory", str(directory)],
            cwd=root,
            env=dict(base),
            capture_output=True,
            text=True,
            check=False,
        )
        said = (ended.stderr or ended.stdout).strip().rpartition("\n")[2] or "it printed nothing"
        found = Target(**json.loads(ended.stdout))
    except (OSError, ValueError, TypeError) as error:
        raise TargetUnusable(
            f"`{command}` described no target: {said or error}", "correct that, then run this again"
        ) from None
    if found.plugins and not Path(found.plugins).is_dir():
        raise TargetUnusable(
            f"`{command}` names a directory of plugins that does not exist: {found.plugins}", "correct it"
        )
    return found


def _configured(directory: Path) -> tuple[Path, str]:
    for root in (directory, CHECKOUT):
        file = root / "pyproject.toml"
        try:
            tools = tomllib.loads(file.read_text()).get("tool", {}) if file.is_file() else {}
        except (OSError, ValueError) as error:
            raise TargetUnusable(f"{file} cannot be read: {error}", "correct the file") from None
        if command := tools.get("replicas", {}).get("target"):
            return root, str(command)
    raise TargetUnusable(
        "the stack is loopbackOnly, and no command describes its target",
        'set `target = "COMMAND"` in [tool.replicas] of pyproject.toml',
    )


def use_plugins(
    target: Target, named: Mapping[str, Path], environment: MutableMapping[str, str], say: Callable[[str], None]
) -> None:
    """Put the stand-ins for missing plugins last on PATH, and let the target catch what a real one sends elsewhere.

    Args:
        target: The target of the run.
        named: The plugins that the project itself names, with their directories.
        environment: Its environment, with the final PATH; it is changed.
        say: Prints one line, when there are stand-ins.
    """
    stand_ins = sorted(each for each in Path(target.plugins).iterdir() if each.is_dir()) if target.plugins else []
    used = [path for path in stand_ins if not has_real_plugin(path, named.get(path.name), environment)]
    if used:
        say(f"plugins: stand-ins, since no real ones are installed here: {', '.join(path.name for path in used)}")
    environment["PATH"] = os.pathsep.join([environment.get("PATH", ""), *map(str, used)])
    if len(used) < len(stand_ins):
        environment.update(target.proxy)


def has_real_plugin(stand_in: Path, named: Path | None, environment: Mapping[str, str]) -> bool:
    """Report whether the engine would find the vendor's own plugin without downloading it.

    It takes the one that the project names, else one on PATH, else an installed one. One that is installed but too old
    counts, too: the engine then downloads another.
    """
    name, directory = stand_in.name, stand_in.parent.resolve()
    program = f"pulumi-resource-{name}"
    home = Path(environment.get("PULUMI_HOME") or "~/.pulumi").expanduser()
    on_path = (Path(each) / program for each in environment.get("PATH", "").split(os.pathsep) if each)
    installed = (each / program for each in home.glob(f"plugins/resource-{name}-v*"))
    by_name = [named / program] if named else []
    found = [path for path in [*by_name, *on_path, *installed] if path.is_file() and os.access(path, os.X_OK)]
    return any(not path.resolve().is_relative_to(directory) for path in found)

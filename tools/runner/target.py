"""Where a stack that is `loopbackOnly` runs: its endpoints, credentials, state backend and plugins, as data.

A command says so, named by `[tool.replicas] target` in pyproject.toml. Any other stack has no target and runs in the
caller's environment.
"""

import json
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
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
    words = shlex.split(command)
    if words[0] == "python":
        words[0] = sys.executable
    ended = subprocess.run(  # noqa: S603 - the checkout's own command
        [*words, "--directory", str(directory)], cwd=root, env=dict(base), capture_output=True, text=True, check=False
    )
    try:
        return Target(**json.loads(ended.stdout))
    except (ValueError, TypeError):
        said = (ended.stderr or ended.stdout).strip().rpartition("\n")[2]
        raise TargetUnusable(
            f"`{command}` described no target: {said or 'it printed nothing'}", "correct that, then run this again"
        ) from None


def _configured(directory: Path) -> tuple[Path, str]:
    for root in (directory, CHECKOUT):
        file = root / "pyproject.toml"
        tools = tomllib.loads(file.read_text()).get("tool", {}) if file.is_file() else {}
        if command := tools.get("replicas", {}).get("target"):
            return root, str(command)
    raise TargetUnusable(
        "the stack is loopbackOnly, and no command describes its target",
        'set `target = "COMMAND"` in [tool.replicas] of pyproject.toml',
    )

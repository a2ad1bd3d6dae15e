"""What a search for an engine comes to: the engine, or all that was tried."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from tools.cache import shown

ENGINE_VERSION = "3.256.0"  # what is installed where there is none; go.mod beside this file names the same
OLDEST_VERSION = (3, 200, 0)  # as requiredPulumiVersion in Pulumi.yaml
LAUNCHER = "pulumi-resource-pulumi-python"  # starts the Python process that serves dynamic resources
HOST = "pulumi-language-python"  # lets the command line program start Python programs by itself


@dataclasses.dataclass(frozen=True)
class Engine:
    """A Pulumi engine that can run this project.

    Attributes:
        pulumi: The command line program.
        version: Its version, such as 3.256.0.
        origin: Where it came from, in words.
        launcher_dir: The directory of the launcher of dynamic resources.
        language_host: Whether it starts Python programs by itself; if not, they run inline (Automation API).
    """

    pulumi: Path
    version: str
    origin: str
    launcher_dir: Path
    language_host: bool

    @property
    def path_dirs(self) -> list[Path]:
        """The directories to put first on PATH, each once."""
        return list(dict.fromkeys([self.pulumi.parent, self.launcher_dir]))

    def describe(self) -> str:
        """Return the one line that tells a person which engine this is."""
        beside = self.launcher_dir == self.pulumi.parent
        launcher = "launcher beside it" if beside else f"launcher in {shown(self.launcher_dir)}"
        programs = "has a Python language host"
        if not self.language_host:
            programs = "programs run inline (no Python language host)"
        place = shown(self.pulumi.parent)
        return f"engine: pulumi v{self.version} ({self.origin}, {place}), {launcher}, {programs}"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One way that did not give an engine, and why."""

    way: str
    why: str


class NotThisWayError(Exception):
    """One way of finding or installing an engine failed; the message says why."""


class EngineNotFound(Exception):
    """No engine could be found or installed; the message lists every way that was tried.

    Attributes:
        attempts: The ways, in the order they were tried.
    """

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        self.attempts = tuple(attempts)
        tried = "\n".join(f"  {attempt.way}: {attempt.why}" for attempt in attempts)
        oldest = ".".join(str(part) for part in OLDEST_VERSION)
        super().__init__(
            f"engine: no Pulumi engine could be found or installed. Tried:\n{tried}\n"
            f"  next: install Pulumi {oldest} or later so that `pulumi version` works on PATH"
            " (https://www.pulumi.com/docs/install/), or Go, then run `make engine` again"
        )

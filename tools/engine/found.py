"""What a search for an engine comes to: the engine, or all that was tried."""

import dataclasses
from pathlib import Path

from tools.cache import shown

ENGINE_VERSION = "3.256.0"  # what is installed where there is none; go.mod beside this file names the same
OLDEST_VERSION = "3.200.0"  # as requiredPulumiVersion in Pulumi.yaml
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
        """Return the one line that shows a person which engine this is."""
        beside = self.launcher_dir == self.pulumi.parent
        launcher = "launcher beside it" if beside else f"launcher in {shown(self.launcher_dir)}"
        hosted = "has a Python language host"
        programs = hosted if self.language_host else "programs run inline (no Python language host)"
        place = shown(self.pulumi.parent)
        return f"engine: pulumi v{self.version} ({self.origin}, {place}), {launcher}, {programs}"


class EngineNotFound(Exception):
    """No engine could be found or installed; the message lists every way that was tried, and why it failed."""

    def __init__(self, tried: list[str]) -> None:
        ways = "\n".join(f"  {way}" for way in tried)
        super().__init__(
            f"engine: no Pulumi engine could be found or installed. Tried:\n{ways}\n"
            f"  next: install Pulumi {OLDEST_VERSION} or later so that `pulumi version` works on PATH"
            " (https://www.pulumi.com/docs/install/), or Go, then run `make engine` again"
        )

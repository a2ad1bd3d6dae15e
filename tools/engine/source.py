"""Builds the engine, and the parts beside it, from the Go modules that the go.mod files here pin.

The committed go.sum must suffice: nothing here may change a module file or take another version.
"""

import dataclasses
import json
import os
import shutil
from pathlib import Path

from tools.cache import Say
from tools.engine.found import ENGINE_VERSION, HOST, LAUNCHER, NotThisWayError
from tools.engine.process import Command, Ended, Runner

MODULES = Path(__file__).resolve().parent
HOST_MODULES = MODULES / "python_host"
SDK = "github.com/pulumi/pulumi/sdk/v3"
# An old version, whose Go module still held the host. It does not read `virtualenv` from Pulumi.yaml: whoever
# runs an engine with it puts the environment's bin first on PATH.
HOST_VERSION = "3.77.1"
BUILD_SECONDS = 2400.0  # ten times what two cores need
DOWNLOAD_SECONDS = 300.0
# A go.work above the checkout or a C compiler that is missing must make no difference
GO_ENVIRONMENT = {"GOWORK": "off", "CGO_ENABLED": "0"}


@dataclasses.dataclass(frozen=True)
class _Program:
    """A Go program to build.

    Attributes:
        name: What it is called in a bin directory.
        package: Its Go package.
        version: The version it is to report.
        modules: The directory of the go.mod that pins it.
        announced: What it is and how long the build takes, for the person who waits.
    """

    name: str
    package: str
    version: str
    modules: Path
    announced: str

    def build(self, into: Path, run: Runner, say: Say) -> str:
        """Build it into `bin` of the directory; return the Go command. Raises NotThisWayError."""
        go, target = find_go(), into / "bin" / self.name
        say(f"engine: building {self.announced}, once")
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = f"-s -w -X {SDK}/go/common/version.Version=v{self.version}"
        # On the command line these win over the user's GOFLAGS
        options = ["-mod=readonly", "-buildvcs=false", "-ldflags", flags, "-o", str(target)]
        command = Command(
            [go, "build", *options, self.package],
            BUILD_SECONDS,
            cwd=self.modules,
            extra=GO_ENVIRONMENT,
            alive=lambda minutes: say(f"engine: still building, {minutes} min"),
        )
        ended = run(command)
        if ended.code != 0 or not target.is_file():
            raise NotThisWayError(f"go build failed: {_without_progress(ended)}")
        return go


_ENGINE = _Program(
    "pulumi",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ENGINE_VERSION,
    MODULES,
    f"the Pulumi engine v{ENGINE_VERSION} from source, 3-5 minutes",
)
_HOST = _Program(
    HOST,
    f"{SDK}/python/cmd/{HOST}",
    HOST_VERSION,
    HOST_MODULES,
    f"the Python language host v{HOST_VERSION} from source, about half a minute",
)


def find_go() -> str:
    """Return the Go command; raises NotThisWayError if there is none on PATH."""
    if go := shutil.which("go"):
        return go
    raise NotThisWayError("no `go` on PATH")


def build_engine(into: Path, run: Runner, say: Say) -> None:
    """Build the command line program as `into`/bin/pulumi; raises NotThisWayError if Go is missing or fails."""
    _ENGINE.build(into, run, say)


def build_host(into: Path, run: Runner, say: Say) -> None:
    """Build the Python language host into `into`/bin, with the script that it starts programs with.

    Raises:
        NotThisWayError: Go is missing or the build failed.
    """
    go = _HOST.build(into, run, say)
    # The engine's own version of the script: it belongs to the Python SDK more than to the host
    _copy_program(_sdk(go, run) / "python" / "cmd" / f"{HOST}-exec", into / "bin")


def put_launcher(into: Path, run: Runner) -> None:
    """Copy the launcher of dynamic resources from the pinned module into the directory.

    Raises:
        NotThisWayError: Go or the module is not available.
    """
    _copy_program(_sdk(find_go(), run) / "python" / "dist" / LAUNCHER, into)


def _sdk(go: str, run: Runner) -> Path:
    """Return the directory of the pinned SDK module, downloaded first if need be."""
    ended = run(Command([go, "mod", "download", "-json", SDK], DOWNLOAD_SECONDS, cwd=MODULES, extra=GO_ENVIRONMENT))
    if ended.code != 0:
        raise NotThisWayError(f"the Go module {SDK} is not available: {_without_progress(ended)}")
    return Path(json.loads(ended.output)["Dir"])


def _without_progress(ended: Ended) -> str:
    kept = [line for line in ended.errors.splitlines() if not line.startswith("go: downloading ")]
    return Ended(ended.code, ended.output, "\n".join(kept)).last_lines()


def _copy_program(source: Path, into: Path) -> None:
    """Copy a program, in one step for other runs; files of the module cache are not executable."""
    if not source.is_file():
        raise NotThisWayError(f"{source} is missing")
    into.mkdir(parents=True, exist_ok=True)
    target = into / source.name
    fresh = into / f".{source.name}.{os.getpid()}"
    shutil.copyfile(source, fresh)
    fresh.chmod(0o755)
    fresh.replace(target)
